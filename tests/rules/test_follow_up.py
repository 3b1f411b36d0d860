"""What resets the clock of a held lead, and what does not."""

from itertools import product

import pytest

from lead_pool.rules.facts import REFUSALS
from lead_pool.rules.follow_up import (
    BURST,
    BY_ITSELF,
    BY_THE_HOLDER,
    LOOK_BACK,
    MISSING,
    NEVER,
    ODD,
    REPEATS,
    Earlier,
    Evidence,
    Touch,
    counts,
    judge,
    oddity,
)
from lead_pool.rules.note import is_short, length, same

STRICT = Evidence(min_length=10, type_ids=frozenset({1, 2}), min_seconds=30)
NOTE = "Called, wants the price list"


@pytest.mark.parametrize("channel", BY_THE_HOLDER)
def test_what_the_holder_does_counts_where_the_pool_asks_for_nothing_more(channel):
    assert counts(Touch(channel, text=NOTE), Evidence())


@pytest.mark.parametrize("channel", BY_THE_HOLDER)
def test_what_somebody_else_does_on_the_lead_does_not_count(channel):
    assert not counts(Touch(channel, text=NOTE, type_id=1, seconds=99, by_holder=False), STRICT)


@pytest.mark.parametrize("channel", [*BY_THE_HOLDER, *NEVER])
@pytest.mark.parametrize("pool_says_so", [True, False])
def test_of_a_colleague_who_was_asked_only_what_he_types_counts_where_the_pool_says_so(channel, pool_says_so):
    touch = Touch(channel, text=NOTE, by_holder=False, by_helper=True)
    assert counts(touch, Evidence(by_helper=pool_says_so)) == (pool_says_so and channel in ("manual", "call"))
    assert not counts(Touch("manual", by_holder=False, by_helper=True, text="ok"), Evidence(min_length=10))


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


def lacks(touch, evidence=None, past=()):
    """What is missing, empty if the touch counts."""
    verdict = judge(touch, evidence or Evidence(), past)
    assert verdict.code == ("evidence_missing" if verdict.missing else "")
    assert not verdict.missing or verdict.missing[0] in MISSING
    return "".join(verdict.missing)


# What a note by hand needs, all combinations


@pytest.mark.parametrize("text", ["", "ok", NOTE])
@pytest.mark.parametrize("min_length", [0, 10])
@pytest.mark.parametrize(("result", "asks_result"), list(product(["", "reached"], [False, True])))
@pytest.mark.parametrize(("type_id", "types"), [(0, ()), (1, ()), (0, (1,)), (1, (1,)), (2, (1,))])
def test_a_note_by_hand_in_all_combinations(text, min_length, result, asks_result, type_id, types):
    evidence = Evidence(min_length=min_length, type_ids=frozenset(types), result=asks_result)
    found = lacks(Touch("manual", text=text, result=result, type_id=type_id), evidence)
    fitting_type = not types or type_id in types
    said = len(text) >= min_length and (text or result)
    assert (not found) == bool(fitting_type and said and (result or not asks_result))
    if found == "wrong_type":
        assert not fitting_type
    elif found in ("empty", "short_note"):
        assert not said and (found == "short_note") == bool(min_length)
    elif found == "no_result":
        assert asks_result and not result


@pytest.mark.parametrize(
    ("touch", "evidence", "what", "limit"),
    [
        (Touch("mail_in"), Evidence(), "never", 0),
        (Touch("manual", by_holder=False, text=NOTE), Evidence(), "not_holder", 0),
        (Touch("manual", text="ok"), Evidence(min_length=12), "short_note", 10),
        (Touch("manual", text="ok"), Evidence(min_length=3), "short_note", 1),
        (Touch("manual"), Evidence(), "empty", 0),
        (Touch("manual", text="........."), Evidence(), "empty", 0),
        (Touch("manual", text=NOTE, type_id=3), STRICT, "wrong_type", 0),
        (Touch("manual", text=NOTE), Evidence(result=True), "no_result", 0),
        (Touch("call", seconds=29), Evidence(min_seconds=30), "short_call", 30),
        (Touch("manual", text=NOTE, is_call=True), Evidence(min_seconds=30), "short_call", 30),
        (Touch("mail_out", sent=False), Evidence(), "not_sent", 0),
        (Touch("mail_out", to_customer=False), Evidence(), "not_to_customer", 0),
        (Touch("sms_out", to_customer=False), Evidence(), "not_to_customer", 0),
    ],
)
def test_the_verdict_says_exactly_what_is_missing(touch, evidence, what, limit):
    verdict = judge(touch, evidence)
    assert (verdict.code, verdict.missing, verdict.limit) == ("evidence_missing", (what,), limit)
    assert verdict.code in REFUSALS


