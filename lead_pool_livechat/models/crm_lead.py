from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def write(self, vals):
        if self.env.context.get("lead_pool_chat_forwarded"):
            waiting = self.filtered("pool_id")
            kept = {name: value for name, value in vals.items() if name not in ("user_id", "team_id")}
            if waiting and len(kept) < len(vals):
                super(CrmLead, waiting).write(kept)
                return super(CrmLead, self - waiting).write(vals)
        return super().write(vals)
