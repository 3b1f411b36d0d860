"""Reclaim rules while they are edited: what contradicts itself, and what they would take back."""

from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .test_reclaim import ReclaimCase, day


@tagged("post_install", "-at_install")
class TestContradictions(ReclaimCase):
    def test_what_can_never_work_is_refused_with_a_sentence(self):
        for values, words in (
            ({"held_days": 0.01}, "at least one hour"),
            ({"held_days": 3, "warn_days": 4}, "the moment somebody gets it"),
            ({"held_days": 9, "warn_days": 1, "warn_leader_days": 2}, "before who is to be warned first"),
        ):
            with self.assertRaises(ValidationError) as refused, self.cr.savepoint():
                self._rules(values)
            self.assertIn(words, str(refused.exception))

    def test_what_hardly_anybody_means_is_told_while_editing(self):
        self._rules(
            {"held_days": 0.5},
            {"no_first_touch_days": 1, "held_days": 30, "warn_days": 3},
            {"not_won_days": 9},
        )
        warnings = self.pool.with_user(self.admin).warnings
        for words in ("The grace of 24 hours is longer", "“Rule 2” warns more days", "“Rule 3” asks for won leads",
                      "“Rule 2” is never tried"):  # fmt: skip
            self.assertIn(words, warnings)
        self.pool.write({"grace_hours": 12, "opportunity_ends_holding": False})
        self.assertNotIn("The grace of", self.pool.with_user(self.admin).warnings)
        self.assertNotIn("asks for won leads", self.pool.with_user(self.admin).warnings)

    def test_empty_working_hours_are_told(self):
        self._rules({"held_days": 3, "working": True})
        self.assertNotIn("are empty", self.pool.with_user(self.admin).warnings or "")
        self.pool.calendar_id = self.env["resource.calendar"].create({"name": "Never", "attendance_ids": False})
        self.pool.calendar_id.attendance_ids.unlink()
        self.pool.invalidate_recordset()
        self.assertIn("the working hours “Never” are empty", self.pool.with_user(self.admin).warnings)
        lead = self._held_on(0)
        self.assertEqual(lead.reclaim_at, day(3), "calendar days instead")

    def test_the_summary_tells_the_ladder_the_exemptions_and_the_brake(self):
        self.pool.exempt_order = True
        self._rules({"held_days": 9, "warn_days": 2, "warn_admin_days": 1, "destination": "next"})
        summary = self.pool.with_user(self.admin).summary
        for words in ("its holder and the pool's admins are warned", "gives it to the next rep",
                      "Never by itself: one with a quotation or order", "than 100 leads within an hour"):  # fmt: skip
            self.assertIn(words, str(summary))


@tagged("post_install", "-at_install")
class TestPreview(ReclaimCase):
    def _traces(self):
        """Whatever is written, recorded or told leaves one of these."""
        return self.env["lead.pool.event"].search_count([]), len(self.pool.policy_ids), self._last_message()

    def test_a_stricter_rule_is_told_before_it_is_saved_and_nothing_is_written(self):
        rule = self._rules({"held_days": 30})
        self._held_on(0, count=3)
        self._held_on(1, self.wang, count=2)
        before = self._traces()
        with freeze_time(day(10)):
            values = {"reclaim_rule_ids": [Command.update(rule.id, {"held_days": 15})]}
            preview = self.pool._reclaim_preview(values)
            self.assertEqual(preview, {
                "held": 5, "sampled": False, "sooner": 5,
                "day": {"now": (0, 0), "then": (0, 0)}, "week": {"now": (0, 0), "then": (5, 2)},
            })  # fmt: skip
            values = {"reclaim_rule_ids": [Command.update(rule.id, {"held_days": 5})]}
            self.assertEqual(self.pool._reclaim_preview(values)["day"]["then"], (5, 2), "after the grace")
            values = {"reclaim_rule_ids": [Command.update(rule.id, {"active": False})]}
            self.assertEqual(self.pool._reclaim_preview(values)["sooner"], 0)
            values = {"reclaim_rule_ids": [
                Command.create({"name": "All", "held_days": 12, "sequence": 0, "domain": "[('city', '=', 'Wuxi')]"})
            ]}  # fmt: skip
            self.assertEqual(self.pool._reclaim_preview(values)["sooner"], 0, "its condition holds for none")
        self.env.flush_all()
        self.assertEqual(self._traces(), before)
        self.assertEqual(rule.held_days, 30)
        self.assertFalse(self.pool.deadlines_stale)

    def test_the_preview_is_what_happens(self):
        rule = self._rules({"held_days": 30, "no_follow_up_days": 20})
        self._held_on(0, count=3)
        self._held_on(6, self.wang, count=2)
        values = {"reclaim_rule_ids": [Command.update(rule.id, {"no_follow_up_days": 8, "held_days": 9})]}
        with freeze_time(day(10)):
            told = self.pool._reclaim_preview(values)
            self.pool.write(values)
        self._reclaim(10)
        with freeze_time(day(10)):
            now = self.pool._preview_of(None)
        for term in ("day", "week"):
            self.assertEqual(told[term]["then"], now[term]["now"])

    def test_the_form_tells_it_while_editing(self):
        self._rules({"held_days": 30})
        self._held_on(0, count=2)
        with freeze_time(day(10)):
            form = Form(self.pool.with_user(self.admin))
            self.assertIn("of 2 held leads", form.reclaim_preview)
            self.assertFalse(form.reclaim_warning)
            with form.reclaim_rule_ids.edit(0) as rule:
                rule.held_days = 9
            self.assertIn("within a day 2 leads of 1 people go back (now 0 leads", form.reclaim_preview)
            self.assertIn("deadlines of 2 of 2 held leads come forward", form.reclaim_warning)

    def test_of_many_leads_a_sample_is_looked_at(self):
        rule = self._rules({"held_days": 30})
        self._held_on(0, count=40)
        with (
            freeze_time(day(10)),
            patch("odoo.addons.lead_pool.models.pool.reclaim_preview.SAMPLE", 10),
        ):
            values = {"reclaim_rule_ids": [Command.update(rule.id, {"held_days": 9})]}
            preview = self.pool._reclaim_preview(values)
        self.assertTrue(preview["sampled"])
        self.assertEqual(preview["sooner"], preview["held"])
        # which ones are every fourth is said by their numbers: told is four times as many
        self.env.cr.execute(
            "SELECT count(*) FROM lead_pool_entry WHERE pool_id = %s AND state = 'held' AND hashint4(id) %% 4 = 0",
            [self.pool.id],
        )
        self.assertEqual(preview["held"], 4 * self.env.cr.fetchone()[0])
