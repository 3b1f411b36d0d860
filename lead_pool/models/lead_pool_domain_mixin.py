from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class LeadPoolDomainMixin(models.AbstractModel):
    """A condition on leads, as the domain editor writes it."""

    _name = "lead.pool.domain.mixin"
    _description = "Condition on Leads"

    domain = fields.Char("Condition", default="[]", help="Leads for which this holds. Empty: all.")

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            try:
                rule._lead_domain().validate(self.env["crm.lead"].sudo())
                self.env["crm.lead"].sudo().search(rule._lead_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._(
                        "The condition of “%(rule)s” cannot be used: %(error)s\n"
                        "Open it in the domain editor and choose the fields again.",
                        rule=rule.display_name,
                        error=error,
                    )
                ) from error

    def _lead_domain(self):
        self.ensure_one()
        return Domain(literal_eval(self.domain or "[]"))

    def _matching(self, leads):
        """``{rule id: {ids of these leads for which its condition holds}}``, a query per condition."""
        matches = {}
        for rule in self:
            domain = rule._lead_domain()
            if domain.is_true():
                matches[rule.id] = set(leads.ids)
            else:
                found = leads.sudo().with_context(active_test=False).search(Domain("id", "in", leads.ids) & domain)
                matches[rule.id] = set(found.ids)
        return matches
