from odoo import fields, models

from ..rules import reclaim
from .lead_pool_domain_mixin import LeadPoolDomainMixin as DomainMixin


class LeadPoolReclaimRule(models.Model):
    """When a held lead goes back by itself. The first rule of the pool whose condition holds is the one."""

    _name = "lead.pool.reclaim.rule"
    _inherit = ["lead.pool.domain.mixin"]
    _description = "Reclaim Rule"
    _order = "sequence, id"
    _decided_fields = frozenset(
        {*DomainMixin._decided_fields, "reclaim_at", "warn_at", "deadline_reason", "is_untouched"}
    )
    _policy_fields = (
        "name",
        "domain",
        "no_first_touch_days",
        "no_follow_up_days",
        "not_converted_days",
        "not_won_days",
        "held_days",
        "match",
        "working",
        "warn_days",
    )

    name = fields.Char(translate=True, help="How the rule is called where a deadline is told.")
    sequence = fields.Integer(default=10, help="Rules are tried in this order.")
    no_first_touch_days = fields.Float("Never Touched Within", help="Days from the start of the holding. 0: off.")
    no_follow_up_days = fields.Float("No Follow-up Within", help="Days from the last follow-up. 0: off.")
    not_converted_days = fields.Float("Not Converted Within", help="Days from the start of the holding. 0: off.")
    not_won_days = fields.Float("Not Won Within", help="Days from the start of the holding. 0: off.")
    held_days = fields.Float("Held Longer Than", help="Days from the start of the holding. 0: off.")
    match = fields.Selection(
        [("any", "Whichever comes first"), ("all", "Only when all are due")],
        required=True,
        default="any",
        help="Of several terms: the lead goes back when the first one is over, or only when all are.",
    )
    working = fields.Boolean("Working Days", help="Count the working days of the company's calendar.")
    warn_days = fields.Float("Warn Before", default=1, help="Days before the lead goes back. 0: no warning.")

    _days_in_range = models.Constraint(
        """CHECK (no_first_touch_days BETWEEN 0 AND 3650 AND no_follow_up_days BETWEEN 0 AND 3650
                  AND not_converted_days BETWEEN 0 AND 3650 AND not_won_days BETWEEN 0 AND 3650
                  AND held_days BETWEEN 0 AND 3650 AND warn_days BETWEEN 0 AND 3650)""",
        "Days are between 0 (off) and 3650.",
    )

    def _as_rule(self):
        """The rule as the pure rules know it."""
        self.ensure_one()
        return reclaim.Rule(
            id=self.id,
            no_first_touch_days=self.no_first_touch_days,
            no_follow_up_days=self.no_follow_up_days,
            not_converted_days=self.not_converted_days,
            not_won_days=self.not_won_days,
            held_days=self.held_days,
            match=self.match,
            working=self.working,
            warn_days=self.warn_days,
        )
