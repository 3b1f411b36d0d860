"""Afterlife: does recycling pay, and after how many days is enough waited?

Each row is a kind of **holdings**: the times a rep took a lead in the period (a claim that was undone is none). Rows
are by the number of the holder (first, second, third, fourth and later), by how the holding before ended (with its
reason, where it was returned for one), by the age of the lead when it was taken, or by the source of the lead.
**Converted** is a holding whose holder converted the lead, by now; a conversion that was undone is none.

**How long it takes** is estimated from all of them, also those who were not watched to the end (Kaplan and Meier, see
:mod:`.survival`). The clock runs from the moment the lead was taken to its conversion; or, on the other clock, to the
first follow-up of a holding that was converted in the end. A lead still held, or that left the rep's hands before
(returned, reclaimed, given to another rep), was *not watched to the end* from then on: nobody knows what he would have
made of it. A lead still held was watched from the hour in which it was taken until the present one, by the hours of
the clock. On the clock of first follow-ups that is so from the first follow-up on. A lead that was lost or found
invalid, merged or deleted never converts, and stays in the count.

**Enough days** are those by which 90 % of the conversions had come that come within the horizon, with a 95 % interval
(:func:`.survival.enough`), in whole days, rounded up. The horizon is never longer than what was seen: the last day on
which at least :data:`AT_RISK` leads were still in hands. Nothing is estimated from fewer than :data:`EVENTS`
conversions. Where leads are taken back after N days, the data say little of what lies beyond N; the figure then tells
whether a shorter term would do, not whether a longer one pays.

>>> from datetime import date, timezone
>>> from .period import Period
>>> from .scope import Scope
>>> year = Period(date(2025, 1, 1), date(2025, 12, 31), timezone.utc)
>>> facts = [Fact("holder_1", "converted", 24 * day, 10, {3}) for day in range(1, 11)]
>>> facts += [Fact("holder_1", "never", 0, 100, {3}), Fact("holder_1", "open", 24 * 40, 20, {3})]
>>> table = build(facts, {}, {3: [14.0]}, Scope((1,), everything=True), year, rows="ordinal", horizon=30)
>>> [table.value(table.rows[0], table.column(code)) for code in ("taken", "converted", "days", "term_from")]
[220, 100, 9, 14.0]
"""

from collections import Counter
from dataclasses import dataclass, field
from math import ceil, inf

from .survival import KaplanMeier, enough, seen_until
from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "afterlife"
SHARE = 0.9  # of the conversions within the horizon
EVENTS = 20  # conversions within the horizon, so that days are suggested
AT_RISK = 10  # leads still in hands, so that the curve is trusted so far
HOURS = 24
#: Rows by the number of the holder; the last one and all later.
ORDINALS = ("holder_1", "holder_2", "holder_3", "holder_4")
#: Rows by the age of the lead: code -> from, up to (days, the end not included).
AGES = {
    "day_1": (0, 1), "day_3": (1, 3), "day_7": (3, 7), "day_14": (7, 14), "day_30": (14, 30), "day_90": (30, 90),
    "older": (90, None), "unknown": None,
}  # fmt: skip
#: Rows by source are ``source/<id>``, and this one.
NO_SOURCE = "no_source"
#: Rows by how the holding before ended, besides ``returned/<id of the reason>``; ``first``: nobody had the lead before.
ENDS = (
    "first", "returned", "reclaimed", "recalled", "reassigned", "transferred", "handed_over", "converted", "invalid",
    "lost", "merged", "deleted",
)  # fmt: skip
#: How holdings end after which the lead converts no more.
NEVER = ("invalid", "lost", "merged", "deleted")


@dataclass(frozen=True, slots=True)
class Fact:
    """Holdings of one row that went the same way.

    :param row: key of the row
    :param state: ``converted``; ``open``: held now; ``left``: out of his hands, nobody knows what would have become;
        ``never``: it converts no more
    :param hours: from the taking to what is asked for, or to where the watching ended
    :param pools: ids of the pools out of which the leads of the row were taken, or some of them
    """

    row: str
    state: str
    hours: float
    count: int
    pools: frozenset = field(default_factory=frozenset)


def age_of(days):
    """The row of a lead of this age.

    >>> [age_of(days) for days in (0, 0.99, 1, 89, 90, None)]
    ['day_1', 'day_1', 'day_3', 'day_90', 'older', 'unknown']
    """
    if days is None:
        return "unknown"
    return next(code for code, (low, high) in list(AGES.items())[:-1] if low <= days and (high is None or days < high))


def pools_of(facts):
    """Ids of the pools out of which these leads were taken.

    >>> sorted(pools_of([Fact("a", "open", 1, 1, frozenset({1, 2})), Fact("b", "open", 1, 1, {3})]))
    [1, 2, 3]
    """
    return set().union(*{frozenset(fact.pools) for fact in facts})


