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
