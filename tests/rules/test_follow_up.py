"""What resets the clock of a held lead, and what does not."""

import pytest

from lead_pool.rules.follow_up import BY_THE_HOLDER, NEVER, Evidence, Touch, counts, judge

STRICT = Evidence(min_length=10, type_ids=frozenset({1, 2}), min_seconds=30)
NOTE = "Called, wants the price list"


@pytest.mark.parametrize("channel", BY_THE_HOLDER)
def test_what_the_holder_does_counts_where_the_pool_asks_for_nothing_more(channel):
    assert counts(Touch(channel, text=NOTE), Evidence())


@pytest.mark.parametrize("channel", BY_THE_HOLDER)
def test_what_somebody_else_does_on_the_lead_does_not_count(channel):
    assert not counts(Touch(channel, text=NOTE, type_id=1, seconds=99, by_holder=False), STRICT)


@pytest.mark.parametrize("channel", [*NEVER, "", "a channel nobody told us of"])
@pytest.mark.parametrize("by_holder", [True, False])
@pytest.mark.parametrize("evidence", [Evidence(), STRICT], ids=["nothing asked", "strict"])
def test_incoming_mail_mass_mail_and_automatic_notes_never_count(channel, by_holder, evidence):
    touch = Touch(channel, text=NOTE, type_id=1, seconds=99, by_holder=by_holder)
    assert judge(touch, evidence).code == "evidence_missing"


def test_no_channel_counts_and_does_not_count():
    assert not set(BY_THE_HOLDER) & set(NEVER)


@pytest.mark.parametrize(
    ("text", "min_length", "enough"),
    [
        ("ok", 0, True),
        ("ok", 2, True),
        ("ok", 3, False),
        ("   ok   ", 3, False),  # white space at the ends is no evidence
        ("\u3000报价\u3000", 3, False),  # nor is the wide space of a Chinese keyboard
        ("已经报价", 4, True),  # a character is a character
        ("1234567890", 10, True),
        ("123456789", 10, False),
    ],
)
def test_a_note_is_as_long_as_the_pool_asks(text, min_length, enough):
    assert counts(Touch("manual", text=text), Evidence(min_length=min_length)) == enough


@pytest.mark.parametrize(
    ("type_id", "asked", "enough"),
    [(0, (), True), (3, (), True), (3, (3, 4), True), (5, (3, 4), False), (0, (3, 4), False)],
)
def test_a_note_is_of_a_type_that_the_pool_lets_count(type_id, asked, enough):
    evidence = Evidence(type_ids=frozenset(asked))
    assert counts(Touch("manual", text=NOTE, type_id=type_id), evidence) == enough


@pytest.mark.parametrize(
    ("seconds", "asked", "enough"),
    [
        (0, 0, True),
        (29, 30, False),
        (30, 30, True),
    ],
)
def test_a_call_lasts_as_long_as_the_pool_asks(seconds, asked, enough):
    assert counts(Touch("call", seconds=seconds), Evidence(min_seconds=asked)) == enough


@pytest.mark.parametrize("channel", sorted(set(BY_THE_HOLDER) - {"manual", "call"}))
def test_the_evidence_of_notes_and_calls_is_not_asked_of_other_channels(channel):
    assert counts(Touch(channel), STRICT)


def test_each_condition_on_a_note_must_hold():
    good = {"text": NOTE, "type_id": 1}
    assert counts(Touch("manual", **good), STRICT)
    assert not counts(Touch("manual", **{**good, "text": "ok"}), STRICT)
    assert not counts(Touch("manual", **{**good, "type_id": 3}), STRICT)
