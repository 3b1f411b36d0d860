import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { queryAllTexts, select } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { contains, defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

const TABLE = {
    rows: [
        { key: "high", label: "High", twin: 7, proposed: 7 },
        { key: "low", label: "Low", twin: null, proposed: null },
    ],
    choices: [
        [7, "Hot"],
        [8, "Cold"],
    ],
};

class Mapping extends models.Model {
    _name = "mapping";

    option_table = fields.Json();

    _records = [{ id: 1, option_table: TABLE }];
}

defineMailModels();
defineModels([Mapping]);

test("an option without a place is red until somebody chooses one", async () => {
    onRpc("mapping", "web_save", ({ args }) => {
        expect.step(args[1].option_table.rows.map((row) => [row.key, row.twin]));
    });
    await mountView({
        resModel: "mapping",
        resId: 1,
        type: "form",
        arch: `<form><field name="option_table" widget="option_pairs"/></form>`,
    });
    expect(queryAllTexts(".o_option_unpaired label")).toEqual(["Low"]);
    expect(".o_option_pairs select:first").toHaveValue("0");
    await contains(".o_option_unpaired select").focus();
    await select("1");
    await animationFrame();
    expect(".o_option_unpaired").toHaveCount(0);
    expect(".o_option_pairs small").toHaveCount(0);
    await contains(".o_option_pairs select:first").focus();
    await select("-1");
    await animationFrame();
    expect(queryAllTexts(".o_option_unpaired label")).toEqual(["High"]);
    await contains(".o_form_button_save").click();
    expect.verifySteps([
        [
            ["high", null],
            ["low", 8],
        ],
    ]);
});
