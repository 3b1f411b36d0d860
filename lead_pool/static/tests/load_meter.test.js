import { LoadMeter } from "@lead_pool/load_meter/load_meter";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { expect, test } from "@odoo/hoot";
import { click, queryAllTexts } from "@odoo/hoot-dom";
import { mountWithCleanup } from "@web/../tests/web_test_helpers";

defineMailModels();

const load = (values) => ({
    pool_id: 1,
    name: "Beijing",
    held: 12,
    capacity: 30,
    claims_left: 3,
    paused: false,
    ...values,
});

test("what is held and what may still be claimed, pool by pool", async () => {
    const loads = [
        load(),
        load({ pool_id: 2, name: "Shanghai", capacity: 0, claims_left: false }),
        load({ pool_id: 3, name: "Tianjin", held: 30, claims_left: 1 }),
        load({ pool_id: 4, name: "Wuhan", held: 25, claims_left: 0 }),
        load({ pool_id: 5, name: "Xi'an", paused: true }),
        load({ pool_id: false, name: "All pools", held: 40, capacity: 50, claims_left: false }),
    ];
    await mountWithCleanup(LoadMeter, { props: { loads, poolId: 2, onSelect: (id) => expect.step(id) } });
    expect(queryAllTexts(".o_load_meter_text")).toEqual([
        "12 of 30 held · 3 claims left today",
        "12 held",
        "30 of 30 held · 1 claim left today",
        "25 of 30 held · 0 claims left today",
        "12 of 30 held · paused",
        "40 of 50 held",
    ]);
    expect(".o_load_meter_gauge[data-pool='3']").toHaveClass("o_load_meter_full");
    expect(".o_load_meter_gauge[data-pool='4']").toHaveClass("o_load_meter_full");
    expect(".o_load_meter_gauge.active").toHaveAttribute("data-pool", "2");
    expect(".o_load_meter_gauge:disabled").toHaveText(/^All pools/);

    await click(".o_load_meter_gauge[data-pool='1']");
    await click(".o_load_meter_gauge[data-pool='2']"); // shown already: back to all
    expect.verifySteps([1, false]);
});
