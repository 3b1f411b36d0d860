from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .claim_orders import OrderCase


@tagged("post_install", "-at_install")
class TestClaimRules(OrderCase):
    """Who may claim which leads."""

    def _rule(self, **values):
        return self.env["lead.pool.claim.rule"].create({"name": "Rule", "pool_id": self.pool.id, **values})

    def test_the_first_rule_that_holds_decides(self):
        self._rule(name="Wuhan", domain="[('city', '=', 'Wuhan')]", user_ids=[Command.set(self.wang.ids)])
        self._rule(name="All", sequence=20)
        self._rule(name="Never reached", sequence=30, user_ids=[Command.set(self.zhao.ids)])
        wuhan, other = self._leads(city="Wuhan"), self._leads()
        [answer] = self._claim(self.li, wuhan)
        self.assertEqual((answer["code"], answer["retry_at"]), ("claim_rule", False))
        self.assertIn("Wang Wei", answer["message"])
        self.assertIn("“Wuhan”", answer["message"])
        self.assertEqual(self._codes(self._claim(self.li, other)), [False])
        self.assertEqual(self._codes(self._claim(self.wang, wuhan)), [False])

    def test_a_sales_team_and_a_group_may_claim(self):
        team = self.env["crm.team"].create({"name": "Key Accounts", "company_id": self.company.id})
        self.env["crm.team.member"].create({"crm_team_id": team.id, "user_id": self.wang.id})
        group = self.env["res.groups"].create({"name": "Seniors", "user_ids": [Command.link(self.zhao.id)]})
        self._rule(team_id=team.id, group_id=group.id)
        leads = self._leads(3)
        [answer] = self._claim(self.li, leads[0])
        self.assertEqual(answer["code"], "claim_rule")
        self.assertIn("Key Accounts", answer["message"])
        self.assertIn("Seniors", answer["message"])
        self.assertEqual(self._codes(self._claim(self.wang, leads[0])), [False])
        self.assertEqual(self._codes(self._claim(self.zhao, leads[1])), [False])

    def test_a_rule_of_others_hides_no_assignment(self):
        self._rule(user_ids=[Command.set(self.wang.ids)])
        lead = self._leads()
        [answer] = self._entries(lead).with_user(self.admin).action_assign(self.li.id)
        self.assertTrue(answer["done"])

    def test_only_members_stand_in_a_rule(self):
        with self.assertRaisesRegex(ValidationError, "not a member"):
            self._rule(user_ids=[Command.set(self.stranger.ids)])

    def test_a_broken_rule_is_skipped_and_told_once(self):
        rule = self._rule(user_ids=[Command.set(self.wang.ids)])
        self.env.cr.execute(
            "UPDATE lead_pool_claim_rule SET domain = %s WHERE id = %s", ["[('gone', '=', 1)]", rule.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), [False])
        self.assertTrue(rule.broken)
        self.assertIn("out of use", str(self.pool.with_user(self.manager).warnings))

    def test_a_rule_is_part_of_the_policy(self):
        before = self.pool.policy_id
        rule = self._rule(user_ids=[Command.set(self.wang.ids)])
        self.assertNotEqual(self.pool.policy_id, before)
        self.assertIn("Rule", self.pool.policy_id.diff)
        file = self.pool.with_user(self.admin).action_export_policy()
        self.assertEqual(file["claim_rule_ids"][0]["name"], "Rule")
        self.assertEqual(file["settings"]["claim_order"], "free")
        before = self.pool.policy_id
        rule.unlink()
        self.assertNotEqual(self.pool.policy_id, before)

    def test_who_may_write_rules(self):
        vals = {"name": "Mine", "pool_id": self.pool.id}
        with self.assertRaises(AccessError):
            self.env["lead.pool.claim.rule"].with_user(self.li).create(vals)
        self.env["lead.pool.claim.rule"].with_user(self.admin).create(vals)


@tagged("post_install", "-at_install")
class TestBacklog(OrderCase):
    """Work what you hold first."""

    def test_more_untouched_leads_than_allowed_stop_the_next_claim(self):
        self.pool.backlog_limit = 2
        held = self._held(self.li, 2) + self._held(self.li, pool=self.open_pool)
        lead = self._leads()
        [answer] = self._claim(self.li, lead)
        self.assertEqual(answer["code"], "backlog")
        self.assertIn("3 leads", answer["message"])
        self.assertIn("at most 2", answer["message"])
        self.assertEqual(self._codes(self._claim(self.li, self._leads(pool=self.open_pool))), [False], "no limit there")
        for one in held[0] + held[2]:
            one.with_user(self.li).action_follow_up({"note": "Called, wants an offer"})
        self.assertEqual(self._codes(self._claim(self.li, lead)), [False])

    def test_a_bulk_claim_counts_itself(self):
        self.pool.backlog_limit = 1
        answers = self._claim(self.li, self._leads(4))
        self.assertEqual(self._codes(answers), [False, False, "backlog", "backlog"])

    def test_a_pull_is_refused_too(self):
        self.pool.write({"backlog_limit": 1, "claim_order": "pull"})
        self._leads(3)
        self.assertEqual(self._codes([self._pull(self.li) for _n in range(3)]), [False, False, "backlog"])

    def test_a_follow_up_of_the_holder_before_does_not_count(self):
        self.pool.backlog_limit = 1
        leads = self._held(self.wang, 2)
        for lead in leads:
            lead.with_user(self.wang).action_follow_up({"note": "Called, wants an offer"})
        self._entries(leads).with_user(self.admin).action_assign(self.li.id)
        self.env.invalidate_all()
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["backlog"])
