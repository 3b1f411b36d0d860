from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..rules import claim
from ..rules.facts import OK
from .member_rules import MemberRuleCase


@tagged("post_install", "-at_install")
class TestRamp(MemberRuleCase):
    """Li Na joined at noon of 2 March 2026 in Shanghai: 10 leads in the end, over 9 days, one more a day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-03-02 04:00"):
            cls.pool.member_ids = [Command.create({"user_id": cls.li.id, "capacity": 10, "ramp_days": 9})]

    def test_a_bulk_claim_gives_exactly_what_the_ramp_allows(self):
        for day, allowed in ((2, 1), (5, 4), (8, 7), (11, 10), (30, 10)):
            with self.subTest(day=day), freeze_time(f"2026-03-{day:02} 04:00"):
                held = self._member(self.li).held
                answers = self._claim(self.li, self._leads(12))
                self.assertEqual(sum(answer["done"] for answer in answers), allowed - held)
                self.assertEqual({answer["code"] for answer in answers[allowed - held :]}, {"capacity_full"})
                self.assertIn(f"at most {allowed} leads", answers[-1]["message"])
                self.assertEqual(self._member(self.li).held, allowed)
        self._balance()

    def test_days_are_those_of_the_pool(self):
        with freeze_time("2026-03-02 15:59"):
            self.assertEqual(self._member(self.li).capacity_now, 1)
        self.env.invalidate_all()
        with freeze_time("2026-03-02 16:01"):  # the third of March in Shanghai
            self.assertEqual(self._member(self.li).capacity_now, 2)

    def test_the_database_refuses_what_a_rule_would_allow(self):
        with (
            freeze_time("2026-03-03 04:00"),
            patch.object(claim, "limit_verdict", lambda *args: OK),
            self.assertRaisesRegex(UserError, "A limit was reached"),
        ):
            self._claim(self.li, self._leads(3))

    def test_distribution_and_assignment_stop_at_the_ramp(self):
        self.pool.strategy = "rotation"
        with freeze_time("2026-03-03 04:00"):
            self._leads(5)
            self.pool._distribute()
            self.env.invalidate_all()
            self.assertEqual((self.pool.held_count, self.pool.waiting_count), (2, 3))
            [lead] = self._leads()
            [answer] = self._entries(lead).with_user(self.admin).action_assign(self.li.id)
            self.assertEqual(answer["code"], "target_full")
            with self.assertRaisesRegex(UserError, "as many leads as he may"):
                lead.with_user(self.admin).user_id = self.li
        self._balance()

    def test_above_the_ramp_only_when_said(self):
        with freeze_time("2026-03-02 05:00"):
            self._held(self.li)
            entry = self._entries(self._leads())
            [answer] = entry.with_user(self.admin).action_assign(self.li.id, over_capacity=True)
            self.assertTrue(answer["done"])
            holding = self.env["lead.pool.holding"].search([("lead_id", "=", entry.lead_id.id)])
            self.assertTrue(holding.over_capacity)
            self.assertFalse(self._member(self.li).over_capacity, "the flag is about the full capacity")
        self._balance()

    def test_the_wizard_knows_the_room_of_today(self):
        with freeze_time("2026-03-04 04:00"):
            self._held(self.li)
            entries = self._entries(self._leads(4))
            wizard = (
                self.env["lead.pool.assign"].with_user(self.admin).create({"entry_ids": [Command.set(entries.ids)]})
            )
            self.assertEqual(wizard.line_ids.mapped("room_text"), ["2"])

    def test_the_load_meter_and_the_list_show_the_number_of_today(self):
        with freeze_time("2026-03-05 04:00"):
            [load] = [
                load
                for load in self.env["lead.pool.member"].with_user(self.li).my_load()
                if load["pool_id"] == self.pool.id
            ]
            self.assertEqual(load["capacity"], 4)
            self.assertEqual(self._member(self.li).ramp_text, "now 4 of 10")
        self.env.invalidate_all()
        with freeze_time("2026-03-11 04:00"):
            self.assertRecordValues(self._member(self.li), [{"capacity_now": 10, "ramp_text": False}])

    def test_why_not_me_tells_the_number_of_today(self):
        self.pool.strategy = "rotation"
        with freeze_time("2026-03-03 04:00"):
            self._held(self.li, 2)
            self._leads()
            answer = self.pool.with_user(self.li).action_why_not_me()
        self.assertEqual(answer["code"], "capacity_full")
        self.assertIn("2 of 2", answer["message"])

    def test_what_a_rep_brings_himself_never_fails_and_is_flagged(self):
        with freeze_time("2026-03-02 05:00"):
            leads = self.env["crm.lead"].create(
                [{"name": f"Own {n}", "pool_id": self.pool.id, "user_id": self.li.id} for n in range(2)]
            )
            holdings = self.env["lead.pool.holding"].search([("lead_id", "in", leads.ids)], order="id")
            self.assertEqual(holdings.mapped("over_capacity"), [False, True])
        self._balance()

    def test_new_members_ramp_as_the_pool_says(self):
        self.pool.write({"member_capacity": 30, "member_ramp_days": 60})
        with freeze_time("2026-03-02 16:30"):
            self.pool.member_ids = [
                Command.create({"user_id": self.wang.id}),
                Command.create({"user_id": self.zhao.id, "capacity": 0}),
            ]
            self.assertRecordValues(
                self._member(self.wang) | self._member(self.zhao),
                [
                    {"ramp_days": 60, "capacity": 30, "capacity_now": 1},
                    {"ramp_days": 0, "capacity": 0, "capacity_now": 0},
                ],
            )
            self.assertEqual(str(self._member(self.wang).joined_at), "2026-03-03", "on the pool's clock")

    def test_somebody_else_in_the_same_line_starts_anew(self):
        member = self._member(self.li)
        with freeze_time("2026-04-01 04:00"):
            member.user_id = self.wang
            self.assertEqual((str(member.joined_at), member.capacity_now), ("2026-04-01", 1))

    def test_without_a_first_day_there_is_no_ramp(self):
        self._member(self.li).joined_at = False
        with freeze_time("2026-03-02 05:00"):
            self.assertEqual(self._member(self.li).capacity_now, 10)
            answers = self._claim(self.li, self._leads(11))
            self.assertEqual(sum(answer["done"] for answer in answers), 10)
