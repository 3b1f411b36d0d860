import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, expect, resize, test } from "@odoo/hoot";
import { contains, mockService, mountWithCleanup, onRpc, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { browser } from "@web/core/browser/browser";
import { session } from "@web/session";
import { StartHints } from "@lead_pool/start_hints/start_hints";

defineMailModels();

const WELCOME = ".o_start_hint_welcome";
const INSTALL = ".o_start_hint_install";

beforeEach(() => {
    patchWithCleanup(session, { lead_pool: { welcome: true, sells: true }, tour_enabled: false });
    onRpc("web_tour.tour", "consume", ({ args }) => {
        expect.step(`consume ${args[0]}`);
        return false;
    });
    mockService("pwa", { isSupportedOnBrowser: true });
    mockService("action", { doAction: (action) => expect.step(action) });
    mockService("tour_service", { startTour: (name, { mode }) => expect.step(`${name} ${mode}`) });
    onRpc("res.users", "switch_tour_enabled", ({ args }) => {
        expect.step(`tours ${args[0]}`);
        return true;
    });
});

test("who is new is shown round, once, and the tours of other apps stay off", async () => {
    await mountWithCleanup(StartHints);
    expect(WELCOME).toHaveAttribute("role", "status");
    await contains(`${WELCOME} button:contains(Show Me)`).click();
    expect.verifySteps(["lead_pool.lead_pool_entry_action_board", "lead_pool_rep_tour manual", "tours false"]);
    expect(WELCOME).toHaveCount(0);
    expect(session.lead_pool.welcome).toBe(false);
});

test("who waves it away is not asked again", async () => {
    await mountWithCleanup(StartHints);
    await contains(`${WELCOME} button[aria-label='Not now']`).click();
    expect(WELCOME).toHaveCount(0);
    expect.verifySteps(["consume lead_pool_rep_tour"]);
    await mountWithCleanup(StartHints);
    expect(WELCOME).toHaveCount(0);
});

test.tags("mobile");
test("on the phone the app is offered after the welcome, and never again on this phone", async () => {
    await mountWithCleanup(StartHints);
    expect(INSTALL).toHaveCount(0, { message: "one line at a time" });
    await contains(`${WELCOME} button[aria-label='Not now']`).click();
    expect(`${INSTALL} a`).toHaveAttribute("href", "/scoped_app?app_id=lead_pool&path=scoped_app%2Fmy-leads");
    await contains(`${INSTALL} button[aria-label='Not now']`).click();
    expect(INSTALL).toHaveCount(0);
    expect(browser.localStorage.getItem("lead_pool.no_install_hint")).toBe("1");
    await mountWithCleanup(StartHints);
    expect(INSTALL).toHaveCount(0);
    expect.verifySteps(["consume lead_pool_rep_tour"]);
});

test.tags("mobile");
test("marketing, which has no leads of its own, starts at the board", async () => {
    session.lead_pool = { welcome: false, sells: false, markets: true };
    await mountWithCleanup(StartHints);
    expect(`${INSTALL} a`).toHaveAttribute("href", "/scoped_app?app_id=lead_pool&path=scoped_app%2Flead-pool");
});

test.tags("desktop");
test("on a desktop nothing is installed on a start screen", async () => {
    session.lead_pool.welcome = false;
    await mountWithCleanup(StartHints);
    expect(".o_start_hint").toHaveCount(0);
});

test.tags("desktop");
test("on a desktop whose page is enlarged, which is narrow then, neither", async () => {
    await resize({ width: 683, height: 384 });
    session.lead_pool.welcome = false;
    const { env } = await mountWithCleanup(StartHints);
    expect(env.isSmall).toBe(true);
    expect(".o_start_hint").toHaveCount(0);
});
