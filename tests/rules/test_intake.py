"""Whose a new lead is: the whole table of what a caller can say, on every channel."""

from itertools import product

import pytest

from lead_pool.rules.intake import CHOOSING, OWNERLESS, Destination, first_match, who_owns

POOL, USER = 3, 7
CHANNELS = ("ui", *OWNERLESS)
SAID_NOTHING, NOBODY = None, False
YES_NO = (True, False)


@pytest.mark.parametrize(
    ("given_pool", "given_user", "is_rep", "expected"),
    [
        (None, SAID_NOTHING, True, Destination(mine=True)),
        (None, SAID_NOTHING, False, Destination(route=True)),  # marketing
        (None, NOBODY, True, Destination(route=True)),
        (None, NOBODY, False, Destination(route=True)),
        (None, USER, True, Destination(user_id=USER)),
        (None, USER, False, Destination(user_id=USER)),
        (POOL, SAID_NOTHING, True, Destination(pool_id=POOL)),
        (POOL, SAID_NOTHING, False, Destination(pool_id=POOL)),
        (POOL, NOBODY, True, Destination(pool_id=POOL)),
        (POOL, USER, True, Destination(pool_id=POOL, user_id=USER)),
        (POOL, USER, False, Destination(pool_id=POOL, user_id=USER)),
    ],
)
def test_a_person_at_the_screen_owns_what_he_makes_unless_he_says_otherwise(
    given_pool,
    given_user,
    is_rep,
    expected,
):
    answer = who_owns(given_pool=given_pool, given_user=given_user, channel="ui", is_rep=is_rep)
    assert answer == expected


@pytest.mark.parametrize("channel", OWNERLESS)
@pytest.mark.parametrize("is_rep", [True, False])
@pytest.mark.parametrize("given_user", [SAID_NOTHING, NOBODY])
def test_nobody_owns_a_lead_that_comes_in_by_itself(channel, is_rep, given_user):
    words = {"given_user": given_user, "channel": channel, "is_rep": is_rep}
    assert who_owns(given_pool=None, **words) == Destination(route=True)
    assert who_owns(given_pool=POOL, **words) == Destination(pool_id=POOL)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("keep_owner", [True, False])
@pytest.mark.parametrize("is_rep", [True, False])
def test_a_named_owner_stands_unless_the_channel_merely_hands_leads_to_the_leader(
    channel,
    keep_owner,
    is_rep,
):
    words = {"given_user": USER, "channel": channel, "is_rep": is_rep, "keep_owner": keep_owner}
    if channel in CHOOSING and not keep_owner:
        assert who_owns(given_pool=None, **words) == Destination(route=True)
        assert who_owns(given_pool=POOL, **words) == Destination(pool_id=POOL)
    else:
        assert who_owns(given_pool=None, **words) == Destination(user_id=USER)
        assert who_owns(given_pool=POOL, **words) == Destination(pool_id=POOL, user_id=USER)


@pytest.mark.parametrize(
    ("given_pool", "given_user", "channel", "is_rep", "keep_owner"),
    list(product([None, POOL], [SAID_NOTHING, NOBODY, USER], CHANNELS, YES_NO, YES_NO)),
)
def test_every_new_lead_has_exactly_one_destination_and_a_named_pool_is_never_lost(
    given_pool, given_user, channel, is_rep, keep_owner
):
    answer = who_owns(
        given_pool=given_pool,
        given_user=given_user,
        channel=channel,
        is_rep=is_rep,
        keep_owner=keep_owner,
    )
    assert [bool(answer.pool_id or answer.user_id), answer.mine, answer.route].count(True) == 1
    assert answer.pool_id == (given_pool or 0)
    assert answer.user_id in (0, given_user)
    assert not answer.mine or (channel == "ui" and is_rep)


def test_the_channels_that_drop_an_owner_are_among_those_without_one():
    assert set(CHOOSING) <= set(OWNERLESS)


# Entry rules


@pytest.mark.parametrize(
    ("rules", "matches", "expected"),
    [
        ([], {}, (0, 0, [])),
        ([(1, 10)], {1: {5}}, (1, 10, [])),
        ([(1, 10), (2, 20)], {1: {5}, 2: {5}}, (1, 10, [])),
        ([(2, 20), (1, 10)], {1: {5}, 2: {5}}, (2, 20, [])),  # their order, not their numbers
        ([(1, 10), (2, 20), (3, 30)], {3: {5, 6}}, (3, 30, [1, 2])),
        ([(1, 10), (2, 20)], {1: {6}, 2: set()}, (0, 0, [1, 2])),  # the fallback is never silent
    ],
)
def test_the_first_rule_that_matches_decides_and_those_before_it_are_told(rules, matches, expected):
    assert first_match(rules, matches, 5) == expected
