from odoo import api, fields, models

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

    follow_up_count = fields.Integer(
        "Follow-ups", compute="_compute_follow_up_count", help="Of its leads, as far as the user may see them."
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        for kind in ("res.partner", "made"):
            self.env["lead.identity"]._mark(kind, partners.ids)
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

    # ------------------------------------------------------------
    # WHAT HAPPENED BEFORE
    # ------------------------------------------------------------

    def _compute_follow_up_count(self):
        for partner in self:
            partner.follow_up_count = self.env["lead.follow.up"].search_count(partner._follow_up_domain(), limit=1000)

    def _follow_up_domain(self):
        """Follow-ups of this customer's leads, or of anybody's of the company."""
        return [("lead_id.partner_id", "child_of", self._origin.ids or self.ids)]

    def button_follow_ups(self):
        return self.env["lead.follow.up"]._open_list(self._follow_up_domain())
