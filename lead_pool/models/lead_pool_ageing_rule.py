from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..rules import ageing
from .pool.distributing import STRATEGIES

ACTIONS = [
    ("raise", "Raise the priority"),
    ("widen", "Move to another pool"),
    ("distribute", "Give to a member"),
    ("archive", "Archive"),
]


class LeadPoolAgeingRule(models.Model):
    """What happens to a lead that waits too long; steps are taken in the order of their actions, each once a wait."""

    _name = "lead.pool.ageing.rule"
    _inherit = ["lead.pool.domain.mixin"]
    _description = "Step for Leads That Wait"
    _order = "pool_id, action_order, days, id"
    _policy_fields = ("name", "domain", "action", "days", "working", "to_pool_id", "strategy")
    _policy_ordered = False

    name = fields.Char(
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        help="How the step is called in the history of a lead.",
    )
    active = fields.Boolean(default=True, help="Off: the step is kept, and not taken.")
    action = fields.Selection(ACTIONS, "What", required=True, default="raise", help="What happens to the lead.")
    action_order = fields.Integer(
        compute="_compute_action_order", store=True, help="Steps are taken in the order of what they do."
    )
    days = fields.Float("After", required=True, default=7, help="Days from when the lead began to wait.")
    working = fields.Boolean("Working Days", help="Count the working days of the pool's calendar.")
    to_pool_id = fields.Many2one(
        "lead.pool", "To Pool", ondelete="restrict", index="btree_not_null", help="Where the lead waits from then on."
    )
    strategy = fields.Selection(
        [strategy for strategy in STRATEGIES if strategy[0] != "default_assignee"],
        "Who Gets It",
        default="rotation",
        help="How a member is chosen, also in a pool that gives its leads out by hand.",
    )

    _days_in_range = models.Constraint("CHECK (days > 0 AND days <= 3650)", "Days are more than 0 and at most 3650.")

    @api.depends("action")
    def _compute_name(self):
        names = dict(self._fields["action"]._description_selection(self.env))
        for rule in self:
            if not rule.name or rule.name in names.values():
                rule.name = names.get(rule.action) or self.env._("New")

    @api.depends("action")
    def _compute_action_order(self):
        for rule in self:
            rule.action_order = ageing.ACTIONS.index(rule.action) if rule.action else 0

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("action", "to_pool_id", "pool_id", "active")
    def _check_to_pool(self):
        for rule in self.filtered(lambda rule: rule.action == "widen" and rule.active):
            pool, target = rule.pool_id.sudo(), rule.to_pool_id.sudo()
            words = {"rule": rule.name, "pool": pool.name, "target": target.name}
            if not target:
                raise ValidationError(self.env._("Say to which pool “%(rule)s” moves the leads.", **words))
            if target == pool:
                raise ValidationError(
                    self.env._("“%(pool)s” cannot move leads to itself. Choose another pool.", **words)
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
            if circle := self._circle(pool):
                raise ValidationError(
                    self.env._(
                        "Leads would go in a circle: %(pools)s. Choose another pool.",
                        pools=" → ".join(pool.name for pool in circle),
                    )
                )

    def _circle(self, pool):
        """The pools through which leads would come back to ``pool``, it included at both ends; empty if none."""
        steps = self.sudo().search([("action", "=", "widen"), ("to_pool_id", "!=", False)])
        targets = steps.grouped("pool_id")
        seen, paths = set(), [[pool]]
        while paths:
            path = paths.pop()
            for target in targets[path[-1]].to_pool_id if path[-1] in targets else ():
                if target == pool:
                    return [*path, pool]
                if target not in seen:
                    seen.add(target)
                    paths.append([*path, target])
        return []

    @api.constrains("action", "days", "domain", "pool_id", "active")
    def _check_order(self):
        """Of steps for all leads a later action cannot come before an earlier one: it would wait for it."""
        for pool in self.pool_id:
            steps = pool.sudo().ageing_rule_ids.filtered(
                lambda rule: rule.active and not rule.working and rule._lead_domain().is_true()
            )
            for before in steps:
                for after in steps:
                    if before.action_order < after.action_order and before.days > after.days:
                        raise ValidationError(
                            self.env._(
                                "“%(after)s” comes after “%(before)s”, so it needs at least as many days (%(days)s).",
                                after=after.name,
                                before=before.name,
                                days=f"{before.days:g}",
                            )
                        )

    def _counted(self, pool):
        return super()._counted(pool) & Domain("pool_state", "=", "waiting")

    def _as_step(self):
        """The step as the pure rules know it."""
        self.ensure_one()
        return ageing.Step(self.id, self.action, self.days, self.working)
