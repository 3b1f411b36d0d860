from datetime import datetime, timedelta
from pathlib import Path

from freezegun import freeze_time
from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from .common import LeadPoolCase

# In Shanghai, eight hours ahead of UTC; the office works Monday to Friday 9–12 and 13–18
MONDAY_NIGHT = "2026-03-01 20:00:00"  # 4:00
MONDAY_NINE = "2026-03-02 01:00:00"
MONDAY_NOON = "2026-03-02 04:30:00"  # 12:30
FRIDAY_EVENING = "2026-03-06 11:00:00"  # 19:00
SATURDAY_TEN = "2026-03-07 02:00:00"
OPTIONS = {"quoting": '"', "separator": ",", "has_headers": True, "encoding": "utf-8"}


class WorkingTimeCase(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls._calendar("Office", [(day, 9, 12) for day in range(5)] + [(day, 13, 18) for day in range(5)])
        cls.pool.write({"strategy": "rotation", "distribute_when": "working", "calendar_id": cls.calendar.id})
        cls.Day = cls.env["lead.pool.working.day"]

    @classmethod
    def _calendar(cls, name, hours, tz="Asia/Shanghai", **values):
        """A calendar of ``[(weekday, from, to)]``, or ``[(weekday, from, to, {more})]``."""
        lines = [
            {"name": name, "dayofweek": str(day), "hour_from": start, "hour_to": end, **(more[0] if more else {})}
            for day, start, end, *more in hours
        ]
        return cls.env["resource.calendar"].create(
            {
                "name": name,
                "tz": tz,
                "company_id": cls.company.id,
                "attendance_ids": [Command.clear(), *map(Command.create, lines)],
                **values,
            }
        )

    def _holiday(self, since, until, calendar=None, **values):
        return self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": (self.calendar if calendar is None else calendar).id,
                "date_from": since,
                "date_to": until,
                **values,
            }
        )

    def _opens(self, moment, pool=None):
        opens = (self.pool if pool is None else pool)._working_time().next_open(datetime.fromisoformat(moment))
        return opens and str(opens)


