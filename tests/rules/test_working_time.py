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


# The hours


NINE_TO_FIVE = ((9, 12), (13, 17))
OFFICE = WorkingTime(hours=(NINE_TO_FIVE,) * 5 + ((), ()))  # from Monday 2 March 2026 on
SHORT_FRIDAY = WorkingTime(hours=(NINE_TO_FIVE,) * 4 + (((9, 12),), (), ()))
NEVER_OPEN = WorkingTime(hours=((),) * 7)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-03-02 09:00", "2026-03-02 09:00"),  # the first moment counts
        ("2026-03-02 08:59", "2026-03-02 09:00"),
        ("2026-03-02 11:59:59", "2026-03-02 11:59:59"),
        ("2026-03-02 12:00", "2026-03-02 13:00"),  # the break
        ("2026-03-02 17:00", "2026-03-03 09:00"),  # the last one does not
        ("2026-03-06 17:00", "2026-03-09 09:00"),  # over the week-end
        ("2026-12-31 18:00", "2027-01-01 09:00"),
    ],
)
def test_an_office_is_open_in_its_hours(moment, opens):
    assert OFFICE.next_open(at(moment)) == at(opens)
    assert OFFICE.is_open(at(moment)) is (moment == opens)


def test_hours_are_those_on_the_wall_of_the_time_zone():
    shanghai = WorkingTime(hours=OFFICE.hours, tz=SHANGHAI)
    assert shanghai.next_open(at("2026-03-06 09:00")) == at("2026-03-09 01:00")
    assert shanghai.is_open(at("2026-03-09 01:00"))
    assert not shanghai.is_open(at("2026-03-09 09:00"))


def test_hours_are_exact_to_the_minute():
    # 8:20 is 8.333… in hours, as Odoo stores it
    time = WorkingTime(hours=(((8 + 1 / 3, 9),),) * 7)
    assert time.next_open(at("2026-03-02 00:00")) == at("2026-03-02 08:20")


@pytest.mark.parametrize(
    ("time", "opens"),
    [
        (OFFICE, "2026-03-09 09:00"),
        (SHORT_FRIDAY, "2026-03-09 09:00"),
        (WorkingTime(frozenset(range(5))), "2026-03-09 00:00"),
        (WorkingTime(frozenset()), None),
        (NEVER_OPEN, None),
        (WorkingTime(hours=OFFICE.hours, holidays=frozenset({date(2026, 3, 9)})), "2026-03-10 09:00"),
        (WorkingTime(hours=OFFICE.hours, extra_days=frozenset({date(2026, 3, 7)})), "2026-03-07 09:00"),
        (WorkingTime(hours=OFFICE.hours, closures=((at("2026-03-09 09:00"), at("2026-03-09 15:00")),)),
         "2026-03-09 15:00"),
        (WorkingTime(closures=((datetime.min, datetime.max),)), None),
    ],
)  # fmt: skip
def test_what_is_open_next_after_friday_evening(time, opens):
    assert time.next_open(at("2026-03-06 20:00") + timedelta(hours=4)) == (opens and at(opens))


def test_an_exceptional_day_has_the_usual_hours_or_its_own():
    saturday, sunday = date(2026, 3, 7), date(2026, 3, 8)
    time = WorkingTime(
        hours=SHORT_FRIDAY.hours,
        extra_days=frozenset({saturday, sunday}),
        extra_hours={sunday: ((10, 11),)},
        closures=((at("2026-03-01 00:00"), at("2026-03-31 00:00")),),
    )
    assert time.next_open(at("2026-03-06 20:00")) == at("2026-03-07 09:00"), "whatever is closed"
    assert time.is_open(at("2026-03-07 16:00")), "the hours of most days, not those of Friday"
    assert time.next_open(at("2026-03-07 20:00")) == at("2026-03-08 10:00")
    assert not time.is_open(at("2026-03-08 11:00"))


def test_where_no_day_is_usual_an_exceptional_one_is_open_all_day():
    day = date(2026, 3, 7)
    assert WorkingTime(hours=((),) * 7, extra_days=frozenset({day})).is_open(at("2026-03-07 03:00"))


def test_weeks_may_alternate():
    # by Odoo's way of counting a first week begins on 2 March 2026
    time = WorkingTime(hours=(((9, 17),),) * 5 + ((),) * 2 + (((14, 16),),) + ((),) * 6)
    assert time.next_open(at("2026-03-02 00:00")) == at("2026-03-02 09:00")
    assert time.next_open(at("2026-03-06 17:00")) == at("2026-03-09 14:00")
    assert time.next_open(at("2026-03-09 16:00")) == at("2026-03-16 09:00")
    assert [time.works_on(date(2026, 3, day)) for day in (3, 10, 17)] == [True, False, True]


