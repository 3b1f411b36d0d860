from odoo import api, fields, models
from odoo.tools import ormcache


class LeadFollowUpType(models.Model):
    _name = "lead.follow.up.type"
    _description = "Follow-up Type"
    _inherit = ["lead.pool.cached.mixin"]
    _cached_fields = frozenset({"is_call"})
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    icon = fields.Char(default="fa-comment", help="Font Awesome icon, e.g. fa-phone.")
    is_call = fields.Boolean(
        "Call", help="A follow-up of this type with a duration is a call: pools may ask how long it must last."
    )
    active = fields.Boolean(default=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "There is a follow-up type of this name already.")

    @api.model
    @ormcache()
    def _calls(self):
        """Ids of the types that are calls, archived ones included."""
        return tuple(self.sudo().with_context(active_test=False).search([("is_call", "=", True)]).ids)
