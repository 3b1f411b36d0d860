import { RelationalModel } from "@web/model/relational_model/relational_model";
import { orderByToString } from "@web/search/utils/order_by";

export const LAG = 5000; // milliseconds that a page may be older than the moment at which it was asked for
const LONGEST = 600000; // milliseconds that an answer may be on its way

const by = (name, asc) => [
    { name, asc },
    { name: "id", asc },
];

/** How the board sorts what a pool gives in an order of time; the best come first anyway. */
const ORDERS = { oldest: by("entered_at", true), newest: by("entered_at", false) };
const POOL_ORDERS = new Set(Object.values(ORDERS).map(orderByToString));

/** All records of a page, also those in its open groups. */
const recordsOf = ({ records = [], groups = [] }) => [...records, ...groups.flatMap(recordsOf)];

const selectedIds = (root) => (root?.selection || []).map((record) => record.resId);

/** Where nobody asked for another order, leads stand as their pool gives them: what can be claimed is on top. */
export class PoolBoardModel extends RelationalModel {
    /** A page of last time would show leads to claim that others took since. */
    static withCache = false;

    /** @override */
    setup(params, services) {
        this.isAlive = params.isAlive;
        this.goneAt = new Map(); // {entry: when this screen heard that it waits no more}
        this.onOutdated = () => {};
        this.selectedBefore = null; // entries selected when the page was asked for that is on its way
        this.isPageAskedFor = false; // and its counters are read first: other pages may come before it
        super.setup(params, services);
    }

    /** Another page is asked for: what is selected from now on is still selected when it comes. */
    rememberSelected() {
        this.selectedBefore ||= new Set(selectedIds(this.root));
    }

    /** @param {() => Promise} fetch ends in a call of `load` with the search's parameters, at once or soon after */
    async askForPage(fetch) {
        this.rememberSelected();
        this.isPageAskedFor = true;
        try {
            await fetch();
        } catch (error) {
            this.isPageAskedFor = false;
            throw error;
        }
    }

    /** @override */
    async load(params) {
        this.rememberSelected();
        if (params) {
            this.isPageAskedFor = false; // this is it
        }
        const { root } = this;
        try {
            await super.load(params);
            const since = new Set(selectedIds(root).filter((id) => !this.selectedBefore.has(id)));
            const records = since.size ? this.root.records : [];
            records.filter(({ resId }) => since.has(resId)).forEach((record) => record._toggleSelection(true));
        } finally {
            if (!this.isPageAskedFor) {
                this.selectedBefore = null;
            }
        }
    }

    /** These entries wait no more; a page that was read before, or from a replica of the database, may not know it. */
    leaveOut(entryIds) {
        entryIds.forEach((id) => this.goneAt.set(id, Date.now()));
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
        const since = Date.now() - LAG;
        return this._withoutGone(await super._loadData(config, ...others), since);
    }

    /** A page of a moment, without what has gone since; if anything is left out it is read once more. */
    _withoutGone(data, since) {
        for (const [id, at] of this.goneAt) {
            if (at < since - LONGEST) {
                this.goneAt.delete(id);
            }
        }
        const isGone = ({ id, state = "waiting" }) => state === "waiting" && this.goneAt.get(id) > since;
        const left = recordsOf(data).filter(isGone);
        if (!left.length) {
            return data;
        }
        this.onOutdated(); // groups keep it until then
        const records = data.records?.filter((record) => !isGone(record));
        return records ? { ...data, records, length: data.length - left.length } : data;
    }
}
