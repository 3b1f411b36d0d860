from datetime import timedelta

from odoo import api, models

LOOK_BACK = timedelta(days=2)  # a meeting noticed later than this is history


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model
    def _cron_count_meetings(self):
        """Meetings with the holder that took place are follow-ups, once each."""
        if not self.env["lead.pool"]._in_use():
            return
        now = self.env["lead.pool"]._now()
        meetings = self.search(
            [("opportunity_id.pool_state", "=", "held"), ("stop", "<=", now), ("stop", ">", now - LOOK_BACK)]
        )
        refs = {f"calendar.event,{meeting.id}": meeting for meeting in meetings}
        FollowUp = self.env["lead.follow.up"].sudo()
        known = set(FollowUp.search([("source_ref", "in", list(refs))]).mapped("source_ref"))
        for ref, meeting in refs.items():
            lead = meeting.opportunity_id
            if ref not in known and lead.user_id.partner_id in meeting.partner_ids:
                FollowUp._record(lead, {"note": meeting.name}, channel="meeting", user=lead.user_id, source_ref=ref)
