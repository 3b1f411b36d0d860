import { registry } from "@web/core/registry";

const row = (name) => `.o_lead_pool_report_scroll tbody tr:has(td:contains("${name}"))`;

function openReport(section, entry) {
    return [
        {
            content: "reporting",
            trigger: `.o_menu_sections [data-menu-xmlid="lead_pool_reports.lead_pool_report_menu"]`,
            run: "click",
        },
        { content: entry, trigger: `.o-dropdown--menu [data-menu-xmlid="lead_pool_reports.${entry}"]`, run: "click" },
        { content: `${entry} is there`, trigger: `.o_breadcrumb:contains("${section}")` },
    ];
}

registry.category("web_tour.tours").add("lead_pool_reports_money", {
    steps: () => [
        { content: "a cost", trigger: ".o_list_button_add", run: "click" },
        {
            content: "of a campaign",
            trigger: ".o_selected_row .o_field_widget[name=campaign_id] input",
            run: "edit Spring Fair",
        },
        { content: "that there is", trigger: ".o-autocomplete--dropdown-item a:contains(Spring Fair)", run: "click" },
        { content: "planned", trigger: ".o_selected_row .o_field_widget[name=planned_amount] input", run: "edit 1200" },
        { content: "save", trigger: ".o_list_button_save", run: "click" },
        { content: "the cost counts", trigger: ".o_data_row:not(.o_selected_row) td[name=amount]:contains(1,200)" },
        ...openReport("Campaign to Cash", "campaign_cash_menu"),
        { content: "this month", trigger: "button[data-period=this_month]", run: "click" },
        { content: "what it cost", trigger: `${row("Spring Fair")} td[data-column=cost] button:contains("1,200")`, run: "click" },
        { content: "the line behind it", trigger: ".o_list_view .o_data_row:count(1) td[name=campaign_id]:contains(Spring Fair)" },
        ...openReport("Targets", "lead_pool_target_menu"),
        { content: "a target", trigger: ".o_list_button_add", run: "click" },
        { content: "for a rep", trigger: ".o_selected_row .o_field_widget[name=user_id] input", run: "edit Li Na" },
        { content: "Li", trigger: ".o-autocomplete--dropdown-item a:contains(Li Na)", run: "click" },
        { content: "how much", trigger: ".o_selected_row .o_field_widget[name=value] input", run: "edit 500" },
        { content: "save", trigger: ".o_list_button_save", run: "click" },
        { content: "saved", trigger: ".o_data_row:not(.o_selected_row) td[name=value]:contains(500)" },
        ...openReport("Forecast and Targets", "forecast_menu"),
        { content: "her target", trigger: `${row("Li Na")} td[data-column=target]:contains("500")` },
        { content: "nothing of it yet", trigger: `${row("Li Na")} td[data-column=attainment]:contains("0%")` },
    ],
});

registry.category("web_tour.tours").add("lead_pool_reports_forecast_phone", {
    steps: () => [
        { content: "the chart is drawn", trigger: ".o_lead_pool_report_chart canvas[style*=height]" },
        { content: "in Chinese", trigger: `.o_lead_pool_report_scroll th:contains("目标")` },
        {
            content: "her target, on a page that does not scroll sideways",
            trigger: `${row("Li Na")} td[data-column=target]:contains("500")`,
            run() {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("the page itself scrolls sideways");
                }
            },
        },
        { content: "open it", trigger: `${row("Li Na")} td[data-column=target] button`, run: "click" },
        { content: "her own target alone", trigger: ".o_kanban_record:contains(500), .o_data_row:contains(500)" },
        { content: "and no button to set one", trigger: "body:not(:has(.o_list_button_add, .o-kanban-button-new))" },
    ],
});
