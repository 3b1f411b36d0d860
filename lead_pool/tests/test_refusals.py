from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestRefusals(LeadPoolCase):
    """Why somebody could not take leads yesterday: refused claims are counted, by reason."""

    def _refused(self):
        self.env.invalidate_all()
        return self.env["lead.pool.refusal"].search([])

    def test_refused_claims_are_counted_by_day_and_reason(self):
        self._held(self.li)
        self._member(self.li).capacity = 1
        leads = self._leads(3)
        self._claim(self.li, leads)
        self._claim(self.li, leads[0])
        self._claim(self.wang, leads[0])
        [row] = self._refused()
        self.assertEqual(
            (row.user_id, row.pool_id, row.code, row.count), (self.li, self.pool, "capacity_full", 4), "one row a day"
        )
        self.assertEqual(row.last_lead_ref, leads[0].id)
        self.assertIn("at most 1 leads", row.last_message)
        self._claim(self.li, leads[0])  # Wang has it by now
        self.assertEqual(sorted(self._refused().mapped("code")), ["capacity_full", "taken"])

    def test_a_claim_in_which_nothing_is_refused_writes_nothing(self):
        locked = self._entries(self._leads(1)).sudo()._lock(users=self.li.ids)
        with self.assertQueryCount(0):
            self.env["lead.pool.refusal"]._keep([{"id": entry_id, "code": False} for entry_id in locked.rows], locked)
        self._held(self.li)
        self.assertFalse(self._refused())

    def test_a_lead_that_one_may_not_know_of_is_not_told_in_a_pool(self):
        self._claim(self.stranger, self._leads(1))
        self.assertFalse(self._refused())

    def test_the_member_reads_why_and_admins_see_the_list(self):
        self._member(self.li).paused = True
        self._claim(self.li, self._leads(2))
        message = self.pool.with_user(self.li).action_why_not_me()["message"]
        self.assertIn("you were refused 2 leads", message)
        self.assertIn("is paused. Ask the pool's admin", message)
        self.assertNotIn("refused", self.pool.with_user(self.wang).action_why_not_me()["message"])
        Refusal = self.env["lead.pool.refusal"]
        self.assertEqual(len(Refusal.with_user(self.admin).search([])), 1)
        self.assertEqual(len(Refusal.with_user(self.manager).search([])), 1)
        self.pool.admin_ids.unlink()
        self.assertFalse(Refusal.with_user(self.admin).search([]), "of their own pools")
        for user in (self.li, self.marketing):
            with self.assertRaises(AccessError):
                Refusal.with_user(user).search([])
        with self.assertRaises(AccessError):
            self._refused().with_user(self.manager).write({"count": 0})

    def test_they_are_forgotten_after_ninety_days(self):
        self._member(self.li).paused = True
        self._claim(self.li, self._leads(1))
        row = self._refused()
        row.day = row.day - timedelta(days=89)
        self.env["lead.pool.refusal"]._gc_refusals()
        self.assertTrue(self._refused())
        row.day = row.day - timedelta(days=2)
        self.env["lead.pool.refusal"]._gc_refusals()
        self.assertFalse(self._refused())