@tagged("post_install", "-at_install")
class TestCalendars(WorkingTimeCase):
    def test_the_hours_of_the_calendar_are_those_of_the_pool(self):
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NINE)
        self.assertEqual(self._opens(MONDAY_NOON), "2026-03-02 05:00:00")
        self.assertEqual(self._opens(FRIDAY_EVENING), "2026-03-09 01:00:00")

    def test_hours_are_read_on_the_clock_of_the_pool(self):
        self.pool.tz = "Europe/Berlin"
        self.assertEqual(self._opens(MONDAY_NIGHT), "2026-03-02 08:00:00")

    def test_without_a_calendar_of_its_own_the_companys_counts(self):
        self.pool.calendar_id = False
        self.company.resource_calendar_id = self._calendar("Late", [(1, 20, 22)])
        self.assertEqual(self._opens(MONDAY_NIGHT), "2026-03-03 12:00:00")
        self.company.resource_calendar_id = False
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NIGHT, "fully flexible")

    def test_a_pool_without_a_company_works_alike_whoever_acts(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        elsewhere.resource_calendar_id = self._calendar("Late", [(1, 20, 22)], company_id=elsewhere.id)
        team = self.env["crm.team"].create({"name": "All", "company_id": False})
        first = self.env["res.company"].search([], order="id", limit=1)
        first.resource_calendar_id = self._calendar("Early", [(1, 6, 8)], company_id=first.id)
        self.pool.write({"calendar_id": False, "company_id": False, "team_id": team.id})
        for company in (first, elsewhere):
            pool = self.pool.with_company(company)
            self.assertEqual((pool._calendar(), pool._company_at_work()), (first.resource_calendar_id, first))

    def test_a_break_between_the_hours_is_closed(self):
        lines = [(0, 9, 12), (0, 12, 13, {"day_period": "lunch"}), (0, 13, 18)]
        self.pool.calendar_id = self._calendar("Break", lines)
        self.assertEqual(self._opens(MONDAY_NOON), "2026-03-02 05:00:00")

    def test_weeks_alternate_as_in_odoo(self):
        lines = [(0, 9, 12, {"week_type": "0"}), (2, 9, 12, {"week_type": "1"})]
        self.pool.calendar_id = self._calendar("Two Weeks", lines, two_weeks_calendar=True)
        first = self.env["resource.calendar.attendance"].get_week_type(datetime(2026, 3, 2))
        self.assertEqual(first, 0)
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NINE)
        self.assertEqual(self._opens(MONDAY_NOON), "2026-03-11 01:00:00")

    def test_who_works_flexibly_is_open_all_day_on_his_days(self):
        flexible = self._calendar("Flexible", [(0, 9, 12), (1, 9, 12)], schedule_type="flexible")
        self.pool.calendar_id = flexible
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NIGHT)
        self.assertEqual(self._opens(FRIDAY_EVENING), "2026-03-08 16:00:00", "Monday 0:00 in Shanghai")
        self._holiday("2026-03-09 01:00:00", "2026-03-09 09:00:00", flexible)
        self.assertEqual(self._opens(FRIDAY_EVENING), "2026-03-09 16:00:00", "a holiday of some hours is a whole day")

    def test_public_holidays_of_days_and_of_hours(self):
        self._holiday("2026-03-01 16:00:00", "2026-03-02 15:59:59")
        self._holiday("2026-03-03 01:00:00", "2026-03-03 06:00:00", self.env["resource.calendar"])
        self.assertEqual(self._opens(MONDAY_NIGHT), "2026-03-03 06:00:00")
        self._holiday("2026-03-03 00:00:00", "2026-03-03 12:00:00", time_type="other")
        self.assertEqual(self._opens(MONDAY_NIGHT), "2026-03-03 06:00:00", "a training is no holiday")

    def test_the_queries_do_not_grow_with_hours_holidays_and_days(self):
        def count():
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.pool._working_time()
            return self.cr.sql_log_count - before

        self._holiday("2026-03-01 16:00:00", "2026-03-02 15:59:59")
        self.Day.create({"date": "2026-03-07"})
        few = count()
        for day in range(10, 29):
            self._holiday(f"2026-05-{day} 01:00:00", f"2026-05-{day} 02:00:00")
            self.Day.create({"date": f"2026-06-{day}"})
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestExceptionalDays(WorkingTimeCase):
    def test_a_worked_saturday_has_the_usual_hours_or_its_own(self):
        saturday = self.Day.create({"date": "2026-03-07", "name": "In exchange"})
        self.assertEqual(self._opens(FRIDAY_EVENING), "2026-03-07 01:00:00")
        saturday.write({"hour_from": 10.5, "hour_to": 12})
        self.assertEqual(self._opens(FRIDAY_EVENING), "2026-03-07 02:30:00")
        self.assertEqual(self._opens("2026-03-07 04:00:00"), "2026-03-09 01:00:00")

    def test_a_day_off_is_closed_and_a_day_of_the_company_comes_first(self):
        self.Day.create({"date": "2026-03-02", "works": False})
        self.assertEqual(self._opens(MONDAY_NIGHT), "2026-03-03 01:00:00")
        self.Day.create({"date": "2026-03-02", "works": True, "company_id": self.company.id})
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NINE)

    def test_a_day_of_another_company_counts_there_only(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.Day.create({"date": "2026-03-02", "works": False, "company_id": other.id})
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NINE)

    def test_a_worked_day_wins_over_a_public_holiday(self):
        self._holiday("2026-03-01 16:00:00", "2026-03-03 15:59:59")
        self.Day.create({"date": "2026-03-02"})
        self.assertEqual(self._opens(MONDAY_NIGHT), MONDAY_NINE)
        self.assertEqual(self._opens("2026-03-02 10:00:00"), "2026-03-04 01:00:00")

    def test_a_date_is_listed_once_for_a_company_and_once_for_all(self):
        self.Day.create([{"date": "2026-03-07"}, {"date": "2026-03-07", "company_id": self.company.id}])
        for company in (False, self.company.id):
            with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.Day.create({"date": "2026-03-07", "company_id": company})

    def test_hours_that_are_none_are_refused(self):
        for hours in (
            {"hour_from": 12, "hour_to": 9},
            {"hour_from": 9, "hour_to": 9},
            {"hour_from": 9},
            {"hour_to": -1},
            {"hour_from": -1, "hour_to": 9},
            {"hour_from": 9, "hour_to": 24.5},
            {"hour_from": 9, "hour_to": float("nan")},
            {"hour_from": 9, "hour_to": 12, "works": False},
        ):
            with (
                self.subTest(hours),
                self.assertRaises(CheckViolation),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.Day.create({"date": "2026-03-07", **hours})

    def test_managers_write_and_everybody_reads(self):
        day = self.Day.with_user(self.manager).create({"date": "2026-03-07"})
        for user in (self.li, self.marketing, self.admin):
            self.assertEqual(str(day.with_user(user).date), "2026-03-07")
            with self.assertRaises(AccessError):
                day.with_user(user).works = False
            with self.assertRaises(AccessError):
                self.Day.with_user(user).create({"date": "2026-03-08"})
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.Day.create({"date": "2026-03-07", "company_id": other.id})
        with self.assertRaises(AccessError):
            theirs.with_user(self.manager).read(["name"])

    # ------------------------------------------------------------
    # IMPORT
    # ------------------------------------------------------------

    def test_a_years_days_are_loaded_however_yes_is_written(self):
        for year, (yes, no) in {2026: ("yes", "no"), 2027: ("1", "0"), 2028: ("True", "False")}.items():
            rows = [[f"{year}-02-14", yes, "In exchange"], [f"{year}-02-16", no, "Spring Festival"]]
            result = self.Day.with_user(self.manager).load(["date", "works", "name"], rows)
            self.assertFalse(result["messages"])
            self.assertEqual(self.Day.browse(result["ids"]).mapped("works"), [True, False])

    def test_a_row_that_is_wrong_is_named(self):
        rows = [["2026-02-14", "perhaps", ""], ["2026-02-16", "no", ""]]
        result = self.Day.load(["date", "works", "name"], rows)
        self.assertIn("perhaps", result["messages"][0]["message"])
        self.Day.create({"date": "2026-02-16"})
        with mute_logger("odoo.sql_db"):
            result = self.Day.load(["date", "works", "name"], rows[1:])
        self.assertIn("listed already", result["messages"][0]["message"])

    def test_the_template_goes_through_odoos_own_import(self):
        [template] = self.Day.get_import_templates()
        path = Path(__file__).parents[2] / template["template"].lstrip("/")
        text = path.read_text()
        for content in (text, text.replace("yes", "1").replace("no,", "0,")):
            screen = (
                self.env["base_import.import"]
                .with_user(self.manager)
                .create(
                    {
                        "res_model": "lead.pool.working.day",
                        "file": content.encode(),
                        "file_type": "text/csv",
                        "file_name": path.name,
                    }
                )
            )
            preview = screen.parse_preview({**OPTIONS, "date_format": "%Y-%m-%d"})
            self.assertEqual(preview["matches"], {0: ["date"], 1: ["works"], 2: ["name"]})
            columns = ["date", "works", "name"]
            result = screen.execute_import(columns, columns, preview["options"])
            self.assertFalse(result["messages"])
            days = self.Day.browse(result["ids"])
            self.assertEqual(days.mapped("works"), [True, False, False, True])
            days.unlink()

    # ------------------------------------------------------------
    # DEADLINES
    # ------------------------------------------------------------

    def _held_on_friday(self):
        """A lead that goes back after two working days: on Tuesday."""
        self.pool.reclaim_rule_ids = [
            Command.create({"name": "Two working days", "no_follow_up_days": 2, "working": True, "warn_days": 0})
        ]
        with freeze_time("2026-03-06 02:00:00"):
            lead = self._held(self.li)
        self.assertEqual(str(lead.reclaim_at), "2026-03-10 02:00:00")
        return lead

    def _deadline(self, lead):
        with freeze_time("2026-03-06 02:30:00"):
            self.env["lead.pool.entry"]._refresh_stale_deadlines()
        self.env.invalidate_all()
        return str(lead.reclaim_at)

    def test_a_worked_saturday_counts_as_a_working_day(self):
        lead = self._held_on_friday()
        day = self.Day.create({"date": "2026-03-07"})
        self.assertTrue(self.pool.deadlines_stale)
        self.assertEqual(self._deadline(lead), "2026-03-09 02:00:00")
        day.write({"date": "2026-03-10", "works": False})
        self.assertEqual(self._deadline(lead), "2026-03-11 02:00:00")
        day.unlink()
        self.assertEqual(self._deadline(lead), "2026-03-10 02:00:00")

    def test_another_calendar_brings_other_deadlines(self):
        lead = self._held_on_friday()
        self.pool.calendar_id = self._calendar("Every Day", [(day, 9, 18) for day in range(7)])
        self.assertEqual(self._deadline(lead), "2026-03-08 02:00:00")

    def test_a_public_holiday_of_an_afternoon_is_still_a_working_day(self):
        self._holiday("2026-03-09 05:00:00", "2026-03-09 15:59:59")
        self._held_on_friday()

    def test_pools_without_such_a_rule_or_in_another_company_are_left_alone(self):
        self._held_on_friday()
        self._held(self.li, pool=self.open_pool)
        other = self.env["res.company"].create({"name": "Other"})
        self.Day.create({"date": "2026-03-07", "company_id": other.id})
        self.assertFalse((self.pool | self.open_pool).filtered("deadlines_stale"))
        self.Day.create({"date": "2026-03-07"})
        self.assertEqual((self.pool | self.open_pool).filtered("deadlines_stale"), self.pool)


@tagged("post_install", "-at_install")
class TestDistributingInWorkingHours(WorkingTimeCase, CronMixinCase):
    def _distribute(self, moment):
        with freeze_time(moment):
            answers = self.pool.with_user(self.admin).action_distribute()
        self.env.invalidate_all()
        self._balance()
        return answers

    def _run_cron(self, moment):
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_distribute").method_direct_trigger()
        self.env.invalidate_all()

    def test_out_of_hours_each_lead_waits_and_the_admin_is_told_until_when(self):
        self._leads(2)
        answers = self._distribute(FRIDAY_EVENING)
        self.assertEqual(self._codes(answers), ["off_hours", "off_hours"])
        self.assertEqual(answers[0]["retry_at"], "2026-03-09 01:00:00")
        self.assertIn("“Beijing” gives out leads in its working hours only", answers[0]["message"])
        self.assertEqual(self.pool.waiting_count, 2)
        self.assertEqual(self._codes(self._distribute(MONDAY_NINE)), [False, False])

    def test_at_any_time_is_what_a_pool_does_unless_told_otherwise(self):
        self.assertEqual(self.open_pool.distribute_when, "always")
        self.pool.distribute_when = "always"
        self._leads()
        self.assertEqual(self._codes(self._distribute(FRIDAY_EVENING)), [False])

    def test_the_scheduled_action_wakes_once_when_the_pool_opens(self):
        with freeze_time(FRIDAY_EVENING):
            self._leads(2)
        with self.capture_triggers("lead_pool.ir_cron_distribute") as capture:
            self._run_cron(FRIDAY_EVENING)
            self._run_cron(SATURDAY_TEN)
        self.assertEqual([str(at) for at in capture.records.mapped("call_at")], ["2026-03-09 01:00:00"])
        self.assertEqual(self.pool.waiting_count, 2)
        self._run_cron("2026-03-09 01:00:00")
        self.assertEqual(self.pool.waiting_count, 0)
        self._balance()

    def test_where_nothing_waits_nobody_is_woken(self):
        with self.capture_triggers("lead_pool.ir_cron_distribute") as capture:
            self._run_cron(FRIDAY_EVENING)
        self.assertFalse(capture.records)

    def test_a_closed_pool_does_not_keep_an_open_one_waiting(self):
        self.open_pool.write({"strategy": "rotation", "distribute_when": "working"})
        self.open_pool.calendar_id = self._calendar("Night", [(day, 0, 24) for day in range(7)])
        self._leads()
        self._leads(pool=self.open_pool)
        self._run_cron(FRIDAY_EVENING)
        self.assertEqual((self.pool.waiting_count, self.open_pool.waiting_count), (1, 0))

    def test_why_not_me_says_that_the_pool_is_closed(self):
        self._leads()
        with freeze_time(FRIDAY_EVENING):
            answer = self.pool.with_user(self.li).action_why_not_me()
        self.assertEqual(answer["code"], "off_hours")
        self.assertRegex(answer["message"], "working hours only.* 2026-03-09 01:00")
        with freeze_time(MONDAY_NINE):
            self.assertEqual(self.pool.with_user(self.li).action_why_not_me()["code"], "")

    def test_a_pool_that_would_never_open_is_refused(self):
        empty = self._calendar("Nothing", [])
        with self.assertRaisesRegex(ValidationError, "would never distribute.*“Nothing”.*choose other ones"):
            self.pool.calendar_id = empty
        self.pool.write({"distribute_when": "always", "calendar_id": empty.id})
        with self.assertRaisesRegex(ValidationError, "would never distribute"):
            self.pool.distribute_when = "working"

    def test_a_calendar_that_lost_its_hours_later_stops_the_pool_and_says_so(self):
        self.calendar.attendance_ids.unlink()
        self._leads()
        [answer] = self._distribute(MONDAY_NINE)
        self.assertEqual((answer["code"], answer["retry_at"]), ("off_hours", False))
        with self.capture_triggers("lead_pool.ir_cron_distribute") as capture:
            self._run_cron(MONDAY_NINE)
        self.assertFalse(capture.records)

    def test_a_calendar_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(Exception, "company"):
            self.pool.calendar_id = other.resource_calendar_id

    def test_hours_before_a_leave_are_a_whole_number(self):
        for value in (-1, 1.5, "two", 2**40):
            with self.assertRaisesRegex(ValidationError, "Before a Leave"):
                self.pool.write({"leave_margin_hours": value})
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.pool.leave_margin_hours = 9000
            self.env.flush_all()

    def test_a_changed_working_time_is_a_version_in_words(self):
        self.pool.leave_margin_hours = 24
        self.assertEqual(self.pool.policy_id.diff, "Before a Leave: – → 24")

    # ------------------------------------------------------------
    # MEMBERS
    # ------------------------------------------------------------

    def _resource(self, user, calendar, tz="Asia/Shanghai"):
        return self.env["resource.resource"].create(
            {"name": user.name, "user_id": user.id, "calendar_id": calendar.id, "tz": tz}
        )

    def _out(self):
        """Codes of who was no candidate in the last decision, by user."""
        decision = self.env["lead.pool.decision"].search([("pool_id", "=", self.pool.id)], limit=1)
        return {self.env["res.users"].browse(user): code for user, code, *_more in decision.candidates if code}

    def test_nobody_gets_leads_in_the_hours_before_a_leave(self):
        now = datetime.fromisoformat(MONDAY_NINE)
        self._member(self.li).write({"leave_from": now + timedelta(hours=23), "leave_until": now + timedelta(days=5)})
        self._member(self.zhao).write({"leave_from": now + timedelta(hours=25), "leave_until": now + timedelta(days=5)})
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Planned",
                "resource_id": self._resource(self.wang, self.calendar).id,
                "date_from": now + timedelta(hours=24),
                "date_to": now + timedelta(days=2),
            }
        )
        self._leads(3)
        self._distribute(MONDAY_NINE)
        self.assertEqual(self._out(), {})
        self.pool.leave_margin_hours = 24
        leads = self._leads(3)
        self._distribute(MONDAY_NINE)
        self.assertEqual(leads.user_id, self.zhao)
        self.assertEqual(self._out(), {self.li: "away", self.wang: "away"})
        self._leads()
        with freeze_time(MONDAY_NINE):
            message = self.pool.with_user(self.wang).action_why_not_me()["message"]
        self.assertIn("away until 2026-03-04 01:00: on leave, about to be", message)

    def test_a_leave_over_a_change_of_the_clock_ends_at_its_hour(self):
        """Berlin goes from UTC+1 to UTC+2 on Sunday 29 March 2026; the leave is until Monday 9:00 there."""
        self.pool.write({"tz": "Europe/Berlin", "member_ids": [Command.delete(self._member(self.zhao).id)]})
        self._member(self.li).write({"leave_from": "2026-03-27 08:00:00", "leave_until": "2026-03-30 07:00:00"})
        leads = self._leads(2)
        self._distribute("2026-03-27 08:00:00")
        self.assertEqual(leads.user_id, self.wang)
        self._leads(1)
        self.assertEqual(self._codes(self._distribute("2026-03-30 06:59:00")), ["off_hours"])
        self._leads(3)
        self._distribute("2026-03-30 07:00:00")
        self.assertEqual([self._member(self.li).held, self._member(self.wang).held], [2, 4], "in turn, not flooded")

    def test_a_member_with_other_hours_gets_leads_in_his_own(self):
        late = self._calendar("Late", [(day, 14, 22) for day in range(5)])
        self._resource(self.li, late)
        self._resource(self.wang, self.calendar)
        leads = self._leads(4)
        self._distribute(MONDAY_NINE)
        self.assertEqual(leads.user_id, self.wang | self.zhao)
        self.assertEqual(self._out(), {self.li: "away"})
        self._leads()
        with freeze_time(MONDAY_NINE):
            self.assertIn("2026-03-02 06:00", self.pool.with_user(self.li).action_why_not_me()["message"])
        self._leads(2)
        self._distribute("2026-03-02 06:00:00")
        self.assertEqual(self._out(), {})
        self.assertEqual(self._member(self.li).held, 1)

    def test_a_members_own_hours_are_read_on_his_own_clock(self):
        self._resource(self.li, self._calendar("Berlin", [(day, 9, 18) for day in range(5)]), tz="Europe/Berlin")
        self._leads(3)
        self._distribute("2026-03-02 07:59:00")  # 8:59 in Berlin
        self.assertEqual(self._out(), {self.li: "away"})
        self._leads(3)
        self._distribute("2026-03-02 08:00:00")
        self.assertEqual(self._out(), {})

    def test_a_pool_that_distributes_at_any_time_asks_nobody_for_his_hours(self):
        self.pool.distribute_when = "always"
        self._resource(self.li, self._calendar("Late", [(day, 14, 22) for day in range(5)]))
        self._leads(3)
        self._distribute(MONDAY_NINE)
        self.assertEqual(self._member(self.li).held, 1)

    def test_a_members_leave_lasts_longer_than_his_night(self):
        self._resource(self.li, self._calendar("Late", [(day, 14, 22) for day in range(5)]))
        self._member(self.li).write({"leave_from": "2026-03-01 00:00:00", "leave_until": "2026-03-05 00:00:00"})
        self._leads()
        with freeze_time(MONDAY_NINE):
            self.assertIn("2026-03-05 00:00", self.pool.with_user(self.li).action_why_not_me()["message"])
