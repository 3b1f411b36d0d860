from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from ..rules.facts import ClaimRule

MOST_NAMES = 5  # in a sentence


class LeadPoolClaimRule(models.Model):
    """Who may claim leads of a pool for which a condition holds. The first rule that holds for a lead is the one; what
    no rule takes may be claimed by every member."""

    _name = "lead.pool.claim.rule"
    _inherit = ["lead.pool.domain.mixin"]
    _description = "Claim Rule"
    _order = "sequence, id"
    _policy_fields = ("name", "domain", "user_ids", "team_id", "group_id")

    name = fields.Char(required=True, translate=True, help="How the rule is called in explanations.")
    sequence = fields.Integer(default=10, help="Rules are tried in this order.")
    active = fields.Boolean(default=True, help="Off: the rule is kept, and not tried.")
    user_ids = fields.Many2many(
        "res.users",
        "lead_pool_claim_rule_user_rel",
        "rule_id",
        "user_id",
        "These Members",
        domain="[('share', '=', False)]",
        ondelete="restrict",
        help="Who may claim such leads. With a sales team or group: they as well. All three empty: every member.",
    )
    team_id = fields.Many2one(
        "crm.team", "Sales Team", ondelete="restrict", help="Members of the pool who are in this team may claim."
    )
    group_id = fields.Many2one(
        "res.groups", "Group", ondelete="restrict", help="Members of the pool who are in this user group may claim."
    )

    @api.constrains("user_ids", "pool_id")
    def _check_people(self):
        for rule in self:
            strangers = (rule.user_ids - rule.pool_id.sudo().member_ids.user_id).sudo()
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(user)s is not a member of “%(pool)s” and could claim nothing by the rule “%(rule)s”. Add "
                        "him to the members first.",
                        user=strangers[0].name,
                        pool=rule.pool_id.name,
                        rule=rule.name,
                    )
                )

    def _is_for_all(self):
        return not (self.user_ids or self.team_id or self.group_id)

    def _allowed(self, users):
        """Those of these users who may claim leads of this rule, as far as the rule is concerned."""
        self.ensure_one()
        rule = self.sudo()
        if rule._is_for_all():
            return users
        of_team = rule.team_id.crm_team_member_ids.filtered("active").user_id | rule.team_id.user_id
        return users.filtered(
            lambda user: user in rule.user_ids
            or user in of_team
            or rule.group_id
            and rule.group_id in user.all_group_ids
        )

    def _as_rule(self, user):
        """The rule as the pure rules know it, for the claims of this user."""
        allowed = None if self._is_for_all() else frozenset(self._allowed(user.sudo()).ids)
        return ClaimRule(id=self.id, user_ids=allowed)

    def _people(self):
        """Who may claim, in words."""
        rule = self.sudo()
        words = rule.user_ids[:MOST_NAMES].mapped("name")
        if len(rule.user_ids) > MOST_NAMES:
            words.append(self.env._("%(count)s others", count=len(rule.user_ids) - MOST_NAMES))
        if rule.team_id:
            words.append(self.env._("the sales team “%(team)s”", team=rule.team_id.name))
        if rule.group_id:
            words.append(self.env._("the group “%(group)s”", group=rule.group_id.name))
        return format_list(self.env, words) if words else self.env._("every member")
