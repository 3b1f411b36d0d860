import { registry } from "@web/core/registry";
import { BadgeSelectionField, badgeSelectionField } from "@web/views/fields/badge_selection/badge_selection_field";

/** Odoo's badges to choose from, which can be reached and pressed without a mouse, too. */
export class ChoiceBadges extends BadgeSelectionField {
    static template = "lead_pool.ChoiceBadges";

    press(ev, value) {
        if (["Enter", " "].includes(ev.key)) {
            ev.preventDefault();
            this.onChange(value);
        }
    }
}

registry.category("fields").add("choice_badges", { ...badgeSelectionField, component: ChoiceBadges });
