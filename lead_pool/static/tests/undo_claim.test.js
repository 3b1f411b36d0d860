import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, test } from "@odoo/hoot";
import { click } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { UNDO, newRequestUid, notifyClaimed } from "@lead_pool/undo_claim/undo_claim";
import { mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { registry } from "@web/core/registry";

defineMailModels();

let shown;
let env;

beforeEach(async () => {
    shown = { resModel: "lead.pool.entry", type: "kanban" };
    mockService("action", {
        get currentController() {
            return { props: shown };
        },
        doAction: (action) => expect.step(action),
    });
    ({ env } = await mountWithCleanup(MainComponentsContainer));
});

const said = ".o_notification";
const claimed = (id, options = {}) => notifyClaimed(env, { entryIds: [id], message: `Lead #${id}`, ...options });

test("a uid is a new one each time", () => {
    expect(new Set(Array.from({ length: 100 }, newRequestUid)).size).toBe(100);
});

test("undo is offered as long as it is possible", async () => {
    claimed(1);
    await animationFrame();
    expect(`${said} button:contains(Undo)`).toHaveCount(1);
    await advanceTime(UNDO - 1000);
    expect(said).toHaveCount(1);
    await advanceTime(2000);
    await animationFrame();
    expect(said).toHaveCount(0);
});

test("of several claims the last one is told", async () => {
    claimed(1);
    await animationFrame();
    claimed(2, { canUndo: false });
    await animationFrame();
    expect(said).toHaveCount(1);
    expect(said).toHaveText(/Lead #2/);
    expect(`${said} button:contains(Undo)`).toHaveCount(0);
});

test("what is undone is told, and the board is read again", async () => {
    onRpc("lead.pool.entry", "action_undo_claim", ({ args, kwargs }) => {
        expect.step([args[0], Boolean(kwargs.request_uid)]);
        return [{ id: 1, done: true, message: false }];
    });
    claimed(1);
    await animationFrame();
    await click(`${said} button:contains(Undo)`);
    await animationFrame();
    expect(said).toHaveText(/as if you had not claimed/);
    expect.verifySteps([[[1], true], "soft_reload"]);
});

test("from the form of the lead, which he may read no longer, he goes back to the board", async () => {
    shown = { resModel: "crm.lead", type: "form" };
    onRpc("lead.pool.entry", "action_undo_claim", () => [{ id: 1, done: true, message: false }]);
    claimed(1);
    await animationFrame();
    await click(`${said} button:contains(Undo)`);
    await animationFrame();
    expect.verifySteps(["lead_pool.lead_pool_entry_action_board"]);
});

test("a refused undo says why, and leaves the page alone", async () => {
    onRpc("lead.pool.entry", "action_undo_claim", () => [{ id: 1, done: false, message: "Once a day." }]);
    claimed(1);
    await animationFrame();
    await click(`${said} button:contains(Undo)`);
    await animationFrame();
    expect(said).toHaveText(/Once a day/);
    expect.verifySteps([]);
});

test("a button of a view that has claimed says so, and goes on", async () => {
    const next = { type: "ir.actions.act_window_close" };
    const params = { entry_ids: [4], message: "This lead is yours now.", can_undo: true, next };
    expect(registry.category("actions").get("lead_pool_claimed")(env, { params })).toBe(next);
    await animationFrame();
    expect(said).toHaveText(/This lead is yours now/);
});
