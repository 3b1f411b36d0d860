from odoo import fields, models


class LeadGroup(models.Model):
    _name = "lead.group"
    _description = "Lead Group"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "There is a lead group of this name already.")
