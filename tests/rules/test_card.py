"""What the rules read from 42 business cards, and never a fax for a phone."""

import re
import time

import pytest
from cards import CARDS
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules import card as rules
from lead_pool.rules.card import Line

proved = settings(max_examples=150, deadline=None, derandomize=True, database=None)


def judged(text, said):
    """``{field: whether it was read rightly}`` of one card."""
    card = rules.read_lines(text.split("\n"))
    digits = [re.sub(r"\D", "", phone) for phone in card.phones]
    right = {}
    for field, value in said.items():
        if field == "no":
            right[field] = not any(value in number for number in digits)
        elif field == "phone":
            right[field] = digits[:1] == [re.sub(r"\D", "", value)]
        elif field == "address":
            right[field] = value in card.address
        else:
            right[field] = getattr(card, field) == value
    return right


@pytest.mark.parametrize(("text", "said"), CARDS, ids=[said["name"] for _text, said in CARDS])
def test_a_card_is_read(text, said):
    wrong = [field for field, right in judged(text, said).items() if not right]
    assert not wrong, (wrong, rules.read_lines(text.split("\n")))


def test_the_largest_letters_are_the_owner_and_values_stand_beside_their_labels():
    lines = [
        Line("孙立", 40, 20, 120, 24),
        Line("金石", 40, 60, 160, 60),
        Line("手机", 40, 150, 80, 20),
        Line("13800138000", 200, 151, 330, 20),
        Line("传真", 40, 180, 80, 20),
        Line("010-65529989", 200, 179, 330, 20),
    ]
    card = rules.read_lines(lines[::-1])
    assert (card.name, card.phones) == ("金石", ("13800138000",))
    assert "Fax: 010-65529989" in card.rest


def test_an_american_number_is_no_chinese_mobile():
    assert rules.read_lines(["Mobile:+14155552671"]).phones == ("+14155552671",)


def test_what_is_no_card_is_none():
    for text in ("", "   ", "诚信为本", "2026", "☎☎☎"):
        assert not rules.read_lines([text]), text


NOISE = st.lists(
    st.one_of(
        st.text(max_size=60),
        st.text("手机电话传真邮箱微信:：@.-+()/ 0123456789OlTMFEaw公司经理张王路号", max_size=60),
    ),
    max_size=12,
)


@proved
@given(NOISE)
def test_no_text_makes_it_fail_and_a_phone_has_digits_enough(lines):
    card = rules.read_lines(lines)
    assert all(len(re.sub(r"\D", "", phone)) >= 7 for phone in card.phones)


@proved
@given(st.lists(st.builds(Line, st.text(max_size=20), *[st.integers(0, 900)] * 4), max_size=12))
def test_no_place_of_a_line_is_lost(lines):
    ordered = rules.in_reading_order(lines)
    assert sum(len(line.text) for line in ordered) >= sum(len(line.text) for line in lines)


@pytest.mark.parametrize(
    "evil",
    [
        "(" * 300,
        "1 " * 150,
        "a." * 150 + "@",
        "手机" * 150,
        "A B " * 75,
        "+" * 300,
        "www." * 75,
        "张" * 300,
        " - " * 100,
    ],
)
def test_a_line_that_was_made_to_take_long_does_not(evil):
    began = time.process_time()
    rules.read_lines([evil] * rules.MOST_LINES)
    assert time.process_time() - began < 5  # seconds; a pattern that goes back and forth takes hours
