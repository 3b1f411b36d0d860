import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { RelationalModel } from "@web/model/relational_model/relational_model";

defineMailModels();

/** How a first load of this model is asked for: undefined, if the server alone is believed. */
function cacheOf(resModel) {
    const model = Object.create(RelationalModel.prototype);
    Object.assign(model, { withCache: true, isReady: false });
    return model._getCacheParams({ resModel, isMonoRecord: true, resId: 1 }, Promise.resolve({}));
}

test("what the browser kept of a lead, of its pool entry or of its activities is not shown", () => {
    for (const resModel of ["crm.lead", "lead.pool.entry", "lead.follow.up", "mail.activity", "crm.activity.report"]) {
        expect(cacheOf(resModel)).toBe(undefined, { message: resModel });
    }
});

test("all other records are as quick as Odoo makes them", () => {
    for (const resModel of ["res.partner", "sale.order", "crm.lead.lost", "leadership"]) {
        expect(cacheOf(resModel)?.type).toBe("disk", { message: resModel });
    }
});
