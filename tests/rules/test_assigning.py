"""What an admin may give to whom."""

import pytest

from lead_pool.rules.assigning import assign_batch, may_assign
from lead_pool.rules.facts import Counter, Entry, Load, Member, Verdict

ME, OTHER = 7, 9
FULL = Counter(5, 5)
MINE = {"state": "held", "user_id": ME}
HIS = {"state": "held", "user_id": OTHER}
FREE, TAKEN = Load(held=Counter(4, 5)), Load(held=FULL)


@pytest.mark.parametrize(
    ("entry", "target", "overall", "words", "code"),
    [
        ({}, {}, FREE, {}, ""),
        (HIS, {}, FREE, {}, ""),  # held: given to another rep
        (None, {}, FREE, {}, "unknown"),
        (None, {}, FREE, {"actor_may": False}, "unknown"),
        ({}, {}, FREE, {"actor_may": False}, "not_admin"),
        ({"state": "closed"}, {}, FREE, {"actor_may": False}, "not_admin"),
        ({"state": "closed"}, {}, FREE, {}, "closed"),
        ({"archived": True}, {}, FREE, {}, "archived"),
        ({}, None, FREE, {}, "target_not_member"),
        ({}, {"active": False}, FREE, {}, "user_inactive"),
        (MINE, {}, FREE, {}, "taken"),
        (MINE, {"load": TAKEN}, FREE, {}, "taken"),
        ({}, {"load": TAKEN}, FREE, {}, "target_full"),
        ({}, {}, TAKEN, {}, "target_full"),
        ({}, {"load": TAKEN}, TAKEN, {"over_capacity": True}, ""),
        ({}, {"load": Load(day=FULL, hour=FULL)}, Load(day=FULL), {}, ""),  # claims only
        ({"state": "closed"}, {}, FREE, {"over_capacity": True}, "closed"),
        ({}, {"weight": 0}, FREE, {}, ""),  # no share of the rotation, but chosen by a person
    ],
)
def test_what_an_admin_may_give_to_whom(entry, target, overall, words, code):
    verdict = may_assign(
        None if entry is None else Entry(1, **entry),
        None if target is None else Member(ME, **target),
        overall,
        **words,
    )
    assert verdict == Verdict(code)


def codes(verdicts):
    return [verdict.code for verdict in verdicts]


def test_five_leads_given_to_a_rep_with_two_places_left_give_two_and_three_reasons():
    target = Member(ME, load=Load(held=Counter(28, 30), day=Counter(1, 9)))
    asked = [Entry(n, pool_id=1) for n in range(5)]
    answers = assign_batch(asked, {1: target}, Load(), may={1: True})
    assert codes(answers) == ["", "", "target_full", "target_full", "target_full"]
    assert (target.load.held.used, target.load.day.used) == (30, 1)


def test_an_admin_who_exceeds_the_capacity_knowingly_gives_them_all_and_all_count():
    target, overall = Member(ME, load=Load(held=Counter(28, 30))), Load(held=Counter(0, 1))
    asked = [Entry(n, pool_id=1) for n in range(5)]
    answers = assign_batch(asked, {1: target}, overall, over_capacity=True, may={1: True})
    assert codes(answers) == [""] * 5
    assert (target.load.held.used, overall.held.used) == (33, 5)


def test_an_admin_of_one_pool_gives_nothing_out_of_another():
    asked = [Entry(1, pool_id=1), Entry(2, pool_id=2), None, Entry(3, pool_id=3)]
    answers = assign_batch(asked, {1: Member(ME), 2: Member(ME)}, Load(), may={1: True, 3: True})
    assert codes(answers) == ["", "not_admin", "unknown", "target_not_member"]
    assert codes(assign_batch(asked[:1], {1: Member(ME)}, Load())) == ["not_admin"]


def test_a_lead_named_twice_in_one_call_takes_one_place():
    target = Member(ME)
    answers = assign_batch([Entry(1, pool_id=1)] * 2, {1: target}, Load(), may={1: True})
    assert codes(answers) == ["", "taken"]
    assert target.load.held.used == 1
