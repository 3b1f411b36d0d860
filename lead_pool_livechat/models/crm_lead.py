from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def write(self, vals):
        """A chat that is forwarded to an operator gives him no lead that waits, nor one that somebody has: a visitor who
        is known already came again."""
        if self.env.context.get("lead_pool_chat_forwarded") and not {"user_id", "team_id"}.isdisjoint(vals):
            keep_owner = self.env["lead.pool.channel"]._policy("livechat", self.company_id[:1].id).keep_owner
            left = self.filtered(lambda lead: lead.user_id or (lead.pool_id and not keep_owner))
            if left:
                kept = {name: value for name, value in vals.items() if name not in ("user_id", "team_id")}
                super(CrmLead, left).write(kept)
                return super(CrmLead, self - left).write(vals)
        return super().write(vals)
