import { Component } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";
import { user } from "@web/core/user";
import { CardDialog } from "./card_dialog";

/**
 * Opens the dialog that reads a business card.
 *
 * In My Leads the lead becomes the user's own; on the board it waits in the pool shown.
 */
export class ScanCardButton extends Component {
    static template = "lead_pool.ScanCardButton";
    static props = {
        poolId: { optional: true }, // on the board the pool shown; false: all of them
        forPool: { type: Boolean, optional: true },
        wide: { type: Boolean, optional: true },
        onSaved: { type: Function, optional: true },
    };

    setup() {
        this.dialog = useService("dialog");
    }

    open() {
        const { forPool, poolId, onSaved } = this.props;
        const context = forPool ? { default_user_id: false, default_pool_id: poolId || false } : { default_user_id: user.userId };
        this.dialog.add(CardDialog, { context, onSaved });
    }
}
