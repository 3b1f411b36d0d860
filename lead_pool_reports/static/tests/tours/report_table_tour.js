import { registry } from "@web/core/registry";

const scroll = ".o_lead_pool_report_scroll";
const cell = (row, column) => `${scroll} tr[data-row="${row}"] td[data-column="${column}"]`;
const repRow = (name) => `${scroll} tbody tr:has(td:contains("${name}"))`;

function chooseDays(from, to) {
    return [
        {
            content: "the first day",
            trigger: ".o_lead_pool_report_days input:first",
            run: `edit ${from} && press Enter`,
        },
        { content: "the last day", trigger: ".o_lead_pool_report_days input:last", run: `edit ${to} && press Enter` },
    ];
}

registry.category("web_tour.tours").add("lead_pool_reports_table", {
    steps: () => [
        { content: "the chart is drawn", trigger: ".o_lead_pool_report_chart canvas[style*=height]" },
        { content: "choose days", trigger: "button[data-period=custom]", run: "click" },
        ...chooseDays("03/02/2026", "03/06/2026"),
        {
            content: "Li received four leads",
            trigger: `${repRow("Li Na")} td[data-column=received]:contains("4")`,
        },
        { content: "and converted a quarter", trigger: `${repRow("Li Na")} td[data-column=conversion_rate]:contains("25%")` },
        { content: "the totals", trigger: `${cell("total", "received")}:contains("8")` },
        { content: "filter by a pool", trigger: "button[data-filter=pool_ids]", run: "click" },
        { content: "Shanghai alone", trigger: ".o-dropdown--menu .o-dropdown-item:contains(Shanghai)", run: "click" },
        { content: "two were received there", trigger: `${cell("total", "received")}:contains("2")` },
        { content: "all pools again", trigger: ".o-dropdown--menu .o-dropdown-item:contains(All Pools)", run: "click" },
        { content: "eight again", trigger: `${cell("total", "received")}:contains("8")` },
        {
            content: "open the records behind a figure",
            trigger: `${repRow("Li Na")} td[data-column=received] button`,
            run: "click",
        },
        { content: "four holdings", trigger: ".o_list_view .o_data_row:count(4)" },
        { content: "go back", trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a", run: "click" },
        { content: "the period is kept", trigger: `${cell("total", "received")}:contains("8")` },
        { content: "export", trigger: ".o_lead_pool_report_export", run: "click" },
        { content: "exported", trigger: ".o_lead_pool_report_export:not([disabled])" },
    ],
});

registry.category("web_tour.tours").add("lead_pool_reports_table_phone", {
    steps: () => [
        { content: "the chart is drawn", trigger: ".o_lead_pool_report_chart canvas[style*=height]" },
        { content: "choose a period", trigger: ".o_lead_pool_report_filters button[aria-label=Period]:visible", run: "click" },
        { content: "custom", trigger: ".o-dropdown--menu .o-dropdown-item:contains(Custom)", run: "click" },
        ...chooseDays("03/02/2026", "03/06/2026"),
        {
            content: "the names stay while the figures move",
            trigger: `${cell("total", "received")}:contains("8")`,
            run() {
                const area = document.querySelector(scroll);
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("the page itself scrolls sideways");
                }
                area.scrollLeft = 200;
                const name = area.querySelector("tbody td.o_name").getBoundingClientRect();
                if (area.scrollLeft < 200 || Math.abs(name.left - area.getBoundingClientRect().left) > 1) {
                    throw new Error("the first column does not stay");
                }
            },
        },
    ],
});
