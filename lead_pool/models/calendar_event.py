from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError

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

    def _check_may_meet(self):
        """A meeting stands on its lead, keeps a claim from being undone and counts when its holder attends: it is for
        who may change that lead, and nobody names another one by its number.

        :raises UserError: which lead, and what to do
        """
        for lead in self.opportunity_id._of_others():
            raise UserError(
                self.env._(
                    "Lead #%(number)s is not yours, so that you cannot plan a meeting for it. Claim it, or ask an "
                    "admin of its pool.",
                    number=lead.id,
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        meetings = super().create(vals_list)
        meetings._check_may_meet()
        return meetings

    def write(self, values):
        named = bool(values.get("opportunity_id"))
        others = self.filtered(lambda meeting: meeting.opportunity_id.id != values["opportunity_id"]) if named else self
        result = super().write(values)
        if named:
            others.exists()._check_may_meet()
        return result

    def _attending(self):
        """Partners who are asked to the meeting and have not declined."""
        declined = self.attendee_ids.filtered(lambda attendee: attendee.state == "declined").partner_id
        return self.partner_ids - declined
