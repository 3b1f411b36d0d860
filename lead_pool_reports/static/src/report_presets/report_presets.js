import { Component, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { CheckBox } from "@web/core/checkbox/checkbox";
import { Dropdown } from "@web/core/dropdown/dropdown";
import { DropdownItem } from "@web/core/dropdown/dropdown_item";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";

const MODEL = "lead.pool.report";

/** Options of a report under a name: chosen, saved, shared by managers, removed. */
export class ReportPresets extends Component {
    static template = "lead_pool_reports.ReportPresets";
    static components = { CheckBox, Dropdown, DropdownItem };
    static props = { name: String, options: Object, presets: Array, onChange: Function, onChoose: Function };

    setup() {
        this.orm = useService("orm");
        // an open menu keeps the props of when it was opened; it reads the presets from here
        this.state = useState({ title: "", shared: false, isDefault: false, presets: this.props.presets });
        onWillUpdateProps(({ presets }) => {
            this.state.presets = presets;
        });
        onWillStart(async () => {
            this.mayShare = await user.hasGroup("lead_pool.group_manager");
        });
    }

    async save(ev) {
        ev.preventDefault();
        if (!this.state.title.trim()) {
            return;
        }
        const { title, shared, isDefault } = this.state;
        this.props.onChange(
            await this.orm.call(MODEL, "save_preset", [this.props.name, title, this.props.options, shared, isDefault])
        );
        Object.assign(this.state, { title: "", shared: false, isDefault: false });
    }

    async remove(preset) {
        this.props.onChange(await this.orm.call(MODEL, "remove_preset", [this.props.name, preset.id]));
    }
}
