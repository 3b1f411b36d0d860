"""Who gets a lead and why."""

from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from itertools import combinations

import pytest

from lead_pool.rules.distribution import (
    ROTATE,
    STRATEGIES,
    AssignRule,
    Choice,
    allocate,
    candidates,
    conversion_rates,
    standings,
    verdict_on,
)
from lead_pool.rules.facts import Counter, Entry, Load, Member, Policy

ME, OTHER = 7, 9
FULL = Counter(5, 5)


def leads(number):
    return [Entry(n) for n in range(1, number + 1)]


def given_to(choices):
    return [choice.user_id for choice in choices]


# Candidates

AGAINST = [
    ("user_inactive", {"active": False}),
    ("paused", {"paused": True}),
    ("away", {"away_until": datetime(2026, 3, 9)}),
    ("no_weight", {"weight": 0}),
    ("capacity_full", {"load": Load(held=FULL)}),
]


def test_a_member_with_a_share_and_a_free_place_is_a_candidate():
    assert verdict_on(Member(ME, load=Load(held=Counter(4, 5)))) == ""


@pytest.mark.parametrize(("code", "facts"), AGAINST)
def test_each_reason_alone_keeps_a_member_from_getting_leads(code, facts):
    assert verdict_on(Member(ME, **facts)) == code


@pytest.mark.parametrize(("first", "second"), list(combinations(AGAINST, 2)))
def test_of_two_reasons_the_more_lasting_one_is_named(first, second):
    assert verdict_on(Member(ME, **first[1], **second[1])) == first[0]


def test_used_up_claims_do_not_keep_a_member_from_getting_leads():
    assert verdict_on(Member(ME, load=Load(day=FULL, hour=FULL))) == ""


def test_the_record_of_a_decision_names_everybody_with_verdict_and_credit():
    members = [Member(1, credit=1 / 3), Member(2, paused=True, credit=-0.5), Member(3)]
    overall = {3: Load(held=FULL)}
    assert candidates(members, overall) == [
        (1, "", 0.333333, 0, 0, 1.0),
        (2, "paused", -0.5, 0, 0, 1.0),
        (3, "capacity_all_full", 0.0, 0, 0, 1.0),
    ]
    assert [candidate.code for candidate in candidates(members)] == ["", "paused", ""]


# Strategies


def test_a_manual_pool_gives_nothing_by_itself():
    member = Member(1)
    choices = allocate(leads(2), [member], Policy(strategy="manual"))
    assert choices == [Choice(entry, code="manual_pool", strategy="manual") for entry in (1, 2)]
    assert member.load.held.used == 0


@pytest.mark.parametrize(
    ("member", "overall", "code"),
    [
        (Member(ME), {}, ""),
        (Member(ME), {ME: Load(held=Counter(4, 5))}, ""),
        (Member(OTHER), {}, "not_member"),
        (Member(ME, paused=True), {}, "paused"),
        (Member(ME, active=False), {}, "user_inactive"),
        (Member(ME, load=Load(held=FULL)), {}, "capacity_full"),
        (Member(ME), {ME: Load(held=FULL)}, "capacity_all_full"),
    ],
)
def test_a_default_assignee_gets_the_lead_or_the_pool_says_why_not(member, overall, code):
    policy = Policy(strategy="default_assignee", default_assignee_id=ME)
    [choice] = allocate([Entry(1)], [Member(8), member], policy, overall=overall)
    assert (choice.user_id, choice.code) == (0 if code else ME, code)


