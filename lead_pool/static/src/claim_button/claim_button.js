import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { newRequestUid, notifyClaimed } from "../undo_claim/undo_claim";

/**
 * Claims the waiting lead of a card. The server's refusal is shown right under the button.
 *
 * Each click has a request uid of its own; after a lost connection the next click repeats the same one, so that
 * a claim whose answer never arrived is not made twice.
 */
export class ClaimButton extends Component {
    static template = "lead_pool.ClaimButton";
    static props = { ...standardWidgetProps };

    setup() {
        // not useService: the card may leave the board before the answer comes, and Open is clicked after that
        this.orm = this.env.services.orm;
        this.action = useService("action");
        this.state = useState({ busy: false, refusal: "", retry: false });
        this.requestUid = null;
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.props.record.resId || next.record !== this.props.record) {
                Object.assign(this.state, { refusal: "", retry: false });
            }
        });
    }

    get data() {
        return this.props.record.data;
    }

    /**
     * Only who is a member of the pool can claim; an admin who is none gives leads out. Where the pool picks, no card
     * can be claimed at all.
     */
    get isOffered() {
        const pools = this.env.poolBoard?.state.memberPools;
        const { claim_order: order, state } = this.data;
        return state === "waiting" && order !== "pull" && (!pools || !this.data.pool_id || pools.has(this.data.pool_id.id));
    }

    /** Others come first: said in few words, the whole sentence on hovering. */
    get isLater() {
        return !this.state.refusal && this.data.claim_refusal_code === "out_of_order";
    }

    get refusal() {
        return this.state.refusal || (this.data.can_claim ? "" : this.data.claim_refusal) || "";
    }

    get isDisabled() {
        return this.state.busy || (Boolean(this.refusal) && !this.state.retry);
    }

    async claim() {
        this.requestUid ||= newRequestUid();
        Object.assign(this.state, { busy: true, refusal: "", retry: false });
        const { resId } = this.props.record;
        let answer;
        try {
            const kwargs = { request_uid: this.requestUid };
            [answer] = await this.orm.silent.call("lead.pool.entry", "action_claim", [[resId]], kwargs);
            this.requestUid = null;
        } catch (error) {
            this.refused(error);
            return;
        } finally {
            this.state.busy = false;
        }
        if (answer.done) {
            this.claimed(resId);
        } else {
            this.state.refusal = answer.message;
            this.env.poolBoard?.onRefused(answer);
        }
    }

    claimed(resId) {
        notifyClaimed(this.env, {
            entryIds: [resId],
            message: _t("Lead #%s is yours now.", this.data.lead_ref),
            canUndo: this.env.poolBoard?.canUndo(this.data.pool_id?.id),
            open: async () => {
                this.action.doAction(await this.orm.call("lead.pool.entry", "button_open_lead", [[resId]]));
            },
        });
        if (this.env.poolBoard) {
            this.env.poolBoard.onClaimed(resId);
        } else {
            this.props.record.load();
        }
    }

    refused(error) {
        if (error instanceof ConnectionLostError) {
            this.state.refusal = _t("No connection. Try again.");
            this.state.retry = true;
            return;
        }
        this.requestUid = null;
        this.state.refusal = error.data?.message || error.message;
        this.state.retry = true;
    }
}

registry.category("view_widgets").add("claim_button", {
    component: ClaimButton,
    fieldDependencies: [
        { name: "state", type: "selection", selection: [], readonly: true },
        { name: "can_claim", type: "boolean", readonly: true },
        { name: "claim_refusal", type: "char", readonly: true },
        { name: "claim_refusal_code", type: "char", readonly: true },
        { name: "claim_order", type: "selection", selection: [], readonly: true },
        { name: "lead_ref", type: "integer", readonly: true },
        { name: "pool_id", type: "many2one", relation: "lead.pool", readonly: true },
    ],
});
