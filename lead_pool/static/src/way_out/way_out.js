import { registry } from "@web/core/registry";

/**
 * Leaves a record that is out of sight now for one of our screens, as if its menu had been chosen. An action that is sent
 * whole would show the text of its empty screen as markup.
 */
registry.category("actions").add("lead_pool_way_out", async (env, { params }) => {
    await env.services.action.doAction(params.xml_id, { clearBreadcrumbs: true });
});
