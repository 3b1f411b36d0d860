import "@crm/views/crm_form/crm_form";
import { registry } from "@web/core/registry";
import { patch } from "@web/core/utils/patch";

/** Who reads a lead that he may not change, such as a helper or marketing, sees values and no fields to write into. */
patch(registry.category("views").get("crm_form").Model.Record.prototype, {
    /** @override */
    get isInEdition() {
        return super.isInEdition && this.data?.pool_may_write !== false;
    },
});
