from odoo import api, fields, models

from ..isolation import contended


class LeadPoolDecide(models.TransientModel):
    """An admin decides requests: what follows is said before, a note is optional."""

    _name = "lead.pool.decide"
    _description = "Decide Requests"

    approval_ids = fields.Many2many("lead.pool.approval", string="Requests")
    decision = fields.Selection([("approved", "Approve"), ("declined", "Decline")], required=True, default="approved")
    note = fields.Text("Answer")
    is_dispute = fields.Boolean(compute="_compute_about")
    outcome = fields.Selection(
        selection=lambda self: self.env["lead.pool.approval"]._fields["outcome"]._description_selection(self.env)
    )
    merge = fields.Boolean("Merge Both Leads", help="The winner gets one lead, merged of both. This cannot be undone.")
    about = fields.Char(compute="_compute_about")
    follows = fields.Char(compute="_compute_about")

    @api.depends("approval_ids", "decision")
    def _compute_about(self):
        for wizard in self:
            requests = wizard.approval_ids
            wizard.is_dispute = set(requests.mapped("kind")) == {"dispute"} and wizard.decision == "approved"
            if len(requests) == 1:
                wizard.about = requests.sentence
                wizard.follows = requests.on_yes if wizard.decision == "approved" else requests.on_no
            else:
                wizard.about = self.env._("%(count)s requests", count=len(requests))
                wizard.follows = False

    @contended
    def action_confirm(self):
        self.ensure_one()
        requests = self.approval_ids
        if self.is_dispute and self.outcome:
            merge = self.merge and self.outcome != "both"
            answers = requests.action_settle(self.outcome, note=self.note or None, merge=merge)
            return requests._notification(answers, lambda n: self.env._("%(count)s disputes decided.", count=n))
        if self.decision == "approved":
            answers = requests.action_approve(note=self.note or None)
            return requests._notification(answers, lambda n: self.env._("%(count)s requests approved.", count=n))
        answers = requests.action_decline(note=self.note or None)
        return requests._notification(answers, lambda n: self.env._("%(count)s requests declined.", count=n))
