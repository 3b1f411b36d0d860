import { patch } from "@web/core/utils/patch";
import { RelationalModel } from "@web/model/relational_model/relational_model";

const OF_LEADS = /^(crm\.lead|crm\.activity\.report|mail\.activity|lead\..*)$/;

/**
 * Odoo shows what the browser kept of a record while it asks the server, and leaves it there when the server refuses:
 * of a lead that went to somebody else the former holder would see all of it again. Leads are always asked for.
 */
patch(RelationalModel.prototype, {
    _getCacheParams(config) {
        return OF_LEADS.test(config.resModel) ? undefined : super._getCacheParams(...arguments);
    },
});
