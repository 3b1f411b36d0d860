"""Who may convert which lead, and whether the holding ends with it."""

from itertools import product

import pytest

from lead_pool.rules.conversion import ends_holding, may_convert
from lead_pool.rules.facts import Entry

ME, OTHER = 7, 9
OUTSIDE = None
WAITING = Entry(1)
MINE = Entry(1, state="held", user_id=ME)
HIS = Entry(1, state="held", user_id=OTHER)
CLOSED = Entry(1, state="closed", closed_as="converted")


@pytest.mark.parametrize(
    ("entry", "for_a_rep", "for_an_admin"),
    [
        (OUTSIDE, "", ""),
        (WAITING, "waiting", ""),
        (MINE, "", ""),
        (HIS, "not_holder", ""),
        (CLOSED, "closed", "closed"),
    ],
    ids=["in no pool", "waiting", "mine", "another's", "closed"],
)
def test_who_may_convert_an_open_lead(entry, for_a_rep, for_an_admin):
    assert may_convert(entry, ME, won_status="pending").code == for_a_rep
    assert may_convert(entry, ME, won_status="pending", is_admin=True).code == for_an_admin


@pytest.mark.parametrize(
    ("won_status", "active"),
    [
        ("won", True),
        ("lost", True),
        ("lost", False),
        ("pending", False),
    ],
)
@pytest.mark.parametrize("entry", [OUTSIDE, WAITING, MINE, HIS, CLOSED])
@pytest.mark.parametrize("is_admin", [False, True])
def test_nobody_converts_what_is_won_lost_or_archived(won_status, active, entry, is_admin):
    verdict = may_convert(entry, ME, won_status=won_status, active=active, is_admin=is_admin)
    assert verdict.code == "not_convertible"


def test_an_archived_lead_is_not_convertible_even_if_the_caller_forgets_to_say_so():
    entry = Entry(1, state="held", user_id=ME, archived=True)
    assert may_convert(entry, ME, won_status="pending").code == "not_convertible"


@pytest.mark.parametrize(("opportunity_ends", "confirmed"), product([False, True], repeat=2))
def test_a_confirmed_order_always_ends_the_holding_an_opportunity_as_the_pool_says(
    opportunity_ends,
    confirmed,
):
    ends = ends_holding(opportunity_ends_holding=opportunity_ends, order_confirmed=confirmed)
    assert ends is (opportunity_ends or confirmed)


def test_an_opportunity_alone_does_not_end_the_holding_of_a_pool_that_keeps_it():
    assert ends_holding(opportunity_ends_holding=False) is False
