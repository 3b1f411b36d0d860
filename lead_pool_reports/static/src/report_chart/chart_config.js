import { getCustomColor, hexToRGBA } from "@web/core/colors/colors";
import { deserializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { formatMonetary } from "@web/views/fields/formatters";
import { DAY, formatCell, formatSpan, HOUR } from "./format_cell";

const LONGEST = 14; // characters of a name below the bars
const SPANS = [60, 300, 600, 1800, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY]; // seconds
/** Of Odoo's palettes, in an order in which neighbours differ in lightness, too: so the colour-blind tell them apart. */
const BRIGHT = ["#3188E6", "#F4A261", "#00A78D", "#8481DD", "#CE4257", "#C08A16"];
const DARK = ["#4EA7F2", "#FFBC2C", "#43C5B1", "#A8A5F0", "#EA6175", "#F4A261"];
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]]; // of lines, for who sees no colours at all

export function colour(index, scheme) {
    const palette = scheme === "dark" ? DARK : BRIGHT;
    return palette[index % palette.length];
}

function cut(label) {
    return label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label;
}

/** Labels as people read them: days short, long names cut. */
export function labelsOf({ kind, labels }, full = false) {
    const day = (label) => deserializeDate(label).toLocaleString({ month: "numeric", day: "numeric" });
    return labels.map(kind === "date" ? day : full ? (label) => label : cut);
}

/** A chart in a sentence, for who does not see it: the most of each series, and where. */
export function describe(chart, title, currencyId) {
    const labels = labelsOf(chart, true);
    const parts = chart.series.map(({ label, values }) => {
        const most = values.reduce((best, value, index) => (value > (values[best] ?? -Infinity) ? index : best), 0);
        const value = formatCell(chart.unit, values[most], currencyId);
        return value === "" ? "" : _t("%(series)s: at most %(value)s (%(where)s)", { series: label, value, where: labels[most] });
    });
    return [title, ...parts.filter(Boolean)].join(". ");
}

/** An amount on an axis is short; spans of time are told in whole steps of one unit. */
function onAxis(unit, currencyId, step) {
    switch (unit) {
        case "money":
            return (value) => formatMonetary(value, { currencyId, humanReadable: true, digits: [16, value % 1000 ? 1 : 0] });
        case "duration":
            return (value) => formatSpan(value, step);
        default:
            return (value) => formatCell(unit, value, currencyId);
    }
}

/** Seconds between two lines of an axis of spans: at most six steps, of what a clock or a calendar knows. */
function spanStep(chart) {
    const most = Math.max(0, ...chart.series.flatMap(({ values }) => values.map(Number)));
    return SPANS.find((step) => most <= 6 * step) || Math.ceil(most / 6 / DAY) * DAY;
}

/** Bars are what happens, a line is what there is: it has an axis of its own. */
function bars(chart, look) {
    const datasets = chart.series.map(({ label, style, values }, index) => {
        const color = colour(index, look.scheme);
        const dataset = { label, data: values, backgroundColor: color, borderColor: color };
        return style === "line"
            ? { ...dataset, type: "line", yAxisID: "stock", borderWidth: 2, borderDash: DASHES[1], pointRadius: 2, tension: 0.2, order: -1 }
            : { ...dataset, maxBarThickness: 28 };
    });
    const stacked = chart.series.some(({ style }) => style === "stack");
    const line = datasets.find(({ type }) => type === "line");
    return {
        type: "bar",
        data: { labels: labelsOf(chart), datasets },
        scales: {
            x: { grid: { display: false }, ticks: { color: look.text, maxRotation: 45 }, stacked },
            y: { ...look.axis, stacked },
            ...(line && {
                stock: {
                    ...look.axis,
                    position: "right",
                    grid: { display: false },
                    ticks: { ...look.axis.ticks, color: line.borderColor },
                    title: { display: !look.small && line.label.length <= LONGEST, text: line.label, color: line.borderColor },
                },
            }),
        },
    };
}

