import { Component } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";

const NAMED = 10;

/** What goes with the sample, said before; and a way out for what is real by now. */
export class RemoveSampleDialog extends Component {
    static template = "lead_pool.RemoveSampleDialog";
    static components = { Dialog };
    static props = { found: Object, remove: Function, keep: Function, close: Function };

    get lines() {
        const found = this.props.found;
        const lines = [
            _t("%(pools)s pools and %(leads)s leads that the sample made are deleted for good, with all that was done with them. Nothing else goes.", found),
        ];
        if (found.worked) {
            lines.push(_t("Your colleagues have worked on %(worked)s of these leads. Their work goes, too.", found));
        }
        return lines;
    }

    get typedLabel() {
        return _t("Something else was typed into %(count)s of these leads than was made up. It goes, too, if you do not keep them:", {
            count: this.props.found.typed.length,
        });
    }

    get typed() {
        return this.props.found.typed.slice(0, NAMED);
    }

    get moreLabel() {
        const more = this.props.found.typed.length - NAMED;
        return more > 0 ? _t("and %(count)s more", { count: more }) : "";
    }

    choose(work) {
        this.props.close();
        return work();
    }
}
