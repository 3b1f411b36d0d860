from datetime import datetime, timedelta
from unittest.mock import patch

import psycopg2
from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..isolation import as_many_as_go
from ..models.verbs import distribute, reclaim
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestCrons(LeadPoolCase, CronMixinCase):
    def _run(self, xmlid):
        with self.enter_registry_test_mode():
            self.env.ref(xmlid).method_direct_trigger()
        self.env.invalidate_all()

    def test_distribution_goes_on_until_nothing_waits(self):
        self.pool.strategy = "rotation"
        self._leads(7)
        with patch.object(distribute, "CHUNK", 3):
            self._run("lead_pool.ir_cron_distribute")
        self.assertEqual(self.pool.waiting_count, 0)
        self.assertEqual(sorted(self.pool.member_ids.mapped("held")), [2, 2, 3])
        self._balance()

    def test_a_lead_a_day_for_thirty_days_is_ten_for_each_whatever_is_restarted(self):
        """Odoo's own rotation gives 29, 1 and 0: it looks at the last day only."""
        self.pool.strategy = "rotation"
        first = datetime(2026, 3, 2, 9)
        for day in range(30):
            with freeze_time(first + timedelta(days=day)):
                self._leads()
                self._run("lead_pool.ir_cron_distribute")
            self.registry.clear_all_caches()  # all that a restart forgets: what is left is in the database
            held = self.pool.member_ids.mapped("held")
            self.assertLessEqual(max(held) - min(held), 1, f"day {day}")
        self.assertEqual(held, [10, 10, 10])
        days = self.env["lead.pool.holding"].search([("pool_id", "=", self.pool.id)]).mapped("started_at")
        self.assertEqual(sorted(days), [first + timedelta(days=day) for day in range(30)])
        self._balance()

    def test_a_new_lead_wakes_the_distribution(self):
        self.pool.strategy = "rotation"
        cron = self.env.ref("lead_pool.ir_cron_distribute")
        with self.capture_triggers("lead_pool.ir_cron_distribute") as capture:
            self._leads()
        self.assertEqual(len(capture.records), 1)
        self.assertEqual(capture.records.cron_id, cron)
        self.pool.distribute_on_arrival = False
        with self.capture_triggers("lead_pool.ir_cron_distribute") as capture:
            self._leads()
        self.assertFalse(capture.records)

    def test_a_full_pool_does_not_loop(self):
        self.pool.strategy = "rotation"
        self.pool.member_ids.write({"capacity": 1})
        self._leads(5)
        self._run("lead_pool.ir_cron_distribute")
        self.assertEqual(self.pool.waiting_count, 2)
        self._balance()

    def test_urgent_leads_that_nobody_may_have_do_not_hold_up_the_others(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        self.env["lead.pool.assign.rule"].create(
            {
                "name": "Zhao's",
                "pool_id": self.pool.id,
                "domain": "[('priority', '=', '3')]",
                "strategy": "default_assignee",
                "assignee_id": self.zhao.id,
                "if_nobody": "wait",
            }
        )
        self._leads(5, priority="3")
        others = self._leads(4)
        with patch.object(distribute, "CHUNK", 3):
            self._run("lead_pool.ir_cron_distribute")
        self.assertTrue(all(lead.user_id for lead in others))
        self.assertEqual(self.pool.waiting_count, 5)
        self._balance()

    def test_a_pool_that_fails_does_not_stop_the_others(self):
        (self.pool | self.open_pool).write({"strategy": "rotation"})
        bad, good = self._leads(), self._leads(pool=self.open_pool)
        distribute_ = type(self.pool)._distribute

        def fail(pool, *args, **kwargs):
            if pool == self.pool:
                raise ValueError("an automation fails")
            return distribute_(pool, *args, **kwargs)

        with (
            patch.object(type(self.pool), "_distribute", fail),
            self.assertLogs("odoo.addons.lead_pool.isolation", "ERROR"),
        ):
            self._run("lead_pool.ir_cron_distribute")
        self.assertTrue(good.user_id)
        self.assertFalse(bad.user_id)

    def test_a_session_that_is_gone_is_no_fault_of_a_lead(self):
        def work(_number):
            raise psycopg2.InterfaceError("connection already closed")

        with self.assertRaises(psycopg2.InterfaceError):
            as_many_as_go(self.env.cr, work, 4, put_off=lambda error: self.fail(error))

    def test_reclaim_takes_back_what_is_due_in_chunks(self):
        self.pool.reclaim_rule_ids = [Command.create({"name": "3 days", "no_follow_up_days": 3})]
        with freeze_time("2026-03-02 09:00:00"):
            self._held(self.li, 5)
        with freeze_time("2026-03-03 09:00:00"):
            self._held(self.wang)
        with freeze_time("2026-03-05 09:00:00"), patch.object(reclaim, "CHUNK", 2):
            self._run("lead_pool.ir_cron_reclaim")
        self.assertEqual((self.pool.waiting_count, self.pool.held_count), (5, 1))
        self._balance()

    def test_a_reclaimed_lead_may_be_distributed_again(self):
        self.pool.write(
            {"strategy": "rotation", "reclaim_rule_ids": [Command.create({"name": "1 day", "no_follow_up_days": 1})]}
        )
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._leads()
            self._run("lead_pool.ir_cron_distribute")
            first = lead.user_id
        with freeze_time("2026-03-03 09:00:00"):
            self._run("lead_pool.ir_cron_reclaim")
            self.assertFalse(lead.user_id)
            self._run("lead_pool.ir_cron_distribute")
        self.assertTrue(lead.user_id)
        self.assertNotEqual(lead.user_id, first, "the rotation goes on")
        self._balance()
