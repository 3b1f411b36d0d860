from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .claim_orders import NINE, OrderCase


@tagged("post_install", "-at_install")
class TestClaimOrders(OrderCase):
    """Oldest, newest or best first: nobody takes what is not next for him."""

    def test_the_oldest_the_newest_and_the_best_lead_are_next(self):
        first = self._at("2026-03-01 09:00:00", probability=20)
        second = self._at("2026-03-02 09:00:00", probability=90)
        third = self._at("2026-03-03 09:00:00", probability=50)
        best = self._at("2026-03-02 10:00:00", probability=1, priority="2")
        for order, next_one in (("oldest", first), ("newest", third), ("score", best)):
            with self.subTest(order), self.env.cr.savepoint() as savepoint:
                self.pool.claim_order = order
                others = first + second + third + best - next_one
                answers = self._claim(self.li, others)
                self.assertEqual(set(self._codes(answers)), {"out_of_order"})
                self.assertIn("Next Lead", answers[0]["message"])
                self.assertEqual(self._codes(self._claim(self.li, next_one)), [False])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_of_many_asked_the_first_without_a_gap_are_taken(self):
        leads = self.env["crm.lead"].union(*(self._at(f"2026-03-02 09:0{n}:00") for n in range(5)))
        self.pool.claim_order = "oldest"
        answers = self._claim(self.li, leads[0] + leads[1] + leads[3])
        self.assertEqual(self._codes(answers), [False, False, "out_of_order"])
        self._member(self.li).capacity = 3
        entries = self._entries(leads[2] + leads[3])
        answers = entries[::-1].with_user(self.li).action_claim()
        self.assertEqual(self._codes(answers), ["capacity_full", False], "the first of the line, not the first asked")
        self._balance()

    def test_what_is_not_for_him_does_not_stand_before_others(self):
        self.pool.write({"claim_order": "oldest", "cooling_days": 5})
        archived, cooling, incomplete, kept, mine = (self._at(f"2026-03-02 09:0{n}:00") for n in range(5))
        with freeze_time("2026-03-02 10:00:00"):
            archived.active = False
            self._held_before(self.li, cooling)
            kept.city = "Wuhan"
            self.pool.claim_rule_ids = [
                Command.create(
                    {"name": "Wuhan", "domain": "[('city', '=', 'Wuhan')]", "user_ids": [Command.set(self.wang.ids)]}
                )
            ]
            field = self.env["lead.custom.field"].create(
                {"name": "Budget", "field_type": "text", "required_to_claim": True}
            )
            (cooling + kept + mine)[field.technical_name] = "much"
            self.assertEqual(self._codes(self._claim(self.li, mine)), [False])
            self.assertEqual(self._codes(self._claim(self.wang, kept)), ["out_of_order"], "he may have the one before")
            self.assertEqual(self._codes(self._claim(self.wang, cooling + kept)), [False, False])
            self.assertTrue(incomplete)

    def _held_before(self, user, lead):
        self._entries(lead).with_user(self.admin).action_assign(user.id)
        self._entries(lead).with_user(user).action_return(self._reason("return").id)
        self.env.invalidate_all()

    def test_a_protected_lead_waits_and_the_next_one_goes(self):
        self.pool.write({"claim_order": "newest", "protection_minutes": 30})
        old, fresh = self._at("2026-03-02 08:00:00"), self._at("2026-03-02 08:50:00")
        with freeze_time(NINE):
            self.assertEqual(self._codes(self._claim(self.li, fresh)), ["protected"])
            self.assertEqual(self._codes(self._claim(self.li, old)), [False])

    def test_only_the_next_card_has_a_button(self):
        leads = self.env["crm.lead"].union(*(self._at(f"2026-03-02 09:0{n}:00") for n in range(3)))
        self.pool.claim_order = "oldest"
        entries = self._entries(leads).with_user(self.li)
        self.assertEqual(entries.mapped("can_claim"), [True, False, False])
        self.assertIn("oldest leads first", entries[1].claim_refusal)
        self.pool.claim_order = "pull"
        self.env.invalidate_all()
        self.assertEqual(entries.mapped("can_claim"), [False] * 3)
        self.assertIn("picks the lead", entries[0].claim_refusal)
        self.assertEqual(entries[0].claim_order, "pull")

    def test_an_order_by_score_needs_the_score(self):
        self.pool.open_field_ids -= self.env.ref("lead_pool.open_field_probability")
        for order in ("score", "pull"):
            with self.assertRaisesRegex(ValidationError, "members must see it"), self.env.cr.savepoint():
                self.pool.claim_order = order
        self.pool.claim_order = "oldest"

    def test_a_context_from_outside_opens_no_order(self):
        leads = self.env["crm.lead"].union(*(self._at(f"2026-03-02 09:0{n}:00") for n in range(2)))
        self.pool.write({"claim_order": "oldest", "protection_minutes": 10**6})
        context = {
            "default_claim_order": "free",
            "lead_pool_pass": True,
            "lead_pool_quiet": True,
            "lead_pool_one_version": True,
            "active_test": False,
            "tz": "Pacific/Kiritimati",
        }
        entry = self._entries(leads)[1].with_user(self.li).with_context(**context)
        self.assertEqual(self._codes(entry.action_claim()), ["protected"])
        self.pool.protection_minutes = 0
        self.assertEqual(self._codes(entry.action_claim()), ["out_of_order"])


