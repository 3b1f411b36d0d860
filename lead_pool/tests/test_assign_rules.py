from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .distribution import DistributeCase


@tagged("post_install", "-at_install")
class TestAssignRules(DistributeCase):
    """Rules of a pool that decide before its strategy."""

    def test_rules_come_first_in_their_order(self):
        self.pool.strategy = "rotation"
        self._rule(
            name="North", domain="[('city', '=', 'Beijing')]", strategy="default_assignee", assignee_id=self.zhao.id
        )
        self._rule(
            name="Two",
            domain="[('priority', '=', '3')]",
            user_ids=[Command.set((self.li | self.wang).ids)],
            sequence=20,
        )
        north, urgent = self._leads(3, city="Beijing", priority="3"), self._leads(4, priority="3")
        self._distribute()
        self.assertEqual(north.user_id, self.zhao)
        self.assertEqual(urgent.user_id, self.li | self.wang)
        event = self.env["lead.pool.event"].search([("lead_ref", "=", north[0].id), ("kind", "=", "distributed")])
        self.assertEqual((event.detail["rule"], event.detail["strategy"]), ("North", "default_assignee"))

    def test_a_rule_without_anybody_passes_on_or_waits(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        rule = self._rule(domain="[]", strategy="default_assignee", assignee_id=self.zhao.id, if_nobody="wait")
        lead = self._leads()
        self.assertEqual(self._codes(self._distribute()), ["paused"])
        rule.if_nobody = "next"
        self._distribute()
        self.assertIn(lead.user_id, self.li | self.wang)

    def test_a_rule_for_strangers_or_for_nobody_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "Stranger is not a member of “Beijing”"):
            self._rule(user_ids=[Command.set(self.stranger.ids)])
        with self.assertRaisesRegex(ValidationError, "Say who gets the leads"):
            self._rule(strategy="default_assignee")

    def test_a_condition_on_a_password_is_refused(self):
        Rule = self.env["lead.pool.assign.rule"].with_user(self.admin)
        with self.assertRaisesRegex(ValidationError, "domain editor"):
            Rule.create({"name": "x", "pool_id": self.pool.id, "domain": "[('user_id.password', 'like', 'a')]"})

    def test_a_condition_that_is_an_attack_is_refused(self):
        """ATK-60: secrets by a path, fields that are none, code instead of a condition, brackets without end."""
        Rule = self.env["lead.pool.assign.rule"].with_user(self.admin)
        for domain in (
            "[('user_id.password', '!=', False)]",
            "[('user_id.api_key_ids.key', '=like', 'a%')]",
            "[('nowhere', '=', 1)]",
            "[('name', 'child of', 1)]",
            "[('name', '=', open('/etc/passwd').read())]",
            "__import__('os').system('true')",
            "[c for c in ().__class__.__base__.__subclasses__()]",
            "[" * 500,
            "['&'] * 10 ** 9",
        ):
            with self.subTest(domain=domain[:40]), self.assertRaises(ValidationError):
                Rule.create({"name": "x", "pool_id": self.pool.id, "domain": domain})

    def test_the_number_of_leads_tells_nobody_what_he_may_not_read(self):
        self._leads(2, city="Beijing")
        domain = "[('phone', 'like', '138'), ('city', '=', 'Beijing')]"
        for user, count in ((self.admin, 2), (self.li, 0)):
            rule = self.env["lead.pool.reclaim.rule"].with_user(user).new({"pool_id": self.pool.id, "domain": domain})
            self.assertEqual(rule.lead_count, count, user.name)

    def test_rules_belong_to_the_admins_of_the_pool(self):
        rule = self._rule()
        for user in (self.li, self.marketing, self.stranger):
            with self.assertRaises(AccessError):
                rule.with_user(user).write({"strategy": "round_robin"})
        rule.with_user(self.admin).write({"strategy": "round_robin"})
        other = self._pool("Other")
        other.admin_ids.unlink()
        with self.assertRaises(AccessError):
            rule.with_user(self.admin).write({"pool_id": other.id})

    def test_a_changed_rule_is_a_version_in_words(self):
        rule = self._rule(name="North")
        rule.strategy = "least_loaded"
        self.assertEqual(
            self.pool.policy_id.diff,
            "Distribution Rules: North, Distribution: In turn, by weight → To who has least in hand",
        )

    def test_a_client_cannot_bring_archived_rules_back(self):
        self.pool.strategy = "rotation"
        self._rule(name="Old", strategy="default_assignee", assignee_id=self.zhao.id, active=False)
        self.env["lead.pool.reclaim.rule"].create(
            [
                {"name": "Never", "pool_id": self.pool.id, "held_days": 3000, "sequence": 1, "active": False},
                {"name": "Soon", "pool_id": self.pool.id, "held_days": 1, "sequence": 9},
            ]
        )
        leads = self._leads(3)
        self.pool.with_user(self.admin).with_context(active_test=False).action_distribute()
        self.assertEqual(leads.user_id, self.reps)
        self.assertEqual({(lead.reclaim_at - lead.held_since).days for lead in leads}, {1})
