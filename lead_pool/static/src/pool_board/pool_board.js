import { onWillDestroy, onWillStart, reactive, useComponent, useState, useSubEnv } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { user } from "@web/core/user";
import { sortBy } from "@web/core/utils/arrays";
import { useService } from "@web/core/utils/hooks";
import { orderedPools } from "../next_lead/pull";
import { useArrivals } from "../outbox/arrivals";
import { PoolCardDialog } from "./pool_card_dialog";

export const WINDOW = 400; // milliseconds in which arrivals are gathered
export const REST = 2000; // milliseconds at least between two reloads
export const MANY = 500; // a bus message names at most so many entries

/**
 * Keeps an open board true: leads that others took disappear at once, without asking the server; leads that came
 * are fetched, gathered and at most once in two seconds, and not while the user has cards selected.
 */
export class PoolBoard {
    /**
     * @param {Object} options
     * @param {Object} options.model relational model of the view
     * @param {() => Promise} options.reload fetches the page again
     * @param {() => Promise<Object[]>} options.fetchLoads lead.pool.member.my_load()
     * @param {() => number|false} options.getPoolId the pool shown; false: all of them
     * @param {() => Map<number, number>} [options.getCounts] how many entries the search finds in each pool, as far as known
     */
    constructor({ model, reload, fetchLoads, getPoolId, getCounts = () => new Map() }) {
        Object.assign(this, { model, fetchLoads, getPoolId, getCounts });
        this.fetchPage = reload;
        this.state = reactive({ loads: [], memberPools: null, arrived: 0 });
        this.lastReload = 0;
        this.timer = null;
        this.isHidden = () => document.visibilityState === "hidden";
    }

    // what happened elsewhere

    onChanged({ pool, gone, come }) {
        this.remove(gone || []);
        const shown = this.getPoolId();
        if ((come || gone?.length >= MANY) && (!shown || shown === pool)) {
            this.state.arrived += come || 0;
            this.requestReload();
        }
    }

    // what happened here

    onClaimed(entryId) {
        this.remove([entryId]);
        this.refreshLoads();
        this.requestReload(); // what may be claimed now is another question
    }

    onRefused() {
        this.refreshLoads();
    }

    // doing

    remove(entryIds) {
        this.model.leaveOut(entryIds);
        const gone = new Set(entryIds);
        const { root } = this.model;
        const records = (root?.records || []).filter((record) => gone.has(record.resId));
        if (!records.length) {
            return;
        }
        root._removeRecords(records.map((record) => record.id));
        this.model.notify();
        if (!root.isGrouped && !root.records.length && root.count) {
            this.requestReload(); // an empty page, but there are more
        }
    }

    get isPostponed() {
        return Boolean(this.model.root?.selection?.length) || this.isHidden();
    }

    requestReload() {
        if (this.timer !== null) {
            return;
        }
        const wait = Math.max(WINDOW, this.lastReload + REST - Date.now());
        this.timer = browser.setTimeout(async () => {
            this.timer = null;
            if (this.isPostponed) {
                this.waiting = true;
            } else {
                await this.reload();
            }
        }, wait);
    }

    /** The user let go of his selection, or came back to this tab. */
    resume() {
        if (this.waiting && !this.isPostponed) {
            this.requestReload();
        }
    }

    async reload() {
        this.lastReload = Date.now();
        this.waiting = false;
        this.state.arrived = 0;
        await Promise.all([this.model.askForPage(this.fetchPage), this.refreshLoads()]);
    }

    /** Whether the user's undo of the day is left for leads of this pool. */
    canUndo(poolId) {
        return this.state.loads.find((load) => load.pool_id === poolId)?.can_undo !== false;
    }

    /** Whether a pool that is shown gives its leads in an order, or picks them. */
    get givesNext() {
        const shown = this.getPoolId();
        return orderedPools(this.state.loads).some(({ pool_id: id }) => !shown || id === shown);
    }

    async refreshLoads() {
        this.showLoads(await this.fetchLoads());
    }

    /** First the pools in which there is something: where the user holds leads, or the search finds any. */
    showLoads(loads) {
        const counts = this.getCounts();
        const isQuiet = ({ pool_id: id, held }) => !id || !(held || counts.get(id));
        this.state.loads = sortBy(loads, (load) => Number(isQuiet(load)) + Number(!load.pool_id));
        this.state.memberPools = new Set(loads.map((load) => load.pool_id).filter(Boolean));
    }

    destroy() {
        browser.clearTimeout(this.timer);
    }
}

/** What the board's kanban and its list have in common; to be called at the end of their `setup`. */
export function usePoolBoard() {
    const controller = useComponent();
    const { env, model } = controller;
    const { orm, lead_pool_outbox: outbox } = env.services; // not useService: an answer may come when the board is closed
    const bus = useService("bus_service");
    const action = useService("action");
    const dialog = useService("dialog");
    const { searchModel } = env;

    const poolSection = () => searchModel.getSections((section) => section.fieldName === "pool_id")[0];
    const board = new PoolBoard({
        model,
        getPoolId: () => model.poolId,
        getCounts: () => new Map([...(poolSection()?.values || [])].map(([id, pool]) => [id, pool.__count])),
        fetchLoads: () => model.fetchLoads(),
        reload: async () => {
            if (model.root.offset) {
                await model.load({}); // stays on its page
            } else {
                await searchModel._reloadSections(); // the counters
                searchModel.search();
            }
        },
    });
    board.state = useState(board.state);
    model.onOutdated = () => board.requestReload();
    board.selectPool = (poolId) => {
        const section = poolSection();
        if (section) {
            searchModel.toggleCategoryValue(section.id, poolId);
        }
    };
    board.open = async (record) => {
        if (record.data.can_open) {
            action.doAction(await orm.call("lead.pool.entry", "button_open_lead", [[record.resId]]));
            return;
        }
        const isTaken = () => outbox.isSending("claim", record.resId) || model.goneAt.has(record.resId);
        if (isTaken()) {
            return; // its card would offer the claim that is on its way
        }
        const [answer] = await orm.call("lead.pool.entry", "action_open_card", [[record.resId]]);
        if (!isTaken()) {
            dialog.add(PoolCardDialog, { answer, record, board });
        }
    };
    useSubEnv({ poolBoard: board });

    const onChanged = (payload) => board.onChanged(payload);
    const onReconnect = () => board.requestReload();
    const onVisible = () => board.resume();
    useArrivals(({ letter, answer }) => {
        if (["claim", "pull"].includes(letter.kind)) {
            board.onClaimed(answer[0].id);
        }
    });
    bus.subscribe("lead_pool/changed", onChanged);
    bus.addEventListener("BUS:RECONNECT", onReconnect);
    document.addEventListener("visibilitychange", onVisible);
    onWillStart(async () => {
        const [loads, isMarketing] = await Promise.all([
            model.knownLoads(),
            user.hasGroup("lead_pool.group_marketing"),
        ]);
        board.isMarketing = isMarketing; // who puts leads into pools
        board.showLoads(loads);
        searchModel.sectionsPromise?.then(() => board.showLoads(board.state.loads)); // the board does not wait for them
    });
    onWillDestroy(() => {
        bus.unsubscribe("lead_pool/changed", onChanged);
        bus.removeEventListener("BUS:RECONNECT", onReconnect);
        document.removeEventListener("visibilitychange", onVisible);
        model.onOutdated = () => {};
        board.destroy();
    });
    return board;
}
