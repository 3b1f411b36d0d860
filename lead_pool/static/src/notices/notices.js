import { Component } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/** How somebody is told of what: a row for each kind of news, a box for each way. */
export class Notices extends Component {
    static template = "lead_pool.Notices";
    static props = { ...standardFieldProps };

    get rows() {
        return this.props.record.data[this.props.name] || [];
    }

    get groups() {
        const groups = [
            { title: _t("My leads"), rows: this.rows.filter((row) => !row.admins) },
            { title: _t("Pools that I run"), rows: this.rows.filter((row) => row.admins) },
        ];
        return groups.filter((group) => group.rows.length);
    }

    get ways() {
        return [
            { way: "live", label: _t("Live"), title: _t("A message that passes by while you are at work in Odoo") },
            { way: "activity", label: _t("Activity"), title: _t("Something to do, until you have done it") },
            {
                way: "message",
                label: _t("Message"),
                title: _t("In Odoo's inbox or by mail, as chosen under Notification"),
            },
        ];
    }

    get isUsual() {
        return this.rows.every((row) => this.same(row.ways, row.usual));
    }

    same(ways, others) {
        return ways.length === others.length && ways.every((way) => others.includes(way));
    }

    async toggle(row, way) {
        const ways = row.ways.includes(way) ? row.ways.filter((one) => one !== way) : [...row.ways, way];
        await this.update((one) => (one.kind === row.kind ? ways : one.ways));
    }

    async asUsual() {
        await this.update((row) => row.usual);
    }

    async update(waysOf) {
        const rows = this.rows.map((row) => ({ ...row, ways: [...waysOf(row)] }));
        await this.props.record.update({ [this.props.name]: rows });
    }
}

export const notices = {
    component: Notices,
    displayName: _t("Notifications of Lead Pools"),
    supportedTypes: ["json"],
};

registry.category("fields").add("lead_pool_notices", notices);
