from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command, fields
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

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


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCase):
    """What a pool asks of a follow-up by hand."""

    def test_each_thing_that_is_missing_is_said_in_words(self):
        self.pool.write(
            {
                "follow_up_min_length": 12,
                "follow_up_result_required": True,
                "follow_up_type_ids": self.call.ids,
                "follow_up_min_seconds": 30,
            }
        )
        lead = self._held(self.li)
        before = self._clock(lead)
        for values, doubt, sentence in (
            ({"type_id": self.visit.id}, "wrong_type", "This type does not count in “Beijing”"),
            ({"type_id": self.call.id, "note": "He wants an offer"}, "short_call", "counts from 30 seconds on"),
            (
                {"type_id": self.call.id, "note": "ok", "duration": 1},
                "short_note",
                "The note needs 10 more characters.",
            ),
            ({"type_id": self.call.id, "note": "ok, an offe", "duration": 1}, "short_note", "one more character."),
            ({"type_id": self.call.id, "note": "He wants an offer", "duration": 1}, "no_result", "Choose a result"),
        ):
            with self.subTest(doubt=doubt):
                record = self._say(lead, **values)
                self.assertRecordValues(record, [{"counts": False, "doubt": doubt}])
                self.assertIn(sentence, record.doubt_text)
                self.assertEqual(self._clock(lead), before)
        record = self._say(lead, type_id=self.call.id, note="Wants it by Friday", duration=0.5, result="reached")
        self.assertRecordValues(record, [{"counts": True, "doubt": False, "doubt_text": False}])

    def test_a_call_with_its_duration_counts_where_calls_count_by_themselves(self):
        lead = self._held(self.li)
        self.assertEqual(self._say(lead, type_id=self.call.id, duration=5).doubt, "empty")
        self.pool.write({"follow_up_by_call": True, "follow_up_min_seconds": 30})
        self.assertEqual(self._say(lead, type_id=self.call.id, duration=0.4).doubt, "short_call")
        self.assertTrue(self._say(lead, type_id=self.call.id, duration=0.5).counts)
        self.assertEqual(self._say(lead, type_id=self.visit.id, duration=60).doubt, "empty")
        self.assertEqual(self._say(lead, type_id=self.call.id, note="Will call later").doubt, "short_call")

    def test_an_archived_type_still_keeps_the_others_out(self):
        self.pool.follow_up_type_ids = self.visit
        self.visit.active = False
        lead = self._held(self.li)
        for context in ({}, {"active_test": False}):
            record = self._say(lead.with_context(**context), type_id=self.call.id, note="Called him")
            self.assertEqual(record.doubt, "wrong_type")
        self.assertIn("archived", self.pool.with_user(self.admin).warnings)

    def test_an_empty_or_repeated_note_is_kept_and_does_not_count(self):
        with freeze_time(MONDAY):
            lead = self._held(self.li)
            self.assertTrue(self._say(lead, note=LONG, result="reached").counts)
        with freeze_time("2026-03-04 09:00:00"):
            before = self._clock(lead)
            for note in (LONG, LONG.upper() + " !!", LONG + " 2", "...........", " \u200b 👍 "):
                with self.subTest(note=note):
                    record = self._say(lead, note=note, type_id=self.call.id)
                    self.assertFalse(record.counts)
                    self.assertEqual(self._clock(lead), before)
            self.assertEqual(record.doubt, "empty")
            self.assertEqual(len(lead.follow_up_ids), 6)
            self.assertIn("Say what is new", lead.follow_up_ids.filtered(lambda f: f.doubt == "repeated")[0].doubt_text)
            self.assertTrue(self._say(lead, note="His boss wants two more").counts)
        self._balance()

    def test_the_next_holder_may_say_what_the_former_one_said(self):
        lead = self._held(self.li)
        self._say(lead, note=LONG)
        self._entries(lead).with_user(self.admin).action_assign(self.wang.id)
        self.assertTrue(self._say(lead, user=self.wang, note=LONG).counts)

    def test_no_answer_counts_once_a_day_and_three_times(self):
        """ATK-28: a script that says “no answer” each day keeps a lead no longer than three calls do."""
        counted = []
        with freeze_time(MONDAY) as clock:
            lead = self._held(self.li)
            for _day in range(6):
                for _time in range(2):
                    counted.append(self._say(lead, type_id=self.call.id, note="No answer", result="not_reached").counts)
                    clock.tick(timedelta(hours=2))
                clock.tick(timedelta(hours=20))
            self.assertEqual(counted, [True, False] * 3 + [False] * 6)
            self.env["lead.pool.entry"]._reclaim_due()
            self.env.invalidate_all()
            self.assertEqual(lead.pool_state, "waiting")

    def test_the_day_is_the_pools_day(self):
        lead = self._held(self.li)
        with freeze_time("2026-03-02 15:50:00"):
            self.assertTrue(self._say(lead, note="No answer").counts)
        with freeze_time("2026-03-02 16:10:00"):  # past midnight in Shanghai
            self.assertTrue(self._say(lead, note="No answer").counts)

    def test_a_note_pasted_over_many_leads_counts_on_the_first_ones_only(self):
        self.pool.follow_up_copies = 3
        leads = self._held(self.li, 5)
        with freeze_time(MONDAY):
            records = [self._say(lead, note=f"{LONG}, {number}.") for number, lead in enumerate(leads)]
        self.assertEqual([r.counts for r in records], [True] * 3 + [False] * 2)
        self.assertEqual(records[-1].doubt, "copied")
        self.assertIn("3 other leads", records[-1].doubt_text)
        with freeze_time("2026-03-03 10:00:00"):
            self.assertEqual(self._say(leads[4], note="Visited him, wants the contract").doubt, False)

    def test_many_within_a_minute_count_and_are_remarked(self):
        leads = self._held(self.li, 7)
        with freeze_time(MONDAY):
            records = [self._say(lead, note=f"Note on {lead.id} {'abcdefg'[n] * 9}") for n, lead in enumerate(leads)]
        self.assertEqual([r.counts for r in records], [True] * 7)
        self.assertEqual([r.doubt for r in records], [False] * 5 + ["burst"] * 2)

    def test_only_the_holder_resets_the_clock(self):
        lead = self._held(self.li)
        before = self._clock(lead)
        record = self._say(lead, user=self.manager, note="Spoke to the boss myself")
        self.assertRecordValues(record, [{"counts": False, "doubt": "not_holder"}])
        self.assertEqual(self._clock(lead), before)

    def test_a_lead_in_no_pool_asks_for_nothing(self):
        lead = self.env["crm.lead"].with_user(self.li).create({"name": "Own", "user_id": self.li.id})
        for _time in range(2):
            self.assertRecordValues(self._say(lead, note=LONG), [{"counts": True, "doubt": False, "pool_id": False}])

    def test_the_settings_are_checked_versioned_and_told(self):
        for values in ({"follow_up_copies": -1}, {"follow_up_min_seconds": -1}, {"follow_up_min_seconds": "x"}):
            with self.subTest(values=values), self.assertRaises(ValidationError), self.cr.savepoint():
                self.pool.write(values)
        for values in ({"follow_up_copies": 101}, {"follow_up_min_seconds": 3601}, {"follow_up_min_length": 1001}):
            with self.subTest(values=values), self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
                with self.cr.savepoint():
                    self.pool.write(values)
                    self.pool.flush_recordset()
            self.env.invalidate_all()
        self.pool.write(
            {"follow_up_min_length": 8, "follow_up_result_required": True, "follow_up_type_ids": self.call.ids}
        )
        self.assertIn("Result Required", self.pool.policy_id.diff)
        self.assertIn("its note has 8 characters or more, a result is chosen, and it is a Call", self.pool.summary)
        self.assertIn("Mails, SMS, Done Activities, and Meetings", self.pool.summary)
        file = self.pool.with_user(self.manager).action_export_policy()
        self.assertEqual(file["settings"]["follow_up_type_ids"][0]["name"], "Call")


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


