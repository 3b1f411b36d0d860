from odoo import fields, models

from ..isolation import contended


class LeadPoolMarkInvalid(models.TransientModel):
    """These are no leads at all: why."""

    _name = "lead.pool.mark.invalid"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Mark as Invalid"

    reason_id = fields.Many2one("lead.pool.reason", "Why", domain=[("kind", "=", "invalid")], required=True)

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        answers = entries.action_mark_invalid(self.reason_id.id, note=self.note or None, epoch=self.epoch or None)
        return self._show(
            entries,
            answers,
            lambda n: self.env._("%(count)s leads marked as invalid.", count=n)
            if n != 1
            else self.env._("The lead was marked as invalid."),
        )
