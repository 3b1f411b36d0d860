"""What becomes of a new lead that is known already: every policy against every way in."""

from itertools import product

import pytest

from lead_pool.rules.duplicates import ACTIONS, Decision, Policy, Queue, decide, of_lead, row_of
from lead_pool.rules.intake import CHANNELS, PEOPLE
from lead_pool.rules.matching import FIRST_ROW, SHARED_BY_MANY, Asked, Crowd, Match, facts

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


def _asked(*phones, company="", contact=""):
    keys = frozenset(("phone", f"+861380000{phone:04}") for phone in phones)
    return Asked(facts(keys, company, contact), keys)


def _turns(rows, action):
    """What becomes of each row and whose it is, as a look before tells it, too; and in how many turns."""

    def choose(_row, matches):
        return decide(matches, Policy(lead=action), channel="intake")

    through, turns = {}, 0
    queue = Queue(Crowd({}, {}), rows, choose)
    left = list(range(len(rows)))
    while left:
        decided = queue.decide(left, through)
        assert decided, "the first row that is left never waits"
        through.update(decided)
        left, turns = [row for row in left if row not in through], turns + 1
    looked = Queue(Crowd({}, {}), rows, choose).decide(range(len(rows)))
    assert looked == through
    return [(through[row].action, row_of(through[row].of)) for row in range(len(rows))], turns


@pytest.mark.parametrize("action", ["repeat", "refuse"])
def test_a_thousand_equal_rows_take_two_turns(action):
    assert _turns([_asked(1)] * 1000, action) == ([("create", None)] + [(action, 0)] * 999, 2)


@pytest.mark.parametrize(("action", "turns"), [("flag", 1), ("same_owner", 2)])
def test_equal_rows_that_become_leads_are_all_the_first_ones(action, turns):
    rows = [_asked(1)] * (SHARED_BY_MANY + 1)
    assert _turns(rows, action) == ([("create", None)] + [(action, 0)] * SHARED_BY_MANY, turns)


def test_rows_that_are_nobodys_twins_take_one_turn():
    assert _turns([_asked(n) for n in range(300)], "repeat") == ([("create", None)] * 300, 1)
    assert _turns([], "repeat") == ([], 0)


def test_a_row_that_becomes_no_lead_is_nobody_later_rows_could_be():
    rows = [_asked(1), _asked(1, 2), _asked(2), _asked(2)]
    assert _turns(rows, "repeat")[0] == [("create", None), ("repeat", 0), ("create", None), ("repeat", 2)]
    assert _turns(rows, "flag")[0] == [("create", None), ("flag", 0), ("flag", 1), ("flag", 1)]


def test_who_resembles_a_waiting_row_waits_only_if_that_can_change_the_answer():
    rows = [_asked(1), _asked(1, 2), _asked(1, 2), _asked(3), _asked(3)]
    decided = Queue(Crowd({}, {}), rows, lambda _row, found: decide(found, Policy(lead="repeat"), channel="intake"))
    assert sorted(decided.decide(range(5), through={})) == [0, 3]


def test_a_row_whose_pool_observes_holds_nothing_up():
    rows, through = [_asked(1), _asked(1), _asked(1)], {}
    observed = set()
    queue = Queue(
        Crowd({}, {}),
        rows,
        lambda _row, found: decide(found, Policy(lead="repeat"), channel="intake", observed=observed),
    )
    through.update(queue.decide(range(3), through))
    observed.add(FIRST_ROW)
    through.update(queue.decide([1, 2], through))
    assert [(through[row].action, row_of(through[row].of)) for row in range(3)] == [
        ("create", None),
        ("flag", 0),
        ("flag", 0),
    ]


def test_behind_a_key_of_many_strangers_nobody_is_known_from_the_row_on_where_the_database_says_so():
    strangers = [_asked(1, company=f"Company {n}") for n in range(SHARED_BY_MANY + 10)]
    answers, _turn = _turns(strangers, "flag")
    flags = [row for row, (action, _of) in enumerate(answers) if action == "flag"]
    assert flags == list(range(1, SHARED_BY_MANY + 1))


def test_what_was_decided_of_a_row_is_about_its_lead():
    class Lead:
        id = 17

    assert of_lead(Decision("flag", Match("crm.lead", FIRST_ROW + 3)), {3: Lead}).of.id == 17
    assert of_lead(Decision("flag", LEAD), {}) == Decision("flag", LEAD)
    assert of_lead(Decision(), {}) == Decision()
