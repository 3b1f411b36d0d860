import { useEffect } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { session } from "@web/session";
import { CogMenu } from "@web/search/cog_menu/cog_menu";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";
import { ScanCardButton } from "../card_scan/scan_card_button";
import { LeadKanbanRenderer } from "../empty_search/empty_search";
import { FirstSteps } from "../first_steps/first_steps";
import { LoadMeter } from "../load_meter/load_meter";
import { NextLead } from "../next_lead/next_lead";
import { PhoneListRenderer } from "../phone/phone_list_renderer";
import { StartHints } from "../start_hints/start_hints";
import { usePoolBoard } from "./pool_board";
import { PoolBoardModel } from "./pool_board_model";

/** On a phone it holds what can be done with the selected leads; Odoo leaves it out where nothing else is in it. */
class PoolBoardCogMenu extends CogMenu {
    static props = { ...CogMenu.props, hasSelectedRecords: { type: [Boolean, Number], optional: true } };

    /** @override */
    get hasItems() {
        return super.hasItems || Boolean(this.props.hasSelectedRecords);
    }
}

export class PoolBoardKanbanController extends KanbanController {
    static template = "lead_pool.PoolBoardKanban";
    static components = { ...KanbanController.components, CogMenu: PoolBoardCogMenu, LoadMeter, NextLead, ScanCardButton, StartHints, FirstSteps };

    setup() {
        super.setup();
        this.board = usePoolBoard();
        this.isNew = Boolean(session.lead_pool?.first_steps);
        useEffect(
            () => this.board.resume(),
            () => [this.model.root.selection?.length],
        );
    }

    openRecord(record) {
        return this.board.open(record);
    }
}

export class PoolBoardListController extends ListController {
    static template = "lead_pool.PoolBoardList";
    static components = { ...ListController.components, CogMenu: PoolBoardCogMenu, LoadMeter, NextLead, ScanCardButton, StartHints, FirstSteps };

    setup() {
        super.setup();
        this.board = usePoolBoard();
        this.isNew = Boolean(session.lead_pool?.first_steps);
        useEffect(
            () => this.board.resume(),
            () => [this.model.root.selection?.length],
        );
    }

    openRecord(record) {
        return this.board.open(record);
    }
}

/** Where a lead is from and what it asks for, and the button: the rest is on its card. */
class PoolBoardListRenderer extends PhoneListRenderer {
    static onPhone = ["city", "product_interest_ids"];
    static hasButtonsOnPhone = true;
}

registry.category("views").add("pool_board", {
    ...kanbanView,
    Controller: PoolBoardKanbanController,
    Model: PoolBoardModel,
    Renderer: LeadKanbanRenderer,
});
registry.category("views").add("pool_board_list", {
    ...listView,
    Controller: PoolBoardListController,
    Model: PoolBoardModel,
    Renderer: PoolBoardListRenderer,
});
