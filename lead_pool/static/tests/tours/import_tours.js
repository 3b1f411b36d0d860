import { registry } from "@web/core/registry";

const CSV = "联系人,Phone,Tags,Shoe Size\nZhang San,+86 138 0000 0071,,42\nLi Si,+86 138 0000 0072,Unheard of,43\n";

registry.category("web_tour.tours").add("lead_pool_marketing_imports", {
    url: "/odoo/import-leads",
    steps: () => [
        {
            content: "choose a file",
            trigger: ".o_field_widget[name=file] .o_select_file_button",
            run: () => {
                const input = document.querySelector(".o_field_widget[name=file] input[type=file]");
                const chosen = new window.DataTransfer();
                chosen.items.add(new File([CSV], "fair.csv", { type: "text/csv" }));
                input.files = chosen.files;
                input.dispatchEvent(new Event("change", { bubbles: true }));
            },
        },
        { content: "its columns are known", trigger: ".o_data_row:contains(联系人)" },
        { content: "one is left out", trigger: ".o_form_view:contains(Left out)" },
        { content: "look before", trigger: "button[name=action_check]", run: "click" },
        { content: "what would happen", trigger: ".o_import_summary:contains(1 New):contains(1 Invalid):contains(Nothing is imported)" },
        { content: "why", trigger: ".o_data_row:contains(there is no “Unheard of”)" },
        { content: "import", trigger: "button[name=action_import].btn-primary", run: "click" },
        { content: "it is in the background", trigger: "button[name=action_cancel]" },
    ],
});
registry.category("web_tour.tours").add("lead_pool_marketing_reads_the_result", {
    steps: () => [
        { content: "done", trigger: ".o_import_summary:contains(1 New):contains(1 Invalid)" },
        { content: "the rest as a file", trigger: "button[name=action_download]" },
        { content: "the leads", trigger: "button[name=button_open_leads]", run: "click" },
        { trigger: ".o_list_view .o_data_row:contains(Zhang San)" },
    ],
});
