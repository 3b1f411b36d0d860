"""Hours of the week: each lead in one cell, the cells add up."""

from datetime import date, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.arrival_heat import HOURS, Fact, build
from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
WEEK = (7, 1, 2, 3, 4, 5, 6)
proved = settings(max_examples=60, deadline=None, derandomize=True, database=None)
facts = st.lists(
    st.tuples(st.integers(1, 7), st.sampled_from(HOURS), st.integers(1, 9)).flatmap(
        lambda cell: st.integers(0, cell[2]).map(lambda working: Fact(*cell, working))
    ),
    max_size=12,
)


@proved
@given(facts)
def test_each_lead_is_in_one_cell(facts):
    table = build(facts, WEEK)
    leads = sum(fact.leads for fact in facts)
    assert (table.total.values["all"] or 0) == leads
    assert sum(table.total.values[f"h{hour}"] or 0 for hour in HOURS) == leads
    for row in table.rows:
        assert row.values["all"] == sum(row.values[f"h{hour}"] for hour in HOURS) >= row.values["working"]
    assert sum(sum(series.values) for series in table.chart.series) == leads


def test_the_week_begins_where_the_readers_does_and_an_empty_one_has_no_rows():
    assert [row.key for row in build([Fact(3, 9, 1)], WEEK).rows] == ["7", "1", "2", "3", "4", "5", "6"]
    assert build([], WEEK).rows == []


def test_behind_an_hour_are_its_leads():
    def drill(scope, what="arrived", key="7"):
        return build([Fact(7, 9, 2)], WEEK, what=what, scope=scope, period=MARCH).drill(key, "h9")

    sunday = drill(Scope((1,), everything=True))
    assert sunday.model == "lead.pool.event"
    assert sunday.domain[-2:] == (("date.day_of_week", "=", 0), ("date.hour_number", "=", 9))
    assert drill(Scope((1,), everything=True), key=TOTAL).domain == (*sunday.domain[:-2], sunday.domain[-1])
    touched = drill(Scope((1,), pools_run=(3,)), "touched")
    assert touched.model == "lead.pool.holding" and ("pool_id", "in", (3,)) in touched.domain
    assert drill(Scope((1,), people=(7,))).domain[-1] == ("started_at.hour_number", "=", 9)
    assert drill(Scope((1,), people=(7,), pools_led=(3,))) is None, "numbers only"
