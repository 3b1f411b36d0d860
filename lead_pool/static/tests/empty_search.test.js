import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { markup } from "@odoo/owl";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();
    phone = fields.Char();
    level = fields.Selection({ selection: [["new", "New"], ["trial", "Trial"]] });
    state = fields.Selection({ selection: [["waiting", "Waiting"], ["held", "Held"]] });

    _records = [{ id: 1, name: "Chen Jing", state: "held", level: "new" }];
}

defineMailModels();
defineModels([Lead]);

const SEARCH = /* xml */ `
    <search>
        <field name="name"/>
        <filter name="waiting" string="Waiting" domain="[('state', '=', 'waiting')]"/>
        <filter name="forgotten" string="Forgotten" domain="[('phone', '=', 'none')]"/>
        <filter name="by_level" string="Level" context="{'group_by': 'level'}"/>
        <searchpanel><field name="level" select="multi"/></searchpanel>
    </search>`;
const ARCH = {
    kanban: `<kanban js_class="my_leads"><templates><t t-name="card"><field name="name"/></t></templates></kanban>`,
    list: `<list js_class="my_leads_list"><field name="name"/></list>`,
};
const HELP = markup`<p class="o_view_nocontent_smiling_face">You hold no lead</p>`;
const EMPTY = ".o_nocontent_help";

const mountLeads = (type, options = {}) =>
    mountView({
        resModel: "crm.lead",
        type,
        arch: ARCH[type],
        searchViewArch: SEARCH,
        noContentHelp: HELP,
        loadIrFilters: true,
        ...options,
    });

for (const type of ["kanban", "list"]) {
    test(`${type}: a search without a match says so, and one button shows all leads again`, async () => {
        await mountLeads(type, { context: { search_default_forgotten: 1 } });
        expect(EMPTY).toHaveText(/Nothing matches your search/);
        expect(EMPTY).not.toHaveText(/You hold no lead/);
        await contains(`${EMPTY} button:contains(Show All)`).click();
        expect(EMPTY).toHaveCount(0);
        expect(".o_facet_values").toHaveCount(0);
    });

    test(`${type}: who has no lead reads what the screen is for`, async () => {
        Lead._records = [];
        await mountLeads(type);
        expect(EMPTY).toHaveText("You hold no lead");
    });
}

test("the board's own filter is no search", async () => {
    await mountLeads("kanban", { context: { search_default_waiting: 1 } });
    expect(EMPTY).toHaveText("You hold no lead");
});

test.tags("desktop"); // the phone has a dialog for it
test("what is ticked beside the cards narrows too, and the board's own filter stays when all is shown", async () => {
    Lead._records = [
        { id: 1, name: "Chen Jing", state: "waiting", level: "new" },
        { id: 2, name: "Wang Wei", state: "held", level: "trial" },
    ];
    onRpc("crm.lead", "search_panel_select_multi_range", () => ({
        values: [
            { id: "new", display_name: "New" },
            { id: "trial", display_name: "Trial" },
        ],
    }));
    await mountLeads("kanban", { context: { search_default_waiting: 1 } });
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(1);
    await contains(".o_search_panel_filter_value:contains(Trial) input").click();
    expect(EMPTY).toHaveText(/Nothing matches your search/);
    await contains(`${EMPTY} button:contains(Show All)`).click();
    expect(".o_kanban_record:not(.o_kanban_ghost)").toHaveCount(1);
    expect(".o_facet_value").toHaveText("Waiting");
});
