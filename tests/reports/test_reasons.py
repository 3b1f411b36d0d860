"""Reasons: sources and reps add up to the whole, shares to one, and each figure opens on its records."""

from collections import Counter
from datetime import date, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.reasons import FLOWS, Fact, build
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
ALL = Scope((1,), everything=True)
proved = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@st.composite
def given_up(draw):
    """Leads that were given up, by source and reason."""
    source, reason = draw(st.integers(0, 3)), draw(st.integers(0, 4))
    numbers = {code: draw(st.integers(0, 9)) for code in FLOWS}
    return Fact(source, f"Source {source}" if source else "", reason, f"Reason {reason}", **numbers)


@proved
@given(st.lists(given_up(), max_size=12))
def test_the_sources_add_up_and_the_shares_of_each_are_one(facts):
    without = [Fact(0, "", f.reason_id, f.reason, "", *(getattr(f, code) for code in FLOWS)) for f in facts]
    together, split = build(without), build(facts, by="source")
    assert {code: together.total.values[code] for code in FLOWS} == {code: split.total.values[code] for code in FLOWS}
    shares, sums = Counter(), Counter()
    for row in split.rows:
        source = row.key.partition("/")[0]
        sums[source] += row.values["all"]
        shares[source] += split.value(row, split.column("share")) or 0
    assert all(abs(shares[source] - 1) < 1e-9 for source in sums if sums[source])
    assert together.chart == split.chart


def test_the_most_frequent_reason_comes_first_and_leads_of_no_source_last():
    facts = [Fact(0, "Without a source", 4, "Peer", returned=9), Fact(7, "Fair", 4, "Peer", returned=1)]
    facts.append(Fact(7, "Fair", 5, "Wrong number", invalid=3))
    assert [row.key for row in build(facts, by="source").rows] == ["7/5", "7/4", "0/4"]
    assert build([]).rows == []


def test_who_runs_no_pool_has_no_column_for_what_was_marked_in_one():
    table = build([Fact(0, "", 4, "Peer", returned=1)], personal=True)
    assert "in_pool" not in {column.code for column in table.columns}


def test_behind_a_figure_are_the_holdings_that_ended_or_the_events():
    facts = [Fact(7, "Fair", 4, "Peer", "Peer", 1, 2, 3), Fact(7, "Fair", 0, "Old words", "Old words", in_pool=1)]
    table = build(facts, by="source", scope=ALL, period=MARCH)
    returned = table.drill("7/4", "returned")
    assert returned.model == "lead.pool.holding"
    assert returned.domain[-3:] == (("end_reason", "=", "returned"), ("reason_id", "=", 4), ("lead_source_id", "=", 7))
    assert ("reason", "=", "Old words") in table.drill("7/=Old words", "in_pool").domain
    assert table.drill(TOTAL, "in_pool").domain[-1] == ("date", "<", "2026-04-01 00:00:00")
    led = build(facts, scope=Scope((1,), people=(7,), pools_led=(3,)), period=MARCH)
    assert led.drill("7/4", "in_pool") is None, "numbers only"
