import { LeadPoolDashboard } from "@lead_pool_reports/dashboard/dashboard";
import { ReportFiles } from "@lead_pool_reports/report_files/report_files";
import { ReportFilters } from "@lead_pool_reports/report_filters/report_filters";
import { ReportPresets } from "@lead_pool_reports/report_presets/report_presets";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { click, edit, queryAllTexts, waitFor } from "@odoo/hoot-dom";
import { animationFrame, Deferred } from "@odoo/hoot-mock";
import { contains, makeMockEnv, mockService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { getDefaultConfig } from "@web/views/view";

defineMailModels();

const OPTIONS = {
    period: "last_30_days",
    date_from: "2026-02-05",
    date_to: "2026-03-06",
    compare: "previous",
    pool_ids: [],
    team_ids: [],
    source_ids: [],
};
const CHOICES = {
    pools: [{ id: 1, name: "Beijing" }, { id: 2, name: "Shanghai" }],
    teams: [],
    sources: [],
    further: [],
};
const chart = {
    kind: "text",
    shape: "bars",
    unit: "count",
    labels: ["Li Na"],
    series: [{ label: "Received", values: [4], style: "bar", low: [], high: [] }],
};
const tile = (code, value, change = null, kind = "count") => ({ code, kind, label: code, help: "", value, change });

function shown(options) {
    return {
        options: { ...OPTIONS, ...options },
        compared: null,
        choices: CHOICES,
        reports: [
            {
                name: "rep_status",
                action: "sales.reps_action",
                title: "Reps",
                sentence: "",
                tiles: [tile("Received", 4, { before: 2, by: 1, verdict: "better" }), tile("Rate", null, null, "ratio")],
                chart,
                currency_id: null,
            },
            {
                name: "pool_dynamics",
                title: "Dynamics",
                sentence: options.pool_ids?.length ? "Of Shanghai alone." : "No day has come yet.",
                tiles: [],
                chart: null,
            },
        ],
    };
}

/** With reports that are held back: `{name: options => promise}`. */
async function mountDashboard(held = {}) {
    onRpc("lead.pool.report", "dashboard_frame", ({ args: [options] }) => {
        expect.step(JSON.stringify([options.period, options.pool_ids || []]));
        const frame = shown(options);
        const reports = frame.reports.map(({ name, action, title, tiles }) => ({ name, action, title, tiles: tiles.length }));
        return { ...frame, reports };
    });
    onRpc("lead.pool.report", "dashboard_panel", async ({ args: [name, options] }) => {
        await held[name]?.(options);
        return shown(options).reports.find((report) => report.name === name);
    });
    await mountWithCleanup(LeadPoolDashboard, {
        env: await makeMockEnv({ config: getDefaultConfig() }),
        props: { action: { id: 1, type: "ir.actions.client" }, actionId: 1 },
    });
    await animationFrame();
}

test("totals with their change, charts, and a sentence where there is nothing", async () => {
    await mountDashboard();
    expect(queryAllTexts(".o_tile_value")).toEqual(["4", "–"]);
    expect(".o_lead_pool_dashboard_tile:first .o_lead_pool_report_change").toHaveText("+100%");
    expect("section[data-report=rep_status] canvas").toHaveCount(1);
    expect("section[data-report=pool_dynamics] .o_lead_pool_dashboard_sentence").toHaveText("No day has come yet.");
    expect(".o_lead_pool_dashboard_room").toHaveCount(0);
    expect.verifySteps(['["last_30_days",[]]']);
});

test("a report that takes its time keeps its place and holds up no other one", async () => {
    const slow = new Deferred();
    await mountDashboard({ rep_status: () => slow });
    expect("section[data-report=rep_status]").toHaveAttribute("aria-busy", "true");
    expect("section[data-report=rep_status] canvas").toHaveCount(0);
    expect(".o_lead_pool_dashboard_tiles .o_lead_pool_dashboard_room").toHaveCount(2);
    expect("section[data-report=pool_dynamics] .o_lead_pool_dashboard_sentence").toHaveCount(1);
    slow.resolve();
    await animationFrame();
    await animationFrame();
    expect("section[data-report=rep_status] canvas").toHaveCount(1);
    expect(".o_lead_pool_dashboard_room").toHaveCount(0);
    expect.verifySteps(['["last_30_days",[]]']);
});

test("an answer to what was asked before changes nothing any more", async () => {
    const late = new Deferred();
    await mountDashboard({ pool_dynamics: ({ pool_ids }) => (pool_ids.length ? undefined : late) });
    await contains("button[data-filter=pool_ids]").click();
    await contains(".o-dropdown--menu .o-dropdown-item:contains(Shanghai)").click();
    await animationFrame();
    expect("section[data-report=pool_dynamics] .o_lead_pool_dashboard_sentence").toHaveText("Of Shanghai alone.");
    late.resolve();
    await animationFrame();
    await animationFrame();
    expect("section[data-report=pool_dynamics] .o_lead_pool_dashboard_sentence").toHaveText("Of Shanghai alone.");
    expect.verifySteps(['["last_30_days",[]]', '["last_30_days",[2]]']);
});

test("a tile opens its report with the same options", async () => {
    mockService("action", {
        doAction(action, { additionalContext }) {
            expect.step([action, additionalContext.lead_pool_report_options.compare]);
        },
    });
    await mountDashboard();
    await click(".o_lead_pool_dashboard_tile[data-tile='rep_status/Received']");
    expect.verifySteps(['["last_30_days",[]]', ["sales.reps_action", "previous"]]);
});

test("filters ask again", async () => {
    await mountDashboard();
    await contains("button[data-filter=pool_ids]").click();
    await contains(".o-dropdown--menu .o-dropdown-item:contains(Shanghai)").click();
    expect.verifySteps(['["last_30_days",[]]', '["last_30_days",[2]]']);
    await contains(".o-dropdown--menu .o-dropdown-item:contains(All Pools)").click(); // the menu stayed open
    expect.verifySteps(['["last_30_days",[]]']);
});

test("all periods and comparisons can be chosen", async () => {
    await mountWithCleanup(ReportFilters, {
        props: {
            options: { ...OPTIONS, period: "last_quarter", compare: "" },
            choices: CHOICES,
            onChange: (values) => expect.step(values),
        },
    });
    await contains("button[data-filter=compare]").click();
    await contains(".o-dropdown--menu .o-dropdown-item:contains(Same Days Last Year)").click();
    expect.verifySteps([{ compare: "last_year" }]);
    await contains("button[data-period=other], button[aria-label=Period]:visible").click();
    await contains(".o-dropdown--menu .o-dropdown-item:contains(This Year)").click();
    expect.verifySteps([{ period: "this_year" }]);
});

test("a large export asks what it is for, and comes again with the answer", async () => {
    patchWithCleanup(browser, {
        async fetch(url) {
            if (!url.startsWith("/lead_pool/")) {
                return super.fetch(...arguments);
            }
            expect.step(url);
            return url.includes("reason=")
                ? new window.Response("no", { status: 400 })
                : window.Response.json({ sentence: "Say what it is for." });
        },
    });
    mockService("notification", { add: (text) => expect.step(text) });
    await mountWithCleanup(ReportFiles, { props: { name: "rep_status", options: OPTIONS } });
    await click(".o_lead_pool_report_export");
    await waitFor(".o_lead_pool_report_reason");
    expect(".modal-footer .btn-primary").toHaveAttribute("disabled");
    await click(".o_lead_pool_report_reason");
    await edit("Board");
    await animationFrame();
    await click(".modal-footer .btn-primary");
    await animationFrame();
    const query = "period=last_30_days&compare=previous&pool_ids=&team_ids=&source_ids=";
    await animationFrame();
    expect.verifySteps([
        `/lead_pool/report/rep_status.xlsx?${query}&ask=1`,
        `/lead_pool/report/rep_status.xlsx?${query}&reason=Board`,
        "no",
    ]);
});

test("a preset is chosen, saved, and shared by managers alone", async () => {
    patchWithCleanup(user, { hasGroup: async () => false });
    onRpc("lead.pool.report", "save_preset", ({ args }) => {
        expect.step(args);
        return [];
    });
    const preset = { id: 3, title: "My month", shared: false, mine: true, is_default: true, options: { period: "this_month" } };
    await mountWithCleanup(ReportPresets, {
        props: {
            name: "rep_status",
            options: OPTIONS,
            presets: [preset],
            onChange: (presets) => expect.step(presets),
            onChoose: (options) => expect.step(options),
        },
    });
    await contains(".o_lead_pool_report_presets").click();
    expect(".o_lead_pool_report_preset_form").toHaveCount(1);
    expect(".o_lead_pool_report_preset_form .o-checkbox").toHaveCount(1);
    await contains(".o_lead_pool_report_preset_form input[type=text]").edit("Quarter", { confirm: false });
    await contains(".o_lead_pool_report_preset_form button[type=submit]").click();
    expect.verifySteps([["rep_status", "Quarter", OPTIONS, false, false], []]);
    await contains(".o-dropdown--menu .o-dropdown-item:contains(My month)").click();
    expect.verifySteps([{ period: "this_month" }]);
});
