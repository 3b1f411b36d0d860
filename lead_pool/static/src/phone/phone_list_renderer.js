import { browser } from "@web/core/browser/browser";
import { LeadListRenderer } from "../empty_search/empty_search";

/**
 * A list that does not scroll sideways on a phone: of its optional columns those stand there that the view names or the
 * user chose himself; and buttons are on the page of the lead, which is one tap away, unless they are what the list is for.
 */
export class PhoneListRenderer extends LeadListRenderer {
    /** Optional columns that fit. */
    static onPhone = [];
    static hasButtonsOnPhone = false;

    /** @override */
    computeOptionalActiveFields() {
        const active = super.computeOptionalActiveFields();
        const isChosen = browser.localStorage.getItem(this.keyOptionalFields) !== null;
        if (!this.env.isSmall || isChosen) {
            return active;
        }
        const { onPhone } = this.constructor;
        return Object.fromEntries(Object.entries(active).map(([name, isActive]) => [name, isActive && onPhone.includes(name)]));
    }

    /** @override */
    getActiveColumns() {
        const columns = super.getActiveColumns();
        const isHidden = this.env.isSmall && !this.constructor.hasButtonsOnPhone;
        return isHidden ? columns.filter(({ type }) => type !== "button_group") : columns;
    }
}
