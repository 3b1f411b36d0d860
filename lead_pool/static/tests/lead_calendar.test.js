import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { advanceTime, mockDate } from "@odoo/hoot-mock";
import { contains, defineModels, fields, models, mountView, onRpc, preloadBundle } from "@web/../tests/web_test_helpers";

const NAMES = ["Business English – 北京星河教育科技有限公司", "Python for Analysts – Chen Jing", "Spoken English – Wang Wei"];

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();
    phone = fields.Char();
    planned = fields.Date();

    _records = [
        { id: 1, name: NAMES[0], planned: "2026-03-11" },
        { id: 2, name: NAMES[1], planned: "2026-03-13", phone: "+86 133 0000 2787" },
        { id: 3, name: NAMES[2], planned: "2026-03-18" },
    ];
    has_access() {
        return true;
    }
}

defineMailModels();
defineModels([Lead]);
preloadBundle("web.fullcalendar_lib");

const ARCH = `<calendar js_class="lead_calendar" create="0" mode="month" date_start="planned"><field name="phone"/></calendar>`;

beforeEach(() => {
    mockDate("2026-03-12 08:00:00");
    onRpc("has_group", () => true);
});

test.tags("mobile");
test("on the phone the days of the week stand one below the other with whole names", async () => {
    await mountView({ resModel: "crm.lead", type: "calendar", arch: ARCH });
    expect(queryAllTexts(".fc-list-day")).toEqual(["Wednesday, March 11, 2026", "Friday, March 13, 2026"]);
    expect(queryAllTexts(".fc-list-event")).toEqual(NAMES.slice(0, 2));
    expect(".fc-list-event:first .o_event_title").not.toHaveClass("text-truncate");
});

test.tags("mobile");
test("a touch on a name opens what there is to know about it", async () => {
    await mountView({ resModel: "crm.lead", type: "calendar", arch: ARCH });
    await contains(".fc-list-event:last").click();
    await advanceTime(500); // a second touch would have opened the lead
    expect(".modal").toHaveText(/Python for Analysts/);
    expect(".modal [name=phone]").toHaveText(/2787/);
});

test.tags("mobile");
test("a week without a plan says so", async () => {
    mockDate("2026-04-20 08:00:00");
    await mountView({ resModel: "crm.lead", type: "calendar", arch: ARCH });
    expect(".fc-list-empty").toHaveText("Nothing is planned");
});

test.tags("desktop");
test("on the desktop it is a month of seven columns", async () => {
    await mountView({ resModel: "crm.lead", type: "calendar", arch: ARCH });
    expect(".fc-dayGridMonth-view .fc-event").toHaveCount(3);
    expect(".fc-list-event").toHaveCount(0);
});
