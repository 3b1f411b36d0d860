"""Reps: rates that never exceed 1, medians that are not averaged, records behind each figure."""

from datetime import date, timezone

from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.rep_status import CHART_REPS, NOBODY, Facts, build
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
ALL = Scope((1,), everything=True)
LI = Facts(7, "Li Na", untouched=1, in_progress=2, received=10, received_converted=2, converted=12, first_follow_up=60)
AN = Facts(8, "an Anton")


def value(table, key, code):
    return table.value(table.row(key), table.column(code))


def test_a_rep_who_converts_old_leads_has_no_rate_above_one():
    table = build([LI, AN], Facts(), ALL, MARCH)
    assert value(table, "7", "converted") == 12
    assert value(table, "7", "conversion_rate") == 0.2


def test_who_received_nothing_has_no_rate():
    table = build([AN], Facts(), ALL, MARCH)
    assert value(table, "8", "conversion_rate") is None
    assert value(table, TOTAL, "conversion_rate") is None


def test_the_median_of_all_is_given_not_summed():
    table = build([LI, Facts(9, "Wu", first_follow_up=180)], Facts(first_follow_up=100), ALL, MARCH)
    assert value(table, TOTAL, "first_follow_up") == 100


def test_reps_are_sorted_as_people_read_and_what_waits_comes_last():
    table = build([LI, AN], Facts(), ALL, MARCH, waiting=5)
    assert [row.key for row in table.rows] == ["8", "7", NOBODY]
    assert value(table, TOTAL, "waiting") == 5


def test_without_pools_of_ones_own_nothing_is_said_of_what_waits():
    table = build([LI], Facts(), Scope((1,), people=(7,)), MARCH)
    assert "waiting" not in {column.code for column in table.columns}


def test_the_chart_shows_the_busiest_and_stays_readable():
    reps = [Facts(number, f"Rep {number}", received=number) for number in range(1, CHART_REPS + 20)]
    chart = build(reps, Facts(), ALL, MARCH).chart
    assert len(chart.labels) == CHART_REPS
    assert chart.series[0].values == tuple(range(CHART_REPS + 19, 19, -1))


def test_behind_a_figure_are_the_records_of_the_period_and_of_the_scope():
    scope = Scope((1,), people=(7, 8), pools_run=(3,), pools=(3, 4))
    table = build([LI], Facts(), scope, MARCH)
    assert table.drill("7", "received").domain == (
        ("company_id", "in", (1,)),
        ("pool_id", "in", (3, 4)),
        "|",
        ("user_id", "in", (7, 8)),
        ("pool_id", "in", (3,)),
        ("user_id", "=", 7),
        ("started_at", ">=", "2026-03-01 00:00:00"),
        ("started_at", "<", "2026-04-01 00:00:00"),
        ("end_reason", "!=", "undone"),
    )
    assert table.drill(TOTAL, "converted").domain[-1] == ("end_reason", "in", ("converted",))
    assert table.drill("7", "lost") is None


def test_leads_that_wait_open_for_who_runs_all_these_pools():
    def drill(scope):
        return build([], Facts(), scope, MARCH, waiting=2).drill(NOBODY, "waiting")

    assert drill(ALL).domain == (("company_id", "in", (1,)), ("state", "=", "waiting"))
    assert drill(Scope((1,), pools_run=(3,))).domain[1] == ("pool_id", "in", (3,))
    assert drill(Scope((1,), pools_run=(3,), pools_led=(4,))) is None
