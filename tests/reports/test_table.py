"""Tables: totals, rates and what is behind a figure."""

from datetime import date, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.period import PRESETS, Period, preset
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL, Column, Drill, Row, Table, add, divide

#: A busy machine draws slowly; how long it takes is no matter here.
proved = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def table(*rows, **values):
    return Table(
        "test",
        (
            Column("name", "text", total="none"),
            Column("n", drill=lambda key: Drill("x", (("key", "=", key),))),
            Column("of"),
            Column("share", "ratio", of=("n", "of")),
            Column("middle", "duration", total="given"),
        ),
        [
            Row(str(number), dict(zip(("name", "n", "of", "middle"), row, strict=True)))
            for number, row in enumerate(rows)
        ],
        **values,
    )


def values(table, row):
    return [table.value(row, column) for column in table.columns]


def test_the_total_of_a_rate_is_the_rate_of_the_totals():
    report = table(("a", 1, 1, 5), ("b", 0, 99, 7), given={"middle": 6})
    assert values(report, report.total) == [None, 1, 100, 0.01, 6]


def test_a_table_without_rows_has_empty_totals_and_divides_by_nothing():
    assert values(table(), table().total) == [None] * 5


def test_the_cost_of_a_lead_in_all_is_all_the_cost_by_all_the_leads():
    report = Table(
        "t",
        (Column("cost", "money"), Column("leads"), Column("each", "money", of=("cost", "leads"))),
        [
            Row("a", {"cost": 90.0, "leads": 1}),
            Row("b", {"cost": 10.0, "leads": 4}),
            Row("c", {"cost": 5.0, "leads": 0}),
        ],
    )
    each = [report.value(row, report.column("each")) for row in [*report.rows, report.total]]
    assert each == [90.0, 2.5, None, 21.0]


def test_nothing_is_not_zero():
    assert add([None, None]) is None
    assert add([None, 0]) == 0
    assert divide(0, 0) is None
    assert divide(0, 3) == 0


def test_behind_zero_and_nothing_there_are_no_records():
    report = table(("a", 2, 1, None), ("b", 0, 1, None), ("c", None, 1, None))
    assert [report.drill(str(row), "n") and report.drill(str(row), "n").domain for row in range(3)] == [
        (("key", "=", "0"),),
        None,
        None,
    ]
    assert report.drill(TOTAL, "n").domain == (("key", "=", TOTAL),)
    assert report.drill("0", "of") is None
    for row, column in (("9", "n"), ("0", "nothing")):
        with pytest.raises(KeyError):
            report.drill(row, column)


def test_wrong_columns_are_refused():
    with pytest.raises(ValueError, match="no kind"):
        Column("a", "colour")
    with pytest.raises(ValueError, match="no quotient"):
        Column("a", "count", of=("b", "c"))
    with pytest.raises(ValueError, match="ratio"):
        Column("a", "ratio")
    with pytest.raises(ValueError, match="same code"):
        Table("t", (Column("a"), Column("a")), [])


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("UTC", date(2026, 3, 29), 24),
        ("Europe/Paris", date(2026, 3, 29), 23),
        ("Europe/Paris", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself does not exist
    ],
)
def test_a_day_is_as_long_as_its_clock_says(zone, day, hours):
    period = Period(day, day, ZoneInfo(zone))
    assert (period.stop - period.start).total_seconds() == hours * 3600


def test_the_days_of_a_period():
    week = Period(date(2026, 3, 2), date(2026, 3, 8), timezone.utc)
    assert len(week.days()) == 7
    assert week.days(until=date(2026, 3, 3)) == [date(2026, 3, 2), date(2026, 3, 3)]
    assert week.days(until=date(2026, 3, 1)) == []


@pytest.mark.parametrize("week_start", range(1, 8))
def test_a_week_begins_on_its_first_day_at_most_six_days_ago(week_start):
    today = date(2026, 3, 5)
    week = preset("this_week", today, timezone.utc, week_start)
    assert week.first.isoweekday() == week_start
    assert 0 <= (today - week.first).days < 7


def test_an_unknown_preset_is_none():
    assert preset("ever", date(2026, 3, 5), timezone.utc) is None


def test_who_runs_no_pool_sees_none_whole():
    assert Scope((1,), people=(7,)).personal
    assert Scope((1,), people=(7,)).whole_pools == ()
    assert not Scope((1,), people=(7,), pools_led=(3,)).personal