def test_a_closed_part_of_a_day_leaves_it_a_worked_day_and_all_of_its_hours_do_not():
    def closed(since, until):
        return WorkingTime(hours=OFFICE.hours, closures=((at(since), at(until)),))

    monday = date(2026, 3, 9)
    assert closed("2026-03-09 09:00", "2026-03-09 16:59").works_on(monday)
    assert not closed("2026-03-09 09:00", "2026-03-09 17:00").works_on(monday)
    whole = closed("2026-03-09 00:00", "2026-03-10 00:00")
    assert whole.add_days(at("2026-03-06 15:00"), 1, working=True) == at("2026-03-10 15:00")


@pytest.mark.parametrize("closed", [(), ((at("2026-01-01 00:00"), at("2026-12-31 00:00")),)])
def test_an_hour_never_ends_before_it_begins(closed):
    assert WorkingTime(hours=(((23.5, 24),),) * 7, closures=closed).next_open(at("2026-12-31 00:00")) == at(
        "2026-12-31 23:30"
    )


@pytest.mark.parametrize(
    ("zone", "hours", "moment", "opens", "closes"),
    [
        # Berlin, 29 March 2026: 02:00 is 03:00. The hours of the wall stay
        ("Europe/Berlin", (9, 17), "2026-03-28 20:00", "2026-03-29 07:00", "2026-03-29 15:00"),
        ("Europe/Berlin", (1, 4), "2026-03-28 20:00", "2026-03-29 00:00", "2026-03-29 02:00"),
        ("Europe/Berlin", (2, 4), "2026-03-28 20:00", "2026-03-29 01:00", "2026-03-29 02:00"),
        ("Europe/Berlin", (2.5, 4), "2026-03-28 20:00", "2026-03-29 01:30", "2026-03-29 02:00"),
        ("Europe/Berlin", (1, 2.5), "2026-03-28 20:00", "2026-03-29 00:00", "2026-03-29 01:30"),
        # 25 October: 03:00 is 02:00 again
        ("Europe/Berlin", (9, 17), "2026-10-24 20:00", "2026-10-25 08:00", "2026-10-25 16:00"),
        ("Europe/Berlin", (2.5, 4), "2026-10-24 20:00", "2026-10-25 00:30", "2026-10-25 03:00"),
        ("Europe/Berlin", (1, 2.5), "2026-10-24 20:00", "2026-10-24 23:00", "2026-10-25 01:30"),
        ("Europe/Berlin", (0, 24), "2026-10-24 22:00", "2026-10-24 22:00", None),
        # half an hour: Lord Howe, 5 April and 4 October 2026
        ("Australia/Lord_Howe", (1.5, 3), "2026-04-04 13:15", "2026-04-04 14:30", "2026-04-04 16:30"),
        ("Australia/Lord_Howe", (2, 3), "2026-10-03 14:00", "2026-10-03 15:30", "2026-10-03 16:00"),
        # at midnight: Santiago has no 00:00 on 6 September, Havana two on 1 November
        ("America/Santiago", (0, 2), "2026-09-06 03:00", "2026-09-06 04:00", "2026-09-06 05:00"),
        ("America/Havana", (0, 2), "2026-11-01 03:30", "2026-11-01 04:00", "2026-11-01 07:00"),
        # Nuuk goes back over midnight: its Saturday has 23:00 twice, its Saturday in spring none
        ("America/Nuuk", (23, 24), "2026-10-24 20:00", "2026-10-25 00:00", "2026-10-25 02:00"),
        ("America/Nuuk", (23, 24), "2026-03-29 00:00", "2026-03-30 00:00", "2026-03-30 01:00"),
    ],
)
def test_hours_where_the_clock_changes(zone, hours, moment, opens, closes):
    time = WorkingTime(hours=((hours,),) * 7, tz=ZoneInfo(zone))
    assert time.next_open(at(moment)) == at(opens)
    if closes:
        last = at(closes) - timedelta(seconds=1)
        assert (time.is_open(last), time.is_open(at(closes))) == (True, False)


def test_the_midnight_that_comes_twice_belongs_to_the_new_day():
    # Havana, 1 November 2026 (a Sunday): 01:00 is 00:00 again
    saturdays = WorkingTime(frozenset({5}), tz=ZoneInfo("America/Havana"))
    assert saturdays.is_open(at("2026-11-01 03:59"))
    assert not saturdays.is_open(at("2026-11-01 04:00"))
