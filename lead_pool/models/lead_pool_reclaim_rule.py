from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rules import reclaim
from .lead_pool_domain_mixin import LeadPoolDomainMixin as DomainMixin


class LeadPoolReclaimRule(models.Model):
    """When a held lead goes back by itself. The first rule of the pool whose condition holds is the one."""

    _name = "lead.pool.reclaim.rule"
    _inherit = ["lead.pool.cached.mixin", "lead.pool.domain.mixin"]
    _cached_fields = frozenset({"domain", "active", "pool_id"})
    _description = "Reclaim Rule"
    _order = "sequence, id"
    _decided_fields = frozenset(
        {*DomainMixin._decided_fields, "reclaim_at", "warn_at", "deadline_reason", "deadline_words", "is_untouched"}
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
        "warn_leader_days",
        "warn_admin_days",
        "destination",
        "destination_pool_id",
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
    warn_days = fields.Float(
        "Warn Its Holder", default=1, help="Days before the lead goes back, those on which he is on leave not "
        "counted. 0: no warning.",
    )  # fmt: skip
    warn_leader_days = fields.Float(
        "Then the Team Leader",
        help="Days before the lead goes back in which the leader of its sales team is warned; without a leader, the "
        "pool's admins. 0: no warning.",
    )
    warn_admin_days = fields.Float(
        "Then the Admins", help="Days before the lead goes back in which the pool's admins are warned. 0: no warning."
    )
    destination = fields.Selection(
        [("pool", "Its pool"), ("other", "Another pool"), ("next", "The next rep")],
        "Goes To",
        required=True,
        default="pool",
        help="Where the lead goes. The next rep: a member is chosen at once as the pool distributes, neither the last "
        "holder nor who has to let colleagues try first; if nobody can take it, it waits in its pool.",
    )
    destination_pool_id = fields.Many2one(
        "lead.pool", "To Pool", ondelete="restrict", index="btree_not_null", help="Where the lead waits from then on."
    )

    _days_in_range = models.Constraint(
        """CHECK (no_first_touch_days BETWEEN 0 AND 3650 AND no_follow_up_days BETWEEN 0 AND 3650
                  AND not_converted_days BETWEEN 0 AND 3650 AND not_won_days BETWEEN 0 AND 3650
                  AND held_days BETWEEN 0 AND 3650 AND warn_days BETWEEN 0 AND 3650
                  AND COALESCE(warn_leader_days, 0) BETWEEN 0 AND 3650
                  AND COALESCE(warn_admin_days, 0) BETWEEN 0 AND 3650)""",
        "Days are between 0 (off) and 3650.",
    )

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains(
        "no_first_touch_days", "no_follow_up_days", "not_converted_days", "not_won_days", "held_days",
        "warn_days", "warn_leader_days", "warn_admin_days",
    )  # fmt: skip
    def _check_possible(self):
        """What can never do what it says is not saved."""
        for rule in self:
            for code in reclaim.impossible(rule._as_rule()):
                raise ValidationError(rule._impossible_sentences()[code])

    def _impossible_sentences(self):
        _ = self.env._
        return {
            "too_short": _("“%(rule)s”: terms and warnings are at least one hour (0.05 days), or 0.", rule=self.name),
            "warning_too_early": _(
                "“%(rule)s” would warn of every lead the moment somebody gets it: a warning comes more days before the "
                "end than the longest term has. Shorten the warnings or lengthen the term.",
                rule=self.name,
            ),
            "ladder": _(
                "“%(rule)s” would warn the team leader or the admins before who is to be warned first. Give each fewer "
                "days than the one before: the holder, the team leader, the admins.",
                rule=self.name,
            ),
        }

    @api.constrains("destination", "destination_pool_id", "pool_id", "active")
    def _check_destination(self):
        for rule in self.filtered(lambda rule: rule.destination == "other" and rule.active):
            pool, target = rule.pool_id.sudo(), rule.destination_pool_id.sudo()
            words = {"rule": rule.name, "pool": pool.name, "target": target.name}
            if not target:
                raise ValidationError(self.env._("Say to which pool “%(rule)s” sends the leads.", **words))
            if target == pool:
                raise ValidationError(
                    self.env._("“%(rule)s” sends leads to another pool, not to “%(pool)s” itself.", **words)
                )
            if not target.active:
                raise ValidationError(self.env._("“%(target)s” is archived. Choose another pool.", **words))
            if target.company_id and target.company_id != pool.company_id:
                raise ValidationError(
                    self.env._(
                        "“%(target)s” takes leads of %(company)s only. Choose another pool.",
                        company=target.company_id.name,
                        **words,
                    )
                )

    @api.onchange("destination")
    def _onchange_destination(self):
        if self.destination != "other":
            self.destination_pool_id = False

    def _as_rule(self):
        """The rule as the pure rules know it."""
        self.ensure_one()
        return reclaim.Rule(
            id=self._origin.id or 0,
            no_first_touch_days=self.no_first_touch_days,
            no_follow_up_days=self.no_follow_up_days,
            not_converted_days=self.not_converted_days,
            not_won_days=self.not_won_days,
            held_days=self.held_days,
            match=self.match,
            working=self.working,
            warn_days=self.warn_days,
            warn_leader_days=self.warn_leader_days,
            warn_admin_days=self.warn_admin_days,
        )
