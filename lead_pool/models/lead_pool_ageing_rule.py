from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

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
    _kept_fields = ("broken", "changed_at", "told_foreign")

    name = fields.Char(
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
        help="How the step is called in the history of a lead.",
    )
    active = fields.Boolean(help="Off: the step is kept, and not taken.")
    action = fields.Selection(ACTIONS, "Step", required=True, default="raise", help="What happens to the lead.")
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

    changed_at = fields.Datetime(
        readonly=True,
        copy=False,
        help="When the step came, or when what it does last changed: what waits already by then is moved or archived "
        "after the pool's grace at the earliest.",
    )
    told_foreign = fields.Boolean(
        readonly=True, copy=False, help="The admins were told that the other pool cannot have some of the leads."
    )

    _days_in_range = models.Constraint(
        f"CHECK (days >= {ageing.LEAST_DAYS} AND days <= 3650)",
        "A step is taken after at least 0.04 days (about an hour) and at most 3650.",
    )

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
            if not rule._target_fits():
                raise ValidationError(
                    self.env._(
                        "“%(target)s” takes leads of %(company)s only. Choose another pool.",
                        company=target.company_id.name,
                        **words,
                    )
                )
            self._lock_ways(pool)
            if circle := self._circle(pool):
                raise ValidationError(
                    self.env._(
                        "Leads would go in a circle: %(pools)s. Choose another pool.",
                        pools=" → ".join(pool.name for pool in circle),
                    )
                )

    def _target_fits(self):
        """Whether the other pool may have the leads of this one."""
        target = self.sudo().to_pool_id
        return target.active and (not target.company_id or target.company_id == self.sudo().pool_id.company_id)

    def _lock_ways(self, pool):
        """Lock the pools to which leads of ``pool`` may come, so that two admins at once do not make a circle.

        Whoever adds a step changes its pool (a new version of its rules), so that he who comes second waits here, is
        thrown back by the database, and is tried again by Odoo with the other one's step in sight.
        """
        self.env.flush_all()
        self.env.execute_query(
            SQL(
                """WITH RECURSIVE way(id) AS (
                       SELECT %(pool)s UNION
                       SELECT s.to_pool_id FROM way JOIN lead_pool_ageing_rule s ON s.pool_id = way.id
                        WHERE s.active AND s.action = 'widen' AND s.to_pool_id IS NOT NULL)
                   SELECT p.id FROM lead_pool p WHERE p.id IN (SELECT id FROM way) ORDER BY p.id FOR NO KEY UPDATE""",
                pool=pool.id,
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
        """One by one; of a change of several steps the whole is checked at its end."""
        if not self.pool_id._changes_in_steps():
            self._check_together()

    def _check_together(self):
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

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        now = self.env["lead.pool"]._now()
        rules = super().create(vals_list)
        rules._keep_problem("changed_at", now)
        return rules

    def write(self, vals):
        now = self.env["lead.pool"]._now()
        before = {rule.id: rule._what_it_does() for rule in self}
        result = super().write(vals)
        changed = self.filtered(lambda rule: rule._what_it_does() != before[rule.id])
        if changed:
            changed._keep_problem("changed_at", now)
            changed._keep_problem("told_foreign", False)
        return result

    def _what_it_does(self):
        """What of the step makes leads wait for less or more, or for something else."""
        names = ("active", "action", "days", "working", "domain", "to_pool_id", "pool_id")
        return [self[name] for name in names]

    # ------------------------------------------------------------
    # FOR THE SCHEDULED ACTION
    # ------------------------------------------------------------

    def _graces(self, now):
        """``{id: (moment when the step came, moment until which what waited by then is safe)}``, of steps that take
        leads out of the pool. A step is not younger than the clock says: where the past is told, there is no grace."""
        return {
            rule.id: (rule.changed_at, rule.changed_at + timedelta(hours=rule.pool_id.grace_hours))
            for rule in self
            if rule.action in ageing.GRACEFUL and rule.changed_at and rule.changed_at <= now
        }

    def _found_foreign(self, count):
        """The other pool cannot have ``count`` leads, which go on waiting here: its admins are told once."""
        rule = self.sudo()
        if rule.told_foreign:
            return
        rule._keep_problem("told_foreign", True)
        rule.pool_id._tell_admins(
            "trouble",
            lambda env, pool: (
                env._("“%(rule)s” in “%(pool)s” left leads out", rule=rule.name, pool=pool.name),
                [
                    env._(
                        "%(count)s leads could not move to “%(target)s”: it is archived, or takes leads of another "
                        "company. They go on waiting in “%(pool)s”. Choose another pool in this step.",
                        count=count,
                        target=rule.to_pool_id.name,
                        pool=pool.name,
                    )
                ],
            ),
        )

    def _as_step(self):
        """The step as the pure rules know it."""
        self.ensure_one()
        return ageing.Step(self.id, self.action, self.days, self.working)
