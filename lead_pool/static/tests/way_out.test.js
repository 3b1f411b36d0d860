import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import "@lead_pool/way_out/way_out";
import { mockService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { MainComponentsContainer } from "@web/core/main_components_container";
import { registry } from "@web/core/registry";

defineMailModels();

test("a record that is out of sight is left for a screen of ours, opened by its name, with no way back", async () => {
    mockService("action", { doAction: (action, options) => expect.step([action, options]) });
    const { env } = await mountWithCleanup(MainComponentsContainer);
    const wayOut = registry.category("actions").get("lead_pool_way_out");
    expect(await wayOut(env, { params: { xml_id: "lead_pool.my_leads" } })).toBe(undefined);
    expect.verifySteps([["lead_pool.my_leads", { clearBreadcrumbs: true }]]);
});
