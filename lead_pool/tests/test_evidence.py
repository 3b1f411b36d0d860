from datetime import timedelta

from freezegun import freeze_time
from psycopg2.errors import CheckViolation

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .evidence import LONG, MONDAY, EvidenceCase


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
