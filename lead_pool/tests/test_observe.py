from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestObserve(LeadPoolCase):
    """A pool that observes decides and records, and changes nothing."""

    def _events(self, kind):
        return self.env["lead.pool.event"].search([("kind", "=", kind)], order="id")

    def _run(self, pool=None):
        answers = (pool or self.pool).with_user(self.admin).action_distribute()
        self.env.invalidate_all()
        self._balance()
        return answers

    def test_what_would_be_distributed_is_written_down_and_nothing_moves(self):
        self.pool.write({"strategy": "rotation", "mode": "observe"})
        leads = self._leads(6)
        answers = self._run()
        self.assertEqual(self._codes(answers), ["observe_only"] * 6)
        self.assertIn("would go to Li Na", answers[0]["message"])
        self.assertFalse(leads.user_id)
        self.assertEqual(self.pool.waiting_count, 6)
        events = self._events("would_distribute")
        self.assertEqual(events.mapped("note"), ["→ Li Na", "→ Wang Wei", "→ Zhao Min"] * 2)
        self.assertEqual(self.pool.member_ids.mapped("credit"), [0, 0, 0], "the real rotation did not move")
        why = " ".join(self._entries(leads[0]).with_user(self.admin).action_explain())
        self.assertIn("only observes", why)
        self.assertIn("would have given this lead to Li Na", why)

    def test_each_lead_is_observed_once_and_the_rotation_goes_on_in_mind(self):
        self.pool.write({"strategy": "rotation", "mode": "observe"})
        self._leads(2)
        self._run()
        self.assertEqual(self._run(), [])
        self._leads(2)
        self._run()
        self.assertEqual(
            self._events("would_distribute").mapped("note"), ["→ Li Na", "→ Wang Wei", "→ Zhao Min", "→ Li Na"]
        )

    def test_what_would_be_in_hand_counts(self):
        self.pool.write({"strategy": "least_loaded", "mode": "observe"})
        self._held(self.li)
        self._leads(2)
        self._run()
        self._leads(2)
        self._run()
        self.assertEqual(
            sorted(self._events("would_distribute").mapped("note")),
            ["→ Li Na", "→ Wang Wei", "→ Zhao Min", "→ Zhao Min"],
            "by what is in hand and would be, Li Na has one from the beginning",
        )

    def test_changed_rules_are_observed_again(self):
        self.pool.write({"strategy": "rotation", "mode": "observe"})
        self._leads(2)
        self._run()
        self.pool.write({"strategy": "default_assignee", "default_assignee_id": self.zhao.id})
        self._run()
        self.assertEqual(
            self._events("would_distribute").mapped("note"), ["→ Li Na", "→ Wang Wei", "→ Zhao Min", "→ Zhao Min"]
        )

    def test_what_older_rules_would_have_done_fills_no_hands(self):
        self.pool.write({"strategy": "default_assignee", "default_assignee_id": self.li.id, "mode": "observe"})
        self._member(self.li).capacity = 2
        self._leads(2)
        self.assertEqual(self._codes(self._run()), ["observe_only"] * 2)
        self.pool.cooling_days = 3
        self.assertEqual(self._codes(self._run()), ["observe_only"] * 2)

    def test_a_pool_that_goes_to_work_takes_nothing_back_without_a_warning(self):
        self.pool.write(
            {"mode": "observe", "reclaim_rule_ids": [Command.create({"name": "3 days", "no_follow_up_days": 3})]}
        )
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
        entry = self.env["lead.pool.entry"]
        with freeze_time("2026-03-09 09:00:00"):
            self.pool.mode = "active"
            self.assertEqual(entry._reclaim_due(), 0)
            self.assertEqual(str(lead.reclaim_at), "2026-03-10 09:00:00")
            self.assertEqual(entry._warn_due(), 1)
        with freeze_time("2026-03-10 09:00:00"):
            self.assertEqual(entry._reclaim_due(), 1)

    def test_people_go_on_and_at_work_the_pool_does_what_it_says(self):
        self.pool.write({"strategy": "rotation", "mode": "observe"})
        mine, other = self._leads(2)
        self._run()
        self.assertTrue(self._claim(self.zhao, mine)[0]["done"])
        self.pool.mode = "active"
        self._run()
        self.assertEqual(other.user_id, self.li)
        self.assertFalse(self._entries(other).observed_policy_id)

    def test_what_would_go_back_stays_and_is_written_down_once(self):
        self.pool.write(
            {"mode": "observe", "reclaim_rule_ids": [Command.create({"name": "3 days", "no_follow_up_days": 3})]}
        )
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
        entry = self.env["lead.pool.entry"]
        with freeze_time("2026-03-09 09:00:00"):
            self.assertEqual(entry._reclaim_due(), 0)
            self.assertEqual(entry._warn_due(), 0)
            self.assertEqual(entry._observe_due(10), 1)
            self.assertEqual(entry._observe_due(10), 0)
        self.assertEqual(lead.user_id, self.li)
        self.assertFalse(lead.reclaim_at, "no countdown to what will not happen")
        self.assertEqual(self._events("would_reclaim").mapped("lead_ref"), lead.ids)
        self._balance()
