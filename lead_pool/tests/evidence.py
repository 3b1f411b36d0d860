"""A pool that asks for a follow-up every three days, and what a rep does with his leads there."""

from datetime import timedelta

from odoo import Command, fields

from .common import LeadPoolCase

MONDAY = "2026-03-02 09:00:00"
LONG = "Sent the offer by mail, he will ask his boss"


class EvidenceCase(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.reclaim_rule_ids = [Command.create({"name": "Three days", "no_follow_up_days": 3})]
        cls.call = cls.env.ref("lead_pool.follow_up_type_call")
        cls.visit = cls.env.ref("lead_pool.follow_up_type_visit")
        cls.customer = cls.env["res.partner"].create({"name": "Galaxy", "email": "boss@galaxy.example"})

    def _say(self, lead, user=None, **values):
        """The follow-up that comes of it."""
        record_id = lead.with_user(user or self.li).action_follow_up(values)
        self.env.invalidate_all()
        return self.env["lead.follow.up"].browse(record_id)

    def _clock(self, lead):
        self.env.invalidate_all()
        return lead.last_follow_up_at, lead.reclaim_at

    def _mail(self, lead, partners, body=LONG, user=None, **kwargs):
        kwargs = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment", **kwargs}
        message = lead.with_user(user or self.li).message_post(body=body, partner_ids=partners.ids, **kwargs)
        self.env.invalidate_all()
        return message

    def _meeting(self, lead, start, hours=1, partners=None, **values):
        partners = self.li.partner_id | self.customer if partners is None else partners
        start = fields.Datetime.to_datetime(start)
        meeting = (
            self.env["calendar.event"]
            .with_user(self.li)
            .create(
                {
                    "name": "Demo at Galaxy",
                    "start": start,
                    "stop": start + timedelta(hours=hours),
                    "opportunity_id": lead.id,
                    "partner_ids": [Command.set(partners.ids)],
                    **values,
                }
            )
        )
        self._created(meeting, fields.Datetime.now())
        return meeting

    def _created(self, records, moment):
        """``create_date`` is the database's: tests that freeze the time say it."""
        self.env.flush_all()
        self.env.cr.execute(f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)", [moment, records.ids])
        records.invalidate_recordset(["create_date"])

    def _kinds(self, lead):
        self.env.invalidate_all()
        return [(f.channel, f.counts, f.doubt) for f in lead.follow_up_ids.sorted("id")]
