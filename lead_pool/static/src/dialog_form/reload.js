import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";

const AT_MOST = 10000; // milliseconds

/**
 * Odoo's soft reload leaves the dialog of a verb open, as if nothing had happened, until the page below has been read.
 * Here it is closed at once, and until then nothing is selected below: it would not be on the page that comes.
 */
registry.category("actions").add("lead_pool_reload", async ({ bus, services }) => {
    const { action, dialog, ui } = services;
    dialog.closeAll({ noReload: true });
    // another action may come instead; then the first one never ends
    const isShown = new Promise((resolve) => {
        bus.addEventListener("ACTION_MANAGER:UI-UPDATED", resolve, { once: true });
        browser.setTimeout(resolve, AT_MOST);
    });
    ui.block({ delay: 500 });
    try {
        await Promise.race([action.doAction({ type: "ir.actions.client", tag: "soft_reload" }), isShown]);
    } finally {
        ui.unblock();
    }
});
