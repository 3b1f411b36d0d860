import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** A manager's first pool: from a template, with its members, and what its rules say. */
registry.category("web_tour.tours").add("lead_pool_admin_tour", {
    url: "/odoo/action-lead_pool.lead_pool_action_config",
    steps: () => [
        {
            trigger: ".o_list_view .o_new_pool",
            content: _t("Make your first pool from one of three ready-made policies."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name=name] input",
            content: _t("Give it a name: a region, an industry or a sales team."),
            tooltipPosition: "right",
            run: "edit First Pool",
        },
        {
            trigger: ".modal .o_field_widget[name=template] .o_radio_item:last-child label",
            content: _t("How are leads given out? Below you read what each policy means."),
            tooltipPosition: "right",
            run: "click",
        },
        {
            trigger: ".modal footer button[name=action_confirm]",
            content: _t("The members of the sales team are proposed. Make the pool."),
            tooltipPosition: "top",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_notebook [name=members].nav-link",
            content: _t("These are its members: what each may hold and claim. Whoever is on leave is passed over."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_lead_pool_summary",
            content: _t("This is what the rules say, in sentences. They change while you edit them below."),
            tooltipPosition: "bottom",
            run: "click",
        },
    ],
});
