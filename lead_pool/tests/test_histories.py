import os
import random
import re
from contextlib import closing
from datetime import timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.fields import Domain
from odoo.tests import tagged

from ..models.pool.distributing import STRATEGIES
from .common import LeadPoolCase

HISTORIES = 24 if "LEAD_POOL_EXAMPLES" in os.environ else 4  # all of them in `make test-all`
STEPS = (30, 45)
CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|%\(|\bNone\b|\bFalse\b")
CITIES = ["Beijing", "Wuhan", "Xi'an", False]


@tagged("post_install", "-at_install")
class TestHistories(LeadPoolCase):
    """Whatever people do to a pool, in whatever order: after each step the books are right."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spare = cls._user("spare", "sales_team.group_sale_salesman", "Spare Rep")
        cls.sources = cls.env["utm.source"].create([{"name": f"Fair {n}"} for n in range(2)])

    def test_random_histories_keep_every_promise(self):
        for seed in range(HISTORIES):
            with self.subTest(seed=seed), closing(self.env.cr.savepoint()):
                self.dice = random.Random(seed)
                self._live()
            self.env.invalidate_all()
            self.registry.clear_all_caches()

    def _live(self):
        self.mine = self.env["crm.lead"]
        self.told = set()  # what happened, for the message of a failure
        self.pool.strategy = "rotation"
        steps = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("_step_")]
        often = [self._step_new_leads] * 5 + [self._step_distribute] * 9 + [self._step_return] * 2
        with freeze_time("2026-03-02 09:00:00") as self.clock:
            for number in range(self.dice.randint(*STEPS)):
                step = self.dice.choice(steps + often)
                owed = self._owed()
                step()
                self.env.flush_all()
                self.env.invalidate_all()
                self._check(f"step {number}: {step.__name__}")
                if step == self._step_distribute:
                    self.assertAlmostEqual(self._owed(), owed, delta=1e-6, msg="credit was made or lost")

    # ------------------------------------------------------------
    # WHAT PEOPLE DO
    # ------------------------------------------------------------

    def _any_entries(self, domain, most=4):
        found = self.env["lead.pool.entry"].search([("lead_id", "in", self.mine.ids), *domain])
        return found.browse(self.dice.sample(found.ids, min(len(found), self.dice.randint(1, most))))

    def _any_member(self):
        return self.dice.choice(self.pool.member_ids)

    def _step_new_leads(self):
        self.mine |= self._leads(
            self.dice.randint(1, 6),
            city=self.dice.choice(CITIES),
            priority=self.dice.choice("0123"),
            source_id=self.dice.choice([*self.sources.ids, False]),
            partner_name=self.dice.choice([False, "Galaxy Ltd", "Comet Ltd"]),
        )

    def _step_distribute(self):
        self.pool.with_user(self.admin).action_distribute()

    def _step_claim(self):
        self._any_entries([("state", "=", "waiting")]).with_user(self.dice.choice(self.reps)).action_claim()

    def _step_return(self):
        for entry in self._any_entries([("state", "=", "held"), ("user_id", "in", self.reps.ids)]):
            entry.with_user(entry.user_id).action_return(self._reason("return").id)

    def _step_assign(self):
        entries = self._any_entries([("state", "!=", "closed")])
        user = self.dice.choice(self.reps | self.spare)
        entries.with_user(self.admin).action_assign(user.id, over_capacity=self.dice.random() < 0.3)

    def _step_reclaim(self):
        self._any_entries([("state", "=", "held")]).with_user(self.admin).action_reclaim()

    def _step_pause_or_resume(self):
        member = self._any_member()
        member.paused = self.dice.random() < 0.4

    def _step_leave(self):
        now = self.env["lead.pool"]._now()
        begin = now + timedelta(hours=self.dice.randint(-12, 30))
        self._any_member().write(
            {"leave_from": begin, "leave_until": begin + timedelta(hours=self.dice.randint(1, 60))}
        )

    def _step_capacity(self):
        self._any_member().capacity = self.dice.choice([0, 0, 3, 8, 15])

    def _step_capacity_in_all_pools(self):
        reps = self.env["lead.pool.rep"].search([("user_id", "in", self.reps.ids)])
        if reps:
            self.dice.choice(reps).capacity = self.dice.choice([0, 4, 12])

    def _step_weight(self):
        self._any_member().weight = self.dice.choice([0, 0.5, 1, 2, 5])

    def _step_skill(self):
        self._any_member().skill_domain = self.dice.choice(
            ["[]", "[('city', '=', 'Wuhan')]", "[('priority', '=', '3')]"]
        )

    def _step_strategy(self):
        self.pool.write(
            {
                "strategy": self.dice.choice(STRATEGIES)[0],
                "default_assignee_id": self._any_member().user_id.id,
                "affinity": self.dice.random() < 0.5,
            }
        )

    def _step_rule(self):
        rules = self.pool.assign_rule_ids
        if rules and self.dice.random() < 0.5:
            self.dice.choice(rules).unlink()
            return
        people = self.dice.sample(self.pool.member_ids.user_id.ids, self.dice.randint(0, 2))
        self.env["lead.pool.assign.rule"].create(
            {
                "name": f"Rule {len(rules) + 1}",
                "pool_id": self.pool.id,
                "domain": self.dice.choice(["[]", "[('city', '=', 'Beijing')]", "[('priority', 'in', ['2', '3'])]"]),
                "strategy": self.dice.choice(STRATEGIES)[0],
                "assignee_id": self._any_member().user_id.id,
                "user_ids": [Command.set(people)],
                "if_nobody": self.dice.choice(["next", "wait"]),
            }
        )

    def _step_member_joins_or_leaves(self):
        member = self._member(self.spare)
        if not member:
            self.env["lead.pool.member"].create({"pool_id": self.pool.id, "user_id": self.spare.id})
            return
        self.pool.assign_rule_ids.filtered(lambda r: self.spare in r.user_ids | r.assignee_id).unlink()
        member.unlink()

    def _step_archive_or_restore(self):
        lead = self.dice.choice(self.mine) if self.mine else self.mine
        lead.active = not lead.active

    def _step_time_goes_by(self):
        self.clock.tick(timedelta(minutes=self.dice.choice([1, 50, 60 * 9, 60 * 40])))

    # ------------------------------------------------------------
    # WHAT ALWAYS HOLDS
    # ------------------------------------------------------------

    def _owed(self):
        """The members' credits together."""
        return sum(self.pool.member_ids.mapped("credit"))

    def _check(self, where):
        self.assertEqual(self.env["lead.pool"]._health_problems(), [], where)
        self.assertEqual(self.env["lead.pool.event"]._broken_chains(self.mine.ids), {}, where)
        for model in ("lead.pool.member", "lead.pool.rep"):
            above = self.env[model].search(Domain("capacity", ">", 0) & Domain("over_capacity", "=", False))
            above = above.filtered(lambda row: row.held > row.capacity)
            self.assertFalse(above, f"{where}: {above.user_id.mapped('name')} above the capacity")
        entries = self.env["lead.pool.entry"].search([("lead_id", "in", self.mine.ids)])
        self.assertEqual(len(entries), len(self.mine), f"{where}: a lead is lost")
        for entry in entries:
            self.assertEqual(bool(entry.user_id), entry.state == "held", where)
            self.assertEqual(bool(entry.closed_as), entry.state == "closed", where)
        self._check_reasons(where)

    def _check_reasons(self, where):
        """Each new event of a distribution has a decision, and an explanation in words."""
        events = self.env["lead.pool.event"].search(
            [("kind", "=", "distributed"), ("lead_ref", "in", self.mine.ids), ("id", "not in", list(self.told))]
        )
        self.told.update(events.ids)
        for event in events:
            decision = self.env["lead.pool.decision"].browse(event.decision_ref).exists()
            self.assertEqual(decision.pool_id, self.pool, where)
            entry = self.env["lead.pool.entry"].search([("lead_ref", "=", event.lead_ref)])
            self.assertEqual(entry.user_id.id, event.user_ref, where)
            sentences = entry.with_user(entry.user_id).action_explain()
            self.assertGreaterEqual(len(sentences), 2, f"{where}: who and why")
            for sentence in sentences:
                self.assertIn(entry.user_id.name, sentences[0], where)
                self.assertRegex(sentence, r"^[A-Z“].*\.$", where)
                self.assertNotRegex(sentence, CODE, where)
