import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { formatCell, formatChange } from "./format_cell";

/** Beside a figure: by how much it changed, and whether that is good. */
export class ReportChange extends Component {
    static template = "lead_pool_reports.ReportChange";
    static props = { change: Object, kind: String, currencyId: { type: [Number, { value: null }], optional: true } };

    get text() {
        return formatChange(this.props.kind, this.props.change, this.props.currencyId || undefined);
    }

    /** What the colour says, for who does not see it. */
    get title() {
        const before = formatCell(this.props.kind, this.props.change.before, this.props.currencyId || undefined);
        const verdict = { better: _t("better"), worse: _t("worse") }[this.props.change.verdict];
        return verdict ? _t("Before: %(before)s (%(verdict)s)", { before, verdict }) : _t("Before: %s", before);
    }

    get className() {
        return { better: "text-success", worse: "text-danger" }[this.props.change.verdict] || "text-muted";
    }
}
