import { REST, WINDOW } from "@lead_pool/pool_board/pool_board";
import { LAG } from "@lead_pool/pool_board/pool_board_model";
import { PoolBoardKanbanController } from "@lead_pool/pool_board/pool_board_view";
import { destroy, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame } from "@odoo/hoot-mock";
import { contains, MockServer, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { SearchModel } from "@web/search/search_model";
import { Deferred } from "@web/core/utils/concurrency";
import { useServiceProtectMethodHandling } from "@web/core/utils/hooks";
import { board, card, cards, definePoolBoard, delayPages, mountBoard } from "./pool_board_helpers";

definePoolBoard();

test("leads that others took disappear without asking the server", async () => {
    await mountBoard();
    onRpc("lead.pool.entry", "web_search_read", () => {
        expect.step("reload");
    });
    board.tell({ pool: 1, gone: [1, 3, 77], come: 0 });
    await animationFrame();
    expect(cards()).toEqual(["102", "104"]);
    await advanceTime(10 * REST);
    expect.verifySteps([]);
});

test("a lead that somebody takes while the page is read does not come back with it", async () => {
    await mountBoard();
    const onTheWay = delayPages();
    board.tell({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    await animationFrame();
    expect(onTheWay).toHaveLength(1);
    board.tell({ pool: 1, gone: [1], come: 0 });
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

test("a lead that somebody takes while the board opens is not shown", async () => {
    const [onTheWay, mounted] = [delayPages(), mountBoard()];
    await advanceTime(WINDOW);
    board.tell({ pool: 1, gone: [3], come: 0 });
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
    board.tell({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    await animationFrame();
    board.tell({ pool: 1, gone: [1], come: 0 });
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
    board.tell({ pool: 1, gone: [], come: 1 });
    board.tell({ pool: 1, gone: [], come: 2 });
    await advanceTime(WINDOW);
    await animationFrame();
    expect.verifySteps(["reload"]);
    board.tell({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    expect.verifySteps([]);
    await advanceTime(REST);
    await animationFrame();
    expect.verifySteps(["reload"]);
});

test("while cards are selected new leads wait", async () => {
    await mountBoard();
    onRpc("lead.pool.entry", "web_search_read", () => {
        expect.step("reload");
    });
    await contains(`${card(101)} .o_number`).click({ altKey: true });
    await animationFrame();
    expect(".o_record_selected").toHaveCount(1);
    board.tell({ pool: 1, gone: [], come: 2 });
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
    board.tell({ pool: 1, gone: [], come: 1 });
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
    board.tell({ pool: 1, gone: [], come: 1 });
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
    board.tell({ pool: 1, gone: [], come: 1 });
    await advanceTime(WINDOW);
    destroy(view);
    loads.resolve([]);
    await animationFrame();
    expect.verifySteps([]);
});
