from odoo import models


class LeadPoolEntry(models.Model):
    _name = "lead.pool.entry"
    _inherit = ["lead.pool.entry", "lead.pool.behind"]
