from odoo import fields, models
from odoo.exceptions import UserError

from ..isolation import contended


class LeadPoolDispute(models.TransientModel):
    """A rep says that a colleague works the customer of a lead of his: how it is known, and why it is his."""

    _name = "lead.pool.dispute"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Dispute a Customer"

    number = fields.Char("Number of the Other Lead")
    phone = fields.Char()
    email = fields.Char()
    company = fields.Char()

    def _number(self):
        """The number that was typed, with or without #."""
        text = (self.number or "").strip().lstrip("#")
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise UserError(self.env._("The number of a lead has digits only, e.g. 1234."))
        return int(text) if text else None

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        answers = entries.action_dispute(
            note=self.note or None,
            number=self._number(),
            phone=self.phone or None,
            email=self.email or None,
            company=self.company or None,
            epoch=self.epoch or None,
        )
        return self._show(
            entries,
            answers,
            lambda n: self.env._(
                "The dispute was opened. The clock of the lead stands still until an admin has decided."
            ),
        )
