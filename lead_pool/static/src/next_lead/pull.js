import { _t } from "@web/core/l10n/translation";
import { notifyClaimed } from "../undo_claim/undo_claim";

/**
 * Pools in which leads are to be had in an order.
 *
 * @param {Object[]} loads lead.pool.member.my_load()
 */
export const orderedPools = (loads) =>
    loads.filter(({ pool_id: id, claim_order: order }) => id && order && order !== "free");

/** Says whose a pulled lead is now, and opens it. */
export async function openPulled(env, entryId, canUndo) {
    const action = await env.services.orm.call("lead.pool.entry", "button_open_lead", [[entryId]]);
    const message = _t("Lead #%s is yours now.", action.res_id);
    notifyClaimed(env, { entryIds: [entryId], message, canUndo });
    await env.services.action.doAction(action);
}
