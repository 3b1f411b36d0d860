import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { MINUTE } from "@lead_pool/minute/minute_hook";
import { countdownText, urgency } from "@lead_pool/reclaim_countdown/reclaim_countdown";
import { allowTranslations, defineModels, fields, models, mountView } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Lead extends models.Model {
    _name = "lead";

    reclaim_at = fields.Datetime();
    deadline_reason = fields.Selection({ selection: [["no_follow_up", "No follow-up"]] });

    _records = [
        { id: 1, reclaim_at: "2026-03-02 17:30:00", deadline_reason: "no_follow_up" },
        { id: 2, reclaim_at: false },
    ];
}

defineMailModels();
defineModels([Lead]);

const ARCH = /* xml */ `
    <kanban><templates><t t-name="card">
        <field name="deadline_reason"/><field name="reclaim_at" widget="reclaim_countdown"/>
    </t></templates></kanban>`;

test("the text tells minutes, hours, then days", () => {
    allowTranslations();
    const HOUR = 60;
    const cases = [
        [-5, "due now"],
        [0, "due now"],
        [0.5, "goes back in 1 min"],
        [59, "goes back in 59 min"],
        [5 * HOUR + 40, "goes back in 5 h"],
        [47 * HOUR, "goes back in 47 h"],
        [48 * HOUR, "goes back in 2 days"],
        [20 * 24 * HOUR, "goes back in 20 days"],
    ];
    for (const [minutes, text] of cases) {
        expect(String(countdownText(minutes))).toBe(text);
    }
    expect(String(countdownText(5 * HOUR, true))).toBe("in 5 h");
});

test("the colour follows the time left", () => {
    expect(urgency(23 * 60)).toBe("danger");
    expect(urgency(24 * 60)).toBe("warning");
    expect(urgency(71 * 60)).toBe("warning");
    expect(urgency(72 * 60)).toBe("calm");
});

test("a card counts down by itself, and says why", async () => {
    mockDate("2026-03-02 16:00:00", 0);
    await mountView({ resModel: "lead", type: "kanban", arch: ARCH });
    expect(".o_reclaim_countdown").toHaveCount(1, { message: "none without a deadline" });
    expect(".o_reclaim_countdown").toHaveText("goes back in 1 h");
    expect(".o_reclaim_countdown").toHaveClass("o_reclaim_countdown_danger");
    expect(".o_reclaim_countdown").toHaveAttribute("data-tooltip", /Mar 2, 5:30\sPM.*No follow-up$/s);

    await advanceTime(31 * MINUTE);
    await animationFrame();
    expect(".o_reclaim_countdown").toHaveText(/^goes back in (58|59) min$/);
});

test("a list says it shorter", async () => {
    mockDate("2026-03-02 16:00:00", 0);
    await mountView({
        resModel: "lead",
        type: "list",
        arch: `<list><field name="deadline_reason" column_invisible="1"/><field name="reclaim_at" widget="reclaim_countdown"/></list>`,
    });
    expect(".o_reclaim_countdown").toHaveText("in 1 h");
});
