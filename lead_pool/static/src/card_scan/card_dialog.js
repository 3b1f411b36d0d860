import { Component, onWillStart, useRef, useState } from "@odoo/owl";
import { scanBarcode } from "@web/core/barcode/barcode_dialog";
import { isBarcodeScannerSupported } from "@web/core/barcode/barcode_video_scanner";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError } from "@web/core/network/rpc";
import { getDataURLFromFile } from "@web/core/utils/urls";
import { useService } from "@web/core/utils/hooks";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

const LONGEST_SIDE = 2000; // pixels: enough to read, and a fraction of what a phone's camera makes
const QUALITY = 0.85;

/** The picture upright, as a JPEG of a size that a phone's connection bears; as it is where that is not possible. */
export async function smallPicture(file) {
    try {
        const bitmap = await window.createImageBitmap(file);
        const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
        const canvas = document.createElement("canvas");
        canvas.width = Math.round(bitmap.width * scale);
        canvas.height = Math.round(bitmap.height * scale);
        canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        bitmap.close();
        return canvas.toDataURL("image/jpeg", QUALITY).split(",")[1];
    } catch {
        return (await getDataURLFromFile(file)).split(",")[1]; // the server says what is wrong with it
    }
}

/**
 * A business card becomes a new lead: by its QR code, a .vcf file, a photo, or as text.
 *
 * What the server read fills a form; nothing is saved before the user saves it, and then the photo is attached.
 */
export class CardDialog extends Component {
    static template = "lead_pool.CardDialog";
    static components = { Dialog };
    static props = {
        context: { type: Object, optional: true }, // defaults of the new lead
        onSaved: { type: Function, optional: true }, // with the lead's id
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.photoInput = useRef("photo");
        this.fileInput = useRef("file");
        this.state = useState({ busy: "", problem: "", text: "", photo: true, howToAdd: "", hint: false });
        this.canScan = isBarcodeScannerSupported();
        onWillStart(async () => {
            const { photo, message } = await this.orm.call("crm.lead", "card_reader", []);
            Object.assign(this.state, { photo, howToAdd: message });
        });
    }

    // what the user brings

    async scan() {
        let code;
        try {
            code = await scanBarcode(this.env);
        } catch (error) {
            this.state.problem = error.message;
            return;
        }
        await this.read({ text: code }, "scan");
    }

    takePhoto() {
        if (this.state.photo) {
            this.photoInput.el.click();
        } else {
            this.state.hint = true;
        }
    }

    async onPhoto(ev) {
        const [file] = ev.target.files;
        ev.target.value = ""; // the same picture may be chosen again
        if (file) {
            this.state.busy = "photo";
            const photo = await smallPicture(file);
            await this.read({ photo }, "photo");
        }
    }

    async onFile(ev) {
        const [file] = ev.target.files;
        ev.target.value = "";
        if (file) {
            await this.read({ file: (await getDataURLFromFile(file)).split(",")[1] || "" }, "file");
        }
    }

    readText() {
        return this.read({ text: this.state.text }, "text");
    }

    // what becomes of it

    async read(card, what) {
        Object.assign(this.state, { busy: what, problem: "", hint: false });
        try {
            const answer = await this.orm.silent.call("crm.lead", "read_card", [], card);
            this.openForm(answer, card.photo);
        } catch (error) {
            this.state.problem =
                error instanceof ConnectionLostError
                    ? _t("No connection. Try again.")
                    : error.data?.message || error.message;
        } finally {
            this.state.busy = "";
        }
    }

    openForm({ values, known }, photo) {
        const base = { ...this.props.context, lead_pool_channel: "card", form_view_ref: "lead_pool.crm_lead_view_form_card" };
        const context = { ...base };
        for (const [name, value] of Object.entries(values)) {
            context[`default_${name}`] = value;
        }
        if (known) {
            this.notification.add(known, { type: "warning", sticky: true });
        }
        let toKeep = photo;
        const { onSaved } = this.props;
        const { orm, notification } = this.env.services; // this dialog is gone by then
        this.dialog.add(FormViewDialog, {
            resModel: "crm.lead",
            title: _t("Lead from a Business Card"),
            context,
            nextRecordsContext: base,
            canExpand: false,
            onRecordSaved: async ({ resId }) => {
                const card = toKeep;
                toKeep = null;
                if (card) {
                    try {
                        await orm.call("crm.lead", "keep_card", [[resId]], { photo: card });
                    } catch {
                        notification.add(_t("The lead is saved, but not the photo of its card."), { type: "warning" });
                    }
                }
                notification.add(_t("The lead is saved."), { type: "success" });
                onSaved?.(resId);
            },
        });
        this.props.close();
    }
}
