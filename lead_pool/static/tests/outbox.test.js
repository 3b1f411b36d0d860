import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, queryAllTexts, waitFor, waitUntil } from "@odoo/hoot-dom";
import { advanceTime, animationFrame, mockDate } from "@odoo/hoot-mock";
import { claimLetter, letter } from "@lead_pool/outbox/letters";
import { OutboxMenu, logOutItem } from "@lead_pool/outbox/outbox_menu";
import { KEPT_BY_SERVER, Outbox, PATIENCE, REST } from "@lead_pool/outbox/outbox_service";
import { OutboxStore } from "@lead_pool/outbox/outbox_store";
import {
    contains,
    getService,
    makeMockEnv,
    mockService,
    mountWithCleanup,
    onRpc,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { session } from "@web/session";

describe.current.tags("desktop");
defineMailModels();

const FOLLOW_UP = "/web/dataset/call_kw/crm.lead/action_follow_up";
const answer = (id, values = {}) => ({ id, done: true, code: false, message: false, retry_at: false, ...values });
const followUp = (lead, note) =>
    letter({
        kind: "follow_up",
        leads: [lead],
        model: "crm.lead",
        method: "action_follow_up",
        args: [[lead], { note }],
        kwargs: { epoch: 3 },
    });

/** The server: what it has recorded, under which uid; `network` decides what becomes of a call. */
const server = { records: [], answers: new Map(), network: () => "well", refuse: () => "" };

beforeEach(() => {
    Object.assign(server, { records: [], answers: new Map(), network: () => "well", refuse: () => "" });
    onRpc(
        FOLLOW_UP,
        async (request) => {
            const { id, params } = await request.json();
            const { args, kwargs } = params;
            const fate = server.network(args[1].note);
            if (fate === "request lost") {
                throw new Error("no network");
            }
            const message = server.refuse(args[1].note);
            if (message) {
                return { id, jsonrpc: "2.0", error: { code: 200, message: "Odoo Server Error", data: { name: "odoo.exceptions.UserError", message } } };
            }
            if (!server.answers.has(kwargs.request_uid)) {
                server.records.push(args[1].note);
                server.answers.set(kwargs.request_uid, server.records.length);
            }
            if (fate === "answer lost") {
                throw new Error("no network");
            }
            return { id, jsonrpc: "2.0", result: server.answers.get(kwargs.request_uid) };
        },
        { pure: true },
    );
});

const keys = () => Object.keys(browser.localStorage).filter((key) => key.startsWith("lead_pool.outbox/"));
const sent = (outbox) => waitUntil(() => !outbox.flushing);

/** The outbox of the page. */
async function start() {
    const env = await makeMockEnv();
    return Object.assign(getService("lead_pool_outbox"), { env });
}

/** The same page in another tab, or after it was loaded again. */
function another(outbox, userId = user.userId) {
    const other = new Outbox(outbox.env, new OutboxStore(browser.localStorage, session.db, userId));
    other.refresh();
    return other;
}

test("what is answered leaves nothing on the device", async () => {
    const outbox = await start();
    expect(await outbox.send(followUp(7, "Called"))).toEqual({ kept: false, answer: 1 });
    expect(keys()).toEqual([]);
    expect(outbox.letters).toEqual([]);
});

test("a request that never arrived is kept, and sent when there is a network", async () => {
    const outbox = await start();
    server.network = () => "request lost";
    expect(await outbox.send(followUp(7, "Called"))).toEqual({ kept: true });
    expect(outbox.letters).toHaveLength(1);
    await advanceTime(REST);
    await sent(outbox);
    expect(server.records).toEqual([]);
    server.network = () => "well";
    browser.dispatchEvent(new Event("online"));
    await sent(outbox);
    expect(server.records).toEqual(["Called"]);
    expect(keys()).toEqual([]);
});

test("it tries again by itself, and rests longer each time", async () => {
    const outbox = await start();
    server.network = () => {
        expect.step("call");
        return "request lost";
    };
    await outbox.send(followUp(7, "Called"));
    expect.verifySteps(["call"]);
    for (const rest of [REST, 2 * REST, 4 * REST]) {
        await advanceTime(rest / 2);
        expect.verifySteps([]);
        await advanceTime(rest / 2);
        await sent(outbox);
        expect.verifySteps(["call"]);
    }
});

test("an answer that never arrived: the server hears it twice and does it once", async () => {
    const outbox = await start();
    server.network = () => "answer lost";
    await outbox.send(followUp(7, "Called"));
    expect(server.records).toEqual(["Called"]);
    server.network = () => "well";
    await outbox.retry(outbox.letters[0].id);
    expect(server.records).toEqual(["Called"]);
    expect(keys()).toEqual([]);
});

test("a server that does not answer in time counts as lost", async () => {
    const outbox = await start();
    let answered = false;
    const sending = outbox.send(followUp(7, "Called"), () => new Promise(() => {})).then(() => (answered = true));
    await advanceTime(PATIENCE / 2);
    expect(answered).toBe(false);
    expect(outbox.letters).toEqual([], { message: "not shown while it is on its way for the first time" });
    await advanceTime(PATIENCE / 2);
    await sending;
    expect(outbox.letters).toHaveLength(1);
});

test("the page is loaded again: it is sent", async () => {
    const outbox = await start();
    server.network = () => "request lost";
    await outbox.send(followUp(7, "Called"));
    server.network = () => "well";
    const after = another(outbox);
    expect(after.letters).toHaveLength(1);
    await after.flush();
    expect(server.records).toEqual(["Called"]);
    expect(keys()).toEqual([]);
});

test("the page is closed while the call is on its way: the next one sends it", async () => {
    const outbox = await start();
    outbox.send(followUp(7, "Called"), () => new Promise(() => {}));
    const after = another(outbox);
    await after.flush();
    expect(server.records).toEqual([], { message: "another tab has it in hand" });
    browser.dispatchEvent(new Event("pagehide"));
    await after.flush();
    expect(server.records).toEqual(["Called"]);
});

test("letters about one lead keep their order", async () => {
    const outbox = await start();
    server.network = (note) => (note === "First" ? "request lost" : "well");
    await outbox.send(followUp(7, "First"));
    await outbox.send(followUp(8, "Other lead"));
    expect(await outbox.send(followUp(7, "Second"))).toEqual({ kept: true, isBehind: false });
    expect(server.records).toEqual(["Other lead"]);
    server.network = () => "well";
    expect(await outbox.send(followUp(7, "Third"))).toEqual({ kept: false, answer: 4 });
    expect(server.records).toEqual(["Other lead", "First", "Second", "Third"]);
});

test("a refusal keeps the text, stops what comes after it on that lead, and asks", async () => {
    const outbox = await start();
    server.network = () => "request lost";
    await outbox.send(followUp(7, "First"));
    await outbox.send(followUp(7, "Second"));
    await outbox.send(followUp(8, "Other lead"));
    Object.assign(server, { network: () => "well", refuse: (note) => note === "First" && "It went back at noon." });
    await outbox.flush();
    expect(server.records).toEqual(["Other lead"]);
    const [first, second] = outbox.letters;
    expect([first.state, first.message, first.args[1].note]).toEqual(["refused", "It went back at noon.", "First"]);
    expect([second.state, second.args[1].note]).toEqual(["waiting", "Second"]);
    await advanceTime(10 * REST);
    await sent(outbox);
    expect(server.records).toEqual(["Other lead"], { message: "not by itself" });
    expect(await outbox.send(followUp(7, "Third"))).toEqual({ kept: true, isBehind: true });
    server.refuse = () => "";
    await outbox.retry(first.id);
    expect(server.records).toEqual(["Other lead", "First", "Second", "Third"]);
    expect(server.answers.has(first.id)).toBe(false, { message: "asked anew: the old uid has its answer" });
});

test("a refusal in the answer of a claim counts, too; one to be approved is none", async () => {
    const outbox = await start();
    let message = "Li Na has this lead already.";
    onRpc("lead.pool.entry", "action_claim", () => [
        answer(1, { done: false, code: message ? "taken" : "approval_asked", message }),
    ]);
    outbox.store.put(claimLetter(1, 101));
    await outbox.flush();
    expect(outbox.find("claim", 1).message).toBe("Li Na has this lead already.");
    message = "";
    await outbox.retry(outbox.letters[0].id);
    expect(outbox.letters).toEqual([]);
});

test("another user of the device neither sees nor sends it", async () => {
    const outbox = await start();
    server.network = () => "request lost";
    await outbox.send(followUp(7, "Called"));
    server.network = () => "well";
    const colleague = another(outbox, user.userId + 1);
    await colleague.flush();
    expect(colleague.letters).toEqual([]);
    expect(server.records).toEqual([]);
    await another(outbox).flush();
    expect(server.records).toEqual(["Called"]);
});

test("each call says who wrote it, so that the server takes it from nobody else", async () => {
    const outbox = await start();
    onRpc("lead.pool.entry", "action_claim", ({ kwargs }) => {
        expect.step([kwargs.context.lead_pool_sender, kwargs.request_uid.length > 10]);
        return [answer(1)];
    });
    await outbox.send(claimLetter(1, 101));
    expect.verifySteps([[user.userId, true]]);
});

test("of two tabs one sends", async () => {
    const outbox = await start();
    server.network = () => "request lost";
    await outbox.send(followUp(7, "First"));
    await outbox.send(followUp(8, "Second"));
    let calls = 0;
    server.network = () => {
        calls += 1;
        return "well";
    };
    const tab = another(outbox);
    await Promise.all([outbox.flush(), tab.flush()]);
    expect(calls).toBe(2);
    expect(server.records).toEqual(["First", "Second"]);
});

test("what is older than the server's memory is not sent without asking", async () => {
    mockDate("2026-03-02 12:00:00", 0);
    const outbox = await start();
    server.network = () => "request lost";
    await outbox.send(followUp(7, "Called"));
    server.network = () => "well";
    mockDate(new Date(Date.now() + KEPT_BY_SERVER + 1000).toISOString().slice(0, 19).replace("T", " "), 0);
    await outbox.flush();
    expect(server.records).toEqual([]);
    expect(outbox.isAsking(outbox.letters[0])).toBe(true);
    await outbox.retry(outbox.letters[0].id);
    expect(server.records).toEqual(["Called"]);
});

test("a device that cannot keep it says so, and the caller keeps his text", async () => {
    const outbox = await start();
    patchWithCleanup(browser.localStorage, {
        setItem() {
            throw new Error("full");
        },
    });
    server.network = () => "request lost";
    await expect(outbox.send(followUp(7, "Called"))).rejects.toThrow();
    server.network = () => "well";
    expect(await outbox.send(followUp(7, "Called"))).toEqual({ kept: false, answer: 1 });
});

test("the session has ended: it is kept until its user has logged in again", async () => {
    expect.errors(1);
    const outbox = await start();
    onRpc(
        "/web/dataset/call_kw/lead.pool.entry/action_claim",
        () => ({
            jsonrpc: "2.0",
            error: { code: 100, message: "Odoo Session Expired", data: { name: "odoo.http.SessionExpiredException" } },
        }),
        { pure: true },
    );
    expect(await outbox.send(claimLetter(1, 101))).toEqual({ kept: true });
    expect(outbox.letters[0].state).toBe("waiting");
    await animationFrame();
    expect.verifyErrors(["Odoo Session Expired"]);
});

test("the bar at the top tells how many, what they say, and why one was not accepted", async () => {
    const outbox = await start();
    await mountWithCleanup(OutboxMenu);
    expect(".o_outbox").toHaveCount(0);
    server.network = () => "request lost";
    await outbox.send(followUp(7, "Wants the price list"));
    await animationFrame();
    expect(".o_outbox_count").toHaveText("1");
    expect(".o_outbox").toHaveAttribute("title", "1 entry not sent yet");
    await contains(".o_outbox").click();
    expect(queryAllTexts(".o_outbox_letter .fw-bold, .o_outbox_text")).toEqual(["Follow-up on lead #7", "Wants the price list"]);
    expect(".o_outbox_letter .text-nowrap").toHaveText(/\d:\d\d\s[AP]M$/, { message: "to the minute" });
    Object.assign(server, { network: () => "well", refuse: () => "The lead is not yours any more." });
    await click(".o_outbox_retry");
    await waitFor(".o_outbox_refusal");
    expect(".o_outbox_refusal").toHaveText("The lead is not yours any more.");
    expect(".o_outbox_text").toHaveText("Wants the price list");
    expect(".o_outbox_retry").toHaveText("Send Again");
    await click(".o_outbox_discard");
    await contains(".modal .btn-secondary:contains(Keep)").click();
    expect(keys()).toHaveLength(1);
    await click(".o_outbox_discard");
    await contains(".modal .btn-danger").click();
    await animationFrame();
    expect(keys()).toEqual([]);
    expect(".o_outbox").toHaveCount(0);
});

test("who logs out is asked first, and leaves nothing on the device", async () => {
    const outbox = await start();
    await mountWithCleanup(OutboxMenu);
    const core = { id: "logout", href: "/web/session/logout", callback: () => expect.step("log out") };
    const item = logOutItem(() => core);
    expect(item(outbox.env)).toBe(core, { message: "nothing to ask" });
    server.network = () => "request lost";
    await outbox.send(followUp(7, "Called"));
    const { href, callback } = item(outbox.env);
    expect(href).toBe(undefined);
    callback();
    await contains(".modal .btn:contains(Stay)").click();
    expect(keys()).toHaveLength(1);
    expect.verifySteps([]);
    callback();
    await contains(".modal .btn:contains(Delete and Log Out)").click();
    expect(keys()).toEqual([]);
    expect.verifySteps(["log out"]);
});

test("a claim that arrived late is told, with Open and Undo", async () => {
    const outbox = await start();
    mockService("action", { doAction: (action) => expect.step(action.res_id) });
    onRpc("lead.pool.entry", "action_claim", () => [answer(1)]);
    await mountWithCleanup(OutboxMenu);
    outbox.store.put(claimLetter(1, 101));
    await outbox.flush();
    await waitFor(".o_notification:contains(Lead #101 is yours now)");
    expect(".o_notification button:contains(Undo)").toHaveCount(1);
    onRpc("lead.pool.entry", "button_open_lead", () => ({ type: "ir.actions.act_window", res_id: 101 }));
    await click(".o_notification button:contains(Open)");
    await animationFrame();
    await animationFrame();
    expect.verifySteps([101]);
});
