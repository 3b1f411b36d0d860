from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "lead.custom.screens"]

    def _write_multi(self, vals_list):
        """A lead that names no company goes by its contact's: see ``lead.identity``."""
        super()._write_multi(vals_list)
        renamed = [
            partner.id for partner, vals in zip(self, vals_list, strict=True) if "commercial_company_name" in vals
        ]
        if renamed:
            self.env["lead.identity"]._mark("res.partner", renamed)
