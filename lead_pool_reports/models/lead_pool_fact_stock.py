from odoo import fields, models


class LeadPoolFactStock(models.Model):
    """What there is now, added up: leads in a pool by their state, and leads in a rep's hands."""

    _name = "lead.pool.fact.stock"
    _description = "Stock for Reports"
    _log_access = False
    _rec_name = "code"

    code = fields.Char(required=True, readonly=True)
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all reps, or of none.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    count = fields.Integer(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(code, user_ref, pool_ref, company_ref)")
