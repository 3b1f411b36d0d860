"""What holds for every follow-up and note, not only for those we thought of."""

from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import proved

from lead_pool.rules.follow_up import BY_THE_HOLDER, NEVER, Earlier, Evidence, Touch, counts, judge
from lead_pool.rules.note import COMPARED, fold, is_short, length, likeness, same


@proved
@given(
    st.sampled_from(BY_THE_HOLDER + NEVER),
    st.booleans(),
    st.integers(0, 40).map("x".__mul__),
    st.integers(0, 3),
    st.integers(0, 60),
    st.builds(Evidence, st.integers(0, 40), st.frozensets(st.integers(1, 3)), st.integers(0, 60)),
)
def test_a_pool_that_asks_for_more_never_lets_more_count(
    channel,
    by_holder,
    text,
    type_id,
    seconds,
    evidence,
):
    touch = Touch(channel, by_holder, text, type_id, seconds)
    if counts(touch, evidence):
        assert counts(touch, Evidence())
        assert by_holder and channel in BY_THE_HOLDER


# Notes

NOTES = st.text(max_size=80)
WORDS = st.lists(st.text("abcdefgh汉字报价", min_size=1, max_size=8), min_size=1, max_size=12)
AROUND = st.text(" \t\u3000,.!?;-，。0123456789\u200b", max_size=5)


@proved
@given(NOTES, NOTES)
def test_likeness_is_between_none_and_all_and_the_same_from_both_sides(one, other):
    assert same(one, one)
    assert 0 <= likeness(fold(one), fold(other)) == likeness(fold(other), fold(one)) <= 1
    assert same(one, other) == same(other, one)


@proved
@given(WORDS, st.data())
def test_what_is_typed_around_the_words_is_no_difference(words, data):
    text = " ".join(words)
    padded = "".join(data.draw(AROUND) + word + data.draw(AROUND) for word in words)
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    for other in (padded, wide, text.upper(), f"  {text}\n"):
        assume(len(other) <= COMPARED)
        assert fold(other) == fold(text)
        assert same(other, text) and is_short(other) == is_short(text)


@proved
@given(NOTES)
def test_folding_twice_folds_once(text):
    assert fold(fold(text)) == fold(text)


@proved
@given(NOTES, AROUND, st.integers(1, 30))
def test_white_space_and_a_stuck_key_make_no_note_longer(text, around, times):
    blanks = "".join(sign for sign in around if sign.isspace() or sign == "\u200b") * times
    assert length(blanks + text + blanks) <= length(text) <= 3 * 18 * max(len(text), 1)
    assert length("." * times) == 0
    assert length("x" * times) == min(times, 3)


PASTS = st.lists(
    st.builds(
        Earlier,
        text=st.sampled_from(["", "No answer", "Sent the offer by mail, he asks his boss", "Visited"]),
        result=st.sampled_from(["", "reached"]),
        lead_id=st.integers(0, 3),
        age=st.integers(0, 100_000),
        same_day=st.booleans(),
    ),
    max_size=25,
)


@proved
@given(
    st.sampled_from([*BY_THE_HOLDER, *NEVER]),
    st.sampled_from(["", "No answer", "Sent the offer by mail, he asks his boss"]),
    st.integers(0, 30),
    st.booleans(),
    PASTS,
)
def test_more_evidence_asked_or_more_said_before_never_makes_a_follow_up_count(channel, text, least, result, past):
    touch = Touch(channel, text=text, result="reached")
    asked = Evidence(min_length=least, result=result, copies=2)
    if counts(touch, asked, past):
        assert counts(touch, Evidence(), past) and counts(touch, asked, past[:-1]) and counts(touch, asked)
    verdict = judge(touch, asked, past)
    assert bool(verdict) != bool(verdict.missing)
