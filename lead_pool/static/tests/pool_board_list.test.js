import { expect, test } from "@odoo/hoot";
import { queryAllTexts } from "@odoo/hoot-dom";
import { contains, onRpc } from "@web/../tests/web_test_helpers";
import { definePoolBoard, mountBoard } from "./pool_board_helpers";

definePoolBoard();

const CLAIM = ".o_data_row button[name=button_claim]";
const headings = () => queryAllTexts("thead th[data-name]");

const mountList = () =>
    mountBoard({
        type: "list",
        arch: /* xml */ `
            <list js_class="pool_board_list">
                <field name="lead_ref" string="Lead"/>
                <field name="city" optional="show"/>
                <field name="entered_at" optional="show"/>
                <field name="claim_refusal" optional="hide"/>
                <button name="button_claim" type="object" string="Claim"/>
            </list>`,
    });

test.tags("desktop");
test("on a desktop the columns that its view shows, and the button", async () => {
    await mountList();
    expect(headings()).toEqual(["Lead", "City", "Entered at"]);
    expect(CLAIM).toHaveCount(4);
});

test.tags("mobile");
test("on a phone what fits: where the lead is from and the button, and besides what the user chose himself", async () => {
    onRpc("has_group", () => false);
    await mountList();
    expect(headings()).toEqual(["Lead", "City"]);
    expect(CLAIM).toHaveCount(4);
    await contains(".o_optional_columns_dropdown button").click();
    await contains(".o-dropdown-item:contains(Entered at)").click();
    expect(headings()).toEqual(["Lead", "City", "Entered at"]);
});
