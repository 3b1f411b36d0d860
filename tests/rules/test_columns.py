"""What is in the columns of a file, and how fields are named."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lead_pool.rules import columns

TEXTS = st.lists(st.text(max_size=20), max_size=30)
#: A busy machine draws slowly; how long it takes is no matter here.
proved = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        ([], "text"),
        (["", " "], "text"),
        (["Yes", "no", "YES"], "boolean"),
        (["是", "否"], "boolean"),
        (["0", "1", "1"], "boolean"),
        (["0", "2"], "integer"),
        (["-5", "999999999"], "integer"),
        (["1.5", "2"], "decimal"),
        (["1,200", "3"], "decimal"),
        (["¥1,200.50", "$3"], "amount"),
        (["2026-03-02", "2026/4/1"], "date"),
        (["2026-03-02 14:30", "2026-03-03"], "datetime"),
        (["2026-13-02"], "text"),
        (["red; green", "green", "red"], "multi"),
        (["微信、电话", "电话"], "multi"),
        (["High", "Low", "High", "Low"], "selection"),
        (["one", "two"], "text"),
        (["x" * 130], "long_text"),
        (["two\nlines", "b"], "long_text"),
    ],
)
def test_the_type_is_guessed_from_what_a_column_holds(cells, type_):
    assert columns.guess(cells).type == type_


@pytest.mark.parametrize("cell", ["13800138000", "0086", "007", "91310000MA1FL0AB3C", "1e5", "+86"])
def test_a_number_that_would_lose_something_is_a_text(cell):
    assert columns.guess([cell, cell + "1"]).type == "text"


def test_one_odd_cell_makes_a_column_of_numbers_a_text():
    assert columns.guess([*map(str, range(100)), "unknown"]).type == "text"


def test_options_come_in_order_of_their_number_and_once():
    guess = columns.guess(["Google"] * 3 + ["google"] + ["Bing"] * 5 + ["Ask"])
    assert guess.options == ("Bing", "Google", "Ask")
    assert guess.filled == 10


def test_a_column_of_many_different_values_is_no_selection():
    assert columns.guess([f"value {n // 2}" for n in range(200)]).type == "text"


@proved
@given(TEXTS)
def test_every_value_of_a_guessed_selection_is_one_of_its_options(cells):
    guess = columns.guess(cells)
    if guess.type == "selection":
        options = set(map(columns.fold, guess.options))
        assert {columns.fold(cell) for cell in cells if cell.strip()} <= options


@proved
@given(TEXTS)
def test_a_guessed_number_reads_back_as_that_number(cells):
    if columns.guess(cells).type == "integer":
        assert all(str(int(cell)) == cell.strip() or cell.strip() == "-0" for cell in cells if cell.strip())


@proved
@given(st.lists(st.text(max_size=60), max_size=40))
def test_technical_names_are_valid_and_different(labels):
    taken = set()
    for label in labels:
        name = columns.technical_name([label], taken)
        assert columns.is_technical_name(name), name
        assert name not in taken
        taken.add(name)


@proved
@given(st.lists(st.text(min_size=1, max_size=60), max_size=40))
def test_keys_of_options_are_ascii_and_different(labels):
    keys = columns.option_keys(labels, taken={"high"})
    assert len(set(keys) | {"high"}) == len(labels) + 1
    assert all(key and key.isascii() for key in keys)


@pytest.mark.parametrize(
    "name",
    ["", "id", "user_id", "x_name", "x_lp_", "x_lp_1a", "x_lp_A", "x_lp_a-b", "x_lp_a b", "X_LP_A", "x_lp_" + "a" * 46],
)
def test_reserved_and_malformed_technical_names_are_told_apart(name):
    assert not columns.is_technical_name(name)


def test_the_english_label_names_the_column_where_the_first_has_no_letters():
    assert columns.technical_name(["到店时间", "Visit"], set()) == "x_lp_visit"
    assert columns.technical_name(["2nd Call"], set()) == "x_lp_field_2nd_call"


@pytest.mark.parametrize(
    ("value", "tells"),
    [(0, False), (999_999, False), (1_000_000, True), (138_0013.8, True), (12.5, False), (0.333333333, True)],
)
def test_a_number_of_seven_digits_may_identify_somebody(value, tells):
    assert columns.tells_too_much(value) is tells


def test_texts_and_links_are_never_anonymous():
    assert not columns.ANONYMOUS & {"text", "long_text", "link"}
