import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { click, setInputFiles, waitFor } from "@odoo/hoot-dom";
import { animationFrame } from "@odoo/hoot-mock";
import { smallPicture } from "@lead_pool/card_scan/card_dialog";
import { ScanCardButton } from "@lead_pool/card_scan/scan_card_button";
import { contains, makeServerError, mockService, mountWithCleanup, onRpc } from "@web/../tests/web_test_helpers";
import { user } from "@web/core/user";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

describe.current.tags("desktop");
defineMailModels();

let reader;

beforeEach(() => {
    reader = { photo: true, message: false };
    onRpc("crm.lead", "card_reader", () => reader);
});

async function openDialog(props = {}) {
    await mountWithCleanup(ScanCardButton, { props });
    await contains(".o_scan_card").click();
    await waitFor(".o_card_dialog");
}

/** What the form of the new lead is opened with, instead of opening it. */
function catchForm(opened) {
    mockService("dialog", {
        add(component, props) {
            if (component === FormViewDialog) {
                opened(props);
                return () => {};
            }
            return super.add(...arguments);
        },
    });
}

async function read(text) {
    await contains(".o_card_text").edit(text);
    await click(".o_card_read");
    await animationFrame();
}

test("text becomes the defaults of a lead that is the user's own; nothing is saved before he does", async () => {
    let form;
    catchForm((props) => (form = props));
    onRpc("crm.lead", "read_card", ({ kwargs }) => {
        expect.step(kwargs.text);
        return { values: { contact_name: "张晓明", phone: "138" }, known: "There is a lead with this phone." };
    });
    await openDialog();
    await read("张晓明 138");
    expect.verifySteps(["张晓明 138"]);
    const { context } = form;
    expect([context.default_user_id, context.default_contact_name, context.default_phone]).toEqual([user.userId, "张晓明", "138"]);
    expect(context.lead_pool_channel).toBe("card");
    expect(".o_notification").toHaveText(/There is a lead with this phone/);
});

test("on the board the lead waits in the pool that is shown", async () => {
    let form;
    catchForm((props) => (form = props));
    onRpc("crm.lead", "read_card", () => ({ values: {}, known: false }));
    await openDialog({ forPool: true, poolId: 4 });
    await read("x");
    expect([form.context.default_user_id, form.context.default_pool_id]).toEqual([false, 4]);
});

test("a card that cannot be read says why, and what was typed stays", async () => {
    onRpc("crm.lead", "read_card", () => {
        throw makeServerError({ type: "UserError", message: "This is no card." });
    });
    await openDialog();
    await read("???");
    expect(".o_card_problem").toHaveText("This is no card.");
    expect(".o_card_text").toHaveValue("???");
    expect(".o_card_read").toBeEnabled();
});

test("without a network it says so, and the card can be read again", async () => {
    onRpc(
        "/web/dataset/call_kw/crm.lead/read_card",
        () => {
            throw new Error("no network");
        },
        { pure: true },
    );
    await openDialog();
    await read("张晓明");
    await waitFor(".o_card_problem");
    expect(".o_card_problem").toHaveText("No connection. Try again.");
    expect(".o_card_text").toHaveValue("张晓明");
});

test("where photos cannot be read the button tells how that is added", async () => {
    reader = { photo: false, message: "Ask your administrator for the reader." };
    await openDialog();
    expect(".o_card_hint").toHaveCount(0);
    await click(".o_card_photo");
    await animationFrame();
    expect(".o_card_hint").toHaveText("Ask your administrator for the reader.");
});

test("a photo is read, and kept with the lead once that is saved, once", async () => {
    let form;
    catchForm((props) => (form = props));
    onRpc("crm.lead", "read_card", ({ kwargs }) => {
        expect.step(["read", kwargs.photo]);
        return { values: {}, known: false };
    });
    onRpc("crm.lead", "keep_card", ({ args, kwargs }) => {
        expect.step(["kept", args[0], kwargs.photo]);
        return true;
    });
    await openDialog({ onSaved: (id) => expect.step(["saved", id]) });
    await click(".o_card_photo");
    await setInputFiles(new File(["no picture"], "card.jpg", { type: "image/jpeg" }));
    const photo = btoa("no picture"); // cannot be made smaller: as it is
    await expect.waitForSteps([["read", photo]]);
    await animationFrame();
    await form.onRecordSaved({ resId: 9 });
    await form.onRecordSaved({ resId: 9 });
    expect.verifySteps([["kept", [9], photo], ["saved", 9], ["saved", 9]]);
});

test("a big picture is sent small", async () => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 3000, height: 1500 });
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    const picture = new Image();
    picture.src = `data:image/jpeg;base64,${await smallPicture(blob)}`;
    await picture.decode();
    expect([picture.naturalWidth, picture.naturalHeight]).toEqual([2000, 1000]);
});
