"""What the holder of a lead may do about its deadline: truth tables."""

from datetime import datetime, timedelta
from itertools import product

import pytest

from lead_pool.rules.facts import Entry
from lead_pool.rules.keep import (
    RESPITE_DAYS,
    Terms,
    extended_until,
    lock_ends_at,
    may_extend,
    may_grant,
    may_lock,
    may_unlock,
    needs_approval,
    respite_until,
)
from lead_pool.rules.reclaim import Rule, Tenure, deadline
from lead_pool.rules.working_time import WorkingTime

NOW = datetime(2026, 3, 2, 9)  # a Monday
DAY = timedelta(days=1)
ME, OTHER = 7, 9
WEEK = WorkingTime(frozenset(range(5)))


def entry(state="held", user_id=ME, **values):
    return Entry(1, state=state, user_id=user_id if state == "held" else 0, **values)


NOBODYS = [
    (None, "unknown"),
    (entry("waiting"), "waiting"),
    (entry("closed", closed_as="lost"), "closed"),
    (entry(user_id=OTHER), "not_holder"),
]


@pytest.mark.parametrize(("which", "code"), NOBODYS)
def test_who_does_not_hold_the_lead_does_nothing_about_its_deadline(which, code):
    terms = Terms(lock_limit=9, extend_days=9, approval="never")
    assert may_lock(which, ME, terms, locked_now=0, now=NOW).code == code
    assert may_unlock(which, ME).code == code
    assert may_extend(which, ME, 1, terms, used=0, due_at=NOW).code == code
    assert may_grant(which, ME, due_at=NOW).code == code


def test_an_admin_unlocks_and_extends_what_others_hold():
    assert may_unlock(entry(user_id=OTHER), ME, is_admin=True)
    assert may_extend(entry(user_id=OTHER), ME, 99, Terms(), used=9, due_at=NOW, is_admin=True)
    assert may_extend(entry("waiting"), ME, 1, Terms(), used=0, due_at=NOW, is_admin=True).code == "waiting"
    assert may_extend(entry(), ME, 1, Terms(), used=0, due_at=None, is_admin=True).code == "no_deadline"


@pytest.mark.parametrize(
    ("limit", "locked_now", "days", "until", "member", "already", "expected"),
    [
        # limit, locked now, longest lock, lock time ends on day, member, locked already: what is it about
        (0, 0, 0, None, True, False, "no_locks"),
        (1, 0, 0, None, True, False, ""),
        (1, 1, 0, None, True, False, "locks"),
        (1, 1, 0, None, True, True, ""),  # locked already: done
        (0, 5, 0, None, True, True, ""),  # the limit was lowered below what is locked
        (3, 5, 0, None, True, False, "locks"),
        (3, 2, 5, None, True, False, ""),
        (3, 2, 5, 1, True, False, ""),  # time is left of an earlier lock
        (3, 2, 5, 0, True, False, "lock_days"),
        (3, 2, 5, -1, True, False, "lock_days"),
        (3, 2, 0, -1, True, False, ""),  # the pool has no longest lock any more
    ],
)
def test_locking(limit, locked_now, days, until, member, already, expected):
    verdict = may_lock(
        entry(locked=already),
        ME,
        Terms(lock_limit=limit, lock_days=days),
        locked_now=locked_now,
        now=NOW,
        is_member=member,
        locked_until=until is not None and NOW + until * DAY or None,
    )
    assert verdict.about == expected
    assert verdict.code == ("limit_reached" if expected else "")


def test_who_is_no_member_any_more_has_nothing_on_which_locks_are_counted():
    verdict = may_lock(entry(), ME, Terms(lock_limit=1), locked_now=0, now=NOW, is_member=False)
    assert verdict.code == "not_member"


@pytest.mark.parametrize(
    ("days", "until", "expected"), [(0, None, None), (0, 4, None), (3, None, 3), (3, 1, 1), (3, 5, 5)]
)
def test_the_time_of_a_lock_begins_once_a_holding(days, until, expected):
    ends = lock_ends_at(Terms(lock_days=days), NOW, until and NOW + until * DAY)
    assert ends == (expected and NOW + expected * DAY)


@pytest.mark.parametrize(
    ("most", "limit", "days", "used", "expected"),
    [
        # most days at once, most extensions, days asked, used: what is it about
        (0, 0, 1, 0, "no_extensions"),
        (7, 0, 7, 99, ""),
        (7, 0, 8, 0, "extend_days"),
        (7, 2, 7, 1, ""),
        (7, 2, 7, 2, "extensions"),
        (7, 2, 7, 5, "extensions"),  # the limit was lowered below what was used
        (7, 2, 8, 2, "extend_days"),
    ],
)
def test_extending(most, limit, days, used, expected):
    terms = Terms(extend_days=most, extend_limit=limit)
    verdict = may_extend(entry(), ME, days, terms, used=used, due_at=NOW)
    assert verdict.about == expected
    assert verdict.code == ("limit_reached" if expected else "")


def test_what_never_goes_back_needs_no_extension():
    assert may_extend(entry(), ME, 1, Terms(extend_days=7), used=0, due_at=None).code == "no_deadline"
    assert may_grant(entry(), ME, due_at=None).code == "no_deadline"


@pytest.mark.parametrize(
    ("approval", "days", "is_admin", "expected"),
    [
        ("never", 30, False, False),
        ("always", 1, False, True),
        ("above", 3, False, False),
        ("above", 4, False, True),
        ("always", 1, True, False),
        ("above", 99, True, False),
    ],
)
def test_who_has_to_ask(approval, days, is_admin, expected):
    terms = Terms(extend_days=99, approval=approval, free_days=3)
    assert needs_approval(days, terms, is_admin=is_admin) == expected


def test_an_extension_begins_at_the_later_of_deadline_and_now():
    assert extended_until(NOW + DAY, NOW, 2) == NOW + 3 * DAY
    assert extended_until(NOW - DAY, NOW, 2) == NOW + 2 * DAY
    assert extended_until(NOW + 4 * DAY, NOW, 1, WEEK, working=True) == NOW + 7 * DAY, "Friday to Monday"


def test_who_waits_for_an_answer_is_spared_once():
    assert respite_until(NOW) == NOW + RESPITE_DAYS * DAY
    assert respite_until(NOW + DAY, NOW) == NOW


@pytest.mark.parametrize(("touched", "keep"), product([None, 1, 3], [None, 1, 4, 8]))
def test_a_promise_outlives_follow_ups_and_other_rules(touched, keep):
    tenure = Tenure(
        NOW,
        last_follow_up_at=touched and NOW + touched * DAY,
        keep_until=keep and NOW + keep * DAY,
    )
    for rule in (Rule(no_follow_up_days=3), Rule(no_follow_up_days=1), Rule(held_days=2)):
        begin = (touched or 0) if rule.no_follow_up_days else 0
        due = NOW + (begin + (rule.no_follow_up_days or rule.held_days)) * DAY
        assert deadline(rule, tenure).reclaim_at == max(due, tenure.keep_until or due)


def test_a_promise_makes_no_deadline_where_there_is_none():
    assert deadline(None, Tenure(NOW, keep_until=NOW)).reclaim_at is None
    assert deadline(Rule(held_days=2), Tenure(NOW, exempt="locked", keep_until=NOW)).reclaim_at is None
