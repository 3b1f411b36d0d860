from odoo import api, fields, models
from odoo.fields import Domain


class LeadPoolHolding(models.Model):
    _name = "lead.pool.holding"
    _inherit = ["lead.pool.holding", "lead.pool.behind"]

    of_my_people = fields.Boolean(
        compute="_compute_of_my_people", search="_search_of_my_people", export_string_translation=False
    )

    @api.depends_context("uid")
    def _compute_of_my_people(self):
        people = set(self.env.user._lead_pool_people())
        for holding in self:
            holding.of_my_people = holding.user_id.id in people

    def _search_of_my_people(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("user_id", "in", self.env.user._lead_pool_people())
