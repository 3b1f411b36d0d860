from odoo import fields, models


class LeadFollowUpType(models.Model):
    _name = "lead.follow.up.type"
    _description = "Follow-up Type"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    icon = fields.Char(default="fa-comment", help="Font Awesome icon, e.g. fa-phone.")
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "There is a follow-up type of this name already.")
