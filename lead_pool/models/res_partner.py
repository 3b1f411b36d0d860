from odoo import api, models

#: What a customer's keys are made of, as columns; a contact's company is the company's own.
SOURCES = {
    "phone",
    "phone_sanitized",
    "email",
    "name",
    "company_name",
    "is_company",
    "parent_id",
    "vat",
    "company_registry",
    "partner_share",
}


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "lead.custom.screens"]

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        self.env["lead.identity"]._mark("res.partner", partners.ids)
        return partners

    def _write_multi(self, vals_list):
        """Its keys, and those of leads that name no company and go by their contact's: see ``lead.identity``."""
        super()._write_multi(vals_list)
        rows = list(zip(self.ids, vals_list, strict=True))
        changed = [partner_id for partner_id, vals in rows if not SOURCES.isdisjoint(vals)]
        renamed = [partner_id for partner_id, vals in rows if "commercial_company_name" in vals]
        if changed:
            self.env["lead.identity"]._mark("res.partner", changed)
        if renamed:
            self.env["lead.identity"]._mark("named_after", renamed)
