import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { press, queryAllTexts, queryFirst } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { clickSave, contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

class FollowUp extends models.Model {
    _name = "follow.up";

    type_id = fields.Many2one({ relation: "follow.up.type", required: true });
    result = fields.Selection({
        string: "Result",
        selection: [
            ["reached", "Reached"],
            ["not_reached", "Not Reached"],
        ],
    });
    kind = fields.Selection({
        selection: [
            ["new", "New"],
            ["old", "Old"],
        ],
        required: true,
    });

    _records = [
        { id: 1, type_id: false, result: false, kind: "new" },
        { id: 2, type_id: 2, result: "reached", kind: "old" },
    ];
}

class Type extends models.Model {
    _name = "follow.up.type";

    name = fields.Char();

    _records = [
        { id: 1, name: "Call" },
        { id: 2, name: "Visit" },
        { id: 3, name: "Letter" },
    ];
}

defineMailModels();
defineModels([FollowUp, Type]);

const BADGE = ".o_selection_badge";
const badge = (text) => `${BADGE}:contains(/^${text}$/)`;

function mountBadges(name, resId, attributes = "") {
    onRpc("follow.up", "web_save", ({ args }) => {
        expect.step(args[1][name]);
    });
    return mountView({
        resModel: "follow.up",
        resId,
        type: "form",
        arch: `<form><label for="${name}"/><field name="${name}" widget="choice_badges" ${attributes}/></form>`,
    });
}

async function pressOn(text, key) {
    queryFirst(badge(text)).focus();
    expect(badge(text)).toBeFocused({ message: "Tab comes to it" });
    await press(key);
    await animationFrame();
}

test("a tap chooses, a tap on another chooses that one", async () => {
    await mountBadges("type_id", 1);
    expect(queryAllTexts(BADGE)).toEqual(["Call", "Visit", "Letter"]);
    expect(`${BADGE}.active`).toHaveCount(0);
    await contains(badge("Call")).click();
    expect(`${BADGE}.active`).toHaveText("Call");
    await contains(badge("Letter")).click();
    expect(queryAllTexts(`${BADGE}.active`)).toEqual(["Letter"]);
    await clickSave();
    expect.verifySteps([3]);
});

test("without a mouse: Enter and the space bar choose, and take back what need not be chosen", async () => {
    await mountBadges("result", 1);
    await pressOn("Not Reached", "Enter");
    expect(`${BADGE}.active`).toHaveText("Not Reached");
    await pressOn("Reached", " ");
    expect(queryAllTexts(`${BADGE}.active`)).toEqual(["Reached"]);
    await pressOn("Reached", "Enter");
    expect(`${BADGE}.active`).toHaveCount(0);
    await pressOn("Reached", "ArrowRight");
    await pressOn("Reached", "a");
    expect(`${BADGE}.active`).toHaveCount(0, { message: "no other key chooses" });
});

test("the space bar does not scroll the dialog", async () => {
    await mountBadges("result", 1);
    const ev = new KeyboardEvent("keydown", { key: " ", bubbles: true, cancelable: true });
    queryFirst(badge("Reached")).dispatchEvent(ev);
    await animationFrame();
    expect(ev.defaultPrevented).toBe(true);
});

test("what must be chosen cannot be taken back, and is asked for", async () => {
    await mountBadges("kind", 2);
    await contains(badge("Old")).click();
    expect(`${BADGE}.active`).toHaveText("Old");
    await pressOn("Old", "Enter");
    expect(`${BADGE}.active`).toHaveText("Old");
});

test("saving without what must be chosen says so at the field", async () => {
    await mountBadges("type_id", undefined);
    await clickSave();
    expect("[name=type_id]").toHaveClass("o_field_invalid");
    expect.verifySteps([]);
    await pressOn("Visit", "Enter");
    await clickSave();
    expect.verifySteps([2]);
});

test("where nothing can be chosen it is plain text, and Tab passes by", async () => {
    await mountBadges("result", 2, 'readonly="1"');
    expect(BADGE).toHaveCount(0);
    expect("[name=result]").toHaveText("Reached");
    expect("[name=result] [tabindex]").toHaveCount(0);
    expect("[name=result] [role=button]").toHaveCount(0);
});

test("a screen reader hears what is asked, buttons, and which one is pressed", async () => {
    await mountBadges("result", 2);
    expect("[name=result] [role=group]").toHaveAttribute("aria-label", "Result");
    expect(`[role=group] > ${BADGE}[role=button][tabindex='0']`).toHaveCount(2);
    expect(`${BADGE}[aria-pressed=true]`).toHaveText("Reached");
    expect(`${BADGE}[aria-pressed=false]`).toHaveText("Not Reached");
    await contains(badge("Not Reached")).click();
    expect(`${BADGE}[aria-pressed=true]`).toHaveText("Not Reached");
});
