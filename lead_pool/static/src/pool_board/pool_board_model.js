import { RelationalModel } from "@web/model/relational_model/relational_model";
import { orderByToString } from "@web/search/utils/order_by";

const by = (name, asc) => [
    { name, asc },
    { name: "id", asc },
];

/** How the board sorts what a pool gives in an order of time; the best come first anyway. */
const ORDERS = { oldest: by("entered_at", true), newest: by("entered_at", false) };
const POOL_ORDERS = new Set(Object.values(ORDERS).map(orderByToString));

/** Where nobody asked for another order, leads stand as their pool gives them: what can be claimed is on top. */
export class PoolBoardModel extends RelationalModel {
    /** A page of last time would show leads to claim that others took since. */
    static withCache = false;

    /** @override */
    setup(params, services) {
        this.isAlive = params.isAlive;
        this.reading = new Set(); // of each page on its way: the entries that went meanwhile
        this.onOutdated = () => {};
        super.setup(params, services);
    }

    /** These entries wait no more; a page that is being read just now may not know it yet. */
    leaveOut(entryIds) {
        for (const gone of this.reading) {
            entryIds.forEach((id) => gone.add(id));
        }
    }

    /** What the user holds and may claim: as fetched last. */
    knownLoads() {
        this.loads ||= this.env.services.orm.silent.call("lead.pool.member", "my_load", []);
        return this.loads;
    }

    fetchLoads() {
        this.loads = null;
        return this.knownLoads();
    }

    /** The pool shown; false: all of them. */
    get poolId() {
        const [section] = this.env.searchModel.getSections((section) => section.fieldName === "pool_id");
        return section?.activeValueId || false;
    }

    async poolOrder() {
        const loads = (await this.knownLoads()).filter(({ pool_id: id }) => id && (!this.poolId || id === this.poolId));
        const orders = new Set(loads.map((load) => load.claim_order));
        return (orders.size === 1 && ORDERS[[...orders][0]]) || [];
    }

    /** @override */
    async _loadData(config, ...others) {
        const asked = orderByToString(config.orderBy || []);
        if (!config.isMonoRecord && (!asked || POOL_ORDERS.has(asked))) {
            config.orderBy = config.groupBy.length ? [] : await this.poolOrder();
        }
        if (!this.isAlive()) {
            return new Promise(() => {}); // the user has left the board meanwhile
        }
        const gone = new Set();
        this.reading.add(gone);
        try {
            const data = await super._loadData(config, ...others);
            return gone.size ? this._withoutGone(data, gone) : data;
        } finally {
            this.reading.delete(gone);
        }
    }

    _withoutGone(data, gone) {
        this.onOutdated();
        if (!data.records) {
            return data; // groups: put right by reading again
        }
        const records = data.records.filter(({ id }) => !gone.has(id));
        return { ...data, records, length: data.length - (data.records.length - records.length) };
    }
}
