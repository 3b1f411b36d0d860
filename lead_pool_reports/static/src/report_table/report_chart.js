/* global Chart */
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { deserializeDate } from "@web/core/l10n/dates";

const LONGEST = 14; // characters of a name below the bars
const COLOURS = [0, 2, 3, 4, 1]; // of Odoo's palette: blue, teal, orange, purple, red

/** The chart of a report: bars and lines over the rows of its table. */
export class ReportChart extends Component {
    static template = "lead_pool_reports.ReportChart";
    static props = { chart: Object, title: String };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.chart]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get labels() {
        const { kind, labels } = this.props.chart;
        const short = (label) => deserializeDate(label).toLocaleString({ month: "numeric", day: "numeric" });
        const cut = (label) => (label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label);
        return labels.map(kind === "date" ? short : cut);
    }

    /** Bars are what happens, a line is what there is: it has an axis of its own. */
    get datasets() {
        const scheme = cookie.get("color_scheme");
        return this.props.chart.series.map(({ label, style, values }, index) => {
            const color = getColor(COLOURS[index % COLOURS.length], scheme, COLOURS.length);
            const dataset = { label, data: values, backgroundColor: color, borderColor: color };
            return style === "line"
                ? { ...dataset, type: "line", yAxisID: "stock", borderWidth: 2, pointRadius: 2, tension: 0.2, order: -1 }
                : { ...dataset, maxBarThickness: 28 };
        });
    }

    draw() {
        this.drawn?.destroy();
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#374151", "#E4E4E4");
        const datasets = this.datasets;
        const line = datasets.find(({ type }) => type === "line");
        const grid = { color: getCustomColor(scheme, "rgba(0,0,0,.08)", "rgba(255,255,255,.15)") };
        this.drawn = new Chart(this.canvas.el, {
            type: "bar",
            data: { labels: this.labels, datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: { legend: { position: "bottom", labels: { boxWidth: 12, color: text } } },
                scales: {
                    x: { grid: { display: false }, ticks: { color: text, maxRotation: 45 } },
                    y: { beginAtZero: true, grid, ticks: { color: text, precision: 0 } },
                    ...(line && {
                        stock: {
                            position: "right",
                            beginAtZero: true,
                            grid: { display: false },
                            ticks: { color: line.borderColor, precision: 0 },
                            title: { display: !this.env.isSmall, text: line.label, color: line.borderColor },
                        },
                    }),
                },
            },
        });
    }
}
