import { REST, WINDOW } from "@lead_pool/pool_board/pool_board";
import { LAG } from "@lead_pool/pool_board/pool_board_model";
import { PoolBoardKanbanController } from "@lead_pool/pool_board/pool_board_view";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, destroy, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeMockEnv,
    makeServerError,
    MockServer,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { SearchModel } from "@web/search/search_model";
import { registry } from "@web/core/registry";
import { Deferred } from "@web/core/utils/concurrency";
import { useServiceProtectMethodHandling } from "@web/core/utils/hooks";

class Pool extends models.Model {
    _name = "lead.pool";

    name = fields.Char();

    _records = [
        { id: 1, name: "Beijing" },
        { id: 2, name: "Shanghai" },
    ];
}

class Member extends models.Model {
    _name = "lead.pool.member";
}

class Entry extends models.Model {
    _name = "lead.pool.entry";

    lead_ref = fields.Integer();
    pool_id = fields.Many2one({ relation: "lead.pool" });
    state = fields.Selection({ selection: [["waiting", "Waiting"]] });
    can_claim = fields.Boolean();
    can_open = fields.Boolean();
    claim_refusal = fields.Char();
    claim_refusal_code = fields.Char();
    entered_at = fields.Datetime();
    claim_order = fields.Selection({ selection: [["free", "Free"], ["oldest", "Oldest"], ["pull", "Pull"]] });

    _records = [
        { id: 1, lead_ref: 101, pool_id: 1, state: "waiting", can_claim: true },
        { id: 2, lead_ref: 102, pool_id: 1, state: "waiting", can_claim: false, claim_refusal: "You held it lately." },
        { id: 3, lead_ref: 103, pool_id: 1, state: "waiting", can_claim: true },
        { id: 4, lead_ref: 104, pool_id: 2, state: "waiting", can_claim: false, claim_refusal: "You are no member." },
    ];
}

defineMailModels();
defineModels([Pool, Member, Entry]);

const ARCH = /* xml */ `
    <kanban js_class="pool_board">
        <field name="state"/><field name="can_claim"/><field name="can_open"/><field name="claim_refusal"/>
        <field name="pool_id"/>
        <templates><t t-name="card">
            <span class="o_number"><field name="lead_ref"/></span><widget name="claim_button"/>
        </t></templates>
    </kanban>`;

const cards = () => queryAllTexts(".o_kanban_record:not(.o_kanban_ghost) .o_number");
const card = (number) => `.o_kanban_record:contains(${number})`;
const answer = (id, values = {}) => ({ id, done: true, code: false, message: false, retry_at: false, ...values });

let tellBoard;

beforeEach(() => {
    onRpc("lead.pool.member", "my_load", () => [
        { pool_id: 1, name: "Beijing", held: 1, capacity: 5, claims_left: 3, paused: false },
    ]);
});

async function mountBoard(options = {}) {
    await makeMockEnv();
    const bus = getService("bus_service");
    patchWithCleanup(bus, {
        subscribe(type, callback) {
            if (type === "lead_pool/changed") {
                tellBoard = callback;
            }
            return super.subscribe(type, callback);
        },
    });
    return mountView({ resModel: "lead.pool.entry", type: "kanban", arch: ARCH, ...options });
}

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

test("leads that others took disappear without asking the server", async () => {
    await mountBoard();
    onRpc("lead.pool.entry", "web_search_read", () => {
        expect.step("reload");
    });
    tellBoard({ pool: 1, gone: [1, 3, 77], come: 0 });
    await animationFrame();
    expect(cards()).toEqual(["102", "104"]);
    await advanceTime(10 * REST);
    expect.verifySteps([]);
});

/** Pages are read from now on, but their answers stay on the way. */
function delayPages() {
    const onTheWay = [];
    onRpc("lead.pool.entry", "web_search_read", async ({ parent }) => {
        const [page, arrived] = [await parent(), new Deferred()];
        onTheWay.push(arrived);
        await arrived;
        return page;
    });
    return onTheWay;
}

