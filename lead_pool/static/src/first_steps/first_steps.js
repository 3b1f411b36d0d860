import { Component, onWillStart, status, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { rpcBus } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { session } from "@web/session";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { RemoveSampleDialog } from "./remove_sample_dialog";

/**
 * The checklist of the first set-up: what is done by what is there, and where the rest is done. Under it, or alone on the
 * board, the sample: to be loaded, or to be removed.
 */
export class FirstSteps extends Component {
    static template = "lead_pool.FirstSteps";
    static props = { untilPool: { type: Boolean, optional: true } };

    setup() {
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.ui = useService("ui");
        this.state = useState({ steps: [], done: 0, undo: [], sample: { pools: 0, leads: 0, may: false, offered: false }, busy: false });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("lead.pool", "action_first_steps", []));
        if (session.lead_pool) {
            session.lead_pool.first_steps = !this.hasPool || this.hasSample; // whether the board has it from now on
        }
    }

    /** What was opened may have led away from here. */
    async refresh() {
        if (status(this) !== "destroyed") {
            await this.load();
        }
    }

    get hasPool() {
        return this.state.steps.some((step) => step.code === "pool" && step.done);
    }

    get hasSample() {
        return Boolean(this.state.sample.pools || this.state.sample.leads);
    }

    get showsSample() {
        return this.state.sample.may && (this.hasSample || this.state.sample.offered);
    }

    get sampleLabel() {
        return _t("A sample is there: %(pools)s pools with %(leads)s made-up leads.", this.state.sample);
    }

    get next() {
        return this.state.steps.find((step) => !step.done)?.code;
    }

    get progress() {
        return _t("%(done)s of %(all)s done", { done: this.state.done, all: this.state.steps.length });
    }

    get undoLabel() {
        return _t("Undo: archive %(count)s pools without leads", { count: this.state.undo.length });
    }

    /** Browsers keep what an empty screen says, with its action: with pools it is another thing than without. */
    forgetEmptyScreens() {
        rpcBus.trigger("CLEAR-CACHES", "/web/action/load");
    }

    open(button) {
        this.forgetEmptyScreens();
        return this.action.doAction(button.action, {
            additionalContext: button.context,
            onClose: () => {
                this.refresh(); // not waited for: the dialog would stay open, for ever where its action has led away from here
            },
        });
    }

    /** Nothing is done twice, however often the button is pressed. */
    async whileBusy(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        this.forgetEmptyScreens();
        this.ui.block(); // it takes a few seconds
        try {
            await work();
        } finally {
            this.ui.unblock();
            this.state.busy = false;
            await this.refresh();
        }
    }

    undoPools() {
        const pools = this.state.undo;
        return this.whileBusy(async () => {
            const answers = await this.orm.call("lead.pool", "action_undo_template", [pools.map((pool) => pool.id)]);
            const refused = answers.filter((answer) => !answer.done);
            const message = refused.length
                ? refused.map((answer) => answer.message).join("\n")
                : _t("These pools are archived. Choose the template again, and they are back.");
            this.notification.add(message, { type: refused.length ? "warning" : "success" });
        });
    }

    loadSample() {
        return this.whileBusy(async () => {
            await this.orm.call("lead.pool.sample", "action_load_sample", []);
            await this.load(); // so that the board knows of it
            await this.action.doAction("lead_pool.lead_pool_entry_action_board", { clearBreadcrumbs: true });
        });
    }

    async removeSample() {
        const found = await this.orm.call("lead.pool.sample", "action_remove_sample", [true]);
        this.dialog.add(RemoveSampleDialog, {
            found,
            keep: () => this.keepTyped(),
            remove: () =>
                this.whileBusy(async () => {
                    const { kept } = await this.orm.call("lead.pool.sample", "action_remove_sample", [false]);
                    const message = kept.length
                        ? _t("The sample is removed. Kept, as something else needs it: %(kept)s.", { kept: kept.join(", ") })
                        : _t("The sample is removed.");
                    this.notification.add(message, { type: "success", sticky: Boolean(kept.length) });
                    await this.action.doAction("lead_pool.first_steps_action", { clearBreadcrumbs: true });
                }),
        });
    }

    /** What is real stays; where to is for people to say. */
    async keepTyped() {
        const ids = await this.orm.call("lead.pool.sample", "action_keep_typed", []);
        this.notification.add(_t("These leads are your own now. Transfer them to one of your pools, then remove the sample."), {
            type: "success",
            sticky: true,
        });
        const kept = await this.action.loadAction("lead_pool.crm_lead_action_kept");
        await this.action.doAction({ ...kept, domain: [["id", "in", ids]] });
    }
}

/** The checklist as a page of its own. */
export class FirstStepsPage extends Component {
    static template = "lead_pool.FirstStepsPage";
    static components = { FirstSteps, Layout };
    static props = { ...standardActionServiceProps };
}

/** The checklist in Odoo's settings. */
export class FirstStepsWidget extends Component {
    static template = "lead_pool.FirstStepsWidget";
    static components = { FirstSteps };
    static props = { ...standardWidgetProps };
}

registry.category("actions").add("lead_pool_first_steps", FirstStepsPage);
registry.category("view_widgets").add("lead_pool_first_steps", { component: FirstStepsWidget });
