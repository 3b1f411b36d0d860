import { onWillUnmount, toRaw } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

let lastFocused = null; // below all dialogs; a button that is waiting for its dialog is disabled, and loses the focus
document.addEventListener("focusin", ({ target }) => {
    if (!target.closest?.(".o-overlay-container")) {
        lastFocused = target;
    }
});

/**
 * The dialog of a verb. Given up it has changed nothing: what is below is not read again, so rows that were selected
 * still are. However it ends, the focus is back where it was.
 */
export class DialogFormController extends FormController {
    /** @override */
    setup() {
        super.setup();
        const dialogData = toRaw(this.env.dialogData); // the dialog, which observes it, is not to be drawn again for this
        if (!dialogData) {
            return;
        }
        const { close } = dialogData;
        dialogData.close = (params) => close(params?.dismiss ? { ...params, noReload: true } : params);
        const opener = lastFocused;
        onWillUnmount(() => {
            browser.setTimeout(() => {
                if (opener?.isConnected && [document.body, null].includes(document.activeElement)) {
                    opener.focus({ preventScroll: true });
                }
            });
        });
    }

    /** @override */
    async beforeExecuteActionButton(clickParams) {
        if (clickParams.special === "cancel" && this.env.dialogData) {
            this.env.dialogData.close({ dismiss: true });
            return false;
        }
        return super.beforeExecuteActionButton(...arguments);
    }
}

registry.category("views").add("lead_pool_dialog", { ...formView, Controller: DialogFormController });
