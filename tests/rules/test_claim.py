"""Who may claim which lead: one table of reasons, their order, and batches that count."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import combinations

import pytest

from lead_pool.rules.claim import (
    FRESH,
    best_first,
    claim_batch,
    cooling_until,
    deciding_rule,
    first_in_line,
    lead_verdict,
    limit_verdict,
    may_claim,
    may_take_any,
    may_undo,
    points,
    protected_until,
)
from lead_pool.rules.facts import ClaimRule, Counter, Entry, Load, Member, Policy, Verdict

NOON = datetime(2026, 3, 2, 12)
ME, OTHER = 7, 9
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WINDOWS = {
    "hour": datetime(2026, 3, 2, 13),
    "day": datetime(2026, 3, 2, 16),
    "day_all": datetime(2026, 3, 2, 23),
}
FULL = Counter(5, 5)

# What may stand against a claim, the first to be named first: (code, what is different from a lead
# that anybody may claim, from when the answer may be another one).
REASONS = [
    ("unknown", {"entry": None}, None),
    ("not_member", {"member": None}, None),
    ("closed", {"entry.state": "closed"}, None),
    ("archived", {"entry.archived": True}, None),
    ("taken", {"entry.state": "held", "entry.user_id": OTHER}, None),
    ("user_inactive", {"member.active": False}, None),
    ("claim_off", {"policy.claimable": False}, None),
    ("paused", {"member.paused": True}, None),
    (
        "claim_rule",
        {"entry.claim_matches": frozenset({1}), "policy.claim_rules": (ClaimRule(1, frozenset({OTHER})),)},
        None,
    ),
    ("incomplete", {"entry.missing": ("Budget",)}, None),
    (
        "protected",
        {"entry.entered_at": NOON - MINUTE, "policy.protection_minutes": 60},
        NOON + 59 * MINUTE,
    ),
    (
        "cooling_off",
        {"entry.last_holder_id": ME, "entry.last_held_until": NOON - DAY, "policy.cooling_days": 7},
        NOON + 6 * DAY,
    ),
    ("out_of_order", {"first_ids": {2, 3}}, None),
    ("backlog", {"policy.backlog_limit": 3, "backlog": 4}, None),
    ("capacity_full", {"load.held": FULL}, None),
    ("capacity_all_full", {"overall.held": FULL}, None),
    ("daily_limit", {"load.day": FULL}, WINDOWS["day"]),
    ("daily_limit_all", {"overall.day": FULL}, WINDOWS["day_all"]),
    ("hourly_limit", {"load.hour": FULL}, WINDOWS["hour"]),
    ("hourly_limit_all", {"overall.hour": FULL}, WINDOWS["hour"]),
]


def ask(changes=None, **words):
    """The verdict on a claim that is allowed but for the changes: ``{'entry.state': 'closed'}``."""
    facts = {
        "entry": Entry(1),
        "member": Member(ME),
        "policy": Policy(),
        "load": Load(),
        "overall": Load(),
    }
    changes = {**(changes or {}), **words}
    for path, value in changes.items():
        name, _, field = path.partition(".")
        if field and facts[name] is not None:
            facts[name] = replace(facts[name], **{field: value})
    for name in ("entry", "member"):
        if name in changes:
            facts[name] = changes[name]
    if facts["member"]:
        facts["member"] = replace(facts["member"], load=facts["load"])
    return may_claim(
        facts["entry"],
        facts["member"],
        facts["overall"],
        facts["policy"],
        now=changes.get("now", NOON),
        backlog=changes.get("backlog", 0),
        windows=WINDOWS,
        first_ids=changes.get("first_ids"),
    )


def test_a_member_claims_a_lead_that_waits():
    assert ask() == Verdict()


@pytest.mark.parametrize(("code", "changes", "retry_at"), REASONS, ids=[row[0] for row in REASONS])
def test_each_reason_alone_refuses_the_claim_and_says_when_to_ask_again(code, changes, retry_at):
    verdict = ask(changes)
    assert (verdict.code, verdict.retry_at) == (code, retry_at)


def test_who_is_full_learns_how_many_he_may_hold():
    assert ask({"load.held": Counter(7, 7)}) == Verdict("capacity_full", limit=7)


PAIRS = [
    (first, second)
    for first, second in combinations(REASONS, 2)
    if not first[1].keys() & second[1].keys()  # a lead is not closed and held at once
]


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda reason: reason[0])
def test_of_two_reasons_the_more_fundamental_one_is_named(first, second):
    assert ask({**second[1], **first[1]}).code == first[0]


def test_a_lead_that_i_hold_already_is_taken_too():
    assert ask({"entry.state": "held", "entry.user_id": ME}).code == "taken"


def test_a_stranger_does_not_learn_what_became_of_the_lead():
    assert ask({"entry.state": "closed", "member": None}).code == "not_member"


# Protection of new leads


@pytest.mark.parametrize(
    ("minutes", "entered_at", "now", "until"),
    [
        (0, NOON, NOON, None),
        (30, None, NOON, None),
        (30, NOON, NOON, NOON + 30 * MINUTE),
        (30, NOON, NOON + 29 * MINUTE, NOON + 30 * MINUTE),
        (30, NOON, NOON + 30 * MINUTE, None),
        (2 * 24 * 60, NOON, NOON + DAY, NOON + 2 * DAY),
    ],
)
def test_a_new_lead_rests_from_its_entry_until_the_minute(minutes, entered_at, now, until):
    policy = Policy(protection_minutes=minutes)
    assert protected_until(Entry(1, entered_at=entered_at), policy, now) == until


# Cooling-off


@pytest.mark.parametrize("days", [0, 2])
@pytest.mark.parametrize("cooling_of", ["last", "any"])
@pytest.mark.parametrize(
    ("holder", "last", "any_"),
    [
        (1, None, NOON - 5 * DAY),  # held it first, five days ago
        (2, NOON, NOON),  # held it last, until just now
        (3, None, None),  # never held it
    ],
)
def test_a_former_holder_cools_off(days, cooling_of, holder, last, any_):
    entry = Entry(
        1,
        last_holder_id=2,
        last_held_until=NOON,
        former_holders=frozenset({(1, NOON - 6 * DAY), (1, NOON - 5 * DAY), (2, NOON)}),
    )
    held_until = last if cooling_of == "last" else any_
    expected = held_until + days * DAY if days and held_until else None
    policy = Policy(cooling_days=days, cooling_of=cooling_of)
    now = NOON - 4 * DAY
    assert cooling_until(entry, holder, policy, now) == expected


@pytest.mark.parametrize(("later", "cools"), [(-1, True), (0, False), (1, False)])
def test_cooling_off_ends_at_the_minute(later, cools):
    entry = Entry(1, last_holder_id=ME, last_held_until=NOON - 2 * DAY)
    assert bool(cooling_until(entry, ME, Policy(cooling_days=2), NOON + later * MINUTE)) == cools


def test_of_several_former_holdings_the_latest_one_counts():
    entry = Entry(
        1,
        last_holder_id=ME,
        last_held_until=NOON,
        former_holders=frozenset({(ME, NOON - 30 * DAY), (ME, NOON)}),
    )
    policy = Policy(cooling_days=7, cooling_of="any")
    assert cooling_until(entry, ME, policy, NOON + DAY) == NOON + 7 * DAY


def test_a_holding_without_an_end_does_not_cool():
    entry = Entry(1, last_holder_id=ME, former_holders=frozenset({(ME, None)}))
    assert cooling_until(entry, ME, Policy(cooling_days=7, cooling_of="any"), NOON) is None


# Order, backlog


@pytest.mark.parametrize(
    ("first_ids", "code"),
    [(None, ""), ({1}, ""), ({1, 2}, ""), ({2}, "out_of_order"), (set(), "out_of_order")],
)
def test_an_ordered_pool_gives_only_what_is_next(first_ids, code):
    assert ask(first_ids=first_ids).code == code


@pytest.mark.parametrize(
    ("limit", "backlog", "code"),
    [
        (0, 99, ""),
        (3, 0, ""),
        (3, 3, ""),
        (3, 4, "backlog"),
    ],
)
def test_more_untouched_leads_than_the_pool_allows_stop_the_claim(limit, backlog, code):
    assert ask({"policy.backlog_limit": limit}, backlog=backlog).code == code


def test_who_leaves_too_many_untouched_learns_how_many():
    assert ask({"policy.backlog_limit": 3}, backlog=5) == Verdict("backlog", limit=3, count=5)


@pytest.mark.parametrize(("first_ids", "code"), [(None, "out_of_order"), (set(), "out_of_order"), ({1}, "")])
def test_where_the_pool_picks_only_what_it_picked_is_had(first_ids, code):
    assert ask({"policy.order": "pull"}, first_ids=first_ids).code == code


def test_where_the_pool_picks_nobody_is_told_when_a_card_could_be_claimed():
    changes = {"policy.order": "pull", "entry.entered_at": NOON, "policy.protection_minutes": 60}
    assert ask(changes) == Verdict("out_of_order")


@pytest.mark.parametrize(
    ("line", "asked", "first"),
    [
        ([], {1}, []),
        ([1, 2, 3], set(), []),
        ([1, 2, 3], {1}, [1]),
        ([3, 1, 2], {1, 3}, [3, 1]),
        ([1, 2, 3], {2, 3}, []),
        ([1, 2, 3], {1, 3}, [1]),
        ([1, 2], {1, 2, 9}, [1, 2]),
    ],
)
def test_of_a_line_the_first_ones_are_had_without_a_gap(line, asked, first):
    assert first_in_line(line, asked) == first


# Who may claim which lead

RULES = (ClaimRule(1, frozenset({ME})), ClaimRule(2, frozenset({OTHER})), ClaimRule(3))


@pytest.mark.parametrize(
    ("matches", "decides", "mine"),
    [
        ((), None, True),
        ((1,), 1, True),
        ((2,), 2, False),
        ((3,), 3, True),
        ((1, 2), 1, True),
        ((2, 3), 2, False),
        ((9,), None, True),  # a rule that is out of use
    ],
)
def test_the_first_claim_rule_that_holds_decides(matches, decides, mine):
    entry, policy = Entry(1, claim_matches=frozenset(matches)), Policy(claim_rules=RULES)
    rule = deciding_rule(entry, policy)
    assert (rule and rule.id) == decides
    verdict = may_claim(entry, Member(ME), Load(), policy, now=NOON)
    assert (bool(verdict), verdict.rule_id) == (mine, 0 if mine else decides)


def test_a_rule_for_nobody_lets_nobody_claim():
    policy = Policy(claim_rules=(ClaimRule(1, frozenset()),))
    assert lead_verdict(Entry(1, claim_matches=frozenset({1})), ME, policy, NOON).code == "claim_rule"


# What a pull gives


@pytest.mark.parametrize(
    ("days", "worth"), [(0, 50 + FRESH), (1, 50 + FRESH / 2), (2, 50 + FRESH / 4), (365, 50), (-1, 50 + FRESH)]
)
def test_a_fresh_lead_is_worth_more_and_that_is_halved_each_day(days, worth):
    assert points(Entry(1, score=50, entered_at=NOON - days * DAY), NOON) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"known_by": (ME,)}, {"priority": 3, "score": 99}),
        ({"known_by": (OTHER, ME)}, {"known_by": (OTHER,), "score": 99}),
        ({"priority": 1}, {"score": 99}),
        ({"score": 60}, {"score": 59}),
        ({"score": 50, "entered_at": NOON}, {"score": 59, "entered_at": NOON - DAY}),
        ({"score": 71, "entered_at": NOON - 30 * DAY}, {"score": 50, "entered_at": NOON}),
        ({"entered_at": NOON - 99 * DAY}, {"entered_at": NOON - 98 * DAY}),
    ],
)
def test_of_two_leads_who_pulls_gets_the_better_one(better, worse):
    first, second = Entry(2, **better), Entry(1, **worse)
    assert [entry.id for entry in best_first([second, first], ME, NOON)] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, ""),
        ({"member": None}, "not_member"),
        ({"member": Member(ME, active=False)}, "user_inactive"),
        ({"member": Member(ME, paused=True)}, "paused"),
        ({"policy": Policy(claimable=False)}, "claim_off"),
        ({"policy": Policy(backlog_limit=1), "backlog": 2}, "backlog"),
        ({"member": Member(ME, load=Load(held=FULL))}, "capacity_full"),
        ({"overall": Load(hour=FULL)}, "hourly_limit_all"),
    ],
)
def test_who_could_take_no_lead_at_all_learns_it_before_one_is_looked_for(changes, code):
    facts = {"member": Member(ME), "overall": Load(), "policy": Policy(), "backlog": 0, **changes}
    verdict = may_take_any(facts["member"], facts["overall"], facts["policy"], backlog=facts["backlog"])
    assert verdict.code == code


# Undo


@pytest.mark.parametrize(
    ("entry", "changes", "code"),
    [
        ({}, {}, ""),
        ({"state": "waiting", "user_id": 0}, {}, "waiting"),
        ({"state": "closed", "user_id": 0}, {}, "closed"),
        ({"user_id": OTHER}, {}, "not_holder"),
        ({}, {"claimed_at": None}, "undo_over"),
        ({}, {"claimed_at": NOON - timedelta(seconds=30)}, ""),
        ({}, {"claimed_at": NOON - timedelta(seconds=31)}, "undo_over"),
        ({}, {"touched": True}, "undo_touched"),
        ({}, {"used_on": NOON.date()}, "undo_used"),
        ({}, {"used_on": NOON.date() - DAY}, ""),
        ({}, {"used_on": NOON.date(), "touched": True}, "undo_touched"),
        ({}, {"claimed_at": None, "touched": True}, "undo_over"),
    ],
)
def test_a_claim_can_be_undone_for_a_moment_once_a_day_while_nothing_was_done(entry, changes, code):
    facts = {"claimed_at": NOON, "touched": False, "used_on": None, "today": NOON.date(), "tomorrow": NOON + DAY}
    mine = Entry(1, **{"state": "held", "user_id": ME, **entry})
    verdict = may_undo(mine, ME, now=NOON, **{**facts, **changes})
    assert (verdict.code, verdict.retry_at) == (code, NOON + DAY if code == "undo_used" else None)


# Limits


@pytest.mark.parametrize(
    ("verdict", "moment"),
    [
        (limit_verdict(Load(held=FULL), Load(), {"held": NOON + DAY}), NOON + DAY),  # on the ramp
        (limit_verdict(Load(held=FULL), Load(), WINDOWS), None),
        (limit_verdict(Load(), Load(hour=FULL), {**WINDOWS, "hour_all": NOON + MINUTE}), NOON + MINUTE),
    ],
)
def test_the_moment_is_that_of_the_clock_which_counts(verdict, moment):
    assert verdict.retry_at == moment


@pytest.mark.parametrize("part", ["held", "day", "hour"])
@pytest.mark.parametrize(
    ("used", "limit", "allowed"),
    [(0, 0, True), (99, 0, True), (4, 5, True), (5, 5, False), (6, 5, False)],
)
def test_a_limit_refuses_at_its_figure_and_zero_is_no_limit(part, used, limit, allowed):
    load = Load(**{part: Counter(used, limit)})
    assert bool(limit_verdict(load, Load(), {})) == allowed
    assert bool(limit_verdict(Load(), load, {})) == allowed


def test_a_limit_of_the_day_in_all_pools_ends_with_the_pools_day_when_no_other_is_known():
    verdict = limit_verdict(Load(), Load(day=FULL), {"day": WINDOWS["day"]})
    assert verdict == Verdict("daily_limit_all", WINDOWS["day"])


def test_without_known_windows_a_limit_is_refused_without_a_moment():
    assert limit_verdict(Load(hour=FULL), Load(), {}) == Verdict("hourly_limit")


# Several leads at once


def batch(entries, load=None, overall=None, policy=None, **words):
    members = {1: Member(ME, load=load or Load())}
    policies = {1: policy or Policy()}
    return claim_batch(entries, members, overall or Load(), policies, now=NOON, **words)


def codes(verdicts):
    return [verdict.code for verdict in verdicts]


@pytest.mark.parametrize(
    ("load", "overall", "reason"),
    [
        (Load(held=Counter(28, 30)), Load(), "capacity_full"),
        (Load(), Load(held=Counter(28, 30)), "capacity_all_full"),
        (Load(day=Counter(0, 2)), Load(), "daily_limit"),
        (Load(), Load(day=Counter(0, 2)), "daily_limit_all"),
        (Load(hour=Counter(7, 9)), Load(), "hourly_limit"),
        (Load(), Load(hour=Counter(7, 9)), "hourly_limit_all"),
        (Load(held=Counter(28, 30), hour=Counter(0, 3)), Load(day=Counter(0, 4)), "capacity_full"),
    ],
)
def test_five_leads_asked_with_two_places_left_give_two_and_three_reasons(load, overall, reason):
    answers = batch([Entry(n, pool_id=1) for n in range(5)], load, overall)
    assert codes(answers) == ["", "", reason, reason, reason]


def test_a_lead_asked_twice_in_one_call_is_taken_once():
    load = Load()
    assert codes(batch([Entry(1, pool_id=1), Entry(1, pool_id=1)], load)) == ["", "taken"]
    assert load.held.used == 1


def test_a_refused_lead_uses_no_place_and_a_later_one_may_still_be_had():
    load = Load(held=Counter(4, 5))
    asked = [Entry(1, pool_id=1, state="closed"), Entry(2, pool_id=1), Entry(3, pool_id=1)]
    assert codes(batch(asked, load)) == ["closed", "", "capacity_full"]


def test_unknown_leads_and_pools_of_others_are_answered_in_their_place():
    asked = [None, Entry(2, pool_id=1), Entry(3, pool_id=2), None]
    assert codes(batch(asked)) == ["unknown", "", "not_member", "unknown"]


def test_each_lead_claimed_is_one_more_to_follow_up():
    policy = Policy(backlog_limit=3)
    asked = [Entry(n, pool_id=1) for n in range(4)]
    assert codes(batch(asked, policy=policy, backlog=2)) == ["", "", "backlog", "backlog"]


def test_pools_have_their_own_limits_orders_and_windows_and_share_what_counts_in_all():
    members = {1: Member(ME, load=Load(hour=Counter(0, 1))), 2: Member(ME)}
    overall = Load(held=Counter(0, 3))
    asked = [Entry(1, pool_id=1), Entry(2, pool_id=1)] + [Entry(n, pool_id=2) for n in range(3, 7)]
    answers = claim_batch(
        asked,
        members,
        overall,
        {1: Policy(), 2: Policy(order="oldest")},
        now=NOON,
        windows={1: WINDOWS},
        first_ids={2: {4, 5, 6}},
    )
    assert answers == [
        Verdict(),
        Verdict("hourly_limit", WINDOWS["hour"]),
        Verdict("out_of_order"),
        Verdict(),
        Verdict(),
        Verdict("capacity_all_full", limit=3),
    ]
    assert (members[1].load.held.used, members[2].load.held.used, overall.held.used) == (1, 2, 3)


def test_nothing_asked_is_nothing_answered():
    assert batch([]) == []
