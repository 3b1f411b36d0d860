import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { animationFrame } from "@odoo/hoot-mock";
import { clickSave, contains, defineModels, fields, mockService, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Pool extends models.Model {
    _name = "lead.pool";

    name = fields.Char({ required: true });
    days = fields.Integer({
        onChange: (pool) => {
            pool.reclaim_warning = pool.days < 3 ? "12 leads will go back sooner." : false;
        },
    });
    reclaim_warning = fields.Char();

    _records = [{ id: 1, name: "Beijing", days: 5 }];
}

defineMailModels();
defineModels([Pool]);

beforeEach(async () => {
    onRpc("lead.pool", "web_save", ({ args }) => {
        expect.step(["saved", args[1]]);
    });
    onRpc("lead.pool", "button_simulate", ({ args }) => {
        expect.step(["simulated", args]);
        return { type: "ir.actions.client", tag: "a_simulation" };
    });
    await mountView({
        resModel: "lead.pool",
        resId: 1,
        type: "form",
        arch: `<form js_class="lead_pool_form">
                <header><button name="button_simulate" type="object" string="Simulate"/></header>
                <field name="name"/><field name="days"/><field name="reclaim_warning"/>
            </form>`,
    });
});

test("rules that bring no deadline forward are saved without a question", async () => {
    await contains("[name=days] input").edit("7");
    await clickSave();
    expect(".modal").toHaveCount(0);
    expect.verifySteps([["saved", { days: 7 }]]);
});

test("before leads go back sooner it asks; Keep Editing saves nothing", async () => {
    await contains("[name=days] input").edit("1");
    await clickSave();
    await animationFrame();
    expect(".modal-body").toHaveText("12 leads will go back sooner.");
    await contains(".modal button:contains(Keep Editing)").click();
    expect.verifySteps([]);
    expect("[name=days] input").toHaveValue("1");
    await clickSave();
    await animationFrame();
    await contains(".modal button.btn-primary").click();
    await animationFrame();
    expect.verifySteps([["saved", { days: 1, reclaim_warning: "12 leads will go back sooner." }]]);
});

test("Simulate takes along what is edited, and saves nothing", async () => {
    mockService("action", { doAction: ({ tag }) => expect.step(tag) });
    await contains("[name=days] input").edit("4");
    await contains("button[name=button_simulate]").click();
    await animationFrame();
    expect.verifySteps([["simulated", [[1], { days: 4 }]], "a_simulation"]);
    expect("[name=days] input").toHaveValue("4");
});

test("what cannot be saved cannot be simulated", async () => {
    await contains("[name=name] input").edit("");
    await contains("button[name=button_simulate]").click();
    await animationFrame();
    expect("[name=name]").toHaveClass("o_field_invalid");
    expect.verifySteps([]);
});
