from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .test_approvals import ApprovalCase

PHONE = "+86 139 1111 2222"


@tagged("post_install", "-at_install")
class TestDisputes(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for pool in cls.pool, cls.open_pool:
            pool.reclaim_rule_ids = [(0, 0, {"name": "Follow up", "no_follow_up_days": 5, "warn_days": 1})]
        cls.env["lead.pool"].search([]).deadlines_stale = False

    def _pair(self, other_pool=None):
        """One customer, once with Li Na and once with Wang Wei."""
        mine = self._held(self.li, phone=PHONE, name="Xinghe")
        his = self._held(self.wang, pool=other_pool, phone=PHONE, name="Star River")
        return mine, his

    def _dispute(self, lead, user=None, **values):
        entry = self._entries(lead).with_user(user or self.li)
        [answer] = entry.action_dispute(note="They are mine since May", **values)
        request = self.env["lead.pool.approval"].search(
            [("kind", "=", "dispute"), ("entry_id", "=", entry.id)], limit=1
        )
        return answer, request

    def test_both_clocks_stand_still_until_it_is_decided(self):
        with freeze_time("2026-03-02 09:00"):
            mine, his = self._pair()
            entries = self._entries(mine | his)
            self.assertEqual(set(entries.mapped("reclaim_at")), {fields.Datetime.to_datetime("2026-03-07 09:00")})
        with freeze_time("2026-03-05 09:00"):
            answer, request = self._dispute(mine)
            self.assertTrue(answer["done"], answer)
            self.assertFalse(any(entries.mapped("reclaim_at")) or any(entries.mapped("warn_at")))
        with freeze_time("2026-03-15 09:00"):
            Entry = self.env["lead.pool.entry"]
            self.assertFalse(Entry._anything_due(), "the scheduled action has nothing to do")
            self.assertEqual((Entry._thaw_settled(), Entry._warn_due(), Entry._reclaim_due()), (0, 0, 0))
            self.assertEqual(set(entries.mapped("state")), {"held"})
            mine.with_user(self.li).action_follow_up({"note": "They want an offer"})
            self.assertFalse(self._entries(mine).reclaim_at, "a follow-up does not start a clock that stands still")
            self.assertTrue(request.with_user(self.admin).action_settle("both")[0]["done"])
            self.assertEqual(self._entries(his).reclaim_at, fields.Datetime.to_datetime("2026-03-17 09:00"))
            self.assertEqual(self._entries(mine).reclaim_at, fields.Datetime.to_datetime("2026-03-20 09:00"))
        self.assertEqual(self._kinds(mine)[-3:], ["approval_asked", "follow_up", "approval_approved"])
        self.assertEqual(self._kinds(his)[-2:], ["disputed", "approval_approved"])
        self._balance()

    def test_the_frozen_time_does_not_follow_the_lead_to_its_next_holder(self):
        with freeze_time("2026-03-02 09:00"):
            mine, his = self._pair()
        with freeze_time("2026-03-03 09:00"):
            _answer, request = self._dispute(mine)
        with freeze_time("2026-03-04 09:00"):
            self._entries(his).with_user(self.admin).action_assign(self.zhao.id)
            entry = self._entries(his)
            self.assertFalse(entry.frozen_since)
            self.assertEqual(entry.reclaim_at, fields.Datetime.to_datetime("2026-03-09 09:00"))
            self.assertEqual(request.state, "lapsed")
            self.assertIn("approval_lapsed", self._kinds(his))
            self.assertEqual(self.env["lead.pool.entry"]._thaw_settled(), 1)
            self.assertFalse(self._entries(mine).frozen_since)
            self.assertEqual(self._entries(mine).reclaim_at, fields.Datetime.to_datetime("2026-03-08 09:00"))
            self.assertEqual(self._entries(mine).open_requests, 0)
        self._balance()

    def test_who_asked_keeps_both(self):
        mine, his = self._pair(self.open_pool)
        _answer, request = self._dispute(mine)
        self._member(self.li).capacity = 1
        self.assertTrue(request.with_user(self.admin).action_settle("asker", note="First come")[0]["done"])
        self.assertEqual((mine | his).user_id, self.li)
        self.assertEqual((mine | his).pool_id, self.pool)
        self.assertTrue(self._messages(self.wang))
        self._balance()

    def test_the_other_one_keeps_one_lead_merged_of_both(self):
        mine, his = self._pair()
        _answer, request = self._dispute(mine)
        self.assertTrue(request.with_user(self.admin).action_settle("other", merge=True)[0]["done"])
        left = (mine | his).exists()
        self.assertEqual(len(left), 1)
        self.assertEqual(left.user_id, self.wang)
        entries = self.env["lead.pool.entry"].search([("lead_ref", "in", (mine | his).ids)])
        self.assertEqual(set(entries.mapped("state")), {"held", "closed"})
        self.assertEqual(request.state, "approved")
        self._balance()

    def test_declined_and_withdrawn_the_clocks_run_again(self):
        mine, his = self._pair()
        for user, verb in ((self.admin, "action_decline"), (self.li, "action_withdraw")):
            request = self._ask_anew(mine, his)
            self.assertTrue(getattr(request.with_user(user), verb)()[0]["done"])
            self.assertFalse(any(self._entries(mine | his).mapped("frozen_since")))
            self.assertTrue(all(self._entries(mine | his).mapped("reclaim_at")))
            (self.env["lead.pool.approval"].search([])).state = "withdrawn"
        self._balance()

    def _ask_anew(self, mine, _his):
        answer, request = self._dispute(mine)
        self.assertTrue(answer["done"], answer)
        return request

    def test_a_pair_is_disputed_once(self):
        mine, his = self._pair()
        _answer, request = self._dispute(mine)
        for lead, user in ((mine, self.li), (his, self.wang)):
            self.assertEqual(self._dispute(lead, user)[0]["code"], "dispute_open")
        request.with_user(self.admin).action_decline()
        self.assertEqual(self._dispute(mine)[0]["code"], "dispute_open", "it was decided")

    def test_the_asker_learns_nothing_of_the_other_lead(self):
        mine, his = self._pair()
        waiting = self._leads(phone="+86 137 0000 9999", name="Secret")
        answer, _request = self._dispute(mine, number=waiting.id)
        self.assertEqual(answer["code"], "no_rival")
        answer, request = self._dispute(mine, phone="+86 139-1111-2222")
        self.assertTrue(answer["done"])
        seen = request.with_user(self.li)
        self.env.invalidate_all()
        text = " ".join(
            str(value)
            for value in seen.read(
                ["sentence", "on_yes", "on_no", "note", "side", "other_side", "other_event_ids", "display_name"]
            )[0].values()
        )
        for secret in (str(his.id), "Star River", "Wang Wei"):
            self.assertNotIn(secret, text)
        told = self._messages(self.wang)[:1]
        self.assertNotIn("Li Na", f"{told.subject} {told.body}")

    def test_only_who_runs_both_pools_decides_and_sees_both_sides(self):
        other_admin = self._user("otheradmin", "sales_team.group_sale_salesman", "Other Admin")
        third = self._pool("Third")
        third.admin_ids = [(5, 0, 0), (0, 0, {"user_id": other_admin.id, "role": "admin"})]
        mine, his = self._pair(third)
        _answer, request = self._dispute(mine)
        for user in self.admin, other_admin:
            self.assertEqual(self._codes(request.with_user(user).action_settle("both")), ["not_admin"])
            self.env.invalidate_all()
            self.assertFalse(request.with_user(user).other_side)
        self.assertNotIn("Star River", request.with_user(self.admin).sentence)
        self.env.invalidate_all()
        judge = request.with_user(self.manager)
        self.assertIn("Star River", judge.other_side)
        self.assertIn("Xinghe", judge.side)
        self.assertTrue(judge.other_event_ids)
        self.assertEqual(self._codes(judge.action_approve()), ["outcome_required"])
        self.assertTrue(judge.action_settle("both")[0]["done"])
        self._balance()

    def test_a_rep_has_few_open_disputes(self):
        codes = []
        for number in range(6):
            phone = f"+86 139 2222 000{number}"
            mine = self._held(self.li, phone=phone, email_from=f"a{number}@x.cn", contact_name=f"a{number}")
            self._held(self.wang, phone=phone, email_from=f"b{number}@x.cn", contact_name=f"b{number}")
            codes.append(self._dispute(mine, phone=phone)[0]["code"])
        self.assertEqual(codes, [False] * 5 + ["dispute_limit"])
