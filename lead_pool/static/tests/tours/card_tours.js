import { registry } from "@web/core/registry";

const VCARD = [
    "BEGIN:VCARD",
    "VERSION:3.0",
    "N:张;晓明;;;",
    "ORG:星河机器人有限公司",
    "TITLE:销售总监",
    "TEL;TYPE=CELL:+86 138 0013 8000",
    "EMAIL:zhang@xinghe.com",
    "END:VCARD",
].join("\r\n");

/** Put a file into the dialog's input, as if it had been chosen. */
function choose(selector, file) {
    const input = document.querySelector(selector);
    const transfer = new window.DataTransfer();
    transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
}

registry.category("web_tour.tours").add("lead_pool_rep_scans_a_card", {
    url: "/odoo/my-leads",
    steps: () => [
        { content: "where the thumb is", trigger: ".o_scan_card:contains(Scan a Card)", run: "click" },
        { content: "no reader here: the button says what to do", trigger: ".o_card_photo", run: "click" },
        { trigger: ".o_card_hint:contains(your administrator)" },
        {
            content: "a file that says nothing",
            trigger: ".o_card_file",
            run: () => choose(".o_card_file_input", new File(["-"], "empty.vcf", { type: "text/vcard" })),
        },
        { trigger: ".o_card_problem:contains(Nothing was found)" },
        {
            content: "a card",
            trigger: ".o_card_file",
            run: () => choose(".o_card_file_input", new File([VCARD], "zhang.vcf", { type: "text/vcard" })),
        },
        {
            content: "fills the form",
            trigger: ".o_card_lead_form .o_field_widget[name=partner_name] input:value(星河机器人有限公司)",
        },
        { trigger: ".o_card_lead_form .o_field_widget[name=phone] input:value('+86 138 0013 8000')" },
        {
            content: "the rep corrects it",
            trigger: ".o_card_lead_form .o_field_widget[name=function] input",
            run: "edit 大区总监",
        },
        { content: "and saves it", trigger: ".modal-footer .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal))" },
        { content: "it is his", trigger: ".o_kanban_record:not(.o_kanban_ghost):contains(张晓明)" },
    ],
});

registry.category("web_tour.tours").add("lead_pool_marketing_types_a_card", {
    url: "/odoo/lead-pool",
    steps: () => [
        { trigger: ".o_pool_board_head .o_scan_card", run: "click" },
        { trigger: ".o_card_text", run: "edit ACME Robotics Inc. John Smith Mobile: +1 415 555 2671" },
        { trigger: ".o_card_read", run: "click" },
        { trigger: ".o_card_lead_form .o_field_widget[name=phone] input:value('+1 415-555-2671')" },
        { trigger: ".o_card_lead_form .o_field_widget[name=pool_id] input", run: "edit Tour Pool" },
        { trigger: ".o-autocomplete--dropdown-item a:contains('Tour Pool')", run: "click" },
        { trigger: ".modal-footer .o_form_button_save", run: "click" },
        { trigger: "body:not(:has(.modal))" },
    ],
});
