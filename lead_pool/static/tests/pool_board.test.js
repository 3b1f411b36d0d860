import { expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { makeServerError, onRpc } from "@web/../tests/web_test_helpers";
import { registry } from "@web/core/registry";
import { Deferred } from "@web/core/utils/concurrency";
import { answer, card, cards, definePoolBoard, Entry, mountBoard } from "./pool_board_helpers";

definePoolBoard();

test("a refusal stands on the card, and the button cannot be pressed", async () => {
    await mountBoard();
    expect(`${card(101)} .o_claim_button button`).toBeEnabled();
    expect(`${card(101)} .o_claim_refusal`).toHaveCount(0);
    expect(`${card(102)} .o_claim_button button`).not.toBeEnabled();
    expect(`${card(102)} .o_claim_refusal`).toHaveText("You held it lately.");
    expect(`${card(104)} .o_claim_button`).toHaveCount(0, { message: "nothing to claim in a pool of others" });
});

test("a claimed lead leaves the board at once", async () => {
    const uids = [];
    onRpc("lead.pool.entry", "action_claim", ({ args, kwargs }) => {
        uids.push(kwargs.request_uid);
        return args[0].map((id) => answer(id));
    });
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    expect(cards()).toEqual(["102", "103", "104"]);
    expect(".o_notification").toHaveText(/Lead #101 is yours now/);
    await click(`${card(103)} .o_claim_button button`);
    await animationFrame();
    expect(new Set(uids).size).toBe(2, { message: "each click has a uid of its own" });
});

/** From now on Beijing gives its leads in this order. */
function giveInOrder(order) {
    Entry._records = Entry._records.map((record) => (record.pool_id === 1 ? { ...record, claim_order: order } : record));
    onRpc("lead.pool.member", "my_load", () => [
        { pool_id: 1, name: "Beijing", held: 1, capacity: 5, claims_left: 3, paused: false, claim_order: order },
    ]);
}

test("where the pool picks no card has a button, and Next Lead opens what it gives", async () => {
    giveInOrder("pull");
    onRpc("lead.pool", "action_pull_next", ({ args, kwargs }) => {
        expect.step(`pull ${args[0]} ${Boolean(kwargs.request_uid)}`);
        return [answer(3)];
    });
    onRpc("lead.pool.entry", "button_open_lead", ({ args }) => {
        expect.step(`open ${args[0]}`);
        return { type: "ir.actions.client", tag: "test_open", res_id: 103 };
    });
    registry.category("actions").add("test_open", () => expect.step("opened"));
    await mountBoard();
    expect(`${card(101)} .o_claim_button`).toHaveCount(0);
    await click(".o_next_lead button");
    await animationFrame();
    expect.verifySteps(["pull 1 true", "open 3", "opened"]);
    expect(cards()).toEqual(["101", "102", "104"]);
    expect(".o_notification").toHaveText(/Lead #103 is yours now/);
    registry.category("actions").remove("test_open");
});

test("the refusal stands beside Next Lead", async () => {
    giveInOrder("oldest");
    onRpc("lead.pool", "action_pull_next", () => [
        answer(false, { done: false, code: "no_lead", message: "Nothing is waiting for you." }),
    ]);
    await mountBoard();
    expect(`${card(101)} .o_claim_button`).toHaveCount(1, { message: "the next card can be claimed" });
    await click(".o_next_lead button");
    await animationFrame();
    expect(".o_next_lead_refusal").toHaveText("Nothing is waiting for you.");
});

test("leads stand as their pool gives them, and those that come later say so", async () => {
    const days = { 1: "03", 2: "02", 3: "01", 4: "04" };
    Entry._records = Entry._records.map((record) => ({
        ...record,
        entered_at: `2026-03-${days[record.id]} 08:00:00`,
        ...(record.id === 3
            ? {}
            : { can_claim: false, claim_refusal: "The oldest comes first.", claim_refusal_code: "out_of_order" }),
    }));
    giveInOrder("oldest");
    await mountBoard();
    expect(cards()).toEqual(["103", "102", "101", "104"]);
    expect(".o_next_lead_order").toHaveText("The oldest lead comes first");
    expect(`${card(103)} .o_claim_button button`).toBeEnabled();
    expect(`${card(102)} .o_claim_button button`).toHaveCount(0);
    expect(`${card(102)} .o_claim_later`).toHaveText("Others come first");
    expect(`${card(102)} .o_claim_later`).toHaveAttribute("data-tooltip", "The oldest comes first.");
});

test("undo is not offered when it is used for the day", async () => {
    onRpc("lead.pool.member", "my_load", () => [
        { pool_id: 1, name: "Beijing", held: 1, capacity: 5, claims_left: 3, paused: false, can_undo: false },
    ]);
    onRpc("lead.pool.entry", "action_claim", ({ args }) => args[0].map((id) => answer(id)));
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    expect(".o_notification").toHaveText(/Lead #101 is yours now/);
    expect(".o_notification button:contains(Undo)").toHaveCount(0);
});

test("in a pool of free choice there is no Next Lead", async () => {
    giveInOrder("free");
    await mountBoard();
    expect(".o_next_lead").toHaveCount(0);
});

test("a claim can be undone from its notification", async () => {
    onRpc("lead.pool.entry", "action_claim", ({ args }) => args[0].map((id) => answer(id)));
    onRpc("lead.pool.entry", "action_undo_claim", ({ args }) => {
        expect.step(`undo ${args[0]}`);
        return [answer(1, { done: false, code: "undo_used", message: "Once a day." })];
    });
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    await click(".o_notification button:contains(Undo)");
    await animationFrame();
    expect.verifySteps(["undo 1"]);
    expect(".o_notification").toHaveText(/Once a day/);
});

test("who loses the race is told on the card by whom", async () => {
    onRpc("lead.pool.entry", "action_claim", () => [
        answer(1, { done: false, code: "taken", message: "Li Na has this lead already." }),
    ]);
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    expect(`${card(101)} .o_claim_refusal`).toHaveText("Li Na has this lead already.");
    expect(`${card(101)} .o_claim_button button`).not.toBeEnabled();
    expect(".modal").toHaveCount(0);
});

test("an error of the server is a sentence on the card, not a traceback", async () => {
    onRpc("lead.pool.entry", "action_claim", () => {
        throw makeServerError({ type: "UserError", message: "The pools are being rebuilt." });
    });
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    expect(`${card(101)} .o_claim_refusal`).toHaveText("The pools are being rebuilt.");
    expect(`${card(101)} .o_claim_button button`).toBeEnabled();
    expect(".modal").toHaveCount(0);
});

test("after a lost connection the next click repeats the same claim", async () => {
    const uids = [];
    onRpc(
        "/web/dataset/call_kw/lead.pool.entry/action_claim",
        async (request) => {
            const { id, params } = await request.json();
            uids.push(params.kwargs.request_uid);
            if (uids.length === 1) {
                throw new Error("the answer never arrives");
            }
            return { id, jsonrpc: "2.0", result: [answer(1)] };
        },
        { pure: true },
    );
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    expect(`${card(101)} .o_claim_refusal`).toHaveText("No connection. Your claim is sent when you are online again.");
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    expect(cards()).toEqual(["102", "103", "104"]);
    expect(uids[0]).toBe(uids[1]);
});

test("a card whose claim is on its way is not opened: it would offer the claim again", async () => {
    const claimed = new Deferred();
    onRpc("lead.pool.entry", "action_claim", () => claimed);
    onRpc("lead.pool.entry", "action_open_card", ({ args: [ids] }) => {
        expect.step(`open ${ids}`);
        return [{ id: ids[0], open_values: {}, message: false }];
    });
    onRpc("lead.pool.open.field", "search_read", () => []);
    await mountBoard();
    await click(`${card(101)} .o_claim_button button`);
    await animationFrame();
    await click(`${card(101)} .o_number`);
    await animationFrame();
    expect(".modal").toHaveCount(0);
    await click(`${card(103)} .o_number`);
    await animationFrame();
    expect(".modal .o_claim_button button").toBeEnabled();
    expect.verifySteps(["open 3"]);
    claimed.resolve([answer(1, { done: false, message: "Li Na has it." })]);
    await animationFrame();
    await click(".modal-footer button:contains(Close)");
    await animationFrame();
    await click(`${card(101)} .o_number`);
    await animationFrame();
    expect.verifySteps(["open 1"]);
});

test("pools in which there is something come first", async () => {
    const load = { held: 0, capacity: 5, claims_left: 3, paused: false };
    onRpc("lead.pool.member", "my_load", () => [
        { ...load, pool_id: 1, name: "Beijing" },
        { ...load, pool_id: 3, name: "Wuhan", held: 1 },
        { ...load, pool_id: 2, name: "Shanghai" },
        { ...load, pool_id: false, name: "All pools" },
    ]);
    Entry._records = Entry._records.filter(({ pool_id: id }) => id === 2);
    const panel = `<search><searchpanel><field name="pool_id" enable_counters="1"/></searchpanel></search>`;
    await mountBoard({ searchViewArch: panel });
    await animationFrame();
    expect(queryAllTexts(".o_load_meter_name")).toEqual(["Wuhan", "Shanghai", "Beijing", "All pools"]);
});
