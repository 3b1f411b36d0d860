"""Follow-ups: they add up, leads do not, and each opens on its records."""

from datetime import date, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.follow_ups import CHART_ROWS, Facts, build
from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.scope import Scope

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
DAYS = MARCH.days()
ALL = Scope((1,), everything=True)
proved = settings(max_examples=60, deadline=None, derandomize=True, database=None)
#: Follow-ups: whose, on which lead, whether it was converted afterwards.
noted = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 6), st.booleans()), max_size=30)


def count(noted, number=0, name=""):
    leads = {lead for _rep, lead, _later in noted}
    later = {lead for _rep, lead, later in noted if later}
    return Facts(number, name, len(noted), len(noted), len(leads), len(later))


@proved
@given(noted)
def test_follow_ups_add_up_and_a_lead_is_one_in_the_total(noted):
    reps = {rep for rep, _lead, _later in noted}
    rows = [count([one for one in noted if one[0] == rep], rep, f"Rep {rep}") for rep in reps]
    table = build(rows, count(noted))
    total = table.total.values
    assert (total["follow_ups"] or 0) == len(noted)
    assert total["leads"] <= sum(row.values["leads"] for row in table.rows)
    for row in [*table.rows, table.total]:
        share = table.value(row, table.column("conversion"))
        assert share is None or 0 <= share <= 1


def test_each_day_has_its_row_unless_nobody_did_anything():
    table = build([Facts(DAYS[2], follow_ups=4, leads=2)], Facts(follow_ups=4, leads=2), by="day", days=DAYS)
    assert [row.values["follow_ups"] for row in table.rows] == [0, 0, 4, *[0] * 28]
    assert table.value(table.rows[0], table.column("per_lead")) is None
    assert len(table.chart.labels) == 31 and table.chart.kind == "date"
    assert build([], Facts(), by="day", days=DAYS).rows == []


def test_rows_without_a_type_come_last_and_the_chart_shows_the_busiest():
    rows = [Facts(n, f"Type {n:02}", follow_ups=n) for n in range(50)]
    table = build(rows, Facts(follow_ups=5), by="type")
    assert (table.rows[0].key, table.rows[-1].key) == ("1", "0")
    assert len(table.chart.labels) == CHART_ROWS and table.chart.labels[0] == "Type 49"


def test_how_many_of_all_that_was_noted_count():
    table = build([Facts(7, "Li Na", 4, 3, 2)], Facts(follow_ups=4, leads=2), everything=True)
    assert table.value(table.rows[0], table.column("counted_share")) == 0.75


def test_behind_a_figure_are_the_events_or_all_that_was_noted():
    def drill(scope, key="7", by="rep", everything=False):
        rows = [Facts(date(2026, 3, 5) if by == "day" else int(key), "One", 3)]
        table = build(
            rows, Facts(follow_ups=3), by=by, everything=everything, days=DAYS[4:5], scope=scope, period=MARCH
        )
        return table.drill(key, "follow_ups")

    event = drill(ALL)
    assert event.model == "lead.pool.event" and event.domain[-1] == ("user_ref", "=", 7)
    assert drill(ALL, "0", "type").domain[-1] == ("follow_up_type_id", "=", False)
    assert ("date", "<", "2026-03-06 00:00:00") in drill(ALL, "2026-03-05", "day").domain
    noted = drill(Scope((1,), everything=True, pools=(3,)), everything=True)
    assert noted.model == "lead.follow.up" and ("pool_id", "in", (3,)) in noted.domain
    assert noted.domain[-1] == ("user_id", "=", 7)
    assert drill(Scope((1,), people=(7,)), everything=True) is None, "notes on leads that left him are not his to read"
    assert drill(ALL, "4", "level").domain[-1] == ("follow_up_level_id", "=", 4)
