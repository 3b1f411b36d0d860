from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class LeadPoolDomainMixin(models.AbstractModel):
    """A rule of a pool with a condition on leads, as the domain editor writes it."""

    _name = "lead.pool.domain.mixin"
    _description = "Rule with a Condition on Leads"

    pool_id = fields.Many2one("lead.pool", "Lead Pool", required=True, index=True, ondelete="cascade")
    domain = fields.Char("Condition", default="[]", help="Leads for which this holds. Empty: all.")
    lead_count = fields.Integer(
        "Leads Now", compute="_compute_lead_count", help="Leads of the pool for which the condition holds now."
    )

    @api.depends("domain")
    def _compute_lead_count(self):
        Lead = self.env["crm.lead"]  # under the reader's own rights: a count must not answer what he may not ask
        for rule in self:
            pool = rule.pool_id._origin
            try:
                rule.lead_count = Lead.search_count(rule._lead_domain() & Domain("pool_id", "=", pool.id), limit=10_001)
            except Exception:  # an unfinished condition in the editor
                rule.lead_count = 0

    @api.constrains("domain")
    def _check_domain(self):
        for rule in self:
            self.env["lead.pool.domain.mixin"]._check_lead_domain(rule.domain, rule.display_name)

    @api.model
    def _check_lead_domain(self, text, name):
        """Refuse a condition that cannot be evaluated.

        :raises ValidationError: with ``name``, what is wrong and what to do
        """
        try:
            domain = Domain(literal_eval(text or "[]"))
            domain.validate(self.env["crm.lead"].sudo())
            self.env["crm.lead"].search(domain, limit=1)  # as its author: no condition on what he may not read
        except Exception as error:
            raise ValidationError(
                self.env._(
                    "The condition of “%(rule)s” cannot be used: %(error)s\n"
                    "Open it in the domain editor and choose the fields again.",
                    rule=name,
                    error=error,
                )
            ) from error

    def _lead_domain(self):
        self.ensure_one()
        return Domain(literal_eval(self.domain or "[]"))

    def _matching(self, leads):
        """``{rule id: {ids of these leads for which its condition holds}}``, a query per condition."""
        return {rule.id: rule._matching_ids(leads, rule.domain) for rule in self}

    @api.model
    def _matching_ids(self, leads, text):
        """Ids of those of ``leads`` for which the condition ``text`` holds."""
        domain = Domain(literal_eval(text or "[]"))
        if domain.is_true():
            return set(leads.ids)
        found = leads.sudo().with_context(active_test=False).search(Domain("id", "in", leads.ids) & domain)
        return set(found.ids)

    # ------------------------------------------------------------
    # CRUD: a pool's rules changed
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.pool_id._rules_changed()
        return rules

    def write(self, vals):
        if vals.get("pool_id"):
            self.env["lead.pool"].browse(vals["pool_id"]).check_access("write")
        pools = self.pool_id
        result = super().write(vals)
        (pools | self.pool_id)._rules_changed()
        return result

    def unlink(self):
        pools = self.pool_id
        result = super().unlink()
        pools._rules_changed()
        return result
