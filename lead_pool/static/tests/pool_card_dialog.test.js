import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, test } from "@odoo/hoot";
import { click, press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { PoolCardDialog } from "@lead_pool/pool_board/pool_card_dialog";
import { getService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";

defineMailModels();

const FIELDS = [
    { id: 1, name: "City", field_name: "city" },
    { id: 2, name: "Priority", field_name: "priority" },
    { id: 3, name: "Score", field_name: "probability" },
    { id: 4, name: "Product", field_name: "product" },
];

const board = {
    state: { memberPools: new Set([1]), loads: [] },
    canUndo: () => false,
    onClaimed: (id) => expect.step(`claimed ${id}`),
    onRefused: () => expect.step("refused"),
};

beforeEach(() => onRpc("lead.pool.open.field", "search_read", () => FIELDS));

/** The card of lead 101 as the server opened it. */
async function open(open_values, { message = false, ...data } = {}) {
    await mountWithCleanup(MainComponentsContainer);
    const record = {
        resId: 1,
        data: { lead_ref: 101, state: "waiting", can_claim: true, pool_id: { id: 1 }, claim_order: "free", ...data },
    };
    getService("dialog").add(PoolCardDialog, { answer: { id: 1, open_values, message }, record, board });
    await animationFrame();
}

test("it shows the fields that are open and filled in, in words", async () => {
    await open({ city: "Beijing", priority: "2", probability: "41.7", product: "" });
    expect(".modal-title").toHaveText("Lead #101");
    expect(queryAllTexts(".o_pool_card_lines dt")).toEqual(["City", "Priority", "Score"]);
    expect(queryAllTexts(".o_pool_card_lines dd")).toEqual(["Beijing", "★★", "42 %"]);
});

test("no priority is a dash, and a pool that shows nothing says so", async () => {
    await open({ priority: "0" });
    expect(".o_pool_card_lines dd").toHaveText("–");
    await click(".modal-footer button:contains(Close)");
    await animationFrame();
    await open({});
    expect(".modal-body").toHaveText(/shows nothing more of a lead/);
});

test("why nothing more may be looked at stands on the card", async () => {
    await open({}, { message: "You have looked at 20 cards today." });
    expect(".modal-body").toHaveText(/20 cards today/);
});

test("claimed from its card, by the key of its form, the dialog closes and the board is told", async () => {
    onRpc("lead.pool.entry", "action_claim", () => [{ id: 1, done: true, message: false }]);
    await open({ city: "Beijing" });
    await press(["alt", "k"]);
    await animationFrame();
    await animationFrame();
    expect(".modal").toHaveCount(0);
    expect.verifySteps(["claimed 1"]);
});

test("refused it stays open, with the reason", async () => {
    onRpc("lead.pool.entry", "action_claim", () => [{ id: 1, done: false, message: "Li Na has it." }]);
    await open({ city: "Beijing" });
    await click(".modal .o_claim_button button");
    await animationFrame();
    expect(".modal .o_claim_refusal").toHaveText("Li Na has it.");
    expect.verifySteps(["refused"]);
});
