"""How people are told: what they chose, what their company chose, what is usual."""

import pytest

from lead_pool.rules.notice import DAILY, KINDS, WAYS, cleaned, ways_of


def usual(kind):
    return KINDS[kind].usual


@pytest.mark.parametrize("kind", KINDS)
def test_a_choice_holds_before_the_company_s_and_none_is_a_choice(kind):
    assert ways_of(kind, own={}, company={}) == KINDS[kind].usual
    assert ways_of(kind, own={}, company={kind: []}) == ()
    assert ways_of(kind, own={kind: ["message", "live"]}, company={kind: []}) == ("live", "message")


def test_nobody_who_chose_nothing_hears_nothing_and_the_daily_kinds_are_reminders():
    assert all(set(kind.usual) <= set(WAYS) and kind.usual for kind in KINDS.values())
    assert all(KINDS[kind].reminder for kind in DAILY)


def test_only_what_differs_from_the_usual_is_kept():
    rows = [{"kind": kind, "ways": list(facts.usual), "name": "x"} for kind, facts in KINDS.items()]
    assert cleaned(rows, usual) == ({}, set(KINDS))
    rows[0] = {"kind": "got", "ways": ["message", "live", "live"]}
    assert cleaned(rows, usual)[0] == {"got": ["live", "message"]}


@pytest.mark.parametrize(
    "rows",
    [
        "got",
        {"got": ["live"]},
        ["got"],
        [{"kind": "got"}],
        [{"kind": "got", "ways": "live"}],
        [{"kind": ["got"], "ways": []}],
        [{"kind": "got", "ways": [["live"]]}],
        [{"kind": "gossip", "ways": []}],
    ],
)
def test_anything_else_is_refused(rows):
    with pytest.raises(ValueError):
        cleaned(rows, usual)
