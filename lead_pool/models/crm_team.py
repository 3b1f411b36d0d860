from odoo import models

from .verbs.guard import NOT_POOLED


class CrmTeam(models.Model):
    _inherit = "crm.team"

    def _get_lead_to_assign_domain(self):
        """Odoo's own assignment takes leads without an owner; those of a pool are not its business."""
        return [*super()._get_lead_to_assign_domain(), ("pool_id", "=", False)]

    def _allocate_leads(self, creation_delta_days=7):
        """The same for leads without a team, whose condition is written inside Odoo's method."""
        teams = self
        if self.env["lead.pool"]._in_use():
            teams = self.with_context(lead_pool_not_pooled=NOT_POOLED)
        return super(CrmTeam, teams)._allocate_leads(creation_delta_days=creation_delta_days)
