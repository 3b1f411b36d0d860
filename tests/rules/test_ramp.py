"""The capacity of a new member grows day by day, and never beyond what he may hold in the end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules.ramp import ramped

proved = settings(max_examples=100, deadline=None, derandomize=True, database=None)

CAPACITIES = st.integers(1, 5000)
RAMPS = st.integers(0, 3650)
DAYS = st.integers(-30, 4000)


@pytest.mark.parametrize(
    ("capacity", "days_in", "ramp_days", "expected"),
    [
        (30, 0, 30, 1),  # the day he joins
        (30, 1, 30, 1),  # 1.97: whole leads, rounded down
        (30, 2, 30, 2),
        (30, 15, 30, 15),
        (30, 29, 30, 29),
        (30, 30, 30, 30),
        (30, 400, 30, 30),
        (30, 0, 0, 30),  # no ramp
        (30, 0, 1, 1),  # full on the second day
        (30, 1, 1, 30),
        (3, 0, 90, 1),
        (3, 45, 90, 2),
        (3, 89, 90, 2),
        (1, 0, 90, 1),  # nothing to grow
        (30, -5, 30, 1),  # joins next week
        (30, -5, 0, 30),
        (0, 0, 30, 0),  # no limit, no ramp
        (0, 40, 30, 0),
    ],
)
def test_the_ramp_by_the_day(capacity, days_in, ramp_days, expected):
    assert ramped(capacity, days_in, ramp_days) == expected


@proved
@given(CAPACITIES, RAMPS, DAYS)
def test_it_is_between_one_lead_and_the_full_capacity(capacity, ramp_days, days_in):
    now = ramped(capacity, days_in, ramp_days)
    assert type(now) is int
    assert 1 <= now <= capacity


@proved
@given(CAPACITIES, RAMPS, DAYS)
def test_it_never_shrinks_from_one_day_to_the_next(capacity, ramp_days, days_in):
    assert ramped(capacity, days_in, ramp_days) <= ramped(capacity, days_in + 1, ramp_days)


@proved
@given(CAPACITIES, RAMPS, DAYS)
def test_who_may_hold_more_in_the_end_never_holds_less_on_the_way(capacity, ramp_days, days_in):
    assert ramped(capacity, days_in, ramp_days) <= ramped(capacity + 1, days_in, ramp_days)


@proved
@given(CAPACITIES, RAMPS, st.integers(0, 5000))
def test_after_the_last_day_it_is_the_full_capacity(capacity, ramp_days, later):
    assert ramped(capacity, ramp_days + later, ramp_days) == capacity


@proved
@given(CAPACITIES, st.integers(1, 3650))
def test_it_begins_with_one_lead(capacity, ramp_days):
    assert ramped(capacity, 0, ramp_days) == 1


@proved
@given(RAMPS, DAYS)
def test_who_has_no_limit_has_none_from_the_first_day(ramp_days, days_in):
    assert ramped(0, days_in, ramp_days) == 0