def test_a_default_assignee_gets_leads_up_to_his_capacity():
    member, overall = Member(ME, load=Load(held=Counter(3, 5))), {ME: Load()}
    policy = Policy(strategy="default_assignee", default_assignee_id=ME)
    choices = allocate(leads(3), [member], policy, overall=overall)
    assert [(choice.user_id, choice.code) for choice in choices] == [
        (ME, ""),
        (ME, ""),
        (0, "capacity_full"),
    ]
    assert (member.load.held.used, overall[ME].held.used) == (5, 2)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ([1], [1, 1, 1]),
        ([1, 1], [1, 2, 1, 2]),
        ([1, 1, 1], [1, 2, 3, 1, 2, 3]),
        ([2, 1], [1, 2, 1, 1, 2, 1]),
        ([1, 2], [2, 1, 2, 2, 1, 2]),
        ([5, 1, 1], [1, 1, 2, 1, 3, 1, 1]),  # nginx's own example: a a b a c a a
        ([0, 1], [2, 2]),
    ],
)
def test_the_rotation_is_smooth(weights, expected):
    members = [Member(user, weight=weight) for user, weight in enumerate(weights, 1)]
    assert given_to(allocate(leads(len(expected)), members, ROTATE)) == expected


def test_the_rotation_remembers_where_it_stopped():
    members = [Member(1), Member(2), Member(3)]
    days = [given_to(allocate(leads(1), members, ROTATE)) for _day in range(6)]
    assert days == [[1], [2], [3], [1], [2], [3]]


def test_thirty_days_with_one_lead_each_give_three_equal_reps_ten_each():
    members = [Member(1), Member(2), Member(3)]
    got = [user for _day in range(30) for user in given_to(allocate(leads(1), members, ROTATE))]
    assert [got.count(user) for user in (1, 2, 3)] == [10, 10, 10]


@pytest.mark.parametrize(
    ("members", "winner", "tie_break"),
    [
        ([Member(1), Member(2)], 1, "user_id"),
        ([Member(2), Member(1)], 1, "user_id"),
        ([Member(1, weight=1), Member(2, weight=2)], 2, ""),
        # after this lead's shares (0.25 and 0.75) both have 0.75
        ([Member(1, weight=1, credit=0.5), Member(2, weight=3)], 2, "weight"),
        ([Member(1, weight=1, credit=0.6), Member(2, weight=3)], 1, ""),
        # stored with nine digits, a third is not quite a third
        ([Member(1, credit=0.333333333), Member(2, credit=1 / 3)], 1, "user_id"),
        ([Member(1, credit=0.333), Member(2, credit=1 / 3)], 2, ""),
    ],
)
def test_equal_credit_goes_to_the_larger_weight_then_to_the_older_user(members, winner, tie_break):
    [choice] = allocate([Entry(1)], members, ROTATE)
    assert (choice.user_id, choice.rank, choice.tie_break, choice.strategy) == (winner, 1, tie_break, "rotation")


def test_a_full_member_is_passed_over_and_the_others_go_on():
    members = [Member(1, load=Load(held=Counter(4, 5))), Member(2), Member(3)]
    assert given_to(allocate(leads(5), members, ROTATE)) == [1, 2, 3, 2, 3]


def test_a_capacity_of_all_pools_stops_the_rotation_too():
    members, overall = [Member(1), Member(2)], {1: Load(held=Counter(9, 10))}
    assert given_to(allocate(leads(4), members, ROTATE, overall=overall)) == [1, 2, 2, 2]
    assert overall[1].held.used == 10


@pytest.mark.parametrize(
    "members",
    [
        [],
        [Member(1, paused=True)],
        [Member(1, weight=0)],
        [Member(1, load=Load(held=FULL)), Member(2, active=False)],
    ],
)
def test_a_lead_that_nobody_may_have_waits_and_the_reason_is_told(members):
    before = [member.credit for member in members]
    assert allocate([Entry(1)], members, ROTATE) == [Choice(1, code="no_eligible_member", strategy="rotation")]
    assert [member.credit for member in members] == before


def test_who_was_away_for_a_hundred_leads_gets_his_turn_and_no_more():
    members = [Member(1), Member(2), Member(3)]
    members[2].paused = True
    assert 3 not in given_to(allocate(leads(100), members, ROTATE))
    members[2].paused = False
    got = given_to(allocate(leads(9), members, ROTATE))
    assert [got.count(user) for user in (1, 2, 3)] == [3, 3, 3]


