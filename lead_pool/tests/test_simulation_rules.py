"""The replay knows what is done about deadlines, where leads go back to, and in which order they are claimed."""

from dataclasses import replace
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from ..models.pool.simulated_history import Reading
from ..models.pool.simulated_rules import Conditions
from ..rules import simulation
from .common import LeadPoolCase

MONDAY = datetime(2026, 3, 2, 1)  # nine o'clock in Shanghai
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class ReplayCase(LeadPoolCase):
    """Some days of a pool through the verbs, over frozen time."""

    def _read(self, begin=MONDAY - DAY):
        """History and rules of the pool as a run reads them; the pool's own choices are struck out."""
        pool = self.pool.sudo()
        self.env.invalidate_all()
        with freeze_time(self.end):
            conditions = Conditions()
            reading = Reading(pool, begin, self.end, conditions)
            rules = pool._replayed_rules(begin, conditions)
            while reading.more:
                reading.go_on(pool)
            history = reading.history(pool)
        rules.seats.extend(pool._seats_of_former(history, rules))
        given = {number: tuple(replace(stay, user_id=0) for stay in stays) for number, stays in history.given.items()}
        return replace(history, given=given), rules

    def _really(self, *kinds):
        """``[(moment, lead, who has it then)]`` by the ledger."""
        events = self.env["lead.pool.event"].search([("pool_ref", "=", self.pool.id), ("kind", "in", kinds)])
        return sorted((event.date, event.lead_ref, event.user_ref) for event in events)

    @staticmethod
    def _replayed(run, *how):
        return sorted((h.since, h.lead_id, h.user_id) for h in run.holdings if h.how in how)

    @staticmethod
    def _taken_back(run):
        return sorted((h.until, h.lead_id) for h in run.holdings if h.why == "reclaimed")

    def _entry(self, lead):
        return self._entries(lead)

    def _follow_up(self, lead):
        kind = self.env["lead.follow.up.type"].search([], limit=1)
        lead.with_user(self._entry(lead).user_id).action_follow_up({"type_id": kind.id, "note": "Called."})


