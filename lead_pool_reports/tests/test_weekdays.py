import random
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from .common import FactsReader
from .test_first_touch import OfficeCase

#: Around the nights in which the clocks of Berlin change, in UTC: half past midnight there, and half past eleven.
NIGHTS = ("2025-10-25 22:30", "2025-10-26 22:30", "2025-10-26 23:30", "2026-03-28 22:30", "2026-03-28 23:30")


@freeze_time("2026-04-10 12:00:00")
@tagged("post_install", "-at_install")
class TestWeekdays(FactsReader, OfficeCase):
    """Half a year in Berlin, with holidays and both nights in which clocks change: what is due and kept is told by the
    days of the week of whole quarters, and is that of single leads."""

    REPORTS = ("first_touch", "rep_status")
    PERIOD = {"period": "custom", "date_from": "2025-01-01", "date_to": "2026-04-10"}
    PERIODS = (
        {"date_from": "2025-10-01", "date_to": "2025-12-31"},
        {"date_from": "2025-10-02", "date_to": "2026-12-31"},
        {"date_from": "2025-11-15", "date_to": "2026-02-14"},
        {"date_from": "2026-01-01", "date_to": "2026-04-09"},
    )

    def setUp(self):
        super().setUp()
        self.office.tz = "Europe/Berlin"
        self.env["lead.pool"].sudo().search([]).write({"tz": "Europe/Berlin", "first_contact_days": 1})
        for user in (self.manager, self.leader, self.admin, self.li):
            user.tz = "Europe/Berlin"
        self.env["lead.pool.working.day"].create(
            [
                {"date": "2025-12-01", "works": False, "name": "Founders' Day"},
                {"date": "2026-02-14", "works": True, "name": "Worked in exchange"},
                {"date": "2026-04-06", "works": False, "name": "Easter Monday"},
            ]
        )
        dice = random.Random(3)
        moments = [datetime.fromisoformat(night) for night in NIGHTS]
        moments += [datetime(2025, 9, 26) + timedelta(hours=dice.randrange(195 * 24)) for _lead in range(22)]
        moments += [datetime(2025, 12, 1, 9), datetime(2026, 2, 13, 21), datetime(2026, 4, 9, 9)]
        with freeze_time("2025-09-25 08:00:00"):
            leads = self._leads(len(moments))
        for moment, lead in zip(sorted(moments), leads, strict=True):
            rep = dice.choice((self.li, self.wang))
            with freeze_time(moment):
                self._do(rep, lead).action_claim()
            after = moment + timedelta(hours=dice.choice((1, 2, 14, 30, 55, 90, 500)))
            with freeze_time(min(after, datetime(2026, 4, 10, 11))):
                if dice.random() < 0.7:
                    lead.with_user(rep).action_follow_up({"note": "Talked about prices at length"})
                elif dice.random() < 0.7:
                    self._do(rep, lead).action_return(self._reason("return").id)
        self.further = [
            ("first_touch", {**period, **by}) for period in ({}, *self.PERIODS) for by in ({}, {"by": "pool"})
        ]

    def test_what_is_due_by_the_day_of_the_week_is_what_is_due_of_each_lead(self):
        recount = self.assert_told(further=self.further)
        total = recount["first_touch", "Manager"]["total"]
        self.assertGreater(total["received"], 30)
        self.assertTrue(0 < total["kept"] < total["due"] < total["received"], total)
        leader = recount["first_touch", "Leader"]
        self.assertEqual(set(leader), {f"{self.wang.id}/0", "total"}, "his team alone")
        self.env["lead.pool.working.day"].create({"date": "2026-01-12", "works": False, "name": "A day off for all"})
        self.env.flush_all()
        self.assertEqual(self._figures_of_all(self.further), self._recount(self.further), "another calendar")

    def test_quarters_are_read_from_their_weekdays_and_made_again(self):
        self._tell()
        before = self._figures_of_all(self.further)
        self.env.cr.execute("UPDATE lead_pool_fact_wait_weekday SET t00 = t00 + 100")
        wrong = self._figures_of_all(self.further)
        for user in (self.manager, self.leader):
            self.assertNotEqual(wrong["first_touch", user.name], before["first_touch", user.name], user.name)
        self.assertEqual(wrong["rep_status", "Manager"], before["rep_status", "Manager"])
        self.env.cr.execute("DELETE FROM lead_pool_fact_wait_weekday WHERE day < '2026-01-01' AND weekday = 1")
        found = self._compared("sums")
        self.assertTrue(found)
        self.assertEqual(self._compared("sums", mend=True), found)
        self.assertEqual(self._compared("sums"), [])
        self.assertEqual(self._figures_of_all(self.further), before)
        rows = self.env.execute_query(
            SQL("SELECT DISTINCT day, weekday FROM lead_pool_fact_wait_weekday WHERE received > 0")
        )
        self.assertLessEqual(len(rows), 4 * 7, "a row for each weekday of a quarter")
        self.assertEqual({day.month % 3 for day, _weekday in rows}, {1})
