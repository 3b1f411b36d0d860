import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";

const FULL = 1; // share of a limit
const NEARLY_FULL = 0.8; // share of a limit

/** What the rep holds and may still claim, pool by pool; a click shows that pool alone. */
export class LoadMeter extends Component {
    static template = "lead_pool.LoadMeter";
    static props = {
        loads: Array, // of lead.pool.member.my_load()
        poolId: { optional: true }, // the pool shown; false: all of them
        onSelect: Function, // (pool id) => void
    };

    get gauges() {
        const { loads, poolId } = this.props;
        return loads.map((load) => ({
            ...load,
            active: Boolean(load.pool_id) && load.pool_id === poolId,
            text: this.text(load),
            share: this.share(load),
            className: this.className(load),
        }));
    }

    text(load) {
        const parts = [
            load.capacity
                ? _t("%(held)s of %(capacity)s held", { held: load.held, capacity: load.capacity })
                : _t("%(held)s held", { held: load.held }),
        ];
        if (load.paused) {
            parts.push(_t("paused"));
        } else if (load.claims_left === 1) {
            parts.push(_t("1 claim left today"));
        } else if (load.claims_left !== false) {
            parts.push(_t("%s claims left today", load.claims_left));
        }
        return parts.join(" · ");
    }

    /** Of the capacity, in percent; `false` without a limit. */
    share(load) {
        return load.capacity ? Math.min(100, Math.round((100 * load.held) / load.capacity)) : false;
    }

    className(load) {
        const share = load.capacity ? load.held / load.capacity : 0;
        if (share >= FULL || load.claims_left === 0 || load.paused) {
            return "o_load_meter_full";
        }
        return share >= NEARLY_FULL ? "o_load_meter_nearly" : "";
    }
}
