import { EventBus, reactive } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, RPCError, rpc } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { session } from "@web/session";
import { newRequestUid } from "../undo_claim/undo_claim";
import { KINDS } from "./letters";
import { OutboxStore } from "./outbox_store";

export const PATIENCE = 20 * 1000; // milliseconds after which a call that is not answered counts as lost
export const REST = 5 * 1000; // milliseconds before the first attempt again; doubled each time
const LONGEST_REST = 5 * 60 * 1000;
export const KEPT_BY_SERVER = 7 * 24 * 3600 * 1000; // it knows for seven days what it has answered

const isSessionEnd = (error) => error.exceptionName === "odoo.http.SessionExpiredException";

/** Nobody knows whether it was done, or it was not for want of a moment: the same letter is sent again. */
export const isLost = (error) =>
    error instanceof ConnectionLostError ||
    (error instanceof RPCError && (isSessionEnd(error) || /^psycopg2\./.test(error.exceptionName || "")));

/**
 * Letters on their way to the server. Each is kept on the device before it is sent and until it is answered; what the
 * network loses is sent again, in the order in which it was written, with the same `request_uid`, so that nothing is
 * done twice. What the server refuses stops the letters about that lead and asks.
 */
export class Outbox {
    constructor(env, store) {
        this.env = env;
        this.store = store;
        this.bus = new EventBus(); // ARRIVED: a letter that had been kept was answered
        this.state = reactive({ letters: [] });
        this.failures = 0;
        this.timer = null;
        this.inHand = new Set();
    }

    start() {
        const look = () => this.flush();
        browser.addEventListener("online", look);
        browser.addEventListener("focus", look);
        browser.addEventListener("pagehide", () => this.letGo());
        browser.addEventListener("storage", ({ key }) => this.store.owns(key) && this.refresh());
        this.refresh();
        this.flush();
    }

    /** Kept letters, without those that are just being sent for the first time. */
    get letters() {
        return this.state.letters.filter((letter) => !letter.isFirst || letter.sending < Date.now());
    }

    /** The letter of this kind about this record that is still on its way. */
    find(kind, recordId) {
        return this.letters.find((letter) => letter.kind === kind && letter.args[0][0] === recordId);
    }

    /** Whether a letter of this kind about this record is just being sent for the first time. */
    isSending(kind, recordId) {
        return this.state.letters.some(
            (letter) =>
                letter.kind === kind && letter.args[0][0] === recordId && letter.isFirst && letter.sending >= Date.now(),
        );
    }

    isOld(letter) {
        return Date.now() - letter.made > KEPT_BY_SERVER;
    }

    isAsking(letter) {
        return letter.state === "refused" || this.isOld(letter);
    }

    // doing

    /**
     * Send it now, and keep it if the network fails.
     *
     * @param {Object} letter
     * @param {(call: { isLate: () => boolean }) => Promise} [work] another way of making the same call
     * @returns {Promise<{ kept: boolean, isBehind?: boolean, answer?: any }>} `isBehind`: kept because an earlier letter
     *     about that lead was not accepted
     * @throws what the server says against it; or that it is lost, where this device cannot keep it
     */
    async send(letter, work = () => this.call(letter)) {
        const known = this.store.get(letter.id);
        const isSafe = this.store.put({
            ...letter,
            ...known,
            isFirst: !known,
            sending: Date.now() + PATIENCE,
        });
        this.inHand.add(letter.id);
        this.refresh();
        try {
            if (this.before(letter)) {
                await this.flush();
            }
            const before = this.before(letter);
            if (before) {
                this.keep(letter);
                return { kept: true, isBehind: this.isAsking(before) };
            }
            const answer = await this.inTime(work);
            this.forget(letter.id);
            return { kept: false, answer };
        } catch (error) {
            if (!isSafe || !isLost(error)) {
                this.forget(letter.id);
                throw error;
            }
            this.keep(letter);
            if (isSessionEnd(error)) {
                Promise.reject(error); // Odoo asks to log in again
            }
            return { kept: true };
        } finally {
            this.inHand.delete(letter.id);
        }
    }

    /** Send again what is kept; nothing if another tab is at it. */
    flush() {
        browser.clearTimeout(this.timer);
        if (!this.store.all().length) {
            return Promise.resolve();
        }
        this.flushing ||= this.alone(() => this.sendAll()).finally(() => {
            this.flushing = null;
            this.refresh();
            this.plan();
        });
        return this.flushing;
    }

    /** The user says so: once more what was refused, or too old to be sent without asking. */
    async retry(id) {
        const letter = this.store.get(id);
        if (letter && this.isAsking(letter)) {
            // a refusal is an answer, too: the server would give it again to the same uid
            const fresh = letter.state === "refused" ? newRequestUid() : id;
            this.store.remove(id);
            this.store.put({ ...letter, id: fresh, made: Date.now(), state: "waiting", message: "" });
            this.refresh();
        }
        await this.flush();
    }

