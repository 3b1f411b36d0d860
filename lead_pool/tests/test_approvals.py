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


@tagged("post_install", "-at_install")
class TestOverCapacity(ApprovalCase):
    def setUp(self):
        super().setUp()
        self._held(self.li)
        self._member(self.li).capacity = 1
        self.lead = self._leads()
        self.entry = self._entries(self.lead)

    def _request(self, user=None, entry=None):
        entry = entry or self.entry
        answers = entry.with_user(user or self.li).action_ask_over_capacity("They asked for me")
        requests = self.env["lead.pool.approval"].search([("entry_id", "in", entry.ids), ("state", "=", "open")])
        return answers, requests

    def test_a_rep_at_capacity_asks_and_an_admin_gives(self):
        [refused] = self._claim(self.li, self.lead)
        self.assertEqual(refused["code"], "capacity_full")
        answers, request = self._request()
        self.assertEqual(self._codes(answers), [False])
        self.assertEqual(self._codes(request.with_user(self.admin).action_approve()), [False])
        self.assertEqual(self.lead.user_id, self.li)
        holding = self.env["lead.pool.holding"].search([("lead_id", "=", self.lead.id)])
        self.assertTrue(holding.over_capacity)
        self.assertEqual(self._kinds(self.lead)[-3:], ["approval_asked", "approval_approved", "assigned"])
        self.assertTrue(self._messages(self.li))
        self._balance()

    def test_asking_is_for_who_is_full_and_may_otherwise_take_it(self):
        table = [(self.wang, "not_full"), (self.stranger, "unknown"), (self.admin, "not_member")]
        for user, code in table:
            with self.subTest(user=user.name):
                self.assertEqual(self._codes(self._request(user)[0]), [code])
        self._member(self.li).paused = True
        self.assertEqual(self._codes(self._request()[0]), ["paused"])
        self.assertFalse(self.env["lead.pool.approval"].search([]))

    def test_the_limit_of_the_day_is_the_admins_to_pass_over_only_for_who_is_full(self):
        self._member(self.li).daily_claim_limit = 1
        answers, request = self._request()
        self.assertEqual(self._codes(answers), [False])
        self.assertEqual(self._codes(request.with_user(self.admin).action_approve()), [False])
        self._member(self.li).capacity = 5
        self.assertEqual(self._codes(self._request(entry=self._entries(self._leads()))[0]), ["daily_limit"])

    def test_two_reps_ask_for_one_lead_and_the_other_request_lapses(self):
        self._held(self.wang)
        self._member(self.wang).capacity = 1
        self._request()
        _answers, requests = self._request(self.wang)
        self.assertEqual(len(requests), 2)
        of_li = requests.filtered(lambda request: request.user_id == self.li)
        [answer] = (requests - of_li).with_user(self.admin).action_approve()
        self.assertTrue(answer["done"])
        self.assertEqual((requests - of_li).state, "approved")
        self.assertEqual(of_li.state, "lapsed")
        self.assertIn("Lapsed", self._messages(self.li)[:1].body)
        self.assertEqual(self._codes(of_li.with_user(self.admin).action_approve()), ["request_over"])
        self._balance()

    def test_who_asked_left_meanwhile_and_the_request_stays_open(self):
        _answers, request = self._request()
        self._member(self.li).paused = True
        [answer] = request.with_user(self.admin).action_approve()
        self.assertEqual(answer["code"], "not_takable")
        self.assertIn("Li Na", answer["message"])
        self.assertEqual((request.state, self.entry.state, self.entry.open_requests), ("open", "waiting", 1))
        self.assertEqual(self._kinds(self.lead)[-1], "approval_asked", "nothing of the try stays")
        self._balance()

    def test_admins_hear_once_of_many(self):
        entries = self._entries(self._leads(5))
        before = self._messages(self.admin)
        self._request(entry=entries)
        self.env.cr.precommit.run()
        [message] = self._messages(self.admin) - before
        self.assertIn("5", message.subject)
        self._request()
        self.env.cr.precommit.run()
        self.assertEqual(self._messages(self.admin) - before, message)


