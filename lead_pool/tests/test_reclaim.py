from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import LeadPoolCase

START = datetime(2026, 3, 2, 9)  # a Monday
RECLAIM = 40  # queries of one batch that takes leads back
IDLE = 1  # query of a run that finds nothing to do; outside tests the clock is asked, too


def day(number):
    return START + timedelta(days=number)


class ReclaimCase(LeadPoolCase):
    def _rules(self, *values, pool=None):
        rules = [
            Command.create({"name": f"Rule {number}", "sequence": number, "warn_days": 0, **one})
            for number, one in enumerate(values, 1)
        ]
        (pool or self.pool).reclaim_rule_ids = [Command.clear(), *rules]
        return (pool or self.pool).reclaim_rule_ids

    def _held_on(self, number, user=None, count=1, **values):
        with freeze_time(day(number)):
            return self._held(user or self.li, count, **values)

    def _reclaim(self, number):
        """Everything a run of the scheduled action does, but for its commits."""
        Entry = self.env["lead.pool.entry"]
        with freeze_time(day(number)):
            while Entry._refresh_stale_deadlines():
                pass
            count = 0
            while done := Entry._reclaim_due():
                count += done
            while Entry._warn_due():
                pass
        self.env.invalidate_all()
        return count

    def _inbox(self, user, since=0):
        """Subjects of what the user was told about the pool."""
        messages = self.env["mail.message"].search([("model", "=", "lead.pool"), ("id", ">", since)], order="id")
        return messages.filtered(lambda m: user.partner_id in m.notified_partner_ids).mapped("subject")

    def _last_message(self):
        return self.env["mail.message"].search([], order="id desc", limit=1).id or 0

    def _event(self, lead, kind=None):
        domain = [("lead_ref", "=", lead.id)] + ([("kind", "=", kind)] if kind else [])
        return self.env["lead.pool.event"].search(domain, order="seq desc", limit=1)


@tagged("post_install", "-at_install")
class TestDestinations(ReclaimCase):
    def test_to_another_pool(self):
        self._rules({"held_days": 3, "destination": "other", "destination_pool_id": self.open_pool.id})
        lead = self._held_on(0, city="Suzhou")
        self.assertIn("Goes to “Shanghai” on", lead.deadline_words)
        self.assertEqual(self._reclaim(3), 1)
        self.assertRecordValues(lead, [{"pool_id": self.open_pool.id, "pool_state": "waiting", "user_id": False}])
        event = self._event(lead)
        self.assertEqual((event.kind, event.pool_name, event.from_pool_name), ("reclaimed", "Shanghai", "Beijing"))
        self.assertEqual(self._entries(lead).city, "Suzhou", "as the other pool opens it")
        self._balance()

    def test_a_destination_that_is_no_place_to_go_to(self):
        own = {"name": "Away", "held_days": 3, "pool_id": self.pool.id, "destination": "other"}
        for target in (False, self.pool.id):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.env["lead.pool.reclaim.rule"].create({**own, "destination_pool_id": target})
        target = self._pool("South")
        self.env["lead.pool.reclaim.rule"].create({**own, "destination_pool_id": target.id})
        with self.assertRaises(UserError) as refused, self.cr.savepoint():
            target.active = False
        self.assertIn("sends leads that go back to “South”", str(refused.exception))

    def test_to_the_next_rep_but_neither_to_the_holder_nor_to_who_is_cooling_off(self):
        self.pool.write({"cooling_days": 30, "cooling_of": "any"})
        self._rules({"held_days": 3, "destination": "next"})
        lead = self._held_on(0)
        since = self._last_message()
        self.assertEqual(self._reclaim(3), 1)
        second = lead.user_id
        self.assertIn(second, self.wang | self.zhao)
        self.assertEqual((lead.reclaim_at, lead.held_since), (day(6), day(3)))
        event = self._event(lead, "reclaimed")
        self.assertEqual((event.from_user_name, event.user_name), ("Li Na", second.name))
        self.assertTrue(event.decision_ref)
        self.assertEqual(self._inbox(self.li, since), ["1 leads are no longer yours"])
        lines, _event = self._entries(lead).with_user(self.admin)._explain()
        self.assertIn("The time of Li Na was over", lines[0])
        self._reclaim(6)
        third = lead.user_id
        self.assertEqual(third, (self.wang | self.zhao) - second)
        self._reclaim(9)
        self.assertRecordValues(lead, [{"pool_state": "waiting", "user_id": False, "pool_id": self.pool.id}])
        event = self._event(lead)
        self.assertEqual((event.kind, event.detail["code"]), ("reclaimed", "no_eligible_member"))
        self.assertEqual(sum(self.pool.member_ids.mapped("held")), 0)
        self._balance()

    def test_the_next_rep_by_the_pools_own_distribution_and_capacities(self):
        self.pool.strategy = "rotation"
        self._member(self.wang).capacity = 1
        self._member(self.zhao).capacity = 2
        self._rules({"held_days": 3, "destination": "next"})
        leads = self._held_on(0, count=5)
        self.assertEqual(self._reclaim(3), 5)
        self.assertEqual([self._member(user).held for user in (self.li, self.wang, self.zhao)], [0, 1, 2])
        self.assertEqual(sorted(leads.mapped("pool_state")), ["held"] * 3 + ["waiting"] * 2)
        self._balance()


