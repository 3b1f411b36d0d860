"""Who asks whom for help, and who lets a helper go."""

from itertools import product

import pytest

from lead_pool.rules.help import Colleague, may_ask, may_stop

ME, YOU, SOMEBODY = 7, 8, 9
FLAGS = ("active", "has_rights", "in_company", "helps")


@pytest.mark.parametrize(
    ("colleague", "holder", "archived", "code"),
    [
        (Colleague(YOU), ME, False, ""),
        (Colleague(YOU), 0, False, "waiting"),
        (Colleague(YOU), SOMEBODY, False, "not_holder"),
        (Colleague(YOU), ME, True, "archived"),
        (Colleague(ME), ME, False, "helper_self"),
        (Colleague(YOU, active=False), ME, False, "user_inactive"),
        (Colleague(YOU, has_rights=False), ME, False, "helper_no_rights"),
        (Colleague(YOU, in_company=False), ME, False, "target_foreign"),
        (Colleague(YOU, helps=True), ME, False, "helping_already"),
    ],
)
def test_what_keeps_a_colleague_from_being_asked(colleague, holder, archived, code):
    assert may_ask(colleague, holder_id=holder, asker_id=ME, archived=archived).code == code


def test_a_colleague_is_asked_if_nothing_is_against_it():
    answers = [
        may_ask(Colleague(YOU, **dict(zip(FLAGS, flags, strict=True))), holder_id=ME, asker_id=ME)
        for flags in product([True, False], repeat=len(FLAGS))
    ]
    assert sum(map(bool, answers)) == 1


@pytest.mark.parametrize("helps", [True, False])
@pytest.mark.parametrize(
    ("asker", "is_admin", "may"),
    [(ME, False, True), (YOU, False, True), (SOMEBODY, False, False), (SOMEBODY, True, True)],
)
def test_the_holder_the_helper_and_the_admin_end_it(asker, is_admin, may, helps):
    answer = may_stop(YOU, helps=helps, holder_id=ME, asker_id=asker, is_admin=is_admin)
    assert answer.code == ("not_holder" if not may else "" if helps else "not_helping")
