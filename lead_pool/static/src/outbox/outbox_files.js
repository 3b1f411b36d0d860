import { FileInput } from "@web/core/file_input/file_input";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Many2ManyBinaryField, many2ManyBinaryField } from "@web/views/fields/many2many_binary/many2many_binary_field";

class OutboxFileInput extends FileInput {
    setup() {
        super.setup();
        this.notification = useService("notification");
    }

    /** @override: a file is too big to be kept on the device, and its user is told so */
    async onFileInputChange() {
        try {
            await super.onFileInputChange();
        } catch (error) {
            if (!/fetch|network|load failed/i.test(error.message)) {
                throw error;
            }
            this.notification.add(
                _t("No connection: the file was not sent, and files are not kept on this device. Save the text, and add the file when you are online again."),
                { type: "danger", sticky: true },
            );
            this.fileInputRef.el.value = null;
            this.state.isDisable = false;
        }
    }
}

/** Files of a dialog that is saved without a network, too. */
class OutboxFiles extends Many2ManyBinaryField {
    static components = { ...Many2ManyBinaryField.components, FileInput: OutboxFileInput };
}

registry.category("fields").add("outbox_files", { ...many2ManyBinaryField, component: OutboxFiles });
