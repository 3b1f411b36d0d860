from odoo import fields, models


class Notes:
    """In the context under ``lead_pool_conversion``: what a conversion makes and fills. An object, so that no RPC
    client can send it.

    ``anew``: a customer is made although one is known. ``locked``: of the lead's entry, ``verbs.locks.Locked``."""

    def __init__(self, anew=False, locked=None):
        self.anew = anew
        self.locked = locked
        self.carried = {}  # {(lead id, place, currency): what the mapping brings there}
        self.known = None  # (person, company) that were found for the lead; None: not looked for
        self.partner_ids = []
        self.fills = {}  # {partner id: [field names]}

    def made(self, partners):
        self.partner_ids += [one for one in partners.ids if one not in self.partner_ids]

    def filled(self, partner, values):
        if partner.id not in self.partner_ids:
            names = self.fills.setdefault(partner.id, [])
            names += [name for name in values if name not in names]


class LeadPoolConversion(models.Model):
    """What became of a lead when it was converted: what was made and filled, and where each value landed.

    Written by the conversion alone; it is what an undo goes by.
    """

    _name = "lead.pool.conversion"
    _description = "Conversion of a Lead"
    _log_access = False
    _order = "id desc"
    _rec_name = "lead_ref"

    lead_id = fields.Many2one("crm.lead", readonly=True, index="btree_not_null", ondelete="set null")
    lead_ref = fields.Integer("Lead #", readonly=True, required=True, index=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Converted By", readonly=True, ondelete="set null")
    date = fields.Datetime("When", readonly=True, required=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="set null", index="btree_not_null")
    order_id = fields.Many2one("sale.order", "Order", readonly=True, ondelete="set null", index="btree_not_null")
    made_partner_ids = fields.Json("Made", readonly=True, help="Ids of the contacts that were made.")
    filled = fields.Json(readonly=True, help="Fields of existing contacts that were filled, by the contact's id.")
    landings = fields.Json(readonly=True, help="Where each value of the lead landed.")
    lost_count = fields.Integer("Values Lost", readonly=True)
    type_before = fields.Char(readonly=True)
    partner_before_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    holder_id = fields.Many2one("res.users", readonly=True, ondelete="set null", help="Who held the lead.")
    undone_at = fields.Datetime("Undone", readonly=True)
    undone_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
