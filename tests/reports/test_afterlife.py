"""Afterlife: rows add up to all, and what is suggested is neither too early nor out of too little."""

from datetime import date, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.afterlife import AGES, ENDS, ORDINALS, Fact, age_of, build
from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL

YEAR = Period(date(2025, 1, 1), date(2025, 12, 31), timezone.utc)
ALL = Scope((1,), everything=True)
KEYS = {
    "ordinal": ORDINALS,
    "before": (*ENDS, "returned/3", "returned/4"),
    "age": tuple(AGES),
    "source": ("no_source", "source/1", "source/7"),
}


def table(facts, rows="ordinal", horizon=90, terms=None):
    names = {"source/1": "Fair", "returned/3": "No money"}
    return build(facts, names, terms or {}, ALL, YEAR, rows=rows, horizon=horizon)


def value(report, key, code):
    return report.value(report.row(key), report.column(code))


@st.composite
def facts_by_rows(draw):
    rows = draw(st.sampled_from(tuple(KEYS)))
    fact = st.builds(
        Fact,
        row=st.sampled_from(KEYS[rows]),
        state=st.sampled_from(("converted", "open", "left", "never")),
        hours=st.integers(0, 24 * 120),
        count=st.integers(1, 40),
        pools=st.frozensets(st.integers(1, 3)),
    )
    return rows, draw(st.lists(fact, max_size=20))


@settings(max_examples=200, deadline=None)
@given(facts_by_rows(), st.sampled_from((30, 90)))
@example(("ordinal", [Fact("holder_1", "converted", 0, 30, frozenset({1}))]), 30)  # all in the first hour
def test_rows_add_up_and_no_figure_breaks(rows_and_facts, horizon):
    rows, facts = rows_and_facts
    report = table(facts, rows, horizon, {1: [7.0], 2: [14.0, 30.0]})
    assert {row.key for row in report.rows} == {fact.row for fact in facts}
    for code in ("taken", "open", "converted"):
        assert sum(row.values[code] for row in report.rows) == (value(report, TOTAL, code) or 0)
    for row in [*report.rows, report.total]:
        shown = {column.code: report.value(row, column) for column in report.columns}
        if shown["converted"]:
            assert shown["rate"] <= 1
        if shown["days"] is not None:
            assert 0 <= shown["days_from"] <= shown["days"] <= shown["days_to"] <= horizon
            assert shown["days"] <= shown["seen"] + 1
        if shown["expected"] is not None:
            assert -1e-9 <= shown["expected"] <= shown["taken"] + 1e-9
        if shown["term_from"] is not None:
            assert shown["term_from"] <= shown["term_to"]
    if report.chart:
        for series in report.chart.series:
            assert len(series.values) == len(report.chart.labels)
            assert list(series.values) == sorted(series.values), "who has converted stays converted"


def test_leads_that_were_taken_back_do_not_count_as_if_they_never_converted():
    """Half convert on day 5; of the others half were taken back on day 3, before: 1/2 of those left, not 1/3."""
    facts = [Fact("holder_1", "converted", 5 * 24, 100), Fact("holder_1", "never", 0, 100)]
    facts.append(Fact("holder_1", "left", 3 * 24, 100))
    assert value(table(facts), "holder_1", "rate") == pytest.approx(1 / 3)
    assert value(table(facts), "holder_1", "expected_rate") == pytest.approx(1 / 2)


def test_the_horizon_is_not_longer_than_what_was_seen():
    facts = [Fact("holder_1", "converted", 24 * day, 5) for day in range(1, 9)]
    facts += [Fact("holder_1", "left", 24 * 10, 60), Fact("holder_1", "never", 0, 500)]
    report = table(facts)
    assert value(report, "holder_1", "seen") == 10
    assert value(report, "holder_1", "days") == 8
    assert report.chart.labels[-1] == 10
    assert report.chart.shape == "curve"
    assert [series.code for series in report.chart.series] == ["all", "holder_1"]


@pytest.mark.parametrize(("converted", "says"), [(19, False), (20, True)])
def test_days_are_suggested_from_twenty_conversions_on(converted, says):
    facts = [Fact("holder_1", "converted", 24, converted), Fact("holder_1", "open", 48, 50)]
    assert (value(table(facts), "holder_1", "days") is not None) == says


def test_terms_of_todays_rules_are_those_of_the_pools_of_the_row():
    facts = [Fact("holder_1", "open", 1, 1, frozenset({1, 2})), Fact("holder_2", "open", 1, 1, frozenset({3}))]
    report = table(facts, terms={1: [7.0], 2: [14.0, 30.0]})
    assert [value(report, "holder_1", code) for code in ("term_from", "term_to")] == [7, 30]
    assert value(report, "holder_2", "term_from") is None


def test_every_age_has_a_row_and_its_own_records():
    for days in (0, 0.5, 1, 2.99, 3, 7, 14, 30, 89.9, 90, 4000):
        low, high = AGES[age_of(days)]
        assert low <= days and (high is None or days < high)
    report = table([Fact(code, "open", 1, 1) for code in AGES], "age")
    assert report.drill("day_7", "taken").domain[1:3] == (("lead_age", ">=", 3), ("lead_age", "<", 7))
    assert report.drill("unknown", "taken").domain[1] == ("lead_age", "in", [False])


def test_without_leads_there_is_nothing_to_say():
    report = table([])
    assert report.rows == []
    assert report.chart is None
    assert value(report, TOTAL, "rate") is None
