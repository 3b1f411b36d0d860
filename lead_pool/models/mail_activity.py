from odoo import models


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """An activity that the holder marks done is a follow-up, without being typed again."""
        done = []
        if self.env["lead.pool"]._in_use():
            done = [
                (activity.res_id, activity.activity_type_id.name or "", activity.summary or "", activity.id)
                for activity in self
                if activity.res_model == "crm.lead"
            ]
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        leads = self.env["crm.lead"].browse({lead_id for lead_id, *_rest in done}).exists()
        held = leads.filtered(lambda lead: lead.pool_state == "held" and lead.user_id == self.env.user)
        for lead_id, kind, summary, activity_id in done:
            if lead_id in held._ids:
                note = " · ".join(text for text in (kind, summary, feedback or "") if text)
                self.env["lead.follow.up"]._record(
                    held.browse(lead_id), {"note": note}, channel="activity", source_ref=f"mail.activity,{activity_id}"
                )
        return result
