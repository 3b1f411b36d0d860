import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { describe, expect, test } from "@odoo/hoot";
import { check, click, uncheck } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { defineModels, fields, models, mountView, onRpc } from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Person extends models.Model {
    _name = "person";

    notices = fields.Json();

    _records = [
        {
            id: 1,
            notices: [
                { kind: "got", name: "I got leads", admins: false, ways: ["live"], usual: ["live"] },
                { kind: "decision", name: "Decide", admins: true, ways: ["message"], usual: ["message"] },
            ],
        },
    ];
}

defineMailModels();
defineModels([Person]);

const mount = () =>
    mountView({
        resModel: "person",
        type: "form",
        resId: 1,
        arch: `<form><field name="notices" widget="lead_pool_notices"/></form>`,
    });

const box = (kind, number) => `tr[data-kind=${kind}] td:nth-of-type(${number}) input`;

test("a box for each kind and way, and the choice is saved", async () => {
    onRpc("person", "web_save", ({ args }) => {
        expect.step(args[1].notices.map((row) => [row.kind, row.ways]));
    });
    await mount();
    expect("thead").toHaveCount(2, { message: "my leads, and the pools that I run" });
    expect(box("got", 1)).toBeChecked();
    expect(box("got", 3)).not.toBeChecked();
    expect("button:contains(As Usual)").toHaveCount(0);

    await check(box("got", 3));
    await animationFrame();
    await uncheck(box("decision", 3));
    await animationFrame();
    await click(".o_form_button_save");
    await animationFrame();
    expect.verifySteps([
        [
            ["got", ["live", "message"]],
            ["decision", []],
        ],
    ]);
});

test("one click brings the usual ways back", async () => {
    await mount();
    await uncheck(box("got", 1));
    await animationFrame();
    expect(box("got", 1)).not.toBeChecked();
    await click("button:contains(As Usual)");
    await animationFrame();
    expect(box("got", 1)).toBeChecked();
    expect("button:contains(As Usual)").toHaveCount(0);
});
