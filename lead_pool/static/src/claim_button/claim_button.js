import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { claimLetter } from "../outbox/letters";
import { isLost } from "../outbox/outbox_service";
import { notifyClaimed } from "../undo_claim/undo_claim";

/**
 * Claims the waiting lead of a card. The server's refusal is shown right under the button.
 *
 * Without a network the claim is kept in the outbox; a click meanwhile sends the same one again, so that it is not made
 * twice.
 */
export class ClaimButton extends Component {
    static template = "lead_pool.ClaimButton";
    static props = { ...standardWidgetProps, hotkey: { type: String, optional: true } };

    setup() {
        // not useService: the card may leave the board before the answer comes, and Open is clicked after that
        this.orm = this.env.services.orm;
        this.action = useService("action");
        this.outbox = this.env.services.lead_pool_outbox;
        this.sent = useState(this.outbox.state);
        this.state = useState({ busy: false, refusal: "", retry: false });
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

    /** This claim, if it waits for the network. */
    get kept() {
        this.sent.letters; // read, so that a change shows
        return this.outbox.find("claim", this.props.record.resId);
    }

    get refusal() {
        if (this.kept) {
            return this.kept.message || _t("No connection. Your claim is sent when you are online again.");
        }
        return this.state.refusal || (this.data.can_claim ? "" : this.data.claim_refusal) || "";
    }

    get isDisabled() {
        return this.state.busy || (Boolean(this.refusal) && !this.state.retry && !this.kept);
    }

    async claim() {
        const { resId } = this.props.record;
        const before = this.kept;
        if (before?.state === "refused") {
            this.outbox.discard(before.id); // asked anew
        }
        const letter = before?.state === "waiting" ? before : claimLetter(resId, this.data.lead_ref);
        Object.assign(this.state, { busy: true, refusal: "", retry: false });
        let sent;
        try {
            sent = await this.outbox.send(letter);
        } catch (error) {
            this.refused(error);
            return;
        } finally {
            this.state.busy = false;
        }
        if (sent.kept) {
            return;
        }
        const [answer] = sent.answer;
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
        this.state.refusal = isLost(error) ? _t("No connection. Try again.") : error.data?.message || error.message;
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
