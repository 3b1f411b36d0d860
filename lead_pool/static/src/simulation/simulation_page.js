import { Component, onWillDestroy, onWillStart, useState } from "@odoo/owl";
import { deserializeDate, deserializeDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { sprintf } from "@web/core/utils/strings";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { SimulationChart } from "./simulation_chart";

const MODEL = "lead.pool.simulation";
const LONGEST = 14; // characters of a name below the bars

/** What the last days of a pool would have been under edited rules, beside the same days under the present ones. */
export class SimulationPage extends Component {
    static template = "lead_pool.SimulationPage";
    static components = { Layout, SimulationChart };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.bus = useService("bus_service");
        this.runId = this.props.action.params?.run_id || this.props.action.context?.active_id;
        this.state = useState({ page: null, member: 0 });
        const onNews = () => this.isOpen && this.load();
        this.bus.subscribe("lead_pool/job", onNews);
        onWillDestroy(() => this.bus.unsubscribe("lead_pool/job", onNews));
        onWillStart(() => this.load());
    }

    async load() {
        this.state.page = await this.orm.call(MODEL, "read_page", [[this.runId]]);
        this.env.config.setDisplayName?.(sprintf(_t("Simulation of %s"), this.page.pool));
    }

    // ------------------------------------------------------------
    // DATA
    // ------------------------------------------------------------

    get page() {
        return this.state.page;
    }

    get result() {
        return this.page.result;
    }

    get before() {
        return this.result.before;
    }

    get after() {
        return this.result.after;
    }

    /** Still at work in the background. */
    get isOpen() {
        return ["waiting", "running"].includes(this.page?.state);
    }

    get isEmpty() {
        return !this.before.leads && !this.after.leads && !this.before.arrived;
    }

    get isSame() {
        return !this.page.changes.length;
    }

    get period() {
        const day = (text) => deserializeDateTime(text).toLocaleString({ year: "numeric", month: "short", day: "numeric" });
        return `${day(this.page.date_from)} – ${day(this.page.date_to)}`;
    }

    /** Ids of members, as texts: who got most before comes first. */
    get members() {
        const ids = new Set([...Object.keys(this.before.members), ...Object.keys(this.after.members)]);
        const leads = (id) => this.before.members[id]?.leads || 0;
        return [...ids].sort((a, b) => leads(b) - leads(a) || a - b);
    }

    name(id) {
        return this.page.members[id] || `#${id}`;
    }

    of(part, id, key) {
        return this[part].members[id]?.[key] ?? (key === "first_hours" ? null : 0);
    }

    // ------------------------------------------------------------
    // WORDS
    // ------------------------------------------------------------

    hours(value) {
        if (value === null || value === undefined) {
            return "–";
        }
        return value < 48 ? sprintf(_t("%s h"), Math.round(value * 10) / 10) : sprintf(_t("%s days"), Math.round(value / 2.4) / 10);
    }

    percent(value) {
        return `${Math.round(value * 1000) / 10} %`;
    }

    /** "+3", "−2" or "±0". */
    delta(before, after, show = (value) => `${Math.round(value * 10) / 10}`) {
        if (before === null || after === null) {
            return before === after ? "" : "…";
        }
        const change = after - before;
        const sign = change > 0 ? "+" : change < 0 ? "−" : "±";
        return `${sign}${show(Math.abs(change))}`;
    }

    /** The rows of the summary: what, before, after, change, and what the figure means. */
    get lines() {
        const plain = (value) => `${value}`;
        const line = (label, key, show, help, pick = (part) => part[key]) => {
            const [before, after] = [pick(this.before), pick(this.after)];
            return { label, help, before: show(before), after: show(after), delta: this.delta(before, after, show) };
        };
        const count = (part) => part.reclaimed.length;
        const hours = (value) => this.hours(value);
        const percent = (value) => this.percent(value);
        return [
            line(_t("Leads that members got"), "leads", plain, _t("Distributed, claimed or assigned; one that goes back and is given again counts again.")),
            line(_t("Of these, distributed"), "distributed", plain, _t("Given out by the pool itself.")),
            line(_t("Waiting at most"), "queue_peak", plain, _t("The most leads that waited at one moment.")),
            line(_t("Waiting at the end"), "waiting", plain, _t("Leads that nobody holds when the period ends.")),
            line(_t("Until somebody has it"), "wait_hours", hours, _t("The median from the coming of a lead to its first holder, of leads that came in the period and found one.")),
            line(_t("Until the first follow-up"), "first_hours", hours, _t("The median from the coming of a lead to its first follow-up, of leads that came in the period and had one.")),
            line(_t("Reclaims"), "reclaimed", plain, _t("Times that a lead went back by itself."), count),
            line(_t("Converted"), "converted", plain, _t("Leads that came to a good end, if reps deal with them as they really did with theirs.")),
            line(_t("Unfairness"), "deviation", percent, _t("The largest distance between a member's share of the leads and his share of the weights. 0 %: perfectly fair.")),
        ];
    }

    get trust() {
        const { same, given } = this.result;
        return given
            ? sprintf(_t("Under the present rules the replay gives %(same)s of the %(given)s leads that the pool really gave out to the very same rep. Rules that were changed meanwhile make the difference."), { same, given })
            : _t("The pool gave out no lead by itself in this period, so there is nothing to compare the replay with.");
    }

    refusals(part) {
        return Object.entries(this[part].refused).map(([code, count]) => ({ code, count, text: this.page.refusals[code] }));
    }

    // ------------------------------------------------------------
    // CHARTS
    // ------------------------------------------------------------

    pair(values) {
        return [
            { label: _t("Present rules"), values: values("before") },
            { label: _t("Edited rules"), values: values("after") },
        ];
    }

    get leadsChart() {
        const cut = (label) => (label.length > LONGEST ? `${label.slice(0, LONGEST - 1)}…` : label);
        return {
            type: "bar",
            title: _t("Leads per member"),
            labels: this.members.map((id) => cut(this.name(id))),
            series: this.pair((part) => this.members.map((id) => this.of(part, id, "leads"))),
        };
    }

    get days() {
        return this.before.days.map((day) => deserializeDate(day).toLocaleString({ month: "numeric", day: "numeric" }));
    }

    /** Of one member with what he may hold at most, or of the leads that wait. */
    get loadChart() {
        const id = this.state.member;
        const loads = (part) => (id ? this[part].members[id]?.loads : this[part].queue) || this.days.map(() => 0);
        const series = this.pair(loads);
        const capacity = id && this.of("after", id, "capacity");
        if (capacity) {
            series.push({ label: _t("At most, by the edited rules"), dashed: true, values: this.days.map(() => capacity) });
        }
        return { type: "line", title: _t("Load over time"), labels: this.days, series };
    }

    get stepLabels() {
        return [_t("1 hour"), _t("4 hours"), _t("1 day"), _t("3 days"), _t("7 days"), _t("later"), _t("none yet")];
    }

    get stepsChart() {
        return {
            type: "bar",
            title: _t("First follow-up within"),
            labels: this.stepLabels,
            series: this.pair((part) => this[part].steps),
        };
    }

    // ------------------------------------------------------------
    // ACTIONS
    // ------------------------------------------------------------

    setMember(ev) {
        this.state.member = Number(ev.target.value);
    }

    async cancel() {
        await this.orm.call(MODEL, "action_cancel", [[this.runId]]);
        await this.load();
    }

    async apply() {
        this.action.doAction(await this.orm.call(MODEL, "button_apply", [[this.runId]]));
    }

    openLeads(numbers, name) {
        this.action.doAction({
            type: "ir.actions.act_window",
            name,
            res_model: "lead.pool.entry",
            views: [
                [false, "list"],
                [false, "kanban"],
            ],
            domain: [["lead_ref", "in", numbers]],
            target: this.env.inDialog ? "new" : "current", // below the dialog something may be unsaved
        });
    }

    openEarlier() {
        this.action.doAction("lead_pool.lead_pool_simulation_action");
    }

    get outcomes() {
        const { caused, avoided } = this.result;
        return [
            { name: _t("Reclaims caused"), numbers: caused, text: _t("go back under the edited rules only.") },
            { name: _t("Reclaims avoided"), numbers: avoided, text: _t("go back under the present rules only.") },
        ];
    }

    shown(numbers) {
        const texts = numbers.slice(0, 30).map((number) => `#${number}`);
        return numbers.length > 30 ? `${texts.join(", ")}…` : texts.join(", ");
    }
}

registry.category("actions").add("lead_pool.simulation", SimulationPage);
