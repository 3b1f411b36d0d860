from odoo import api, fields, models
from odoo.fields import Domain


class LeadPoolEntryRule(models.Model):
    """An ordered list: a new lead without an owner enters the first pool whose condition holds."""

    _name = "lead.pool.entry.rule"
    _inherit = ["lead.pool.domain.mixin"]
    _description = "Entry Condition"
    _order = "sequence, id"
    _policy_fields = ("name", "domain")

    name = fields.Char(
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
        help="How the condition is called in the history of a lead.",
    )
    sequence = fields.Integer(default=10, help="Conditions of all pools are tried in this order.")
    active = fields.Boolean(help="Off: the condition is kept, and not tried.")
    lead_count = fields.Integer(
        "Leads of 30 Days", help="Leads that came in the last 30 days, of any pool, for which the condition holds."
    )
    company_id = fields.Many2one(related="pool_id.company_id", store=True)

    @api.depends("pool_id")
    def _compute_name(self):
        for rule in self:
            rule.name = rule.name or rule.pool_id.name or self.env._("New")

    def _counted(self, pool):
        return Domain("create_date", ">=", "-30d")

    @api.model
    def _route(self, leads):
        """Which pool each new lead enters.

        :returns: ``{lead_id: (pool, rule name or '', [names of conditions that did not hold])}``; leads without a
            condition that holds go to the company's default pool, and without one to none
        """
        rules = self.sudo().search([("active", "=", True), ("pool_id.active", "=", True)])
        matches = rules._matching(leads)
        routes = {}
        for lead in leads.sudo():
            company = lead.company_id
            usable = [rule for rule in rules if not (rule.company_id and company and rule.company_id != company)]
            tried = []
            for rule in usable:
                if lead.id in matches[rule.id]:
                    routes[lead.id] = (rule.pool_id, rule.name, tried)
                    break
                tried.append(rule.name)
            else:
                default = (company or self.env.company.sudo()).lead_pool_default_id
                routes[lead.id] = (default.filtered("active"), "", tried)
        return routes
