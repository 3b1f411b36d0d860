import random
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.reports.pool_days import join_day, worked_until
from .common import MARCH, ReportsCase

HOUR = 3600
FRIDAY = "2026-03-06 12:00:00"


class OfficeCase(ReportsCase):
    """The pools work in Shanghai from Monday to Friday, 9–12 and 13–18."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        hours = [(day, *span) for day in range(5) for span in ((9, 12), (13, 18))]
        cls.office = cls.env["resource.calendar"].create(
            {
                "name": "Office",
                "company_id": cls.company.id,
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create({"name": "Office", "dayofweek": str(day), "hour_from": start, "hour_to": end})
                        for day, start, end in hours
                    ),
                ],
            }
        )
        (cls.pool | cls.open_pool).calendar_id = cls.office


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestFirstTouch(OfficeCase):
    def _of(self, user, key, **options):
        return self._figures(user, "first_touch", **options)[key]

    def _key(self, user=None, pool=None):
        return f"{user.id if user else 0}/{pool.id if pool else 0}"

    def test_li_claims_on_monday_at_noon_and_calls_on_tuesday_at_two(self):
        li = self._of(self.manager, self._key(self.li))
        self.assertEqual((li["received"], li["touched"], li["touched_share"]), (4, 2, 0.5))
        self.assertEqual((li["median"], li["ninety"]), (26 * HOUR, 26 * HOUR))
        # Monday 13–18, Tuesday 9–12 and 13–14
        li = self._of(self.manager, self._key(self.li), time="working")
        self.assertEqual((li["median"], li["ninety"]), (9 * HOUR, 9 * HOUR))
        self.assertEqual(self._of(self.manager, "total", time="working")["median"], 9 * HOUR)

    def test_a_holiday_is_no_working_time(self):
        self.env["lead.pool.working.day"].create({"date": "2026-03-02", "works": False, "name": "Founders' Day"})
        self.assertEqual(self._of(self.manager, self._key(self.li), time="working")["median"], 4 * HOUR)

    def test_a_pool_that_promises_nothing_judges_nobody(self):
        figures = self._figures(self.manager, "first_touch", by="pool")
        for key in (self._key(pool=self.pool), "total"):
            self.assertEqual((figures[key]["due"], figures[key]["kept_share"]), (0, None))
        self.assertIsNone(figures[self._key(pool=self.pool)]["promised"])

    def test_the_first_contact_is_promised_until_the_evening_of_the_working_day(self):
        self.pool.first_contact_days = 1
        # Li's two of Monday were touched on Tuesday; what was returned, recalled or came on Friday is not judged
        figures = self._figures(self.manager, "first_touch", by="both")
        li = figures[self._key(self.li, self.pool)]
        self.assertEqual((li["promised"], li["due"], li["kept"], li["kept_share"]), (1, 2, 2, 1))
        self.assertEqual(figures[self._key(self.wang, self.pool)]["due"], 0)
        with freeze_time("2026-03-09 15:59:00"):  # Monday, a minute before midnight: what came on Friday has time
            self.assertEqual(self._of(self.manager, "total")["due"], 2)
        with freeze_time("2026-03-09 16:00:00"):
            total = self._of(self.manager, "total")
            self.assertEqual((total["due"], total["kept"]), (4, 2))

    def test_else_the_first_reclaim_rule_for_all_leads_promises(self):
        rules = [
            {"name": "Urgent", "domain": "[('priority', '=', '3')]", "no_first_touch_days": 0.1, "warn_days": 0},
            {"name": "All", "no_first_touch_days": 0.2, "no_follow_up_days": 3, "warn_days": 0},
        ]
        self.open_pool.write({"reclaim_rule_ids": [Command.create({"sequence": n, **r}) for n, r in enumerate(rules)]})
        # Wang had both of Shanghai for six hours on Thursday
        shanghai = self._of(self.manager, self._key(pool=self.open_pool), by="pool")
        self.assertEqual((shanghai["promised"], shanghai["due"], shanghai["kept"]), (0.2, 2, 0))
        self.assertEqual(shanghai["kept_share"], 0)
        self.open_pool.reclaim_rule_ids[1].no_first_touch_days = 0.3
        self.assertEqual(self._of(self.manager, self._key(pool=self.open_pool), by="pool")["due"], 0)

    def test_working_days_of_a_rule_leave_the_weekend_out(self):
        self.pool.write(
            {
                "reclaim_rule_ids": [
                    Command.create({"name": "All", "no_follow_up_days": 1, "working": True, "warn_days": 0})
                ]
            }
        )
        # Li had his three of Monday for more than a day and called two of them after it; Friday's two came at 5
        for moment, judged in (("2026-03-09 04:59:00", 3), ("2026-03-09 05:00:00", 5)):
            with freeze_time(moment):
                self.assertEqual(self._of(self.manager, "total")["due"], judged, moment)

    def test_behind_each_figure_are_as_many_records(self):
        self.pool.first_contact_days = 1
        with freeze_time("2026-03-10 12:00:00"):
            for user in (self.manager, self.admin, self.li, self.leader):
                for by in ("rep", "pool", "both"):
                    table = self._report(user, "first_touch", by=by)
                    codes = [column["code"] for column in table["columns"]]
                    for row in [*table["rows"], table["total"]]:
                        self.assertIn("received", row["drill"])
                        for code in row["drill"]:
                            found = self._behind(user, "first_touch", row["key"], code, by=by)
                            self.assertEqual(len(found), row["cells"][codes.index(code)], (user.name, row["key"], code))

    def test_nobody_received_anything(self):
        self.assertEqual(self._report(self.stranger, "first_touch")["rows"], [])
        figures = self._figures(self.manager, "first_touch", date_from="2025-01-01", date_to="2025-01-31")
        self.assertEqual((list(figures), figures["total"]["median"]), (["total"], None))

    def test_a_rep_reads_his_own(self):
        self.assertEqual(list(self._figures(self.li, "first_touch")), [self._key(self.li), "total"])

    def test_working_seconds_in_sql_are_those_counted_by_the_rules(self):
        """Over a weekend, a holiday and the night in which the clocks of Berlin change."""
        berlin = self._pool("Berlin", tz="Europe/Berlin")
        berlin.calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Night",
                "company_id": self.company.id,
                "tz": "Europe/Berlin",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create({"name": "Night", "dayofweek": str(day), "hour_from": start, "hour_to": end})
                        for day in (0, 4, 6)
                        for start, end in ((0, 4), (8.5, 24))
                    ),
                ],
            }
        )
        self.env["lead.pool.working.day"].create({"date": "2026-03-28", "name": "Worked in exchange"})
        self.env.flush_all()
        times, dice = berlin._working_time(), random.Random(7)
        begin = datetime(2026, 3, 26, 23)
        step = timedelta(minutes=15)
        opened = [times.is_open(begin + number * step) for number in range(5 * 96)]
        places = sorted(dice.sample(range(len(opened)), 30))
        moments = [begin + number * step for number in places]
        days, spans = self.env["lead.pool.report"].sudo()._days_of_pools(date(2026, 3, 26), date(2026, 4, 2))
        rows = self.env.execute_query(
            SQL(
                """WITH %s SELECT %s FROM unnest(%s::timestamp[]) m
                     JOIN clock ON clock.pool_id = %s %s ORDER BY m""",
                days,
                worked_until(SQL("m"), SQL("day"), spans),
                moments,
                berlin.id,
                join_day(SQL("m"), "day"),
            )
        )
        worked = [float(seconds) for (seconds,) in rows]
        by_hand = [900 * sum(opened[places[0] : place]) for place in places]
        self.assertEqual([seconds - worked[0] for seconds in worked], by_hand)
        self.assertGreater(by_hand[-1], 24 * HOUR)


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestHoursOfTheWeek(OfficeCase):
    def test_leads_came_on_monday_morning_and_on_friday_at_lunch(self):
        figures = self._figures(self.manager, "arrival_heat")
        self.assertEqual({int(key) for key in figures if key != "total"}, set(range(1, 8)))
        monday, friday = figures["1"], figures["5"]
        # at ten o'clock in Shanghai; on Friday at one
        self.assertEqual((monday["all"], monday["h2"], monday["working"], monday["working_share"]), (8, 8, 8, 1))
        self.assertEqual((friday["all"], friday["h5"], friday["working"]), (1, 1, 1))
        self.assertEqual((figures["total"]["all"], figures["3"]["all"]), (9, 0))
        self.assertIsNone(figures["3"]["working_share"])

    def test_hours_are_the_readers_and_working_hours_the_pools(self):
        with freeze_time("2026-03-03 16:30:00"):  # Wednesday, half past midnight in Shanghai
            self._leads(1)
        self.assertEqual(self._figures(self.manager, "arrival_heat")["2"]["h16"], 1)
        self.env = self.env(context={**self.env.context, "tz": "Asia/Shanghai"})
        figures = self._figures(self.manager, "arrival_heat")
        self.assertEqual((figures["1"]["h10"], figures["3"]["h0"], figures["3"]["working"]), (8, 1, 0))
        self.assertEqual(len(self._behind(self.manager, "arrival_heat", "3", "h0")), 1)
        self.assertEqual(len(self._behind(self.manager, "arrival_heat", "1", "h10")), 8)

    def test_first_follow_ups(self):
        figures = self._figures(self.manager, "arrival_heat", what="touched")
        self.assertEqual((figures["2"]["h6"], figures["total"]["all"], figures["total"]["working"]), (2, 2, 2))
        self.assertEqual(self._figures(self.li, "arrival_heat", what="touched")["2"]["h6"], 2)
        self.assertEqual(self._report(self.wang, "arrival_heat", what="touched")["rows"], [])

    def test_a_rep_reads_when_he_received_leads(self):
        figures = self._figures(self.li, "arrival_heat")
        self.assertEqual((figures["1"]["h4"], figures["5"]["h5"], figures["total"]["all"]), (3, 1, 4))

    def test_the_days_are_named_in_the_readers_language(self):
        table = self._report(self.manager, "arrival_heat")
        self.assertIn("Monday", [row["heading"] for row in table["rows"]])
        self.assertEqual(
            [series["label"] for series in table["chart"]["series"]], [r["heading"] for r in table["rows"]]
        )

    def test_behind_each_figure_are_as_many_records(self):
        for user in (self.manager, self.admin, self.li, self.leader):
            for what in ("arrived", "touched"):
                table = self._report(user, "arrival_heat", what=what)
                codes = [column["code"] for column in table["columns"]]
                for row in [*table["rows"], table["total"]]:
                    self.assertEqual(bool(row["drill"]), bool(row["cells"][1]), (user.name, what, row["key"]))
                    for code in row["drill"]:
                        found = self._behind(user, "arrival_heat", row["key"], code, what=what)
                        self.assertEqual(
                            len(found), row["cells"][codes.index(code)], (user.name, what, row["key"], code)
                        )

    def test_half_hours_added_up_are_the_leads_counted_one_by_one(self):
        """Around the night in which the clocks of Berlin change, and of places that are half an hour apart."""
        dice, shut = random.Random(3), self._pool("Shut", tz="Europe/Berlin")
        shut.calendar_id = self.office
        for pool in (self.pool, self.open_pool, shut):
            for _lead in range(12):
                with freeze_time(datetime(2026, 3, 27) + timedelta(minutes=15 * dice.randrange(4 * 96))):
                    self._leads(1, pool)
        options = {"period": "custom", "date_from": "2026-03-02", "date_to": "2026-03-30"}
        with freeze_time("2026-03-31 12:00:00"):
            for tz in ("Asia/Shanghai", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "UTC"):
                for user in (self.manager, self.admin):
                    for what in ("arrived", "touched"):
                        report = self.env["lead.pool.report"].with_user(user).with_context(tz=tz)
                        asked = report._asked("arrival_heat", {**options, "what": what})
                        added = report.sudo()._sums_arrival_heat(asked)
                        one_by_one = report.sudo()._counted_arrival_heat(asked)
                        self.assertEqual(sorted(map(repr, added)), sorted(map(repr, one_by_one)), (tz, user.name, what))
        self.assertEqual(sum(fact.leads for fact in added), 2)

    def test_where_hours_do_not_begin_with_a_half_hour_leads_are_counted_one_by_one(self):
        report = self.env["lead.pool.report"].with_user(self.manager).sudo()
        asked = report.with_context(tz="Asia/Kathmandu")._asked("arrival_heat", MARCH)
        self.assertIsNone(report._sums_arrival_heat(asked))
        self.office.attendance_ids[0].hour_from = 9.25
        self.assertIsNone(report._sums_arrival_heat(report._asked("arrival_heat", MARCH)))
        self.assertEqual(self._figures(self.manager, "arrival_heat")["total"]["all"], 9)

    def test_a_pool_deleted_since_was_never_open(self):
        gone = self._pool("Gone")
        lead = self._leads(1, gone)
        self._do(self.admin, lead).action_transfer(self.pool.id)
        gone.unlink()
        total = self._figures(self.manager, "arrival_heat")["total"]
        self.assertEqual((total["all"], total["working"]), (10, 9))
        self.assertEqual(self._figures(self.manager, "funnel", by="pool")[str(gone.id)]["pool"], "A deleted pool")
