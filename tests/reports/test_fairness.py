"""Fairness: what is due adds up to what was given, and two measures against published values."""

from datetime import date, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.fairness import WAYS, Given, build
from lead_pool_reports.tables.inequality import by_chance, chi_square, chi_square_tail, gini
from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.scope import Scope

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
ALL = Scope((1,), everything=True)

GIVEN = st.builds(
    Given,
    pool_id=st.integers(1, 3),
    stretch=st.sampled_from(("v1", "v2")),
    user_id=st.integers(7, 10),
    way=st.sampled_from(tuple(WAYS)),
    count=st.integers(1, 50),
)
SEATS = st.dictionaries(st.integers(7, 12), st.floats(0, 1000, allow_nan=False, allow_subnormal=False))
WEIGHTS = st.fixed_dictionaries({(pool, version): SEATS for pool in (1, 2, 3) for version in ("v1", "v2")})
PEOPLE = {(pool, user): (f"Pool {pool}", f"Rep {user}") for pool in (1, 2, 3) for user in range(7, 13)}


@settings(max_examples=150, deadline=None)
@given(st.lists(GIVEN, max_size=12), WEIGHTS)
def test_what_is_due_in_a_pool_is_as_much_as_was_given(leads, weights):
    table = build(leads, weights, PEOPLE, {}, ALL, MARCH)
    for pool in {one.pool_id for one in leads}:
        rows = [row.values for row in table.rows if row.key.startswith(f"{pool}/")]
        received = sum(row["received"] for row in rows)
        assert received == sum(one.count for one in leads if one.pool_id == pool)
        assert sum(row["due"] for row in rows) == pytest.approx(received)
        assert sum(row["deviation"] for row in rows) == pytest.approx(0, abs=1e-6)
        assert sum(row["rest"] for row in rows) == pytest.approx(0, abs=1e-6)
        assert all(row["received"] == row["claimed"] + row["distributed"] + row["assigned"] for row in rows)
    by_pool = build(leads, weights, PEOPLE, {}, ALL, MARCH, by_pool=True)
    for code in ("received", "claimed", "distributed", "assigned", "good", "over"):
        assert by_pool.total.values[code] == table.total.values[code]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 100)), min_size=1, max_size=8))
def test_inequality_lies_between_nothing_and_everything(shares):
    value = gini(shares)
    if not sum(got for got, _due in shares):
        assert value is None
        return
    assert 0 <= value < 1
    assert gini([(got * 7, due * 3) for got, due in shares]) == pytest.approx(value, abs=1e-9), "no matter of scale"
    halves = [(got / 2, due / 2) for got, due in shares for _half in (1, 2)]
    assert gini(halves) == pytest.approx(value, abs=1e-9), "one of weight 2 is two of weight 1"
    got, due = sum(got for got, _due in shares), sum(due for _got, due in shares)
    mean_difference = sum(d * e * abs(a / d - b / e) for a, d in shares for b, e in shares)
    assert value == pytest.approx(mean_difference / (2 * due * got), abs=1e-9), "as Gini defines it"


@pytest.mark.parametrize(
    ("value", "freedom", "tail"),
    [  # the 5 and 1 per cent points, and others, of printed tables (e.g. Abramowitz and Stegun, table 26.8)
        (2.70554, 1, 0.1), (3.84146, 1, 0.05), (6.63490, 1, 0.01), (9.21034, 2, 0.01), (7.81473, 3, 0.05),
        (9.48773, 4, 0.05), (11.0705, 5, 0.05), (18.3070, 10, 0.05), (43.7730, 30, 0.05), (124.342, 100, 0.05),
        (135.807, 100, 0.01), (0, 4, 1), (5000, 3, 0), (1e6, 500, 0),
    ],
)  # fmt: skip
def test_the_tail_of_chi_square_is_that_of_the_tables(value, freedom, tail):
    assert chi_square_tail(value, freedom) == pytest.approx(tail, abs=5e-6)


def test_mendels_peas_came_by_chance():
    """Round yellow, round green, wrinkled yellow, wrinkled green, due as 9 : 3 : 3 : 1 (G. Mendel, 1866)."""
    peas = [(got, 556 * parts / 16) for got, parts in ((315, 9), (108, 3), (101, 3), (32, 1))]
    assert sum((got - due) ** 2 / due for got, due in peas) == pytest.approx(0.470, abs=5e-4)
    assert by_chance(peas) == pytest.approx(0.925, abs=5e-4)


def test_of_too_few_leads_nothing_is_said():
    assert by_chance([(4, 4), (4, 4)]) is None
    assert by_chance([(10, 10)]) is None
    assert chi_square([]) is None
    assert chi_square([[(10, 10), (10, 10)], [(1, 1), (1, 1)]]) == 1
    assert gini([]) is None
    assert gini([(3, 0)]) is None


def test_a_lead_in_a_pool_where_nobody_has_a_weight_is_due_to_who_got_it():
    table = build([Given(1, "v1", 7, "claimed", 3)], {(1, "v1"): {7: 0, 8: 0}}, PEOPLE, {}, ALL, MARCH)
    [row] = [row.values for row in table.rows]
    assert (row["due"], row["deviation"]) == (3, 0)


def test_a_reader_of_one_pool_is_judged_for_that_one():
    leads = [Given(1, "v1", 7, "claimed", 20), Given(2, "v1", 8, "claimed", 20)]
    weights = {(pool, "v1"): {7: 1, 8: 1} for pool in (1, 2)}
    table = build(leads, weights, PEOPLE, {}, Scope((1,), people=(9,), pools_run=(1,)), MARCH)
    assert [row.key for row in table.rows] == ["1/7", "1/8"]
    assert table.total.values["gini"] == 50
    both = build(leads, weights, PEOPLE, {}, ALL, MARCH)
    assert both.total.values["chance"] < table.total.values["chance"] < 0.01


def test_a_rep_of_two_pools_is_one_bar_of_the_chart():
    leads = [Given(1, "v1", 7, "claimed", 2), Given(2, "v1", 7, "claimed", 3), Given(2, "v1", 8, "claimed", 1)]
    weights = {(1, "v1"): {7: 1}, (2, "v1"): {7: 1, 8: 1}}
    chart = build(leads, weights, PEOPLE, {}, ALL, MARCH).chart
    assert chart.labels == ("Rep 7", "Rep 8")
    assert [series.values for series in chart.series] == [(5, 1), (4, 2)]


@pytest.mark.parametrize("by_pool", (False, True))
@pytest.mark.parametrize(
    "scope", (ALL, Scope((1,), people=(7, 9)), Scope((1,), people=(9,), pools_run=(1,), pools_led=(2,)))
)
def test_what_opens_is_where_records_are(scope, by_pool):
    leads = [Given(pool, "v1", user, way, 4, 2, 1) for pool in (1, 2) for user in (7, 9) for way in WAYS]
    weights = {(pool, "v1"): {7: 1, 8: 2, 9: 1} for pool in (1, 2)}
    table = build(leads, weights, PEOPLE, {(1, 9): 3, (2, 9): 1}, scope, MARCH, by_pool=by_pool)
    assert any(table.opens(row) for row in table.rows)
    for row in [*table.rows, table.total]:
        codes = [column.code for column in table.columns if table.drill(row.key, column.code)]
        assert table.opens(row) == codes
