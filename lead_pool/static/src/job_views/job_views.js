import { onWillDestroy, useComponent } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";
import { KanbanController } from "@web/views/kanban/kanban_controller";
import { kanbanView } from "@web/views/kanban/kanban_view";
import { ListController } from "@web/views/list/list_controller";
import { listView } from "@web/views/list/list_view";

/** Reads the page again when the server has done a batch of one of the user's jobs, unless it is being filled in. */
function useJobNews() {
    const { model } = useComponent();
    const bus = useService("bus_service");
    const onNews = () => {
        const { root } = model; // not there while the page is read for the first time
        return !root || root.isNew || root.dirty || model.load();
    };
    bus.subscribe("lead_pool/job", onNews);
    onWillDestroy(() => bus.unsubscribe("lead_pool/job", onNews));
}

const live = (view, Base) => ({
    ...view,
    Controller: class extends Base {
        setup() {
            super.setup();
            useJobNews();
        }
    },
});

registry.category("views").add("job_list", live(listView, ListController));
registry.category("views").add("job_kanban", live(kanbanView, KanbanController));
registry.category("views").add("job_form", live(formView, FormController));
registry.category("views").add("import_form", live(formView, FormController));
