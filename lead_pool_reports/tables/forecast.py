"""Forecast and targets: what may be expected of what is open, and how far each target has been reached.

*Expected of leads.* A held lead that is no opportunity yet is worth the chance that its holding ends as converted,
times the mean amount of a conversion. The chance is learnt from the holdings that ended in the last N days: of leads
that were followed up, those of the same source that were followed up, else all of the same source. Few cases say
little, so :data:`STEADY` cases at the rate of all sources are added. The mean amount is that of the conversions of
these days: the confirmed orders without taxes; without any, the expected revenue by the probability (so nothing, if it
was lost).

>>> chances = Chances({(3, True): (2, 10), (None, True): (8, 80), (3, False): (2, 40), (None, False): (8, 160)})
>>> round(chances.of(3, True), 3), round(chances.of(9, True), 3), round(chances.of(3, False), 3)
(0.15, 0.1, 0.05)

*Expected of opportunities.* Those that are open and have no confirmed order yet: expected revenue by probability.

*Targets* are those of the month, or quarter, in which the last day of the period lies. What counts towards them is what
was reached in that month: orders of leads by the day of the order, conversions and follow-ups as in the report on reps.

>>> from datetime import date, timezone
>>> facts = [Fact(7, 1, leads=4, leads_amount=1000, opportunities=1, opportunities_amount=500, orders=1500)]
>>> table = build(facts, {"7": 2000}, {"7": "Li Na"}, Terms(span=month_of(date(2026, 3, 9), timezone.utc)))
>>> [table.value(table.row("7"), table.column(code)) for code in "expected achieved attainment left outlook".split()]
[1500.0, 1500.0, 0.75, 500.0, 3000.0]
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial

from .period import Period
from .table import TOTAL, Chart, Column, Drill, Row, Series, Table, add

NAME = "forecast"
SUBJECTS = ("rep", "team", "pool")
#: Measure of targets -> kind of its column.
MEASURES = {"orders": "money", "converted": "count", "follow_ups": "count"}
SPANS = ("month", "quarter")
#: Days from which chances are learnt; the first is the default.
LEARNT_FROM = (180, 90, 365)
#: Cases at the common rate that are added to those of a source.
STEADY = 10
#: Figure -> the documents that it is about.
DOCUMENTS = {"opportunities": "crm.lead", "orders": "sale.order", "target": "lead.pool.target"}
#: The row of what belongs to no team.
NONE = "none"
CHART_ROWS = 20


@dataclass(frozen=True, slots=True)
class Fact:
    """What one rep has in one pool; ``user`` or ``pool`` 0: none."""

    user: int
    pool: int = 0
    leads: int = 0
    leads_converting: float = 0
    leads_amount: float = 0
    opportunities: int = 0
    opportunities_amount: Decimal = 0
    orders: Decimal = 0
    converted: int = 0
    follow_ups: int = 0


@dataclass(frozen=True, slots=True)
class Chances:
    """How often holdings end as converted.

    :param ended: ``{(source, followed up): (converted, ended)}``; source ``None`` holds all of them, 0 those without
        one; "not followed up" are all that ended, for any lead may still be followed up
    """

    ended: dict

    def of(self, source, touched):
        """The chance of a lead of this source, 0 to 1.

        >>> Chances({}).of(3, True)
        0.0
        """
        converted, ended = self.ended.get((None, touched), (0, 0))
        common = converted / ended if ended else 0.0
        converted, ended = self.ended.get((source, touched), (0, 0))
        return (converted + STEADY * common) / (ended + STEADY)


@dataclass(frozen=True, slots=True)
class Terms:
    """How the table is asked for.

    :param subject: one of :data:`SUBJECTS`: what the rows are
    :param measure: of the targets, one of :data:`MEASURES`
    :param span: :class:`~.period.Period` of the targets
    :param teams: ``{user: team}`` of the reps, for rows of teams
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    :param documents: ``(model, row key) -> ids`` of opportunities, orders and targets, ``()`` where the reader may not
        open all of them; ``None``: there is no drill-down
    :param opens: ``(model, row key) -> bool``: whether there are any; ``None``: as ``documents`` says
    """

    span: Period
    subject: str = "rep"
    measure: str = "orders"
    teams: dict | None = None
    digits: int = 2
    currency: int | None = None
    scope: object = None
    documents: Callable | None = None
    opens: Callable | None = None

    def row_of(self, fact):
        """The key of the row in which this stands."""
        if self.subject == "team":
            number = (self.teams or {}).get(fact.user)
        else:
            number = fact.user if self.subject == "rep" else fact.pool
        return str(number) if number else NONE


def month_of(day, tz):
    """The month in which a day lies."""
    first = day.replace(day=1)
    return Period(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1), tz)


def quarter_of(day, tz):
    """The quarter in which a day lies.

    >>> from datetime import date
    >>> quarter = quarter_of(date(2026, 5, 9), None)
    >>> str(quarter.first), str(quarter.last)
    ('2026-04-01', '2026-06-30')
    """
    first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return Period(first, month_of(first + timedelta(days=70), tz).last, tz)


def build(facts, targets, names, terms):
    """The table.

    :param facts: ``[Fact]``
    :param targets: ``{row key: value}`` of the measure and span
    :param names: ``{row key: name}``
    """
    sums = defaultdict(lambda: defaultdict(Decimal))
    for fact in facts:
        row = sums[terms.row_of(fact)]
        for code in ("leads", "leads_converting", "leads_amount", "opportunities", "opportunities_amount", *MEASURES):
            row[code] += Decimal(getattr(fact, code))
    rows = [  # who has a target has a row, even if nothing has been done yet
        Row(key, _values(sums[key], targets.get(key), names.get(key, ""), terms))
        for key in sorted({*sums, *targets}, key=lambda key: (key == NONE, names.get(key, "").casefold(), key))
    ]
    charted = [row for row in rows if row.key != NONE][:CHART_ROWS]
    drawn = ("achieved", "target") if terms.measure == "follow_ups" else ("achieved", "outlook", "target")
    series = tuple(Series(code, tuple(row.values[code] or 0 for row in charted)) for code in drawn)
    return Table(
        NAME,
        _columns(terms),
        rows,
        given={"counted": add(row.values["counted"] for row in rows)},
        chart=Chart(tuple(row.values["subject"] for row in charted), series, unit=MEASURES[terms.measure]),
        currency=terms.currency,
    )


def _values(row, target, name, terms):
    def money(amount):
        return round(float(amount), terms.digits)

    is_money = MEASURES[terms.measure] == "money"
    achieved = money(row[terms.measure]) if is_money else int(row[terms.measure])
    expected = row["leads_amount"] + row["opportunities_amount"]
    more = expected if is_money else row["leads_converting"]
    return {
        "subject": name,
        "leads": int(row["leads"]),
        "leads_amount": money(row["leads_amount"]),
        "opportunities": int(row["opportunities"]),
        "opportunities_amount": money(row["opportunities_amount"]),
        "expected": money(expected),
        "target": target,
        "achieved": achieved,
        # what was achieved by those who have a target: the rate of the total is theirs
        "counted": achieved if target else None,
        "left": None if target is None else max(target - achieved, 0),
        "outlook": round(float(row[terms.measure] + more), terms.digits),
    }


def _columns(terms):
    kind = MEASURES[terms.measure]
    unit = {"orders": "", "converted": "leads", "follow_ups": "follow_ups"}[terms.measure]
    drill = _drills(terms) if terms.scope else {}

    def shown(code):
        opens = partial(terms.opens, DOCUMENTS[code]) if terms.opens and code in DOCUMENTS else None
        return {"drill": drill.get(code), "opens": opens}

    columns = [
        Column("subject", "text", unit="", total="none"),
        Column("leads", group="leads", drill=drill.get("leads"), good="none"),
        Column("leads_amount", "money", "", "leads", drill=drill.get("leads"), good="none"),
        Column("opportunities", group="opportunities", good="none", **shown("opportunities")),
        Column("opportunities_amount", "money", "", "opportunities", good="none", **shown("opportunities")),
        Column("expected", "money", "", "expected", good="none"),
        Column("target", kind, unit, "target", **shown("target")),
        Column("achieved", kind, unit, "target", **shown(terms.measure)),
        Column("attainment", "ratio", "", "target", of=("counted", "target")),
        Column("left", kind, unit, "target"),
    ]
    if terms.measure != "follow_ups":
        columns.append(Column("outlook", "money" if kind == "money" else "number", unit, "target"))
    return tuple(columns)


def _drills(terms):
    scope, when = terms.scope, terms.span.terms("date")
    of_holdings = scope.domain("user_id", "pool_id", "company_id")
    of_events = scope.domain("user_ref", "pool_ref", "company_ref")

    def of(key, user, pool):
        if key == TOTAL:
            return ()
        if terms.subject == "team":
            members = tuple(sorted(rep for rep, team in (terms.teams or {}).items() if key == str(team)))
            if key == NONE:
                return ((user, "not in", tuple(sorted(terms.teams or {}))),)
            return ((user, "in", members),)
        number = False if key == NONE else int(key)
        return ((user if terms.subject == "rep" else pool, "=", number),)

    def holdings(*more):
        base = of_holdings
        return lambda key: Drill("lead.pool.holding", (*base, *of(key, "user_id", "pool_id"), *more))

    def events(key):
        kind = ("kind", "=", "follow_up")
        return Drill("lead.pool.event", (*of_events, *of(key, "user_ref", "pool_ref"), kind, *when))

    def documents(model):
        def drill(key):
            ids = terms.documents(model, key) if terms.documents else ()
            return Drill(model, (("id", "in", ids),)) if ids else None

        return drill

    return {
        **{code: documents(model) for code, model in DOCUMENTS.items()},
        "leads": holdings(("ended_at", "=", False), ("lead_converted", "=", False)),
        "converted": holdings(*terms.span.terms("ended_at"), ("end_reason", "=", "converted")),
        "follow_ups": events,
    }
