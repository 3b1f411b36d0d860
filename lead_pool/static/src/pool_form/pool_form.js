import { _t } from "@web/core/l10n/translation";
import { ConfirmationDialog } from "@web/core/confirmation_dialog/confirmation_dialog";
import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** Asks before rules are saved that bring the deadlines of held leads forward; simulates rules before they are saved. */
export class PoolFormController extends FormController {
    /** Simulate takes what is edited into its dialog, and saves nothing. */
    async beforeExecuteActionButton(clickParams) {
        const record = this.model.root;
        if (clickParams.name !== "button_simulate" || !(await record.isDirty())) {
            return super.beforeExecuteActionButton(clickParams);
        }
        if (await record.checkValidity({ displayNotification: true })) {
            const draft = await record.getChanges();
            const action = await this.orm.call("lead.pool", "button_simulate", [[record.resId], draft]);
            await this.actionService.doAction(action);
        }
        return false;
    }

    async onWillSaveRecord(record) {
        if ((await super.onWillSaveRecord(record)) === false) {
            return false;
        }
        const question = record.data.reclaim_warning;
        return question ? this.confirmEarlierDeadlines(question) : true;
    }

    /** @returns {Promise<boolean>} whether to save */
    confirmEarlierDeadlines(question) {
        return new Promise((resolve) => {
            this.dialogService.add(
                ConfirmationDialog,
                {
                    title: _t("Leads will go back sooner"),
                    body: question,
                    confirmLabel: _t("Save"),
                    confirm: () => resolve(true),
                    cancelLabel: _t("Keep Editing"),
                    cancel: () => resolve(false),
                },
                { onClose: () => resolve(false) }
            );
        });
    }
}

registry.category("views").add("lead_pool_form", { ...formView, Controller: PoolFormController });
