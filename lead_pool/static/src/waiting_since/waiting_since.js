import { Component } from "@odoo/owl";
import { toLocaleDateTimeString } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { user } from "@web/core/user";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { useMinute } from "../minute/minute_hook";

/** How long ago something happened: "3 hours ago". */
export class WaitingSince extends Component {
    static template = "lead_pool.WaitingSince";
    static props = { ...standardFieldProps };

    setup() {
        this.minute = useMinute();
    }

    get moment() {
        return this.props.record.data[this.props.name];
    }

    get text() {
        this.minute.ticks; // read, so that a tick renders again
        return this.moment.toRelative({ locale: user.lang });
    }

    get tooltip() {
        return toLocaleDateTimeString(this.moment);
    }
}

registry.category("fields").add("waiting_since", {
    component: WaitingSince,
    displayName: _t("Time Since"),
    supportedTypes: ["datetime"],
});
