import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { GoingBackMenu } from "@lead_pool/going_back_menu/going_back_menu";
import { MINUTE } from "@lead_pool/minute/minute_hook";
import { contains, mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
defineMailModels();

const HOURS = 60 * MINUTE;
const LEADS = [
    { id: 7, name: "English for teams", reclaim_at: "2026-03-02 20:30:00", reason: "Never touched" },
    { id: 8, name: "Python course", reclaim_at: "2026-03-03 13:30:00", reason: "No follow-up" },
    { id: 9, name: "Accounting", reclaim_at: "2026-03-12 12:30:00", reason: "No follow-up" },
];

function aRep(leads, asked = []) {
    mockDate("2026-03-02 12:00:00", 0);
    onRpc("has_group", () => true);
    onRpc("crm.lead", "my_deadlines", () => {
        asked.push(1);
        return leads;
    });
    return asked;
}

test("it counts what goes back within a day, and goes on counting without the server", async () => {
    const asked = aRep(LEADS);
    await mountWithCleanup(GoingBackMenu);
    await animationFrame();
    expect(".o_going_back_count").toHaveText("1");
    await advanceTime(2 * HOURS); // the second one has less than a day now
    await animationFrame();
    expect(".o_going_back_count").toHaveText("2");
    expect(asked).toHaveLength(1);
});

test("the menu tells the next ones, with how long and why; one click opens the lead", async () => {
    aRep(LEADS);
    const opened = [];
    mockService("action", { doAction: (action) => opened.push(action.res_id || action) });
    await mountWithCleanup(GoingBackMenu);
    await animationFrame();
    await contains(".o_going_back").click();
    expect(queryAllTexts(".o_going_back_lead .text-truncate")).toEqual(LEADS.map((lead) => lead.name));
    expect(queryAllTexts(".o_reclaim_countdown")).toEqual([
        "goes back in 8 h",
        "goes back in 25 h",
        "goes back in 10 days",
    ]);
    expect(queryAllTexts(".o_going_back_lead .small")).toEqual(LEADS.map((lead) => lead.reason));
    await click(".o_going_back_lead:eq(1)");
    await animationFrame();
    await contains(".o_going_back").click();
    await contains(".o_going_back_all").click();
    expect(opened).toEqual([8, "lead_pool.crm_lead_action_my_leads"]);
});

test("who holds nothing that goes back has no menu", async () => {
    aRep([]);
    await mountWithCleanup(GoingBackMenu);
    await animationFrame();
    expect(".o_going_back").toHaveCount(0);
});

test("who does not sell is not asked for", async () => {
    const asked = aRep(LEADS);
    onRpc("has_group", () => false);
    await mountWithCleanup(GoingBackMenu);
    await animationFrame();
    expect(".o_going_back").toHaveCount(0);
    expect(asked).toHaveLength(0);
});
