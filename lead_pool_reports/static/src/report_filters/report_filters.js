import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { DateTimeInput } from "@web/core/datetime/datetime_input";
import { CheckboxItem } from "@web/core/dropdown/checkbox_item";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDate, serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";

const AT_HAND = ["this_week", "this_month", "last_30_days", "custom"]; // as buttons, where there is room

/** Period, comparison and filters of a report or of the dashboard; what stands beside them is in the slot. */
export class ReportFilters extends Component {
    static template = "lead_pool_reports.ReportFilters";
    static components = { CheckBox, CheckboxItem, DateTimeInput, Dropdown, DropdownItem };
    static props = { options: Object, choices: Object, onChange: Function, slots: { type: Object, optional: true } };

    setup() {
        // an open menu keeps the props of when it was opened; it reads the options from here
        this.asked = useState({ options: this.props.options });
        onWillUpdateProps(({ options }) => {
            this.asked.options = options;
        });
    }

    get options() {
        return this.asked.options;
    }

    change(values) {
        return this.props.onChange(values);
    }

    // ------------------------------------------------------------
    // PERIOD
    // ------------------------------------------------------------

    get periods() {
        return [
            { name: "today", label: _t("Today") },
            { name: "this_week", label: _t("This Week") },
            { name: "last_week", label: _t("Last Week") },
            { name: "this_month", label: _t("This Month") },
            { name: "last_month", label: _t("Last Month") },
            { name: "this_quarter", label: _t("This Quarter") },
            { name: "last_quarter", label: _t("Last Quarter") },
            { name: "this_year", label: _t("This Year") },
            { name: "last_7_days", label: _t("Last 7 Days") },
            { name: "last_30_days", label: _t("Last 30 Days") },
            { name: "last_90_days", label: _t("Last 90 Days") },
            { name: "custom", label: _t("Custom") },
        ];
    }

    get atHand() {
        return this.periods.filter(({ name }) => AT_HAND.includes(name));
    }

    get others() {
        return this.periods.filter(({ name }) => !AT_HAND.includes(name));
    }

    get periodLabel() {
        return this.periods.find(({ name }) => name === this.options.period).label;
    }

    get isOther() {
        return !AT_HAND.includes(this.options.period);
    }

    get dateFrom() {
        return deserializeDate(this.options.date_from);
    }

    get dateTo() {
        return deserializeDate(this.options.date_to);
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

    get comparisons() {
        return [
            { name: "", label: _t("No Comparison") },
            { name: "previous", label: _t("Previous Period") },
            { name: "last_year", label: _t("Same Days Last Year") },
        ];
    }

    get comparison() {
        return this.comparisons.find(({ name }) => name === this.options.compare);
    }

    // ------------------------------------------------------------
    // FILTERS
    // ------------------------------------------------------------

    get filters() {
        const { pools, teams, sources } = this.props.choices;
        return [
            { key: "pool_ids", choices: pools, all: _t("All Pools"), some: _t("Pools") },
            { key: "team_ids", choices: teams, all: _t("All Teams"), some: _t("Teams") },
            { key: "source_ids", choices: sources, all: _t("All Sources"), some: _t("Sources") },
        ].filter((filter) => filter.choices.length > 1);
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

    /** Options of one report alone: some are yes or no, of the others one value is chosen. */
    get toggles() {
        return this.props.choices.further.filter(({ values }) => !values.length);
    }

    get selections() {
        return this.props.choices.further.filter(({ values }) => values.length);
    }

    chosen({ key, values }) {
        return values.find(({ code }) => code === this.options[key]).label;
    }
}
