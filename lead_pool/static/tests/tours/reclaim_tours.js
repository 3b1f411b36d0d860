import { registry } from "@web/core/registry";

/** The same on a desk and on a phone, where the rules are cards. */
const rules = ".o_field_widget[name=reclaim_rule_ids]";
const rule = `${rules} .o_data_cell[name=name]:contains(Three days), ${rules} .o_kanban_record:contains(Three days)`;
const openRules = [
    { content: "the pool", trigger: ".o_form_view .o_notebook .nav-link:contains(Going Back)", run: "click" },
    { trigger: ".tab-pane.active .o_lead_pool_preview:contains(of 1 held lead)" },
];
const giveOneDay = [
    { content: "the rule", trigger: rule, run: "click" },
    { trigger: ".modal .o_field_widget[name=no_follow_up_days] input", run: "edit 1" },
    { content: "where it goes", trigger: ".modal .o_field_widget[name=destination] .o_radio_item:contains(The next rep) input", run: "click" },
    { trigger: ".modal .o_form_button_save, .modal .o_form_button_save_closed", run: "click" },
    { trigger: "body:not(:has(.modal))" },
    {
        content: "what it would do is told while it is edited",
        trigger: ".tab-pane.active .o_lead_pool_preview:contains(With your changes: within a day 1 leads of 1 people)",
    },
];
const save = { trigger: ".o_form_button_save", run: "click" };
const asked = ".modal:contains(deadlines of 1 of 1 held leads come forward)";

registry.category("web_tour.tours").add("lead_pool_admin_edits_a_reclaim_rule", {
    steps: () => [
        ...openRules,
        ...giveOneDay,
        save,
        { content: "asked before deadlines come forward", trigger: asked },
        { trigger: ".modal footer button:contains(Keep Editing)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_form_dirty, .o_form_status_indicator_buttons:not(.invisible)" },
        save,
        { trigger: asked },
        { trigger: ".modal footer button.btn-primary:contains(Save)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "saved", trigger: ".o_form_saved, .o_form_status_indicator_buttons.invisible" },
    ],
});

registry.category("web_tour.tours").add("lead_pool_admin_decides_a_storm", {
    steps: () => [
        { content: "what is asked", trigger: ".o_lead_pool_storm:contains(One more lead is due to go back)" },
        { trigger: ".o_lead_pool_storm button:contains(Let Them Stay for Now)", run: "click" },
        { trigger: ".o_form_view:not(:has(.o_lead_pool_storm))" },
    ],
});
