import { registry } from "@web/core/registry";

/** Nothing is found by its words but what the test itself has named: they run in English and in Chinese. */
const tours = registry.category("web_tour.tours");

const sheet = ".modal .o_conversion_sheet";
const mapped = (field) => `.o_list_view .o_data_row:contains(${field})`;

tours.add("lead_pool_rep_converts", {
    steps: () => [
        { trigger: ".o_my_lead:contains(Beijing) button[name=button_convert]", run: "click" },
        { content: "what the customer keeps stands open", trigger: `${sheet} .o_conversion_keeps:contains(theirs.example)` },
        { content: "what is new is folded", trigger: `${sheet}:not(:has(.o_conversion_new))` },
        { content: "a quotation, too", trigger: ".modal [name=create_order] input", run: "click" },
        { content: "unfold", trigger: `${sheet} [data-place=order] button[aria-expanded=false]`, run: "click" },
        { trigger: `${sheet} [data-place=contact] button[aria-expanded=false]`, run: "click" },
        { content: "for the contact", trigger: `${sheet} [data-place=contact] .o_conversion_new:contains(采购总监 Buyer)` },
        { content: "for the order", trigger: `${sheet} [data-place=order] .o_conversion_new:contains(Tour Robot)` },
        {
            content: "nothing is cut off at the side",
            trigger: ".modal .modal-body",
            run({ anchor }) {
                if (anchor.scrollWidth > anchor.clientWidth) {
                    throw new Error(`The dialog is ${anchor.scrollWidth} wide`);
                }
            },
        },
        { trigger: ".modal footer button[name=action_convert]", run: "click" },
        { content: "the quotation", trigger: "body:not(:has(.modal)) .o_form_view .o_field_widget[name=order_line]" },
    ],
});

tours.add("lead_pool_manager_maps", {
    steps: () => [
        { trigger: ".o_main_navbar [data-menu-xmlid='lead_pool.lead_pool_menu_config']", run: "click" },
        { trigger: ".o-dropdown--menu [data-menu-xmlid='lead_pool.lead_pool_mapping_menu']", run: "click" },
        { content: "all places in one list", trigger: ".o_searchview_facet .o_facet_remove", run: "click" },
        { content: "the list is there", trigger: ".o_list_view:not(:has(.o_group_header))" },
        { content: "a proposal", trigger: `${mapped("Tour Colour")} .o_list_record_selector input`, run: "click" },
        { content: "is right", trigger: ".o_control_panel button[name=button_agree]", run: "click" },
        { trigger: `${mapped("Tour Colour")} [name=use] input:checked` },
        { trigger: `${mapped("Tour Referrer")} [name=goes_to]`, run: "click" },
        { content: "another one goes", trigger: ".o_selected_row [name=goes_to] input", run: "click" },
        { content: "to the customer", trigger: ".o_select_menu_item:eq(0)", run: "click" },
        // what follows from it is there: before that the list of fields would be drawn anew under the pointer
        { trigger: ".o_selected_row [name=why]:not(:contains(No such field))" },
        { trigger: ".o_selected_row [name=target_field] input", run: "click" },
        { content: "into a field", trigger: ".o_select_menu_item:contains(Tour Recommender)", run: "click" },
        { content: "it says so", trigger: ".o_selected_row [name=target_field] input:value(Tour Recommender)" },
        { trigger: ".o_list_button_save", run: "click" },
        { trigger: `${mapped("Tour Referrer")}:contains(Tour Recommender):not(.o_selected_row)` },
        { content: "no field takes it", trigger: `${mapped("Tour Model")} button[name=button_make_twin]`, run: "click" },
        { content: "now one does", trigger: `.o_list_view:not(:has(${mapped("Tour Model")} button[name=button_make_twin]))` },
    ],
});
