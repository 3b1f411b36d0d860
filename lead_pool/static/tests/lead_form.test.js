import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import "@lead_pool/lead_form/lead_form";
import { contains, defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();
    pool_may_write = fields.Boolean({ default: true });

    _records = [
        { id: 1, name: "His own", pool_may_write: true },
        { id: 2, name: "Helped with", pool_may_write: false },
    ];
}

defineMailModels();
defineModels([Lead]);

const mountLead = (options) =>
    mountView({
        resModel: "crm.lead",
        type: "form",
        arch: /* xml */ `<form js_class="crm_form"><field name="name"/><field name="pool_may_write" invisible="1"/></form>`,
        ...options,
    });

test("who may not change the lead gets no field to write into; on the next one he may again", async () => {
    await mountLead({ resId: 2, resIds: [2, 1] });
    expect("[name=name] input").toHaveCount(0);
    expect("[name=name]").toHaveText("Helped with");
    expect(".o_form_view .o_form_readonly").toHaveCount(1);
    await contains(".o_pager_next").click();
    expect("[name=name] input").toHaveValue("His own");
    await contains("[name=name] input").edit("His own, and new");
    expect(".o_form_button_save").toBeVisible();
});

test("a new lead can be filled in", async () => {
    await mountLead();
    expect("[name=name] input").toHaveCount(1);
});
