"""A lead's keys follow what identifies it, whoever writes it: a form, an import, a merge, the contact."""

from odoo import api, models

#: What a lead's keys are made of, as columns.
SOURCES = {"phone", "phone_sanitized", "email_from", "wechat", "partner_name", "partner_id", "company_registry_code"}


class LeadIdentityMixin(models.AbstractModel):
    _name = "lead.pool.lead.identity"
    _description = "Keys of a Lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        self.env["lead.identity"]._mark("crm.lead", leads.ids)
        return leads

    def _write_multi(self, vals_list):
        """Here arrive also the values that Odoo computes, e.g. the phone of a contact that was changed."""
        super()._write_multi(vals_list)
        changed = [lead.id for lead, vals in zip(self, vals_list, strict=True) if not SOURCES.isdisjoint(vals)]
        if changed:
            self.env["lead.identity"]._mark("crm.lead", changed)

    def _phone_format_number(self, number, country, force_format="E164", raise_exception=False):
        """A number is parsed once a transaction: the gate, the check of a file and Odoo ask for each."""
        if raise_exception or not number:
            return super()._phone_format_number(number, country, force_format, raise_exception)
        known = self.env.cr.cache.setdefault("lead_pool.phones", {})
        asked = (number, country.id, force_format)
        if asked not in known:
            known[asked] = super()._phone_format_number(number, country, force_format)
        return known[asked]
