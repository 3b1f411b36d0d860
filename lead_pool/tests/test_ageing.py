from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.custom.usage import CONDITIONS
from ..models.verbs import age
from ..rules import ageing
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestAgeing(LeadPoolCase, CronMixinCase):
    """What nobody takes rises, moves on, is given out, and at last is archived."""

    def _step(self, action, days, pool=None, **values):
        pool = pool or self.pool
        return self.env["lead.pool.ageing.rule"].create({"pool_id": pool.id, "action": action, "days": days, **values})

    def _run(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_age").method_direct_trigger()
        self.env.invalidate_all()

    def _at(self, moment, count=1, **values):
        with freeze_time(moment):
            return self._leads(count, **values)

    def _kinds(self, lead):
        return self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq").mapped("kind")

    def test_steps_are_taken_by_age_in_their_order(self):
        self._step("archive", 30)
        self._step("distribute", 9)
        self._step("raise", 1)
        self.pool.member_ids.write({"paused": True})
        lead = self._at("2026-03-02 09:00:00")
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-03 09:00:00")
        self._run("2026-03-03 08:00:00")
        self.assertEqual(lead.priority, "0")
        self._run("2026-03-03 09:00:00")
        self.assertEqual(lead.priority, "1")
        self.assertEqual(self._entries(lead).priority, "1", "members see it on the card")
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-11 09:00:00")
        self._run("2026-03-11 09:00:00")
        self.assertFalse(lead.user_id, "nobody can take it")
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-12 09:00:00", "tried again the next day")
        self.pool.member_ids.write({"paused": False})
        self._run("2026-03-12 10:00:00")
        self.assertIn(lead.user_id, self.reps)
        self.assertFalse(self._entries(lead).age_at)
        self.assertEqual(self._kinds(lead), ["entered", "aged", "not_distributed", "distributed"])
        self.assertIn("The pool gave this lead", " ".join(self._entries(lead).with_user(self.admin).action_explain()))
        self._balance()

    def test_nobody_wants_it_and_it_is_archived(self):
        self._step("archive", 30)
        lead = self._at("2026-03-02 09:00:00")
        self._run("2026-04-01 09:00:00")
        self.assertFalse(lead.active)
        entry = self.env["lead.pool.entry"].search([("lead_id", "=", lead.id)])
        self.assertEqual((entry.state, entry.closed_as), ("closed", "lost"))
        self.assertIn("aged", self._kinds(lead))
        self._balance()

    def test_another_pool_gets_it_and_its_own_steps_begin(self):
        self._step("widen", 5, to_pool_id=self.open_pool.id, name="Give Shanghai a chance")
        self._step("raise", 2, pool=self.open_pool)
        lead = self._at("2026-03-02 09:00:00")
        self._run("2026-03-07 10:00:00")
        self.assertEqual(lead.pool_id, self.open_pool)
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-09 10:00:00")
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id), ("kind", "=", "transferred")])
        self.assertEqual(event.note, "Give Shanghai a chance")
        self._balance()

    def test_who_takes_the_lead_ends_the_wait_and_a_return_begins_a_new_one(self):
        self._step("raise", 3)
        lead = self._at("2026-03-02 09:00:00")
        with freeze_time("2026-03-04 09:00:00"):
            self._claim(self.li, lead)
            self.assertFalse(self._entries(lead).age_at)
        with freeze_time("2026-03-20 09:00:00"):
            self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
            self.assertEqual(str(self._entries(lead).age_at), "2026-03-23 09:00:00")

    def test_conditions_choose_among_the_steps(self):
        self._step("raise", 1, domain="[('city', '=', 'Wuhan')]")
        self._step("archive", 2, domain="[('city', '!=', 'Wuhan')]")
        wuhan, other = self._at("2026-03-02 09:00:00", city="Wuhan"), self._at("2026-03-02 09:00:00", city="Xi'an")
        self._run("2026-03-05 09:00:00")
        self.assertEqual((wuhan.priority, wuhan.active, other.active), ("1", True, False))

    def test_a_condition_that_no_longer_holds_is_looked_at_again(self):
        self._step("archive", 2, domain="[('city', '=', 'Wuhan')]")
        lead = self._at("2026-03-02 09:00:00", city="Wuhan")
        lead.city = "Beijing"
        self._run("2026-03-05 09:00:00")
        self.assertTrue(lead.active)
        self.assertFalse(self._entries(lead).age_at)

    def test_working_days_leave_out_the_weekend(self):
        self._step("raise", 1, working=True)
        lead = self._at("2026-03-06 02:00:00")  # Friday
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-09 02:00:00")

    def test_changed_rules_reach_what_waits_already_and_nothing_is_due_in_the_past(self):
        leads = self._at("2026-03-02 09:00:00", 3)
        entry = self.env["lead.pool.entry"]
        with freeze_time("2026-03-20 09:00:00"):
            rule = self._step("raise", 2)
            self.assertTrue(self.pool.deadlines_stale)
            entry._refresh_stale_deadlines()
            self.assertEqual(set(map(str, self._entries(leads).mapped("age_at"))), {"2026-03-20 09:00:00"})
            rule.active = False
            entry._refresh_stale_deadlines()
            self.assertFalse(any(self._entries(leads).mapped("age_at")))

    def test_admins_are_told_once_a_run_what_happened(self):
        self._step("raise", 1)
        self._at("2026-03-02 09:00:00", 5)
        told = [("partner_ids", "in", self.admin.partner_id.ids), ("subject", "ilike", "waited too long")]
        before = self.env["mail.message"].search_count(told)
        with patch.object(age, "CHUNK", 2):
            self._run("2026-03-04 09:00:00")
        messages = self.env["mail.message"].search(told)
        self.assertEqual(len(messages), before + 1)
        self.assertIn("Raise the priority: 5", messages[0].body)

    def test_a_pool_that_observes_writes_down_what_would_happen(self):
        self.pool.mode = "observe"
        self._step("raise", 1)
        self._step("archive", 2)
        lead = self._at("2026-03-02 09:00:00")
        self._run("2026-03-09 09:00:00")
        self._run("2026-03-09 10:00:00")
        self.assertEqual((lead.priority, lead.active), ("0", True))
        self.assertEqual(self._kinds(lead), ["entered", "would_age", "would_age"])
        self._balance()

    def test_the_kill_switch_stops_it(self):
        self._step("archive", 1)
        lead = self._at("2026-03-02 09:00:00")
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self._run("2026-03-09 09:00:00")
        self.assertTrue(lead.active)

    def test_bad_steps_are_refused(self):
        for values, message in (
            ({"action": "widen"}, "Say to which pool"),
            ({"action": "widen", "to_pool_id": self.pool.id}, "to itself"),
        ):
            with self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
                self._step(values.pop("action"), 3, **values)
        third = self._pool("Third")
        self._step("widen", 3, to_pool_id=self.open_pool.id)
        self._step("widen", 3, pool=self.open_pool, to_pool_id=third.id)
        with self.assertRaisesRegex(ValidationError, "Third → Beijing → Shanghai → Third"), self.cr.savepoint():
            self._step("widen", 3, pool=third, to_pool_id=self.pool.id)
        with self.assertRaisesRegex(ValidationError, "at least as many days"), self.cr.savepoint():
            self._step("archive", 2)
        with self.assertRaisesRegex(UserError, "moves leads that wait too long to “Third”"):
            third.active = False
        with self.assertRaises(AccessError):
            self.env["lead.pool.ageing.rule"].with_user(self.li).create({"pool_id": self.pool.id, "days": 1})

    def test_the_steps_are_told_and_versioned(self):
        self._step("widen", 5, to_pool_id=self.open_pool.id)
        self.assertIn(
            "After 5 days of waiting a lead moves to “Shanghai”.", str(self.pool.with_user(self.admin).summary)
        )
        self.assertIn("What Waits Too Long: Move to another pool added", self.pool.policy_id.diff)

    def test_many_leads_cost_no_query_each(self):
        self._step("raise", 1)

        def queries(count):
            self._at("2026-03-02 09:00:00", count)
            with freeze_time("2026-03-04 09:00:00"):
                self.env.flush_all()
                before = self.cr.sql_log_count
                self.env["lead.pool.entry"]._age_due(500)
                self.env.flush_all()
                return self.cr.sql_log_count - before

        queries(1)
        few, many = queries(3), queries(60)
        self.assertLessEqual(many, few + 3)
        with freeze_time("2026-03-04 09:00:00"):
            before = self.cr.sql_log_count
            self.assertEqual(self.env["lead.pool.entry"]._age_due(500), 0)
            self.assertLessEqual(self.cr.sql_log_count - before, 3, "nothing to do costs next to nothing")

    # ------------------------------------------------------------
    # WHAT MUST NOT GET STUCK, BE LOST OR BE DONE BLINDLY
    # ------------------------------------------------------------

    def test_what_nobody_can_take_is_archived_when_its_time_comes(self):
        self._step("distribute", 3)
        self._step("archive", 5)
        self.pool.member_ids.write({"paused": True})
        lead = self._at("2026-03-02 09:00:00")
        for day in (5, 6, 7):
            self._run(f"2026-03-0{day} 09:00:00")
        self.assertFalse(lead.active)
        self.assertEqual(self._kinds(lead), ["entered", "not_distributed", "aged", "lost"])
        self._balance()

    def test_what_was_only_observed_is_done_when_the_pool_goes_to_work(self):
        self.pool.mode = "observe"
        self._step("raise", 1)
        self._step("archive", 30)
        lead = self._at("2026-03-02 09:00:00")
        self._run("2026-03-04 09:00:00")
        self.assertEqual(self._entries(lead).age_rule_id.action, "archive", "what would come next")
        self.pool.mode = "active"
        with freeze_time("2026-03-05 09:00:00"):
            self.env["lead.pool.entry"]._refresh_stale_deadlines()
        self._run("2026-03-05 09:00:00")
        self.assertEqual(lead.priority, "1")
        self.assertEqual(self._kinds(lead), ["entered", "would_age", "aged"])

    def test_a_lead_that_is_edited_while_it_waits_gets_the_steps_that_are_for_it_now(self):
        self._step("raise", 3, domain="[('city', '=', 'Wuhan')]")
        lead = self._at("2026-03-02 09:00:00", city="Wu")
        self.assertFalse(self._entries(lead).age_at)
        with freeze_time("2026-03-04 09:00:00"):
            lead.with_user(self.admin).city = "Wuhan"
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-05 09:00:00")

    def test_three_stars_are_the_most_and_nobody_is_told_of_more(self):
        self._step("raise", 1)
        lead = self._at("2026-03-02 09:00:00", priority="3")
        told = [("subject", "ilike", "waited too long")]
        before = self.env["mail.message"].search_count(told)
        self._run("2026-03-04 09:00:00")
        self.assertEqual(lead.priority, "3")
        self.assertEqual(self._kinds(lead), ["entered"])
        self.assertEqual(self.env["mail.message"].search_count(told), before)

    def test_a_member_is_chosen_by_his_skills_also_where_leads_are_given_out_by_hand(self):
        self._step("distribute", 1, strategy="skill")
        self._member(self.zhao).skill_domain = "[('city', '=', 'Wuhan')]"
        leads = self._at("2026-03-02 09:00:00", 3, city="Wuhan")
        self._run("2026-03-04 09:00:00")
        self.assertEqual(leads.user_id, self.zhao)

    def test_an_exceptional_day_moves_steps_that_count_working_days(self):
        self._step("raise", 2, working=True)
        self._at("2026-03-02 09:00:00")
        self.env["lead.pool.entry"]._refresh_stale_deadlines()
        self.assertFalse(self.pool.deadlines_stale)
        self.env["lead.pool"]._calendar_changed([self.company.id])
        self.assertTrue(self.pool.deadlines_stale)

    def test_all_pools_whose_rules_changed_get_their_turn_in_one_batch(self):
        leads = self._at("2026-03-02 09:00:00", 2) + self._at("2026-03-02 09:00:00", 2, pool=self.open_pool)
        self._step("archive", 60)
        self._step("archive", 60, pool=self.open_pool)
        with freeze_time("2026-03-03 09:00:00"):
            self.assertEqual(self.env["lead.pool.entry"]._refresh_stale_deadlines(3), 3)
            self.assertEqual(self.env["lead.pool.entry"]._refresh_stale_deadlines(3), 1)
        self.env.invalidate_all()
        self.assertEqual(set(map(str, self._entries(leads).mapped("age_at"))), {"2026-05-01 09:00:00"})

    def test_every_rule_with_a_condition_counts_as_a_use_of_a_custom_field(self):
        searched = {(model, column) for model, column, _path in CONDITIONS}
        for name in self.env.registry:
            Model = self.env[name]
            if not Model._abstract:
                for column in getattr(Model, "_policy_domains", ()):
                    self.assertIn((name, column), searched)

    def test_a_lead_that_moved_meanwhile_keeps_the_date_of_its_new_wait(self):
        self._step("archive", 5)
        lead = self._at("2026-03-02 09:00:00")
        entry = self._entries(lead)
        stale = entry._read_rows()
        with freeze_time("2026-03-04 09:00:00"):
            self._claim(self.li, lead)
            entry.with_user(self.li).action_return(self._reason("return").id)
        entry._write_ageing(stale, {entry.id: ageing.Due()})
        self.assertEqual(str(entry.age_at), "2026-03-09 09:00:00")

    def test_no_step_costs_a_query_for_each_lead(self):
        for action, values in (
            ("raise", {}),
            ("widen", {"to_pool_id": self.open_pool.id}),
            ("distribute", {}),
            ("archive", {}),
        ):
            with self.subTest(action=action):
                pool = self._pool(action)
                self._step(action, 1, pool=pool, **values)

                def queries(count, pool=pool):
                    self._at("2026-03-02 09:00:00", count, pool=pool)
                    with freeze_time("2026-03-04 09:00:00"):
                        self.env.flush_all()
                        self.env.invalidate_all()
                        before = self.cr.sql_log_count
                        self.assertEqual(self.env["lead.pool.entry"]._age_due(500), count)
                        self.env.flush_all()
                        return self.cr.sql_log_count - before

                queries(1)
                few, many = queries(3), queries(60)
                self.assertLessEqual(many, few + 5)
        self._balance()

    # ------------------------------------------------------------
    # ONE THAT FAILS, AND WHAT COMES NEW
    # ------------------------------------------------------------

    def _fail_for(self, lead):
        """From now on nothing can be written to this lead."""
        write = type(lead).write

        def broken(records, vals):
            if lead in records:
                raise ValueError("A guard of somebody else")
            return write(records, vals)

        return patch.object(type(lead), "write", broken)

    def test_a_lead_whose_step_fails_holds_up_no_other_and_is_put_off(self):
        self._step("raise", 1)
        self._step("raise", 1, pool=self.open_pool)
        leads = self._at("2026-03-02 09:00:00", 5)
        other = self._at("2026-03-02 09:00:00", pool=self.open_pool)
        bad = leads[2]
        with self._fail_for(bad), mute_logger("odoo.addons.lead_pool.models.verbs.age"):
            self._run("2026-03-03 09:00:00")
            self.assertEqual((leads - bad + other).mapped("priority"), ["1"] * 5)
            self.assertEqual(bad.priority, "0")
            self.assertEqual(str(self._entries(bad).age_at), "2026-03-03 10:00:00", "an hour at first")
            self._run("2026-03-03 09:30:00")
            self._run("2026-03-03 13:00:00")
            self.assertEqual(str(self._entries(bad).age_at), "2026-03-03 17:00:00", "then as long as it is overdue")
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.admin.partner_id.ids), ("subject", "ilike", "their step failed")]
        )
        self.assertEqual(len(told), 2, "once for each attempt, not at each run")
        self.assertIn(f"Lead #{bad.id}: A guard of somebody else", told[0].body)
        self._run("2026-03-03 17:00:00")
        self.assertEqual(bad.priority, "1")
        self._balance()

    def test_the_pools_get_their_batches_in_turn(self):
        self._step("raise", 1)
        self._step("raise", 1, pool=self.open_pool)
        self._at("2026-03-02 09:00:00", 4)
        self._at("2026-03-02 09:00:00", 2, pool=self.open_pool)
        batches, age_these = [], type(self.env["lead.pool.entry"])._age_these

        def seen(entries, now):
            batches.append(entries.pool_id.name)
            return age_these(entries, now)

        with patch.object(age, "CHUNK", 2), patch.object(type(self.env["lead.pool.entry"]), "_age_these", seen):
            self._run("2026-03-04 09:00:00")
        self.assertEqual(sorted(batches[:2]), ["Beijing", "Shanghai"])
        self.assertEqual(len(batches), 3)

    def test_a_step_after_less_than_an_hour_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaisesRegex(Exception, "lead_pool_ageing_rule_days_in_range"):
            with self.cr.savepoint():
                self._step("raise", 0.001)
                self.env.flush_all()
        self.assertIn("about an hour", self.env["lead.pool.ageing.rule"]._days_in_range.message)

    def test_a_new_step_gives_what_waits_already_the_grace_of_the_pool(self):
        self.pool.grace_hours = 48
        lead = self._at("2026-03-02 09:00:00")
        with freeze_time("2026-03-20 09:00:00"):
            self._step("raise", 2)
            self._step("archive", 5)
            self.env["lead.pool.entry"]._refresh_stale_deadlines()
        self._run("2026-03-20 09:01:00")
        self.assertEqual((lead.priority, lead.active), ("1", True), "the archive comes next, and not at once")
        self.assertEqual(str(self._entries(lead).age_at), "2026-03-22 09:00:00")
        fresh = self._at("2026-03-21 09:00:00")
        self.assertEqual(self._entries(fresh).age_rule_id.action, "raise")
        self._run("2026-03-22 09:00:00")
        self.assertFalse(lead.active)
        rule = self.pool.ageing_rule_ids.filtered(lambda rule: rule.action == "archive")
        with freeze_time("2026-03-25 12:00:00"):
            rule.name = "Old leads"
            self.assertEqual(str(rule.changed_at), "2026-03-20 09:00:00", "another name changes nothing")
            rule.with_user(self.admin).write({"days": 4, "changed_at": "2020-01-01 00:00:00"})
            self.assertEqual(str(rule.changed_at), "2026-03-25 12:00:00")

    def test_leads_that_the_other_pool_cannot_have_are_told_once(self):
        rule = self._step("widen", 2, to_pool_id=self.open_pool.id)
        leads = self._at("2026-03-02 09:00:00", 2)
        self.assertNotIn("moves no lead", str(self.pool.with_user(self.admin).warnings))
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        team = self.env["crm.team"].create({"name": "South", "company_id": elsewhere.id})
        self.open_pool.write({"company_id": elsewhere.id, "team_id": team.id})
        self.env.invalidate_all()
        self.assertIn("moves no lead", str(self.pool.with_user(self.admin).warnings))
        self._run("2026-03-05 09:00:00")
        later = self._at("2026-03-06 09:00:00")
        self._run("2026-03-09 09:00:00")
        self.assertEqual((leads + later).pool_id, self.pool)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.admin.partner_id.ids), ("subject", "ilike", "left leads out")]
        )
        self.assertEqual(len(told), 1)
        self.assertIn("2 leads could not move to “Shanghai”", told.body)
        self.assertTrue(rule.told_foreign)
        third = self._pool("Third")
        rule.to_pool_id = third
        self.assertFalse(rule.told_foreign)

    def test_the_explanation_names_the_step(self):
        self._step("raise", 1, name="One star")
        self._step("widen", 5, to_pool_id=self.open_pool.id, name="A chance for Shanghai")
        self._step("distribute", 3, pool=self.open_pool, name="Somebody must")
        lead = self._at("2026-03-02 09:00:00")

        def explained():
            return " ".join(self._entries(lead).with_user(self.admin).action_explain())

        self._run("2026-03-03 09:00:00")
        self.assertIn("the step “One star” raised its priority on 2026-03-03", explained())
        self._run("2026-03-07 09:00:00")
        self.assertIn("It waited too long in “Beijing”: the step “A chance for Shanghai” moved it here", explained())
        self.assertNotIn("One star", explained(), "that was in the wait before")
        self._run("2026-03-10 09:00:00")
        self.assertTrue(lead.user_id)
        self.assertIn("It had waited too long: the step “Somebody must” was due.", explained())

    def test_two_steps_may_change_together(self):
        first, last = self._step("raise", 2), self._step("archive", 5)
        both = [(1, first.id, {"days": 10}), (1, last.id, {"days": 20})]
        self.pool.with_user(self.admin).write({"ageing_rule_ids": both})
        self.assertEqual((first.days, last.days), (10, 20))
        with self.assertRaisesRegex(ValidationError, "at least as many days"), self.cr.savepoint():
            self.pool.with_user(self.admin).write({"ageing_rule_ids": [(1, first.id, {"days": 30})]})
        with self.assertRaisesRegex(ValidationError, "at least as many days"), self.cr.savepoint():
            first.with_user(self.admin).days = 30
        with self.assertRaisesRegex(ValidationError, "at least as many days"), self.cr.savepoint():
            self._pool(
                "New",
                ageing_rule_ids=[(0, 0, {"action": "raise", "days": 9}), (0, 0, {"action": "archive", "days": 2})],
            )
