from odoo import api, models


class CrmTeamMember(models.Model):
    """Members of a pool by their sales team follow it."""

    _inherit = "crm.team.member"

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        self.env["lead.pool"]._wake_member_sync()
        return members

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint({"active", "crm_team_id", "user_id"}):
            self.env["lead.pool"]._wake_member_sync()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["lead.pool"]._wake_member_sync()
        return result
