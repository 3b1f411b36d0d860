import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

const row = (field, outcome, values = {}) => ({
    field,
    label: field,
    text: `my ${field}`,
    target: field,
    there: `my ${field}`,
    outcome,
    loss: "",
    can_mend: outcome === "stays",
    ...values,
});

const SHEET = {
    places: [
        {
            place: "company",
            name: "Customer",
            record: "Galaxy",
            rows: [
                row("Rooms", "lost", { loss: "a text that is no number" }),
                row("City", "keeps", { there: "Beijing" }),
                row("Street", "keeps", { there: "" }),
                row("Website", "fills", { target: "Web" }),
                row("Area", "new", { remark: "as “12”, without digits behind the point" }),
            ],
        },
        { place: "opportunity", name: "Opportunity", record: "", rows: [row("WeChat", "stays")] },
    ],
    counts: { new: 1, fills: 1, keeps: 2, lost: 1, same: 0, stays: 1, partly: 1 },
    may_mend: true,
};

class Convert extends models.Model {
    _name = "convert";

    lead_id = fields.Many2one({ relation: "lead" });
    sheet = fields.Json();

    _records = [{ id: 1, lead_id: 7, sheet: SHEET }];
}

class Lead extends models.Model {
    _name = "lead";

    name = fields.Char();

    _records = [{ id: 7, name: "Lead 7" }];
}

defineMailModels();
defineModels([Convert, Lead]);

const mount = () =>
    mountView({
        resModel: "convert",
        resId: 1,
        type: "form",
        arch: /* xml */ `
            <form>
                <field name="lead_id" invisible="1" on_change="1"/>
                <field name="sheet" widget="conversion_sheet"/>
            </form>`,
    });

test("what is lost or kept stands open, the rest is folded away", async () => {
    await mount();
    expect(".o_conversion_sheet > p").toHaveText(
        "2 values are carried over · the customer keeps 2 of its own · 1 in part only · 1 cannot be carried"
    );
    expect(queryAllTexts(".o_conversion_outcome")).toEqual([
        "cannot be carried: a text that is no number",
        "keeps its own: Beijing",
        "left out, as there is another address",
        "new, as “12”, without digits behind the point",
    ]);
    await click("[data-place=company] header button");
    await animationFrame();
    expect(queryAllTexts("[data-place=company] .o_conversion_outcome").at(-2)).toBe("fills empty");
    expect(queryAllTexts(".o_conversion_fills .o_conversion_to span")).toEqual(["Web", "fills empty"]);
    await click("[data-place=company] header button");
    await animationFrame();
    expect("[data-place=company] .o_conversion_row").toHaveCount(4);
});

test("one click makes the field that is missing, and the sheet is made anew", async () => {
    onRpc("lead.pool.mapping", "make_twin_of", ({ args }) => {
        expect.step(args[0]);
        return true;
    });
    onRpc("convert", "onchange", ({ args }) => {
        expect.step(args[2]);
        return { value: { sheet: { places: [], counts: { new: 3 }, may_mend: true } } };
    });
    await mount();
    await click("[data-place=opportunity] header button");
    await animationFrame();
    await click(".o_conversion_stays button");
    await animationFrame();
    await animationFrame();
    expect.verifySteps(["WeChat", ["lead_id"]]);
    expect(".o_conversion_sheet > p").toHaveText("3 values are carried over · nothing is lost");
});