@tagged("post_install", "-at_install")
class TestBrake(ReclaimCase, CronMixinCase):
    def setUp(self):
        super().setUp()
        self.pool.reclaim_most = 3
        self._rules({"held_days": 3})

    def _question(self):
        return self.env["lead.pool.approval"].search([("kind", "=", "storm"), ("state", "=", "open")])

    def test_of_more_than_that_within_an_hour_the_admins_are_asked(self):
        self._held_on(0, count=2)
        self._held_on(0, self.wang, count=5)
        self._rules({"held_days": 3}, pool=self.open_pool)
        other = self._held_on(0, pool=self.open_pool)
        since = self._last_message()
        self._reclaim(3)
        self.assertEqual((self.pool.held_count, self.pool.waiting_count), (4, 3))
        self.assertEqual(other.pool_state, "waiting", "no matter of the other pool")
        approval = self._question()
        self.assertEqual((approval.pool_id, approval.values), (self.pool, {"due": 4, "people": 1}))
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.assertEqual(len(self._inbox(self.admin, since)), 1)
        for number in (3.01, 3.2, 4):
            self.assertEqual(self._reclaim(number), 0, "nothing goes back while the question is open")
        self.assertEqual(self._question(), approval, "asked once")
        self.assertIn("4 more leads are due to go back", self.pool.with_user(self.admin).storm_question)
        self._balance()

    def test_what_comes_slowly_needs_no_question(self):
        for number in range(4):
            self._held_on(number / 4, count=2)
        for number in range(4):
            self.assertEqual(self._reclaim(3 + number / 4), 2)
        self.assertFalse(self._question())

    def test_an_hour_counts_runs_together(self):
        self._held_on(0, count=2)
        self._held_on(0.01, count=2)
        self.assertEqual(self._reclaim(3), 2)
        self._reclaim(3.01)
        self.assertEqual(self.pool.held_count, 1)
        self.assertTrue(self._question())

    def test_an_admin_says_yes_and_all_of_it_goes_back(self):
        leads = self._held_on(0, count=9)
        self._reclaim(3)
        with freeze_time(day(3.1)), self.capture_triggers("lead_pool.ir_cron_reclaim") as triggers:
            [answer] = self._question().with_user(self.admin).action_approve()
        self.assertTrue(answer["done"], answer)
        self.assertTrue(triggers.records)
        self.assertEqual(self._reclaim(3.1), 6)
        self.assertEqual(set(leads.mapped("pool_state")), {"waiting"})
        later = self._held_on(0.2, count=2)
        self.assertEqual(self._reclaim(3.2), 2, "what an admin allowed is not counted against what comes later")
        self.assertEqual(set(later.mapped("pool_state")), {"waiting"})
        self._balance()

    def test_an_admin_says_no_and_they_stay_for_the_grace(self):
        self._rules({"held_days": 3, "warn_days": 1})
        leads = self._held_on(0, count=9)
        self._reclaim(3)
        with freeze_time(day(3.1)):
            self.pool.with_user(self.admin).button_decline_storm()
        kept = leads.filtered(lambda lead: lead.pool_state == "held")
        self.assertEqual(set(kept.mapped("reclaim_at")), {day(4.1)})
        since = self._last_message()
        self.assertEqual(self._reclaim(3.2), 0)
        self.assertEqual(self._inbox(self.li, since), ["6 of your leads go back soon"])
        self._reclaim(4.1)
        self.assertEqual(len(self._question()), 1, "and then it is asked again")

    def test_only_admins_of_the_pool_decide(self):
        self._held_on(0, count=9)
        self._reclaim(3)
        with self.assertRaises(UserError):
            self.pool.with_user(self.li).button_approve_storm()
        [answer] = self._question().with_user(self.li).action_approve()
        self.assertFalse(answer["done"])

    def test_without_a_brake_nobody_is_asked(self):
        self._held_on(0, count=9)
        self._reclaim(3)
        self.assertTrue(self._question())
        self.pool.reclaim_most = 0
        self.assertEqual(self._reclaim(3.01), 6)

    def test_a_client_cannot_lift_the_brake(self):
        self.pool.with_user(self.admin).write({"brake_off_until": day(99), "exempt_broken": "x"})
        self.assertFalse(self.pool.brake_off_until or self.pool.exempt_broken)


