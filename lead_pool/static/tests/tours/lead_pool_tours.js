import { waitFor } from "@odoo/hoot-dom";
import { browser } from "@web/core/browser/browser";
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
            trigger: `${card("Wuhan")}:has(.o_claim_button button:disabled) .o_claim_refusal:contains(at most 2 leads)`,
        },
        { content: "open it", trigger: ".o_notification:contains(is yours now) button:contains(Open)", run: "click" },
        { content: "the lead, with its countdown", trigger: ".o_form_view .o_lead_pool_line .o_reclaim_countdown" },
        { trigger: ".o_field_widget[name=phone]" },
    ],
});

tours.add("lead_pool_rep_undoes_a_claim", {
    url: "/odoo/lead-pool",
    steps: () => [
        {
            content: "only the oldest can be claimed, the others say why",
            trigger: `${card("Tianjin")}:not(:has(.o_claim_button button)) .o_claim_later[data-tooltip*="oldest leads first"]`,
        },
        { trigger: `${card("Beijing")} .o_claim_button button:enabled`, run: "click" },
        { trigger: `.o_kanban_renderer:not(:has(${card("Beijing")}))` },
        { content: "undo it", trigger: ".o_notification:contains(is yours now) button:contains(Undo)", run: "click" },
        { trigger: ".o_notification:contains(Undone)" },
        { content: "it waits again", trigger: `${card("Beijing")} .o_claim_button button:enabled` },
    ],
});

tours.add("lead_pool_rep_pulls", {
    url: "/odoo/lead-pool",
    steps: () => [
        { content: "nobody picks a card", trigger: `${card("Beijing")}:not(:has(.o_claim_button))` },
        { content: "the next lead", trigger: ".o_next_lead button:contains(Next Lead)", run: "click" },
        { content: "opens", trigger: ".o_form_view .o_lead_pool_line .o_reclaim_countdown" },
        { trigger: ".o_field_widget[name=phone]" },
        { content: "undo it", trigger: ".o_notification:contains(is yours now) button:contains(Undo)", run: "click" },
        { content: "back on the board", trigger: card("Beijing") },
        { trigger: ".o_next_lead button:contains(Next Lead)", run: "click" },
        { trigger: ".o_form_view .o_lead_pool_line .o_reclaim_countdown" },
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
        {
            content: "and off to My Leads, from where the back button shows nothing of it again, not for a moment",
            trigger: ".o_my_leads:not(:has(.o_my_lead))",
            async run() {
                const isShown = () =>
                    document.body.textContent.includes("Robot for Beijing") ||
                    [...document.querySelectorAll("input, textarea")].some((input) => input.value === "Robot for Beijing");
                let seen = false;
                const observer = new MutationObserver(() => (seen ||= isShown()));
                observer.observe(document.body, { childList: true, subtree: true, characterData: true });
                browser.history.back();
                await new Promise((resolve) => setTimeout(resolve, 2000));
                observer.disconnect();
                if (seen || isShown()) {
                    throw new Error("the browser shows a lead that was returned");
                }
            },
        },
    ],
});

tours.add("lead_pool_rep_says_enough", {
    url: "/odoo/my-leads",
    steps: () => [
        { trigger: ".o_my_lead:contains(Beijing) button[name=button_follow_up]", run: "click" },
        { content: "what the pool asks", trigger: ".modal .o_follow_up_hint:contains(20 characters to go):contains(choose a result)" },
        { trigger: ".modal [name=note] textarea", run: "edit Called him" },
        { content: "counts down", trigger: ".modal .o_follow_up_hint:contains(10 characters to go)" },
        { trigger: ".modal footer button[name=action_save]:contains(/^Save$/)", run: "click" },
        { content: "says why before it is saved", trigger: ".modal .alert-warning:contains(The note needs 10 more characters)" },
        { content: "keeps the text", trigger: ".modal [name=note] textarea:value(Called him)" },
        { trigger: ".modal [name=note] textarea", run: "edit Called him, wants a trial." },
        { trigger: ".modal [name=result] .o_selection_badge:contains(/^Reached$/)", run: "click" },
        { trigger: ".modal .o_follow_up_hint:contains(This resets the clock)" },
        { trigger: ".modal footer button[name=action_save]:contains(/^Save$/)", run: "click" },
        { content: "until when", trigger: ".o_notification:contains(stays with you until)" },
        { trigger: "body:not(:has(.modal))" },
    ],
});

