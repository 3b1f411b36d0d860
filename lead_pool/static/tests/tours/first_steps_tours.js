import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

tours.add("lead_pool_manager_sets_up", {
    url: "/odoo/lead-pool",
    steps: () => [
        { content: "without a pool the board begins with the checklist", trigger: ".o_pool_board .o_first_steps_done:contains(0 of 5)" },
        { trigger: ".o_first_step[data-step=pool] button.btn-primary:contains(Choose a Template)", run: "click" },
        { content: "what would be made", trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains(Other Regions)" },
        { content: "what the policy says", trigger: ".modal li:contains(claim up to 10 leads a day)" },
        { content: "the northwest is not sold to", trigger: ".modal .o_data_row:contains(Northwest) .o_list_record_remove button", run: "click" },
        { trigger: ".modal:not(:has(.o_data_row:contains(Northwest))) footer button:contains(Make the Pools)", run: "click" },
        { content: "there they are", trigger: "body:not(:has(.modal)) .o_list_view .o_data_row:contains(South)" },
        { trigger: "button[data-menu-xmlid='lead_pool.lead_pool_menu_config']", run: "click" },
        { content: "back to the checklist", trigger: ".dropdown-item[data-menu-xmlid='lead_pool.first_steps_menu']", run: "click" },
        { trigger: ".o_first_steps_page .o_first_step_done[data-step=pool]" },
        { content: "on to the leads", trigger: ".o_first_step[data-step=leads]:not(.o_first_step_done) button:contains(Import a File)" },
        { content: "another start", trigger: ".o_undo_pools:contains(7)", run: "click" },
        { trigger: ".o_first_steps_done:contains(0 of 5)" },
        { trigger: ".o_first_step[data-step=pool] button.btn-primary", run: "click" },
        { trigger: ".modal .o_data_row:contains(Other Regions)" },
        { trigger: ".modal footer button:contains(Make the Pools)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_list_view .o_data_row:contains(Northwest)" },
        { trigger: "a[data-menu-xmlid='lead_pool.lead_pool_entry_menu']", run: "click" },
        { content: "with pools it says another thing", trigger: ".o_pool_board .o_view_nocontent:contains(No lead is waiting here)", timeout: 60000 },
    ],
});

tours.add("lead_pool_manager_claims_the_first_lead", {
    url: "/odoo/lead-pool",
    steps: () => [
        { trigger: ".o_pool_board:not(:has(.o_first_steps)) .o_kanban_record .o_claim_button button:enabled", run: "click" },
        { trigger: ".o_pool_board:not(:has(.o_kanban_record .o_claim_button))" },
    ],
});

tours.add("lead_pool_manager_tries_the_sample", {
    url: "/odoo/lead-pool-first-steps",
    steps: () => [
        { trigger: ".o_load_sample", run: "click" },
        { content: "made-up leads wait", trigger: ".o_pool_board .o_kanban_record:not(.o_kanban_ghost) .o_claim_button", timeout: 60000 },
    ],
});

tours.add("lead_pool_manager_removes_the_sample", {
    url: "/odoo/lead-pool",
    steps: () => [
        { trigger: "button[data-menu-xmlid='lead_pool.lead_pool_menu_config']", run: "click" },
        { trigger: ".dropdown-item[data-menu-xmlid='lead_pool.first_steps_menu']", run: "click" },
        { trigger: ".o_first_steps_page .o_first_steps_done:contains(of 5)" },
        { trigger: ".o_remove_sample", run: "click" },
        { content: "said before", trigger: ".modal:contains(3 pools and 24 leads) .o_sample_typed li:contains(Real Customer)" },
        { content: "thinks again", trigger: ".modal footer:has(.o_keep_typed) button:contains(Cancel)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_remove_sample", run: "click" },
        { trigger: ".modal footer .o_keep_typed", run: "click" },
        { content: "all at once", trigger: ".o_list_view:has(.o_data_row:contains(Real Customer)) thead .o_list_record_selector input", run: "click" },
        { trigger: ".o_control_panel button[name=button_transfer]", run: "click" },
        { trigger: ".modal .o_field_widget[name=pool_id] input", run: "edit Own" },
        { trigger: ".o-autocomplete--dropdown-item:contains(Own)", run: "click" },
        { trigger: ".modal footer button[name=action_confirm]", run: "click" },
        { content: "it is told where they are", trigger: "body:not(:has(.modal)) .o_data_row:contains(Real Customer) [name=pool_id]:contains(Own)" },
        { trigger: "button[data-menu-xmlid='lead_pool.lead_pool_menu_config']", run: "click" },
        { trigger: ".dropdown-item[data-menu-xmlid='lead_pool.first_steps_menu']", run: "click" },
        { trigger: ".o_first_steps_page .o_remove_sample", run: "click" },
        { trigger: ".modal:not(:has(.o_keep_typed)) footer .btn-danger", run: "click" },
        { trigger: ".o_notification:contains(The sample is removed)", timeout: 60000 },
    ],
});

tours.add("lead_pool_manager_sets_up_on_the_phone", {
    url: "/odoo/lead-pool",
    steps: () => [
        { trigger: ".o_pool_board .o_first_step[data-step=pool] button.btn-primary:contains(Choose a Template)", run: "click" },
        { trigger: ".modal .o_kanban_record:contains(Northwest)", run: "click" },
        { content: "a name of their own", trigger: ".modal .o_field_widget[name=name] input:value(Northwest)", run: "edit Silk Road" },
        { trigger: ".modal:has(.o_field_widget[name=name] input) footer .o_form_button_save", run: "click" },
        { trigger: ".modal .o_kanban_record:contains(Silk Road)" },
        { trigger: ".modal footer button:contains(Make the Pools)", run: "click" },
        { trigger: "body:not(:has(.modal)) .o_kanban_view .o_kanban_record:contains(Silk Road)" },
    ],
});