@tagged("post_install", "-at_install")
class TestDeadlines(ReplayCase):
    """Li is on leave, Wang extends and locks, Zhao disputes; a tagged lead stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["crm.tag"].create({"name": "Key Account"})
        with freeze_time(MONDAY):
            cls.pool = cls._pool(
                "Harbin",
                strategy="rotation",
                extend_days=7,
                extend_approval="never",
                lock_limit=2,
                lock_days=4,
                grace_hours=5,
                exempt_tag_ids=[(6, 0, cls.tag.ids)],
                reclaim_rule_ids=[(0, 0, {"name": "Three days", "no_follow_up_days": 3, "warn_days": 0})],
            )
            cls._member(cls.li).write({"leave_from": MONDAY + 2 * DAY, "leave_until": MONDAY + 4 * DAY})
        cls.end = MONDAY + 9 * DAY + 8 * HOUR

    def _live(self, days=10):
        self.leads = self.env["crm.lead"]
        for number in range(days):
            with freeze_time(MONDAY + number * DAY):
                Entry = self.env["lead.pool.entry"]
                Entry._unlock_due(100)
                Entry._thaw_settled()
                Entry._reclaim_due()
                if number < 3:
                    self.leads |= self._leads(3)
                self.pool._distribute()
            with freeze_time(MONDAY + number * DAY + 6 * HOUR):
                self.env.invalidate_all()
                self._afternoon(number)

    def _afternoon(self, number):
        of_wang = self.leads.filtered(lambda lead: self._entry(lead).user_id == self.wang)
        if number == 0:
            of_wang[0].tag_ids = self.tag
        if number == 1:
            self.assertTrue(self._entry(of_wang[1]).with_user(self.wang).action_extend(4)[0]["done"])
            of_zhao = self.leads.filtered(lambda lead: self._entry(lead).user_id == self.zhao)
            dispute = self._entry(of_zhao[0]).with_user(self.zhao).action_dispute(number=of_wang[1].id)
            self.assertTrue(dispute[0]["done"], dispute)
        if number == 2:
            self.assertTrue(self._entry(of_wang[-1]).with_user(self.wang).action_lock()[0]["done"])
            self._follow_up(of_wang[-1])
        if number == 3:
            approval = self.env["lead.pool.approval"].search([("kind", "=", "dispute"), ("state", "=", "open")])
            self.assertTrue(approval.with_user(self.admin).action_settle("both")[0]["done"])

    def test_what_was_put_off_goes_back_at_the_very_moments_of_the_ledger(self):
        self._live()
        kinds = set(self.env["lead.pool.event"].search([("pool_ref", "=", self.pool.id)]).mapped("kind"))
        self.assertLessEqual({"extended", "locked", "unlocked", "disputed", "reclaimed"}, kinds)
        history, rules = self._read()
        run = simulation.replay(history, rules)
        really = [(at, number) for at, number, _user in self._really("reclaimed")]
        self.assertGreater(len(really), 8)
        self.assertEqual(self._taken_back(run), really)
        self.assertEqual(self._replayed(run, "distribute"), self._really("distributed"))
        for without in (
            {"seats": [replace(seat, leaves=()) for seat in rules.seats]},
            {"exempt": {}},
        ):
            self.assertNotEqual(self._taken_back(simulation.replay(history, replace(rules, **without))), really)
        for kind in ("extend", "lock", "freeze"):
            acts = [act for act in history.acts if act.kind != kind]
            other = simulation.replay(replace(history, acts=acts), rules)
            self.assertNotEqual(self._taken_back(other), really, kind)

    def test_it_agrees_also_when_the_period_begins_after_the_promises(self):
        self._live()
        history, rules = self._read(MONDAY + 3 * DAY - HOUR)
        begun = {start.lead_id: start for start in history.starts}
        self.assertTrue(any(start.keep_until for start in begun.values()))
        self.assertTrue(any(start.locked for start in begun.values()))
        self.assertTrue(any(start.frozen for start in begun.values()))
        run = simulation.replay(history, rules)
        really = [(at, number) for at, number, _user in self._really("reclaimed") if at >= history.begin]
        self.assertEqual(self._taken_back(run), really)

    def test_the_next_rep_gets_what_goes_back(self):
        with freeze_time(MONDAY):
            self.pool.reclaim_rule_ids.destination = "next"
        self._live()
        to_next = [row for row in self._really("reclaimed") if row[2]]
        self.assertTrue(to_next)
        history, rules = self._read()
        run = simulation.replay(history, rules)
        self.assertEqual(self._replayed(run, "distribute"), sorted([*self._really("distributed"), *to_next]))

    def test_another_pool_gets_what_goes_back(self):
        with freeze_time(MONDAY):
            self.pool.reclaim_rule_ids.write({"destination": "other", "destination_pool_id": self.open_pool.id})
        self._live()
        went = self.env["lead.pool.event"].search([("from_pool_ref", "=", self.pool.id), ("kind", "=", "reclaimed")])
        self.assertTrue(went)
        history, rules = self._read()
        run = simulation.replay(history, rules)
        self.assertEqual(self._taken_back(run), sorted((event.date, event.lead_ref) for event in went))
        self.assertEqual({run.places[event.lead_ref].state for event in went}, {"left"})
        self.pool, harbin = self.open_pool, self.pool
        self.assertTrue(harbin)
        history, _rules = self._read()  # and there they arrive
        self.assertEqual({act.lead_id for act in history.acts if act.kind == "arrive"}, set(went.mapped("lead_ref")))


@tagged("post_install", "-at_install")
class TestClaims(ReplayCase):
    """A pool whose leads are claimed in an order."""

    def _live(self, order, **values):
        with freeze_time(MONDAY):
            self.pool = self._pool("Harbin", **values)
            self.pool.open_field_ids |= self.env.ref("lead_pool.open_field_probability")
            self.pool.claim_order = order
        for number in range(9):
            with freeze_time(MONDAY + number * 4 * HOUR):
                self._leads(2, pool=self.pool, priority=str(number % 3))
            with freeze_time(MONDAY + number * 4 * HOUR + HOUR):
                self.env.invalidate_all()
                user = self.reps[number % 3]
                self.pool.with_user(user).action_pull_next()
            with freeze_time(MONDAY + number * 4 * HOUR + 2 * HOUR):
                self.env.invalidate_all()
                self._afternoon(number, user)
        self.end = MONDAY + 2 * DAY

    def _afternoon(self, number, user):
        mine = self.env["lead.pool.entry"].search([("pool_id", "=", self.pool.id), ("user_id", "=", user.id)])
        if number % 3 == 1:
            mine[:1].with_user(user).action_return(self._reason("return").id)
        else:
            self._follow_up(mine[:1].lead_id)

    def _without_the_leads(self, history):
        """Nobody knows any more which lead was claimed."""
        claims = [act for act in history.acts if act.kind in ("claim", "pull")]
        self.assertGreater(len(claims), 6)
        never = min(history.leads)
        acts = [replace(act, lead_id=never) if act in claims else act for act in history.acts]
        return replace(history, acts=acts)

    def test_the_leads_that_were_pulled_are_found_again_in_every_order(self):
        found = set()
        for order in ("free", "oldest", "newest", "score", "pull"):
            with self.subTest(order):
                self._live(order, cooling_days=2)
                history, rules = self._read()
                rules = replace(rules, reclaim=())
                run = simulation.replay(history, rules)
                really = self._really("pulled")
                self.assertEqual(self._replayed(run, "claim"), really)
                found.add(tuple(number - min(history.leads) for _at, number, _user in really))
                history.acts[:] = self._without_the_leads(history).acts
                first = self._replayed(simulation.replay(history, rules), "claim")[0]
                self.assertEqual(first, really[0])
        self.assertGreater(len(found), 2)

    def test_claim_rules_and_the_backlog_refuse_as_the_pool_does(self):
        self._live("free", backlog_limit=1)
        with freeze_time(self.end):
            self.pool.claim_rule_ids = [
                (0, 0, {"name": "Stars", "domain": "[('priority', '=', '2')]", "user_ids": [(6, 0, self.li.ids)]})
            ]
        history, rules = self._read()
        self.assertEqual([rule.user_ids for rule in rules.policy.claim_rules], [frozenset(self.li.ids)])
        run = simulation.replay(history, rules)
        stars = self.env["crm.lead"].search([("pool_id", "=", self.pool.id), ("priority", "=", "2")])
        self.assertTrue(stars)
        got = {(user, number) for _at, number, user in self._replayed(run, "claim")}
        self.assertFalse({user for user, number in got if number in stars.ids} - set(self.li.ids))
        none = replace(rules, policy=replace(rules.policy, backlog_limit=0, claim_rules=()))
        self.assertEqual(self._replayed(simulation.replay(history, none), "claim"), self._really("pulled"))

    def test_untouched_leads_of_another_pool_count_for_the_backlog(self):
        self._live("free")
        with freeze_time(MONDAY - DAY):
            self._held(self.li, 2, pool=self.open_pool)
        with freeze_time(self.end):
            self.pool.backlog_limit = 1
        history, rules = self._read(MONDAY - 2 * DAY)
        run = simulation.replay(history, rules)
        self.assertEqual(run.refused["backlog"], 3)
        self.assertFalse([row for row in self._replayed(run, "claim") if row[2] == self.li.id])
