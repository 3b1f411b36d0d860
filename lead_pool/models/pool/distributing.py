"""To whom a pool gives its leads by itself."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...notification import notification
from ...rules.sentences import paragraph
from ..verbs.distribute import CHUNK

#: Strategies by name, see ``rules.strategies``; a pool may also give its leads out by hand.
STRATEGIES = [
    ("default_assignee", "To one person"),
    ("round_robin", "In turn"),
    ("rotation", "In turn, by weight"),
    ("least_loaded", "To who has least in hand"),
    ("skill", "To who has the skills"),
    ("conversion", "To who converts such leads best"),
]


class LeadPoolDistributing(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.distributing"
    _description = "Distribution of a Pool"

    strategy = fields.Selection(
        [
            ("manual", "By hand: claim or assign"),
            *STRATEGIES,
        ],
        "Distribution",
        required=True,
        default="manual",
        tracking=True,
        help="How waiting leads that no rule takes are given out.",
    )
    default_assignee_id = fields.Many2one(
        "res.users",
        check_company=True,
        domain="[('share', '=', False)]",
        help="Who gets all leads of the pool as long as there is room in his hands.",
    )
    affinity = fields.Boolean(
        "Same Company, Same Rep",
        help="A lead goes to who has leads of the same customer, company, phone number, e-mail address or WeChat "
        "account, if he can take it; where nobody has any, to who converted the last one of that customer or company.",
    )
    ageing_rule_ids = fields.One2many(
        "lead.pool.ageing.rule",
        "pool_id",
        "What Waits Too Long",
        help="Steps for leads that nobody takes, by age, each once in a wait.",
    )
    assign_rule_ids = fields.One2many(
        "lead.pool.assign.rule",
        "pool_id",
        "Distribution Rules",
        help="Tried in their order, before the distribution of the pool itself.",
    )
    told_nobody_on = fields.Date(
        copy=False, readonly=True, help="When the admins were last told that nobody can take leads."
    )
    told_unguarded_on = fields.Date(
        copy=False, readonly=True, help="When the admins were last told that the database lost a safeguard."
    )
    distribute_on_arrival = fields.Boolean(default=True, help="Off: by the scheduled action only.")
    first_contact_days = fields.Integer(
        "First Contact Within",
        help="Days in which who gets a lead by distribution or from an admin shall contact it: an activity is planned "
        "for him. 0: none.",
    )

    @api.constrains("strategy", "default_assignee_id", "member_ids")
    def _check_default_assignee(self):
        for pool in self:
            if pool.strategy != "default_assignee":
                continue
            if not pool.default_assignee_id:
                raise ValidationError(
                    self.env._("Choose the default assignee of “%(pool)s”, or another distribution.", pool=pool.name)
                )

    def _check_no_target(self):
        """Leads that wait too long elsewhere must have somewhere to go."""
        steps = (
            self.env["lead.pool.ageing.rule"]
            .sudo()
            .search([("to_pool_id", "in", self.ids), ("pool_id.active", "=", True)])
        )
        for step in steps:
            raise UserError(
                self.env._(
                    "“%(other)s” moves leads that wait too long to “%(pool)s”. Change the step “%(step)s” there first.",
                    other=step.pool_id.name,
                    pool=step.to_pool_id.name,
                    step=step.name,
                )
            )

    def button_distribute(self):
        """Distribute what waits now, and say what happened; more than a batch goes on as a job."""
        self.ensure_one()
        answers = self.action_distribute()
        if len(answers) == CHUNK and self.waiting_count:
            return self.env["lead.pool.job"]._start("distribute", self, self.waiting_count).button_open()
        done = sum(answer["done"] for answer in answers)
        left = len(answers) - done
        message = self.env._("%(done)s leads distributed, %(left)s still wait.", done=done, left=left)
        reasons = {answer["message"] for answer in answers if answer["message"]}
        return notification(
            paragraph([message, *sorted(reasons)[:1]]) if left else message, "success" if done else "warning"
        )
