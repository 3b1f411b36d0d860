"""On which clock limits are counted, and what of them contradicts itself."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .claim_orders import NINE, OrderCase


@tagged("post_install", "-at_install")
class TestClaimClocks(OrderCase):
    """Limits are counted on the pool's clock, whatever the rep's own one says, and say when they end."""

    def test_a_rep_who_moves_his_clock_moves_no_limit(self):
        """ATK-22: by a time zone in which it is tomorrow."""
        self._member(self.li).daily_claim_limit = 1
        with freeze_time("2026-03-02 15:30:00"):  # 23:30 in Shanghai
            self._held(self.li)
            self.li.tz = "Pacific/Kiritimati"  # already tomorrow
            entry = self._entries(self._leads()).with_user(self.li)
            [answer] = entry.with_context(tz="Pacific/Kiritimati").action_claim()
            self.assertEqual((answer["code"], answer["retry_at"]), ("daily_limit", "2026-03-02 16:00:00"))
            self.assertIn("2026-03-03 06:00", answer["message"], "the moment in his own time")

    def test_days_of_23_and_25_hours(self):
        """ATK-21: on days in which the clock changes."""
        self.pool.tz = "Europe/Berlin"
        self._member(self.li).daily_claim_limit = 1
        for before, midnight in (
            ("2026-03-28 23:30:00", "2026-03-29 22:00:00"),  # the clock goes forward on the 29th
            ("2026-10-24 22:30:00", "2026-10-25 23:00:00"),  # and back on the 25th
        ):
            with self.subTest(before):
                with freeze_time(before):
                    self._held(self.li)
                    [answer] = self._claim(self.li, self._leads())
                    self.assertEqual((answer["code"], answer["retry_at"]), ("daily_limit", midnight))
                with freeze_time(midnight):
                    self.assertEqual(self._codes(self._claim(self.li, self._leads())), [False])

    def test_the_hour_of_all_pools_is_that_of_the_company(self):
        self.company.lead_pool_hourly_claim_limit = 1
        self.pool.tz = "Asia/Kolkata"  # its hours begin at half past
        with freeze_time("2026-03-02 09:10:00"):
            self._held(self.li)
            [answer] = self._claim(self.li, self._leads())
        self.assertEqual((answer["code"], answer["retry_at"]), ("hourly_limit_all", "2026-03-02 10:00:00"))

    def test_a_new_member_learns_when_he_may_hold_more(self):
        with freeze_time(NINE):
            self._member(self.li).write({"capacity": 11, "ramp_days": 10, "joined_at": "2026-03-02"})
            self._held(self.li)
            [answer] = self._claim(self.li, self._leads())
            self.assertEqual((answer["code"], answer["retry_at"]), ("capacity_full", "2026-03-02 16:00:00"))
        with freeze_time("2026-03-02 16:00:00"):
            self.assertEqual(self._codes(self._claim(self.li, self._leads(2))), [False, "capacity_full"])

    def test_a_limit_lowered_below_what_was_used_refuses_and_keeps_what_he_has(self):
        self._held(self.li, 3)
        self._member(self.li).write({"daily_claim_limit": 2, "capacity": 0})
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["daily_limit"])
        self.assertEqual(self._member(self.li).held, 3)
        self._balance()


@tagged("post_install", "-at_install")
class TestClaimSettings(OrderCase):
    """What cannot work is refused with a sentence, what contradicts itself is told."""

    def test_what_is_out_of_range_is_refused(self):
        for values in (
            {"backlog_limit": -1},
            {"backlog_limit": "many"},
            {"cooling_days": 3651},
            {"cooling_days": 2**31 - 1},
            {"protection_minutes": 3650 * 24 * 60 + 1},
        ):
            with self.subTest(values), self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.pool.write(values)
        self.pool.write({"cooling_days": 3650, "protection_minutes": 3650 * 24 * 60})
        self.assertEqual(self._codes(self._claim(self.li, self._leads())), ["protected"])

    def test_contradictions_are_told(self):
        self._member(self.li).write({"hourly_claim_limit": 5, "daily_claim_limit": 3, "capacity": 2})
        rule = self.env["lead.pool.claim.rule"].create(
            {"name": "Wuhan", "pool_id": self.pool.id, "user_ids": [Command.set(self.zhao.ids)]}
        )
        self._member(self.zhao).unlink()
        warnings = str(self.pool.with_user(self.manager).warnings)
        self.assertRegex(warnings, "Li Na: the limit of an hour is larger")
        self.assertRegex(warnings, "Li Na: the limit of a day is larger")
        self.assertRegex(warnings, "“Wuhan” lets no member")
        self.pool.member_ids.write({"capacity": 2})
        self.pool.backlog_limit = 2
        self.env.invalidate_all()
        self.assertRegex(str(self.pool.with_user(self.manager).warnings), "untouched ones is never reached")
        rule.active = False
        self._member(self.li).write({"hourly_claim_limit": 0, "daily_claim_limit": 2})
        self.pool.backlog_limit = 0
        self.env.invalidate_all()
        self.assertFalse(self.pool.with_user(self.manager).warnings)

    def test_the_summary_tells_the_order_and_who_may_claim(self):
        self.pool.write({"claim_order": "pull", "backlog_limit": 4})
        self.env["lead.pool.claim.rule"].create(
            {"name": "Wuhan", "pool_id": self.pool.id, "user_ids": [Command.set(self.zhao.ids)]}
        )
        summary = str(self.pool.with_user(self.manager).summary)
        self.assertIn("the best one for him", summary)
        self.assertIn("more than 4 leads", summary)
        self.assertIn("“Wuhan”: claimed by Zhao Min.", summary)
        self.assertNotIn("Wuhan", str(self.pool.with_user(self.li).summary))

    def test_a_claim_asks_no_more_of_the_database_than_before(self):
        """Orders, rules, backlog and undo cost nothing where they are not used."""
        self._held(self.li)
        entry = self._entries(self._leads())
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        entry.with_user(self.li).action_claim()
        self.env.flush_all()
        self.assertLessEqual(self.env.cr.sql_log_count - before, 25)
