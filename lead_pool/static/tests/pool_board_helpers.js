import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import "@lead_pool/pool_board/pool_board_view";
import { defineModels, fields, getService, makeMockEnv, models, mountView, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { Deferred } from "@web/core/utils/concurrency";

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

export class Entry extends models.Model {
    _name = "lead.pool.entry";

    lead_ref = fields.Integer();
    city = fields.Char();
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

/** The board's models, and what a member may hold. */
export function definePoolBoard() {
    defineMailModels();
    defineModels([Pool, Member, Entry]);
    beforeEach(() => {
        onRpc("lead.pool.member", "my_load", () => [
            { pool_id: 1, name: "Beijing", held: 1, capacity: 5, claims_left: 3, paused: false },
        ]);
    });
}

const ARCH = /* xml */ `
    <kanban js_class="pool_board">
        <field name="state"/><field name="can_claim"/><field name="can_open"/><field name="claim_refusal"/>
        <field name="pool_id"/>
        <templates><t t-name="card">
            <span class="o_number"><field name="lead_ref"/></span><widget name="claim_button"/>
        </t></templates>
    </kanban>`;

export const cards = () => queryAllTexts(".o_kanban_record:not(.o_kanban_ghost) .o_number");
export const card = (number) => `.o_kanban_record:contains(${number})`;
export const answer = (id, values = {}) => ({ id, done: true, code: false, message: false, retry_at: false, ...values });

/** What the bus says, once a board is mounted. */
export const board = { tell: undefined };

export async function mountBoard(options = {}) {
    await makeMockEnv();
    const bus = getService("bus_service");
    patchWithCleanup(bus, {
        subscribe(type, callback) {
            if (type === "lead_pool/changed") {
                board.tell = callback;
            }
            return super.subscribe(type, callback);
        },
    });
    return mountView({ resModel: "lead.pool.entry", type: "kanban", arch: ARCH, ...options });
}

/** Pages are read from now on, but their answers stay on the way. */
export function delayPages() {
    const onTheWay = [];
    onRpc("lead.pool.entry", "web_search_read", async ({ parent }) => {
        const [page, arrived] = [await parent(), new Deferred()];
        onTheWay.push(arrived);
        await arrived;
        return page;
    });
    return onTheWay;
}
