from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestFollowUp(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.reclaim_rule_ids = [
            Command.create({"name": "Three days", "no_follow_up_days": 3, "warn_days": 1}),
        ]
        cls.call = cls.env.ref("lead_pool.follow_up_type_call")

    def test_a_follow_up_starts_the_clock_again(self):
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
            self.assertEqual(lead.reclaim_at, fields.Datetime.to_datetime("2026-03-05 09:00:00"))
            self.assertEqual(lead.warn_at, fields.Datetime.to_datetime("2026-03-04 09:00:00"))
            self.assertTrue(lead.is_untouched)
        with freeze_time("2026-03-03 09:00:00"):
            follow_up_id = lead.with_user(self.li).action_follow_up(
                {"type_id": self.call.id, "note": "Wants the price list", "result": "reached"}
            )
            self.env.invalidate_all()
            self.assertEqual(lead.reclaim_at, fields.Datetime.to_datetime("2026-03-06 09:00:00"))
            self.assertFalse(lead.is_untouched)
        record = self.env["lead.follow.up"].browse(follow_up_id)
        self.assertRecordValues(record, [{"counts": True, "user_id": self.li.id, "pool_id": self.pool.id}])
        self.assertEqual(record.holding_id.follow_up_count, 1)
        self.assertIn("Wants the price list", lead.message_ids[0].body)
        self._balance()

    def test_a_request_that_comes_again_gets_its_answer_although_the_lead_has_moved_on(self):
        """The first answer got lost on its way; meanwhile an admin gave the lead to somebody else."""
        lead = self._held(self.li)
        verb = lead.with_user(self.li).action_follow_up
        first = verb({"note": "Wants the price list"}, request_uid="f-1")
        self._entries(lead).with_user(self.manager).action_assign(self.wang.id)
        self.env.invalidate_all()
        self.assertEqual(verb({"note": "Wants the price list"}, request_uid="f-1"), first)
        with self.assertRaises(AccessError):
            verb({"note": "Wants the price list"}, request_uid="f-2")
        self.assertEqual(len(lead.follow_up_ids), 1)

    def test_a_thin_note_is_kept_but_does_not_count(self):
        self.pool.follow_up_min_length = 4
        lead = self._held(self.li)
        before = lead.reclaim_at
        follow_up_id = lead.with_user(self.li).action_follow_up({"note": "ok"})
        self.assertFalse(self.env["lead.follow.up"].browse(follow_up_id).counts)
        self.env.invalidate_all()
        self.assertEqual(lead.reclaim_at, before)
        with self.assertRaises(UserError):
            lead.with_user(self.li).action_follow_up({"note": "  "})
        with self.assertRaises(UserError):
            lead.with_user(self.li).action_follow_up({"user_id": self.wang.id, "note": "As somebody else"})

    def test_only_who_may_write_the_lead_follows_it_up(self):
        lead = self._held(self.li)
        with self.assertRaises(AccessError):
            lead.with_user(self.wang).action_follow_up({"note": "Not my lead"})

    def test_next_action_becomes_an_activity(self):
        lead = self._held(self.li)
        lead.with_user(self.li).action_follow_up({"note": "Call again", "next_date": "2030-01-02"})
        activity = lead.activity_ids
        self.assertRecordValues(activity, [{"user_id": self.li.id, "date_deadline": fields.Date.to_date("2030-01-02")}])

    def test_done_activities_mails_and_meetings_count_by_themselves(self):
        lead = self._held(self.li, partner_id=self.env["res.partner"].create({"name": "C", "email": "c@x.com"}).id)
        activity = lead.activity_schedule("mail.mail_activity_data_call", user_id=self.li.id)
        activity.with_user(self.li).action_feedback(feedback="Spoke to him")
        lead.with_user(self.li).message_post(
            body="Our offer", partner_ids=lead.partner_id.ids, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        now = fields.Datetime.now()
        self.env["calendar.event"].create(
            {
                "name": "Demo",
                "start": fields.Datetime.subtract(now, hours=2),
                "stop": fields.Datetime.subtract(now, hours=1),
                "opportunity_id": lead.id,
                "partner_ids": [Command.set(self.li.partner_id.ids)],
            }
        )
        self.env["calendar.event"]._cron_count_meetings()
        self.env["calendar.event"]._cron_count_meetings()
        self.assertEqual(sorted(lead.follow_up_ids.mapped("channel")), ["activity", "mail_out", "meeting"])
        self.assertTrue(all(lead.follow_up_ids.mapped("counts")))

    def test_notes_and_incoming_mails_do_not_count(self):
        lead = self._held(self.li, partner_id=self.env["res.partner"].create({"name": "C", "email": "c@x.com"}).id)
        lead.with_user(self.li).message_post(body="Internal note", subtype_xmlid="mail.mt_note")
        lead.message_post(
            body="Answer", author_id=lead.partner_id.id, message_type="email", subtype_xmlid="mail.mt_comment"
        )
        self.assertFalse(lead.follow_up_ids)

    def test_the_history_survives_a_return(self):
        lead = self._held(self.li)
        lead.with_user(self.li).action_follow_up({"type_id": self.call.id, "note": "First rep's call"})
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        self._claim(self.wang, lead)
        self.assertEqual(lead.with_user(self.wang).follow_up_ids.note, "First rep's call")
        self.assertEqual(len(lead.with_user(self.wang).pool_holding_ids), 2)

    def test_three_taps_are_enough_where_no_note_is_asked(self):
        lead = self._held(self.li)
        FollowUp = self.env["lead.follow.up"]
        for values, counts in (
            ({"type_id": self.call.id, "result": "reached"}, True),
            ({"type_id": self.call.id}, False),
            ({"note": "Left a message"}, True),
        ):
            with self.subTest(values=values):
                record = FollowUp.browse(lead.with_user(self.li).action_follow_up(values))
                self.assertEqual(record.counts, counts)
        self.pool.follow_up_min_length = 10
        record = FollowUp.browse(lead.with_user(self.li).action_follow_up({"result": "reached"}))
        self.assertFalse(record.counts)

    def test_a_follow_up_cannot_be_backdated_or_forged_over_rpc(self):
        lead = self._held(self.li)
        FollowUp = self.env["lead.follow.up"]
        for key, value in (("date", "2026-01-01 00:00:00"), ("counts", True), ("holding_id", 1), ("doubt", False)):
            with self.subTest(key=key), self.assertRaises(UserError):
                lead.with_user(self.li).action_follow_up({"note": "Long ago", key: value})
        context = {
            "default_date": "2026-01-01 00:00:00", "default_counts": True, "default_holding_id": 1,
            "default_source_ref": "x", "default_user_id": self.wang.id, "default_doubt": "burst",
        }  # fmt: skip
        record = FollowUp.browse(
            lead.with_user(self.li).with_context(**context).action_follow_up({"type_id": self.call.id})
        )
        self.assertRecordValues(
            record, [{"counts": False, "doubt": "empty", "user_id": self.li.id, "source_ref": False}]
        )
        self.assertFalse(record.holding_id)
        self.assertLess(abs((record.date - fields.Datetime.now()).total_seconds()), 60)
        for user in (self.li, self.admin, self.manager, self.marketing):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    record.with_user(user).write({"date": "2026-01-01 00:00:00"})
                with self.assertRaises(AccessError):
                    FollowUp.with_user(user).create({"lead_id": lead.id, "date": "2026-01-01 00:00:00", "counts": True})
                with self.assertRaises(AccessError):
                    record.with_user(user).unlink()

    def test_what_no_follow_up_can_be_is_refused_with_its_name(self):
        lead = self._held(self.li).with_user(self.li)
        wrong = {
            "note": 7, "result": "won", "duration": float("nan"), "type_id": 10**8, "level_id": "new",
            "next_date": "soon", "attachment_ids": "all", "next_summary": ["x"],
        }  # fmt: skip
        for name, value in wrong.items():
            with self.subTest(name=name), self.assertRaisesRegex(UserError, name):
                lead.action_follow_up({"note": "Called him", name: value})
        for minutes in (-1, 10_000, True, "5"):
            with self.subTest(minutes=minutes), self.assertRaisesRegex(UserError, "duration"):
                lead.action_follow_up({"note": "Called him", "duration": minutes})
        self.assertFalse(lead.follow_up_ids)
