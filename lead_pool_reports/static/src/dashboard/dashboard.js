import { Component, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { KeepLast } from "@web/core/utils/concurrency";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { ReportChange } from "../report_chart/report_change";
import { ReportChart } from "../report_chart/report_chart";
import { formatCell } from "../report_chart/format_cell";
import { ReportFiles } from "../report_files/report_files";
import { ReportFilters } from "../report_filters/report_filters";

const AT_ONCE = 3; // reports asked for at the same time, so that the first ones of the screen do not wait for the last

/** The most telling totals and the charts of all reports; each opens its report, and is asked for on its own. */
export class LeadPoolDashboard extends Component {
    static template = "lead_pool_reports.Dashboard";
    static components = { Layout, ReportChange, ReportChart, ReportFiles, ReportFilters };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.keepLast = new KeepLast();
        this.state = useState({ shown: null, options: {}, busy: false });
        useSetupAction({ getLocalState: () => ({ options: this.state.options }) });
        onWillStart(() => this.load(this.props.state?.options || { period: "last_30_days", compare: "previous" }));
    }

    async load(options) {
        Object.assign(this.state, { options, busy: true });
        try {
            const frame = await this.keepLast.add(this.orm.call("lead.pool.report", "dashboard_frame", [options]));
            const before = Object.fromEntries((this.state.shown?.reports || []).map((report) => [report.name, report]));
            // what is shown stays until there is something newer
            const reports = frame.reports.map((report) => ({
                ...(before[report.name] || { ...report, tiles: [], room: report.tiles }),
                waits: true,
            }));
            this.state.shown = { ...frame, reports };
            this.loadReports(this.state.shown);
        } finally {
            // refused: back to what is shown
            Object.assign(this.state, { options: this.state.shown?.options || options, busy: false });
        }
    }

    /** The reports in the order of the screen, until others are asked for. */
    async loadReports(shown) {
        const { reports, options } = shown;
        let number = 0;
        const next = async () => {
            while (number < reports.length && shown === this.state.shown) {
                const report = reports[number++];
                const asked = [report.name, options];
                const panel = await this.orm.call("lead.pool.report", "dashboard_panel", asked);
                Object.assign(report, panel, { waits: false, room: 0 });
            }
        };
        try {
            await Promise.all(Array.from({ length: AT_ONCE }, next));
        } finally {
            // one failed, which is told: nobody waits for the others
            reports.forEach((report) => Object.assign(report, { waits: false, room: 0 }));
        }
    }

    change(values) {
        return this.load({ ...this.state.options, ...values });
    }

    get tiles() {
        return this.state.shown.reports.flatMap((report) =>
            report.tiles.map((tile) => ({ ...tile, report, key: `${report.name}/${tile.code}` }))
        );
    }

    /** Room for the totals that are to come, so that nothing moves when they do. */
    get rooms() {
        return this.state.shown.reports.flatMap(({ name, room }) =>
            Array.from({ length: room || 0 }, (_, number) => `${name}/${number}`)
        );
    }

    /** What has a chart, or says why it has none, or is to come. */
    get charts() {
        return this.state.shown.reports.filter(({ chart, sentence, waits }) => chart || sentence || waits);
    }

    text({ kind, value, report }) {
        return formatCell(kind, value, report.currency_id) || "–";
    }

    open({ action }) {
        return this.action.doAction(action, {
            additionalContext: { lead_pool_report_options: { ...this.state.options } },
        });
    }
}

registry.category("actions").add("lead_pool_reports.dashboard", LeadPoolDashboard);
