"""What goes along with a lead: its planned activities and its meetings to come."""

from collections import defaultdict

from odoo import models
from odoo.tools import SQL


class LeadPoolHandoverBelongings(models.AbstractModel):
    """Mixed into ``lead.pool.handover``."""

    _name = "lead.pool.handover.belongings"
    _description = "What Goes Along with a Lead"

    def _activities_of(self, lead_ids, user_id, everybody=()):
        """``{lead id: [[activity id, user id]]}`` planned for this user, whom those set aside are for as well.

        :param everybody: ids of leads of which the activities of all others count too
        """
        self.env["mail.activity"].flush_model()
        help_asked = self.env.ref("lead_pool.mail_activity_help", raise_if_not_found=False)
        parked = [activity for ids in (self.parked or {}).values() for activity in ids]
        rows = self.env.execute_query(
            SQL(
                """SELECT res_id, id, COALESCE(user_id, %(user)s) FROM mail_activity
                    WHERE res_model = 'crm.lead' AND res_id = ANY(%(leads)s) AND active
                      AND (user_id = %(user)s OR id = ANY(%(parked)s)
                           OR user_id IS NOT NULL AND res_id = ANY(%(everybody)s)
                              AND activity_type_id IS DISTINCT FROM %(help)s) ORDER BY id""",
                leads=list(lead_ids),
                user=user_id,
                parked=parked,
                everybody=list(everybody),
                help=help_asked.id if help_asked else 0,  # ends with the help
            )
        )
        found = defaultdict(list)
        for lead_id, activity_id, whose in rows:
            found[lead_id].append([activity_id, whose])
        return found

    def _give_activities(self, pairs):
        """:param pairs: ``[(activity id, user id or 0)]``; by SQL, as nobody is told of each and who gets the lead at
        the same moment may not read it yet"""
        if not pairs:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE mail_activity a SET user_id = NULLIF(n.user_id, 0)
                     FROM unnest(%s::int[], %s::int[]) n(id, user_id) WHERE a.id = n.id""",
                [activity_id for activity_id, _user_id in pairs],
                [user_id for _activity_id, user_id in pairs],
            )
        )
        Activity = self.env["mail.activity"].sudo()
        Activity.invalidate_model(["user_id"])
        Activity.browse(activity_id for activity_id, _user_id in pairs).modified(["user_id"])

    def _meetings_of(self, lead_ids, user_id, now):
        """``{lead id: meetings}`` to come that this user leads."""
        meetings = (
            self.env["calendar.event"]
            .sudo()
            .search([("opportunity_id", "in", list(lead_ids)), ("user_id", "=", user_id), ("start", ">=", now)])
        )
        return meetings.grouped(lambda meeting: meeting.opportunity_id.id)

    def _give_meetings(self, meetings, from_user, to_user):
        """Another user leads these meetings, and takes the place of the former one; customers get no mail of it."""
        quiet = {"no_mail_to_attendees": True, "dont_notify": True, "mail_notrack": True}
        there = meetings.filtered(lambda meeting: from_user.partner_id in meeting.partner_ids)
        values = {"user_id": to_user.id}
        (meetings - there).with_context(**quiet).write(values)
        there.with_context(**quiet).write(
            {**values, "partner_ids": [(3, from_user.partner_id.id), (4, to_user.partner_id.id)]}
        )

    def _park(self, user):
        """Set the planned activities of ``user`` on leads aside: when he is archived, Odoo deletes what is his."""
        rows = self.env["mail.activity"].sudo().search([("res_model", "=", "crm.lead"), ("user_id", "=", user.id)])
        parked = defaultdict(list)
        for activity in rows:
            parked[activity.res_id].append(activity.id)
        self.parked = dict(parked)
        self._give_activities([(activity_id, 0) for ids in parked.values() for activity_id in ids])
