import { registry } from "@web/core/registry";

/** Odoo's soft reload leaves the dialog of a verb open, as if nothing had happened, until the page below has been read. */
registry.category("actions").add("lead_pool_reload", ({ services }) => {
    services.dialog.closeAll({ noReload: true });
    return { type: "ir.actions.client", tag: "soft_reload" };
});
