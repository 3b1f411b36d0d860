import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";

export const UNDO = 30000; // milliseconds in which a claim can be undone

/** A uid for a call that must not be made twice. */
export const newRequestUid = () =>
    crypto.randomUUID?.() || `${Date.now()}-${Math.random().toString(36).slice(2)}`;

let closeLast = () => {};

/**
 * Says that leads are claimed, and offers to undo that while it is possible.
 *
 * @param {Object} env
 * @param {Object} options
 * @param {number[]} options.entryIds of lead.pool.entry
 * @param {string} options.message
 * @param {string} [options.type] of the notification
 * @param {boolean} [options.canUndo] false: the undo of the day is used
 * @param {() => Promise} [options.open] offers to open what was claimed
 */
export function notifyClaimed(env, { entryIds, message, type = "success", canUndo = true, open }) {
    closeLast(); // one at a time: on a phone it covers the screen
    const button = (name, work, primary = false) => ({
        name,
        primary,
        onClick: () => {
            close();
            return work();
        },
    });
    const buttons = canUndo ? [button(_t("Undo"), () => undoClaim(env, entryIds))] : [];
    if (open) {
        buttons.unshift(button(_t("Open"), open, true));
    }
    const options = canUndo ? { autocloseDelay: UNDO } : {};
    const close = env.services.notification.add(message, { type, buttons, ...options });
    closeLast = close;
}

async function undoClaim(env, entryIds) {
    const { action, notification, orm } = env.services;
    const kwargs = { request_uid: newRequestUid() };
    const answers = await orm.call("lead.pool.entry", "action_undo_claim", [entryIds], kwargs);
    const refusals = new Set(answers.map((answer) => answer.message).filter(Boolean));
    if (answers.some((answer) => answer.done)) {
        notification.add(_t("Undone. It is as if you had not claimed."), { type: "info" });
    }
    refusals.forEach((refusal) => notification.add(refusal, { type: "warning" }));
    if (refusals.size) {
        return;
    }
    const shown = action.currentController?.props;
    if (shown?.resModel === "crm.lead" && shown.type === "form") {
        // it may no longer be read
        await action.doAction("lead_pool.lead_pool_entry_action_board", { clearBreadcrumbs: true });
    } else {
        await action.doAction("soft_reload");
    }
}

/** After a button of a view has claimed: says so, then goes on with the next action. */
registry.category("actions").add("lead_pool_claimed", (env, { params }) => {
    const { entry_ids: entryIds, message, type, can_undo: canUndo } = params;
    notifyClaimed(env, { entryIds, message, type, canUndo });
    return params.next;
});
