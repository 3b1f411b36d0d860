import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import {
    defineActions,
    defineModels,
    fields,
    getService,
    models,
    mountWithCleanup,
} from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

class Lead extends models.Model {
    _name = "lead.of.mine";

    name = fields.Char();

    _views = { list: `<list><field name="name"/></list>` };
}

defineMailModels();
defineModels([Lead]);

test("after the last lead went back, My Leads says in its own words what to do next", async () => {
    defineActions([
        {
            id: 7,
            xml_id: "lead_pool.my_leads",
            name: "My Leads",
            res_model: "lead.of.mine",
            views: [[false, "list"]],
            help: "<p class='o_view_nocontent_smiling_face'>You hold no leads</p>",
        },
        { id: 8, xml_id: "lead_pool.other", name: "Other", res_model: "lead.of.mine", views: [[false, "list"]] },
    ]);
    await mountWithCleanup(WebClient);
    await getService("action").doAction(8);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "display_notification",
        params: {
            message: "The lead waits again",
            next: { type: "ir.actions.client", tag: "lead_pool_way_out", params: { xml_id: "lead_pool.my_leads" } },
        },
    });
    await animationFrame();
    expect(".o_view_nocontent").toHaveText("You hold no leads");
    expect(".o_notification").toHaveText("The lead waits again");
    expect(".o_breadcrumb .o_back_button, .breadcrumb-item.o_back_button").toHaveCount(0);
});
