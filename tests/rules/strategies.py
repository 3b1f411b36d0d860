"""What may happen in a pool, for Hypothesis to draw from; shared by the files of properties."""

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st

from lead_pool.rules.facts import Counter, Entry, Load, Member
from lead_pool.rules.reclaim import Rule, Tenure
from lead_pool.rules.working_time import WorkingTime

NOON = datetime(2026, 3, 2, 12)
DAY = timedelta(days=1)
ME = 7

# The same examples in each run, so that a red build is red again; nothing is kept on the disk.
EXAMPLES = int(os.environ.get("LEAD_POOL_EXAMPLES", "30"))  # thousands in `make test-all`
proved = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
proved_on_few = settings(proved, max_examples=20)


def counters(most=8):
    return st.builds(Counter, st.integers(0, most), st.integers(0, most))


def loads():
    return st.builds(Load, counters(), counters(), counters())


WEIGHTS = st.one_of(st.integers(1, 10), st.sampled_from([0.25, 0.5, 1.5, 1 / 3, 1000]))


@st.composite
def teams(draw, weights=WEIGHTS, smallest=1):
    drawn = draw(st.lists(weights, min_size=smallest, max_size=8))
    return [Member(number, weight=weight) for number, weight in enumerate(drawn, 1)]


@st.composite
def messy_teams(draw):
    """Some paused, some gone, some full, some without a share."""
    team = draw(teams(weights=st.sampled_from([0, 1, 1, 2, 5])))
    return [
        replace(
            member,
            paused=draw(st.booleans()),
            active=draw(st.sampled_from([True, True, False])),
            load=Load(held=draw(counters())),
        )
        for member in team
    ]


ENTRIES = st.builds(
    Entry,
    id=st.integers(1, 12),
    pool_id=st.integers(1, 3),
    state=st.sampled_from(["waiting", "waiting", "waiting", "held", "closed"]),
    archived=st.sampled_from([False, False, False, True]),
)
ASKED = st.lists(st.one_of(st.none(), ENTRIES), max_size=12)
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, fold=0)
)
WHOLE_DAYS = st.integers(1, 40)
DAYS = st.one_of(WHOLE_DAYS, st.sampled_from([0.25, 0.5, 1.5, 2.75]))
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def calendars(draw, zones=("UTC", "Asia/Shanghai", "Asia/Kolkata")):
    return WorkingTime(
        weekdays=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        holidays=frozenset(draw(st.sets(DATES, max_size=6))),
        extra_days=frozenset(draw(st.sets(DATES, max_size=3))),
        tz=ZoneInfo(draw(st.sampled_from(zones))),
    )


@st.composite
def reclaim_rules(draw):
    figures = st.one_of(st.just(0), DAYS)
    ladder = sorted((draw(figures) for _step in range(3)), reverse=True)
    return Rule(
        id=1,
        no_first_touch_days=draw(figures),
        no_follow_up_days=draw(figures),
        not_converted_days=draw(figures),
        not_won_days=draw(figures),
        held_days=draw(figures),
        match=draw(st.sampled_from(["any", "all"])),
        working=draw(st.booleans()),
        warn_days=ladder[0],
        warn_leader_days=ladder[1],
        warn_admin_days=ladder[2],
    )


@st.composite
def leaves(draw, most=4):
    """Leaves that may overlap, lie long ago, or begin in the middle of a day."""
    starts = draw(st.lists(MOMENTS, max_size=most))
    return tuple((start, start + timedelta(hours=draw(st.integers(1, 24 * 30)))) for start in starts)


@st.composite
def tenures(draw):
    started = draw(MOMENTS)
    moments = st.one_of(st.none(), MOMENTS)
    return Tenure(started, last_follow_up_at=draw(moments), converted_at=draw(moments), away=draw(leaves()))


def given_to(choices):
    return [choice.user_id for choice in choices]


def leads(number):
    return [Entry(n) for n in range(1, number + 1)]


def counted(load):
    return (load.held.used, load.day.used, load.hour.used)


def within(load, before):
    """No counter went over its limit (one that was over before did not move)."""
    return all(
        not now.limit or now.used <= max(now.limit, earlier.used)
        for now, earlier in [
            (load.held, before.held),
            (load.day, before.day),
            (load.hour, before.hour),
        ]
    )
