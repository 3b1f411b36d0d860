import { Component, onWillStart, status, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { session } from "@web/session";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** The checklist of the first set-up: what is done by what is there, and where the rest is done. */
export class FirstSteps extends Component {
    static template = "lead_pool.FirstSteps";
    static props = { untilPool: { type: Boolean, optional: true } };

    setup() {
        this.action = useService("action");
        this.notification = useService("notification");
        this.orm = useService("orm");
        this.state = useState({ steps: [], done: 0, undo: [], busy: false });
        onWillStart(() => this.load());
    }

    async load() {
        Object.assign(this.state, await this.orm.call("lead.pool", "action_first_steps", []));
        if (session.lead_pool && this.hasPool) {
            session.lead_pool.first_steps = false; // the board is without it from now on
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

    get next() {
        return this.state.steps.find((step) => !step.done)?.code;
    }

    get progress() {
        return _t("%(done)s of %(all)s done", { done: this.state.done, all: this.state.steps.length });
    }

    get undoLabel() {
        return _t("Undo: archive %(count)s pools without leads", { count: this.state.undo.length });
    }

    open(button) {
        return this.action.doAction(button.action, {
            additionalContext: button.context,
            onClose: () => this.refresh(),
        });
    }

    /** Nothing is done twice, however often the button is pressed. */
    async whileBusy(work) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            await work();
        } finally {
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
