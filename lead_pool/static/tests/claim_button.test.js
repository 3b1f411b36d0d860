import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, test } from "@odoo/hoot";
import { click, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { MockServer, defineModels, fields, getService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Entry extends models.Model {
    _name = "lead.pool.entry";

    lead_ref = fields.Integer();
    pool_id = fields.Many2one({ relation: "lead.pool" });
    state = fields.Selection({ selection: [["waiting", "Waiting"], ["held", "Held"]] });
    can_claim = fields.Boolean();
    claim_refusal = fields.Char();
    claim_refusal_code = fields.Char();
    claim_order = fields.Selection({ selection: [["free", "Free"]] });

    _records = [
        { id: 1, lead_ref: 101, state: "waiting", can_claim: true },
        { id: 2, lead_ref: 102, state: "held", can_claim: false },
    ];
}

class Pool extends models.Model {
    _name = "lead.pool";

    name = fields.Char();
}

defineMailModels();
defineModels([Entry, Pool]);

const BUTTON = ".o_claim_button button";
const answer = (values = {}) => ({ id: 1, done: true, code: false, message: false, retry_at: false, ...values });
let isLost, uids, result;

beforeEach(() => {
    [isLost, uids, result] = [false, [], answer()];
    onRpc(
        "/web/dataset/call_kw/lead.pool.entry/action_claim",
        async (request) => {
            const { id, params } = await request.json();
            uids.push(params.kwargs.request_uid);
            if (isLost) {
                throw new Error("no network");
            }
            return { id, jsonrpc: "2.0", result: [result] };
        },
        { pure: true },
    );
});

/** The form of an entry, which has no board around it. */
const mountEntry = (resId = 1) =>
    mountView({
        resModel: "lead.pool.entry",
        resId,
        type: "form",
        arch: `<form><field name="state"/><widget name="claim_button"/></form>`,
    });

test("a lead in somebody's hands cannot be claimed", async () => {
    await mountEntry(2);
    expect(BUTTON).toHaveCount(0);
});

test("beside no board the record is read again", async () => {
    await mountEntry();
    MockServer.env["lead.pool.entry"].write(1, { state: "held" });
    onRpc("lead.pool.entry", "web_read", () => {
        expect.step("read again");
    });
    await click(BUTTON);
    await animationFrame();
    expect(".o_notification").toHaveText(/Lead #101 is yours now/);
    expect.verifySteps(["read again"]);
});

test("a claim without a network says so, and is made by itself later", async () => {
    await mountEntry();
    isLost = true;
    await click(BUTTON);
    await waitFor(".o_claim_refusal:contains(sent when you are online again)");
    expect(BUTTON).toBeEnabled();
    isLost = false;
    await getService("lead_pool_outbox").flush();
    await waitForNone(".o_claim_refusal");
    expect(".o_notification").toHaveText(/Lead #101 is yours now/);
    expect(new Set(uids).size).toBe(1);
});

test("a claim that is refused later says on its card by whom; claiming again is a new request", async () => {
    await mountEntry();
    isLost = true;
    await click(BUTTON);
    await waitFor(".o_claim_refusal");
    isLost = false;
    result = answer({ done: false, code: "taken", message: "Li Na has this lead already." });
    await getService("lead_pool_outbox").flush();
    await waitFor(".o_claim_refusal:contains(Li Na has this lead already.)");
    expect(getService("lead_pool_outbox").letters).toHaveLength(1);
    await click(BUTTON);
    await animationFrame();
    await animationFrame();
    expect(getService("lead_pool_outbox").letters).toEqual([]);
    expect(new Set(uids).size).toBe(2);
    expect(".o_claim_refusal").toHaveText("Li Na has this lead already.");
});