# The other strategies


def loaded(user, held, limit=0, **facts):
    return Member(user, load=Load(held=Counter(held, limit)), **facts)


def test_in_turn_weights_do_not_count():
    members = [Member(1, weight=5), Member(2), Member(3, weight=0.1)]
    got = given_to(allocate(leads(9), members, Policy(strategy="round_robin")))
    assert [got.count(user) for user in (1, 2, 3)] == [3, 3, 3]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([loaded(1, 3), loaded(2, 1), loaded(3, 2)], [2, 2, 3]),  # 3 1 2 → 3 2 2 → 3 3 2 → 3 3 3
        ([loaded(1, 9, 10), loaded(2, 3, 4)], [2, 1]),  # 90 % against 75 %, then 90 against 100
        ([loaded(1, 9, 100), loaded(2, 3)], [2, 2]),  # one without a limit: numbers are compared
        ([loaded(1, 5, 5), loaded(2, 4, 5)], [2, 0]),
    ],
)
def test_least_loaded_gives_to_who_has_least_in_hand(members, expected):
    got = given_to(allocate(leads(len(expected)), members, Policy(strategy="least_loaded")))
    assert got == expected


def test_of_equally_loaded_members_the_rotation_chooses():
    members = [loaded(1, 2), loaded(2, 2)]
    [choice] = allocate(leads(1), members, Policy(strategy="least_loaded"))
    assert (choice.user_id, choice.tie_break, choice.strategy) == (1, "user_id", "least_loaded")


@pytest.mark.parametrize(
    ("skilled", "paused", "winner"),
    [
        ({1}, [], 1),
        ({1, 2}, [], 1),
        ({2}, [], 2),
        (set(), [], 3),  # nobody is skilled: who has no special skills
        ({1}, [1], 3),
        (set(), [3], 0),  # specialists do not get what is not theirs
    ],
)
def test_skill_match_gives_to_the_skilled_else_to_the_general(skilled, paused, winner):
    members = [Member(1, skills=True), Member(2, skills=True), Member(3)]
    for member in members:
        member.paused = member.user_id in paused
    [choice] = allocate([Entry(1, skilled=frozenset(skilled))], members, Policy(strategy="skill"))
    assert (choice.user_id, choice.code) == (winner, "" if winner else "no_eligible_member")


def test_best_past_conversion_gives_to_the_best_for_such_leads():
    members = [Member(1, record={7: (9, 10), 8: (0, 10)}), Member(2, record={7: (1, 10), 8: (5, 10)})]
    policy = Policy(strategy="conversion")
    assert given_to(allocate([Entry(1, kind=7), Entry(2, kind=8)], members, policy)) == [1, 2]


def test_one_lucky_conversion_does_not_beat_a_long_record_by_much_and_a_newcomer_is_average():
    rates = conversion_rates([Member(1, record={7: (30, 100)}), Member(2, record={7: (1, 1)}), Member(3)], 7)
    assert rates[2] < 0.45
    assert rates[1] < rates[3] < rates[2]
    assert rates[3] == pytest.approx(31 / 101)


def test_without_any_record_the_rotation_decides():
    members = [Member(1), Member(2), Member(3)]
    got = given_to(allocate(leads(9), members, Policy(strategy="conversion")))
    assert [got.count(user) for user in (1, 2, 3)] == [3, 3, 3]


# Who knows the company


@pytest.mark.parametrize(
    ("known_by", "affinity", "winner", "strategy"),
    [
        ((2,), True, 2, "affinity"),
        ((3, 2), True, 3, "affinity"),
        ((9, 2), True, 2, "affinity"),  # 9 has left the pool
        ((4, 2), True, 2, "affinity"),  # 4 is on leave
        ((4,), True, 1, "rotation"),
        ((2,), False, 1, "rotation"),
        ((), True, 1, "rotation"),
    ],
)
def test_the_same_company_goes_to_who_knows_it_if_he_can_take_it(known_by, affinity, winner, strategy):
    members = [Member(1), Member(2), Member(3), Member(4, away_until=datetime(2026, 3, 9))]
    policy = Policy(strategy="rotation", affinity=affinity)
    [choice] = allocate([Entry(1, known_by=known_by)], members, policy)
    assert (choice.user_id, choice.strategy) == (winner, strategy)


