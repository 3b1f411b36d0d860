from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import LeadPoolCase

NINE = "2026-03-02 09:00:00"


class OrderCase(LeadPoolCase):
    def _at(self, moment, count=1, **values):
        """Leads that entered at this moment."""
        with freeze_time(moment):
            return self._leads(count, **values)

    def _pull(self, user, pool=None, **words):
        [answer] = (self.pool if pool is None else pool).with_user(user).action_pull_next(**words)
        self.env.invalidate_all()
        return answer

    def _pulled(self, user, pool=None):
        """The lead that he gets, empty if none."""
        answer = self._pull(user, pool)
        return self.env["lead.pool.entry"].browse(answer["id"] or []).lead_id

    def _last_event(self, lead):
        return self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq desc", limit=1)


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


@tagged("post_install", "-at_install")
class TestUndo(OrderCase):
    """A claim can be undone for 30 seconds."""

    def _undo(self, user, leads, **words):
        answers = self._entries(leads).with_user(user).action_undo_claim(**words)
        self.env.invalidate_all()
        return answers

    def test_it_is_as_if_he_had_never_had_it(self):
        self.pool.write({"cooling_days": 7, "cooling_of": "any", "protection_minutes": 30})
        lead = self._at("2026-03-02 08:30:00")
        with freeze_time(NINE) as clock:
            self.assertEqual(self._codes(self._claim(self.li, lead)), [False])
            clock.tick(timedelta(seconds=30))
            [answer] = self._undo(self.li, lead)
            self.assertEqual((answer["done"], answer["code"]), (True, False))
            entry = self._entries(lead)
            self.assertRecordValues(
                entry,
                [
                    {
                        "state": "waiting",
                        "user_id": False,
                        "last_holder_id": False,
                        "last_held_until": False,
                        "recycled": 0,
                        "holders": 0,
                        "held_since": False,
                    }
                ],
            )
            self.assertEqual(str(entry.entered_at), "2026-03-02 08:30:00")
            self.assertFalse(lead.user_id)
            self.assertNotIn(self.li.partner_id, lead.message_partner_ids)
            holding = self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)])
            self.assertEqual(holding.end_reason, "undone")
            self.assertEqual(self._last_event(lead).kind, "claim_undone")
            member = self._member(self.li)
            self.assertEqual((member.held, member.day_n), (0, 1), "the day is not refunded")
            self.assertEqual(self._codes(self._claim(self.li, lead)), [False], "nothing cools off")
            self.assertEqual(self._entries(lead).holders, 1)
        self._balance()

    def test_the_holder_before_stays_the_last_one(self):
        self.pool.cooling_days = 7
        with freeze_time(NINE) as clock:
            lead = self._held(self.wang)
            self._entries(lead).with_user(self.wang).action_return(self._reason("return").id)
            clock.tick(timedelta(hours=1))
            self._claim(self.li, lead)
            self._undo(self.li, lead)
            entry = self._entries(lead)
            self.assertEqual((entry.last_holder_id, str(entry.last_held_until)), (self.wang, NINE))
            self.assertEqual(entry.recycled, 1)
            self.assertEqual(self._codes(self._claim(self.wang, lead)), ["cooling_off"])

    def test_not_after_thirty_seconds_nor_twice_a_day(self):
        with freeze_time("2026-03-02 15:58:00") as clock:  # 23:58 in Shanghai
            first, second = self._held(self.li), self._held(self.li)
            clock.tick(timedelta(seconds=31))
            [answer] = self._undo(self.li, first)
            self.assertEqual(answer["code"], "undo_over")
            self.assertIn("Return", answer["message"])
            third = self._held(self.li)
            self.assertEqual(self._codes(self._undo(self.li, third)), [False])
            fourth = self._held(self.li)
            [answer] = self._undo(self.li, fourth)
            self.assertEqual((answer["code"], answer["retry_at"]), ("undo_used", "2026-03-02 16:00:00"))
            clock.move_to("2026-03-02 16:00:05")
            fifth = self._held(self.li)
            self.assertEqual(self._codes(self._undo(self.li, fifth)), [False])
            self.assertTrue(second)
        self._balance()

    def test_the_leads_of_one_claim_are_undone_together(self):
        with freeze_time(NINE) as clock:
            earlier = self._held(self.li)
            clock.tick(timedelta(seconds=5))
            leads = self._held(self.li, 3)
            self.assertEqual(self._codes(self._undo(self.li, earlier + leads)), ["undo_used", False, False, False])
        self._balance()

    def test_a_pull_can_be_undone_and_an_assignment_cannot(self):
        pulled, given = self._leads(), self._leads()
        self._entries(given).with_user(self.admin).action_assign(self.li.id)
        self.env.invalidate_all()
        self.assertEqual(self._codes(self._undo(self.li, given)), ["undo_over"])
        self.assertEqual(self._pulled(self.li), pulled)
        self.assertEqual(self._codes(self._undo(self.li, pulled)), [False])

    def test_not_when_something_was_done(self):
        with freeze_time(NINE) as clock:
            called, written, noted = self._held(self.li), self._held(self.li), self._held(self.li)
            clock.tick(timedelta(seconds=3))
            called.with_user(self.li).action_follow_up({"note": "Called, wants an offer"})
            written.with_user(self.li).write({"city": "Wuhan"})
            noted.with_user(self.li).message_post(body="Who is this?")
            for what, lead in (("called", called), ("written", written), ("noted", noted)):
                self.assertEqual(self._codes(self._undo(self.li, lead)), ["undo_touched"], what)
            untouched = self._held(self.li)
            self.assertEqual(self._codes(self._undo(self.li, untouched)), [False])

    def test_who_does_not_hold_it_undoes_nothing(self):
        lead = self._held(self.li)
        self.assertEqual(self._codes(self._undo(self.wang, lead)), ["not_holder"])
        self.assertEqual(self._codes(self._undo(self.stranger, lead)), ["unknown"])
        self.assertEqual(self._codes(self._undo(self.wang, self._leads())), ["waiting"])

    def test_the_same_request_undoes_once(self):
        lead = self._held(self.li)
        first = self._undo(self.li, lead, request_uid="undo-1")
        self.assertTrue(first[0]["done"])
        self._claim(self.li, lead)
        self.assertEqual(self._undo(self.li, lead, request_uid="undo-1"), first)
        self.assertEqual(self._entries(lead).state, "held")

    def test_a_removed_member_may_still_undo(self):
        lead = self._held(self.li)
        self._member(self.li).unlink()
        self.assertEqual(self._codes(self._undo(self.li, lead)), [False])
        self.assertEqual(self._codes(self._claim(self.li, lead)), ["unknown"])
        self._balance()

    def test_a_client_does_not_reset_his_day(self):
        self._undo(self.li, self._held(self.li))
        rep = self.env["lead.pool.rep"].search([("user_id", "=", self.li.id)])
        self.assertTrue(rep.undo_day)
        rep.with_user(self.manager).write({"undo_day": False})
        self.assertTrue(rep.undo_day)
        self.assertEqual(self._codes(self._undo(self.li, self._held(self.li))), ["undo_used"])
