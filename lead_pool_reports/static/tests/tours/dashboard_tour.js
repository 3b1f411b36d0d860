import { registry } from "@web/core/registry";

const tile = ".o_lead_pool_dashboard_tile[data-tile='rep_status/received']";

registry.category("web_tour.tours").add("lead_pool_reports_dashboard", {
    steps: () => [
        { content: "a total", trigger: `${tile} .o_tile_value` },
        { content: "a chart is drawn", trigger: "section[data-report=pool_dynamics] canvas[style*=height]" },
        {
            content: "nothing is wider than the screen, and at least two tiles stand side by side",
            trigger: tile,
            run() {
                const [first, second] = document.querySelectorAll(".o_lead_pool_dashboard_tile");
                if (first.getBoundingClientRect().top !== second.getBoundingClientRect().top) {
                    throw new Error("the second tile stands below the first");
                }
                for (const part of document.querySelectorAll(".o_lead_pool_dashboard_tile, .o_lead_pool_dashboard_chart")) {
                    if (part.getBoundingClientRect().right > window.innerWidth) {
                        throw new Error("a part of the dashboard is wider than the screen");
                    }
                }
            },
        },
        { content: "compare with nothing", trigger: "button[data-filter=compare]", run: "click" },
        { content: "so", trigger: ".o-dropdown--menu .o-dropdown-item:contains(No Comparison)", run: "click" },
        { content: "no change is told", trigger: `${tile}:not(:has(.o_lead_pool_report_change))`, run: "click" },
        { content: "its report is open", trigger: ".o_lead_pool_report_scroll td[data-column=received]" },
        { content: "uncompared as well", trigger: "button[data-filter=compare]:not(.active)" },
    ],
});
