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

const TO_RECORDS = {
    rows: [{ key: "makers", label: "Makers", twin: null, proposed: null }],
    choices: [],
    source_model: "",
    target_model: "industry",
};
const OF_RECORDS = {
    rows: [{ key: 1, label: "Shops", twin: "s", proposed: "s" }],
    choices: [["s", "Retail"]],
    source_model: "industry",
    target_model: "",
};

class Mapping extends models.Model {
    _name = "mapping";

    option_table = fields.Json();

    _records = [
        { id: 1, option_table: TABLE },
        { id: 2, option_table: TO_RECORDS },
        { id: 3, option_table: OF_RECORDS },
    ];
}

class Industry extends models.Model {
    _name = "industry";

    name = fields.Char();

    _records = [
        { id: 1, name: "Shops" },
        { id: 2, name: "Factories" },
    ];
}

defineMailModels();
defineModels([Mapping, Industry]);

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

/** Choose a record in a search on the page of a mapping, and save. */
async function chooseRecord(resId, selector, name) {
    onRpc("mapping", "web_save", ({ args }) => {
        expect.step(args[1].option_table.rows.map((row) => [row.key, row.label, row.twin]));
    });
    await mountView({
        resModel: "mapping",
        resId,
        type: "form",
        arch: `<form><field name="option_table" widget="option_pairs"/></form>`,
    });
    await contains(`${selector} input`).click();
    await contains(`.o-autocomplete--dropdown-item:contains(${name})`).click();
    await animationFrame();
    await contains(".o_form_button_save").click();
}

test("the record that takes an option is searched for", async () => {
    await chooseRecord(2, ".o_option_unpaired .o_record_selector", "Factories");
    expect(".o_option_unpaired").toHaveCount(0);
    expect.verifySteps([[["makers", "Makers", 2]]]);
});

test("a record of the lead that is not in the list gets a line of its own", async () => {
    await chooseRecord(3, ".o_option_add", "Factories");
    expect(queryAllTexts(".o_option_unpaired label")).toEqual(["Factories"]);
    expect.verifySteps([
        [
            [1, "Shops", "s"],
            [2, "Factories", null],
        ],
    ]);
});
