"""Who decides a request."""

import pytest

from lead_pool.rules.approval import may_decide, may_withdraw

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
