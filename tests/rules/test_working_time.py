"""Days, working days and the windows of the limits, on the clocks of several places."""

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from lead_pool.rules.working_time import CALENDAR, MAX_DAYS, WorkingTime, windows

WEEK = WorkingTime(frozenset(range(5)))
SHANGHAI = ZoneInfo("Asia/Shanghai")
# Spring Festival 2026: the week of Monday 16 February, for which Saturday the 14th is worked
FESTIVAL = WorkingTime(
    frozenset(range(5)),
    holidays=frozenset(date(2026, 2, day) for day in range(16, 24)),
    extra_days=frozenset({date(2026, 2, 14), date(2026, 2, 28)}),
    tz=SHANGHAI,
)


def at(text):
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2026-02-13", True),  # Friday
        ("2026-02-14", True),  # a Saturday worked in exchange
        ("2026-02-15", False),  # Sunday
        ("2026-02-16", False),  # Monday, holiday
        ("2026-02-24", True),
        ("2026-02-28", True),
    ],
)
def test_a_holiday_is_off_and_an_exchanged_saturday_is_worked(day, worked):
    assert FESTIVAL.works_on(date.fromisoformat(day)) is worked


def test_an_exceptional_working_day_wins_over_a_holiday():
    day = date(2026, 3, 2)
    assert WorkingTime(frozenset(), frozenset({day}), frozenset({day})).works_on(day)


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2026-03-06 15:00", 0, "2026-03-06 15:00"),
        ("2026-03-06 15:00", 1, "2026-03-07 15:00"),
        ("2026-03-06 15:00", 1.5, "2026-03-08 03:00"),
        ("2026-03-06 15:00", -1, "2026-03-05 15:00"),
        ("2026-03-06 15:00", -0.25, "2026-03-06 09:00"),
        ("2026-12-31 15:00", 1, "2027-01-01 15:00"),
    ],
)
@pytest.mark.parametrize("time", [CALENDAR, WEEK, FESTIVAL], ids=["calendar", "week", "festival"])
def test_calendar_days_are_the_same_in_every_company(time, moment, days, expected):
    assert time.add_days(at(moment), days) == at(expected)


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2026-03-06 15:00", 0, "2026-03-06 15:00"),
        ("2026-03-06 15:00", 1, "2026-03-09 15:00"),  # Friday to Monday
        ("2026-03-06 15:00", 6, "2026-03-16 15:00"),
        ("2026-03-06 15:00", 1.5, "2026-03-10 03:00"),  # the half day is calendar time
        ("2026-03-09 15:00", -1, "2026-03-06 15:00"),
        ("2026-03-09 15:00", -6, "2026-02-27 15:00"),
        ("2026-03-07 10:00", 0.5, "2026-03-07 22:00"),
        ("2026-03-07 10:00", 1, "2026-03-10 00:00"),  # from a Saturday: all of Monday
        ("2026-03-08 23:59", 1, "2026-03-10 00:00"),  # from a Sunday: the same
        ("2026-03-09 00:00", 1, "2026-03-10 00:00"),  # as from the first minute of Monday
        ("2026-03-07 10:00", -1, "2026-03-06 00:00"),  # back from a Saturday: all of Friday
        ("2026-03-09 00:00", -1, "2026-03-06 00:00"),
    ],
)
def test_working_days_leave_the_week_end_out(moment, days, expected):
    assert WEEK.add_days(at(moment), days, working=True) == at(expected)


@pytest.mark.parametrize(
    ("moment", "days", "expected"),
    [
        ("2026-02-13 02:00", 1, "2026-02-14 02:00"),  # the worked Saturday counts
        ("2026-02-13 02:00", 2, "2026-02-24 02:00"),  # the festival does not
        ("2026-02-24 02:00", -2, "2026-02-13 02:00"),
        # 17:00 UTC on Friday 13th is Saturday 01:00 in Shanghai, and worked
        ("2026-02-13 17:00", 1, "2026-02-23 17:00"),
        # 20:00 UTC on Monday 23rd is already Tuesday 04:00 there, the first day worked again
        ("2026-02-23 20:00", 1, "2026-02-24 20:00"),
        # the holiday's length is that of Shanghai's days: its midnight is 16:00 UTC
        ("2026-02-18 03:00", 1, "2026-02-24 16:00"),
    ],
)
def test_days_are_those_of_the_pools_time_zone(moment, days, expected):
    assert FESTIVAL.add_days(at(moment), days, working=True) == at(expected)


