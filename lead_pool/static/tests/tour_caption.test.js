import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, getFixture, test } from "@odoo/hoot";
import { makeMockEnv, mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { tourState } from "@web_tour/js/tour_state";
import { TourPointer } from "@web_tour/js/tour_pointer/tour_pointer";

defineMailModels();

const CAPTION = ".o_lead_pool_caption";

async function point(tour) {
    await makeMockEnv(); // Odoo resumes a tour when it starts: ours has begun since
    patchWithCleanup(tourState, { getCurrentTour: () => tour });
    const pointerState = { anchor: getFixture(), content: "Claim one of these", isVisible: true, isOpen: false };
    await mountWithCleanup(TourPointer, { props: { pointerState } });
}

test.tags("mobile");
test("on the phone our tour says at the upper edge what it points at", async () => {
    await point("lead_pool_rep_tour");
    expect(`${CAPTION} span`).toHaveText("Claim one of these");
    expect(`${CAPTION} button`).toHaveText("Stop");
    expect(CAPTION).toHaveAttribute("role", "status");
});

test.tags("mobile");
test("tours of other apps are as they were", async () => {
    await point("crm_tour");
    expect(CAPTION).toHaveCount(0);
});

test.tags("desktop");
test("on a desktop the pointer itself says it", async () => {
    await point("lead_pool_rep_tour");
    expect(CAPTION).toHaveCount(0);
});
