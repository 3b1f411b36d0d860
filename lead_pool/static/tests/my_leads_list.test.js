import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import "@lead_pool/my_leads/my_leads_view";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();
    phone = fields.Char();

    _records = [{ id: 1, name: "Robots", phone: "138 0000 0000" }];
}

defineMailModels();
defineModels([Lead]);

const BUTTON = ".o_data_row button[name=button_follow_up]";
const headings = () => queryAllTexts("thead th[data-name]");

const mountLeads = () =>
    mountView({
        resModel: "crm.lead",
        type: "list",
        arch: /* xml */ `
            <list js_class="my_leads_list">
                <field name="name" string="Lead"/>
                <field name="phone" optional="show"/>
                <button name="button_follow_up" type="object" string="Follow-up"/>
            </list>`,
    });

test.tags("desktop");
test("on a desktop all that its view shows, and its buttons", async () => {
    await mountLeads();
    expect(headings()).toEqual(["Lead", "Phone"]);
    expect(BUTTON).toHaveCount(1);
});

test.tags("mobile");
test("on a phone the lead alone, and besides what the user chose himself", async () => {
    onRpc("has_group", () => false);
    await mountLeads();
    expect(headings()).toEqual(["Lead"]);
    expect(BUTTON).toHaveCount(0);
    await contains(".o_optional_columns_dropdown button").click();
    await contains(".o-dropdown-item:contains(Phone)").click();
    expect(headings()).toEqual(["Lead", "Phone"]);
});
