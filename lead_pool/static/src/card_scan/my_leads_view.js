import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { LeadKanbanRenderer, LeadListRenderer } from "../empty_search/empty_search";
import { useArrivals } from "../outbox/arrivals";
import { StartHints } from "../start_hints/start_hints";
import { ScanCardButton } from "./scan_card_button";

/** A lead that was claimed, followed up or returned without a network: the list is read again, unless it is worked with. */
function useFreshList(controller) {
    useArrivals(async () => {
        const { root } = controller.model;
        if (!root.selection?.length && !root.editedRecord) {
            await controller.model.load();
        }
    });
}

class MyLeadsKanbanController extends KanbanController {
    static template = "lead_pool.MyLeadsKanban";
    static components = { ...KanbanController.components, ScanCardButton, StartHints };

    setup() {
        super.setup();
        useFreshList(this);
    }
}

class MyLeadsListController extends ListController {
    static template = "lead_pool.MyLeadsList";
    static components = { ...ListController.components, ScanCardButton, StartHints };

    setup() {
        super.setup();
        useFreshList(this);
    }
}

/**
 * On a phone it does not scroll sideways: columns stand there that the user chose himself; and buttons are on the page of
 * the lead, which is one tap away.
 */
class MyLeadsListRenderer extends LeadListRenderer {
    /** @override */
    computeOptionalActiveFields() {
        const active = super.computeOptionalActiveFields();
        const isChosen = browser.localStorage.getItem(this.keyOptionalFields) !== null;
        return !this.env.isSmall || isChosen ? active : Object.fromEntries(Object.keys(active).map((name) => [name, false]));
    }

    /** @override */
    getActiveColumns() {
        const columns = super.getActiveColumns();
        return this.env.isSmall ? columns.filter(({ type }) => type !== "button_group") : columns;
    }
}

registry.category("views").add("my_leads", { ...kanbanView, Controller: MyLeadsKanbanController, Renderer: LeadKanbanRenderer });
registry.category("views").add("my_leads_list", { ...listView, Controller: MyLeadsListController, Renderer: MyLeadsListRenderer });
