import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { deserializeDateTime, toLocaleDateTimeString } from "@web/core/l10n/dates";
import { ConnectionLostError } from "@web/core/network/rpc";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { useMinute } from "../minute/minute_hook";
import { DANGER, countdownText, urgency } from "../reclaim_countdown/reclaim_countdown";

const { DateTime } = luxon;

const SHOWN = 8; // leads in the menu
const FRESH = 60 * 1000; // milliseconds in which what was fetched is not fetched again

/**
 * Counts, in the bar at the top, the leads of the user that go back within a day.
 *
 * The deadlines are fetched when the page is loaded, when the menu is opened and when the user comes back to the tab;
 * in between the clock of the page goes on by itself, so that nothing asks the server again and again.
 */
export class GoingBackMenu extends Component {
    static template = "lead_pool.GoingBackMenu";
    static components = { Dropdown, DropdownItem };
    static props = [];

    setup() {
        this.orm = this.env.services.orm; // not useService: an answer may come when the bar is gone
        this.action = useService("action");
        this.minute = useMinute();
        this.state = useState({ leads: [], sells: false });
        this.fetchedAt = 0;
        const onVisible = () => document.visibilityState === "visible" && this.fetch();
        onWillStart(async () => {
            this.state.sells = await user.hasGroup("sales_team.group_sale_salesman");
            this.fetch(); // the page does not wait for it
        });
        document.addEventListener("visibilitychange", onVisible);
        onWillDestroy(() => document.removeEventListener("visibilitychange", onVisible));
    }

    async fetch(always = false) {
        if (!this.state.sells || (!always && Date.now() - this.fetchedAt < FRESH)) {
            return;
        }
        this.fetchedAt = Date.now();
        try {
            const leads = await this.orm.silent.call("crm.lead", "my_deadlines", []);
            this.state.leads = leads.map((lead) => ({ ...lead, moment: deserializeDateTime(lead.reclaim_at) }));
        } catch (error) {
            if (!(error instanceof ConnectionLostError)) {
                throw error;
            }
        }
    }

    get soon() {
        this.minute.ticks; // read, so that a tick counts again
        return this.state.leads.filter((lead) => this.minutesLeft(lead) < DANGER * 60).length;
    }

    get shown() {
        return this.state.leads.slice(0, SHOWN).map((lead) => {
            const minutes = this.minutesLeft(lead);
            return {
                ...lead,
                countdown: countdownText(minutes),
                className: `o_reclaim_countdown_${urgency(minutes)}`,
                when: toLocaleDateTimeString(lead.moment),
            };
        });
    }

    minutesLeft(lead) {
        return lead.moment.diff(DateTime.now(), "minutes").minutes;
    }

    open(lead) {
        this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.lead",
            res_id: lead.id,
            views: [[false, "form"]],
        });
    }

    openAll() {
        this.action.doAction("lead_pool.crm_lead_action_my_leads", { clearBreadcrumbs: true });
    }
}

registry.category("systray").add("lead_pool.going_back", { Component: GoingBackMenu }, { sequence: 22 });
