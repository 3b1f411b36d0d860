import { Component } from "@odoo/owl";
import { areDatesEqual, today } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { DateTimeField } from "@web/views/fields/datetime/datetime_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** A date with chips for the usual ones: one tap instead of a calendar. */
export class NextDateChips extends Component {
    static template = "lead_pool.NextDateChips";
    static components = { DateTimeField };
    static props = { ...standardFieldProps };

    get chips() {
        const value = this.props.record.data[this.props.name];
        return [
            { days: 1, label: _t("Tomorrow") },
            { days: 3, label: _t("In 3 days") },
            { days: 7, label: _t("Next week") },
        ].map((chip) => {
            const date = today().plus({ days: chip.days });
            return { ...chip, date, active: Boolean(value) && areDatesEqual(value, date) };
        });
    }

    get dateFieldProps() {
        const { id, name, readonly, record } = this.props;
        return { id, name, readonly, record, placeholder: _t("Another date") };
    }

    choose(chip) {
        this.props.record.update({ [this.props.name]: chip.active ? false : chip.date });
    }
}

registry.category("fields").add("next_date_chips", {
    component: NextDateChips,
    displayName: _t("Date with Chips"),
    supportedTypes: ["date"],
});