@tagged("post_install", "-at_install")
class TestInvalid(ApprovalCase):
    def _mark(self, leads, note=None, user=None):
        entries = self._entries(leads).with_user(user or self.li)
        return entries.action_mark_invalid(self._reason("invalid").id, note=note)

    def _request(self, lead):
        return self.env["lead.pool.approval"].search([("lead_ref", "in", lead.ids), ("state", "=", "open")])

    def test_a_note_as_long_as_the_pool_asks(self):
        self.pool.write({"invalid_evidence": "note", "invalid_note_length": 12})
        lead = self._held(self.li)
        [answer] = self._mark(lead, "wrong  number ")
        self.assertEqual(answer["code"], "evidence_missing")
        self.assertIn("12", answer["message"])
        self.assertEqual(self._codes(self._mark(lead, "The number is a fax")), [False])

    def test_a_follow_up_or_a_file_is_a_proof(self):
        self.pool.invalid_evidence = "proof"
        first, second = self._held(self.li), self._held(self.li)
        for lead in first, second:
            [answer] = self._mark(lead, "no such number at all")
            self.assertEqual(answer["code"], "evidence_missing")
            self.assertIn("attach", answer["message"])
        first.with_user(self.li).action_follow_up({"note": "Rang three times"})
        file = (
            self.env["ir.attachment"]
            .with_user(self.li)
            .create({"name": "bounce.txt", "raw": b"no such user", "res_model": "crm.lead", "res_id": second.id})
        )
        # in a test a row is as old as the transaction, which is older than the claim
        self.env.cr.execute("UPDATE ir_attachment SET create_date = %s WHERE id = %s", [self._later(), file.id])
        self.assertEqual(self._codes(self._mark(first | second)), [False, False])

    def test_an_admin_agrees_and_the_lead_is_closed(self):
        self.pool.invalid_approval = "all"
        lead = self._held(self.li)
        [answer] = self._mark(lead, "A student")
        self.assertEqual((answer["done"], answer["code"]), (False, "approval_asked"))
        self.assertIn("clock", answer["message"])
        entry = self._entries(lead)
        self.assertEqual((entry.state, entry.user_id), ("held", self.li))
        request = self._request(lead)
        self.assertIn("A student", request.note)
        self._mark(lead, "again")
        self.assertEqual(self._request(lead), request)
        self.assertEqual(self._codes(request.with_user(self.admin).action_approve()), [False])
        self.assertRecordValues(entry, [{"state": "closed", "closed_as": "invalid", "open_requests": 0}])
        self.assertEqual(self._kinds(lead)[-3:], ["approval_asked", "approval_approved", "invalid"])
        self._balance()

    def test_declined_the_holder_is_told_why(self):
        self.pool.invalid_approval = "all"
        lead = self._held(self.li)
        self._mark(lead)
        self.assertTrue(self._request(lead).with_user(self.admin).action_decline("I reached them today")[0]["done"])
        self.assertEqual(self._entries(lead).state, "held")
        self.assertIn("I reached them today", self._messages(self.li)[:1].body)

    def test_admins_need_nobody(self):
        self.pool.write({"invalid_approval": "all", "invalid_evidence": "proof"})
        lead = self._held(self.li)
        self.assertEqual(self._codes(self._mark(lead | self._leads(), user=self.admin)), [False, False])

    def test_above_a_share_of_the_month(self):
        self.pool.write({"invalid_approval": "share", "invalid_percent": 40})
        leads = self._held(self.li, 5)
        codes = self._codes(self._mark(leads[:3]))
        self.assertEqual(codes, [False, False, "approval_asked"])
        self.assertEqual(self._codes(self._mark(leads[3])), ["approval_asked"])

    def test_nobody_finds_a_way_round_the_sample(self):
        self.pool.write({"invalid_approval": "sample", "invalid_percent": 50})
        leads = self._held(self.li, 40)
        codes = dict(zip(leads.ids, self._codes(self._mark(leads)), strict=True))
        asked = leads.filtered(lambda lead: codes[lead.id] == "approval_asked")
        self.assertTrue(5 < len(asked) < 35, "about a half")
        self._request(asked).with_user(self.li).action_withdraw()
        self.assertEqual(set(self._codes(self._mark(asked, "another note"))), {"approval_asked"})


@tagged("post_install", "-at_install")
class TestInbox(ApprovalCase):
    def test_a_request_reads_as_a_sentence_and_names_no_lead_to_who_may_not_read_it(self):
        self._held(self.li)
        self._member(self.li).capacity = 1
        lead = self._leads(name="Star River")
        self._entries(lead).with_user(self.li).action_ask_over_capacity("They called me")
        request = self.env["lead.pool.approval"].search([])
        for user, named in ((self.li, False), (self.admin, True), (self.manager, True)):
            self.env.invalidate_all()
            shown = request.with_user(user)
            self.assertIn(f"lead #{lead.id}", shown.sentence)
            self.assertEqual("Star River" in shown.sentence, named, user.name)
            self.assertTrue(shown.on_yes and shown.on_no)
            self.assertEqual("Star River" in str(shown.read()), named, user.name)
        self.assertTrue(self._entries(lead).with_user(self.li).is_asked)

    def test_many_are_decided_at_once_and_each_has_its_answer(self):
        self.pool.invalid_approval = "all"
        leads = self._held(self.li, 3)
        self._entries(leads).with_user(self.li).action_mark_invalid(self._reason("invalid").id)
        requests = self.env["lead.pool.approval"].search([], order="id")
        requests[0].with_user(self.li).action_withdraw()
        self.assertEqual(self._codes(requests.with_user(self.admin).action_approve()), ["request_over", False, False])
        [message] = self._messages(self.li)
        self.assertIn("2", message.subject)
        self._balance()

    def test_the_dialog_says_what_follows(self):
        self.pool.invalid_approval = "all"
        lead = self._held(self.li)
        self._entries(lead).with_user(self.li).action_mark_invalid(self._reason("invalid").id)
        request = self.env["lead.pool.approval"].search([]).with_user(self.admin)
        action = request.button_decline()
        dialog = self.env[action["res_model"]].with_user(self.admin).with_context(**action["context"]).create({})
        self.assertEqual((dialog.about, dialog.follows), (request.sentence, request.on_no))
        dialog.note = "They bought"
        dialog.action_confirm()
        self.assertEqual((request.state, request.decision_note), ("declined", "They bought"))
        self.assertIn("They bought", lead.with_user(self.li).pool_requests)

    def test_the_pool_counts_what_its_admins_have_to_decide(self):
        self._ask(self.li, self._held(self.li))
        for user, count in ((self.li, 0), (self.admin, 1), (self.manager, 1), (self.marketing, 0)):
            self.env.invalidate_all()
            self.assertEqual(self.pool.with_user(user).request_count, count, user.name)
        action = self.pool.with_user(self.admin).button_open_requests()
        self.assertEqual(action["res_model"], "lead.pool.approval")
