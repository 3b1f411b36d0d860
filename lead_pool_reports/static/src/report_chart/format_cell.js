import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatFloat, formatInteger, formatMonetary, formatPercentage } from "@web/views/fields/formatters";

export const HOUR = 3600; // seconds
export const DAY = 24 * HOUR;

/**
 * A span of time, short: minutes, hours up to two days, then days.
 *
 * @param {number} seconds
 * @param {number} [size] the span whose unit is taken, if not its own
 */
export function formatSpan(seconds, size = seconds >= 2 * DAY ? DAY : Math.min(seconds, HOUR)) {
    const short = (value) => formatFloat(value, { digits: [16, 1], trailingZeros: false });
    if (size < HOUR) {
        return _t("%s min", formatInteger(Math.round(seconds / 60)));
    }
    return size < DAY ? _t("%s h", short(seconds / HOUR)) : _t("%s d", short(seconds / DAY));
}

/**
 * The text of a cell.
 *
 * @param {"count"|"number"|"money"|"ratio"|"duration"|"date"|"text"} kind
 * @param {number|string|null} value durations in seconds, dates as in ISO, shares where 1 is all
 * @param {number} [currencyId] of amounts
 */
export function formatCell(kind, value, currencyId) {
    if (value === null || value === undefined) {
        return "";
    }
    switch (kind) {
        case "count":
            return formatInteger(value);
        case "number":
            return formatFloat(value, { digits: [16, 2], trailingZeros: false });
        case "money":
            return formatMonetary(value, { currencyId });
        case "ratio":
            return formatPercentage(value, { digits: [16, 1], trailingZeros: false });
        case "duration":
            return formatSpan(value);
        case "date":
            return formatDate(deserializeDate(value));
        default:
            return value;
    }
}

/**
 * By how much a figure changed, short: a share, of shares the points, and nothing to divide by is said.
 *
 * @param {string} kind of the figure
 * @param {{before: number, by: number|null}} change
 */
export function formatChange(kind, { before, by }, currencyId) {
    if (!before && by === 0) {
        return ""; // nothing, as before
    }
    if (by === null) {
        return _t("was %s", formatCell(kind, before, currencyId));
    }
    const sign = by > 0 ? "+" : by < 0 ? "−" : "±";
    const size = Math.abs(by) * 100;
    const number = formatFloat(size, { digits: [16, size < 10 && kind === "ratio" ? 1 : 0], trailingZeros: false });
    return kind === "ratio" ? _t("%s pts", sign + number) : `${sign}${number}%`;
}