@tagged("post_install", "-at_install")
class TestReclaimCost(ReclaimCase):
    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_a_run_with_nothing_to_do_costs_the_same_for_ten_leads_and_for_five_hundred(self):
        self._rules({"held_days": 30, "warn_days": 2, "warn_leader_days": 1, "working": True})
        Entry = self.env["lead.pool.entry"]
        self._held_on(0, count=10)
        self._reclaim(1)

        with freeze_time(day(1)):
            Entry._cron_reclaim()
            self.assertEqual(self._count(Entry._cron_reclaim), IDLE)
        self._held_on(0, self.wang, count=490)
        self._reclaim(1)
        with freeze_time(day(1)):
            self.assertEqual(self._count(Entry._cron_reclaim), IDLE)
        self.env.cr.execute("ANALYZE lead_pool_entry")
        self.env.cr.execute("SET LOCAL enable_seqscan = off")  # of a table as small as this one it might be right
        plan = "\n".join(
            line for [line] in self.env.execute_query(SQL("EXPLAIN %s", Entry._anything_due_query(day(1))))
        )
        for index in ("due", "warn"):
            self.assertIn(f"using lead_pool_entry_{index}_idx", plan)
        self.assertNotIn("Seq Scan on lead_pool_entry", plan)

    def test_after_many_went_back_at_once_a_run_reads_as_little_as_before(self):
        leads = self._held_on(0, count=300)
        held = self.env["lead.pool.entry"].search([("lead_id", "in", leads.ids)])
        self._reclaim(0)
        cr = self.env.cr
        cr.execute("UPDATE lead_pool_entry SET reclaim_at = %s WHERE id = ANY(%s)", [day(0), held.ids])
        cr.execute("ANALYZE lead_pool_entry")  # all are due, PostgreSQL believes
        cr.execute("UPDATE lead_pool_entry SET reclaim_at = %s WHERE id = ANY(%s)", [day(9), held.ids])
        cr.execute("SET LOCAL enable_sort = off")  # of 300 leads all might be read and sorted; of a million not
        query = self.env["lead.pool.entry"]._anything_due_query(day(1))
        plan = "\n".join(line for [line] in self.env.execute_query(SQL("EXPLAIN ANALYZE %s", query)))
        self.assertNotIn("Seq Scan on lead_pool_entry", plan)
        self.assertRegex(plan, r"using lead_pool_entry_due_idx .*actual .*rows=0 loops=1")

    def test_whatever_a_run_may_do_makes_it_run(self):
        held = self._entries(self._held_on(0))
        self._reclaim(0)
        Entry, past, future = self.env["lead.pool.entry"], day(0), day(2)
        soon = {"warn_at": past, "reclaim_at": future, "warned": False}
        with freeze_time(day(1)):
            self.assertFalse(Entry._anything_due())
            for what, table, values, due in (
                ("unlock", "entry", {"locked": True, "locked_until": past}, True),
                ("locked for good", "entry", {"locked": True, "reclaim_at": past}, False),
                ("thaw", "entry", {"frozen_since": past}, True),
                ("a rep's deadlines", "rep", {"deadlines_stale": True}, True),
                ("a pool's deadlines", "pool", {"deadlines_stale": True}, True),
                ("of an archived pool", "pool", {"deadlines_stale": True, "active": False}, False),
                ("take back", "entry", {"reclaim_at": past}, True),
                ("not yet", "entry", {"reclaim_at": future}, False),
                ("warn", "entry", soon, True),
                ("warned already", "entry", {**soon, "warned": True}, False),
            ):
                with self.subTest(what), self.env.cr.savepoint() as savepoint:
                    rows = {
                        "entry": held,
                        "pool": self.pool,
                        "rep": self.env["lead.pool.rep"].search([("user_id", "=", self.li.id)]),
                    }
                    self.env.cr.execute(
                        SQL(
                            "UPDATE %s SET %s WHERE id = ANY(%s)",
                            SQL.identifier(rows[table]._table),
                            SQL(", ").join(SQL("%s = %s", SQL.identifier(name), one) for name, one in values.items()),
                            rows[table].ids,
                        )
                    )
                    self.assertEqual(Entry._anything_due(), due)
                    savepoint.rollback()
            self.env.invalidate_all()
            self.pool.mode = "observe"
            while Entry._refresh_stale_deadlines():
                pass
            self.env.cr.execute("UPDATE lead_pool_entry SET reclaim_at = %s WHERE id = %s", [past, held.id])
            self.assertTrue(Entry._anything_due(), "it is written down")
            while Entry._observe_due(10):
                pass
            self.assertFalse(Entry._anything_due())
            self.pool.mode = "active"
            while Entry._refresh_stale_deadlines():
                pass
            self.env.cr.execute("UPDATE lead_pool_entry SET reclaim_at = %s WHERE id = %s", [past, held.id])
            self.assertEqual(Entry._reclaim_due(), 1)
            self.assertTrue(Entry._anything_due(), "the admins are told")
            self.env["lead.pool"]._tell_what_went_back()
            self.assertFalse(Entry._anything_due())

    def test_deadlines_leaves_and_exemptions_of_many_leads_cost_what_those_of_one_cost(self):
        self.pool.write({"exempt_order": True, "exempt_domain": "[('city', '=', 'Suzhou')]",
                         "exempt_tag_ids": [Command.create({"name": "VIP"})]})  # fmt: skip
        self._rules({"held_days": 30, "warn_days": 2, "working": True})
        one = self._entries(self._held_on(0))
        many = self._entries(self._held_on(0, count=60))
        with freeze_time(day(1)):
            cost = self._count(lambda: one._refresh_deadlines())
            self.assertLessEqual(self._count(lambda: many._refresh_deadlines()), cost)

    def test_taking_back_many_costs_what_one_costs(self):
        self._rules({"held_days": 3, "destination": "next"})
        self._held_on(0)
        self._held_on(1, count=40)
        with freeze_time(day(3)):
            cost = self._count(lambda: self.env["lead.pool.entry"]._reclaim_due())
        with freeze_time(day(4)):
            self.assertLessEqual(self._count(lambda: self.env["lead.pool.entry"]._reclaim_due()), cost + 30)
