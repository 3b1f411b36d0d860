import { Component, onWillStart, useSubEnv } from "@odoo/owl";
import { Dialog } from "@web/core/dialog/dialog";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";
import { ClaimButton } from "../claim_button/claim_button";

/** The card of a waiting lead in a masked pool: what the pool shows of it, and nothing else. */
export class PoolCardDialog extends Component {
    static template = "lead_pool.PoolCardDialog";
    static components = { ClaimButton, Dialog };
    static props = {
        answer: Object, // of lead.pool.entry.action_open_card()
        record: Object,
        board: Object,
        close: Function,
    };

    setup() {
        this.orm = useService("orm");
        const { board, close } = this.props;
        const onClaimed = (entryId) => {
            close();
            board.onClaimed(entryId);
        };
        const canUndo = (poolId) => board.canUndo(poolId);
        useSubEnv({ poolBoard: { state: board.state, onRefused: () => board.onRefused(), onClaimed, canUndo } });
        onWillStart(async () => {
            this.openFields = await this.orm.searchRead("lead.pool.open.field", [], ["name", "field_name"]);
        });
    }

    get title() {
        return _t("Lead #%s", this.props.record.data.lead_ref);
    }

    get lines() {
        const { open_values: values } = this.props.answer;
        return this.openFields
            .filter(({ field_name: key }) => values[key])
            .map(({ field_name: key, name }) => ({ key, name, text: this.text(key, values[key]) }));
    }

    text(key, value) {
        if (key === "priority") {
            return "★".repeat(Number(value)) || "–";
        }
        return key === "probability" ? `${Math.round(Number(value))} %` : value;
    }
}
