from odoo import api, fields, models

from ..isolation import contended


class LeadPoolDecide(models.TransientModel):
    """An admin decides requests: what follows is said before, a note is optional."""

    _name = "lead.pool.decide"
    _description = "Decide Requests"

    approval_ids = fields.Many2many("lead.pool.approval", string="Requests")
    decision = fields.Selection([("approved", "Approve"), ("declined", "Decline")], required=True, default="approved")
    note = fields.Text("Answer")
    about = fields.Char(compute="_compute_about")
    follows = fields.Char(compute="_compute_about")

    @api.depends("approval_ids", "decision")
    def _compute_about(self):
        for wizard in self:
            requests = wizard.approval_ids
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
        if self.decision == "approved":
            answers = requests.action_approve(note=self.note or None)
            return requests._notification(answers, lambda n: self.env._("%(count)s requests approved.", count=n))
        answers = requests.action_decline(note=self.note or None)
        return requests._notification(answers, lambda n: self.env._("%(count)s requests declined.", count=n))
