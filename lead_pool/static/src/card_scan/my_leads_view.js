import { registry } from "@web/core/registry";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { LeadKanbanRenderer, LeadListRenderer } from "../empty_search/empty_search";
import { StartHints } from "../start_hints/start_hints";
import { ScanCardButton } from "./scan_card_button";

class MyLeadsKanbanController extends KanbanController {
    static template = "lead_pool.MyLeadsKanban";
    static components = { ...KanbanController.components, ScanCardButton, StartHints };
}

class MyLeadsListController extends ListController {
    static template = "lead_pool.MyLeadsList";
    static components = { ...ListController.components, ScanCardButton, StartHints };
}

registry.category("views").add("my_leads", { ...kanbanView, Controller: MyLeadsKanbanController, Renderer: LeadKanbanRenderer });
registry.category("views").add("my_leads_list", { ...listView, Controller: MyLeadsListController, Renderer: LeadListRenderer });
