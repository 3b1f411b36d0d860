/* global Chart */
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";
import { deserializeDate } from "@web/core/l10n/dates";

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
        return kind === "date" ? labels.map(short) : labels;
    }

    get datasets() {
        const scheme = cookie.get("color_scheme");
        const { series } = this.props.chart;
        return series.map(({ label, style, values }, index) => {
            const color = getColor(index, scheme, series.length);
            const line = style === "line" && { type: "line", borderWidth: 2, pointRadius: 2, tension: 0.2, order: -1 };
            return { label, data: values, backgroundColor: color, borderColor: color, maxBarThickness: 28, ...line };
        });
    }

    draw() {
        this.drawn?.destroy();
        const scheme = cookie.get("color_scheme");
        const text = getCustomColor(scheme, "#374151", "#E4E4E4");
        const grid = { color: getCustomColor(scheme, "rgba(0,0,0,.08)", "rgba(255,255,255,.15)") };
        this.drawn = new Chart(this.canvas.el, {
            type: "bar",
            data: { labels: this.labels, datasets: this.datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: { legend: { position: "bottom", labels: { boxWidth: 12, color: text } } },
                scales: {
                    x: { grid: { display: false }, ticks: { color: text, maxRotation: 45 } },
                    y: { beginAtZero: true, grid, ticks: { color: text, precision: 0 } },
                },
            },
        });
    }
}
