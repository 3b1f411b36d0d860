from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .test_handover import HandoverCase

PHONE = "+86 139 1111 2222"


@tagged("post_install", "-at_install")
class TestRequestsOfHandedOverLeads(HandoverCase):
    """What was asked for a lead lapses when it is handed over, and is as it was when the lead is back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.write({"extend_approval": "always", "extend_days": 7, "invalid_approval": "all"})
        cls.env["lead.pool"].search([]).deadlines_stale = False

    def _asked(self, lead, **values):
        return self.env["lead.pool.approval"].search([("lead_ref", "=", lead.id), *values.get("domain", [])])

    def _extension(self, lead):
        [answer] = self._entries(lead).with_user(self.li).action_extend(5, note="They decide on Monday")
        self.assertEqual(answer["code"], "approval_asked")
        return self._asked(lead)

    def _dispute(self):
        """Li Na says that Wang Wei works her customer too."""
        mine, his = self._held(self.li, phone=PHONE), self._held(self.wang, phone=PHONE)
        [answer] = self._entries(mine).with_user(self.li).action_dispute(note="Mine since May")
        self.assertTrue(answer["done"], answer)
        return mine, his, self._asked(mine)

    def test_more_time_is_asked_for_again_with_the_clock_of_then(self):
        with freeze_time("2026-03-02 09:00"):
            lead = self._held(self.li)
        with freeze_time("2026-03-11 21:00"):
            request = self._extension(lead)
            entry = self._entries(lead)
            asked_until, due = entry.asked_until, entry.reclaim_at
            self.assertEqual(due, asked_until, "it would have gone back on the 12th")
            handover = self._run(self._handover(target_user_id=self.zhao.id))
            self.assertEqual((request.state, entry.open_requests), ("lapsed", 0))
            [line] = handover.line_ids
            self.assertEqual(line.requests, 1)
            self.assertIn("lapsed: 1", line.message)
        with freeze_time("2026-03-12 09:00"):
            self._undone(handover)
            self.assertRecordValues(
                request,
                [
                    {
                        "state": "open",
                        "user_id": self.li.id,
                        "decided_at": False,
                        "asked_at": fields.Datetime.to_datetime("2026-03-11 21:00"),
                        "note": "They decide on Monday",
                    }
                ],
            )
            self.assertEqual(entry.open_requests, 1)
            self.assertEqual(entry.asked_until - asked_until, fields.Datetime.now() - request.asked_at)
            self.assertEqual(entry.reclaim_at, entry.asked_until)
            self.assertIn("open again: 1", line.message)
            self.assertEqual(self._kinds(lead)[-2:], ["handed_over", "approval_reopened"])
            [answer] = request.with_user(self.admin).action_approve()
            self.assertTrue(answer["done"], answer)
            self.assertEqual(entry.extension_count, 1)
        self._balance()

    def test_declined_after_the_undo_the_deadline_is_that_of_then(self):
        with freeze_time("2026-03-02 09:00"):
            lead = self._held(self.li)
        with freeze_time("2026-03-11 21:00"):
            request = self._extension(lead)
            handover = self._run(self._handover())
        with freeze_time("2026-03-12 09:00"):
            self._undone(handover)
            request.with_user(self.admin).action_decline()
            grace = fields.Datetime.add(fields.Datetime.now(), hours=self.pool.grace_hours)
            self.assertEqual(self._entries(lead).reclaim_at, grace, "12 hours were left, fewer than the grace")
        self._balance()

    def test_an_invalid_lead_waits_for_its_decision_again(self):
        lead = self._held(self.li)
        self._entries(lead).with_user(self.li).action_mark_invalid(self._reason("invalid").id, note="A fax machine")
        request = self._asked(lead)
        handover = self._run(self._handover(mode="pool"))
        self.assertEqual(request.state, "lapsed")
        self._undone(handover)
        self.assertEqual((request.state, lead.user_id), ("open", self.li))
        self.assertTrue(request.with_user(self.admin).action_approve()[0]["done"])
        self.assertEqual(lead.pool_state, "invalid")
        self._balance()

    def test_a_dispute_goes_on_and_both_clocks_stand_still_from_then(self):
        with freeze_time("2026-03-02 09:00"):
            mine, his, request = self._dispute()
        with freeze_time("2026-03-03 09:00"):
            handover = self._run(self._handover(target_user_id=self.zhao.id))
            self.assertEqual(request.state, "lapsed")
            self.env["lead.pool.entry"]._thaw_settled()
            self.assertFalse(self._entries(his).frozen_since)
        with freeze_time("2026-03-04 08:00"):
            self._undone(handover)
            self.assertRecordValues(request, [{"state": "open", "user_id": self.li.id}])
            entries = self._entries(mine | his)
            self.assertEqual(
                entries.mapped("frozen_since"),
                [fields.Datetime.to_datetime(text) for text in ("2026-03-02 09:00", "2026-03-03 09:00")],
            )
            self.assertFalse(any(entries.mapped("reclaim_at")))
            self.assertEqual(self._kinds(mine)[-1], "approval_reopened")
            self.assertEqual(self._kinds(his)[-1], "disputed")
        with freeze_time("2026-03-06 09:00"):
            self.assertTrue(request.with_user(self.admin).action_settle("both")[0]["done"])
            ten_days = fields.Datetime.to_datetime("2026-03-16 09:00")
            self.assertEqual(set(entries.mapped("reclaim_at")), {ten_days}, "nothing counted since it was disputed")
        self._balance()

    def test_who_is_accused_leaves_and_comes_back(self):
        mine, his, request = self._dispute()
        handover = self._run(self._handover(user=self.wang, target_user_id=self.zhao.id))
        self._undone(handover)
        self.assertEqual((request.state, his.user_id), ("open", self.wang))
        self.assertTrue(all(self._entries(mine | his).mapped("frozen_since")))
        self.assertTrue(request.with_user(self.admin).action_settle("asker")[0]["done"])
        self.assertEqual((mine | his).user_id, self.li)
        self._balance()

    def test_a_dispute_is_over_when_the_other_lead_has_changed_hands(self):
        mine, his, request = self._dispute()
        handover = self._run(self._handover(target_user_id=self.zhao.id))
        self._entries(his).with_user(self.admin).action_assign(self.zhao.id)
        self._undone(handover)
        self.assertEqual((mine.user_id, request.state), (self.li, "lapsed"))
        self.assertFalse(self._entries(mine).frozen_since)
        self.assertTrue(self._entries(mine).reclaim_at)
        self.assertIn("0 of 1", handover.line_ids.message)
        self._balance()

    def test_at_the_end_of_a_leave_what_was_asked_is_asked_again(self):
        lead = self._held(self.li)
        request = self._extension(lead)
        until = fields.Datetime.add(fields.Datetime.now(), days=7)
        cover = self._run(self._handover(kind="cover", cover_until=until))
        self.assertEqual((lead.user_id, request.state), (self.wang, "lapsed"))
        self._undone(cover, "action_give_back")
        self.assertEqual((lead.user_id, request.state), (self.li, "open"))
        self._balance()

    def test_going_back_costs_the_same_for_one_request_and_for_many(self):
        counts = []
        for number in (1, 1, 12):  # the first one warms up
            leads = self._held(self.li, number)
            self._entries(leads).with_user(self.li).action_extend(5, note="They decide on Monday")
            handover = self._run(self._handover())
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            handover.with_user(self.manager).action_undo()
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(leads.user_id, self.li)
            self._entries(leads).with_user(self.li).action_return(self._reason("return").id, note="No interest at all")
        self.assertLessEqual(counts[2], counts[1] + 12)
