from datetime import timedelta

from odoo import api, models

from .lead_follow_up import LONGEST

LOOK_BACK = timedelta(days=2)  # a meeting noticed later than this is history


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    @api.model
    def _cron_count_meetings(self):
        """Meetings of the holder that took place are follow-ups, once each. One that was over when he got the lead, or
        when it was entered, is worth what its name says."""
        if not self.env["lead.pool"]._in_use():
            return
        now = self.env["lead.pool"]._now()
        meetings = self.search(
            [("opportunity_id.pool_state", "=", "held"), ("stop", "<=", now), ("stop", ">", now - LOOK_BACK)],
            order="stop, id",
        )
        refs = {f"calendar.event,{meeting.id}": meeting for meeting in meetings}
        FollowUp = self.env["lead.follow.up"].sudo()
        known = set(FollowUp.search([("source_ref", "in", list(refs))]).mapped("source_ref"))
        for ref, meeting in refs.items():
            lead = meeting.opportunity_id
            attending = meeting._attending()
            if ref not in known and lead.user_id.partner_id in attending:
                FollowUp._record(
                    lead,
                    {"note": meeting.name or "", "duration": min(max(meeting.duration, 0) * 60, LONGEST)},
                    channel="meeting",
                    user=lead.user_id,
                    source_ref=ref,
                    to_customer=lead._meets_customer(attending.filtered("partner_share"), lead.user_id),
                    afterwards=meeting.stop < max(meeting.create_date, lead.held_since),
                )
        FollowUp._flag_undelivered(now)

    def _attending(self):
        """Partners who are asked to the meeting and have not declined."""
        declined = self.attendee_ids.filtered(lambda attendee: attendee.state == "declined").partner_id
        return self.partner_ids - declined
