import { _t } from "@web/core/l10n/translation";
import { ConnectionLostError, rpc } from "@web/core/network/rpc";
import { evaluateExpr } from "@web/core/py_js/py";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { RelationalModel } from "@web/model/relational_model/relational_model";
import { formView } from "@web/views/form/form_view";
import { DialogFormController } from "../dialog_form/dialog_form";
import { followUpLetter, returnLetter } from "./letters";

/** The button of each dialog that calls a verb, and the letter that is the same call. */
const DIALOGS = {
    "lead.pool.follow.up": { button: "action_save", write: followUpLetter },
    "lead.pool.return": { button: "action_confirm", write: returnLetter },
};

class OutboxRecord extends RelationalModel.Record {
    /** @override: what is typed stays, also when the server cannot be asked what follows from it */
    async _getOnchangeValues() {
        try {
            return await super._getOnchangeValues(...arguments);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                return {};
            }
            throw error;
        }
    }
}

class OutboxModel extends RelationalModel {
    static Record = OutboxRecord;
}

/**
 * A dialog whose button is pressed with or without a network. The button does what it always does; if the network
 * fails meanwhile, the same call goes to the outbox, under the same `request_uid`, and the dialog closes.
 */
export class OutboxFormController extends DialogFormController {
    setup() {
        super.setup();
        this.outbox = useService("lead_pool_outbox");
        this.notification = useService("notification");
    }

    /** @override */
    async beforeExecuteActionButton(clickParams) {
        const record = this.model.root;
        const dialog = DIALOGS[record.resModel];
        if (clickParams.name !== dialog?.button) {
            return super.beforeExecuteActionButton(...arguments);
        }
        if (!(await record.checkValidity({ displayNotification: true }))) {
            return false;
        }
        const letter = dialog.write(record);
        await record.update({ request_uid: letter.id });
        const { kept, isBehind, answer } = await this.outbox.send(letter, (call) => this.press(clickParams, call));
        if (kept) {
            const message = isBehind
                ? _t("Saved on this device. An earlier entry about this lead was not accepted: decide about that one first.")
                : _t("Saved on this device; sent when you are online again.");
            this.notification.add(message, { type: isBehind ? "warning" : "info" });
            await this.actionService.doAction({ type: "ir.actions.act_window_close", infos: { noReload: true } });
        } else if (answer) {
            await this.actionService.doAction(answer);
        }
        return false; // done
    }

    async press({ name, context }, { isLate }) {
        const { root } = this.model;
        if (!(await root.save()) || isLate()) {
            return false;
        }
        const kwargs = {
            context: {
                ...root.context,
                ...(context ? evaluateExpr(context, root.evalContext) : {}),
                lead_pool_sender: user.userId,
            },
        };
        const { resModel: model, resId } = root;
        return rpc(`/web/dataset/call_button/${model}/${name}`, { model, method: name, args: [[resId]], kwargs });
    }
}

registry.category("views").add("outbox_form", { ...formView, Controller: OutboxFormController, Model: OutboxModel });
