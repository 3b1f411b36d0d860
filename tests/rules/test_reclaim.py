"""When a lead goes back, and who may send it back."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from lead_pool.rules.facts import Entry, Verdict
from lead_pool.rules.reclaim import (
    ADMIN,
    EXEMPTIONS,
    LEADER,
    NEVER,
    REP,
    Deadline,
    Rule,
    Tenure,
    brake,
    deadline,
    doubtful,
    exempt_for,
    going_back,
    impossible,
    may_mark_invalid,
    may_recall,
    may_reclaim,
    may_return,
    may_transfer,
    never_tried,
    next_warning,
    stands_until,
    warnings,
)
from lead_pool.rules.working_time import WorkingTime

START = datetime(2026, 3, 2, 9)  # a Monday
DAY = timedelta(days=1)
WEEK = WorkingTime(frozenset(range(5)))
ME, OTHER = 7, 9
PARTS = ("no_first_touch", "no_follow_up", "not_converted", "not_won", "held")


def day(number):
    return START + number * DAY


# The deadline


@pytest.mark.parametrize("part", PARTS)
def test_each_part_alone_counts_from_the_start_of_an_untouched_holding(part):
    rule = Rule(id=4, **{part + "_days": 3})
    assert deadline(rule, Tenure(START)) == Deadline(day(3), None, part, 4)


@pytest.mark.parametrize(
    ("part", "touched", "converted", "expected"),
    [
        # part, followed up on day, converted on day: goes back on day
        ("no_first_touch", None, None, 5),
        ("no_first_touch", 0, None, None),
        ("no_first_touch", 2, None, None),
        ("no_first_touch", -1, None, 5),  # by a former holder
        ("no_first_touch", None, 2, 5),
        ("no_follow_up", None, None, 5),
        ("no_follow_up", 2, None, 7),
        ("no_follow_up", -1, None, 5),
        ("no_follow_up", 2, 3, 7),
        ("not_converted", None, None, 5),
        ("not_converted", 2, None, 5),
        ("not_converted", None, 2, None),
        ("not_won", 2, 2, 5),
        ("held", 2, 2, 5),
    ],
)
def test_what_happened_during_the_holding_moves_or_ends_each_part(
    part,
    touched,
    converted,
    expected,
):
    tenure = Tenure(
        START,
        last_follow_up_at=None if touched is None else day(touched),
        converted_at=None if converted is None else day(converted),
    )
    answer = deadline(Rule(**{part + "_days": 5}), tenure)
    assert answer.reclaim_at == (None if expected is None else day(expected))


@pytest.mark.parametrize(
    ("match", "figures", "touched", "expected"),
    [
        ("any", {"no_first_touch_days": 1, "held_days": 30}, None, (1, "no_first_touch")),
        ("any", {"no_first_touch_days": 1, "held_days": 30}, 0.5, (30, "held")),
        ("any", {"no_follow_up_days": 3, "held_days": 30}, 29, (30, "held")),
        ("all", {"no_follow_up_days": 3, "held_days": 30}, 2, (30, "held")),
        ("all", {"no_follow_up_days": 3, "held_days": 30}, 29, (32, "no_follow_up")),
        ("all", {"no_first_touch_days": 1, "held_days": 30}, None, (30, "held")),
        ("all", {"no_first_touch_days": 1, "held_days": 30}, 0.5, None),  # can be due no more
    ],
)
def test_any_takes_the_first_part_that_is_due_and_all_the_last(match, figures, touched, expected):
    tenure = Tenure(START, last_follow_up_at=None if touched is None else day(touched))
    answer = deadline(Rule(match=match, **figures), tenure)
    assert answer == (Deadline(day(expected[0]), None, expected[1]) if expected else NEVER)


@pytest.mark.parametrize("match", ["any", "all"])
@pytest.mark.parametrize("warn_days", [0, 2])
def test_a_rule_with_every_part_switched_off_never_takes_a_lead_back(match, warn_days):
    assert deadline(Rule(match=match, warn_days=warn_days), Tenure(START)) == NEVER


def test_without_a_rule_or_with_an_exemption_a_lead_never_goes_back():
    assert deadline(None, Tenure(START)) == NEVER
    for why in EXEMPTIONS:
        assert deadline(Rule(held_days=1), Tenure(START, exempt=why)) == Deadline(exempt=why)
        assert deadline(None, Tenure(START, exempt=why)).exempt == why


@pytest.mark.parametrize(
    ("days", "warn_days", "expected"),
    [(3, 0, None), (3, 1, 2), (3, 0.5, 2.5), (3, 3, 0), (3, 9, 0)],
)
def test_the_warning_comes_so_many_days_before_but_not_before_the_holding(
    days,
    warn_days,
    expected,
):
    answer = deadline(Rule(held_days=days, warn_days=warn_days), Tenure(START))
    assert answer.warn_at == (None if expected is None else day(expected))


def test_working_days_are_counted_in_both_directions():
    rule = Rule(held_days=5, warn_days=1, working=True)
    answer = deadline(rule, Tenure(START), WEEK)
    assert (answer.reclaim_at, answer.warn_at) == (day(7), day(4))  # Monday; Friday before


def test_a_rule_of_calendar_days_does_not_look_at_the_working_time():
    assert deadline(Rule(held_days=5), Tenure(START), WEEK).reclaim_at == day(5)


def test_a_call_on_saturday_does_not_bring_the_deadline_forward():
    rule = Rule(no_follow_up_days=1, working=True)
    friday, saturday = datetime(2026, 3, 6, 15), datetime(2026, 3, 7, 10)
    before = deadline(rule, Tenure(START, last_follow_up_at=friday), WEEK).reclaim_at
    after = deadline(rule, Tenure(START, last_follow_up_at=saturday), WEEK).reclaim_at
    assert before == datetime(2026, 3, 9, 15)
    assert after == datetime(2026, 3, 10)


@pytest.mark.parametrize(
    ("not_before", "reclaim_on", "warn_on"),
    [
        (None, 3, 2),
        (1, 3, 2),
        (3, 3, 2),
        (10, 10, 9),
    ],
)
def test_a_changed_rule_leaves_a_grace_and_the_warning_goes_along(not_before, reclaim_on, warn_on):
    grace = None if not_before is None else day(not_before)
    answer = deadline(Rule(held_days=3, warn_days=1), Tenure(START), not_before=grace)
    assert (answer.reclaim_at, answer.warn_at) == (day(reclaim_on), day(warn_on))


def test_a_grace_makes_no_deadline_where_there_is_none():
    assert deadline(Rule(), Tenure(START), not_before=day(9)) == NEVER


# A leave stops the clock


@pytest.mark.parametrize(
    ("leaves", "expected"),
    [
        # days on which he is away, from until: goes back on day
        ([], 5),
        ([(1, 3)], 7),
        ([(-9, -2)], 5),  # before he had it
        ([(-1, 2)], 7),  # it came while he was away: counts from when he is back
        ([(4.5, 6)], 6.5),
        ([(5, 9)], 5),  # begins as the time is over
        ([(6, 9)], 5),
        ([(1, 2), (3, 4)], 7),
        ([(1, 3), (2, 4)], 8),  # told twice, counted once
        ([(1, 2), (5.5, 10)], 10.5),  # the first one pushes the deadline into the second
    ],
)
def test_while_the_holder_is_away_the_clock_stands_still(leaves, expected):
    away = tuple((day(start), day(end)) for start, end in leaves)
    assert deadline(Rule(held_days=5), Tenure(START, away=away)).reclaim_at == day(expected)


def test_the_warning_comes_before_a_leave_that_it_would_fall_into():
    away = ((day(2), day(10)),)
    answer = deadline(Rule(held_days=2.5, warn_days=1), Tenure(START, away=away))
    assert (answer.reclaim_at, answer.warn_at) == (day(10.5), day(1.5))


@pytest.mark.parametrize(
    ("leaves", "expected"),
    [
        ([], 7),  # five working days from Monday
        ([(0.625, 1.625)], 8),  # all of Tuesday
        ([(1, 1.25)], 7),  # a part of Tuesday: he worked on it
        ([(4.625, 6.625)], 7),  # on a weekend
        ([(6.625, 7.625)], 8),  # the Monday on which it would go back
        ([(6.9, 7.1)], 7.1),  # some hours around the moment at which it would go back
    ],
)
def test_of_working_days_only_those_count_on_which_the_holder_works(leaves, expected):
    away = tuple((day(start), day(end)) for start, end in leaves)
    answer = deadline(Rule(held_days=5, working=True), Tenure(START, away=away), WEEK)
    assert answer.reclaim_at == day(expected)


def test_who_is_away_on_a_saturday_worked_in_exchange_is_away():
    saturday = datetime(2026, 3, 7)
    time = replace(WEEK, extra_days=frozenset([saturday.date()]))
    rule = Rule(held_days=5, working=True)
    assert deadline(rule, Tenure(START), time).reclaim_at == day(5)
    away = ((saturday, saturday + DAY),)
    assert deadline(rule, Tenure(START, away=away), time).reclaim_at == day(7)


def test_until_when_the_clock_stands_still():
    away = [(day(1), day(3)), (day(3), day(4)), (day(8), day(9))]
    assert stands_until(away, day(2)) == day(4)
    assert stands_until(away, day(4)) is None
    assert stands_until([], day(2)) is None


def test_where_the_clock_changes_a_working_day_keeps_its_time_of_day():
    berlin = replace(WEEK, tz=ZoneInfo("Europe/Berlin"))
    friday = datetime(2026, 3, 27, 9)  # 10:00 in Berlin; the clock goes forward on the Sunday
    answer = deadline(Rule(held_days=1, working=True), Tenure(friday), berlin)
    assert answer.reclaim_at == datetime(2026, 3, 30, 8)
    assert deadline(Rule(held_days=3), Tenure(friday), berlin).reclaim_at == friday + 3 * DAY


# The ladder

LADDER = Rule(held_days=10, warn_days=3, warn_leader_days=2, warn_admin_days=1)


def test_rep_leader_and_admin_are_warned_one_after_the_other():
    answer = deadline(LADDER, Tenure(START))
    assert answer.warnings == ((REP, day(7)), (LEADER, day(8)), (ADMIN, day(9)))
    assert answer.warn_at == day(7)
    assert warnings(LADDER, Tenure(START), WEEK, day(20)) == ((REP, day(17)), (LEADER, day(18)), (ADMIN, day(19)))


@pytest.mark.parametrize(
    ("since", "warned", "expected"),
    [
        (0, 0, (7, REP)),
        (7, REP, (8, LEADER)),
        (8, LEADER, (9, ADMIN)),
        (9, ADMIN, None),
        (7.5, 0, (7.5, REP)),  # the deadline came late: its holder hears of it at once
        (8.5, REP, (9, ADMIN)),  # but nobody else of what is over
        (9.5, REP, None),
    ],
)
def test_the_next_warning(since, warned, expected):
    answer = next_warning(deadline(LADDER, Tenure(START)).warnings, since=day(since), warned=warned)
    assert answer == ((day(expected[0]), expected[1]) if expected else (None, 0))


def test_a_step_that_is_off_is_left_out():
    answer = deadline(replace(LADDER, warn_days=0, warn_admin_days=0), Tenure(START))
    assert (answer.warn_at, answer.warnings) == (None, ((LEADER, day(8)),))
    assert next_warning(answer.warnings, since=START) == (day(8), LEADER)
    assert next_warning(NEVER.warnings, since=START) == (None, 0)


# What never goes back


@pytest.mark.parametrize(
    ("facts", "switched_on", "expected"),
    [
        (set(), set(EXEMPTIONS), ""),
        ({"tag"}, {"tag"}, "tag"),
        ({"tag"}, {"order"}, ""),
        ({"condition", "order"}, {"condition", "order"}, "order"),
        ({"locked", "tag"}, {"tag"}, "locked"),
        ({"locked"}, set(), "locked"),
    ],
)
def test_a_lead_is_exempt_for_what_its_pool_grants(facts, switched_on, expected):
    assert exempt_for(facts, switched_on) == expected


# Rules that contradict themselves


@pytest.mark.parametrize(
    ("figures", "codes"),
    [
        ({}, []),
        ({"held_days": 3, "warn_days": 3}, []),
        ({"held_days": 3, "warn_days": 3.5}, ["warning_too_early"]),
        ({"no_first_touch_days": 1, "held_days": 30, "warn_days": 3}, []),
        ({"held_days": 0.02}, ["too_short"]),
        ({"held_days": 1 / 24}, []),
        ({"held_days": 0.04}, ["too_short"]),
        ({"held_days": 3, "warn_days": 0.01}, ["too_short"]),
        ({"held_days": 9, "warn_days": 1, "warn_leader_days": 2}, ["ladder"]),
        ({"held_days": 9, "warn_leader_days": 1, "warn_admin_days": 2}, ["ladder"]),
        ({"held_days": 9, "warn_leader_days": 2, "warn_admin_days": 2}, []),
        ({"warn_days": 3}, []),
    ],
)
def test_rules_that_can_never_do_what_they_say(figures, codes):
    assert impossible(Rule(**figures)) == codes


@pytest.mark.parametrize(
    ("figures", "words", "codes"),
    [
        ({}, {}, ["nothing"]),
        ({"held_days": 3, "warn_days": 1}, {"grace_hours": 24}, []),
        ({"no_first_touch_days": 1, "held_days": 30, "warn_days": 3}, {}, ["warned_at_once"]),
        ({"no_first_touch_days": 1, "held_days": 30, "warn_days": 3, "match": "all"}, {}, []),
        ({"held_days": 0.5}, {"grace_hours": 24}, ["grace_longer"]),
        ({"held_days": 1}, {"grace_hours": 24}, []),
        ({"not_won_days": 9}, {"opportunity_ends_holding": True}, ["never_won"]),
        ({"not_won_days": 9}, {}, []),
    ],
)
def test_rules_that_their_author_hardly_meant(figures, words, codes):
    assert doubtful(Rule(**figures), **words) == codes


def test_rules_behind_one_for_all_leads_are_never_tried():
    assert never_tried([True, True, False]) == []
    assert never_tried([True, False, True, False]) == [2, 3]
    assert never_tried([]) == []


# The brake


@pytest.mark.parametrize(
    ("due", "most", "taken", "expected"),
    [(5, 0, 0, 5), (5, 5, 0, 5), (6, 5, 0, 5), (5, 5, 3, 2), (5, 5, 9, 0), (0, 5, 0, 0)],
)
def test_the_brake_lets_so_many_go_back_within_an_hour(due, most, taken, expected):
    assert brake(due, most=most, taken=taken) == expected


def test_how_many_leads_of_how_many_people_go_back():
    deadlines = [(1, day(1)), (1, day(2)), (2, day(2)), (3, day(9)), (4, None)]
    assert going_back(deadlines, day(2)) == (3, 2)
    assert going_back(deadlines, START) == (0, 0)


# Who may send it back

WAITING = Entry(1, pool_id=1)
MINE = Entry(1, pool_id=1, state="held", user_id=ME)
HIS = Entry(1, pool_id=1, state="held", user_id=OTHER)
CLOSED = Entry(1, pool_id=1, state="closed")
STATES = [None, WAITING, MINE, HIS, CLOSED]
IDS = ["unknown", "waiting", "mine", "another's", "closed"]


def table(rep, admin):
    """One row per state and role: ``(entry, is_admin, code)``."""
    return [
        pytest.param(entry, is_admin, code, id=f"{name} {'admin' if is_admin else 'rep'}")
        for is_admin, expected in ((False, rep), (True, admin))
        for name, entry, code in zip(IDS, STATES, expected, strict=True)
    ]


@pytest.mark.parametrize(
    ("entry", "is_admin", "code"),
    table(
        rep=["unknown", "waiting", "", "not_holder", "closed"],
        admin=["unknown", "waiting", "", "", "closed"],
    ),
)
def test_the_holder_returns_his_leads_and_an_admin_all(entry, is_admin, code):
    assert may_return(entry, ME, is_admin=is_admin).code == code
    # a wrong reason or destination is told to who might return the lead, and to nobody else
    wrong_reason = may_return(entry, ME, is_admin=is_admin, reason_ok=False, destination_ok=False)
    assert wrong_reason.code == (code or "wrong_reason")
    wrong_pool = may_return(entry, ME, is_admin=is_admin, destination_ok=False)
    assert wrong_pool.code == (code or "wrong_pool")


@pytest.mark.parametrize(
    ("entry", "is_admin", "code"),
    table(
        rep=["unknown", "not_admin", "not_admin", "not_admin", "not_admin"],
        admin=["unknown", "waiting", "", "", "closed"],
    ),
)
def test_only_an_admin_recalls_a_held_lead(entry, is_admin, code):
    assert may_recall(entry, is_admin=is_admin).code == code


@pytest.mark.parametrize(
    ("entry", "is_admin", "code"),
    table(
        rep=["unknown", "not_admin", "not_admin", "not_admin", "not_admin"],
        admin=["unknown", "", "", "", "closed"],
    ),
)
def test_only_an_admin_transfers_a_lead_to_another_pool(entry, is_admin, code):
    words = {"is_admin": is_admin}
    assert may_transfer(entry, 2, **words).code == code
    assert may_transfer(entry, 1, **words).code == (code or "wrong_pool")
    assert may_transfer(entry, 2, target_ok=False, **words).code == (code or "wrong_pool")
    assert may_transfer(entry, 2, reason_ok=False, **words).code == (code or "wrong_reason")


@pytest.mark.parametrize(
    ("entry", "is_admin", "code"),
    table(
        rep=["unknown", "not_admin", "", "not_holder", "closed"],
        admin=["unknown", "", "", "", "closed"],
    ),
)
def test_the_holder_says_that_his_lead_is_none_and_an_admin_of_any(entry, is_admin, code):
    assert may_mark_invalid(entry, ME, is_admin=is_admin).code == code
    wrong = may_mark_invalid(entry, ME, is_admin=is_admin, reason_ok=False)
    assert wrong.code == (code or "wrong_reason")


# The scheduled action looks again under the lock


@pytest.mark.parametrize(
    ("entry", "due", "verdict"),
    [
        (MINE, -1, Verdict()),
        (MINE, 0, Verdict()),  # the moment itself is due
        (MINE, 1, Verdict("not_due", day(1))),  # extended or followed up meanwhile
        (MINE, None, Verdict("not_due")),
        (WAITING, -1, Verdict("waiting")),  # returned meanwhile
        (CLOSED, -1, Verdict("closed")),  # converted meanwhile
    ],
)
def test_a_lead_goes_back_only_if_it_is_still_held_and_due(entry, due, verdict):
    due_at = None if due is None else day(due)
    assert may_reclaim(entry, due_at=due_at, now=START) == verdict


@pytest.mark.parametrize(("by_entry", "by_word"), product([False, True], repeat=2))
def test_a_lead_locked_by_its_holder_stays_however_the_lock_is_told(by_entry, by_word):
    entry = Entry(1, state="held", user_id=ME, locked=by_entry)
    verdict = may_reclaim(entry, due_at=START, now=START, locked=by_word)
    assert verdict.code == ("locked" if by_entry or by_word else "")
