from odoo import fields, models

from ..isolation import contended


class LeadPoolReclaim(models.TransientModel):
    """An admin takes held leads back into their pool."""

    _name = "lead.pool.reclaim"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Take Back"

    reason_id = fields.Many2one("lead.pool.reason", "Why", domain=[("kind", "=", "reclaim")])

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        answers = entries.action_reclaim(reason_id=self.reason_id.id or None, note=self.note or None)
        return self._show(
            entries,
            answers,
            lambda n: self.env._("%(count)s leads taken back.", count=n)
            if n != 1
            else self.env._("The lead was taken back."),
        )