# What counts without being typed


@pytest.mark.parametrize("channel", sorted(BY_ITSELF))
@pytest.mark.parametrize("on", [True, False])
def test_a_pool_says_which_channels_count_by_themselves(channel, on):
    evidence = Evidence(by_itself=BY_ITSELF if on else BY_ITSELF - {channel}, min_length=10)
    found = lacks(Touch(channel, seconds=60), evidence)
    assert found == ("" if on else "short_note" if channel == "call" else "channel_off")


def test_a_call_that_does_not_count_by_itself_is_worth_its_note():
    by_hand = Evidence(by_itself=BY_ITSELF - {"call"}, min_length=10, result=True)
    assert lacks(Touch("call", seconds=300), by_hand) == "short_note"
    assert lacks(Touch("call", seconds=300, text=NOTE), by_hand) == "no_result"
    assert not lacks(Touch("call", seconds=300, text=NOTE, result="reached"), by_hand)


@pytest.mark.parametrize("channel", ["activity", "meeting"])
def test_what_is_entered_afterwards_is_worth_its_note(channel):
    late = Touch(channel, afterwards=True)
    assert lacks(late) == "empty"
    assert lacks(late, Evidence(min_length=5)) == "short_note"
    assert lacks(Touch(channel, afterwards=True, text=NOTE), Evidence(result=True)) == "no_result"
    assert not lacks(Touch(channel, afterwards=True, text=NOTE), Evidence(min_length=10))
    assert lacks(late, Evidence(by_itself=frozenset())) == "channel_off"


def test_a_meeting_without_the_customer_is_worth_its_note():
    assert not lacks(Touch("meeting"), STRICT)
    assert lacks(Touch("meeting", to_customer=False), Evidence(min_length=5)) == "short_note"
    assert not lacks(Touch("meeting", to_customer=False, text=NOTE), Evidence(min_length=5))


# The same again

LONG = "Sent the offer by mail, he will ask his boss"
SHORT = "Called, no answer"


@pytest.mark.parametrize(
    "again",
    [
        LONG,
        "  sent THE offer by mail; he will ask his boss!!  ",
        "Sent the offer by mail, he will ask his boss 2",
        "Sent the offer by e-mail, he will ask his boss",
        "Ｓent the offer by mail, he will ask his boss",
        "Sent\u200b the offer by mail,\u3000he will ask his boss",
    ],
)
def test_a_long_note_counts_once_whatever_is_typed_around_it(again):
    for result in ("", "reached"):
        touch = Touch("manual", text=again, result=result, type_id=4)
        assert lacks(touch, past=[Earlier(text=LONG, result="refused")]) == "repeated"


@pytest.mark.parametrize("other", ["Sent the contract, he will sign it on Friday", "", "Visited him", SHORT])
def test_another_note_counts(other):
    assert not lacks(Touch("manual", text=LONG), past=[Earlier(text=other)])


def test_a_long_note_counts_again_after_many_others():
    others = [Earlier(text=f"{'x' * n}{LONG[n:]}"[::-1]) for n in range(LOOK_BACK)]
    assert not lacks(Touch("manual", text=LONG), past=[*others, Earlier(text=LONG)])
    assert lacks(Touch("manual", text=LONG), past=[*others[1:], Earlier(text=LONG)]) == "repeated"


def test_a_short_note_counts_once_a_day_and_three_times():
    touch = Touch("manual", text=SHORT)
    before = Earlier(text="called - NO ANSWER")
    assert not lacks(touch, past=[before] * (REPEATS - 1))
    assert lacks(touch, past=[before] * REPEATS) == "repeated"
    assert lacks(touch, past=[Earlier(text=SHORT, same_day=True)]) == "repeated"
    assert not lacks(touch, past=[Earlier(text="Left a message", same_day=True)])


def test_a_short_note_says_something_else_with_another_result():
    today = Earlier(text=SHORT, result="not_reached", same_day=True)
    assert not lacks(Touch("manual", text=SHORT, result="reached"), past=[today])
    assert lacks(Touch("manual", text=SHORT, result="not_reached"), past=[today]) == "repeated"


