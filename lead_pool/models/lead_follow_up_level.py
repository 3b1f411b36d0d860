from odoo import fields, models


class LeadFollowUpLevel(models.Model):
    _name = "lead.follow.up.level"
    _description = "Follow-up Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "There is a follow-up level of this name already.")
