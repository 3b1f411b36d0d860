import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/** The card of the board with this city (each test lead has a city of its own). */
const card = (city) => `.o_kanban_record:not(.o_kanban_ghost):contains(${city})`;

tours.add("lead_pool_rep_claims", {
    url: "/odoo/lead-pool",
    steps: () => [
        { content: "the load meter", trigger: ".o_load_meter_gauge:contains('0 of 2 held · 2 claims left today')" },
        { content: "masked", trigger: `${card("Beijing")}:not(:contains(Zhang))` },
        {
            content: "the card",
            trigger: `${card("Beijing")} .o_pool_card_number`,
            run: "click",
        },
        {
            content: "shows the open fields only",
            trigger: ".modal .o_pool_card_lines:contains(Beijing):not(:contains(Zhang))",
        },
        { trigger: ".modal-footer button:contains(Close)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "claim", trigger: `${card("Beijing")} .o_claim_button button`, run: "click" },
        { content: "it is gone", trigger: `.o_kanban_renderer:not(:has(${card("Beijing")}))` },
        { trigger: ".o_load_meter_gauge:contains('1 of 2 held · 1 claim left today')" },
        { content: "claim another", trigger: `${card("Tianjin")} .o_claim_button button`, run: "click" },
        {
            content: "then the limit is reached, and each card says so",
            trigger: `${card("Wuhan")}:has(.o_claim_button button:disabled) .o_claim_refusal:contains(as many leads)`,
        },
        { content: "open it", trigger: ".o_notification:contains(is yours now) button:contains(Open)", run: "click" },
        { content: "the lead, with its countdown", trigger: ".o_form_view .o_lead_pool_line .o_reclaim_countdown" },
        { trigger: ".o_field_widget[name=phone]" },
    ],
});

tours.add("lead_pool_rep_on_the_phone", {
    url: "/odoo/lead-pool",
    steps: () => [
        { content: "claim with one tap", trigger: `${card("Beijing")} .o_claim_button button`, run: "click" },
        {
            content: "open it",
            trigger: ".o_notification:contains(is yours now) button:contains(Open)",
            run: "click",
        },
        {
            content: "follow up: one",
            trigger: ".o_form_view .o_statusbar_buttons button[name=button_follow_up]",
            run: "click",
        },
        { content: "two", trigger: ".modal .o_selection_badge:contains(Call)", run: "click" },
        { trigger: ".modal [name=note] textarea", run: "edit Wants the price list by Friday." },
        { trigger: ".modal .o_next_date_chips button:contains(Tomorrow)", run: "click" },
        { trigger: ".modal .o_next_date_chips button.active:contains(Tomorrow)" },
        { content: "three", trigger: ".modal footer button[name=action_save]", run: "click" },
        { trigger: ".o_notification:contains(Follow-up saved)" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_form_view .o_notebook .nav-link:contains(Follow-ups)", run: "click" },
        { content: "it is in the history", trigger: ".tab-pane.active .o_kanban_record:contains(price list)" },
        { content: "return it", trigger: ".o_statusbar_buttons button[title=More]", run: "click" },
        { trigger: ".o-dropdown--menu button[name=button_return], .o_bottom_sheet button[name=button_return]", run: "click" },
        { content: "with a reason", trigger: ".modal [name=reason_id] .o_selection_badge", run: "click" },
        { trigger: ".modal footer button.btn-primary", run: "click" },
        { content: "and off to My Leads", trigger: ".o_my_leads:not(:has(.o_my_lead))" },
    ],
});

tours.add("lead_pool_admin_assigns", {
    url: "/odoo/lead-pool",
    steps: () => [
        { content: "the admin sees no Claim: he is no member", trigger: `${card("Beijing")}:not(:has(.o_claim_button))` },
        {
            content: "select",
            trigger: `${card("Beijing")} .o_pool_card_number`,
            run(helpers) {
                helpers.anchor.dispatchEvent(new MouseEvent("click", { altKey: true, bubbles: true, cancelable: true }));
            },
        },
        { trigger: ".o_control_panel button[name=button_assign]", run: "click" },
        { trigger: ".modal .o_data_row:contains(Tour Rep) .o_data_cell[name=chosen] input", run: "click" },
        { trigger: ".modal footer button.btn-primary", run: "click" },
        { content: "it no longer waits", trigger: `.o_kanban_renderer:not(:has(${card("Beijing")}))` },
        { content: "others still do", trigger: card("Tianjin") },
    ],
});
