"""When leads come and when they are first touched: weekday by hour, and how much of it in working hours.

**Arrived**: a lead entered the pools; for who runs no pool: one of his people received it. **Touched**: the first
follow-up that counts of a rep who held the lead. Days and hours are those of the reader's clock; whether that was in
working hours is asked of the lead's pool, by its calendar, on its own clock.

>>> facts = [Fact(1, 9, leads=3, working=3), Fact(1, 22, leads=1), Fact(7, 9, leads=1)]
>>> table = build(facts, (1, 2, 3, 4, 5, 6, 7))
>>> monday, total = table.row("1"), table.total
>>> [table.value(monday, table.column(code)) for code in ("all", "working", "working_share", "h9", "h22", "h23")]
[4, 3, 0.75, 3, 1, 0]
>>> [table.value(total, table.column(code)) for code in ("all", "working_share", "h9")]
[5, 0.6, 4]
"""

from collections import defaultdict
from dataclasses import dataclass

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "arrival_heat"
HOURS = tuple(range(24))
ENTERING = ("entered", "enrolled")
SLOT = 1800  # seconds; the clocks of the world differ by halves of an hour, but for a few
#: The half hours of a day in UTC, of which the numbers of leads are kept.
SLOTS = tuple(f"s{number:02}" for number in range(86400 // SLOT))


@dataclass(frozen=True, slots=True)
class Fact:
    """How many leads in one hour of the week.

    :param weekday: 1 (Monday) to 7
    :param working: of them, those while their pool was open
    """

    weekday: int
    hour: int
    leads: int = 0
    working: int = 0


def build(facts, weekdays, *, what="arrived", scope=None, period=None):
    """The table.

    :param facts: ``[Fact]``
    :param weekdays: the days from 1 (Monday) to 7 in the order in which the reader's week runs
    :param what: ``arrived`` or ``touched``
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    """
    leads, working = defaultdict(int), defaultdict(int)
    for fact in facts:
        leads[fact.weekday, fact.hour] += fact.leads
        working[fact.weekday] += fact.working
    rows = [
        Row(
            str(day),
            {
                "all": sum(leads[day, hour] for hour in HOURS),
                "working": working[day],
                **{f"h{hour}": leads[day, hour] for hour in HOURS},
            },
        )
        for day in (weekdays if leads else ())
    ]
    drill = _drill(what, scope, period)
    columns = [
        Column("weekday", "text", unit="", total="none"),
        Column("all", drill=drill and (lambda key: drill(key, None))),
        Column("working"),
        Column("working_share", "ratio", unit="", of=("working", "all")),
        *(
            Column(f"h{hour}", group="hours", drill=drill and (lambda key, hour=hour: drill(key, hour)))
            for hour in HOURS
        ),
    ]
    heat = Chart(
        tuple(str(hour) for hour in HOURS),
        tuple(Series(row.key, tuple(row.values[f"h{hour}"] for hour in HOURS)) for row in rows),
        shape="heat",
    )
    return Table(NAME, tuple(columns), rows, chart=heat)


def _drill(what, scope, period):
    """``(row key, hour or None) -> Drill``."""
    if scope is None:
        return None
    if not (scope.personal or scope.runs_all):
        return None  # numbers only: the records are for the pool's admins
    if what == "arrived" and not scope.personal:
        model, moment, company, pool = "lead.pool.event", "date", "company_ref", "pool_ref"
        terms = (("kind", "in", ENTERING),)
    else:
        model, company, pool = "lead.pool.holding", "company_id", "pool_id"
        moment = "started_at" if what == "arrived" else "first_follow_up_at"
        terms = (("end_reason", "!=", "undone"),)
    if scope.personal:
        base = scope.domain("user_id", pool, company)
    else:
        pools = () if scope.whole_pools is None else ((pool, "in", scope.whole_pools),)
        base = ((company, "in", scope.companies), *scope.of_sources, *pools)

    def drill(key, hour):
        # as PostgreSQL counts them, Sunday is 0
        day = () if key == TOTAL else ((f"{moment}.day_of_week", "=", int(key) % 7),)
        hours = () if hour is None else ((f"{moment}.hour_number", "=", hour),)
        return Drill(model, (*base, *terms, *period.terms(moment), *day, *hours))

    return drill
