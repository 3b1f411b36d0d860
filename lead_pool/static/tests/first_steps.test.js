import { FirstSteps } from "@lead_pool/first_steps/first_steps";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { contains, mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";

defineMailModels();

test("a dialog that a button has opened closes without waiting for the checklist, which is read again", async () => {
    const buttons = [{ label: "Choose a Template", action: "lead_pool.lead_pool_new_action", context: {} }];
    onRpc("lead.pool", "action_first_steps", () => {
        expect.step("read");
        return {
            steps: [{ code: "pool", done: false, title: "Pools", text: "By region.", buttons }],
            done: 0,
            undo: [],
            sample: { pools: 0, leads: 0, may: false, offered: false },
        };
    });
    let options;
    mockService("action", {
        doAction(_action, given) {
            options = given;
        },
    });
    await mountWithCleanup(FirstSteps);
    expect.verifySteps(["read"]);
    await contains("button:contains(Choose a Template)").click();
    expect(options.onClose()).toBe(undefined, { message: "Odoo waits for what it returns" });
    await expect.waitForSteps(["read"]);
});
