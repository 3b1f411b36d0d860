import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** Which option there takes each option of the lead; one that has none is red. */
export class OptionPairs extends Component {
    static template = "lead_pool.OptionPairs";
    static props = { ...standardFieldProps };

    get table() {
        return this.props.record.data[this.props.name] || { rows: [], choices: [] };
    }

    async choose(chosen, ev) {
        const [twin] = this.table.choices[Number(ev.target.value)] || [null];
        const rows = this.table.rows.map((row) => (row.key === chosen.key ? { ...row, twin } : row));
        await this.props.record.update({ [this.props.name]: { ...this.table, rows } });
    }
}

registry.category("fields").add("option_pairs", {
    component: OptionPairs,
    supportedTypes: ["json"],
});