/** A button of the form's header: on a phone it may be in the menu. */
const headerButton = (name) => ({
    trigger: `.o_form_view .o_statusbar_buttons:has(button[name=${name}], button[title=More])`,
    async run({ anchor }) {
        let button = anchor.querySelector(`button[name=${name}]`);
        if (!button) {
            anchor.querySelector("button[title=More]").click();
            button = await waitFor(`.o-dropdown--menu button[name=${name}], .o_bottom_sheet button[name=${name}]`);
        }
        button.click();
    },
});

tours.add("lead_pool_rep_keeps_a_lead", {
    url: "/odoo/my-leads",
    steps: () => [
        { trigger: ".o_my_lead:contains(Beijing) .o_reclaim_countdown" },
        { content: "more time from the card", trigger: ".o_my_lead:contains(Beijing) button[name=button_extend]", run: "click" },
        { content: "what is left", trigger: ".modal .o_field_widget[name=left]:contains('2 of 2 extensions left')" },
        { content: "an admin need not be asked for three days", trigger: ".modal:not(:has(.alert-info))" },
        { trigger: ".modal [name=days] input", run: "edit 5" },
        { trigger: ".modal [name=note] textarea", run: "edit Back from the fair" },
        { content: "for five he has", trigger: ".modal .alert-info:contains(has to approve)" },
        { trigger: ".modal [name=days] input", run: "edit 2" },
        { trigger: ".modal [name=note] textarea", run: "click" },
        { trigger: ".modal footer button:contains(Put Off the Deadline)", run: "click" },
        { trigger: ".o_notification:contains(The deadline was put off)" },
        { trigger: "body:not(:has(.modal))" },
        { trigger: ".o_my_lead:contains(Beijing)", run: "click" },
        { content: "when and why", trigger: ".o_lead_pool_line .o_reclaim_countdown" },
        { trigger: ".o_lead_pool_deadline:contains(No follow-up)" },
        headerButton("button_lock"),
        { content: "locked: no countdown", trigger: ".o_lead_pool_line:contains(Locked):not(:has(.o_reclaim_countdown))" },
        headerButton("button_unlock"),
        { content: "the clock goes on", trigger: ".o_lead_pool_line:not(:contains(Locked)) .o_reclaim_countdown" },
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

/** In a line of the dialog "New Fields" that is being edited. */
const line = (field) => `.modal .o_selected_row [name=${field}]`;
const type = (name) => [
    { content: "the type", trigger: `${line("field_type")} input`, run: "click" },
    { trigger: `.o_select_menu_item:contains(/^${name}$/)`, run: "click" },
];

tours.add("lead_pool_manager_makes_fields", {
    url: "/odoo/custom-fields",
    steps: () => [
        { trigger: "button[name=button_new]", run: "click" },
        { trigger: ".modal .o_field_x2many_list_row_add a", run: "click" },
        { content: "a selection", trigger: `${line("name")} input`, run: "edit Purchase Intent" },
        ...type("Selection"),
        { content: "with its options", trigger: `${line("options")} input`, run: "edit High; Medium; Low" },
        { trigger: ".modal .o_field_x2many_list_row_add a", run: "click" },
        { content: "a date", trigger: `${line("name")} input`, run: "edit Showroom Visit" },
        ...type("Date"),
        { trigger: ".modal .o_field_x2many_list_row_add a", run: "click" },
        { content: "a yes or no, also on orders", trigger: `${line("name")} input`, run: "edit Paid in Full" },
        ...type("Yes or No"),
        { trigger: `${line("on_order")} input`, run: "click" },
        { content: "all three in one save", trigger: ".modal button[name=action_create]", run: "click", expectUnloadPage: true },
        { trigger: ".o_list_view .o_data_row:contains(Purchase Intent):contains(x_lp_purchase_intent)" },
        { trigger: ".o_list_view .o_data_row:contains(Showroom Visit)" },
        { trigger: ".o_list_view .o_data_row:contains(Paid in Full) .o_data_cell[name=name]", run: "click" },
        { content: "the field's own form", trigger: ".o_form_view [name=help_text] textarea", run: "edit The last instalment, too." },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
    ],
});

tours.add("lead_pool_rep_fills_custom_fields", {
    url: "/odoo/my-leads",
    steps: () => [
        { trigger: ".o_my_lead:contains(Beijing)", run: "click" },
        { content: "choose", trigger: ".o_form_view [name=x_lp_purchase_intent] input", run: "click" },
        { trigger: ".o_select_menu_item:contains(/^High$/), .o_bottom_sheet .o_select_menu_item:contains(/^High$/)", run: "click" },
        { content: "and tick", trigger: ".o_form_view [name=x_lp_paid_in_full] input", run: "click" },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
    ],
});

tours.add("lead_pool_manager_makes_a_pool", {
    url: "/odoo/action-lead_pool.lead_pool_action_config",
    steps: () => [
        { trigger: ".o_list_view button:contains(New from a Template)", run: "click" },
        { trigger: ".modal .o_field_widget[name=name] input", run: "edit Fairs" },
        { trigger: ".modal .o_field_widget[name=template] label:contains(Fair rotation)", run: "click" },
        { trigger: ".modal li:contains(contact it within a working day)" },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        {
            content: "the policy in sentences",
            trigger: ".o_form_view .o_lead_pool_summary li:contains(in turn, by their weight)",
        },
        { trigger: ".o_notebook .nav-link:contains(Distribution)", run: "click" },
        { trigger: ".o_field_widget[name=strategy] label:contains(least in hand)", run: "click" },
        {
            content: "changes while the form is edited",
            trigger: ".o_lead_pool_summary li:contains(to who has least in hand)",
        },
        { trigger: ".o_form_button_save", run: "click" },
        { trigger: ".o_form_saved" },
    ],
});

tours.add("lead_pool_admin_asks_why", {
    steps: () => [
        { trigger: ".o_form_view button[name=button_explain]", run: "click" },
        { content: "who got it", trigger: ".modal li:contains(The pool gave this lead to Tour Rep)" },
        { trigger: ".modal .o_data_row:contains(Got the lead)" },
        { trigger: ".modal footer button:contains(Close)", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});

tours.add("lead_pool_admin_decides", {
    url: "/odoo/lead-pool-approvals",
    steps: () => [
        { content: "who asks what", trigger: ".o_data_row:contains('Tour Rep is full and asks for lead #'):contains(Robot for Wuhan)" },
        { content: "grouped by kind", trigger: ".o_group_name:contains(Invalid Lead)" },
        { trigger: ".o_data_row:contains(Robot for Wuhan) button[name=button_approve]", run: "click" },
        { content: "what follows is said before", trigger: ".modal p:contains(gets the lead above his capacity)" },
        { trigger: ".modal footer button.btn-primary:contains(Approve)", run: "click" },
        { trigger: ".o_list_view:not(:has(.o_data_row:contains(Robot for Wuhan)))" },
        { trigger: ".o_data_row:contains(Robot for Beijing) button[name=button_decline]", run: "click" },
        { trigger: ".modal [name=note] textarea", run: "edit I reached them today" },
        { trigger: ".modal footer button.btn-primary:contains(Decline)", run: "click" },
        { content: "nothing is left", trigger: ".o_view_nocontent_smiling_face:contains(Nothing waits for your decision)" },
    ],
});

tours.add("lead_pool_admin_decides_on_the_phone", {
    url: "/odoo/lead-pool-approvals",
    steps: () => [
        { trigger: ".o_kanban_record:contains(Robot for Beijing):contains(The lead is closed as invalid)" },
        { trigger: ".o_kanban_record:contains(Robot for Beijing) button[name=button_approve]", run: "click" },
        { trigger: ".modal footer button.btn-primary:contains(Approve)", run: "click" },
        { trigger: ".o_kanban_renderer:not(:has(.o_kanban_record:contains(Robot for Beijing)))" },
        { content: "the other one waits on", trigger: ".o_kanban_record:contains(Robot for Wuhan)" },
    ],
});

tours.add("lead_pool_rep_asks_on_the_phone", {
    url: "/odoo/lead-pool",
    steps: () => [
        { content: "full", trigger: `${card("Wuhan")} button[name=button_ask_over_capacity]`, run: "click" },
        { trigger: ".modal [name=note] textarea", run: "edit They called me" },
        { trigger: ".modal footer button.btn-primary:contains(Ask)", run: "click" },
        { content: "the card says so", trigger: `${card("Wuhan")}:contains(You asked for it)` },
    ],
});

tours.add("lead_pool_admin_simulates", {
    steps: () => [
        { trigger: ".o_form_view button[name=button_simulate]", run: "click" },
        { content: "the present rules", trigger: ".modal .o_data_row:contains(Tour Other) td[name=weight]", run: "click" },
        { content: "who gets none", trigger: ".modal .o_selected_row [name=weight] input", run: "edit 0" },
        { trigger: ".modal footer button[name=action_run]", run: "click" },
        { content: "what was edited", trigger: ".o_simulation_page li:contains(/Tour Other, Weight: 1/)" },
        { content: "the charts are drawn", trigger: ".o_simulation_chart canvas[style*=height]" },
        { trigger: ".o_simulation_summary tr:contains(Leads that members got)" },
        { content: "nothing for him", trigger: ".o_simulation_members tr:contains(Tour Other) td:nth-child(3):contains(/^0$/)" },
        { content: "whose load", trigger: ".o_simulation_page select", run: "selectByLabel Tour Other" },
        { trigger: ".o_control_panel button:contains(Apply These Rules)", run: "click" },
        { content: "what saving would change", trigger: ".modal [name=diff]:contains(Tour Other)" },
        { trigger: ".modal footer button:contains(Cancel)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_simulation_page" },
    ],
});

tours.add("lead_pool_admin_simulates_unsaved", {
    steps: () => [
        { trigger: ".o_form_view [name=name] input, .o_form_view [name=name] textarea", run: "edit Unsaved Pool" },
        { trigger: ".o_notebook .nav-link[name=claiming]", run: "click" },
        { trigger: ".o_form_view [name=cooling_days] input", run: "edit 4" },
        { trigger: ".o_form_view button[name=button_simulate]", run: "click" },
        { content: "it begins with the form", trigger: ".modal p:contains(It stays unsaved)" },
        { trigger: ".modal .nav-link[name=claim]", run: "click" },
        { trigger: ".modal [name=cooling_days] input:value(4)" },
        { trigger: ".modal footer button[name=action_run]", run: "click" },
        { content: "in a dialog", trigger: ".modal .o_simulation_page li:contains(/Cooling-off/)" },
        { trigger: ".modal .o_simulation_chart canvas[style*=height]" },
        { trigger: ".modal .btn-close", run: "click" },
        { content: "still not saved", trigger: "body:not(:has(.modal)) .o_form_view .o_form_button_cancel", run: "click" },
        { trigger: ".o_form_view:not(:has(.o_form_button_cancel:visible)) [name=cooling_days] input:value(0)" },
    ],
});

tours.add("lead_pool_admin_reads_simulation", {
    steps: () => [
        { trigger: ".o_kanban_record:contains(Tour Pool)", run: "click" },
        { trigger: ".o_simulation_page .o_simulation_chart canvas[style*=height]" },
        {
            content: "nothing is cut off at the side",
            trigger: ".o_simulation_page .o_content",
            run({ anchor }) {
                if (anchor.scrollWidth > anchor.clientWidth) {
                    throw new Error(`The page is ${anchor.scrollWidth} wide`);
                }
            },
        },
        { trigger: ".o_simulation_members tr:contains(Tour Other)" },
    ],
});

tours.add("lead_pool_rep_uses_the_keys", {
    url: "/odoo/my-leads",
    steps: () => [
        { trigger: ".o_view_nocontent_smiling_face:contains(You hold no lead)", run: "press control+k" },
        { trigger: ".o_command_palette .o_command:contains(My Leads)" },
        { content: "the pool picks", trigger: ".o_command_palette .o_command:contains(Take the Next Lead)", run: "click" },
        { trigger: ".o_form_view .o_lead_pool_line .o_reclaim_countdown", run: "press control+k" },
        { content: "what can be done with it", trigger: ".o_command_palette .o_command:contains(Return)" },
        { trigger: ".o_command_palette .o_command:contains(Follow-up)", run: "click" },
        { trigger: ".modal .o_follow_up_dialog .o_field_widget[name=note] textarea", run: "press Escape" },
        { trigger: "body:not(:has(.modal))", run: "press alt+shift+r" },
        { trigger: ".modal footer button[name=action_confirm]:contains(Return)", run: "press Escape" },
        { trigger: "body:not(:has(.modal))", run: "press alt+shift+p" },
        { content: "on the board the key is the button's", trigger: ".o_pool_board .o_next_lead button" },
    ],
});
