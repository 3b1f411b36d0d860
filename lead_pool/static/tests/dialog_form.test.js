import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryFirst, waitFor, waitForNone } from "@odoo/hoot-dom";
import { animationFrame, runAllTimers } from "@odoo/hoot-mock";
import "@lead_pool/dialog_form/dialog_form";
import "@lead_pool/dialog_form/reload";
import {
    contains,
    defineModels,
    fields,
    getService,
    models,
    mountWithCleanup,
    onRpc,
} from "@web/../tests/web_test_helpers";
import { Deferred } from "@web/core/utils/concurrency";
import { WebClient } from "@web/webclient/webclient";

describe.current.tags("desktop");

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();

    _records = [
        { id: 7, name: "Robots" },
        { id: 8, name: "Pumps" },
    ];
    _views = {
        list: /* xml */ `
            <list><header><button name="button_transfer" type="object" string="Transfer"/></header><field name="name"/></list>`,
    };
}

class Transfer extends models.Model {
    _name = "lead.pool.transfer";

    note = fields.Char();

    _views = {
        form: /* xml */ `
            <form js_class="lead_pool_dialog"><field name="note"/>
                <footer>
                    <button name="action_confirm" type="object" string="Do it" class="btn-primary"/>
                    <button special="cancel" string="Cancel"/>
                </footer>
            </form>`,
    };
}

defineMailModels();
defineModels([Lead, Transfer]);

const BUTTON = ".o_control_panel button[name=button_transfer]";
const selected = () => queryAllTexts(".o_data_row_selected .o_data_cell");

/** Both leads are selected, and the dialog of their button is open. */
async function openDialog() {
    onRpc("crm.lead", "button_transfer", () => ({
        type: "ir.actions.act_window",
        res_model: "lead.pool.transfer",
        views: [[false, "form"]],
        target: "new",
    }));
    onRpc("crm.lead", "my_deadlines", () => []);
    onRpc("lead.pool.transfer", "action_confirm", () => ({ type: "ir.actions.act_window_close" }));
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.act_window",
        res_model: "crm.lead",
        views: [[false, "list"]],
    });
    await contains(".o_list_record_selector input").click();
    onRpc("crm.lead", "web_search_read", () => expect.step("read again"));
    await contains(BUTTON).click();
    queryFirst(BUTTON).blur(); // as a browser does with a button that is disabled until the dialog is there
    await waitFor(".modal [name=note]");
}

async function isClosed() {
    await waitForNone(".modal");
    await runAllTimers();
    await animationFrame();
}

const WAYS = {
    "Escape": () => press("Escape"),
    "Cancel": () => contains(".modal footer button:contains(Cancel)").click(),
    "the cross": () => contains(".modal .btn-close").click(),
};
for (const [name, giveUp] of Object.entries(WAYS)) {
    test(`given up by ${name}: the rows are still selected, nothing is read again, the focus is on its button`, async () => {
        await openDialog();
        await giveUp();
        await isClosed();
        expect(selected()).toEqual(["Robots", "Pumps"]);
        expect.verifySteps([]);
        expect(BUTTON).toBeFocused();
    });
}

test("when it has done something the list is read again", async () => {
    await openDialog();
    await contains(".modal footer button:contains(Do it)").click();
    await isClosed();
    expect(selected()).toEqual([]);
    expect.verifySteps(["read again"]);
});

test("when it has said what was done it closes at once, and not only when the list has been read again", async () => {
    await openDialog();
    const next = { type: "ir.actions.client", tag: "lead_pool_reload" };
    onRpc("lead.pool.transfer", "action_confirm", () => ({
        type: "ir.actions.client",
        tag: "display_notification",
        params: { type: "success", message: "2 leads transferred.", next },
    }));
    const read = new Deferred();
    onRpc("crm.lead", "web_search_read", () => read);
    await contains(".modal footer button:contains(Do it)").click();
    await waitFor(".o_notification:contains(2 leads transferred.)");
    await waitForNone(".modal");
    expect.verifySteps([]);
    expect(selected()).toEqual(["Robots", "Pumps"]);
    expect(".o_blockUI").toHaveCount(1, { message: "what is selected now would not be on the page that comes" });
    read.resolve({ length: 1, records: [{ id: 8, name: "Pumps" }] });
    await waitForNone(".o_data_row:contains(Robots)");
    await waitForNone(".o_blockUI");
});