    discard(id) {
        this.forget(id);
        this.flush();
    }

    clear() {
        this.store.all().forEach(({ id }) => this.store.remove(id));
        this.refresh();
    }

    // how

    call({ id, model, method, args, kwargs, companies }) {
        const context = { ...user.context, allowed_company_ids: companies, lead_pool_sender: user.userId };
        return rpc(
            `/web/dataset/call_kw/${model}/${method}`,
            { model, method, args, kwargs: { ...kwargs, request_uid: id, context } },
            { silent: true },
        );
    }

    async inTime(work) {
        let timer;
        let late = false;
        const tooLate = new Promise((_resolve, reject) => {
            timer = browser.setTimeout(() => {
                late = true;
                reject(new ConnectionLostError());
            }, PATIENCE);
        });
        try {
            return await Promise.race([work({ isLate: () => late }), tooLate]);
        } finally {
            browser.clearTimeout(timer);
        }
    }

    /** One tab at a time; the others find its letters gone. */
    alone(work) {
        const { locks } = browser.navigator;
        if (!locks) {
            return work(); // no secure page: the server still does nothing twice
        }
        return locks.request(this.store.prefix, { ifAvailable: true }, (lock) => lock && work());
    }

    async sendAll() {
        const stopped = new Set();
        for (const { id } of this.store.all()) {
            const letter = this.store.get(id); // as it is now: another tab may have seen to it
            if (!letter) {
                continue;
            }
            const isInHand = letter.sending > Date.now();
            if (isInHand || this.isAsking(letter) || letter.leads.some((lead) => stopped.has(lead))) {
                letter.leads.forEach((lead) => stopped.add(lead));
                continue;
            }
            this.store.put({ ...letter, isFirst: false, sending: Date.now() + PATIENCE });
            this.inHand.add(id);
            try {
                this.answered(letter, await this.inTime(() => this.call(letter)));
            } catch (error) {
                if (isLost(error)) {
                    this.store.put({ ...letter, isFirst: false, sending: 0 });
                    this.failures += 1;
                    return;
                }
                this.refused(letter, error.data?.message || error.message);
            } finally {
                this.inHand.delete(id);
            }
            if (this.store.get(id)) {
                letter.leads.forEach((lead) => stopped.add(lead));
            }
        }
        this.failures = 0;
    }

    answered(letter, answer) {
        const refusals = Array.isArray(answer)
            ? answer.filter(({ done, code }) => !done && code !== "approval_asked").map(({ message }) => message)
            : [];
        if (refusals.length) {
            this.refused(letter, [...new Set(refusals)].join(" "));
            return;
        }
        this.forget(letter.id);
        KINDS[letter.kind].arrived(this.env, letter, answer);
        this.bus.trigger("ARRIVED", { letter, answer });
    }

    refused(letter, message) {
        this.store.put({ ...letter, isFirst: false, sending: 0, state: "refused", message });
        this.refresh();
        this.env.services.notification.add(message, {
            title: _t("Not accepted: %s", KINDS[letter.kind].title(letter)),
            type: "warning",
        });
    }

    /** The letter about one of its leads that was written before, and is still here. */
    before({ id, leads }) {
        const others = this.store.all();
        const mine = others.findIndex((other) => other.id === id);
        return others.slice(0, Math.max(mine, 0)).find((other) => other.leads.some((lead) => leads.includes(lead)));
    }

    keep(letter) {
        this.store.put({ ...letter, ...this.store.get(letter.id), isFirst: false, sending: 0 });
        this.refresh();
        this.plan();
    }

    forget(id) {
        this.store.remove(id);
        this.refresh();
    }

    /** The page goes: whoever comes next need not wait until these count as lost. */
    letGo() {
        for (const id of this.inHand) {
            const letter = this.store.get(id);
            if (letter) {
                this.store.put({ ...letter, isFirst: false, sending: 0 });
            }
        }
    }

    refresh() {
        this.state.letters = this.store.all();
    }

    plan() {
        browser.clearTimeout(this.timer);
        if (this.state.letters.some((letter) => !this.isAsking(letter))) {
            const rest = Math.min(REST * 2 ** this.failures, LONGEST_REST);
            this.timer = browser.setTimeout(() => this.flush(), rest);
        }
    }
}

export const outboxService = {
    dependencies: ["action", "notification", "orm"],
    start(env) {
        const outbox = new Outbox(env, new OutboxStore(browser.localStorage, session.db, user.userId));
        outbox.start();
        return outbox;
    },
};

registry.category("services").add("lead_pool_outbox", outboxService);