def test_what_is_asked_for_never_widens_what_may_be_seen():
    assert Scope((1,), people=(7,), pools_run=(3,), pools_led=(5,), pools=(3, 4, 5)).whole_pools == (3, 5)
    assert Scope((1,), everything=True).whole_pools is None
    assert Scope((1,), everything=True, pools=(4,)).whole_pools == (4,)


# ── comparison ────────────────────────────────────────────────────────────────────────────────────


def compared(now, before, good="more", kind="count", **values):
    table, earlier = (
        Table("t", (Column("n", kind, good=good),), [Row("1", {"n": value})], **values) for value in (now, before)
    )
    table.compare(earlier)
    return table.change(table.rows[0], table.column("n"))


def test_a_change_is_judged_by_what_is_good():
    assert [compared(6, 4, good).verdict for good in ("more", "less", "neutral")] == ["better", "worse", ""]
    assert [compared(3, 4, good).by for good in ("more", "less", "neutral")] == [-0.25] * 3
    assert (compared(4, 4).by, compared(4, 4).verdict) == (0, "")
    assert (compared(0, 0).before, compared(0, 0).by) == (0, 0)
    assert compared(4, 4, "none") is None


def test_a_change_from_nothing_is_no_share_and_what_is_missing_is_not_compared():
    assert (compared(5, 0).by, compared(5, 0).verdict) == (None, "better")
    assert compared(None, 4) is None
    assert compared(4, None) is None


def test_the_change_of_a_rate_is_in_points():
    columns = (Column("n"), Column("of"), Column("rate", "ratio", of=("n", "of"), good="more"))
    now, before = (Table("t", columns, [Row("1", {"n": n, "of": 4})]) for n in (2, 1))
    now.compare(before)
    assert (now.change(now.total, now.column("rate")).by, now.change(now.total, now.column("n")).by) == (0.25, 1)


def test_amounts_of_different_currencies_are_not_compared():
    columns = (Column("won", "money"),)
    now, before = (Table("t", columns, [Row("1", {"won": 4.0})], currency=currency) for currency in (1, 2))
    now.compare(before)
    assert now.change(now.total, now.column("won")) is None


def test_a_row_is_compared_with_that_of_its_key_and_a_day_with_the_same_day_of_the_earlier_period():
    columns = (Column("day", "date", total="none"), Column("n"))

    def days(*rows):
        return Table("t", columns, [Row(f"{day}/7", {"day": day, "n": n}) for day, n in rows])

    week = days((date(2026, 3, 9), 6), (date(2026, 3, 10), 1))
    week.compare(days((date(2026, 3, 2), 4)), timedelta(days=7))
    changes = [week.change(row, week.column("n")) for row in week.rows]
    assert changes[0].before == 4 and changes[1] is None
    assert week.change(week.rows[0], week.column("day")) is None


def test_without_comparison_there_is_no_change():
    report = table(("a", 1, 1, 5))
    assert report.change(report.total, report.column("n")) is None


# ── periods ───────────────────────────────────────────────────────────────────────────────────────


@proved
@given(st.sampled_from(PRESETS), st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(1, 7))
def test_the_previous_period_lies_before_and_is_no_longer(name, today, week_start):
    period = preset(name, today, timezone.utc, week_start)
    previous = period.previous()
    assert period.first <= period.last <= today
    assert previous.first <= previous.last < period.first
    assert len(previous.days()) <= len(period.days()) + 3, "a longer month at most"


@proved
@given(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.integers(0, 400))
def test_a_custom_period_has_as_many_days_before_it_and_the_same_days_last_year(first, length):
    period = Period(first, first + timedelta(days=length), timezone.utc)
    previous, year = period.previous(), period.last_year()
    assert previous.last == period.first - timedelta(days=1)
    assert abs(len(year.days()) - len(period.days())) <= 1
    assert year.first <= year.last and year.first.year == first.year - 1


def test_weeks_and_quarters_are_compared_up_to_the_same_day():
    wednesday = date(2026, 11, 25)
    week = preset("this_week", wednesday, timezone.utc).previous()
    assert (week.first, week.last) == (date(2026, 11, 16), date(2026, 11, 18))
    quarter = preset("this_quarter", wednesday, timezone.utc).previous()
    assert (quarter.first, quarter.last) == (date(2026, 7, 1), date(2026, 8, 25))
    year = preset("this_year", wednesday, timezone.utc).previous()
    assert (year.first, year.last) == (date(2025, 1, 1), date(2025, 11, 25))
