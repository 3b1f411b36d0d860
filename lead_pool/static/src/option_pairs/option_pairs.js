import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { RecordSelector } from "@web/core/record_selectors/record_selector";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Which option there takes each option of the lead; one that has none is red. Records of a link are searched for. */
export class OptionPairs extends Component {
    static template = "lead_pool.OptionPairs";
    static components = { RecordSelector };
    static props = { ...standardFieldProps };

    setup() {
        this.nameService = useService("name");
        this.lostText = _t("Nothing takes it: it is lost");
        this.addText = _t("Search for another one…");
    }

    get table() {
        return this.props.record.data[this.props.name] || { rows: [], choices: [] };
    }

    /** Records that have no line yet. */
    get others() {
        return [["id", "not in", this.table.rows.map((row) => row.key)]];
    }

    nameOf(twin) {
        const choice = this.table.choices.find(([key]) => key === twin);
        return choice ? choice[1] : "";
    }

    async choose(chosen, twin) {
        const rows = this.table.rows.map((row) => (row.key === chosen.key ? { ...row, twin } : row));
        await this.update(rows);
    }

    async chooseOption(chosen, ev) {
        const [twin] = this.table.choices[Number(ev.target.value)] || [null];
        await this.choose(chosen, twin);
    }

    /** One more record of the lead, which is not in the list as no lead had it lately. */
    async add(key) {
        if (!key) {
            return;
        }
        const names = await this.nameService.loadDisplayNames(this.table.source_model, [key]);
        await this.update([...this.table.rows, { key, label: names[key], twin: null, proposed: null }]);
    }

    async update(rows) {
        await this.props.record.update({ [this.props.name]: { ...this.table, rows } });
    }
}

registry.category("fields").add("option_pairs", {
    component: OptionPairs,
    supportedTypes: ["json"],
});