@tagged("post_install", "-at_install")
class TestPull(OrderCase):
    """Who asks for the next lead gets the best one for him."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.claim_order = "pull"

    def test_stars_then_score_and_freshness(self):
        with freeze_time(NINE):
            old = self._at("2026-02-20 09:00:00", probability=60)
            fresh = self._at("2026-03-02 08:00:00", probability=50)
            starred = self._at("2026-02-01 09:00:00", probability=1, priority="1")
            dull = self._at("2026-02-20 09:00:00", probability=10)
            order = [self._pulled(self.li) for _n in range(4)]
            self.assertEqual(order, [starred, fresh, old, dull])
            answer = self._pull(self.li)
        self.assertEqual((answer["id"], answer["done"], answer["code"]), (False, False, "no_lead"))
        self.assertIn("Nothing is waiting", answer["message"])
        event = self._last_event(old)
        self.assertEqual(event.kind, "pulled")
        holding = self.env["lead.pool.holding"].search([("lead_id", "=", old.id)])
        self.assertEqual(holding.origin, "pulled")
        self.assertEqual(self._member(self.li).day_n, 4)
        self.assertIn("next lead", self._entries(old).with_user(self.li).action_explain()[0])
        self._balance()

    def test_leads_of_a_customer_he_knows_come_first(self):
        with freeze_time(NINE):
            mine = self._leads(partner_name="Galaxy Ltd", phone=False, email_from=False)
            self._entries(mine).with_user(self.admin).action_assign(self.wang.id)
            kin = self._leads(partner_name="Galaxy Limited", phone=False, email_from=False, probability=1)
            good = self._leads(probability=99)
            self.env["lead.identity"]._settle()
            self.assertEqual(self._pulled(self.wang), kin)
            self.assertEqual(self._pulled(self.li), good)
        lines = self._entries(kin).with_user(self.wang).action_explain()
        self.assertTrue(any("same company" in line for line in lines), lines)

    def test_an_ordered_pool_gives_the_next_and_a_free_one_the_best(self):
        old = self._at("2026-03-01 09:00:00", probability=1)
        good = self._at("2026-03-02 09:00:00", probability=99)
        with self.env.cr.savepoint() as savepoint:
            self.pool.claim_order = "oldest"
            self.assertEqual(self._pulled(self.li), old)
            savepoint.rollback()
            self.env.invalidate_all()
        self.pool.claim_order = "free"
        self.assertEqual(self._pulled(self.li), good)

    def test_nobody_picks_a_card(self):
        lead = self._leads()
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["out_of_order"])
        with self.assertRaises(UserError):
            self._entries(lead).with_user(self.li)._check_can_claim()

    def test_limits_count_and_their_refusals_come_before_the_search(self):
        self._leads(3)
        self._member(self.li).daily_claim_limit = 2
        with freeze_time("2026-03-02 15:30:00"):
            answers = [self._pull(self.li) for _n in range(3)]
        self.assertEqual(self._codes(answers), [False, False, "daily_limit"])
        self.assertEqual(answers[2]["retry_at"], "2026-03-02 16:00:00")
        self._member(self.li).paused = True
        self.assertEqual(self._pull(self.li)["code"], "paused")
        self.pool.claimable = False
        self.assertEqual(self._pull(self.wang)["code"], "claim_off")

    def test_who_has_no_place_in_the_pool_gets_nothing(self):
        self._leads()
        self.assertEqual(self._pull(self.stranger)["code"], "not_member")
        self.assertNotIn("Beijing", self._pull(self.stranger)["message"])
        self.assertEqual(self._pull(self.admin)["code"], "not_member")
        self.assertEqual(self._pull(self.li, self.pool.browse(10**9))["code"], "not_member")
        with self.assertRaises(UserError):
            (self.pool + self.open_pool).with_user(self.li).action_pull_next()
        with self.assertRaises(AccessError):
            self.pool.with_user(self._user("clerk", "base.group_user", "Clerk")).action_pull_next()

    def test_the_same_request_pulls_once(self):
        self._leads(2)
        first = self._pull(self.li, request_uid="next-1")
        self.assertEqual(self._pull(self.li, request_uid="next-1"), first)
        self.assertEqual(self._member(self.li).held, 1)

    def test_a_lead_that_leaves_the_pool_while_the_next_one_is_looked_for_is_passed(self):
        """Between two statements of the pull another transaction may have transferred the lead that was found."""
        for moment in ("_candidate_ids", "_line_facts"):
            leaves, stays = self._entries(self._leads(1, priority="3") | self._leads(1))
            look = getattr(type(self.pool), moment)

            def and_then_it_left(pool, *args, look=look, leaves=leaves, **words):
                found = look(pool, *args, **words)
                leaves.with_user(self.admin).action_transfer(self.open_pool.id)
                return found

            with patch.object(type(self.pool), moment, and_then_it_left):
                answer = self._pull(self.li)
            self.assertEqual((answer["done"], answer["id"]), (True, stays.id), moment)
            self.assertEqual((leaves.state, leaves.pool_id), ("waiting", self.open_pool), moment)

    def test_who_gets_none_learns_when_the_next_one_is_free(self):
        self.pool.write({"protection_minutes": 60, "cooling_days": 2})
        with freeze_time("2026-03-02 08:00:00"):
            lead = self._leads()
            self._entries(lead).with_user(self.admin).action_assign(self.li.id)
            self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
            self.env.invalidate_all()
        with freeze_time(NINE):
            answer = self._pull(self.li)
            self.assertEqual((answer["code"], answer["retry_at"]), ("no_lead", "2026-03-04 08:00:00"))
            fresh = self._leads()
            self.assertEqual(self._pull(self.li)["retry_at"], "2026-03-02 10:00:00")
        with freeze_time("2026-03-02 10:00:00"):
            self.assertEqual(self._pulled(self.li), fresh)
            self.assertEqual(self._pulled(self.wang), lead)
            self.assertFalse(self._pull(self.wang)["retry_at"])

    def test_leads_kept_for_others_do_not_starve_who_pulls(self):
        kept = self._leads(90, probability=99, city="Wuhan")
        last = self._at("2026-01-01 09:00:00", probability=1)
        self.pool.claim_rule_ids = [
            Command.create(
                {"name": "Wuhan", "domain": "[('city', '=', 'Wuhan')]", "user_ids": [Command.set(self.wang.ids)]}
            )
        ]
        self.assertEqual(self._pulled(self.li), last)
        self.assertEqual(self._pull(self.li)["code"], "no_lead")
        self.assertIn(self._pulled(self.wang), kept)

    def test_a_lead_of_another_company_is_passed(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "World", "company_id": False})
        pool = self._pool("Everywhere", company_id=False, team_id=team.id, claim_order="pull")
        foreign = self._leads(pool=pool, probability=99)
        self.env.cr.execute("UPDATE lead_pool_entry SET company_id = %s WHERE lead_id = %s", [other.id, foreign.id])
        lead = self._leads(pool=pool, probability=1)
        self.env.invalidate_all()
        self.assertEqual(self._pulled(self.li, pool), lead)
        self.assertEqual(self._pull(self.li, pool)["code"], "no_lead")

    def test_a_pull_costs_a_bounded_number_of_queries(self):
        self._leads(3)
        self._pull(self.li)

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.pool.with_user(self.li).action_pull_next()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        few = cost()
        self._leads(120)
        self.env["lead.identity"]._settle()
        cost()  # new leads, and other tests, may have emptied caches of the registry
        self.assertLessEqual(cost(), few)
        self.assertLessEqual(few, 45)
