"""Time to first touch: shares of what was due, medians that are not averaged, records behind each figure."""

from datetime import date, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.first_touch import CHART_ROWS, Facts, build
from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
proved = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@st.composite
def figures(draw):
    """Of some reps in some pools: touched of received, kept of due."""
    rows = []
    for user in range(draw(st.integers(0, 3))):
        for pool in range(draw(st.integers(0, 3))):
            received = draw(st.integers(1, 30))
            touched, due = draw(st.integers(0, received)), draw(st.integers(0, received))
            kept = draw(st.integers(0, min(touched, due)))
            names = {"rep": f"Rep {user}", "pool": f"Pool {pool}"}
            rows.append(Facts(user + 1, pool + 1, **names, received=received, touched=touched, due=due, kept=kept))
    return rows


@proved
@given(figures())
def test_no_share_exceeds_one_and_the_total_is_that_of_the_sums(rows):
    table = build(rows, Facts(), by="both")
    for row in table.rows:
        for code in ("touched_share", "kept_share"):
            share = table.value(row, table.column(code))
            assert share is None or 0 <= share <= 1
    due, kept = (sum(getattr(one, code) for one in rows) for code in ("due", "kept"))
    assert table.value(table.total, table.column("kept_share")) == (kept / due if due else None)


def test_who_was_not_judged_has_no_share_of_kept_promises():
    table = build([Facts(7, rep="Li Na", received=2, touched=1, median=60.0, ninety=60.0)], Facts())
    assert table.value(table.rows[0], table.column("kept_share")) is None


def test_the_median_of_all_is_given_not_added_up():
    rows = [Facts(7, received=1, touched=1, median=60.0), Facts(8, received=1, touched=1, median=600.0)]
    assert build(rows, Facts(median=330.0)).total.values["median"] == 330.0


def test_the_chart_leaves_out_who_touched_nothing_and_stays_readable():
    rows = [Facts(n, rep=f"Rep {n}", received=n, touched=n % 2, median=60.0, ninety=90.0) for n in range(1, 90)]
    chart = build(rows, Facts()).chart
    assert len(chart.labels) == CHART_ROWS and chart.labels[0] == "Rep 89"
    assert all(value is not None for series in chart.series for value in series.values)


def test_behind_a_figure_is_what_was_received():
    scope = Scope((1,), people=(7,))
    table = build([Facts(7, 3, received=2, touched=1, due=1)], Facts(), by="both", scope=scope, period=MARCH)
    received = table.drill("7/3", "received").domain
    assert {("user_id", "=", 7), ("pool_id", "=", 3), ("end_reason", "!=", "undone")} <= set(received)
    assert table.drill("7/3", "due").domain == (*received, ("promise", "=", "due"))
    assert ("user_id", "=", 7) not in table.drill(TOTAL, "received").domain
    assert table.drill("7/3", "kept") is None
