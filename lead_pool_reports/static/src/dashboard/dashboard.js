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

/** The most telling totals and the charts of all reports; each opens its report. */
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
            this.state.shown = await this.keepLast.add(this.orm.call("lead.pool.report", "dashboard", [options]));
        } finally {
            // refused: back to what is shown
            Object.assign(this.state, { options: this.state.shown?.options || options, busy: false });
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

    /** What has a chart, or says why it has none. */
    get charts() {
        return this.state.shown.reports.filter(({ chart, sentence }) => chart || sentence);
    }

    text({ kind, value, report }) {
        return formatCell(kind, value, report.currency_id) || "–";
    }

    open({ name }) {
        return this.action.doAction(`lead_pool_reports.${name}_action`, {
            additionalContext: { lead_pool_report_options: { ...this.state.options } },
        });
    }
}

registry.category("actions").add("lead_pool_reports.dashboard", LeadPoolDashboard);
