import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { press, queryFirst } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineModels, fields, mockService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Lead extends models.Model {
    _name = "a.lead";

    name = fields.Char();

    _records = [
        { id: 1, name: "Star Trading" },
        { id: 2, name: "Moon Trading" },
        { id: 3, name: "Sun Trading" },
    ];
}

defineMailModels();
defineModels([Lead]);

beforeEach(() => {
    onRpc("a.lead", "follow_up", ({ args }) => {
        expect.step(`follow-up of ${args[0][0]}`);
        return false;
    });
    mockService("action", {
        doActionButton: async ({ name, resId }) => expect.step(`${name} of ${resId}`),
    });
});

const card = (name) => `.o_kanban_record:contains(${name})`;
const mountCards = (className) =>
    mountView({
        resModel: "a.lead",
        type: "kanban",
        selectRecord: (resId) => expect.step(`opened ${resId}`),
        arch: `
            <kanban class="${className}"><templates><t t-name="card">
                <field name="name"/>
                <button type="object" name="follow_up">Follow-up</button>
            </t></templates></kanban>`,
    });

async function pressOn(selector, keys) {
    queryFirst(selector).focus();
    await press(keys);
    await animationFrame();
}

for (const key of ["Enter", " "]) {
    const name = key.trim() || "Space";

    test(`${name} on a button of our cards presses the button, and the card stays closed`, async () => {
        await mountCards("o_my_leads");
        const ev = await keyDownOn(`${card("Moon")} button`, key);
        expect(ev.defaultPrevented).toBe(false, { message: "the browser presses the button" });
        expect.verifySteps([]);
        expect(".o_record_selected").toHaveCount(0);
    });

    test(`${name} on a button is Odoo's in the kanbans of others`, async () => {
        await mountCards("o_others");
        const ev = await keyDownOn(`${card("Moon")} button`, key);
        expect(ev.defaultPrevented).toBe(true, { message: "if this fails, Odoo lets buttons be pressed: drop card_keys" });
    });
}

/** What the browser would be left to do after the key was heard by all. */
async function keyDownOn(selector, key) {
    const ev = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    queryFirst(selector).focus();
    queryFirst(selector).dispatchEvent(ev);
    await animationFrame();
    return ev;
}

test("Enter presses it once", async () => {
    await mountCards("o_my_leads");
    await pressOn(`${card("Moon")} button`, "Enter");
    expect.verifySteps(["follow_up of 2"]);
});

test("Enter on the card itself opens it, as ever", async () => {
    await mountCards("o_my_leads");
    await pressOn(card("Sun"), "Enter");
    expect.verifySteps(["opened 3"]);
});

test("from a button the arrows go on to the next card", async () => {
    await mountCards("o_my_leads");
    await pressOn(`${card("Star")}`, "ArrowRight");
    expect(card("Moon")).toBeFocused();
    await pressOn(`${card("Moon")} button`, "ArrowRight");
    expect(card("Sun")).toBeFocused();
    expect.verifySteps([]);
});
