from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rules.facts import AssignRule
from .pool.distributing import STRATEGIES


class LeadPoolAssignRule(models.Model):
    """How leads of a pool for which a condition holds are given out. The first rule that holds and has somebody is
    the one; what no rule takes is given out as the pool says."""

    _name = "lead.pool.assign.rule"
    _inherit = ["lead.pool.domain.mixin"]
    _description = "Distribution Rule"
    _order = "sequence, id"
    _policy_fields = ("name", "domain", "strategy", "assignee_id", "user_ids", "if_nobody")

    name = fields.Char(translate=True, help="How the rule is called in explanations.")
    sequence = fields.Integer(default=10, help="Rules are tried in this order.")
    strategy = fields.Selection(
        STRATEGIES, "Distribution", required=True, default="rotation", help="How the leads of this rule are given out."
    )
    assignee_id = fields.Many2one(
        "res.users",
        "Person",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        help="Who gets all leads of this rule.",
    )
    user_ids = fields.Many2many(
        "res.users",
        "lead_pool_assign_rule_user_rel",
        "rule_id",
        "user_id",
        "Only These Members",
        domain="[('share', '=', False)]",
        help="Empty: all members of the pool.",
    )
    if_nobody = fields.Selection(
        [("next", "Try the next rule"), ("wait", "Leave the lead waiting")],
        "If Nobody Can Take It",
        required=True,
        default="next",
        help="The admins of the pool are told, either way, when nobody at all can take a lead.",
    )

    @api.constrains("strategy", "assignee_id", "user_ids", "pool_id")
    def _check_people(self):
        for rule in self:
            members = rule.pool_id.sudo().member_ids.user_id
            if rule.strategy == "default_assignee" and not rule.assignee_id:
                raise ValidationError(self.env._("Say who gets the leads of the rule “%(rule)s”.", rule=rule.name))
            strangers = ((rule.assignee_id if rule.strategy == "default_assignee" else rule.user_ids) - members).sudo()
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(user)s is not a member of “%(pool)s” and would get no lead by the rule “%(rule)s”. Add him "
                        "to the members first.",
                        user=strangers[0].name,
                        pool=rule.pool_id.name,
                        rule=rule.name,
                    )
                )

    def _as_rule(self):
        """The rule as the pure rules know it."""
        self.ensure_one()
        return AssignRule(
            id=self.id,
            strategy=self.strategy,
            assignee_id=self.assignee_id.id or 0,
            user_ids=frozenset(self.user_ids.ids),
            if_nobody=self.if_nobody,
        )
