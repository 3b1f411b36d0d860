import { Component } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useMinute } from "../minute/minute_hook";

const { DateTime } = luxon;

export const DANGER = 24; // hours left, and fewer
const WARNING = 72; // hours left, and fewer
const DAYS_FROM = 48; // hours from which days are told

/**
 * When a held lead goes back, in words.
 *
 * @param {number} minutes left; none or negative: the deadline has passed
 * @param {boolean} short for a column whose title says the rest
 */
export function countdownText(minutes, short = false) {
    if (minutes <= 0) {
        return _t("due now");
    }
    const hours = minutes / 60;
    if (hours < 1) {
        const left = Math.max(1, Math.floor(minutes));
        return short ? _t("in %s min", left) : _t("goes back in %s min", left);
    }
    if (hours < DAYS_FROM) {
        const left = Math.floor(hours);
        return short ? _t("in %s h", left) : _t("goes back in %s h", left);
    }
    const left = Math.floor(hours / 24);
    return short ? _t("in %s days", left) : _t("goes back in %s days", left);
}

export function urgency(minutes) {
    if (minutes < DANGER * 60) {
        return "danger";
    }
    return minutes < WARNING * 60 ? "warning" : "calm";
}

export class ReclaimCountdown extends Component {
    static template = "lead_pool.ReclaimCountdown";
    static props = { ...standardFieldProps, short: { type: Boolean, optional: true } };

    setup() {
        this.minute = useMinute();
    }

    get deadline() {
        // no deadlines of invented records, which a view shows where it has none
        return !this.props.record.model.useSampleModel && this.props.record.data[this.props.name];
    }

    get minutes() {
        this.minute.ticks; // read, so that a tick renders again
        return this.deadline.diff(DateTime.now(), "minutes").minutes;
    }

    get text() {
        return countdownText(this.minutes, this.props.short);
    }

    get className() {
        return `o_reclaim_countdown_${urgency(this.minutes)}`;
    }

    get reason() {
        const { data, fields } = this.props.record;
        const found = (fields.deadline_reason?.selection || []).find(([key]) => key === data.deadline_reason);
        return found ? found[1] : "";
    }

    get tooltip() {
        const moment = toLocaleDateTimeString(this.deadline);
        return this.reason
            ? _t("Goes back to its pool on %(moment)s: %(reason)s", { moment, reason: this.reason })
            : _t("Goes back to its pool on %(moment)s", { moment });
    }
}

export const reclaimCountdown = {
    component: ReclaimCountdown,
    displayName: _t("Reclaim Countdown"),
    supportedTypes: ["datetime"],
    fieldDependencies: [{ name: "deadline_reason", type: "selection", selection: [], readonly: true }],
    extractProps: ({ options, viewType }) => ({ short: options.short ?? viewType === "list" }),
};

registry.category("fields").add("reclaim_countdown", reclaimCountdown);