@tagged("post_install", "-at_install")
class TestSuspicious(EvidenceCase):
    """Who sees which suspicious follow-ups, and what the dialog says to the rep."""

    def test_admins_see_those_of_their_pools_and_managers_all(self):
        other_admin = self._user("otheradmin", "sales_team.group_sale_salesman", "Other Admin")
        self.open_pool.admin_ids = [Command.create({"user_id": other_admin.id, "role": "admin"})]
        here, there = self._held(self.li), self._held(self.li, pool=self.open_pool)
        for lead in here | there:
            for _time in range(2):
                self._say(lead, note=LONG)
        own = self._held(other_admin) if self._member(other_admin) else self.env["crm.lead"]
        self.assertFalse(own)

        def seen(user):
            FollowUp = self.env["lead.follow.up"].with_user(user)
            found = FollowUp.search([("is_suspicious", "=", True)])
            self.assertTrue(all(found.mapped("is_suspicious")))
            self.assertEqual(set(found.mapped("doubt")) - {"repeated"}, set())
            return found.lead_id

        self.assertEqual(seen(self.manager), here | there)
        self.assertEqual(seen(self.admin), here | there)
        self.assertEqual(seen(other_admin), there)
        self.assertFalse(seen(self.li), "he reads the reason on his lead, the report is not his")
        self.assertFalse(seen(self.stranger))
        self._entries(here).with_user(self.li).action_return(self._reason("return").id)
        self.env.invalidate_all()
        self.assertFalse(self.env["lead.follow.up"].with_user(self.li).search([("lead_id", "=", here.id)]))
        self.assertEqual(seen(self.manager), here | there, "what he said then stays on record")

    def test_the_report_groups_by_rep_pool_and_reason(self):
        lead = self._held(self.li)
        for note in (LONG, LONG, "..."):
            self._say(lead, note=note)
        rows = (
            self.env["lead.follow.up"]
            .with_user(self.admin)
            ._read_group([("is_suspicious", "=", True)], ["user_id", "pool_id", "doubt", "counts"], ["__count"])
        )
        self.assertEqual(rows, [(self.li, self.pool, "empty", False, 1), (self.li, self.pool, "repeated", False, 1)])
        action = (
            self.env["ir.actions.actions"]
            .with_user(self.admin)
            ._for_xml_id("lead_pool.lead_follow_up_action_suspicious")
        )
        views = self.env["lead.follow.up"].with_user(self.admin).get_views(
            [(False, mode) for mode in action["view_mode"].split(",")]
        )["views"]  # fmt: skip
        self.assertEqual(set(views), {"list", "pivot", "graph", "kanban", "form"})

    def _dialog(self, lead, **values):
        form = Form(self.env["lead.pool.follow.up"].with_user(self.li).with_context(default_lead_id=lead.id))
        for name, value in values.items():
            form[name] = value
        return form.save()

    def test_the_dialog_says_first_what_would_not_reset_the_clock_and_keeps_the_text(self):
        self.pool.write({"follow_up_min_length": 12, "follow_up_result_required": True})
        lead = self._held(self.li)
        wizard = self._dialog(lead, note="Too short")
        action = wizard.with_context(ask_first=True).action_save()
        self.assertEqual((action["res_model"], action["res_id"]), ("lead.pool.follow.up", wizard.id))
        self.assertEqual((wizard.warning, wizard.note), ("The note needs 3 more characters.", "Too short"))
        self.assertFalse(lead.follow_up_ids)
        with Form(wizard) as form:
            form.note = "Long enough, I hope"
            self.assertFalse(form.warning)
            form.result = "reached"
        with freeze_time("2026-03-02 09:00:00"):
            action = wizard.with_context(ask_first=True).action_save()
        self.assertEqual(action["params"]["type"], "success")
        self.assertIn("stays with you until", action["params"]["message"])
        self.assertEqual(lead.follow_up_ids.note, "Long enough, I hope")

    def test_a_repeated_note_is_saved_on_second_thoughts_only(self):
        lead = self._held(self.li)
        self._say(lead, note=LONG)
        wizard = self._dialog(lead, note=LONG + "!")
        self.assertEqual(wizard.with_context(ask_first=True).action_save()["res_id"], wizard.id)
        self.assertIn("Say what is new", wizard.warning)
        action = wizard.action_save()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("Say what is new", action["params"]["message"])
        self.env.invalidate_all()
        self.assertEqual(lead.follow_up_ids.sorted("id").mapped("doubt"), [False, "repeated"])

    def test_the_dialog_knows_what_the_pool_asks(self):
        self.pool.write({"follow_up_min_length": 5, "follow_up_type_ids": self.visit.ids, "follow_up_by_call": True})
        lead = self._held(self.li)
        wizard = self._dialog(lead, note="x")
        self.assertEqual(
            wizard.evidence,
            {
                "min_length": 5, "result": False, "types": self.visit.ids, "calls": self.call.ids, "min_seconds": 0,
                "by_call": True,
            },
        )  # fmt: skip
        not_mine = self.env["lead.pool.follow.up"].with_user(self.manager).create({"lead_id": lead.id, "note": "x"})
        self.assertFalse(not_mine.evidence)
        self.assertEqual(not_mine.with_context(ask_first=True).action_save()["params"]["type"], "success")