def test_by_what_the_winner_knows_the_customer_is_kept():
    members = [Member(1), Member(2), Member(3, paused=True)]
    entry = Entry(1, known_by=(3, 2, 1), known_by_what=("company", "phone", "customer"))
    known, unknown = allocate([entry, Entry(2)], members, Policy(strategy="rotation", affinity=True))
    assert (known.user_id, known.known_as, known.rank) == (2, "phone", 2)
    assert unknown.known_as == ""


# Rules in order

NORTH = AssignRule(1, "rotation", user_ids=frozenset({1, 2}))
BIG = AssignRule(2, "default_assignee", assignee_id=3)


@pytest.mark.parametrize(
    ("rules", "matches", "away", "expected"),
    [
        ((NORTH, BIG), {1}, [], (1, 1, "")),
        ((NORTH, BIG), {2}, [], (3, 2, "")),
        ((NORTH, BIG), {1, 2}, [], (1, 1, "")),  # the first that holds
        ((BIG, NORTH), {1, 2}, [], (3, 2, "")),
        ((NORTH, BIG), {1, 2}, [1, 2], (3, 2, "")),  # nobody there: the next rule
        ((NORTH, BIG), {1}, [1, 2], (3, 0, "")),  # no further rule: the pool's own strategy
        ((NORTH, BIG), set(), [], (1, 0, "")),
        ((replace(NORTH, if_nobody="wait"), BIG), {1, 2}, [1, 2], (0, 1, "no_eligible_member")),
        ((BIG,), {2}, [3], (1, 0, "")),
        ((replace(BIG, if_nobody="wait"),), {2}, [3], (0, 2, "paused")),
        ((NORTH,), {1}, [1, 2, 3], (0, 0, "no_eligible_member")),
    ],
)
def test_the_first_rule_that_holds_and_has_somebody_decides(rules, matches, away, expected):
    members = [Member(user, paused=user in away) for user in (1, 2, 3)]
    policy = Policy(strategy="rotation", rules=rules)
    [choice] = allocate([Entry(1, matches=frozenset(matches))], members, policy)
    assert (choice.user_id, choice.rule_id, choice.code) == expected


# What a choice remembers


def test_a_choice_by_rotation_tells_the_credit_of_the_winner_and_of_who_came_second():
    first, second = allocate(leads(2), [Member(1), Member(2), Member(3)], ROTATE)
    assert (first.user_id, first.value, first.next_id, first.next_value) == (1, 0.333333, 2, 0.333333)
    assert (second.user_id, second.value, second.next_id, second.next_value) == (2, 0.666667, 3, 0.666667)
    [alone] = allocate(leads(1), [Member(1)], ROTATE)
    assert (alone.next_id, alone.next_value) == (0, None)


@pytest.mark.parametrize(
    ("policy", "members", "expected"),
    [
        (Policy(strategy="least_loaded"), [loaded(1, 1, 10), loaded(2, 5, 10)], (1, 0.1, 2, 0.5)),
        (Policy(strategy="least_loaded"), [loaded(1, 3), loaded(2, 1, 10)], (2, 1, 1, 3)),
        (Policy(strategy="conversion"), [Member(1, record={0: (5, 5)}), Member(2, record={0: (0, 5)})],
         (1, 0.75, 2, 0.25)),
        (Policy(strategy="default_assignee", default_assignee_id=2), [Member(1), Member(2)], (2, None, 0, None)),
    ],
)  # fmt: skip
def test_a_choice_tells_what_the_strategy_compared(policy, members, expected):
    [choice] = allocate(leads(1), members, policy)
    assert (choice.user_id, choice.value, choice.next_id, choice.next_value) == expected


