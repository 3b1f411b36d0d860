from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestClaim(LeadPoolCase):
    @freeze_time("2026-03-02 09:00:00")
    def test_a_rep_claims_a_lead_and_every_ledger_knows(self):
        lead = self._leads()
        [answer] = self._claim(self.li, lead)
        entry = self._entries(lead)
        self.assertEqual(answer, {"id": entry.id, "done": True, "code": False, "message": False, "retry_at": False})
        self.assertRecordValues(
            entry, [{"state": "held", "user_id": self.li.id, "epoch": 2, "holders": 1, "pool_id": self.pool.id}]
        )
        self.assertRecordValues(
            lead, [{"user_id": self.li.id, "team_id": self.team.id, "pool_state": "held", "type": "opportunity"}]
        )
        holding = self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)])
        self.assertRecordValues(
            holding, [{"user_id": self.li.id, "origin": "claimed", "ended_at": False, "ordinal": 1, "epoch": 2}]
        )
        events = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq")
        self.assertEqual(events.mapped("kind"), ["entered", "claimed"])
        self.assertEqual(events[1].user_name, "Li Na")
        self.assertEqual(events[1].policy_ref, self.pool.policy_id.id)
        self.assertEqual(self._member(self.li).held, 1)
        self.assertIn(self.li.partner_id, lead.message_partner_ids)
        self._balance()

    def test_the_loser_learns_who_has_it(self):
        lead = self._held(self.li)
        [answer] = self._claim(self.wang, lead)
        self.assertFalse(answer["done"])
        self.assertEqual(answer["code"], "taken")
        self.assertIn("Li Na", answer["message"])

    def test_a_bulk_claim_takes_what_it_may_and_says_why_not_the_rest(self):
        self._member(self.li).capacity = 2
        answers = self._claim(self.li, self._leads(4))
        self.assertEqual(self._codes(answers), [False, False, "capacity_full", "capacity_full"])
        self.assertEqual(self._member(self.li).held, 2)
        self._balance()

    def test_what_cannot_be_claimed(self):
        closed, archived, foreign, unknown = self._leads(4)
        self._entries(closed).with_user(self.admin).action_mark_invalid(self._reason("invalid").id)
        archived.active = False
        elsewhere = self._pool("South", members=self.stranger)
        self._entries(foreign).with_user(self.admin).action_transfer(elsewhere.id)
        entries = self._entries(closed) + self._entries(archived) + self._entries(foreign)
        entries += entries.browse(10**9)
        answers = entries.with_user(self.li).action_claim()
        self.assertEqual(self._codes(answers), ["closed", "closed", "unknown", "unknown"])
        self.assertTrue(all(answer["message"] for answer in answers))

    def test_a_lead_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "World", "company_id": False})
        pool = self._pool("Everywhere", company_id=False, team_id=team.id)
        lead = self._leads(pool=pool)
        self.env.cr.execute("UPDATE lead_pool_entry SET company_id = %s WHERE lead_id = %s", [other.id, lead.id])
        self.env.invalidate_all()
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["wrong_company"])

    def test_daily_and_hourly_limits_are_counted_on_the_pools_clock(self):
        """ATK-21: around midnight."""
        member = self._member(self.li)
        member.daily_claim_limit = 2
        with freeze_time("2026-03-02 15:30:00"):  # 23:30 in Shanghai
            answers = self._claim(self.li, self._leads(3))
            self.assertEqual(self._codes(answers), [False, False, "daily_limit"])
            self.assertEqual(answers[2]["retry_at"], "2026-03-02 16:00:00")
        with freeze_time("2026-03-02 16:00:00"):
            self.assertEqual(self._codes(self._claim(self.li, self._leads())), [False])
        member.write({"daily_claim_limit": 0, "hourly_claim_limit": 2})
        with freeze_time("2026-03-02 16:59:00"):
            self.assertEqual(self._codes(self._claim(self.li, self._leads(2))), [False, "hourly_limit"])
        with freeze_time("2026-03-02 17:00:00"):
            self.assertEqual(self._codes(self._claim(self.li, self._leads(2))), [False, False])

    def test_returning_does_not_refund_the_day(self):
        self._member(self.li).daily_claim_limit = 1
        lead = self._held(self.li)
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["daily_limit"])

    def test_limits_over_all_pools(self):
        self.company.lead_pool_capacity = 2
        self._held(self.li)
        self._held(self.li, pool=self.open_pool)
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["capacity_all_full"])
        self.company.write({"lead_pool_capacity": 0, "lead_pool_daily_claim_limit": 3})
        self._held(self.li)
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["daily_limit_all"])
        self._balance()

    def test_claim_off_paused_protected_and_cooling_off(self):
        lead = self._leads()
        self.pool.claimable = False
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["claim_off"])
        self.pool.claimable = True
        self._member(self.li).paused = True
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["paused"])
        self._member(self.li).paused = False
        with freeze_time("2026-03-02 09:00:00"):
            self.pool.protection_minutes = 30
            fresh = self._leads()
            self.assertEqual(self._codes(self._claim(self.li, fresh)), ["protected"])
        with freeze_time("2026-03-02 09:30:00"):
            self.assertEqual(self._codes(self._claim(self.li, fresh)), [False])
            self.pool.write({"cooling_days": 2, "protection_minutes": 0})
            self._entries(fresh).with_user(self.li).action_return(self._reason("return").id)
            [answer] = self._claim(self.li, fresh)
            self.assertEqual((answer["code"], answer["retry_at"]), ("cooling_off", "2026-03-04 09:30:00"))
            self.assertEqual(self._codes(self._claim(self.wang, fresh)), [False])
            self._entries(fresh).with_user(self.wang).action_return(self._reason("return").id)
            self.assertEqual(self._codes(self._claim(self.li, fresh)), [False])  # the last holder only
            self.pool.cooling_of = "any"
            self._entries(fresh).with_user(self.li).action_return(self._reason("return").id)
            self.assertEqual(self._codes(self._claim(self.wang, fresh)), ["cooling_off"])

    def test_who_may_not_claim(self):
        entry = self._entries(self._leads())
        self.assertEqual(self._codes(entry.with_user(self.stranger).action_claim()), ["unknown"])
        self.assertEqual(self._codes(entry.with_user(self.admin).action_claim()), ["not_member"])
        with self.assertRaises(AccessError):
            entry.with_user(self._user("clerk", "base.group_user", "Clerk")).action_claim()

    def test_the_same_request_gets_the_same_answer_and_does_nothing_twice(self):
        entry = self._entries(self._leads())
        first = entry.with_user(self.li).action_claim(request_uid="a-1")
        again = entry.with_user(self.li).action_claim(request_uid="a-1")
        self.assertTrue(first[0]["done"])
        self.assertEqual(first, again)
        self.assertEqual(self._member(self.li).day_n, 1)
        with self.assertRaises(UserError):
            self._entries(self._leads()).with_user(self.li).action_claim(request_uid="a-1")

    def test_the_button_says_what_the_verb_says(self):
        free, taken = self._leads(2)
        self._claim(self.wang, taken)
        entries = (self._entries(free) + self._entries(taken)).with_user(self.li)
        self.assertEqual(entries.sudo().with_user(self.li).mapped("can_claim"), [True, False])
        self.assertIn("Wang Wei", entries[1].claim_refusal)
        entries[0]._check_can_claim()
        with self.assertRaises(UserError):
            entries[1]._check_can_claim()

    def test_opening_a_card_is_an_event_and_has_a_limit(self):
        self.pool.card_limit = 1
        first, second = self._entries(self._leads(2, city="Beijing"))
        [answer] = first.with_user(self.li).action_open_card()
        self.assertEqual(answer["open_values"]["city"], "Beijing")
        self.assertNotIn("phone", answer["open_values"])
        self.assertEqual(self._codes(second.with_user(self.li).action_open_card()), ["card_limit"])
        event = self.env["lead.pool.event"].search([("lead_ref", "=", first.lead_ref)], order="seq desc", limit=1)
        self.assertEqual((event.kind, event.actor_name), ("card_opened", "Li Na"))
        self._balance()

    def test_lowering_a_capacity_below_what_is_held_is_flagged(self):
        """ATK-72: nothing is taken away, and no more is given."""
        self._held(self.li, 3)
        member = self._member(self.li)
        member.capacity = 2
        self.assertTrue(member.over_capacity)
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["capacity_full"])
        self._balance()
