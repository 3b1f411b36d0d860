import { Component, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { newRequestUid } from "../undo_claim/undo_claim";
import { openPulled, orderedPools } from "./pull";

/**
 * Asks an ordered pool for the lead that is next, and opens it. The server's refusal is shown beside the button.
 *
 * After a lost connection the next press repeats the same request, so that none is answered with two leads.
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
        this.orm = this.env.services.orm; // not useService: the answer may come when the board is closed
        this.state = useState({ busy: false, refusal: "", refusedPool: false });
        this.requestUid = null;
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

    get refusal() {
        return this.pools.some((pool) => pool.pool_id === this.state.refusedPool) ? this.state.refusal : "";
    }

    async pull(poolId) {
        if (this.state.busy) {
            return;
        }
        if (this.requestPool !== poolId) {
            this.requestUid = null;
        }
        this.requestPool = poolId;
        this.requestUid ||= newRequestUid();
        Object.assign(this.state, { busy: true, refusal: "", refusedPool: poolId });
        let answer;
        try {
            const kwargs = { request_uid: this.requestUid };
            [answer] = await this.orm.silent.call("lead.pool", "action_pull_next", [[poolId]], kwargs);
            this.requestUid = null;
        } catch (error) {
            this.failed(error);
            return;
        } finally {
            this.state.busy = false;
        }
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

    failed(error) {
        if (error instanceof ConnectionLostError) {
            this.state.refusal = _t("No connection. Try again.");
            return;
        }
        this.requestUid = null;
        this.state.refusal = error.data?.message || error.message;
    }
}