def build(facts, names, terms, scope, period, *, rows, horizon):
    """The table.

    :param facts: ``[Fact]``
    :param names: ``{row key: name}`` of reasons and sources
    :param terms: ``{pool id: [days]}`` after which its rules of today take a lead back that did not get so far
    :param rows: ``ordinal``, ``before``, ``age`` or ``source``
    :param horizon: days
    """
    by_row = {}
    for fact in facts:
        by_row.setdefault(fact.row, []).append(fact)
    keys = _in_order(by_row, names, rows)
    curves = {TOTAL: _curve(facts)} | {key: _curve(by_row[key]) for key in keys}
    table_rows = [
        Row(key, {"name": names.get(key, ""), **_values(by_row[key], curves[key], terms, horizon)}) for key in keys
    ]
    everything = sum(row.values["converted"] for row in table_rows)
    for row in table_rows:
        row.values["all_converted"] = everything
    return Table(
        NAME,
        _columns(scope, period, rows),
        table_rows,
        given=_values(facts, curves[TOTAL], terms, horizon),
        chart=_chart(facts, curves, keys if rows == "ordinal" else (), horizon),
    )


def _in_order(by_row, names, rows):
    """Keys of the rows: fixed ones in their order, sources and reasons by how many there are."""
    if rows == "source":
        return sorted(by_row, key=lambda key: (-sum(fact.count for fact in by_row[key]), names.get(key, ""), key))
    fixed = {"ordinal": ORDINALS, "before": ENDS, "age": tuple(AGES)}[rows]
    return sorted(by_row, key=lambda key: (fixed.index(key.partition("/")[0]), "/" in key, names.get(key, ""), key))


def _curve(facts):
    return KaplanMeier(
        (inf if fact.state == "never" else fact.hours, fact.state == "converted", fact.count) for fact in facts
    )


def _values(facts, curve, terms, horizon):
    """The values of one row, or of the total."""
    counts = Counter()
    for fact in facts:
        counts[fact.state] += fact.count
    taken = sum(counts.values())
    seen = _seen(facts, horizon)
    says = curve.events(seen) >= EVENTS
    days = enough(curve, SHARE, seen) if says else None
    ours = [term for pool in pools_of(facts) for term in terms.get(pool, ())]
    return {
        "taken": taken,
        "open": counts["open"],
        "converted": counts["converted"],
        "expected": curve.happened(seen) * taken if says else None,
        "seen": round(seen / HOURS, 1) if seen or says else None,
        "days": days and ceil(days.time / HOURS),
        "days_from": days and ceil(days.low / HOURS),
        "days_to": days and ceil(days.high / HOURS),
        "term_from": min(ours, default=None),
        "term_to": max(ours, default=None),
    }


def _seen(facts, horizon):
    """Until when enough was seen of leads that could still convert, in hours; at most the horizon."""
    watched = ((fact.hours, fact.count) for fact in facts if fact.state != "never")
    return seen_until(watched, least=AT_RISK, most=horizon * HOURS)


def _chart(facts, curves, keys, horizon):
    """What share was converted by each day: of all, and of each holder in turn.

    :param curves: ``{row key: KaplanMeier}``, the total's included
    :param keys: of the rows that are drawn beside it
    """
    last = ceil(_seen(facts, horizon) / HOURS)
    if not curves[TOTAL].events(last * HOURS):
        return None
    drawn = {"all": curves[TOTAL]} | {key: curves[key] for key in keys}
    return Chart(
        tuple(range(last + 1)),
        tuple(
            Series(code, tuple(round(curve.happened(day * HOURS), 6) for day in range(last + 1)))
            for code, curve in drawn.items()
        ),
        kind="count",
        shape="curve",
        unit="ratio",
    )


def _columns(scope, period, rows):
    taken = (*period.terms("started_at"), ("end_reason", "!=", "undone"))

    def holdings(*terms):
        def drill(key):
            base = scope.domain("user_id", "pool_id", "company_id")
            mine = () if key == TOTAL else _terms(rows, key)
            return Drill("lead.pool.holding", (*base, *mine, *taken, *terms))

        return drill

    converted = ("led_to_conversion", "=", True)
    return (
        Column("name", "text", unit="", total="none"),
        Column("taken", group="cohort", drill=holdings()),
        Column("open", group="cohort", drill=holdings(("ended_at", "=", False), ("led_to_conversion", "!=", True))),
        Column("converted", group="cohort", drill=holdings(converted)),
        Column("rate", "ratio", unit="", group="cohort", of=("converted", "taken")),
        Column("part", "ratio", unit="", group="cohort", of=("converted", "all_converted")),
        Column("expected", "number", group="estimate", total="given"),
        Column("expected_rate", "ratio", unit="", group="estimate", of=("expected", "taken")),
        Column("seen", "number", unit="days", group="estimate", total="given"),
        Column("days", "number", unit="days", group="enough", total="given"),
        Column("days_from", "number", unit="days", group="enough", total="given"),
        Column("days_to", "number", unit="days", group="enough", total="given"),
        Column("term_from", "number", unit="days", group="today", total="given"),
        Column("term_to", "number", unit="days", group="today", total="given"),
    )


def _terms(rows, key):
    """The terms on the holdings of one row."""
    if rows == "ordinal":
        return (("ordinal", ">=" if key == ORDINALS[-1] else "=", ORDINALS.index(key) + 1),)
    if rows == "source":
        return (("lead_source_id", "in", [False if key == NO_SOURCE else int(key.partition("/")[2])]),)
    if rows == "age":
        if AGES[key] is None:
            return (("lead_age", "in", [False]),)
        low, high = AGES[key]
        return (("lead_age", ">=", low), *((("lead_age", "<", high),) if high else ()))
    end, _slash, reason = key.partition("/")
    return (
        ("previous_end", "in", [False if end == "first" else end]),
        *((("previous_reason_id", "in", [int(reason) if reason else False]),) if end == "returned" else ()),
    )
