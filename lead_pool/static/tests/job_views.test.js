import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { waitUntil } from "@odoo/hoot-dom";
import { Deferred, animationFrame } from "@odoo/hoot-mock";
import {
    MockServer,
    contains,
    defineModels,
    fields,
    getService,
    makeMockEnv,
    models,
    mountView,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");

class Job extends models.Model {
    _name = "lead.pool.job";

    name = fields.Char();
    done = fields.Integer();

    _records = [{ id: 1, name: "Enrolment", done: 10 }];
}

defineMailModels();
defineModels([Job]);

let tell;

beforeEach(async () => {
    tell = undefined;
    await makeMockEnv();
    patchWithCleanup(getService("bus_service"), {
        subscribe(type, callback) {
            if (type === "lead_pool/job") {
                tell = callback;
            }
            return super.subscribe(type, callback);
        },
    });
});

/** The server has done so many, and says that there is news. */
async function work(done) {
    MockServer.env["lead.pool.job"].write(1, { done });
    tell({});
    await animationFrame();
}

test("lists and cards of jobs show how far they are, as they go on", async () => {
    await mountView({
        resModel: "lead.pool.job",
        type: "list",
        arch: `<list js_class="job_list"><field name="name"/><field name="done"/></list>`,
    });
    expect(".o_data_cell[name=done]").toHaveText("10");
    await work(20);
    expect(".o_data_cell[name=done]").toHaveText("20");
});

test("so do cards", async () => {
    await mountView({
        resModel: "lead.pool.job",
        type: "kanban",
        arch: `<kanban js_class="job_kanban"><templates><t t-name="card"><field name="done"/></t></templates></kanban>`,
    });
    await work(30);
    expect(".o_kanban_record:first").toHaveText("30");
});

test("a form that is being filled in is left alone", async () => {
    await mountView({
        resModel: "lead.pool.job",
        resId: 1,
        type: "form",
        arch: `<form js_class="job_form"><field name="name"/><field name="done" readonly="1"/></form>`,
    });
    await work(40);
    expect("[name=done]").toHaveText("40");
    await contains("[name=name] input").edit("My enrolment", { confirm: false });
    await contains("[name=name] input").press("Tab");
    await work(50);
    expect("[name=done]").toHaveText("40");
    expect("[name=name] input").toHaveValue("My enrolment");
});

test("news that come while the page is read for the first time are no error", async () => {
    const read = new Deferred();
    onRpc("lead.pool.job", "web_search_read", async ({ parent }) => {
        await read;
        return parent();
    });
    const isMounted = mountView({
        resModel: "lead.pool.job",
        type: "list",
        arch: `<list js_class="job_list"><field name="done"/></list>`,
    });
    await waitUntil(() => tell);
    expect(() => tell({})).not.toThrow();
    read.resolve();
    await isMounted;
});
