from odoo import fields, models

from ..isolation import contended


class LeadPoolDispute(models.TransientModel):
    """A rep says that a colleague works the customer of a lead of his: how it is known, and why it is his."""

    _name = "lead.pool.dispute"
    _inherit = ["lead.pool.move.mixin"]
    _description = "Dispute a Customer"

    number = fields.Integer("Number of the Other Lead")
    phone = fields.Char()
    email = fields.Char()
    company = fields.Char()

    @contended
    def action_confirm(self):
        self.ensure_one()
        entries = self.entry_ids
        answers = entries.action_dispute(
            note=self.note or None,
            number=self.number or None,
            phone=self.phone or None,
            email=self.email or None,
            company=self.company or None,
        )
        return self._show(
            entries,
            answers,
            lambda n: self.env._(
                "The dispute was opened. The clock of the lead stands still until an admin has decided."
            ),
        )
