import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { Component, xml } from "@odoo/owl";
import { MINUTE, useMinute } from "@lead_pool/minute/minute_hook";
import { defineModels, fields, models, mountView, mountWithCleanup } from "@web/../tests/web_test_helpers";

class Lead extends models.Model {
    _name = "lead";

    entered_at = fields.Datetime();

    _records = [
        { id: 1, entered_at: "2026-03-02 13:00:00" },
        { id: 2, entered_at: false },
    ];
}

defineMailModels();
defineModels([Lead]);

const SINCE = ".o_kanban_record [data-tooltip]";

test("how long ago, to the minute, without asking the server", async () => {
    mockDate("2026-03-02 16:00:30", 0);
    await mountView({
        resModel: "lead",
        type: "kanban",
        arch: `<kanban><templates><t t-name="card"><field name="entered_at" widget="waiting_since"/></t></templates></kanban>`,
    });
    expect(SINCE).toHaveCount(1, { message: "nothing where there is no moment" });
    expect(SINCE).toHaveText("3 hours ago");
    expect(SINCE).toHaveAttribute("data-tooltip", /^Mar 2, 1:00\sPM$/);
    await advanceTime(61 * MINUTE);
    await animationFrame();
    expect(SINCE).toHaveText("4 hours ago");
});

test("the minute ticks while the component is there, and no longer", async () => {
    let minute;
    class Parent extends Component {
        static components = {
            Clock: class extends Component {
                static template = xml`<span class="clock" t-out="minute.ticks"/>`;
                static props = [];
                setup() {
                    this.minute = minute = useMinute();
                }
            },
        };
        static template = xml`<Clock t-if="!props.state.isGone"/>`;
        static props = ["*"];
    }
    const parent = await mountWithCleanup(Parent, { props: { state: { isGone: false } } });
    await advanceTime(2 * MINUTE);
    await animationFrame();
    expect(".clock").toHaveText("2");
    parent.props.state.isGone = true;
    parent.render();
    await animationFrame();
    await advanceTime(5 * MINUTE);
    expect(minute.ticks).toBe(2);
});
