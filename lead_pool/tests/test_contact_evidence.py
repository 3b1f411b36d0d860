"""Mails, messages, activities and meetings that are follow-ups by themselves."""

from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from .evidence import MONDAY, EvidenceCase


@tagged("post_install", "-at_install")
class TestContact(EvidenceCase):
    """Mails, SMS, activities and meetings: what counts without being typed."""

    def setUp(self):
        super().setUp()
        self.lead = self._held(self.li, partner_id=self.customer.id, email_from="boss@galaxy.example")

    def test_a_mail_to_the_customer_counts(self):
        colleague = self.env["res.partner"].create({"name": "Buyer", "email": "buyer@galaxy.example"})
        child = self.env["res.partner"].create(
            {"name": "Secretary", "email": "sec@else.example", "parent_id": self.customer.id}
        )
        for number, partner in enumerate((self.customer, colleague, child)):
            self._mail(self.lead, partner, body=f"<p>Offer {'abc'[number] * 20}</p>")
        self._mail(self.lead, self.env["res.partner"], body="By address only", outgoing_email_to="boss@galaxy.example")
        self.assertEqual(self._kinds(self.lead), [("mail_out", True, False)] * 4)
        self.assertEqual(len(self.lead.pool_holding_ids.filtered(lambda h: not h.ended_at)), 1)

    def test_a_mail_to_somebody_else_does_not(self):
        myself = self.env["res.partner"].create({"name": "My private address", "email": "li.na@home.example"})
        twin = self.env["res.partner"].create({"name": "Me again", "email": self.li.email})
        unreachable = self.env["res.partner"].create({"name": "No address"})
        before = self._clock(self.lead)
        for partner in (myself, twin, unreachable):
            self._mail(self.lead, partner)
        self.assertEqual(self._kinds(self.lead), [("mail_out", False, "not_to_customer")] * 3)
        self._mail(self.lead, self.li.partner_id | self.wang.partner_id)
        self.assertEqual(len(self.lead.follow_up_ids), 3, "colleagues are no customers at all")
        self.assertEqual(self._clock(self.lead), before)

    def test_a_lead_with_his_own_address_makes_no_customer_of_the_rep(self):
        twin = self.env["res.partner"].create({"name": "Me again", "email": self.li.email})
        lead = self._held(self.li, email_from=self.li.email, phone=False)
        self._mail(lead, twin)
        self.assertEqual(self._kinds(lead), [("mail_out", False, "not_to_customer")])

    def test_a_lead_that_names_nobody_takes_any_customer(self):
        lead = self._held(self.li, email_from=False, phone=False)
        self._mail(lead, self.customer)
        self.assertEqual(self._kinds(lead), [("mail_out", True, False)])

    def test_what_is_no_mail_of_the_holder_is_no_follow_up(self):
        self._mail(self.lead, self.customer, subtype_xmlid="mail.mt_note")
        self._mail(self.lead, self.customer, message_type="notification")
        self._mail(self.lead, self.customer, message_type="auto_comment")
        self._mail(self.lead, self.customer, message_type="email", author_id=self.customer.id)
        self._mail(self.lead, self.customer, user=self.manager)
        self._mail(self.lead, self.customer, user=self.manager, author_id=self.li.partner_id.id)
        self.env["mail.mail"].with_user(self.li).sudo().create(
            {
                "model": "crm.lead", "res_id": self.lead.id, "author_id": self.li.partner_id.id, "body_html": "x",
                "recipient_ids": [Command.set(self.customer.ids)], "subtype_id": self.env.ref("mail.mt_comment").id,
            }
        )  # fmt: skip
        self.assertFalse(self._kinds(self.lead))

    def test_a_mass_mail_does_not_count_and_a_single_one_of_the_composer_does(self):
        other = self._held(self.li, partner_id=self.customer.id)
        Composer = self.env["mail.compose.message"].with_user(self.li)
        common = {"model": "crm.lead", "body": "<p>News of the month</p>", "subject": "News"}
        Composer.create(
            {**common, "composition_mode": "mass_mail", "res_ids": repr((self.lead | other).ids)}
        )._action_send_mail()
        self.assertFalse(self._kinds(self.lead) + self._kinds(other))
        Composer.create(
            {
                **common, "composition_mode": "comment", "res_ids": repr(self.lead.ids),
                "partner_ids": [Command.set(self.customer.ids)],
            }
        )._action_send_mail()  # fmt: skip
        self.assertEqual(self._kinds(self.lead), [("mail_out", True, False)])

    def test_a_mail_that_waits_counts_when_it_is_sent(self):
        later = fields.Datetime.now() + timedelta(hours=2)
        self._mail(self.lead, self.customer, scheduled_date=later)
        self.assertFalse(self._kinds(self.lead), "not sent yet")
        with freeze_time(later + timedelta(minutes=1)):
            self.env["mail.message.schedule"].sudo()._send_notifications_cron()
            self.assertEqual(self._kinds(self.lead), [("mail_out", True, False)])
            self.assertEqual(self.lead.follow_up_ids.user_id, self.li)

    def test_a_mail_that_came_back_is_remarked_and_takes_no_time_away(self):
        message = self._mail(self.lead, self.customer)
        before = self._clock(self.lead)
        message.sudo().notification_ids.notification_status = "bounce"
        self.env["calendar.event"]._cron_count_meetings()
        self.assertEqual(self._kinds(self.lead), [("mail_out", True, "not_sent")])
        self.assertEqual(self._clock(self.lead), before)

    def test_the_same_mail_again_does_not_count(self):
        self._mail(self.lead, self.customer)
        self._mail(self.lead, self.customer)
        self.assertEqual(self._kinds(self.lead), [("mail_out", True, False), ("mail_out", False, "repeated")])

    def test_a_pool_may_want_all_of_it_typed(self):
        self.pool.write(
            {name: False for name in ("follow_up_by_mail", "follow_up_by_activity", "follow_up_by_meeting")}
        )
        self._mail(self.lead, self.customer)
        self._activity(minutes=5).with_user(self.li).action_feedback(feedback="Spoke to him")
        with freeze_time(MONDAY):
            self._meeting(self.lead, "2026-03-02 10:00:00")
        with freeze_time("2026-03-02 11:30:00"):
            self.env["calendar.event"]._cron_count_meetings()
        self.assertEqual(
            self._kinds(self.lead),
            [("mail_out", False, "channel_off"), ("activity", False, "channel_off"), ("meeting", False, "channel_off")],
        )

    def test_an_sms_to_the_customer_counts(self):
        lead = self._held(self.li, email_from=False)

        def send(body, number, state="sent"):
            def sent(sms, *_args, **_kwargs):
                notices = self.env["mail.notification"].sudo().search([("sms_id_int", "in", sms.ids)])
                notices.notification_status = state

            with patch.object(type(self.env["sms.sms"]), "send", sent):
                lead.with_user(self.li)._message_sms(body, sms_numbers=[number])

        send("Our offer is on its way", lead.phone)
        send("Please call me back today", "+86 139 9999 9999")
        send("Did you get our offer yet?", lead.phone, state="exception")
        send("Our offer is on its way", lead.phone)
        lead.with_user(self.manager)._message_sms("By somebody else", sms_numbers=[])
        self.assertEqual(
            self._kinds(lead),
            [
                ("sms_out", True, False),
                ("sms_out", False, "not_to_customer"),
                ("sms_out", False, "not_sent"),
                ("sms_out", False, "repeated"),
            ],
        )

    # activities

    def _activity(self, minutes, user=None, **values):
        """One of the rep that was planned so many minutes ago, by himself or ``user``."""
        activity = self.lead.with_user(user or self.li).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.li.id, **values
        )
        self._created(activity, fields.Datetime.now() - timedelta(minutes=minutes))
        return activity

    def test_an_activity_planned_and_done_within_a_minute_is_worth_its_note(self):
        self.pool.follow_up_min_length = 10
        before = self._clock(self.lead)
        self._activity(0).with_user(self.li).action_done()
        self._activity(0).with_user(self.li).action_feedback(feedback="ok")
        self.assertEqual(self._kinds(self.lead), [("activity", False, "short_note")] * 2)
        self.assertEqual(self._clock(self.lead), before)
        self._activity(0).with_user(self.li).action_feedback(feedback="Wants the price list")
        self._activity(0, user=self.manager).with_user(self.li).action_done()
        self._activity(2).with_user(self.li).action_feedback(feedback="Will sign on Friday")
        self.assertEqual(self._kinds(self.lead)[2:], [("activity", True, False)] * 3)

    def test_the_same_activity_each_day_wears_off(self):
        counted = []
        with freeze_time(MONDAY) as clock:
            for _day in range(5):
                self._activity(10).with_user(self.li).action_done()
                counted.append(self.lead.follow_up_ids.sorted("id")[-1].counts)
                clock.tick(timedelta(days=1))
        self.assertEqual(counted, [True] * 3 + [False] * 2)

    def test_who_cancels_an_activity_has_done_nothing(self):
        self._activity(10).with_user(self.li).unlink()
        self._activity(10).with_user(self.manager).action_done()
        self.assertFalse(self._kinds(self.lead))

    # meetings

    def test_a_meeting_with_the_customer_counts_once_when_it_took_place(self):
        with freeze_time(MONDAY):
            meeting = self._meeting(self.lead, "2026-03-02 10:00:00")
            self.env["calendar.event"]._cron_count_meetings()
            self.assertFalse(self._kinds(self.lead), "it is yet to come")
        with freeze_time("2026-03-02 11:10:00"):
            for _time in range(2):
                self.env["calendar.event"]._cron_count_meetings()
            self.assertEqual(self._kinds(self.lead), [("meeting", True, False)])
            self.assertEqual(self.lead.follow_up_ids.duration, 60)
        with freeze_time("2026-03-04 10:00:00"):  # put off, and again over
            meeting.write({"start": "2026-03-04 08:00:00", "stop": "2026-03-04 09:00:00"})
            self.env["calendar.event"]._cron_count_meetings()
            self.assertEqual(len(self._kinds(self.lead)), 1)

    def test_a_meeting_that_is_put_off_again_and_again_never_counts(self):
        with freeze_time(MONDAY) as clock:
            meeting = self._meeting(self.lead, "2026-03-02 10:00:00")
            before = self._clock(self.lead)
            for _day in range(5):
                clock.tick(timedelta(hours=12))
                now = fields.Datetime.now()
                meeting.write({"start": now + timedelta(hours=13), "stop": now + timedelta(hours=14)})
                self.env["calendar.event"]._cron_count_meetings()
            self.assertFalse(self._kinds(self.lead))
            self.assertEqual(self._clock(self.lead), before)

    def test_a_meeting_without_the_customer_or_entered_afterwards_is_worth_its_note(self):
        self.pool.follow_up_min_length = 20
        private = self.env["res.partner"].create({"name": "My private address", "email": "li.na@home.example"})
        with freeze_time(MONDAY):
            for number, partners in enumerate((self.li.partner_id, self.li.partner_id | private)):
                self._meeting(self.lead, "2026-03-02 10:00:00", partners=partners, name=f"Meeting {number}")
        with freeze_time("2026-03-02 12:00:00"):
            self._meeting(self.lead, "2026-03-02 10:00:00", name="Past")
            self._meeting(self.lead, "2026-03-02 10:00:00", name="Visited him, wants the contract by Friday")
            self._meeting(self.lead, "2026-03-02 10:00:00", partners=self.customer, name="Nobody of us")
            self.env["calendar.event"]._cron_count_meetings()
        self.assertEqual(
            sorted((f.note, f.counts, f.doubt) for f in self.lead.follow_up_ids),
            [
                ("Meeting 0", False, "short_note"),
                ("Meeting 1", False, "short_note"),
                ("Past", False, "short_note"),
                ("Visited him, wants the contract by Friday", True, False),
            ],
        )

    def test_a_meeting_that_was_declined_does_not_count(self):
        self.pool.follow_up_min_length = 20
        with freeze_time(MONDAY):
            by_rep, by_customer = (self._meeting(self.lead, "2026-03-02 10:00:00") for _n in range(2))
            for meeting, partner in ((by_rep, self.li.partner_id), (by_customer, self.customer)):
                meeting.attendee_ids.filtered(lambda a, p=partner: a.partner_id == p).state = "declined"
        with freeze_time("2026-03-02 12:00:00"):
            self.env["calendar.event"]._cron_count_meetings()
        self.assertEqual(self._kinds(self.lead), [("meeting", False, "short_note")])

    def test_a_meeting_and_its_activity_are_one_follow_up(self):
        with freeze_time(MONDAY):
            meeting = self._meeting(self.lead, "2026-03-02 10:00:00")
            activity = self._activity(0, calendar_event_id=meeting.id)
            activity.with_user(self.li).action_feedback(feedback="Done before it was")
            self.assertFalse(self._kinds(self.lead), "it did not take place yet")
            second = self._activity(0, calendar_event_id=meeting.id)
        with freeze_time("2026-03-02 12:00:00"):
            second.with_user(self.li).action_feedback(feedback="Went well")
            self.env["calendar.event"]._cron_count_meetings()
        self.assertEqual(self._kinds(self.lead), [("activity", True, False)])