def test_a_result_without_a_note_is_a_short_note():
    touch = Touch("manual", result="not_reached")
    assert not lacks(touch, past=[Earlier(result="not_reached")] * (REPEATS - 1))
    assert lacks(touch, past=[Earlier(result="not_reached")] * REPEATS) == "repeated"


@pytest.mark.parametrize("turns", [1, 2, 3, 4, 5])
def test_nobody_keeps_a_lead_for_ever_by_short_notes_in_turns(turns):
    """A script that says one of a few things each day: after a while nothing of it counts."""
    said, counted = [], []
    for day in range(100):
        touch = Touch("manual", text=SHORT, result="abcde"[day % turns])
        counted.append(counts(touch, Evidence(), said))
        if counted[-1]:
            said.insert(0, Earlier(text=touch.text, result=touch.result))
    assert sum(counted) == REPEATS * turns
    assert not any(counted[REPEATS * turns :])


def test_two_calls_of_a_telephone_system_are_two_calls():
    evidence = Evidence(min_seconds=30)
    assert not lacks(Touch("call", seconds=137), evidence, [Earlier(seconds=212, same_day=True)])
    assert lacks(Touch("call", seconds=300), evidence, [Earlier(seconds=300, same_day=True)]) == "repeated"


@pytest.mark.parametrize("channel", ["mail_out", "sms_out", "activity"])
def test_the_same_mail_sms_or_activity_again_does_not_count(channel):
    assert lacks(Touch(channel, text=LONG), past=[Earlier(text=LONG)]) == "repeated"


def test_each_weekly_meeting_with_the_customer_counts():
    before = [Earlier(text=LONG, same_day=True)] * 5
    assert not lacks(Touch("meeting", text=LONG), past=before)
    assert lacks(Touch("meeting", text=LONG, to_customer=False), past=before) == "repeated"


@pytest.mark.parametrize(
    ("text", "leads", "age", "copies", "what"),
    [
        (LONG, 5, 0, 5, "copied"),
        (LONG, 4, 0, 5, ""),
        (LONG, 50, 0, 0, ""),
        (LONG, 50, 25 * 3600, 5, ""),
        (SHORT, 50, 0, 5, ""),  # "no answer" on fifty leads is a day at the telephone
    ],
)
def test_a_note_pasted_over_many_leads_does_not_count(text, leads, age, copies, what):
    past = [Earlier(text=text, lead_id=lead, age=age) for lead in range(1, leads + 1)]
    assert lacks(Touch("manual", text=text), Evidence(copies=copies), past) == what


# What is odd


def test_what_counts_and_is_odd_all_the_same():
    assert oddity(Touch("manual", text=SHORT), [Earlier(text=SHORT)]) == "repeated"
    many = [Earlier(text=f"Note {n}", lead_id=n, age=n) for n in range(1, BURST + 1)]
    assert oddity(Touch("manual", text="Visited"), many) == "burst"
    assert not oddity(Touch("manual", text="Visited"), many[1:])
    assert not oddity(Touch("mail_out", text="Visited"), many)
    assert not oddity(Touch("manual", text="Visited"), [Earlier(text="Called", lead_id=n, age=90) for n in range(9)])
    assert {"repeated", "burst"} <= set(ODD)


# Notes


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("", 0),
        ("  ok \n ", 2),
        ("a\n\n\n\nb", 3),
        ("好的", 2),
        ("..........", 0),
        ("👍👍👍", 0),
        ("aaaaaaaaaaaa", 3),
        ("a\u200b\u200b\u200bb", 2),
        ("１２３", 3),
        ("e\u0301t\u0301", 3),
    ],
)
def test_a_note_is_as_long_as_what_it_says(text, characters):
    assert length(text) == characters


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (SHORT, True),
        ("", True),
        ("无人接听，已发短信", True),
        (LONG, False),
        ("电话接通，想了解课程安排，已加微信。", False),
    ],
)
def test_short_notes_are_those_one_writes_in_good_faith(text, short):
    assert is_short(text) == short


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("", "", True),
        ("", "123", True),
        ("", "a", False),
        ("已发报价单，下周再沟通", "已发报价单,下周再沟通。", True),
        ("Called, wants the price list", "Called, wants the trial", False),
        ("First call", "Second call", False),
    ],
)
def test_notes_that_say_the_same(one, other, alike):
    assert same(one, other) == same(other, one) == alike
