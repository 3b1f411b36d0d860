import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { SimulationPage } from "@lead_pool/simulation/simulation_page";
import {
    contains,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { getDefaultConfig } from "@web/views/view";

describe.current.tags("desktop");
defineMailModels();

const member = (leads, values = {}) => ({
    leads,
    peak: leads,
    reclaimed: 0,
    first_hours: 3,
    share: leads / 10,
    fair_share: 0.5,
    capacity: 5,
    loads: [leads, leads],
    ...values,
});
const side = (values) => ({
    leads: 10,
    arrived: 10,
    distributed: 10,
    queue_peak: 4,
    queue: [4, 0],
    waiting: 0,
    wait_hours: 1,
    first_hours: 3,
    reclaimed: [],
    converted: 2,
    deviation: 0.2,
    days: ["2026-03-01", "2026-03-02"],
    steps: [1, 2, 3, 4, 0, 0, 0],
    refused: {},
    members: { 7: member(3), 8: member(7) },
    ...values,
});
let page;
let tell;

beforeEach(async () => {
    page = {
        pool: "Beijing",
        state: "done",
        progress: 100,
        date_from: "2026-03-01 00:00:00",
        date_to: "2026-03-03 00:00:00",
        changes: ["Weight of Li Na: 1 → 2"],
        members: { 7: "Li Na", 8: "Wang Wei with a very long name" },
        refusals: {},
        may_cancel: true,
        result: {
            before: side(),
            after: side({ members: { 7: member(6), 8: member(4) }, wait_hours: 72, first_hours: null, deviation: 0.1 }),
            caused: [101, 102],
            avoided: [],
            same: 9,
            given: 10,
        },
    };
    onRpc("lead.pool.simulation", "read_page", () => page);
    await makeMockEnv({ config: getDefaultConfig() });
    patchWithCleanup(getService("bus_service"), {
        subscribe(type, callback) {
            if (type === "lead_pool/job") {
                tell = callback;
            }
            return super.subscribe(type, callback);
        },
    });
});

const mountPage = () =>
    mountWithCleanup(SimulationPage, { props: { action: { params: { run_id: 5 } }, actionId: 1, className: "" } });

test("before and after stand side by side, with what changes", async () => {
    const simulation = await mountPage();
    const lines = Object.fromEntries(simulation.lines.map((line) => [String(line.label), line]));
    const shown = (label) => [lines[label].before, lines[label].after, lines[label].delta].map(String);
    expect(shown("Leads that members got")).toEqual(["10", "10", "±0"]);
    expect(shown("Until somebody has it")).toEqual(["1 h", "3 days", "+3 days"]);
    expect(shown("Until the first follow-up")).toEqual(["3 h", "–", "…"]);
    expect(shown("Unfairness")).toEqual(["20 %", "10 %", "−10 %"]);
    expect(".o_simulation_summary tbody tr").toHaveCount(simulation.lines.length);
});

test("who got most before comes first, and a long name is cut below the bars", async () => {
    const { leadsChart } = await mountPage();
    expect(leadsChart.labels).toEqual(["Wang Wei with…", "Li Na"]);
    expect(leadsChart.series.map(({ values }) => values)).toEqual([
        [7, 3],
        [4, 6],
    ]);
});

test("the load of one member is drawn with what he may hold", async () => {
    const simulation = await mountPage();
    expect(simulation.loadChart.series.map(({ values }) => values)).toEqual([
        [4, 0],
        [4, 0],
    ]);
    await contains("select").select("7");
    expect(simulation.loadChart.series.map(({ values, dashed = false }) => [values, dashed])).toEqual([
        [[3, 3], false],
        [[6, 6], false],
        [[5, 5], true],
    ]);
});

test("the leads of an outcome can be opened, and the rules applied", async () => {
    mockService("action", { doAction: (action) => expect.step(action.domain || action) });
    onRpc("lead.pool.simulation", "button_apply", () => "apply");
    const simulation = await mountPage();
    const [caused] = simulation.outcomes;
    expect(simulation.shown(caused.numbers)).toBe("#101, #102");
    simulation.openLeads(caused.numbers, "Caused");
    await simulation.apply();
    expect.verifySteps([[["lead_ref", "in", [101, 102]]], "apply"]);
});

test("while it works it shows how far it is, reads the news, and can be cancelled", async () => {
    const { result } = page;
    Object.assign(page, { state: "running", progress: 30.4, result: false });
    onRpc("lead.pool.simulation", "action_cancel", () => {
        expect.step("cancel");
        page.state = "cancelled";
        return true;
    });
    await mountPage();
    expect(".alert-info p").toHaveText("The days are being replayed: 30 %");
    page = { ...page, progress: 60 };
    tell({});
    await animationFrame();
    expect(".progress-bar").toHaveAttribute("style", /60%/);
    page = { ...page };
    await click(".alert-info button");
    await animationFrame();
    expect.verifySteps(["cancel"]);
    expect(".alert-warning").toHaveText(/was cancelled/);
    page = { ...page, state: "done", result };
    tell({});
    await animationFrame();
    expect(".alert-warning").toHaveCount(1, { message: "news of other jobs are none of this page" });
});

test("it says when nothing was edited, when nothing came, and when it failed", async () => {
    page.changes = [];
    Object.assign(page.result, { before: side({ leads: 0, arrived: 0 }), after: side({ leads: 0, arrived: 0 }) });
    await mountPage();
    expect(queryAllTexts("section p, .alert").join(" ")).toMatch(/Nothing: both sides.*nothing to replay/);
    page = { ...page, state: "failed", result: false, problem: "Too many leads." };
    await mountPage();
    expect(".alert-danger").toHaveText(/could not be done.*Too many leads/);
});
