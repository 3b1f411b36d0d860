import { registry } from "@web/core/registry";

/** A person in a many2one: typed, then chosen. */
const choose = (field, name) => [
    { trigger: `.o_field_widget[name=${field}] input`, run: `edit ${name}` },
    { trigger: `.o-autocomplete--dropdown-item:contains(${name})`, run: "click" },
];

registry.category("web_tour.tours").add("lead_pool_admin_hands_over", {
    steps: () => [
        { content: "a new one", trigger: ".o_list_button_add", run: "click" },
        ...choose("user_id", "Tour Rep"),
        { content: "the preview", trigger: ".o_field_widget[name=group_ids] .o_data_row:contains(Tour Pool)" },
        ...choose("target_user_id", "Tour Heir"),
        { content: "hand over", trigger: "button[name=button_run]:contains(Hand Over)", run: "click" },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { content: "done", trigger: ".o_arrow_button_current:contains(Handed Over)" },
        { trigger: "button[name=button_lines]:contains(Handed Over)", run: "click" },
        { content: "the certificate", trigger: ".o_data_row:contains(Tour Heir)" },
        { content: "back", trigger: ".o_back_button, .breadcrumb-item a:contains(Hand-over of)", run: "click" },
        { trigger: "button[name=button_undo]", run: "click" },
        { trigger: ".modal footer .btn-primary", run: "click" },
        { content: "undone", trigger: ".o_arrow_button_current:contains(Given Back)" },
    ],
});
