import { registry } from "@web/core/registry";

const OURS = ".o_pool_board, .o_my_leads, .o_lead_pools, .o_lead_pool_approvals, .o_team_feed, .o_team_today";

/**
 * Odoo takes Enter and the space bar on a kanban for the card, also while a button in the card has the focus: without a
 * mouse nobody could press Claim. On our cards such a key presses the button, as everywhere else, and from the button
 * the arrows go on to the next card, which Odoo does from the card alone.
 */
export const cardKeys = {
    start() {
        document.addEventListener("keydown", (ev) => {
            const isPress = ["Enter", " "].includes(ev.key);
            if (!(isPress || ev.key.startsWith("Arrow")) || ev.altKey || ev.ctrlKey || ev.metaKey) {
                return;
            }
            const card = ev.target.closest("button, a[href]")?.closest(".o_kanban_record");
            if (card?.closest(OURS)) {
                if (isPress) {
                    ev.stopPropagation(); // Odoo's hotkeys listen at the window
                } else {
                    card.focus();
                }
            }
        });
    },
};

registry.category("services").add("lead_pool_card_keys", cardKeys);
