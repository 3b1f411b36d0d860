"""What happens to a lead that waits too long."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules.ageing import ACTIONS, Due, Step, in_order, next_step, try_again
from lead_pool.rules.working_time import CALENDAR, WorkingTime

MONDAY = datetime(2026, 3, 2, 9)
WEEK = WorkingTime(frozenset(range(5)))
RAISE, AGAIN = Step(11, "raise", 1), Step(12, "raise", 3)
WIDEN, PUSH, ARCHIVE = Step(20, "widen", 5), Step(30, "distribute", 5), Step(40, "archive", 30)
ALL = [ARCHIVE, PUSH, AGAIN, WIDEN, RAISE]
proved = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def after(days):
    return MONDAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ((), Due(11, after(1))),
        ((11,), Due(12, after(3))),
        ((11, 12), Due(20, after(5))),
        ((11, 12, 20), Due(30, after(5))),  # on the same day, in order
        ((11, 12, 20, 30), Due(40, after(30))),
        ((11, 12, 20, 30, 40), Due()),
        ((20,), Due(30, after(5))),  # what comes earlier in the order is not made up for
        ((99,), Due(11, after(1))),  # of a step that was removed
    ],
)
def test_steps_are_taken_in_their_order(taken, expected):
    assert next_step(ALL, MONDAY, taken, CALENDAR) == expected


def test_without_steps_nothing_happens():
    assert next_step([], MONDAY, (), CALENDAR) == Due()


def test_a_step_whose_condition_does_not_hold_is_passed_over():
    assert next_step(ALL, MONDAY, (), CALENDAR, holds={30, 40}) == Due(30, after(5))
    assert next_step(ALL, MONDAY, (20,), CALENDAR, holds={11, 40}) == Due(40, after(30)), "no way back in the order"


def test_working_days_are_counted_on_the_calendar():
    friday = datetime(2026, 3, 6, 9)
    assert next_step([Step(1, "raise", 1, working=True)], friday, (), WEEK) == Due(1, datetime(2026, 3, 9, 9))


def test_after_a_change_of_the_rules_nothing_is_due_in_the_past():
    now = after(9)
    assert next_step(ALL, MONDAY, (), CALENDAR, earliest=now) == Due(11, now)
    assert next_step([ARCHIVE], MONDAY, (), CALENDAR, earliest=now) == Due(40, after(30))


@pytest.mark.parametrize(
    ("following", "expected"),
    [
        (Due(), Due(30, after(6))),
        (Due(40, after(30)), Due(30, after(6))),
        (Due(40, after(6)), None),
        (Due(40, after(5)), None),
    ],
)
def test_what_could_not_be_done_is_tried_again_until_the_next_step_is_due(following, expected):
    assert try_again(30, following, after(6)) == expected


STEPS = st.lists(
    st.builds(Step, st.integers(1, 50), st.sampled_from(ACTIONS), st.integers(1, 60), st.booleans()),
    max_size=8,
    unique_by=lambda step: step.id,
)


@proved
@given(STEPS)
def test_every_step_is_taken_once_in_order_and_then_no_more(steps):
    taken, dates = (), []
    while due := next_step(steps, MONDAY, taken, WEEK):
        if not due.step_id:
            break
        assert due.step_id not in taken
        taken += (due.step_id,)
        dates.append(due.at)
    assert list(taken) == [step.id for step in in_order(steps)]
    assert all(at > MONDAY for at in dates)


@proved
@given(STEPS, st.integers(1, 50), st.integers(1, 30))
def test_more_days_are_never_earlier(steps, step_id, more):
    step = Step(step_id, "raise", 5)
    later = Step(step_id, "raise", 5 + more)
    assert next_step([later], MONDAY, (), WEEK).at > next_step([step], MONDAY, (), WEEK).at


def test_what_waited_before_a_step_came_has_its_grace_and_the_other_steps_have_none():
    floors = {40: after(45)}
    assert next_step([ARCHIVE], MONDAY, (), CALENDAR, floors=floors) == Due(40, after(45))
    assert next_step([ARCHIVE], MONDAY, (), CALENDAR, floors={40: after(3)}) == Due(40, after(30))
    assert next_step(ALL, MONDAY, (), CALENDAR, floors=floors) == Due(11, after(1))


def test_no_step_comes_in_less_than_about_an_hour():
    assert next_step([Step(1, "raise", 0.0001)], MONDAY, (), CALENDAR).at >= MONDAY + timedelta(minutes=57)
