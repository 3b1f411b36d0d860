import { Component, onWillStart, useEffect, useExternalListener, useRef, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { ReportChart } from "../report_chart/report_chart";
import { formatCell } from "../report_chart/format_cell";
import { ReportChange } from "../report_chart/report_change";
import { ReportFiles } from "../report_files/report_files";
import { ReportFilters } from "../report_filters/report_filters";
import { ReportPresets } from "../report_presets/report_presets";

const MODEL = "lead.pool.report";
const MANY = 12; // columns that stand closer together

/** A report as the server computed it: filters, chart, table; each figure opens the records behind it. */
export class ReportTable extends Component {
    static template = "lead_pool_reports.ReportTable";
    static components = { Layout, ReportChange, ReportChart, ReportFiles, ReportFilters, ReportPresets };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.name = this.props.action.params.report;
        this.state = useState({ table: null, options: {}, presets: [], busy: false });
        this.scroll = useRef("scroll");
        useEffect(() => this.showMore());
        useExternalListener(window, "resize", () => this.showMore());
        useSetupAction({ getLocalState: () => ({ options: this.options }) });
        const asked = this.props.action.context?.lead_pool_report_options; // by the dashboard
        onWillStart(async () => {
            this.state.presets = await this.orm.call(MODEL, "presets", [this.name]);
            const usual = this.state.presets.find(({ is_default }) => is_default)?.options;
            await this.load(this.props.state?.options || asked || usual || { period: "last_30_days" });
        });
    }

    // ------------------------------------------------------------
    // DATA
    // ------------------------------------------------------------

    get table() {
        return this.state.table;
    }

    /** What is asked for; once answered, as the server understood it. */
    get options() {
        return this.state.options;
    }

    async load(options) {
        Object.assign(this.state, { options, busy: true });
        try {
            this.state.table = await this.keepLast.add(this.orm.call(MODEL, "table", [this.name, options]));
            this.env.config.setDisplayName?.(this.table.title);
        } finally {
            // refused: back to what is shown
            Object.assign(this.state, { options: this.table?.options || options, busy: false });
        }
    }

    change(values) {
        return this.load({ ...this.options, ...values });
    }

    choose(options) {
        return this.load({ compare: "", ...options });
    }

    setPresets(presets) {
        this.state.presets = presets;
    }

    // ------------------------------------------------------------
    // TABLE
    // ------------------------------------------------------------

    get isEmpty() {
        return !this.table.rows.length;
    }

    /** Columns that keep their place when the table is scrolled sideways. */
    isName(column) {
        return column.kind === "text" || column.kind === "date";
    }

    get names() {
        return this.table.columns.filter(this.isName).length;
    }

    /** Whether a thin line parts this column from the one before, as its heading does. */
    startsGroup(index) {
        let first = 0;
        return this.table.groups.some(({ span }) => {
            const starts = first === index && index > 0;
            first += span;
            return starts;
        });
    }

    get isDense() {
        return this.table.columns.length > MANY;
    }

    /** Whether there are further columns on the right: a shadow says so. */
    showMore() {
        const { el } = this.scroll;
        el?.parentElement.classList.toggle("o_has_more", el.scrollLeft + el.clientWidth < el.scrollWidth - 1);
    }

    text(row, index) {
        if (!index && row.heading) {
            return row.heading;
        }
        return formatCell(this.table.columns[index].kind, row.cells[index], this.table.currency_id);
    }

    isOpen(row, column) {
        return row.drill.includes(column.code);
    }

    async open(row, column) {
        const args = [this.name, row.key, column.code, this.options];
        return this.action.doAction(await this.orm.call(MODEL, "drill_down", args));
    }
}

registry.category("actions").add("lead_pool_reports.report_table", ReportTable);