test("a lead that somebody takes while the page is read does not come back with it", async () => {
    await mountBoard();
    const onTheWay = delayPages();
    tellBoard({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    await animationFrame();
    expect(onTheWay).toHaveLength(1);
    tellBoard({ pool: 1, gone: [1], come: 0 });
    onTheWay[0].resolve();
    await animationFrame();
    expect(cards()).toEqual(["102", "103", "104"]);
    await advanceTime(REST);
    await animationFrame();
    expect(onTheWay).toHaveLength(2, { message: "what was read is too old: once more" });
    onTheWay[1].resolve(); // by a replica of the database that is behind
    await animationFrame();
    expect(cards()).toEqual(["102", "103", "104"]);
    await advanceTime(LAG);
    await animationFrame();
    expect(onTheWay).toHaveLength(3);
    onTheWay[2].resolve();
    await animationFrame();
    expect(cards()).toEqual(["101", "102", "103", "104"], { message: "it came back meanwhile" });
    await advanceTime(10 * REST);
    expect(onTheWay).toHaveLength(3);
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

test("a lead that somebody takes while the board opens is not shown", async () => {
    const [onTheWay, mounted] = [delayPages(), mountBoard()];
    await advanceTime(WINDOW);
    tellBoard({ pool: 1, gone: [3], come: 0 });
    onTheWay[0].resolve();
    await mounted;
    await animationFrame();
    expect(cards()).toEqual(["101", "102", "104"]);
});

test("groups that were read before a lead went are read again", async () => {
    await mountBoard({ groupBy: ["pool_id"] });
    const onTheWay = [];
    onRpc("lead.pool.entry", "web_read_group", async ({ parent }) => {
        const [groups, arrived] = [await parent(), new Deferred()];
        onTheWay.push(arrived);
        await arrived;
        return groups;
    });
    tellBoard({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    await animationFrame();
    tellBoard({ pool: 1, gone: [1], come: 0 });
    expect(onTheWay).toHaveLength(1);
    onTheWay[0].resolve();
    await animationFrame();
    MockServer.env["lead.pool.entry"].unlink([1]);
    await advanceTime(REST);
    await animationFrame();
    expect(onTheWay).toHaveLength(2);
    onTheWay[1].resolve();
    await animationFrame();
    expect(cards().sort()).toEqual(["102", "103", "104"]);
    await advanceTime(10 * REST);
    expect(onTheWay).toHaveLength(2);
});

test("leads that came are fetched together, with a rest in between", async () => {
    await mountBoard();
    onRpc("lead.pool.entry", "web_search_read", () => {
        expect.step("reload");
    });
    tellBoard({ pool: 1, gone: [], come: 1 });
    tellBoard({ pool: 1, gone: [], come: 2 });
    await advanceTime(WINDOW);
    await animationFrame();
    expect.verifySteps(["reload"]);
    tellBoard({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    expect.verifySteps([]);
    await advanceTime(REST);
    await animationFrame();
    expect.verifySteps(["reload"]);
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

test("while cards are selected new leads wait", async () => {
    await mountBoard();
    onRpc("lead.pool.entry", "web_search_read", () => {
        expect.step("reload");
    });
    await contains(`${card(101)} .o_number`).click({ altKey: true });
    await animationFrame();
    expect(".o_record_selected").toHaveCount(1);
    tellBoard({ pool: 1, gone: [], come: 2 });
    await advanceTime(REST + WINDOW);
    await animationFrame();
    expect.verifySteps([]);
    expect(".o_pool_board_arrived").toHaveText("New leads: 2");
    await click(".o_pool_board_arrived");
    await animationFrame();
    expect.verifySteps(["reload"]);
});

test("a card that is selected while the page is read stays selected", async () => {
    await mountBoard();
    const onTheWay = delayPages();
    await contains(`${card(103)} .o_number`).click({ altKey: true });
    tellBoard({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    await click(".o_pool_board_arrived");
    await animationFrame();
    expect(onTheWay).toHaveLength(1);
    await contains(`${card(101)} .o_number`).click({ altKey: true });
    onTheWay[0].resolve();
    await animationFrame();
    expect(queryAllTexts(".o_record_selected .o_number")).toEqual(["101"], { message: "what was selected before is done with" });
    await contains(`${card(101)} .o_number`).click({ altKey: true });
    expect(".o_record_selected").toHaveCount(0);
});

test("a card selected while the counters are read stays selected, also when a dialog closes in between", async () => {
    let controller;
    patchWithCleanup(PoolBoardKanbanController.prototype, {
        setup() {
            super.setup();
            controller = this;
        },
    });
    await mountBoard();
    const [counters, onTheWay] = [new Deferred(), delayPages()];
    patchWithCleanup(SearchModel.prototype, { _reloadSections: () => counters });
    tellBoard({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    controller.model.load(); // as a dialog does when it is done
    await animationFrame();
    await contains(`${card(101)} .o_number`).click({ altKey: true });
    for (const isRead of [() => onTheWay[0].resolve(), () => counters.resolve(), () => onTheWay[1].resolve()]) {
        isRead();
        await animationFrame();
        expect(queryAllTexts(".o_record_selected .o_number")).toEqual(["101"]);
    }
});

test("who leaves the board while it reloads is not troubled by it", async () => {
    const view = await mountBoard();
    const loads = new Deferred();
    onRpc("lead.pool.member", "my_load", () => loads);
    onRpc("lead.pool.entry", "web_search_read", () => {
        expect.step("reload");
    });
    patchWithCleanup(useServiceProtectMethodHandling, {
        fn() {
            expect.step("Component is destroyed");
            return new Promise(() => {});
        },
    });
    tellBoard({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    destroy(view);
    loads.resolve([]);
    await animationFrame();
    expect.verifySteps([]);
});
