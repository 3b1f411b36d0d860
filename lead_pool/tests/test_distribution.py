from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestAssign(LeadPoolCase):
    def test_an_admin_gives_waiting_leads_and_takes_a_held_one_to_another_rep(self):
        lead, other = self._leads(2)
        entries = self._entries(lead + other).with_user(self.admin)
        answers = entries.action_assign(self.li.id, note="Ask for the brochure")
        self.assertEqual(self._codes(answers), [False, False])
        self.assertEqual(lead.user_id, self.li)
        [answer] = self._entries(lead).with_user(self.admin).action_assign(self.wang.id)
        self.assertTrue(answer["done"])
        self.assertEqual(lead.user_id, self.wang)
        self.assertRecordValues(
            self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)], order="id"),
            [
                {"user_id": self.li.id, "end_reason": "reassigned", "ordinal": 1},
                {"user_id": self.wang.id, "end_reason": False, "ordinal": 2},
            ],
        )
        self.assertNotIn(self.li.partner_id, lead.message_partner_ids)
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq desc", limit=1)
        self.assertEqual((event.kind, event.from_user_name, event.user_name), ("reassigned", "Li Na", "Wang Wei"))
        self._balance()

    def test_who_cannot_get_a_lead(self):
        entry = self._entries(self._leads()).with_user(self.admin)
        self._member(self.zhao).capacity = 1
        self._held(self.zhao)
        self.wang.active = False
        answers = [
            entry.action_assign(user.id)[0] for user in (self.stranger, self.zhao, self.wang)
        ] + entry.action_assign(10**9)
        self.assertEqual(
            self._codes(answers), ["target_not_member", "target_full", "user_inactive", "target_not_member"]
        )
        self.assertIn("Zhao Min", answers[1]["message"])
        self.assertEqual(entry.sudo().state, "waiting")
        self._balance()

    def test_above_the_capacity_only_when_said(self):
        self._member(self.li).capacity = 1
        self._held(self.li)
        entry = self._entries(self._leads()).with_user(self.admin)
        self.assertEqual(self._codes(entry.action_assign(self.li.id)), ["target_full"])
        self.assertTrue(entry.action_assign(self.li.id, over_capacity=True)[0]["done"])
        event = self.env["lead.pool.event"].search([("lead_ref", "=", entry.lead_ref)], order="seq desc", limit=1)
        self.assertTrue(event.detail["over_capacity"])
        self.assertTrue(self._member(self.li).over_capacity)
        self._balance()

    def test_a_member_does_not_assign(self):
        entry = self._entries(self._leads())
        self.assertEqual(self._codes(entry.with_user(self.li).action_assign(self.li.id)), ["not_admin"])
        self.assertEqual(self._codes(entry.with_user(self.stranger).action_assign(self.li.id)), ["unknown"])


@tagged("post_install", "-at_install")
class TestDistribute(LeadPoolCase):
    def test_equal_weights_get_equal_shares(self):
        self.pool.strategy = "rotation"
        self._leads(10)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(len(answers), 10)
        self.assertTrue(all(answer["done"] for answer in answers))
        self.assertEqual(sorted(self.pool.member_ids.mapped("held")), [3, 3, 4])
        self._leads(5)
        self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self.pool.member_ids.mapped("held"), [5, 5, 5])
        self._balance()

    def test_weights_pauses_and_capacities(self):
        self.pool.strategy = "rotation"
        self._member(self.li).weight = 2
        self._member(self.zhao).paused = True
        self._member(self.wang).capacity = 2
        self._leads(9)
        self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._member(self.wang).held, 2)
        self.assertEqual(self._member(self.li).held, 7)
        self.assertEqual(self._member(self.zhao).held, 0)
        self._balance()

    def test_the_decision_keeps_who_was_considered(self):
        self.pool.strategy = "rotation"
        self._member(self.zhao).paused = True
        lead = self._leads()
        self.pool.with_user(self.admin).action_distribute()
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id), ("kind", "=", "distributed")])
        decision = self.env["lead.pool.decision"].browse(event.decision_ref)
        self.assertEqual(decision.counts, {"eligible": 2, "paused": 1})
        self.assertEqual(decision.policy_id, self.pool.policy_id)

    def test_nobody_can_take_leads_is_said_and_nothing_is_lost(self):
        self.pool.strategy = "rotation"
        self.pool.member_ids.write({"paused": True})
        self._leads(2)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._codes(answers), ["no_eligible_member"] * 2)
        self.assertEqual(self.pool.waiting_count, 2)

    def test_the_default_assignee_gets_all_until_he_is_full(self):
        self.pool.write({"strategy": "default_assignee", "default_assignee_id": self.wang.id})
        self._member(self.wang).capacity = 2
        self._leads(3)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._codes(answers), [False, False, "capacity_full"])
        self._balance()

    def test_only_admins_of_the_pool_distribute(self):
        with self.assertRaises(AccessError):
            self.pool.with_user(self.li).action_distribute()
        with self.assertRaises(AccessError):
            self.pool.with_user(self.stranger).action_distribute()

    def test_a_distributed_lead_stays_a_lead(self):
        self.pool.strategy = "rotation"
        lead = self._leads(type="lead")
        self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(lead.type, "lead")
        self.assertTrue(lead.user_id)

    def test_odoos_own_assignment_leaves_the_pool_alone(self):
        self.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        self.env["crm.team.member"].create({"user_id": self.li.id, "crm_team_id": self.team.id, "assignment_max": 300})
        pooled = self._leads(3)
        plain = self.env["crm.lead"].create({"name": "Plain", "user_id": False, "team_id": self.team.id})
        self.team.action_assign_leads()
        self.assertFalse(pooled.user_id)
        self.assertEqual(plain.user_id, self.li)
        self._balance()
