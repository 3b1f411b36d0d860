import { Component, onWillStart, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { downloadFile } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { formatCell } from "./format_cell";
import { ReportChart } from "./report_chart";

const MODEL = "lead.pool.report";

/** A report as the server computed it: filters, chart, table; each figure opens the records behind it. */
export class ReportTable extends Component {
    static template = "lead_pool_reports.ReportTable";
    static components = { CheckBox, CheckboxItem, DateTimeInput, Dropdown, DropdownItem, Layout, ReportChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
        this.keepLast = new KeepLast();
        this.name = this.props.action.params.report;
        this.state = useState({ table: null, options: {}, busy: false });
        useSetupAction({ getLocalState: () => ({ options: this.options }) });
        onWillStart(() => this.load(this.props.state?.options || { period: "last_30_days" }));
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

    // ------------------------------------------------------------
    // FILTERS
    // ------------------------------------------------------------

    get periods() {
        return [
            { name: "this_week", label: _t("This Week") },
            { name: "this_month", label: _t("This Month") },
            { name: "last_30_days", label: _t("Last 30 Days") },
            { name: "custom", label: _t("Custom") },
        ];
    }

    get periodLabel() {
        return this.periods.find((period) => period.name === this.options.period).label;
    }

    get dateFrom() {
        return deserializeDate(this.options.date_from);
    }

    get dateTo() {
        return deserializeDate(this.options.date_to);
    }

    get filters() {
        const { pools, teams, sources } = this.table.choices;
        return [
            { key: "pool_ids", choices: pools, all: _t("All Pools"), some: _t("Pools") },
            { key: "team_ids", choices: teams, all: _t("All Teams"), some: _t("Teams") },
            { key: "source_ids", choices: sources, all: _t("All Sources"), some: _t("Sources") },
        ].filter((filter) => filter.choices.length > 1);
    }

    /** Options of this report alone: some are yes or no, of the others one value is chosen. */
    get toggles() {
        return this.table.choices.further.filter(({ values }) => !values.length);
    }

    get selections() {
        return this.table.choices.further.filter(({ values }) => values.length);
    }

    chosen({ key, values }) {
        return values.find(({ code }) => code === this.options[key]).label;
    }

    filterLabel({ key, choices, all, some }) {
        const chosen = choices.filter((choice) => this.options[key].includes(choice.id));
        if (!chosen.length) {
            return all;
        }
        return chosen.length === 1 ? chosen[0].name : `${some} (${chosen.length})`;
    }

    isChosen(key, id) {
        return this.options[key].includes(id);
    }

    toggle(key, id) {
        const ids = this.options[key];
        return this.change({ [key]: ids.includes(id) ? ids.filter((other) => other !== id) : [...ids, id] });
    }

    setPeriod(period) {
        return this.change({ period });
    }

    /** A day was chosen; the other end of the period follows when it would lie on the wrong side. */
    setDay(key, day) {
        if (!day) {
            return;
        }
        const value = serializeDate(day);
        const other = key === "date_from" ? "date_to" : "date_from";
        const wrong = key === "date_from" ? value > this.options.date_to : value < this.options.date_from;
        return this.change({ period: "custom", [key]: value, ...(wrong ? { [other]: value } : {}) });
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

    async exportXlsx() {
        const { date_from, date_to, ...data } = this.options;
        if (data.period === "custom") {
            Object.assign(data, { date_from, date_to });
        }
        this.state.busy = true;
        try {
            const response = await browser.fetch(`/lead_pool/report/${this.name}.xlsx?${new URLSearchParams(data)}`);
            if (response.ok) {
                const filename = `${this.name}_${this.options.date_from}_${this.options.date_to}.xlsx`;
                downloadFile(await response.blob(), filename, response.headers.get("Content-Type"));
            } else {
                this.notification.add(await response.text(), { type: "danger" });
            }
        } finally {
            this.state.busy = false;
        }
    }
}

registry.category("actions").add("lead_pool_reports.report_table", ReportTable);
