from odoo import api, fields, models
from odoo.exceptions import UserError

KINDS = [
    ("lead", "Leads"),
    ("opportunity", "Opportunities"),
    ("outside", "Outside the Pools"),
]
CHOICES = [
    ("person", "To a person"),
    ("pool", "Back to the pool"),
    ("own", "As the pool distributes"),
    ("split", "Split over several"),
    ("keep", "Stay where they are"),
]


class LeadPoolHandoverGroup(models.Model):
    """One line of the preview: what is alike of the leads of who leaves, and where it goes."""

    _name = "lead.pool.handover.group"
    _description = "Group of a Hand-over"
    _order = "pool_id, kind, id"

    handover_id = fields.Many2one("lead.pool.handover", required=True, index=True, ondelete="cascade")
    pool_id = fields.Many2one("lead.pool", readonly=True, ondelete="cascade", help="Empty: outside the pools.")
    kind = fields.Selection(KINDS, "What", required=True, readonly=True)
    stage_id = fields.Many2one("crm.stage", "Stage", readonly=True, ondelete="cascade")
    count = fields.Integer("Leads", readonly=True, help="Leads of this group now.")
    first_deadline = fields.Datetime("First Goes Back", readonly=True, help="The earliest deadline among them.")
    soon = fields.Integer("Due in 7 Days", readonly=True, help="Go back by themselves within seven days.")
    requests = fields.Integer(
        "To Decide", readonly=True, help="Open requests; they lapse when the lead is handed over."
    )
    disputed = fields.Integer(readonly=True, help="In dispute with a colleague; that lapses as well.")
    locked = fields.Integer(readonly=True, help="Locked by their holder; the lock ends.")
    activities = fields.Integer(readonly=True, help="Planned activities, which go along.")
    meetings = fields.Integer(readonly=True, help="Meetings to come, which go along to a person.")
    mode = fields.Selection(CHOICES, "Instead", help="Empty: as chosen above for all.")
    user_id = fields.Many2one("res.users", "New Holder", domain="[('share', '=', False)]", ondelete="set null")
    words = fields.Char("Pool and Stage", compute="_compute_words")

    @api.depends("pool_id", "kind", "stage_id", "count")
    @api.depends_context("lang")
    def _compute_words(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for group in self:
            parts = [group.sudo().pool_id.name, kinds.get(group.kind), group.stage_id.name]
            group.words = " · ".join(part for part in parts if part)

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        groups._check_draft()
        return groups

    def write(self, vals):
        self._check_draft()
        return super().write(vals)

    def _check_draft(self):
        if not self.env.su and any(group.handover_id.state != "draft" for group in self):
            raise UserError(self.env._("This hand-over has begun. Make a new one for what is left."))
