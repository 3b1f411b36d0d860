import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { ScanCardButton } from "../card_scan/scan_card_button";
import { LeadKanbanRenderer } from "../empty_search/empty_search";
import { useArrivals } from "../outbox/arrivals";
import { PhoneListRenderer } from "../phone/phone_list_renderer";
import { StartHints } from "../start_hints/start_hints";

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

registry.category("views").add("my_leads", { ...kanbanView, Controller: MyLeadsKanbanController, Renderer: LeadKanbanRenderer });
registry.category("views").add("my_leads_list", { ...listView, Controller: MyLeadsListController, Renderer: PhoneListRenderer });
