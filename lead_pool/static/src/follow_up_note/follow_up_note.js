import { Component, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { TextField, textField } from "@web/views/fields/text/text_field";

import { missing } from "./evidence";

/** The note of a follow-up, and below it what the pool still asks for, with each letter that is typed. */
export class FollowUpNote extends Component {
    static template = "lead_pool.FollowUpNote";
    static components = { TextField };
    static props = { ...TextField.props };

    setup() {
        this.state = useState({ typed: null });
    }

    onInput(ev) {
        this.state.typed = ev.target.value;
    }

    get evidence() {
        return this.props.record.data.evidence || null;
    }

    get lacks() {
        const { type_id, result, duration } = this.props.record.data;
        const text = this.state.typed ?? this.props.record.data[this.props.name];
        return missing({ text, typeId: type_id && type_id.id, result, minutes: duration }, this.evidence);
    }

    say({ code, count }) {
        return {
            wrong_type: () => _t("choose a type that counts here"),
            short_call: () => _t("a call of %s seconds or more", count),
            short_note: () => (count === 1 ? _t("1 character to go") : _t("%s characters to go", count)),
            empty: () => _t("write a note, or choose a result"),
            no_result: () => _t("choose a result"),
        }[code]();
    }
}

registry.category("fields").add("follow_up_note", {
    ...textField,
    component: FollowUpNote,
    displayName: _t("Note of a Follow-up"),
    fieldDependencies: [
        { name: "evidence", type: "json", readonly: true },
        { name: "type_id", type: "many2one", relation: "lead.follow.up.type" },
        { name: "result", type: "selection" },
        { name: "duration", type: "integer" },
    ],
});
