import { Component, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { downloadFile } from "@web/core/network/download";
import { useService } from "@web/core/utils/hooks";

/** What a large export is for. */
export class ReasonDialog extends Component {
    static template = "lead_pool_reports.ReasonDialog";
    static components = { Dialog };
    static props = { sentence: String, onConfirm: Function, close: Function };

    setup() {
        this.state = useState({ reason: "" });
    }

    confirm() {
        this.props.onConfirm(this.state.reason.trim());
        this.props.close();
    }
}

/** The report, or all of them, as a file; and every week by mail. */
export class ReportFiles extends Component {
    static template = "lead_pool_reports.ReportFiles";
    static components = { Dropdown, DropdownItem };
    static props = { name: String, options: Object };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.state = useState({ busy: false });
    }

    /** The options as they stand in an address; the days only where they were chosen. */
    get query() {
        const { date_from, date_to, ...query } = this.props.options;
        return query.period === "custom" ? { ...query, date_from, date_to } : query;
    }

    /** @param {string} name of the report, or "all" */
    async export(name, kind = "xlsx", reason = "") {
        this.state.busy = true;
        try {
            const query = new URLSearchParams({ ...this.query, ...(reason ? { reason } : { ask: 1 }) });
            const response = await browser.fetch(`/lead_pool/report/${name}.${kind}?${query}`);
            if (response.headers.get("Content-Type")?.startsWith("application/json")) {
                this.dialog.add(ReasonDialog, {
                    sentence: (await response.json()).sentence,
                    onConfirm: (given) => this.export(name, kind, given),
                });
            } else if (response.ok) {
                const { date_from, date_to } = this.props.options;
                const filename = `${name === "all" ? "lead_pool" : name}_${date_from}_${date_to}.${kind}`;
                downloadFile(await response.blob(), filename, response.headers.get("Content-Type"));
            } else {
                this.notification.add(await response.text(), { type: "danger" });
            }
        } finally {
            this.state.busy = false;
        }
    }

    async mailWeekly() {
        return this.action.doAction(await this.orm.call("lead.pool.report.mail", "action_mine", [this.props.name]));
    }

    print() {
        browser.print();
    }
}
