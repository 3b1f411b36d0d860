from odoo import fields, models


class LeadPoolHandoverShare(models.Model):
    """One of several people over whom the leads are split."""

    _name = "lead.pool.handover.share"
    _description = "Share of a Hand-over"
    _order = "id"
    _rec_name = "user_id"

    handover_id = fields.Many2one("lead.pool.handover", required=True, index=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        "New Holder",
        required=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
        help="Who gets leads.",
    )
    weight = fields.Float(default=1, required=True, help="Share of the leads: 2 gets twice as many as 1.")

    _weight_positive = models.Constraint("CHECK (weight > 0)", "A share is above 0; leave out who gets nothing.")
    _user_uniq = models.UniqueIndex("(handover_id, user_id)", "Each person once.")
