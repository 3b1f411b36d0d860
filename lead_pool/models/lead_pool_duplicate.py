from odoo import fields, models


class LeadPoolDuplicate(models.Model):
    """A new lead looked like a lead or customer that was there; somebody says whether it is."""

    _name = "lead.pool.duplicate"
    _description = "Possible Duplicate"
    _order = "sure desc, id"
    _rec_name = "lead_id"

    lead_id = fields.Many2one("crm.lead", required=True, readonly=True, ondelete="cascade", help="The newer one.")
    other_lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="cascade", index="btree_not_null")
    partner_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade", index="btree_not_null")
    by = fields.Char(readonly=True, help="The kinds of keys that agree.")
    sure = fields.Boolean(readonly=True)
    would = fields.Char(readonly=True, help="What would have been done, if the pool did not only observe.")
    dismissed = fields.Boolean("Not a Duplicate", readonly=True, help="Somebody looked at both: they are different.")
    dismissed_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")

    _pair_uniq = models.UniqueIndex("(lead_id, COALESCE(other_lead_id, 0), COALESCE(partner_id, 0))")
    _one_other = models.Constraint(
        "CHECK (num_nonnulls(other_lead_id, partner_id) = 1)", "It is like a lead or like a customer."
    )
