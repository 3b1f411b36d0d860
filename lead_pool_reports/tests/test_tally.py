from datetime import datetime
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..models import lead_pool_tally
from .common import ReportsCase


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestTally(ReportsCase):
    """Reports by day add up hours that were counted before, and the events since; the figures are the same."""

    def setUp(self):
        super().setUp()
        self.tally = self.env["lead.pool.tally"].sudo()

    def _count_all(self):
        for _turn in range(50):
            self.tally._count()
            if not self._behind_the_mark():
                return
        self.fail("it never comes to its end")

    def _behind_the_mark(self):
        [(number,)] = self.env.execute_query(
            lead_pool_tally.SQL(
                """SELECT count(*) FROM lead_pool_event
                    WHERE id > (SELECT COALESCE(max(counted_to), 0) FROM lead_pool_tally_mark)"""
            )
        )
        return number

    def _all(self):
        """The figures of all who read whole pools, in all and by pool."""
        return {
            (user.name, by_pool): self._figures(user, "pool_dynamics", by_pool=by_pool)
            for user in (self.manager, self.admin, self.leader)
            for by_pool in (False, True)
        }

    def test_the_figures_are_the_same_before_between_and_after_counting(self):
        before = self._all()
        self.assertTrue(before["Manager", False]["2026-03-02"]["entered"])
        with patch.object(lead_pool_tally, "CHUNK", 7), patch.object(lead_pool_tally, "FEW", 0):
            counted = []
            while self._behind_the_mark():
                counted.append(self.tally._count()[0])
                self.assertEqual(self._all(), before)
        self.assertGreater(len(list(filter(None, counted))), 2)
        self._count_all()
        self.assertEqual(self._all(), before)
        self.assertTrue(self.tally.search_count([]))
        self._do(self.li, self.beijing[5]).action_claim()
        after = self._all()
        self.assertEqual(after["Manager", False]["2026-03-06"]["claimed"], 1, "counted or not, it is there at once")
        self._count_all()
        self.assertEqual(self._all(), after)

    def test_days_of_a_time_zone_are_added_up_when_it_is_new_and_kept_from_then_on(self):
        """Half of the events are counted before the zone is known, half of them after."""
        reader = self.manager
        reader.tz = "Asia/Shanghai"
        before = self._all()
        [(first, last)] = self.env.execute_query(lead_pool_tally.SQL("SELECT min(id), max(id) FROM lead_pool_event"))
        with patch.object(lead_pool_tally, "CHUNK", (first + last) // 2):
            while not self.tally._count()[0]:
                pass
        self.assertTrue(self._behind_the_mark())
        while self.tally._open_zone()[1]:
            self.assertEqual(self._all(), before)
        self._count_all()
        zones = self.env["lead.pool.tally.zone"].sudo().search([]).mapped("tz")
        self.assertEqual(set(zones), set(self.env["lead.pool"].sudo().search([]).mapped("tz")))
        self.assertEqual(self._all(), before)
        entry = self._do(self.zhao, self.beijing[5])
        [claim] = entry.action_claim()
        self._count_all()
        entry.browse(claim["id"]).action_undo_claim()
        self.assertEqual(self._all(), before)
        self._count_all()
        self.assertEqual(self._all(), before)
        self.assertEqual(self.tally._day_differences(), [])
        Day = self.env["lead.pool.tally.day"].sudo()
        Day.search([("tz", "=", zones[0]), ("kind", "=", "entered")])[:1].count += 3
        Day.search([("tz", "=", zones[0]), ("kind", "=", "claimed")])[:1].unlink()
        self.assertEqual(len(self._compared("tallies", mend=True)), 2)
        self.assertEqual(self._compared("tallies"), [])
        self.assertEqual(self._all(), before)
        Day.search([]).count = 1000  # whoever reads these is found out
        self.env.flush_all()
        with self.assertRaises(AssertionError):
            self.assertEqual(self._all(), before)

    def test_a_claim_that_was_undone_is_taken_away_again(self):
        self._count_all()
        before = self._all()
        entry = self._do(self.zhao, self.beijing[5])
        [claim] = entry.action_claim()
        self._count_all()
        self.assertEqual(self._all()["Manager", False]["2026-03-06"]["claimed"], 1)
        [answer] = entry.browse(claim["id"]).action_undo_claim()
        self.assertTrue(answer["done"], answer)
        self.assertEqual(self._all(), before, "not counted yet")
        self._count_all()
        self.assertEqual(self._all(), before)

    def test_days_that_begin_at_half_an_hour_are_read_from_the_events(self):
        self._count_all()
        self.tally.search([]).count = 1000  # whoever adds these up is found out
        self.manager.tz = "Asia/Kolkata"
        report = self.env["lead.pool.report"].with_user(self.manager).with_context(tz="Asia/Kolkata")
        table = report.table("pool_dynamics", {"period": "custom", "date_from": "2026-03-02", "date_to": "2026-03-02"})
        self.assertLess(max(cell for cell in table["rows"][0]["cells"][1:]), 100)

    def test_the_check_compares_the_tallies_with_the_events_and_the_repair_counts_again(self):
        self._count_all()
        Pool = self.env["lead.pool"].sudo()
        self.assertEqual(self._compared("tallies"), [])
        wrong, gone = (
            self.tally.search([("kind", "=", "entered")])[:1],
            self.tally.search([("kind", "=", "claimed")])[:1],
        )
        wrong.count += 5
        made = wrong.copy({"hour": datetime(2026, 3, 3, 1)})
        gone.unlink()
        before = self._compared("tallies")
        self.assertEqual([code for code, _values in before], ["tally"] * 3)
        words = [Pool._difference_sentence(code, values) for code, values in before]
        self.assertIn("tally 11, events 6", words[0])
        self.assertIn("Repair", Pool._health_answers([("tally", {"count": 3, "leads": "x"})])[0]["message"])
        self.assertEqual(len(self._compared("tallies", mend=True)), 3)
        self.assertEqual(self._compared("tallies"), [])
        self.assertFalse(made.exists())
        self.assertIn("tally", Pool._mendable())

    def test_nothing_has_happened_yet(self):
        self.env.cr.execute("ALTER TABLE lead_pool_event DISABLE TRIGGER USER")
        self.env.cr.execute("DELETE FROM lead_pool_event")
        self.assertEqual(self.env["lead.pool"]._compare("tallies", 0, False), (None, 0, []))
        for _turn in range(3):
            self.assertEqual(self.tally._count()[0], 0)
