"""Who decides a request."""

import hashlib

import pytest

from lead_pool.rules.approval import (
    InvalidPolicy,
    Month,
    may_decide,
    may_dispute,
    may_mark_invalid_now,
    may_withdraw,
    sampled,
)
from lead_pool.rules.facts import Entry

ASKER, OTHER = 7, 9


@pytest.mark.parametrize(
    ("user", "admin", "manager", "code"),
    [
        (OTHER, False, False, "not_admin"),
        (OTHER, True, False, ""),
        (OTHER, True, True, ""),
        (ASKER, False, False, "not_admin"),
        (ASKER, True, False, "own_request"),
        (ASKER, True, True, ""),
        (ASKER, False, True, ""),
    ],
)
def test_who_decides_an_open_request(user, admin, manager, code):
    assert may_decide("open", asker_id=ASKER, user_id=user, is_admin=admin, is_manager=manager).code == code


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("open", ""),
        ("approved", "decided"),
        ("declined", "decided"),
        ("withdrawn", "request_over"),
        ("lapsed", "request_over"),
    ],
)
def test_a_request_is_decided_or_withdrawn_once(state, code):
    assert may_decide(state, asker_id=ASKER, user_id=OTHER, is_admin=True, is_manager=False).code == code
    assert may_withdraw(state, asker_id=ASKER, user_id=ASKER).code == code


def test_who_may_not_decide_learns_nothing_of_the_state():
    for state in ("open", "approved", "lapsed"):
        assert may_decide(state, asker_id=ASKER, user_id=OTHER, is_admin=False, is_manager=False).code == "not_admin"
        assert may_withdraw(state, asker_id=ASKER, user_id=OTHER).code == "not_asker"


LONG = "the number is a fax"


@pytest.mark.parametrize(
    ("policy", "note", "proof", "code"),
    [
        (InvalidPolicy(), "", False, ""),
        (InvalidPolicy("note", 10), "", False, "evidence_missing"),
        (InvalidPolicy("note", 10), " n o   t h i n ", False, "evidence_missing"),
        (InvalidPolicy("note", 10), LONG, False, ""),
        (InvalidPolicy("note", 10, "all"), "", False, "evidence_missing"),
        (InvalidPolicy("note", 10, "all"), LONG, False, "approval_asked"),
        (InvalidPolicy("proof"), LONG, False, "evidence_missing"),
        (InvalidPolicy("proof"), "", True, ""),
        (InvalidPolicy("proof", 0, "all"), "", True, "approval_asked"),
    ],
)
def test_evidence_comes_before_the_approval(policy, note, proof, code):
    assert may_mark_invalid_now(policy, note=note, proof=proof).code == code


@pytest.mark.parametrize(
    ("percent", "held", "invalid", "asks"),
    [(20, 10, 0, False), (20, 10, 1, False), (20, 10, 2, True), (20, 1, 0, True), (0, 9, 0, True), (100, 1, 0, False)],
)
def test_above_a_share_of_the_month(percent, held, invalid, asks):
    policy = InvalidPolicy(approval="share", percent=percent)
    assert (may_mark_invalid_now(policy, month=Month(held, invalid)).code == "approval_asked") is asks


@pytest.mark.parametrize("percent", [0, 5, 20, 50, 100])
def test_a_sample_is_as_large_as_it_says(percent):
    digests = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(4000)]
    hits = sum(sampled(digest, percent) for digest in digests)
    assert abs(hits / len(digests) * 100 - percent) < 2


MINE = Entry(1, state="held", user_id=ASKER)
HIS = Entry(2, state="held", user_id=OTHER)


@pytest.mark.parametrize(
    ("entry", "other", "disputes", "settled", "code"),
    [
        (MINE, HIS, 0, False, ""),
        (MINE, HIS, 4, False, ""),
        (MINE, HIS, 5, False, "dispute_limit"),
        (MINE, HIS, 5, True, "dispute_open"),
        (MINE, None, 0, False, "no_rival"),
        (MINE, Entry(2), 0, False, "no_rival"),
        (MINE, MINE, 0, False, "no_rival"),
        (HIS, MINE, 0, False, "not_holder"),
        (Entry(1), HIS, 0, False, "waiting"),
        (Entry(1, state="closed", closed_as="lost"), HIS, 0, False, "closed"),
    ],
)
def test_who_may_dispute_what(entry, other, disputes, settled, code):
    assert may_dispute(entry, other, ASKER, open_disputes=disputes, settled=settled).code == code
