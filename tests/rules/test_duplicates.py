"""What becomes of a new lead that is known already: every policy against every way in."""

from itertools import product

import pytest

from lead_pool.rules.duplicates import ACTIONS, Decision, Policy, decide, waves
from lead_pool.rules.intake import CHANNELS, PEOPLE
from lead_pool.rules.matching import Match

LEAD = Match("crm.lead", 7, ("phone",), 0.95, True)
CUSTOMER = Match("res.partner", 3, ("email",), 0.95, True)
PERHAPS = Match("crm.lead", 8, ("company",), 0.7, False)


def test_whom_nobody_knows_is_created_whatever_the_policy():
    for lead, customer, channel in product(ACTIONS, ACTIONS, CHANNELS):
        assert decide([], Policy(lead, customer), channel=channel) == Decision()


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_sure_lead_gets_what_the_policy_says_but_people_no_repeat_inquiry(action, channel):
    expected = "flag" if action == "repeat" and channel in PEOPLE else action
    decision = decide([PERHAPS, CUSTOMER, LEAD], Policy(lead=action), channel=channel)
    assert decision.action == expected
    assert decision.of == (None if action == "create" else LEAD)


@pytest.mark.parametrize("action", ACTIONS)
def test_a_sure_customer_without_a_lead_has_none_that_an_inquiry_could_go_to(action):
    expected = "same_owner" if action == "repeat" else action
    decision = decide([PERHAPS, CUSTOMER], Policy(customer=action), channel="website")
    assert decision.action == expected


@pytest.mark.parametrize("action", ACTIONS)
def test_perhaps_is_never_more_than_a_flag(action):
    assert decide([PERHAPS], Policy(unsure=action), channel="website").action == (
        "flag" if action == "flag" else "create"
    )


@pytest.mark.parametrize(
    ("action", "expected"),
    [("create", "create"), ("flag", "flag"), ("same_owner", "same_owner"), ("repeat", "flag"), ("refuse", "flag")],
)
def test_code_that_does_not_know_the_gate_gets_the_record_that_it_made(action, expected):
    assert decide([LEAD], Policy(lead=action), channel="integration", is_code=True).action == expected


@pytest.mark.parametrize("still", [{"stopped": True}, {"observed": frozenset({7})}])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_pool_that_observes_and_the_kill_switch_hold_nothing_up(action, still):
    decision = decide([LEAD], Policy(lead=action), channel="website", **still)
    assert decision.action == (action if action in ("create", "flag") else "flag")
    assert decision.would == (action if action in ("same_owner", "repeat", "refuse") else "")


def test_another_pool_that_observes_changes_nothing():
    assert decide([LEAD], Policy(lead="repeat"), channel="mail", observed=frozenset({8})).action == "repeat"


def test_rows_that_are_nobody_s_twins_take_one_turn():
    assert waves([[]] * 1000) == [0] * 1000
    assert waves([]) == []


def test_a_row_waits_for_each_earlier_row_that_it_may_be():
    assert waves([[], [0], [1], [2]]) == [0, 1, 2, 3]
    assert waves([[], [0], [0, 1], []]) == [0, 1, 2, 0], (
        "the second may become no lead; the third is the first's twin too"
    )
