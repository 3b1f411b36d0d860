import { chartConfig, describe as sentence } from "@lead_pool_reports/report_chart/chart_config";
import { formatChange } from "@lead_pool_reports/report_chart/format_cell";
import { ReportChange } from "@lead_pool_reports/report_chart/report_change";
import { ReportChart } from "@lead_pool_reports/report_chart/report_chart";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { queryAllTexts, queryOne, waitFor } from "@odoo/hoot-dom";
import { makeMockEnv, mountWithCleanup } from "@web/../tests/web_test_helpers";

defineMailModels();

const series = (label, values, more) => ({ label, values, style: "bar", low: [], high: [], ...more });
const chart = (values) => ({
    kind: "text",
    shape: "bars",
    unit: "count",
    labels: ["Li Na", "Wang Wei"],
    series: [series("Received", [4, 3])],
    ...values,
});
const look = { scheme: "light", small: false };

test("bars stand side by side, a line has an axis of its own", () => {
    const { type, data, options } = chartConfig(
        chart({ series: [series("Received", [4, 3]), series("Waiting", [9, 8], { style: "line" })] }),
        look
    );
    expect(type).toBe("bar");
    expect(data.datasets.map((one) => one.yAxisID)).toEqual([undefined, "stock"]);
    expect(options.scales.stock.title.text).toBe("Waiting");
    expect(options.scales.x.stacked).toBe(false);
    const long = chartConfig(chart({ series: [series("Waiting in the Evening", [9], { style: "line" })] }), look).options;
    expect(long.scales.stock.title.display).toBe(false, { message: "it would be cut off: the legend names it" });
});

test("bars that stand on each other", () => {
    const stacked = [series("Call", [4, 3], { style: "stack" }), series("Visit", [1, 1], { style: "stack" })];
    const { options } = chartConfig(chart({ series: stacked }), look);
    expect([options.scales.x.stacked, options.scales.y.stacked]).toEqual([true, true]);
});

test("axes and tooltips speak the unit", async () => {
    await makeMockEnv(); // as numbers are written
    const ratio = chartConfig(chart({ unit: "ratio", series: [series("Rate", [0.25, 0.5])] }), look).options;
    expect(ratio.scales.y.ticks.callback(0.25)).toBe("25%");
    expect(ratio.plugins.tooltip.callbacks.label({ dataset: { label: "Rate" }, parsed: { y: 0.5 } })).toBe("Rate: 50%");
    const span = chartConfig(chart({ unit: "duration" }), look).options;
    expect(span.plugins.tooltip.callbacks.label({ dataset: { label: "Median" }, parsed: { y: 5400 } })).toBe("Median: 1.5 h");
    const hour = 3600;
    for (const [most, step, marks] of [
        [5400, 1800, ["0 min", "30 min", "60 min"]],
        [40 * hour, 8 * hour, ["0 h", "8 h", "16 h"]],
        [84 * hour, 24 * hour, ["0 d", "1 d", "2 d"]],
        [700 * 24 * hour, 117 * 24 * hour, ["0 d", "117 d", "234 d"]],
    ]) {
        const { ticks } = chartConfig(chart({ unit: "duration", series: [series("Median", [null, most])] }), look).options.scales.y;
        expect(ticks.stepSize).toBe(step);
        expect([0, 1, 2].map((number) => ticks.callback(number * step))).toEqual(marks, { message: "one unit on one axis" });
    }
});

test("a funnel names each step with its number and its share of the first", async () => {
    await makeMockEnv(); // as numbers are written
    const steps = chart({ shape: "funnel", labels: ["Entered", "Claimed"], series: [series("Leads", [8, 2])] });
    const { data, options } = chartConfig(steps, look);
    expect(data.labels).toEqual(["Entered · 8", "Claimed · 2 (25%)"]);
    expect(chartConfig(steps, { ...look, small: true }).data.labels[1]).toEqual(["Claimed", "2 (25%)"]);
    expect(options.indexAxis).toBe("y");
    expect(options.plugins.legend.display).toBe(false);
    const empty = chartConfig(chart({ shape: "funnel", series: [series("Leads", [0, 0])] }), look);
    expect(empty.data.labels[1]).toBe("Wang Wei · 0");
});