@pytest.mark.parametrize(
    ("policy", "members", "rank"),
    [
        (Policy(strategy="rotation"), [Member(1, credit=2, paused=True), Member(2)], 2),
        (Policy(strategy="rotation"), [Member(1, credit=-2, paused=True), Member(2)], 1),
        (Policy(strategy="least_loaded"), [Member(1, away_until=datetime(2026, 3, 9)), loaded(2, 3)], 2),
        (Policy(strategy="least_loaded"), [loaded(1, 9, 9), loaded(2, 3, 9)], 1),
        (Policy(strategy="conversion"), [Member(1, record={0: (5, 5)}, paused=True), Member(2, record={0: (0, 5)})], 2),
    ],
)
def test_the_rank_counts_who_stood_before_but_cannot_take_leads(policy, members, rank):
    [choice] = allocate(leads(1), members, policy)
    assert choice.rank == rank


def test_who_fills_up_during_the_batch_is_what_differs_for_the_leads_after():
    members, overall = [loaded(1, 0, 1), loaded(2, 0, 9)], {2: Load(held=Counter(0, 2))}
    choices = allocate(leads(4), members, ROTATE, overall=overall)
    assert given_to(choices) == [1, 2, 2, 0]
    assert [choice.differs for choice in choices] == [
        (),
        ((1, "capacity_full"),),
        ((1, "capacity_full"),),
        ((1, "capacity_full"), (2, "capacity_all_full")),
    ]


def test_rules_that_held_but_had_nobody_are_named():
    members = [Member(user, paused=user in (1, 2)) for user in (1, 2, 3)]
    policy = Policy(strategy="rotation", rules=(NORTH, replace(BIG, assignee_id=1)))
    choices = allocate([Entry(1, matches=frozenset({1, 2})), Entry(2, matches=frozenset({2}))], members, policy)
    assert [choice.passed for choice in choices] == [
        ((1, "no_eligible_member"), (2, "paused")),
        ((2, "paused"),),
    ]


# Why not me?


def test_each_member_is_told_how_he_stood():
    members = [
        Member(1, credit=0.5),
        Member(2, credit=0.1),
        Member(3, paused=True),
        Member(4, away_until=datetime(2026, 3, 9)),
        loaded(5, 5, 5),
    ]
    before = deepcopy(members)
    assert standings(Entry(1), members, ROTATE) == {
        1: ("", 0.5),
        2: ("not_next", 0.1),
        3: ("paused", None),
        4: ("away", None),
        5: ("capacity_full", None),
    }
    assert members == before, "asking changes nothing"


@pytest.mark.parametrize(
    ("policy", "entry", "codes"),
    [
        (Policy(strategy="default_assignee", default_assignee_id=2), Entry(1), ["not_assignee", "", "not_assignee"]),
        (Policy(strategy="manual"), Entry(1), ["manual_pool"] * 3),
        (Policy(strategy="skill"), Entry(1, skilled=frozenset({2})), ["not_skilled", "", "not_skilled"]),
        (
            Policy(strategy="rotation", rules=(AssignRule(1, "rotation", user_ids=frozenset({2, 3})),)),
            Entry(1, matches=frozenset({1})),
            ["not_in_rule", "", "not_next"],
        ),
        (Policy(strategy="conversion"), Entry(1), ["", "not_next", "not_next"]),
        (Policy(strategy="least_loaded"), Entry(1), ["", "not_next", "not_next"]),
        (Policy(strategy="rotation", affinity=True), Entry(1, known_by=(3,)), ["not_next", "not_next", ""]),
    ],
)
def test_why_somebody_else_got_the_lead(policy, entry, codes):
    members = [Member(1), Member(2, skills=True), Member(3)]
    assert [code for code, _value in standings(entry, members, policy).values()] == codes


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_lead_is_no_decision(strategy):
    assert allocate([], [Member(1)], Policy(strategy=strategy)) == []
