import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, makeMockEnv, mockService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { session } from "@web/session";

describe.current.tags("desktop");

defineMailModels();

const answer = (id, values = {}) => ({ id, done: true, code: false, message: false, retry_at: false, ...values });
let loads;

beforeEach(() => {
    loads = [
        { pool_id: 1, name: "Beijing", claim_order: "pull" },
        { pool_id: 2, name: "Free", claim_order: "free" },
        { pool_id: false, name: "All pools" },
    ];
    onRpc("lead.pool.member", "my_load", () => loads);
    onRpc("lead.pool", "action_pull_next", ({ args }) => {
        expect.step(`pull ${args[0]}`);
        return [answer(false, { done: false, code: "no_lead", message: "Nothing waits." })];
    });
    mockService("action", { doAction: (action) => expect.step(action) });
});

async function start(roles) {
    patchWithCleanup(session, { lead_pool: roles });
    await makeMockEnv();
    await mountWithCleanup(MainComponentsContainer);
}

async function paletteOf(roles) {
    await start(roles);
    await press("control+k");
    await animationFrame();
    await animationFrame();
    return queryAllTexts(".o_command_name").filter((name) => /Next Lead|My Leads|Taken|Board/.test(name));
}

test("a rep finds his work with Ctrl+K", async () => {
    const names = await paletteOf({ sells: true, markets: false });
    expect(names).toEqual(["Take the Next Lead", "My Leads", "Is It Taken?", "Pool Board"]);
});

test("marketing, which claims nothing, finds the board alone", async () => {
    expect(await paletteOf({ sells: false, markets: true })).toEqual(["Pool Board"]);
});

test("who has nothing to do with pools finds nothing", async () => {
    expect(await paletteOf(undefined)).toEqual([]);
});

for (const [hotkey, opened] of [
    ["alt+shift+l", "lead_pool.crm_lead_action_my_leads"],
    ["alt+shift+f", "lead_pool.lead_pool_is_taken_action"],
    ["alt+shift+p", "lead_pool.lead_pool_entry_action_board"],
]) {
    test(`${hotkey} opens ${opened}`, async () => {
        await start({ sells: true });
        await press(hotkey);
        await animationFrame();
        expect.verifySteps([opened]);
    });
}

test("the next lead comes from the only pool that gives in an order; a refusal is told", async () => {
    await start({ sells: true });
    await press("alt+shift+k");
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["pull 1"]);
    expect(".o_notification").toHaveText("Nothing waits.");
});

test("of several such pools one is chosen", async () => {
    loads[1].claim_order = "oldest";
    const names = await paletteOf({ sells: true });
    expect(names).toHaveLength(4);
    await contains(".o_command:contains(Take the Next Lead)").click();
    await animationFrame();
    expect(queryAllTexts(".o_command_name")).toEqual(["Beijing", "Free"]);
    await contains(".o_command:contains(Free)").click();
    await animationFrame();
    expect.verifySteps(["pull 2"]);
});

test("where all pools let him choose, the board opens and says so", async () => {
    loads = [{ pool_id: 2, name: "Free", claim_order: "free" }];
    await start({ sells: true });
    await press("alt+shift+k");
    await animationFrame();
    await animationFrame();
    expect(".o_notification").toHaveText("Your pools let you choose. This is what waits.");
    expect.verifySteps(["lead_pool.lead_pool_entry_action_board"]);
});
