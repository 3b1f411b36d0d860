import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { pullLetter } from "../outbox/letters";
import { isLost } from "../outbox/outbox_service";
import { openPulled, orderedPools } from "./pull";

/**
 * Asks an ordered pool for the lead that is next, and opens it. The server's refusal is shown beside the button.
 *
 * Without a network the request is kept in the outbox; a press meanwhile sends the same one again, so that none is
 * answered with two leads.
 */
export class NextLead extends Component {
    static template = "lead_pool.NextLead";
    static components = { Dropdown, DropdownItem };
    static props = {
        loads: Array, // of lead.pool.member.my_load()
        poolId: { optional: true }, // the pool shown; false: all of them
        board: Object,
    };

    setup() {
        this.outbox = this.env.services.lead_pool_outbox; // not useService: the answer may come when the board is closed
        this.sent = useState(this.outbox.state);
        this.state = useState({ busy: false, refusal: "", refusedPool: false });
    }

    /** Pools in which leads are to be had in an order, out of those shown. */
    get pools() {
        const { loads, poolId } = this.props;
        return orderedPools(loads).filter(({ pool_id: id }) => !poolId || id === poolId);
    }

    /** In which order the one pool shown gives its leads. */
    get orderText() {
        const texts = {
            oldest: _t("The oldest lead comes first"),
            newest: _t("The newest lead comes first"),
            score: _t("The best lead comes first"),
            pull: _t("The pool picks the best lead for you"),
        };
        return this.pools.length === 1 && !this.refusal ? texts[this.pools[0].claim_order] : "";
    }

    /** The request for this pool that waits for the network. */
    kept(poolId) {
        this.sent.letters; // read, so that a change shows
        return this.outbox.find("pull", poolId);
    }

    get refusal() {
        const kept = this.pools.map((pool) => this.kept(pool.pool_id)).find(Boolean);
        if (kept) {
            return kept.message || _t("No connection. Your request is sent when you are online again.");
        }
        return this.pools.some((pool) => pool.pool_id === this.state.refusedPool) ? this.state.refusal : "";
    }

    async pull(poolId) {
        if (this.state.busy) {
            return;
        }
        const before = this.kept(poolId);
        if (before?.state === "refused") {
            this.outbox.discard(before.id); // asked anew
        }
        const letter = before?.state === "waiting" ? before : pullLetter(poolId);
        Object.assign(this.state, { busy: true, refusal: "", refusedPool: poolId });
        let sent;
        try {
            sent = await this.outbox.send(letter);
        } catch (error) {
            this.state.refusal = isLost(error) ? _t("No connection. Try again.") : error.data?.message || error.message;
            return;
        } finally {
            this.state.busy = false;
        }
        if (sent.kept) {
            return;
        }
        const [answer] = sent.answer;
        if (answer.done) {
            await this.gotLead(answer.id, poolId);
        } else {
            this.state.refusal = answer.message;
            this.props.board.onRefused(answer);
        }
    }

    async gotLead(entryId, poolId) {
        const canUndo = this.props.board.canUndo(poolId);
        this.props.board.onClaimed(entryId);
        await openPulled(this.env, entryId, canUndo);
    }
}
