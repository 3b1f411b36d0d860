import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { user } from "@web/core/user";
import { newRequestUid, notifyClaimed } from "../undo_claim/undo_claim";

/**
 * A letter: one call of a verb, made once and kept until the server has answered it.
 *
 * @param {Object} call
 * @param {string} call.kind of KINDS
 * @param {number[]} call.leads numbers of the leads it is about; letters about one lead go in their order
 * @param {string} call.model
 * @param {string} call.method a verb that takes `request_uid`
 * @param {Array} call.args
 * @param {Object} [call.kwargs]
 */
export function letter(call) {
    return {
        kwargs: {},
        ...call,
        id: newRequestUid(), // the request_uid
        companies: user.context.allowed_company_ids,
        made: Date.now(),
        state: "waiting", // or "refused", with the server's message
        message: "",
        sending: 0, // until when a tab has it in hand (milliseconds)
    };
}

export const claimLetter = (entryId, leadId) =>
    letter({ kind: "claim", leads: [leadId], model: "lead.pool.entry", method: "action_claim", args: [[entryId]] });

export const pullLetter = (poolId) =>
    letter({ kind: "pull", leads: [], model: "lead.pool", method: "action_pull_next", args: [[poolId]] });

const INTENT = ["budget", "authority", "need", "timing", "decision", "reason"];

/** What the dialog of a follow-up says. */
export function followUpLetter({ data }) {
    const { lead_id: lead, type_id: type, level_id: level, next_date: date, epoch } = data;
    const values = {
        type_id: type ? type.id : false,
        level_id: level ? level.id : false,
        result: data.result || false,
        note: data.note || false,
        duration: data.duration,
        next_date: date ? serializeDate(date) : false,
        attachment_ids: data.attachment_ids.currentIds,
        intent: Object.fromEntries(INTENT.filter((name) => name in data).map((name) => [name, data[name] || false])),
    };
    return letter({
        kind: "follow_up",
        leads: [lead.id],
        model: "crm.lead",
        method: "action_follow_up",
        args: [[lead.id], values],
        kwargs: { epoch: epoch || null },
    });
}

/** What the dialog of a return says. */
export function returnLetter({ data }) {
    const { entry_ids: entries, reason_id: reason, pool_id: pool, note, epoch } = data;
    return letter({
        kind: "return",
        leads: entries.records.map((entry) => entry.data.lead_ref),
        model: "lead.pool.entry",
        method: "action_return",
        args: [[...entries.currentIds].sort((one, other) => one - other), reason.id],
        kwargs: { note: note || null, pool_id: pool ? pool.id : null, epoch: epoch || null },
    });
}

const numbers = ({ leads }) => leads.map((lead) => `#${lead}`).join(", ");

async function openClaimed(env, entryId) {
    const action = await env.services.orm.call("lead.pool.entry", "button_open_lead", [[entryId]]);
    await env.services.action.doAction(action);
}

function sayClaimed(env, leadId, entryId) {
    const message = leadId ? _t("Lead #%s is yours now.", leadId) : _t("The next lead is yours now.");
    notifyClaimed(env, { entryIds: [entryId], message, open: () => openClaimed(env, entryId) });
}

/**
 * For each kind: its title in the list, the text that its writer typed, and what is said when it arrived late,
 * while the user was at something else.
 */
export const KINDS = {
    claim: {
        title: (sent) => _t("Claim lead %s", numbers(sent)),
        text: () => "",
        arrived: (env, sent, [answer]) => sayClaimed(env, sent.leads[0], answer.id),
    },
    pull: {
        title: () => _t("Next lead"),
        text: () => "",
        arrived: (env, _sent, [answer]) => sayClaimed(env, false, answer.id),
    },
    follow_up: {
        title: (sent) => _t("Follow-up on lead %s", numbers(sent)),
        text: (sent) => sent.args[1].note || "",
        arrived: (env, sent) =>
            env.services.notification.add(_t("Sent: the follow-up on lead %s.", numbers(sent)), { type: "success" }),
    },
    return: {
        title: (sent) => _t("Return lead %s", numbers(sent)),
        text: (sent) => sent.kwargs.note || "",
        arrived: (env, sent) =>
            env.services.notification.add(_t("Sent: the return of lead %s.", numbers(sent)), { type: "success" }),
    },
};