test("a curve is drawn in steps, with the band of its estimate out of the legend", () => {
    const estimate = series("1st holder", [1, 0.5], { low: [1, 0.4], high: [1, 0.6] });
    const { type, data, options } = chartConfig(
        chart({ shape: "curve", unit: "ratio", labels: ["0", "7"], series: [estimate, series("2nd", [1, 0.2])] }),
        look
    );
    expect(type).toBe("line");
    expect(data.datasets.length).toBe(4);
    expect(data.datasets[0].data).toEqual([{ x: 0, y: 1 }, { x: 7, y: 0.5 }]);
    expect(data.datasets.every((one) => one.stepped)).toBe(true);
    const shown = data.datasets.filter((_, datasetIndex) =>
        options.plugins.legend.labels.filter({ datasetIndex }, data)
    );
    expect(shown.map((one) => one.label)).toEqual(["1st holder", "2nd"]);
    expect(shown[0].borderDash).not.toEqual(shown[1].borderDash);
});

test("who does not see the chart is told the most of each series", async () => {
    await makeMockEnv();
    expect(sentence(chart({ series: [series("Received", [3, 4]), series("Lost", [null, null])] }), "Reps")).toBe(
        "Reps. Received: at most 4 (Wang Wei)"
    );
    await mountWithCleanup(ReportChart, { props: { chart: chart(), title: "Reps" } });
    expect("canvas").toHaveAttribute("aria-label", "Reps. Received: at most 4 (Li Na)");
});

test("a chart is drawn", async () => {
    await mountWithCleanup(ReportChart, { props: { chart: chart(), title: "Reps" } });
    await waitFor("canvas[style*=height]"); // Chart.js took it over
    expect(queryOne("canvas").width).toBeGreaterThan(0);
});

test("a map of heat is a table: the more, the darker, and each figure can be read", async () => {
    const heat = chart({
        shape: "heat",
        labels: ["8", "9"],
        series: [series("Monday", [0, 4]), series("Tuesday", [2, null])],
    });
    await mountWithCleanup(ReportChart, { props: { chart: heat, title: "First touch" } });
    expect("canvas").toHaveCount(0);
    expect(queryAllTexts("thead th")).toEqual(["8", "9"]);
    expect(queryAllTexts("tbody td")).toEqual(["0", "4", "2", ""]);
    expect("[role=region]").toHaveAttribute("aria-label", "First touch");
    const shades = [...document.querySelectorAll(".o_lead_pool_report_heat tbody td")].map((cell) =>
        Number(cell.style.backgroundColor.match(/([\d.]+)\)$/)[1])
    );
    expect(shades[1]).toBeGreaterThan(shades[2]);
    expect(shades[2]).toBeGreaterThan(shades[0]);
    expect(shades[0]).toBe(shades[3]);
});

test("a change is a share, of a rate the points, and from nothing it says so", async () => {
    await makeMockEnv(); // as numbers are written
    expect(formatChange("count", { before: 4, by: 0.5 })).toBe("+50%");
    expect(formatChange("count", { before: 4, by: -0.25 })).toBe("−25%");
    expect(formatChange("count", { before: 4, by: 0 })).toBe("±0%");
    expect(formatChange("count", { before: 0, by: 0 })).toBe("");
    expect(formatChange("ratio", { before: 0.2, by: 0.025 })).toBe("+2.5 pts");
    expect(formatChange("count", { before: 0, by: null })).toBe("was 0");
});

test("the colour of a change is said in words, too", async () => {
    await mountWithCleanup(ReportChange, {
        props: { change: { before: 4, by: 0.5, verdict: "worse" }, kind: "count", currencyId: null },
    });
    expect(".o_lead_pool_report_change").toHaveClass("text-danger");
    expect(".o_lead_pool_report_change").toHaveAttribute("data-tooltip", "Before: 4 (worse)");
});
