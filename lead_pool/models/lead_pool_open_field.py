from odoo import api, fields, models
from odoo.tools import ormcache


class LeadPoolOpenField(models.Model):
    """The lead's fields that a masked pool may show before a lead is claimed.

    Only what cannot identify anybody is on this list: names, phone, mail, address, customers and
    free text are not. Custom fields that their admin declared open are added to it.
    """

    _name = "lead.pool.open.field"
    _description = "Open Field of a Masked Pool"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    field_name = fields.Char("Technical Name", required=True, readonly=True)
    is_default = fields.Boolean("By Default", help="Chosen for a new pool.")
    sequence = fields.Integer(default=10)

    _field_uniq = models.Constraint("UNIQUE (field_name)", "This field is on the list already.")

    @api.model
    @ormcache()
    def _names(self):
        """Names of the lead's fields on the list."""
        return frozenset(self.sudo().search([("field_name", "!=", False)]).mapped("field_name"))
