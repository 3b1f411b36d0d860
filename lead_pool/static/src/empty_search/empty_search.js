import { ActionHelper } from "@web/views/action_helper";
import { KanbanRenderer } from "@web/views/kanban/kanban_renderer";
import { ListRenderer } from "@web/views/list/list_renderer";

/** Filters that a screen of ours sets by itself: without a lead behind them there is none. */
const OURS = ["waiting"];

/**
 * What an empty screen says: what it is for, or, where the user searches or filters, that nothing matches. The server,
 * which writes the help of the screen, does not know of it.
 */
export class EmptySearchHelper extends ActionHelper {
    static template = "lead_pool.EmptySearchHelper";

    /** Groups of the search bar that leave leads out. */
    get narrowing() {
        const { query, searchItems } = this.env.searchModel;
        const items = query.map(({ searchItemId }) => searchItems[searchItemId]);
        return new Set(
            items
                .filter(({ type, name }) => !["groupBy", "dateGroupBy"].includes(type) && !OURS.includes(name))
                .map(({ groupId }) => groupId),
        );
    }

    /** Filters ticked beside the cards. */
    get ticked() {
        return this.env.searchModel.getSections(
            ({ type, values }) => type === "filter" && [...values.values()].some(({ checked }) => checked),
        );
    }

    get isSearch() {
        return Boolean(this.narrowing.size || this.ticked.length);
    }

    showAll() {
        const { searchModel } = this.env;
        const { narrowing, ticked } = this;
        searchModel.blockNotification = true;
        narrowing.forEach((groupId) => searchModel.deactivateGroup(groupId));
        searchModel.blockNotification = false;
        searchModel.clearSections(ticked.map(({ id }) => id));
    }
}

export class LeadKanbanRenderer extends KanbanRenderer {
    static components = { ...KanbanRenderer.components, ActionHelper: EmptySearchHelper };
}

export class LeadListRenderer extends ListRenderer {
    static components = { ...ListRenderer.components, ActionHelper: EmptySearchHelper };
}