@pytest.mark.parametrize("time", [WorkingTime(frozenset()), WEEK], ids=["no worked day", "week"])
def test_without_any_worked_day_and_for_ages_the_calendar_gives_a_deadline(time):
    days = MAX_DAYS + 1
    expected = at("2026-03-02 12:00") + timedelta(days=days)
    assert time.add_days(at("2026-03-02 12:00"), days, working=True) == expected


def test_a_calendar_whose_last_worked_day_is_over_still_gives_a_deadline():
    over = WorkingTime(frozenset(), extra_days=frozenset({date(2020, 1, 1)}))
    expected = at("2026-03-05 12:00")
    assert over.add_days(at("2026-03-02 12:00"), 3, working=True) == expected


def test_a_day_in_which_the_clock_changes_keeps_the_hour_on_the_wall():
    berlin = WorkingTime(frozenset(range(5)), tz=ZoneInfo("Europe/Berlin"))
    # Friday 27 March 2026, 10:00 at UTC+1; the clock goes forward on the Sunday
    assert berlin.add_days(at("2026-03-27 09:00"), 1, working=True) == at("2026-03-30 08:00")
    assert berlin.add_days(at("2026-03-30 08:00"), -1, working=True) == at("2026-03-27 09:00")


# The windows of the daily and hourly limits


@pytest.mark.parametrize(
    ("zone", "now", "day", "next_day", "next_hour"),
    [
        ("UTC", "2026-03-02 12:34", "2026-03-02", "2026-03-03 00:00", "2026-03-02 13:00"),
        ("UTC", "2026-03-02 00:00", "2026-03-02", "2026-03-03 00:00", "2026-03-02 01:00"),
        ("UTC", "2026-12-31 23:59", "2026-12-31", "2027-01-01 00:00", "2027-01-01 00:00"),
        # Shanghai is eight hours ahead: its day begins at 16:00 UTC
        ("Asia/Shanghai", "2026-03-02 15:59", "2026-03-02", "2026-03-02 16:00", "2026-03-02 16:00"),
        ("Asia/Shanghai", "2026-03-02 16:00", "2026-03-03", "2026-03-03 16:00", "2026-03-02 17:00"),
        # India is five and a half: its hours begin at half past
        ("Asia/Kolkata", "2026-03-02 12:29", "2026-03-02", "2026-03-02 18:30", "2026-03-02 12:30"),
        ("Asia/Kolkata", "2026-03-02 12:30", "2026-03-02", "2026-03-02 18:30", "2026-03-02 13:30"),
        (
            "America/St_Johns",
            "2026-01-05 03:29",
            "2026-01-04",
            "2026-01-05 03:30",
            "2026-01-05 03:30",
        ),
        # the day on which Berlin's clock goes forward has 23 hours, in autumn 25
        ("Europe/Berlin", "2026-03-28 23:00", "2026-03-29", "2026-03-29 22:00", "2026-03-29 00:00"),
        ("Europe/Berlin", "2026-10-24 22:00", "2026-10-25", "2026-10-25 23:00", "2026-10-24 23:00"),
    ],
)
def test_the_day_and_the_hour_end_on_the_wall_clock(zone, now, day, next_day, next_hour):
    answer = windows(at(now), ZoneInfo(zone))
    assert (answer[0], *answer[2:]) == (date.fromisoformat(day), at(next_day), at(next_hour))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin"])
@pytest.mark.parametrize("day", ["2026-03-29 00:10", "2026-06-01 00:10", "2026-10-24 22:10"])
def test_each_hour_has_a_number_of_its_own_also_when_the_clock_goes_back(zone, day):
    numbers = [windows(at(day) + timedelta(hours=n), ZoneInfo(zone))[1] for n in range(30)]
    assert numbers == list(range(numbers[0], numbers[0] + 30))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin"])
def test_the_next_hour_is_the_first_moment_with_another_number(zone):
    now = at("2026-03-02 12:34")
    _day, hour, _next_day, next_hour = windows(now, ZoneInfo(zone))
    assert windows(next_hour - timedelta(seconds=1), ZoneInfo(zone))[1] == hour
    assert windows(next_hour, ZoneInfo(zone))[1] == hour + 1


def test_where_the_clock_goes_forward_at_midnight_the_day_ends_at_the_change():
    # Santiago, 6 September 2026: after 23:59 (UTC-4) comes 01:00 (UTC-3)
    zone = ZoneInfo("America/Santiago")
    assert windows(at("2026-09-05 20:00"), zone)[2] == at("2026-09-06 04:00")
    assert windows(at("2026-09-06 04:00"), zone)[0] == date(2026, 9, 6)


def test_a_time_zone_may_be_a_plain_offset():
    assert windows(at("2026-03-02 12:00"), timezone(timedelta(hours=13)))[0] == date(2026, 3, 3)
