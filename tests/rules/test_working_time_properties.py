"""What holds for every calendar and moment, not only for those we thought of."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import DATES, DAY, DAYS, MOMENTS, WHOLE_DAYS, calendars, proved

from lead_pool.rules.working_time import WorkingTime, windows


@proved
@given(calendars(), MOMENTS, st.one_of(st.integers(-40, 40), DAYS), st.booleans())
def test_days_go_forwards_when_positive_and_backwards_when_negative(time, moment, days, working):
    moved = time.add_days(moment, days, working=working)
    assert (moved > moment, moved < moment) == (days > 0, days < 0)


@proved
@given(calendars(), MOMENTS, WHOLE_DAYS)
def test_taking_working_days_away_undoes_adding_them(time, moment, days):
    local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    assume(time.works_on(local.date()))
    later = time.add_days(moment, days, working=True)
    assert time.add_days(later, -days, working=True) == moment
    earlier = time.add_days(moment, -days, working=True)
    assert time.add_days(earlier, days, working=True) == moment


@proved
@given(calendars(), MOMENTS, st.one_of(WHOLE_DAYS, DAYS))
def test_taking_calendar_days_away_undoes_adding_them(time, moment, days):
    assert time.add_days(time.add_days(moment, days), -days) == moment


@proved
@given(calendars(), MOMENTS, WHOLE_DAYS, WHOLE_DAYS)
def test_working_days_may_be_added_in_two_steps(time, moment, first, second):
    in_two = time.add_days(time.add_days(moment, first, working=True), second, working=True)
    assert in_two == time.add_days(moment, first + second, working=True)


@proved
@given(calendars(), MOMENTS, st.integers(0, 10 * 24 * 3600), st.one_of(st.integers(-40, 40), DAYS))
def test_a_later_moment_never_has_an_earlier_deadline(time, moment, seconds, days):
    later = moment + timedelta(seconds=seconds)
    assert time.add_days(moment, days, working=True) <= time.add_days(later, days, working=True)


@proved
@given(calendars(("Europe/Berlin", "America/New_York")), MOMENTS, st.integers(0, 10**6), WHOLE_DAYS)
def test_where_the_clock_changes_a_deadline_is_at_most_that_hour_off(time, moment, seconds, days):
    one = time.add_days(moment, days, working=True)
    other = time.add_days(moment + timedelta(seconds=seconds), days, working=True)
    assert one <= other + timedelta(hours=1)


@proved
@given(calendars(), MOMENTS, DAYS, DAYS)
def test_more_days_never_give_an_earlier_deadline(time, moment, one, other):
    fewer, more = sorted([one, other])
    assert time.add_days(moment, fewer, working=True) <= time.add_days(moment, more, working=True)


@proved
@given(calendars(), MOMENTS, WHOLE_DAYS)
def test_working_days_are_never_fewer_than_calendar_days_and_count_each_worked_date(
    time,
    moment,
    days,
):
    local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    assume(time.works_on(local.date()))
    end = time.add_days(moment, days, working=True)
    local_end = end.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    between = [local.date() + n * DAY for n in range(1, (local_end.date() - local.date()).days + 1)]
    assert sum(map(time.works_on, between)) == days
    assert local_end.timetz().replace(tzinfo=None) == local.timetz().replace(tzinfo=None)
    assert end >= time.add_days(moment, days)


@proved
@given(MOMENTS, st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin"]))
def test_now_is_always_inside_its_day_and_hour(now, zone):
    day, hour, next_day, next_hour = windows(now, ZoneInfo(zone))
    assert now < next_hour <= now + timedelta(hours=1)
    assert now < next_day <= now + timedelta(hours=25)
    second = timedelta(seconds=1)
    assert windows(next_day - second, ZoneInfo(zone))[0] == day
    assert windows(next_day, ZoneInfo(zone))[0] == day + DAY
    assert windows(next_hour, ZoneInfo(zone))[1] == hour + 1


# Working hours

ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]
# on and around the days on which the clocks of those zones change
CHANGES = [datetime(2026, month, day) for month, day in ((3, 8), (3, 29), (4, 5), (9, 6), (10, 4), (10, 25), (11, 1))]
NEAR_CHANGES = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-4000, 4000)
)


@st.composite
def hours_of_a_day(draw):
    bounds = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))  # quarters of an hour
    return tuple((start / 4, end / 4) for start, end in zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def offices(draw):
    days = draw(st.sampled_from([7, 14]))
    closures = st.tuples(NEAR_CHANGES, st.integers(1, 5000)).map(lambda c: (c[0], c[0] + timedelta(minutes=c[1])))
    return WorkingTime(
        hours=tuple(draw(st.lists(hours_of_a_day(), min_size=days, max_size=days))),
        holidays=frozenset(draw(st.sets(DATES, max_size=4))),
        extra_days=frozenset(draw(st.sets(DATES, max_size=3))),
        closures=tuple(draw(st.lists(closures, max_size=3))),
        tz=ZoneInfo(draw(st.sampled_from(ZONES))),
    )


@proved
@given(offices(), NEAR_CHANGES)
def test_the_next_opening_is_open_and_not_before_the_moment(time, moment):
    opens = time.next_open(moment)
    if opens is None:
        assert not any(time.works_on(moment.date() + n * DAY) for n in range(400))
    else:
        assert opens >= moment
        assert time.is_open(opens)
        assert time.is_open(moment) == (opens == moment)


@proved
@given(offices(), NEAR_CHANGES)
def test_nothing_is_open_before_the_next_opening(time, moment):
    until = min(time.next_open(moment) or datetime.max, moment + 5 * DAY)
    minutes = int((until - moment).total_seconds() // 60)
    tried = (moment + timedelta(minutes=n) for n in range(minutes + 1))
    assert not any(time.is_open(minute) for minute in tried if minute < until)


@proved
@given(st.sampled_from(ZONES), st.sampled_from([7, 14]), NEAR_CHANGES)
def test_a_closed_calendar_never_opens(zone, days, moment):
    assert WorkingTime(hours=((),) * days, tz=ZoneInfo(zone)).next_open(moment) is None


@proved
@given(st.sampled_from(ZONES), NEAR_CHANGES)
def test_who_works_all_day_every_day_is_always_open(zone, moment):
    assert WorkingTime(tz=ZoneInfo(zone)).is_open(moment)


@proved
@given(offices(), NEAR_CHANGES)
def test_it_is_open_on_worked_days_only(time, moment):
    local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    assert time.works_on(local.date()) or not time.is_open(moment)
