"""Rep × status and conversion: what each rep has in hand, got, did and made of it.

Three kinds of figures side by side: *now* (what the rep holds this moment, whatever the period), *period* (what began
or ended in it) and *cohort* (what became so far of the leads he received in it). The conversion rate is of the
cohort: of the leads received in the period, the share that he has converted by now. So it never exceeds 1, and a lead
converted long after it came counts for the period in which it came. A claim that was undone is none. Where a pool keeps
opportunities held, a lead is converted while the rep still holds it: such a lead is in his hands as an **opportunity**.

>>> from datetime import date, timezone
>>> from .period import Period
>>> from .scope import Scope
>>> march = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
>>> li = Facts(7, "Li Na", untouched=1, in_progress=2, received=5, received_converted=1, first_follow_up=3600)
>>> table = build([li], Facts(first_follow_up=3600), Scope((1,), everything=True), march)
>>> table.value(table.rows[0], table.column("conversion_rate"))
0.2
>>> table.drill("7", "untouched").domain[1:]
(('user_id', '=', 7), ('ended_at', '=', False), ('first_follow_up_at', '=', False))
"""

from dataclasses import dataclass

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "rep_status"
#: The row of the leads that wait, for admins of pools.
NOBODY = "nobody"
#: How a holding ends: column -> its reasons.
ENDS = {
    "returned": ("returned",),
    "reclaimed": ("reclaimed", "recalled"),
    "converted": ("converted",),
    "invalid": ("invalid",),
    "lost": ("lost",),
    "passed_on": ("reassigned", "handed_over", "transferred"),
    "gone": ("merged", "deleted"),
}
GOOD_ENDS = {
    "returned": "less",
    "reclaimed": "less",
    "converted": "more",
    "invalid": "neutral",
    "lost": "less",
    "passed_on": "neutral",
    "gone": "neutral",
}
CHART_REPS = 30  # bars beyond these cannot be told apart


@dataclass(slots=True)
class Facts:
    """The figures of one rep, or of all together (``user_id`` 0). ``first_follow_up``: median, in seconds."""

    user_id: int = 0
    name: str = ""
    untouched: int = 0
    in_progress: int = 0
    opportunities: int = 0
    received: int = 0
    received_converted: int = 0
    first_follow_up: float | None = None
    follow_ups: int = 0
    returned: int = 0
    reclaimed: int = 0
    converted: int = 0
    invalid: int = 0
    lost: int = 0
    passed_on: int = 0
    gone: int = 0


def build(reps, overall, scope, period, waiting=None):
    """The table.

    :param reps: ``[Facts]`` of the reps
    :param Facts overall: of all of them together, for what cannot be added up
    :param Scope scope: whose figures these are
    :param Period period: of the figures that have one
    :param waiting: number of leads that wait, held by nobody; ``None`` for who runs no pool
    """
    rows = [
        Row(str(facts.user_id), {name: getattr(facts, name) for name in Facts.__slots__} | {"rep": facts.name})
        for facts in sorted(reps, key=lambda facts: (facts.name.casefold(), facts.user_id))
    ]
    charted = sorted(rows, key=lambda row: -row.values["received"])[:CHART_REPS]
    if waiting is not None:
        rows.append(Row(NOBODY, {"waiting": waiting}))
    return Table(
        NAME,
        _columns(scope, period, waiting is not None),
        rows,
        given={"first_follow_up": overall.first_follow_up},
        chart=Chart(
            tuple(row.values["rep"] for row in charted),
            (
                Series("received", tuple(row.values["received"] for row in charted)),
                Series("converted", tuple(row.values["converted"] for row in charted)),
                Series("back", tuple(row.values["returned"] + row.values["reclaimed"] for row in charted)),
            ),
        ),
    )


def _columns(scope, period, with_waiting):
    def holdings(*terms):
        def drill(key):
            rep = () if key == TOTAL else (("user_id", "=", int(key)),)
            return Drill("lead.pool.holding", (*of_holdings, *rep, *terms))

        return drill

    def follow_ups(key):
        rep = () if key == TOTAL else (("user_ref", "=", int(key)),)
        return Drill("lead.pool.event", (*of_events, *rep, ("kind", "=", "follow_up"), *when))

    def waiting(_key):
        pools = () if scope.whole_pools is None else (("pool_id", "in", scope.whole_pools),)
        if not scope.everything and not set(scope.whole_pools) <= set(scope.pools_run):
            return None  # numbers only: the records are for the pool's admins
        base = (("company_id", "in", scope.companies), *scope.of_sources)
        return Drill("lead.pool.entry", (*base, *pools, ("state", "=", "waiting")))

    of_holdings, of_events = (
        scope.domain(*names)
        for names in (("user_id", "pool_id", "company_id"), ("user_ref", "pool_ref", "company_ref"))
    )
    when = period.terms("date")
    opened = ("ended_at", "=", False)
    received = (*period.terms("started_at"), ("end_reason", "!=", "undone"))
    ended = period.terms("ended_at")
    columns = [Column("rep", "text", unit="", total="none")]
    if with_waiting:
        columns.append(Column("waiting", group="now", drill=waiting, good="none"))
    columns += [
        Column("untouched", group="now", drill=holdings(opened, ("first_follow_up_at", "=", False)), good="none"),
        Column("in_progress", group="now", drill=holdings(opened, ("first_follow_up_at", "!=", False)), good="none"),
        Column("opportunities", group="now", drill=holdings(opened, ("is_opportunity", "=", True)), good="none"),
        Column("received", group="period", drill=holdings(*received)),
        Column("follow_ups", unit="follow_ups", group="period", drill=follow_ups, good="more"),
        *(
            Column(code, group="period", drill=holdings(*ended, ("end_reason", "in", reasons)), good=GOOD_ENDS[code])
            for code, reasons in ENDS.items()
        ),
        Column(
            "received_converted",
            group="cohort",
            drill=holdings(*received, "|", ("end_reason", "=", "converted"), ("is_opportunity", "=", True)),
            good="more",
        ),
        Column("conversion_rate", "ratio", unit="", group="cohort", of=("received_converted", "received"), good="more"),
        Column(
            "first_follow_up",
            "duration",
            unit="seconds",
            group="cohort",
            total="given",
            drill=holdings(*received, ("first_follow_up_at", "!=", False)),
            good="less",
        ),
    ]
    return tuple(columns)
