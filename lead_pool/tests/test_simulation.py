from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.pool import simulate, simulated_history
from ..models.pool.simulated_history import Reading
from ..models.pool.simulated_rules import Conditions
from ..rules import simulation
from .common import LeadPoolCase

MONDAY = datetime(2026, 3, 2, 1)  # nine o'clock in Shanghai
DAY = timedelta(days=1)
#: What a simulation itself keeps, and what any work in the background needs.
KEPT_BY_IT = {"lead_pool_simulation", "lead_pool_job", "ir_cron_trigger"}


class SimulationCase(LeadPoolCase):
    """Twelve days of a pool that gives out leads by weight and takes them back after three."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(MONDAY):
            cls.pool = cls._pool(
                "Harbin",
                strategy="rotation",
                reclaim_rule_ids=[(0, 0, {"name": "Three days", "no_follow_up_days": 3, "warn_days": 0})],
            )
            cls._member(cls.li).weight = 2
            cls._member(cls.wang).capacity = 3
            cls.pool.member_capacity = 5
        for number in range(12):
            with freeze_time(MONDAY + number * DAY):
                cls._give_out(number)
            with freeze_time(MONDAY + number * DAY + timedelta(hours=6)):
                cls._work(number)
        cls.env.invalidate_all()
        cls.end = MONDAY + 11 * DAY + timedelta(hours=7)

    @classmethod
    def _give_out(cls, number):
        """In the morning: what is due goes back, three leads come and are given out."""
        cls.env["lead.pool.entry"]._reclaim_due()
        cls._leads(3, priority=str(number % 3))
        cls.pool._distribute()

    @classmethod
    def _work(cls, number):
        """In the afternoon: some of what is held is worked on, given back, or given to somebody else."""
        Entry = cls.env["lead.pool.entry"]
        held = Entry.search([("pool_id", "=", cls.pool.id), ("state", "=", "held")], order="id")
        for entry in held.filtered(lambda entry: (entry.lead_ref + number) % 4 == 0):
            lead = entry.lead_id.with_user(entry.user_id)
            lead.action_follow_up({"type_id": cls.env["lead.follow.up.type"].search([], limit=1).id, "note": "Called."})
        if number in (4, 8):
            entry = held.filtered(lambda entry: entry.user_id == cls.li)[:1]
            entry.with_user(cls.li).action_return(cls._reason("return").id)
        if number in (5, 9):
            entry = held.filtered(lambda entry: entry.user_id == cls.zhao)[:1]
            entry.with_user(cls.zhao).action_mark_invalid(cls._reason("invalid").id)
        if number == 6:
            entry = held.filtered(lambda entry: entry.user_id == cls.zhao)[-1:]
            entry.with_user(cls.admin).action_assign(cls.li.id)
        if number == 7:
            entry = held.filtered(lambda entry: entry.user_id == cls.li)[-1:]
            entry.with_user(cls.admin).action_reclaim()

    def _simulate(self, rules=None, days=30, user=None):
        with freeze_time(self.end):
            run_id = self.pool.with_user(user or self.admin).action_simulate(days, rules)
        return self.env["lead.pool.simulation"].with_user(user or self.admin).browse(run_id)

    def _ledger(self):
        """To whom the pool gave which lead when, as its events say."""
        self.env.cr.execute(
            """SELECT date, lead_ref, user_ref FROM lead_pool_event WHERE pool_ref = %s AND kind = 'distributed'""",
            [self.pool.id],
        )
        return sorted(self.env.cr.fetchall())


@tagged("post_install", "-at_install")
class TestHonesty(SimulationCase):
    """The replay decides as the pool did."""

    def _blind(self, days=30):
        """The history with the names struck out of those to whom the pool gave its leads."""
        pool, begin = self.pool.sudo(), self.end - days * DAY
        with freeze_time(self.end):
            conditions = Conditions()
            reading = Reading(pool, begin, self.end, conditions)
            rules = pool._replayed_rules(begin, conditions)
            while reading.more:
                reading.go_on(pool)
            history = reading.history(pool)
        given = {number: tuple(replace(stay, user_id=0) for stay in stays) for number, stays in history.given.items()}
        return replace(history, given=given), rules

    @staticmethod
    def _winners(run):
        return sorted((h.since, h.lead_id, h.user_id) for h in run.holdings if h.how == "distribute")

    def test_with_the_winners_struck_out_it_finds_those_of_the_ledger(self):
        history, rules = self._blind()
        run = simulation.replay(history, rules)
        self.assertGreater(len(self._ledger()), 35)
        self.assertEqual(self._winners(run), self._ledger())
        self.assertFalse(run.refused)
        events = self.env["lead.pool.event"].search([("pool_ref", "=", self.pool.id), ("kind", "=", "reclaimed")])
        self.assertTrue(events)
        taken_back = sorted((h.until, h.lead_id) for h in run.holdings if h.why == "reclaimed")
        self.assertEqual(taken_back, sorted((event.date, event.lead_ref) for event in events))

    def test_with_one_weight_changed_it_finds_others(self):
        history, rules = self._blind()
        seats = [replace(seat, weight=5) if seat.user_id == self.zhao.id else seat for seat in rules.seats]
        self.assertNotEqual(self._winners(simulation.replay(history, replace(rules, seats=seats))), self._ledger())

    def test_it_agrees_also_from_the_middle_of_the_history(self):
        history, rules = self._blind(days=5)
        self.assertTrue(history.starts)
        since = [row for row in self._ledger() if row[0] >= history.begin]
        self.assertEqual(self._winners(simulation.replay(history, rules)), since)

    def test_every_lead_is_where_the_pool_has_it(self):
        history, rules = self._blind()
        run = simulation.replay(history, rules)
        entries = self.env["lead.pool.entry"].search([("pool_id", "=", self.pool.id)])
        for entry in entries:
            place = run.places[entry.lead_ref]
            self.assertEqual((place.state, place.user_id), (entry.closed_as or entry.state, entry.user_id.id or 0))


@tagged("post_install", "-at_install")
class TestSimulation(SimulationCase, CronMixinCase):
    """An admin tries rules before he saves them."""

    def _counts(self):
        """Number of rows and a fingerprint of every table that exists, but those that a simulation keeps."""
        self.env.cr.flush()  # what waits for the commit is done
        self.env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        counts = {}
        for (table,) in self.env.cr.fetchall():
            if table in KEPT_BY_IT:
                continue
            if table.startswith(("lead_", "crm_lead", "mail_", "bus_", "res_groups_users", "resource_", "ir_cron")):
                query = f"SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM \"{table}\" t"
            else:
                query = f'SELECT count(*) FROM "{table}"'
            self.env.cr.execute(query)
            counts[table] = self.env.cr.fetchone()
        return counts

    def test_it_changes_nothing(self):
        before = self._counts()
        with self.capture_triggers() as capture, patch.object(self.env.registry["bus.bus"], "_sendone") as sent:
            run = self._simulate(
                {
                    "settings": {
                        "strategy": "least_loaded",
                        "cooling_days": 3,
                        "mode": "observe",
                        "visibility": "open",
                    },
                    "member_ids": [
                        {"user_id": "li", "weight": 5, "capacity": 1},
                        {"user_id": "stranger", "weight": 2},
                    ],
                    "reclaim_rule_ids": [{"name": "A day", "no_first_touch_days": 1}],
                    "assign_rule_ids": [{"name": "Urgent", "domain": [["priority", "=", "2"]], "strategy": "rotation"}],
                    "admin_ids": [{"user_id": "wang"}],
                }
            )
        after = self._counts()
        self.assertEqual({table for table, rows in before.items() if after[table] != rows}, set())
        self.assertFalse(capture.records)
        sent.assert_not_called()
        self.assertTrue(run.result)
        self.assertFalse(self.wang.has_group("lead_pool.group_pool_admin"))
        self.assertEqual((self.pool.strategy, len(self.pool.member_ids)), ("rotation", 3))
        self.assertEqual(self.pool.reclaim_rule_ids.mapped("name"), ["Three days"])

    def test_the_present_rules_make_no_difference(self):
        for rules in (None, {}, self.pool.with_user(self.admin).action_export_policy()):
            run = self._simulate(rules)
            self.assertEqual(run.result["before"], run.result["after"])
            self.assertEqual((run.result["caused"], run.result["avoided"], run.changes), ([], [], False))
            self.assertEqual(run.result["same"], run.result["given"])

    def test_edited_rules_show_who_would_have_had_what(self):
        run = self._simulate({"member_ids": [{"user_id": "zhao", "weight": 0}]})
        before, after = run.result["before"], run.result["after"]
        zhao = str(self.zhao.id)
        self.assertGreater(before["members"][zhao]["distributed"], 5)
        self.assertEqual(after["members"][zhao]["distributed"], 0)
        self.assertEqual(run.changes, "Members: Zhao Min, Weight: 1 → –")
        self.assertLessEqual(after["members"][str(self.wang.id)]["peak"], 3)
        self.assertEqual(len(before["days"]), len(before["members"][zhao]["loads"]))

    def test_shorter_terms_cause_reclaims_and_none_avoid_them(self):
        shorter = self._simulate({"reclaim_rule_ids": [{"name": "Three days", "no_follow_up_days": 1}]}).result
        self.assertGreater(len(shorter["after"]["reclaimed"]), len(shorter["before"]["reclaimed"]))
        none = self._simulate({"reclaim_rule_ids": []}).result
        self.assertEqual(none["after"]["reclaimed"], [])
        self.assertEqual(none["avoided"], sorted(set(none["before"]["reclaimed"])))
        self.assertTrue(none["avoided"])

    def test_a_new_member_would_have_had_leads(self):
        run = self._simulate({"member_ids": [{"user_id": "stranger", "weight": 3}]})
        self.assertGreater(run.result["after"]["members"][str(self.stranger.id)]["leads"], 5)
        self.assertIn("Stranger", run.read_page()["members"].values())

    def test_only_admins_of_the_pool_and_managers_simulate_and_read(self):
        run = self._simulate()
        self.assertEqual(run.with_user(self.manager).read_page()["pool"], "Harbin")
        self._simulate(user=self.manager)
        other = self._user("otheradmin", "sales_team.group_sale_salesman", "Other Admin")
        self.open_pool.write({"admin_ids": [(0, 0, {"user_id": other.id})]})
        for user in (self.li, self.marketing, self.stranger, self.all_docs, other):
            with self.subTest(user.name):
                with self.assertRaises(AccessError):
                    self.pool.with_user(user).action_simulate(7, {})
                with self.assertRaises(AccessError):
                    run.with_user(user).read_page()
                with self.assertRaises(AccessError):
                    run.with_user(user).read(["result"])
        with self.assertRaises(AccessError):
            run.write({"rules": {}})

    def test_what_cannot_be_is_refused_with_a_sentence(self):
        pool = self.pool.with_user(self.admin)
        for days in (0, 366, True, "7", None, 1.5):
            with self.subTest(days=days), self.assertRaisesRegex(UserError, "between 1 and 365"):
                pool.action_simulate(days, {})
        for rules, sentence in (
            ([], None),
            (["strategy"], "part of a policy"),
            ({"colour": 1}, "“colour” is no part of a policy"),
            ({"settings": {"colour": 1}}, "“colour” is no part of a policy"),
            ({"settings": {"strategy": "lottery"}}, "“Distribution” cannot be “lottery”"),
            ({"settings": {"strategy": "default_assignee"}}, "Choose the default assignee"),
            ({"settings": {"cooling_days": -1}}, "cannot be “-1”"),
            ({"settings": []}, "another form"),
            ({"member_ids": [{"user_id": "nobody"}]}, "was not found"),
            ({"member_ids": [{"user_id": "li", "weight": 2000}]}, "between 0"),
            ({"member_ids": [{"user_id": "li", "capacity": "many"}]}, "cannot be “many”"),
            ({"reclaim_rule_ids": [{"name": "Long", "held_days": 4000}]}, "between 0"),
            ({"assign_rule_ids": [{"name": "No", "domain": [["colour", "=", 1]]}]}, "cannot be used"),
            ({"settings": {"follow_up_min_length": float("nan")}}, "no policy file"),
        ):
            with self.subTest(rules=rules), freeze_time(self.end):
                if sentence is None:
                    pool.action_simulate(7, rules)
                    continue
                with self.assertRaisesRegex(UserError, sentence), self.env.cr.savepoint():
                    pool.action_simulate(7, rules)

    def test_an_answer_is_given_once_for_one_request(self):
        with freeze_time(self.end):
            pool = self.pool.with_user(self.admin)
            first = pool.action_simulate(7, {}, request_uid="once")
            self.assertEqual(pool.action_simulate(7, {}, request_uid="once"), first)
            self.assertNotEqual(pool.action_simulate(7, {}, request_uid="twice"), first)

    def test_nothing_of_a_lead_but_its_number_is_in_the_result(self):
        run = self._simulate({"reclaim_rule_ids": []})
        text = str(run.read(["result", "rules", "changes"])) + str(run.read_page())
        for secret in ("Contact", "Lead 1", "+86", "138 0000", "1380000", "example.com"):
            self.assertNotIn(secret, text)

    def test_atk_45_a_lead_that_went_to_another_pool_answers_no_condition(self):
        """ATK-45: rules that one tries ask whom they like; the numbers of the leads that go back would answer."""
        elsewhere = self._pool("Elsewhere")
        elsewhere.admin_ids.unlink()
        # what is held when the twelve days end; two of them go on to a pool that this admin does not run
        Entry = self.env["lead.pool.entry"]
        held = Entry.search([("pool_id", "=", self.pool.id), ("state", "=", "held")], order="id")
        gone, stayed = held[:2].lead_id, held[2:4].lead_id
        with freeze_time(self.end):
            held[:2].with_user(self.manager).action_transfer(elsewhere.id)
            (gone + stayed).sudo().write({"phone": "+86 571 5550 8642"})
        self.env.invalidate_all()
        self.assertFalse(gone.with_user(self.admin)._filtered_access("read"))
        self.end += timedelta(hours=1)

        def taken_back(domain, user):
            rules = {"reclaim_rule_ids": [{"name": "Probe", "held_days": 0.05, "warn_days": 0, "domain": domain}]}
            return set(self._simulate(rules, user=user).result["after"]["reclaimed"])

        guess = [["phone", "like", "571 5550"]]
        self.assertEqual(taken_back(guess, self.admin), set(stayed.ids))
        self.assertEqual(taken_back(guess, self.manager), set((gone + stayed).ids))
        nonsense = [["phone", "like", "999 9999"]]
        self.assertFalse(taken_back(nonsense, self.admin))

    def test_a_pool_without_leads_has_an_empty_page(self):
        run_id = self.open_pool.with_user(self.admin).action_simulate(7, {})
        page = self.env["lead.pool.simulation"].with_user(self.admin).browse(run_id).read_page()
        self.assertEqual((page["state"], page["result"]["before"]["arrived"]), ("done", 0))

    def _many(self):
        """In the background, in small batches."""
        with patch.object(simulate, "AT_ONCE", 0):
            return self._simulate({"member_ids": [{"user_id": "li", "weight": 7}]})

    def test_many_leads_are_replayed_in_batches_with_progress(self):
        at_once = self._simulate({"member_ids": [{"user_id": "li", "weight": 7}]})
        run = self._many()
        job = run.sudo().job_id
        self.assertEqual((run.state, run.progress, run.result), ("waiting", 0, False))
        with patch.object(simulate, "SLICE", 1e-9), patch.object(simulate, "STEP", 20):
            seen = []
            while run.state in ("waiting", "running"):
                job._work()
                seen.append(run.progress)
        self.assertGreater(len(seen), 5)
        self.assertEqual((seen, run.state), (sorted(seen), "done"))
        self.assertEqual(run.result, at_once.result)
        self.assertFalse(simulate._at_work)

    def test_another_process_begins_again_with_the_same_result(self):
        run = self._many()
        job = run.sudo().job_id
        with patch.object(simulate, "SLICE", 1e-9), patch.object(simulate, "STEP", 20):
            job._work()
            job._work()
        simulate._at_work.clear()
        while run.state in ("waiting", "running"):
            job._work()
        self.assertEqual(run.result, self._simulate({"member_ids": [{"user_id": "li", "weight": 7}]}).result)

    def test_a_cancelled_run_ends(self):
        run = self._many()
        job = run.sudo().job_id
        with patch.object(simulate, "SLICE", 1e-9), patch.object(simulate, "STEP", 20):
            job._work()
            self.assertTrue(run.read_page()["may_cancel"])
            run.action_cancel()
            job._work()
        self.assertEqual((run.state, run.result, run.read_page()["may_cancel"]), ("cancelled", False, False))

    def test_too_many_leads_are_refused_with_what_to_do(self):
        with patch.object(simulate, "MOST", 5), self.assertRaisesRegex(UserError, "Choose fewer days"):
            self._simulate()

    def test_old_runs_are_forgotten(self):
        run = self._simulate()
        with freeze_time(self.end + 29 * DAY):
            run.sudo()._gc_old()
            self.assertTrue(run.exists())
        with freeze_time(self.end + 31 * DAY):
            run.sudo()._gc_old()
            self.assertFalse(run.exists())

    def test_the_dialog_begins_with_the_present_rules_and_sends_what_differs(self):
        action = self.pool.with_user(self.admin).button_simulate()
        wizard = self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])
        self.assertEqual(wizard._edited(), {})
        self.assertEqual(wizard.member_ids.mapped("weight"), [2, 1, 1])
        wizard.member_ids.filtered(lambda line: line.user_id == self.wang).capacity = 9
        wizard.strategy = "default_assignee"
        wizard.default_assignee_id = self.li
        wizard.reclaim_ids.no_follow_up_days = 1
        edited = wizard._edited()
        self.assertEqual(edited["settings"], {"strategy": "default_assignee", "default_assignee_id": "li"})
        self.assertEqual([(row["user_id"], row["capacity"]) for row in edited["member_ids"]], [("wang", 9)])
        self.assertEqual([(r["name"], r["no_follow_up_days"]) for r in edited["reclaim_rule_ids"]], [("Three days", 1)])
        with freeze_time(self.end):
            action = wizard.action_run()
        run = self.env["lead.pool.simulation"].with_user(self.admin).browse(action["params"]["run_id"])
        got = {int(user): row["distributed"] for user, row in run.result["after"]["members"].items()}
        self.assertTrue(got[self.li.id])
        self.assertFalse(got[self.wang.id] or got[self.zhao.id])
        with self.assertRaises(AccessError):
            self.pool.with_user(self.li).button_simulate()

    def test_the_dialog_takes_what_is_edited_in_the_form_and_saves_nothing(self):
        rule = self.pool.reclaim_rule_ids
        draft = {
            "cooling_days": 4,
            "backlog_limit": 3,
            "member_ids": [(1, self._member(self.wang).id, {"capacity": 9}), (2, self._member(self.zhao).id, 0)],
            "reclaim_rule_ids": [(1, rule.id, {"no_follow_up_days": 1, "domain": "[('priority', '=', '2')]"})],
        }
        before = self._counts()
        with freeze_time(self.end):
            action = self.pool.with_user(self.admin).button_simulate(draft)
        after = self._counts()
        self.assertEqual(
            {table for table, rows in before.items() if after[table] != rows},
            {"lead_pool_simulate", "lead_pool_simulate_member", "lead_pool_simulate_reclaim"},
        )
        wizard = self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])
        self.assertEqual((wizard.cooling_days, wizard.reclaim_ids.no_follow_up_days), (4, 1))
        zhao = wizard.member_ids.filtered(lambda line: line.user_id == self.zhao)
        self.assertTrue(zhao.paused, "who is taken out gets nothing")
        self.assertIn("Untouched Leads at Most: – → 3", wizard.draft_words)
        self.assertIn("Three days", wizard.draft_words)
        self.assertNotIn("Cooling-off", wizard.draft_words)
        wizard.cooling_days = 0  # changed his mind
        with freeze_time(self.end):
            action = wizard.action_run()
        self.assertEqual(action["target"], "new", "the form below stays as it is")
        run = self.env["lead.pool.simulation"].with_user(self.admin).browse(action["params"]["run_id"])
        self.assertEqual(run.rules["settings"], {"backlog_limit": 3})
        [row] = run.rules["reclaim_rule_ids"]
        self.assertEqual((row["no_follow_up_days"], row["domain"]), (1, [["priority", "=", "2"]]))
        self.assertFalse(run.result["after"]["members"][str(self.zhao.id)]["distributed"])
        self.assertEqual((rule.no_follow_up_days, len(self.pool.member_ids), self.pool.cooling_days), (3, 3, 0))

    def test_a_draft_that_cannot_be_saved_is_refused_with_the_sentence_of_saving_it(self):
        pool = self.pool.with_user(self.admin)
        with self.assertRaisesRegex(UserError, "Choose the default assignee"), self.env.cr.savepoint():
            pool.button_simulate({"strategy": "default_assignee"})
        with self.assertRaises(AccessError):
            self.pool.with_user(self.li).button_simulate({"cooling_days": 4})

    def test_two_runs_at_once_do_not_take_each_other_s_work_away(self):
        first, second = self._many(), self._many()
        jobs = first.sudo().job_id | second.sudo().job_id
        batches = 0
        with patch.object(simulate, "SLICE", 1e-9), patch.object(simulate, "STEP", 200):
            while jobs.filtered(lambda job: job.state in ("waiting", "running")):
                for job in jobs:
                    job._work()
                batches += 1
                self.assertLess(batches, 100)
        self.assertEqual(first.result, second.result)
        self.assertFalse(simulate._at_work)

    def test_the_ledger_is_read_in_slices_with_the_same_result(self):
        rules = {"reclaim_rule_ids": [{"name": "Urgent", "domain": [["priority", "=", "2"]], "no_follow_up_days": 1}]}
        whole = self._simulate(rules)
        with patch.object(simulated_history, "SLICE", 7), patch.object(simulate, "AT_ONCE", 0):
            run = self._simulate(rules)
            job = run.sudo().job_id
            with patch.object(simulate, "SLICE", 1e-9):
                job._work()
                job._work()
                [work] = simulate._at_work.values()
                self.assertEqual((work.reading.at, work.before), (7, None))
                self.assertGreater(run.progress, 0)
            while run.state in ("waiting", "running"):
                job._work()
        self.assertEqual(run.result, whole.result)

    def test_rules_that_were_tried_are_applied_through_the_import(self):
        run = self._simulate({"member_ids": [{"user_id": "li", "weight": 7}], "settings": {"cooling_days": 4}})
        action = run.button_apply()
        wizard = self.env[action["res_model"]].with_user(self.admin).browse(action["res_id"])
        self.assertIn("Cooling-off: – → 4", wizard.diff)
        self.assertFalse(wizard.problems)
        self.assertEqual(self._member(self.li).weight, 2)
        wizard.action_apply()
        self.assertEqual((self._member(self.li).weight, self.pool.cooling_days, len(self.pool.member_ids)), (7, 4, 3))
        with self.assertRaisesRegex(UserError, "present rules"):
            self._simulate().button_apply()
