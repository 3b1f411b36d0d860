import { Component } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";
import { useArrivals } from "../outbox/arrivals";

/** Where the thumb is: call who the lead is about, or copy what finds him in WeChat. */
export class LeadContact extends Component {
    static template = "lead_pool.LeadContact";
    static props = { ...standardWidgetProps };

    setup() {
        this.notification = useService("notification");
        useArrivals(({ letter }) => this.onArrived(letter));
    }

    /** A follow-up of this lead: its deadline is another one by now. What is being typed is not lost for it. */
    async onArrived({ kind, leads }) {
        const { record } = this.props;
        if (kind === "follow_up" && leads.includes(record.resId) && !(await record.isDirty())) {
            await record.model.load();
        }
    }

    get wechat() {
        return this.props.record.data.wechat;
    }

    get phoneLink() {
        const { phone, phone_sanitized: sanitized } = this.props.record.data;
        return phone ? `tel:${sanitized || phone.replace(/\s+/g, "")}` : "";
    }

    async copyWechat() {
        try {
            await browser.navigator.clipboard.writeText(this.wechat);
            this.notification.add(_t("%s is copied. Paste it in WeChat.", this.wechat), { type: "success" });
        } catch {
            this.notification.add(_t("WeChat: %s", this.wechat), { type: "info" }); // the browser lets nobody copy
        }
    }
}

/** The next lead of the list that this one was opened from; without one, of mine the one that goes back first. */
export class NextOfMine extends Component {
    static template = "lead_pool.NextOfMine";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
    }

    async next() {
        const { model } = this.props.record;
        const { resId, resIds } = model.root;
        const nextId = resIds[resIds.indexOf(resId) + 1];
        if (!nextId) {
            if (await model.root.save()) {
                await this.openMostUrgent(resId);
            }
        } else if (await model.root.isDirty()) {
            await model.root.save({ nextId });
        } else {
            await model.load({ resId: nextId });
        }
    }

    async openMostUrgent(resId) {
        const leads = await this.orm.call("crm.lead", "my_deadlines", []);
        const lead = leads.find(({ id }) => id !== resId);
        if (lead && this.props.record.model.root.resIds.length < 2) {
            const form = { type: "ir.actions.act_window", res_model: "crm.lead", res_id: lead.id, views: [[false, "form"]] };
            await this.action.doAction(form, { stackPosition: "replaceCurrentAction" });
        } else {
            await this.action.doAction("lead_pool.crm_lead_action_my_leads", { clearBreadcrumbs: true });
        }
    }
}

registry.category("view_widgets").add("lead_contact", {
    component: LeadContact,
    fieldDependencies: [
        { name: "phone", type: "char" },
        { name: "phone_sanitized", type: "char", readonly: true },
        { name: "wechat", type: "char" },
    ],
});
registry.category("view_widgets").add("next_of_mine", { component: NextOfMine });
