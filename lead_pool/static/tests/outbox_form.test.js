import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryFirst, setInputFiles, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    makeServerError,
    mockService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();

    _records = [{ id: 7, name: "Robots" }];
}

class Type extends models.Model {
    _name = "lead.follow.up.type";

    name = fields.Char();

    _records = [{ id: 1, name: "Call" }];
}

class Attachment extends models.Model {
    _name = "ir.attachment";

    name = fields.Char();
    mimetype = fields.Char();
}

class FollowUp extends models.Model {
    _name = "lead.pool.follow.up";

    lead_id = fields.Many2one({ relation: "crm.lead", default: 7 });
    epoch = fields.Integer({ default: 3 });
    request_uid = fields.Char();
    type_id = fields.Many2one({ relation: "lead.follow.up.type", default: 1, onChange: () => {} });
    level_id = fields.Many2one({ relation: "lead.follow.up.type" });
    result = fields.Char();
    note = fields.Text({ onChange: () => {} });
    duration = fields.Integer();
    next_date = fields.Date({ default: "2026-03-05" });
    attachment_ids = fields.Many2many({ relation: "ir.attachment" });

    _views = {
        form: /* xml */ `
            <form js_class="outbox_form">
                <field name="lead_id" invisible="1"/><field name="epoch" invisible="1"/>
                <field name="request_uid" invisible="1"/>
                <field name="type_id"/><field name="level_id"/><field name="result"/><field name="note"/>
                <field name="duration"/><field name="next_date"/>
                <field name="attachment_ids" widget="outbox_files"/>
                <footer><button name="action_save" type="object" string="Save" context="{'ask_first': True}"/></footer>
            </form>`,
    };
}

defineMailModels();
defineModels([Lead, Type, Attachment, FollowUp]);

const server = { lost: [], uids: [] };
const answer = (id, result) => ({ id, jsonrpc: "2.0", result });

/** A call of this address, with what the server says; lost if the network does not carry it. */
function route(address, work) {
    onRpc(
        address,
        async (request) => {
            const { id, params } = await request.json();
            if (server.lost.includes(params.method)) {
                throw new Error("no network");
            }
            return answer(id, work(params));
        },
        { pure: true },
    );
}

beforeEach(() => {
    Object.assign(server, { lost: [], uids: [] });
    route("/web/dataset/call_button/lead.pool.follow.up/action_save", ({ kwargs }) => {
        expect.step(["pressed", kwargs.context.ask_first]);
        return { type: "ir.actions.act_window_close" };
    });
    route("/web/dataset/call_kw/crm.lead/action_follow_up", ({ args, kwargs }) => {
        expect.step(["sent", args, kwargs.epoch]);
        server.uids.push(kwargs.request_uid);
        return 1;
    });
    onRpc("crm.lead", "my_deadlines", () => []);
    onRpc("lead.pool.follow.up", "web_save", ({ args }) => {
        if (server.lost.includes("web_save")) {
            throw new TypeError("no network");
        }
        server.uids.push(args[1].request_uid);
    });
});

async function openDialog() {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "lead.pool.follow.up",
        views: [[false, "form"]],
        target: "new",
    });
    await contains(".modal [name=note] textarea").edit("Wants a trial");
}

const SAVE = ".modal footer button[name=action_save]";

test("with a network the button does what it always did", async () => {
    await openDialog();
    await click(SAVE);
    await waitForNone(".modal", { timeout: 5000 });
    expect.verifySteps([["pressed", true]]);
    expect(getService("lead_pool_outbox").letters).toEqual([]);
});

test("without one the dialog closes, and the same call is sent later under the same uid", async () => {
    await openDialog();
    server.lost = ["action_save"];
    await click(SAVE);
    await waitForNone(".modal", { timeout: 5000 });
    expect(".o_notification").toHaveText(/Saved on this device; sent when you are online again/);
    expect(".o_outbox_count").toHaveText("1");
    await getService("lead_pool_outbox").flush();
    const values = {
        type_id: 1,
        level_id: false,
        result: false,
        note: "Wants a trial",
        duration: 0,
        next_date: "2026-03-05",
        attachment_ids: [],
        intent: {},
    };
    expect.verifySteps([["sent", [[7], values], 3]]);
    expect(server.uids[0]).toBe(server.uids[1], { message: "as the dialog had it" });
    await animationFrame();
    expect(".o_outbox_count").toHaveCount(0);
});

test("what the server says against it leaves the dialog open, with its text", async () => {
    expect.errors(1);
    await openDialog();
    onRpc("/web/dataset/call_button/lead.pool.follow.up/action_save", () => {
        throw makeServerError({ type: "UserError", message: "The lead changed hands." });
    });
    await click(SAVE);
    await waitFor(".o_error_dialog");
    expect(".modal [name=note] textarea").toHaveValue("Wants a trial");
    expect(getService("lead_pool_outbox").letters).toEqual([]);
    expect.verifyErrors(["The lead changed hands."]);
});

test("what is typed without a network stays, though the server cannot be asked what follows from it", async () => {
    await openDialog();
    onRpc(
        "/web/dataset/call_kw/lead.pool.follow.up/onchange",
        () => {
            throw new Error("no network");
        },
        { pure: true },
    );
    server.lost = ["action_save"];
    await contains(".modal [name=note] textarea").edit("Wants a trial, by Friday");
    await contains(".modal [name=result] input").edit("reached");
    expect(".modal [name=note] textarea").toHaveValue("Wants a trial, by Friday");
    await click(SAVE);
    await waitForNone(".modal", { timeout: 5000 });
    const [letter] = getService("lead_pool_outbox").letters;
    expect([letter.args[1].note, letter.args[1].result]).toEqual(["Wants a trial, by Friday", "reached"]);
});

test("a file that could not be sent is told, and the text can still be saved", async () => {
    await openDialog();
    mockService("http", {
        post() {
            throw new TypeError("Failed to fetch");
        },
    });
    await contains(".modal .o_field_outbox_files button").click();
    await setInputFiles(new File(["offer"], "offer.txt", { type: "text/plain" }));
    await waitFor(".o_notification:contains(files are not kept on this device)");
    expect(".modal [name=note] textarea").toHaveValue("Wants a trial");
    expect(queryFirst(SAVE)).toBeEnabled();
});
