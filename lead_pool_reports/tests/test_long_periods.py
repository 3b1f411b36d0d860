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
class TestLongPeriods(FactsReader, OfficeCase):
    """Half a year in Berlin, with holidays and both nights in which clocks change: what is told by whole months,
    quarters and years is that of single leads."""

    REPORTS = ("first_touch", "rep_status", "follow_ups", "fairness", "sources", "reasons")
    READERS = ("manager", "admin", "leader")
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
        moments += [datetime(2025, 9, 26) + timedelta(hours=dice.randrange(195 * 24)) for _lead in range(14)]
        moments += [datetime(2025, 12, 1, 9), datetime(2026, 2, 13, 21), datetime(2026, 4, 9, 9)]
        leads = self.env["crm.lead"]
        for number in range(len(moments)):  # a lead comes in before it is claimed
            with freeze_time(min(sorted(moments)[number], datetime(2026, 1, 2)) - timedelta(minutes=30)):
                leads |= self._leads(1)
        sources = self.env["utm.source"].create([{"name": name} for name in ("Spring Fair", "Letter")])
        for number, (moment, lead) in enumerate(zip(sorted(moments), leads, strict=True)):
            rep = dice.choice((self.li, self.wang))
            with freeze_time(moment):
                self._do(rep, lead).action_claim()
            after = moment + timedelta(hours=dice.choice((1, 2, 14, 30, 55, 90, 500)))
            with freeze_time(min(after, datetime(2026, 4, 10, 11))):
                if dice.random() < 0.7:
                    lead.with_user(rep).action_follow_up({"note": "Talked about prices at length"})
                elif dice.random() < 0.7:
                    self._do(rep, lead).action_return(self._reason("return").id)
            if number % 3:
                lead.source_id = sources[number % 3 - 1]
        self.env.flush_all()
        self.further = [("first_touch", period) for period in self.PERIODS]
        self.further += [("first_touch", {**period, "by": "pool"}) for period in ({}, self.PERIODS[1])]
        self.further += [(name, self.PERIODS[2]) for name in self.REPORTS[1:]]
        self.further += [("reasons", {**period, "by": by}) for period in self.PERIODS[1:3] for by in ("source", "rep")]
        of_source, of_pool = {"source_ids": sources[:1].ids}, {"pool_ids": self.pool.ids}
        self.further += [("sources", {**self.PERIODS[1], **filters}) for filters in (of_source, of_pool)]
        self.further += [
            ("funnel", {**period, **options})
            for period in ({}, self.PERIODS[1])
            for options in ({"by": "source"}, {"by": "pool", **of_source}, {"by": "source", **of_pool})
        ]

    def test_what_is_due_by_the_day_of_the_week_is_what_is_due_of_each_lead(self):
        recount = self.assert_told(further=self.further)
        total = recount["first_touch", "Manager"]["total"]
        self.assertGreater(total["received"], 25)
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

    def test_years_months_and_pools_are_read_from_their_sums_and_made_again(self):
        """Right, with wrong sums, and repaired."""
        self._tell()
        before = self._figures_of_all(self.further)
        pools = {"pool_ids": self.pool.ids}
        read = [
            ("fact_given", "leads", "span = 'year'", self.manager, "fairness", {}),
            ("fact_given", "leads", "span = 'month'", self.leader, "fairness", self.PERIODS[2]),
            ("fact_source_day", "won", "span = 'year' AND pool_ref = -1", self.manager, "sources", {}),
            ("fact_holding_day", "received", "span = 'year'", self.manager, "rep_status", {}),
            ("fact_talk_day", "leads", "span = 'year'", self.leader, "follow_ups", {}),
            ("fact_wait_day", "received", "span = 'year'", self.manager, "first_touch", {"by": "pool"}),
            ("fact_course", "count", "span = 'year'", self.manager, "afterlife", {"rows": "before"}),
            ("fact_campaign_day", "leads", "span = 'year' AND pool_ref > 0", self.admin, "campaign_cash", {}),
            ("fact_reason_day", "returned", "span = 'year'", self.manager, "reasons", {"by": "source"}),
            ("fact_step_day", "leads", "span = 'year' AND kind = 'all'", self.manager, "funnel", {}),
        ]
        for span, since in (("year", {}), ("month", {"date_from": "2025-11-15"})):
            read += [
                ("fact_source_day", "leads", f"span = '{span}' AND pool_ref = -1", self.manager, "sources", since),
                ("fact_source_day", "leads", f"span = '{span}' AND pool_ref > 0", self.admin, "sources", since),
                ("fact_source_day", "leads", f"span = '{span}' AND pool_ref > 0", self.manager, "sources",
                 {**pools, **since}),
                ("fact_reason_day", "returned", f"span = '{span}'", self.manager, "reasons", since),
                ("tally_rep", "count", f"span = '{span}'", self.manager, "follow_ups", since),
                ("tally_rep", "count", f"span = '{span}'", self.leader, "rep_status", since),
            ]  # fmt: skip
        for table, figure, which, user, report, options in read:
            name, options = f"{report} of {user.name}: {table}, {which}", {**self.PERIOD, **options}
            told = self._figures(user, report, **options)
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s = %s + 100 WHERE %s",
                    SQL.identifier(f"lead_pool_{table}"),
                    SQL.identifier(figure),
                    SQL.identifier(figure),
                    SQL(which),
                )
            )
            self.env.invalidate_all()
            self.assertNotEqual(self._figures(user, report, **options), told, name)
            phase = "tallies" if table == "tally_rep" else "sums"
            self.assertTrue(self._compared(phase, mend=True), name)
            self.assertEqual(self._compared(phase), [], name)
        self.assertEqual(self._figures_of_all(self.further), before)

    def test_a_leader_meets_no_pool_in_which_his_people_never_had_a_lead(self):
        """Wang of his team got leads in Beijing: the leader reads it, and no pool besides."""
        elsewhere = self._pool("Elsewhere", [self.li], tz="Europe/Berlin", first_contact_days=1)
        with freeze_time("2026-01-20 09:00:00"):
            self._do(self.li, self._leads(1, elsewhere)).action_claim()
        self.env["lead.pool.member"].sudo().search([("user_id", "=", self.wang.id)]).unlink()
        self._tell()

        def pools(user, options):
            rows = self._figures(user, "fairness", **{**self.PERIOD, **options})
            return {row["pool"] for key, row in rows.items() if key != "total"}

        for options in ({}, *self.PERIODS):
            with self.subTest(options=options):
                self.assertIn(self.pool.name, pools(self.leader, options))
                self.assertNotIn("Elsewhere", pools(self.leader, options))
        self.assertIn("Elsewhere", pools(self.manager, {}))
