/* global Chart */
import { Component, onWillStart, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { getColor, getCustomColor } from "@web/core/colors/colors";

const COLOURS = [0, 3, 2]; // of Odoo's palette: blue, orange, teal

/** Bars or lines of the figures before and after. A series that is ``dashed`` is a limit. */
export class SimulationChart extends Component {
    static template = "lead_pool.SimulationChart";
    static props = {
        type: { validate: (type) => ["bar", "line"].includes(type) },
        title: String,
        labels: { type: Array, element: String },
        series: Array,
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [this.props.labels, this.props.series]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get datasets() {
        const scheme = cookie.get("color_scheme");
        return this.props.series.map(({ label, values, dashed }, index) => {
            const color = getColor(COLOURS[index % COLOURS.length], scheme, COLOURS.length + 2);
            const dataset = { label, data: values, backgroundColor: color, borderColor: color };
            return this.props.type === "bar"
                ? { ...dataset, maxBarThickness: 28 }
                : { ...dataset, borderWidth: 2, pointRadius: 0, stepped: dashed, borderDash: dashed ? [6, 4] : [] };
        });
    }

    draw() {
        this.drawn?.destroy();
        const scheme = cookie.get("color_scheme");
        const color = getCustomColor(scheme, "#374151", "#E4E4E4");
        const grid = { color: getCustomColor(scheme, "rgba(0,0,0,.08)", "rgba(255,255,255,.15)") };
        this.drawn = new Chart(this.canvas.el, {
            type: this.props.type,
            data: { labels: this.props.labels, datasets: this.datasets },
            options: {
                animation: false,
                maintainAspectRatio: false,
                interaction: { mode: "index", intersect: false },
                plugins: { legend: { position: "bottom", labels: { boxWidth: 12, color } } },
                scales: {
                    x: { grid: { display: false }, ticks: { color, maxRotation: 45 } },
                    y: { beginAtZero: true, grid, ticks: { color, precision: 0 } },
                },
            },
        });
    }
}
