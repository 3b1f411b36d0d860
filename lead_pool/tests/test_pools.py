from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestPools(LeadPoolCase):
    def test_a_pool_with_leads_is_neither_archived_nor_deleted(self):
        self._leads(2)
        self._held(self.li)
        for act in (self.pool.unlink, self.pool.action_archive):
            with self.assertRaisesRegex(UserError, "3 leads"):
                act()
        self.assertTrue(self.pool.active)
        self._entries(self.env["crm.lead"].search([("pool_id", "=", self.pool.id)])).with_user(
            self.admin
        ).action_transfer(self.open_pool.id)
        self.pool.action_archive()
        self.assertFalse(self.pool.active)
        with self.assertRaisesRegex(UserError, "history"):
            self.pool.unlink()

    def test_an_unused_pool_can_be_deleted(self):
        pool = self._pool("Unused")
        pool.unlink()
        self.assertFalse(pool.exists())

    def test_rules_are_versioned_in_words(self):
        first = self.pool.policy_id
        self.pool.with_user(self.admin).member_capacity = 12
        version = self.pool.policy_id
        self.assertEqual(version.version, first.version + 1)
        self.assertIn("12", version.diff)
        self.assertEqual(version.create_uid, self.admin)
        self.pool.with_user(self.admin).description = "Only words"
        self.assertEqual(self.pool.policy_id, version)

    def test_a_broken_condition_is_refused(self):
        Rule = self.env["lead.pool.entry.rule"]
        for domain in ("[('nonsense', '=', 1)]", "[('city', '=')]", "os.system('x')", "[("):
            with self.subTest(domain=domain), self.assertRaisesRegex(ValidationError, "domain editor"):
                Rule.create({"name": "Broken", "pool_id": self.pool.id, "domain": domain})

    def test_limits_and_weights_have_bounds(self):
        from psycopg2.errors import CheckViolation

        from odoo.tools import mute_logger

        for values in ({"capacity": -1}, {"weight": -2}, {"daily_claim_limit": "many"}):
            with self.subTest(values=values), self.assertRaisesRegex(ValidationError, "must be a number"):
                self._member(self.li).write(values)
        for value in (-1, 2**31, "many"):
            with self.subTest(value=value), self.assertRaisesRegex(ValidationError, "must be a number"):
                self.pool.write({"cooling_days": value})
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self._member(self.li).weight = 1e9
            self.env.flush_all()

    def test_an_enrolment_counts_nothing_that_its_author_may_not_ask(self):
        other = self._pool("Other")
        other.admin_ids.unlink()
        self._leads(pool=other, phone="+86 139 1234 5678")
        [preview] = self.pool.with_user(self.admin).action_enrol([("phone", "=like", "+86 139%")])
        self.assertEqual((preview["waiting"], preview["held"], preview["skipped"]), (0, 0, 0))
        with self.assertRaises(UserError):
            self.pool.with_user(self.admin).action_enrol([("create_uid.password", "like", "a")])

    def test_enrolment_previews_and_starts_the_clocks_now(self):
        self.pool.reclaim_rule_ids = [Command.create({"name": "3 days", "no_follow_up_days": 3})]
        Lead = self.env["crm.lead"]
        held, waiting, won = Lead.create(
            [
                {"name": "Old 1", "user_id": self.li.id},
                {"name": "Old 2", "user_id": False},
                {"name": "Old 3", "user_id": self.li.id},
            ]
        )
        won.action_set_won()
        domain = [("name", "like", "Old ")]
        [preview] = self.pool.with_user(self.admin).action_enrol(domain)
        self.assertEqual((preview["held"], preview["waiting"], preview["skipped"]), (1, 1, 1))
        self.assertFalse(held.pool_id)
        self.pool.with_user(self.admin).action_enrol(domain, dry_run=False)
        self.env.invalidate_all()
        self.assertEqual((held + waiting + won).mapped("pool_state"), ["held", "waiting", "none"])
        self.assertGreater(held.reclaim_at, self._later(days=2))
        with self.assertRaises(UserError):
            self.pool.with_user(self.admin).action_enrol([("nonsense", "=", 1)])
        self._balance()

    def test_a_default_assignee_must_be_chosen(self):
        with self.assertRaises(ValidationError):
            self.pool.strategy = "default_assignee"

    def test_a_member_who_comes_back_brings_what_he_holds(self):
        self._held(self.li, 2)
        self._member(self.li).unlink()
        self.pool.member_ids = [Command.create({"user_id": self.li.id, "capacity": 1})]
        self.assertRecordValues(self._member(self.li), [{"held": 2, "over_capacity": True}])
        self._balance()

    def test_the_health_check_finds_what_is_wrong(self):
        self._held(self.li)
        self.assertEqual(self.env["lead.pool"]._health_problems(), [])
        self.env.cr.execute("UPDATE lead_pool_member SET held = held + 1 WHERE user_id = %s", [self.li.id])
        self.env.cr.execute("DROP INDEX lead_pool_holding_one_open")
        self.assertEqual(len(self.env["lead.pool"]._health_problems()), 2)
