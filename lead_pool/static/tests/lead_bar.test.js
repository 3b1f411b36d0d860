import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, test } from "@odoo/hoot";
import { queryFirst } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import {
    contains,
    defineModels,
    fields,
    getService,
    mockService,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";

class Lead extends models.Model {
    _name = "crm.lead";

    name = fields.Char();
    phone = fields.Char();
    phone_sanitized = fields.Char();
    wechat = fields.Char();

    _records = [
        { id: 1, name: "Star", phone: "138 0013 8000", phone_sanitized: "+8613800138000", wechat: "star_8" },
        { id: 2, name: "Moon", phone: "010 6554 1234", phone_sanitized: false, wechat: false },
        { id: 3, name: "Sun", phone: false, phone_sanitized: false, wechat: false },
    ];
}

defineMailModels();
defineModels([Lead]);

let deadlines;

beforeEach(() => {
    deadlines = [{ id: 1 }, { id: 3 }];
    onRpc("crm.lead", "my_deadlines", () => deadlines);
    mockService("action", {
        doAction: (action, { stackPosition }) => expect.step(action.res_id ? `${stackPosition} ${action.res_id}` : action),
    });
});

const mountLead = (resId, resIds = [resId]) =>
    mountView({
        resModel: "crm.lead",
        resId,
        resIds,
        type: "form",
        arch: `<form><field name="name"/><widget name="lead_contact"/><widget name="next_of_mine"/></form>`,
    });

test("Call dials the number as a phone understands it, or as it was written", async () => {
    await mountLead(1);
    expect(".o_lead_bar_call").toHaveAttribute("href", "tel:+8613800138000");
});

test("a number that Odoo could not read is dialled without its spaces", async () => {
    await mountLead(2);
    expect(".o_lead_bar_call").toHaveAttribute("href", "tel:01065541234");
    expect(".o_lead_bar_wechat").toHaveCount(0);
});

test("without number and WeChat there is nothing to press", async () => {
    await mountLead(3);
    expect(".o_lead_bar_call, .o_lead_bar_wechat").toHaveCount(0);
});

test("WeChat copies what finds him there; a browser that forbids it shows it", async () => {
    let isForbidden = false;
    patchWithCleanup(browser.navigator.clipboard, {
        writeText: async (text) => {
            if (isForbidden) {
                throw new Error("not allowed");
            }
            expect.step(`copied ${text}`);
        },
    });
    await mountLead(1);
    await contains(".o_lead_bar_wechat").click();
    expect.verifySteps(["copied star_8"]);
    expect(".o_notification").toHaveText(/star_8 is copied/);
    await contains(".o_notification_close").click();
    isForbidden = true;
    await contains(".o_lead_bar_wechat").click();
    expect(".o_notification").toHaveText(/WeChat: star_8/);
});

test("the next lead is that of the list; what was written is saved first", async () => {
    onRpc("crm.lead", "web_save", ({ args }) => {
        expect.step(`saved ${args[1].name}`);
    });
    await mountLead(1, [1, 2]);
    await contains("[name=name] input").edit("Star Trading", { confirm: "blur" });
    await contains(".o_lead_bar_next").click();
    expect("[name=name] input").toHaveValue("Moon");
    expect.verifySteps(["saved Star Trading"]);
});

test("opened by itself, it goes on to the one of mine that goes back first", async () => {
    await mountLead(1);
    await contains(".o_lead_bar_next").click();
    expect.verifySteps(["replaceCurrentAction 3"]);
});

test("at the end of a list, and when nothing else goes back, it leads to My Leads", async () => {
    await mountLead(2, [1, 2]);
    await contains(".o_lead_bar_next").click();
    expect.verifySteps(["lead_pool.crm_lead_action_my_leads"]);
});

test("when no other lead goes back, it leads to My Leads", async () => {
    deadlines = [{ id: 2 }];
    await mountLead(2);
    queryFirst(".o_lead_bar_next").click();
    await animationFrame();
    expect.verifySteps(["lead_pool.crm_lead_action_my_leads"]);
});

test("a follow-up that was kept without a network has arrived: the lead is read again, unless somebody types in it", async () => {
    onRpc("crm.lead", "web_read", () => expect.step("read"));
    await mountLead(1);
    expect.verifySteps(["read"]);
    const { bus } = getService("lead_pool_outbox");
    const arrive = async (kind, lead) => {
        bus.trigger("ARRIVED", { letter: { kind, leads: [lead] }, answer: [] });
        await animationFrame();
    };
    await arrive("follow_up", 2);
    await arrive("claim", 1);
    expect.verifySteps([]);
    await arrive("follow_up", 1);
    expect.verifySteps(["read"]);
    await contains("[name=name] input").edit("Star Robots", { confirm: false });
    await arrive("follow_up", 1);
    expect.verifySteps([]);
    expect("[name=name] input").toHaveValue("Star Robots");
});
