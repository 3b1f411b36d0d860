from odoo import api, models

from .verbs.guard import NOT_POOLED


class CrmTeam(models.Model):
    _inherit = "crm.team"

    # ------------------------------------------------------------
    # PROPERTIES OF LEADS ARE FIELDS OF THE MAPPING
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        if any(vals.get("lead_properties_definition") for vals in vals_list):
            self.env.registry.clear_cache()
        return teams

    def write(self, vals):
        result = super().write(vals)
        if "lead_properties_definition" in vals:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    # ------------------------------------------------------------
    # ODOO'S OWN ASSIGNMENT
    # ------------------------------------------------------------

    def _get_lead_to_assign_domain(self):
        """Odoo's own assignment takes leads without an owner; those of a pool are not its business."""
        return [*super()._get_lead_to_assign_domain(), ("pool_id", "=", False)]

    def _allocate_leads(self, creation_delta_days=7):
        """The same for leads without a team, whose condition is written inside Odoo's method."""
        teams = self
        if self.env["lead.pool"]._in_use():
            teams = self.with_context(lead_pool_not_pooled=NOT_POOLED)
        return super(CrmTeam, teams)._allocate_leads(creation_delta_days=creation_delta_days)
