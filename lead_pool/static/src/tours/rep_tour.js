import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

/** A rep's first minute: take a lead, call, write it down, on to the next. */
registry.category("web_tour.tours").add("lead_pool_rep_tour", {
    url: "/odoo/lead-pool",
    steps: () => [
        {
            trigger: ".o_claim_button button:enabled, .o_next_lead button:enabled",
            content: _t("Take a lead. From then on it is yours, and nobody else can take it."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            // a lead that the pool picked is open already
            trigger: ".o_form_view .o_lead_pool_line, body:has(.o_pool_board) .o_notification_buttons button:first-child",
            content: _t("It is yours now. Here you see who it is, and until when."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_lead_bar button[name=button_follow_up], .o_statusbar_buttons button[name=button_follow_up]",
            content: _t("Call the number, then write down what was said: press Follow-up."),
            tooltipPosition: "bottom",
            run: "click",
        },
        {
            trigger: ".o_follow_up_dialog .o_field_widget[name=note] textarea",
            content: _t("One sentence that says what came of it. It also winds up the clock of the lead again."),
            tooltipPosition: "bottom",
            run: "edit He asks for the price of ten, I call again on Friday",
        },
        {
            trigger: ".modal footer button[name=action_save]",
            content: _t("Save it: your colleagues need not ask you any more."),
            tooltipPosition: "top",
            run: "click",
        },
        { isActive: ["auto"], trigger: "body:not(:has(.modal))" },
        {
            trigger: ".o_lead_bar_next, .o_control_panel .breadcrumb-item a, .o_back_button",
            content: _t("On to the next one. What you hold stands in My Leads, most urgent first."),
            tooltipPosition: "top",
            run: "click",
        },
    ],
});
