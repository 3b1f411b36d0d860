import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame, mockDate } from "@odoo/hoot-mock";
import { clickSave, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class FollowUp extends models.Model {
    _name = "follow.up";

    next_date = fields.Date();

    _records = [
        { id: 1, next_date: false },
        { id: 2, next_date: "2026-03-05" },
    ];
}

defineMailModels();
defineModels([FollowUp]);

const CHIP = ".o_next_date_chips button.rounded-pill";
const mountDate = (resId, readonly = false) =>
    mountView({
        resModel: "follow.up",
        resId,
        type: "form",
        arch: `<form><field name="next_date" widget="next_date_chips" readonly="${readonly}"/></form>`,
    });

beforeEach(() => mockDate("2026-03-02 12:00:00", 0));

test("one tap sets the date, a second one takes it away, and another chip changes it", async () => {
    const saved = [];
    onRpc("follow.up", "web_save", ({ args }) => {
        saved.push(args[1].next_date);
    });
    await mountDate(1);
    expect(queryAllTexts(CHIP)).toEqual(["Tomorrow", "In 3 days", "Next week"]);
    expect(`${CHIP}.active`).toHaveCount(0);
    await click(`${CHIP}:contains(Tomorrow)`);
    await animationFrame();
    expect(`${CHIP}.active`).toHaveText("Tomorrow");
    await click(`${CHIP}:contains(Next week)`);
    await animationFrame();
    expect(`${CHIP}.active`).toHaveText("Next week");
    await clickSave();
    await click(`${CHIP}:contains(Next week)`);
    await animationFrame();
    expect(`${CHIP}.active`).toHaveCount(0);
    await clickSave();
    expect(saved).toEqual(["2026-03-09", false]);
});

test("the chip of a date that is set is marked, for the eye and for a screen reader", async () => {
    await mountDate(2);
    expect(`${CHIP}[aria-pressed=true]`).toHaveText("In 3 days");
    expect(`${CHIP}[aria-pressed=false]`).toHaveCount(2);
});

test("where nothing can be chosen there are no chips", async () => {
    await mountDate(2, true);
    expect(CHIP).toHaveCount(0);
    expect(".o_next_date_chips_date").toHaveText(/Mar 5|03\/05\/2026/);
});
