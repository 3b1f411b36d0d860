from odoo import models

from ..isolation import contended


class LeadPoolAsk(models.TransientModel):
    """A rep who is full asks for waiting leads: why."""

    _name = "lead.pool.ask"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Ask for Leads above the Capacity"

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        answers = entries.action_ask_over_capacity(note=self.note or None)
        return self._show(
            entries, answers, lambda n: self.env._("The pool's admins were asked. You are told what they decide.")
        )
