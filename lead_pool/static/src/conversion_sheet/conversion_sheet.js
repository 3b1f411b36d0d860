import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const NOTEWORTHY = ["lost", "keeps"];

/** What of a lead lands where when it is converted: what would be lost first, what goes smoothly folded away. */
export class ConversionSheet extends Component {
    static template = "lead_pool.ConversionSheet";
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ open: {} });
    }

    get sheet() {
        return this.props.record.data[this.props.name] || { places: [], counts: {}, may_mend: false };
    }

    /** One sentence for who does not want to read on. */
    get summary() {
        const { counts } = this.sheet;
        const carried = (counts.new || 0) + (counts.fills || 0);
        const words = [
            carried === 1 ? _t("1 value is carried over") : _t("%s values are carried over", carried),
        ];
        if (counts.keeps) {
            words.push(
                counts.keeps === 1
                    ? _t("the customer keeps 1 of its own")
                    : _t("the customer keeps %s of its own", counts.keeps)
            );
        }
        if (counts.partly) {
            words.push(_t("%s in part only", counts.partly));
        }
        if (counts.lost || !counts.partly) {
            words.push(counts.lost ? _t("%s cannot be carried", counts.lost) : _t("nothing is lost"));
        }
        return words.join(" · ");
    }

    noteworthy(place) {
        return place.rows.filter((row) => this.isNoteworthy(row));
    }

    smooth(place) {
        return place.rows.filter((row) => !this.isNoteworthy(row));
    }

    isNoteworthy(row) {
        return NOTEWORTHY.includes(row.outcome) || Boolean(row.remark);
    }

    foldText(place) {
        const count = this.smooth(place).length;
        if (place.place === "opportunity") {
            return count === 1 ? _t("1 value stays there alone") : _t("%s values stay there alone", count);
        }
        return count === 1 ? _t("1 value lands") : _t("%s values land", count);
    }

    outcome(row) {
        const words = {
            new: _t("new"),
            fills: _t("fills empty"),
            same: _t("is there already"),
            keeps: row.there ? _t("keeps its own: %s", row.there) : _t("left out, as there is another address"),
            lost: _t("cannot be carried: %s", row.loss),
            stays: _t("stays on the opportunity"),
        }[row.outcome];
        return row.remark ? _t("%(outcome)s, %(remark)s", { outcome: words, remark: row.remark }) : words;
    }

    toggle(place) {
        this.state.open[place.place] = !this.state.open[place.place];
    }

    /** Make the field that is missing, and look again. */
    async mend(row) {
        const { record } = this.props;
        await this.orm.call("lead.pool.mapping", "make_twin_of", [row.field]);
        await record.update({ lead_id: record.data.lead_id }); // as if it were chosen now: the sheet is made anew
    }
}

registry.category("fields").add("conversion_sheet", {
    component: ConversionSheet,
    supportedTypes: ["json"],
});
