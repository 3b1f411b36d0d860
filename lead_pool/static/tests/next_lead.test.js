import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { click, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { NextLead } from "@lead_pool/next_lead/next_lead";
import { contains, getService, mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

defineMailModels();

const load = (pool_id, name, claim_order) => ({ pool_id, name, claim_order });
const answer = (id, values = {}) => ({ id, done: true, code: false, message: false, retry_at: false, ...values });

/** The button beside a board that notes what it is told. */
function mountNext(loads, poolId = false) {
    const board = {
        canUndo: () => true,
        onClaimed: (id) => expect.step(`claimed ${id}`),
        onRefused: ({ code }) => expect.step(`refused ${code}`),
    };
    return mountWithCleanup(NextLead, { props: { loads, poolId, board } });
}

test("it is there for pools that give their leads in an order, and says in which", async () => {
    const texts = {
        oldest: "The oldest lead comes first",
        newest: "The newest lead comes first",
        score: "The best lead comes first",
        pull: "The pool picks the best lead for you",
    };
    for (const [order, text] of Object.entries(texts)) {
        const next = await mountNext([load(1, "Beijing", order), load(2, "Free", "free"), load(false, "All pools")]);
        expect(next.pools.map((pool) => pool.name)).toEqual(["Beijing"]);
        expect(String(next.orderText)).toBe(text);
    }
});

test("of several pools the user chooses one, and only that pool is asked", async () => {
    onRpc("lead.pool", "action_pull_next", ({ args }) => {
        expect.step(`pull ${args[0]}`);
        return [answer(false, { done: false, code: "no_lead", message: "Nothing waits in Shanghai." })];
    });
    await mountNext([load(1, "Beijing", "pull"), load(2, "Shanghai", "oldest")]);
    await contains(".o_next_lead button").click();
    await contains(".o-dropdown-item:contains(Shanghai)").click();
    await animationFrame();
    expect.verifySteps(["pull 2", "refused no_lead"]);
    expect(".o_next_lead_refusal").toHaveText("Nothing waits in Shanghai.");
});

test("without a network the request is kept; a second press is the same request; the lead comes once", async () => {
    const uids = [];
    let isLost = true;
    onRpc(
        "/web/dataset/call_kw/lead.pool/action_pull_next",
        async (request) => {
            const { id, params } = await request.json();
            uids.push(params.kwargs.request_uid);
            if (isLost) {
                throw new Error("no network");
            }
            return { id, jsonrpc: "2.0", result: [answer(3)] };
        },
        { pure: true },
    );
    onRpc("lead.pool.entry", "button_open_lead", () => ({ type: "ir.actions.act_window", res_id: 103 }));
    mockService("action", { doAction: ({ res_id }) => expect.step(`open ${res_id}`) });
    await mountNext([load(1, "Beijing", "pull")], 1);
    await click(".o_next_lead button");
    await waitFor(".o_next_lead_refusal:contains(sent when you are online again)");
    isLost = false;
    await click(".o_next_lead button");
    await waitFor(".o_next_lead_order");
    await animationFrame();
    expect(new Set(uids).size).toBe(1);
    expect.verifySteps(["claimed 3", "open 103"]);
    expect(getService("lead_pool_outbox").letters).toEqual([]);
});
