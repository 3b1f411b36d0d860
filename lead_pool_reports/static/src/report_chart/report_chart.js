/* global Chart */
import { Component, onWillUnmount, useEffect, useRef } from "@odoo/owl";
import { loadBundle } from "@web/core/assets";
import { cookie } from "@web/core/browser/cookie";
import { hexToRGBA } from "@web/core/colors/colors";
import { chartConfig, colour, describe, labelsOf } from "./chart_config";
import { formatCell } from "./format_cell";

/** The chart of a report: bars and lines, a funnel, curves, or a map of heat. */
export class ReportChart extends Component {
    static template = "lead_pool_reports.ReportChart";
    static props = { chart: Object, title: String, currencyId: { type: [Number, { value: null }], optional: true } };

    setup() {
        this.canvas = useRef("canvas");
        useEffect(
            () => {
                this.draw();
            },
            () => [this.props.chart]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get isHeat() {
        return this.props.chart.shape === "heat";
    }

    get description() {
        return describe(this.props.chart, this.props.title, this.props.currencyId);
    }

    get scheme() {
        return cookie.get("color_scheme");
    }

    // ------------------------------------------------------------
    // HEAT
    // ------------------------------------------------------------

    get labels() {
        return labelsOf(this.props.chart);
    }

    text(value) {
        return formatCell(this.props.chart.unit, value, this.props.currencyId);
    }

    /** The more, the darker; the figure itself stands in the cell. */
    heat(value) {
        const all = this.props.chart.series.flatMap(({ values }) => values).filter((one) => one !== null);
        const share = value ? value / Math.max(...all) : 0;
        return `background-color: ${hexToRGBA(colour(0, this.scheme), (0.04 + 0.7 * share).toFixed(2))}`;
    }

    // ------------------------------------------------------------
    // CANVAS
    // ------------------------------------------------------------

    async draw() {
        this.drawn?.destroy();
        this.drawn = null;
        if (this.isHeat) {
            return;
        }
        const { chart, currencyId } = this.props;
        await loadBundle("web.chartjs_lib");
        if (this.canvas.el && chart === this.props.chart && !this.drawn) {
            const look = { scheme: this.scheme, small: this.env.isSmall, currencyId: currencyId || undefined };
            this.drawn = new Chart(this.canvas.el, chartConfig(chart, look));
        }
    }
}
