from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..rules.facts import OK
from .common import LeadPoolCase


class ApprovalCase(LeadPoolCase):
    def _ask(self, user, lead, kind="extension", **values):
        """A request of ``user`` about a lead, as a verb makes it."""
        entry = self._entries(lead)
        approval = (
            self.env["lead.pool.approval"].with_user(user)._ask(kind, entry.pool_id, entry.with_user(user), **values)
        )
        return approval.with_env(self.env)

    def _kinds(self, lead):
        return self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq").mapped("kind")

    def _messages(self, user):
        return self.env["mail.message"].search(
            [("notification_ids.res_partner_id", "=", user.partner_id.id), ("model", "=", "lead.pool")]
        )


@tagged("post_install", "-at_install")
class TestApprovals(ApprovalCase):
    def test_asking_twice_is_one_request(self):
        lead = self._held(self.li)
        first = self._ask(self.li, lead, note="They decide on Monday", values={"days": 3})
        self.assertEqual(first, self._ask(self.li, lead))
        self.assertRecordValues(
            first, [{"state": "open", "user_id": self.li.id, "pool_id": self.pool.id, "lead_ref": lead.id}]
        )
        self.assertEqual(self._entries(lead).open_requests, 1)
        self.assertEqual(self._kinds(lead)[-1], "approval_asked")
        self._balance()

    def test_who_sees_a_request(self):
        approval = self._ask(self.li, self._held(self.li))
        for user, sees in ((self.li, True), (self.wang, False), (self.admin, True), (self.manager, True)):
            with self.subTest(user=user.name):
                self.assertEqual(approval.with_user(user).has_access("read"), sees)
        for user in (self.li, self.admin, self.manager):
            with self.assertRaises(AccessError), self.cr.savepoint():
                approval.with_user(user).read(["values"])
            with self.assertRaises(AccessError), self.cr.savepoint():
                approval.with_user(user).write({"state": "approved"})
            with self.assertRaises(AccessError), self.cr.savepoint():
                approval.with_user(user).unlink()

    def test_who_decides_it(self):
        approval = self._ask(self.li, self._held(self.li))
        for user, code in ((self.li, "not_admin"), (self.wang, "unknown")):
            self.assertEqual(self._codes(approval.with_user(user).action_approve()), [code])
        handler = patch.object(
            type(self.env["lead.pool.entry"]), "_approve_extension", lambda entry, approval: OK, create=True
        )
        with handler:
            [answer] = approval.with_user(self.admin).action_approve("Fine")
        self.assertEqual(answer["id"], approval.id)
        self.assertTrue(answer["done"])
        self.assertRecordValues(
            approval, [{"state": "approved", "decided_by_id": self.admin.id, "decision_note": "Fine"}]
        )
        [answer] = approval.with_user(self.manager).action_decline()
        self.assertEqual(answer["code"], "decided")
        self.assertIn("Pool Admin", answer["message"])

    def test_only_managers_decide_their_own_request(self):
        self.pool.member_ids = [(0, 0, {"user_id": user.id}) for user in self.admin | self.manager]
        for user, codes in ((self.admin, ["own_request"]), (self.manager, [False])):
            lead = self._held(user)
            self.assertEqual(self._codes(self._ask(user, lead).with_user(user).action_decline()), codes)

    def test_only_who_asked_withdraws(self):
        lead = self._held(self.li)
        approval = self._ask(self.li, lead)
        self.assertEqual(self._codes(approval.with_user(self.admin).action_withdraw()), ["not_asker"])
        self.assertEqual(self._codes(approval.with_user(self.li).action_withdraw()), [False])
        self.assertEqual(approval.state, "withdrawn")
        self.assertEqual(self._entries(lead).open_requests, 0)
        self.assertEqual(self._codes(approval.with_user(self.admin).action_approve()), ["request_over"])

    def test_a_request_lapses_when_the_lead_changes_hands(self):
        lead = self._held(self.li)
        approval = self._ask(self.li, lead)
        self._entries(lead).with_user(self.admin).action_assign(self.wang.id)
        self.assertEqual(approval.state, "lapsed")
        self.assertEqual(self._kinds(lead)[-3:], ["approval_asked", "approval_lapsed", "reassigned"])
        self.assertEqual(self._entries(lead).open_requests, 0)
        self._balance()
