from odoo import fields, models


class LeadPoolReason(models.Model):
    _name = "lead.pool.reason"
    _description = "Reason for a Lead's Move"
    _order = "kind, sequence, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [
            ("return", "Return"),
            ("invalid", "Invalid"),
            ("transfer", "Transfer"),
            ("reclaim", "Recall"),
        ],
        required=True,
        default="return",
        index=True,
        help="Where the reason is offered.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_kind_uniq = models.Constraint("UNIQUE (kind, name)", "There is a reason of this name for this already.")