/** Lying bars, each named with its number and its share of the first. */
function funnel(chart, look) {
    const [{ label, values }] = chart.series;
    const names = labelsOf(chart).map((name, index) => {
        const number = formatCell(chart.unit, values[index], look.currencyId);
        const share = index && values[0] ? ` (${formatCell("ratio", values[index] / values[0])})` : "";
        return look.small ? [name, number + share] : `${name} · ${number}${share}`; // two lines each would touch
    });
    const color = colour(0, look.scheme);
    return {
        type: "bar",
        data: { labels: names, datasets: [{ label, data: values, backgroundColor: color, borderColor: color }] },
        indexAxis: "y",
        legend: { display: false },
        scales: {
            x: { ...look.axis },
            y: { grid: { display: false }, ticks: { color: look.text, autoSkip: false } },
        },
    };
}

/** Steps over a scale of numbers; what is estimated has its band. */
function curve(chart, look) {
    const points = (values) => values.map((y, index) => ({ x: Number(chart.labels[index]), y }));
    const datasets = chart.series.flatMap(({ label, values, low, high }, index) => {
        const color = colour(index, look.scheme);
        const line = {
            label,
            data: points(values),
            borderColor: color,
            backgroundColor: color,
            borderDash: DASHES[index % DASHES.length],
            borderWidth: 2,
            pointRadius: 0,
            stepped: true,
        };
        if (!low?.length || !high?.length) {
            return [line];
        }
        const bound = { borderWidth: 0, pointRadius: 0, stepped: true, band: true, backgroundColor: hexToRGBA(color, 0.18) };
        return [
            line,
            { ...bound, label: `${label} ≥`, data: points(low) },
            { ...bound, label: `${label} ≤`, data: points(high), fill: "-1" },
        ];
    });
    return {
        type: "line",
        data: { datasets },
        scales: {
            x: { type: "linear", min: 0, grid: { display: false }, ticks: { color: look.text } },
            y: { ...look.axis, ...(chart.unit === "ratio" && { max: 1 }) },
        },
    };
}

/**
 * What Chart.js draws.
 *
 * @param {Object} chart as the server gives it: labels, series, kind, shape (bars, funnel, curve), unit
 * @param {{scheme: string, small: boolean, currencyId: number}} how
 */
export function chartConfig(chart, { scheme, small, currencyId }) {
    const text = getCustomColor(scheme, "#374151", "#E4E4E4");
    const stepSize = chart.unit === "duration" ? spanStep(chart) : undefined;
    const axis = {
        beginAtZero: true,
        grid: { color: getCustomColor(scheme, "rgba(0,0,0,.08)", "rgba(255,255,255,.15)") },
        ticks: {
            color: text,
            precision: chart.unit === "count" ? 0 : undefined,
            stepSize,
            callback: onAxis(chart.unit, currencyId, stepSize),
        },
    };
    const shapes = { funnel, curve };
    const { scales, legend, indexAxis, ...config } = (shapes[chart.shape] || bars)(chart, {
        scheme, small, currencyId, text, axis,
    });
    const along = indexAxis === "y" ? "x" : "y";
    return {
        ...config,
        options: {
            animation: false,
            maintainAspectRatio: false,
            ...(indexAxis && { indexAxis }),
            interaction: { mode: config.type === "line" ? "nearest" : "index", intersect: false, axis: indexAxis || "x" },
            plugins: {
                legend: {
                    position: "bottom",
                    labels: { boxWidth: 12, color: text, filter: (item, data) => !data.datasets[item.datasetIndex].band },
                    ...legend,
                },
                tooltip: {
                    callbacks: {
                        label: ({ dataset, parsed }) => `${dataset.label}: ${formatCell(chart.unit, parsed[along], currencyId)}`,
                    },
                },
            },
            scales,
        },
    };
}
