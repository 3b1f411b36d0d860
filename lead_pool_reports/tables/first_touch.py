"""Time to first touch: how soon reps follow up what they receive, and whether that was within what the pool promises.

A lead counts once for each time a rep **received** it in the period; a claim that was undone is none. It is **touched**
when this rep followed it up and the follow-up counts; the time runs from receiving it to his first follow-up, by the
calendar or in the working hours of its pool. Leads without one have no time and are left out of median and 90 %.

The **promise** is what the pool asks for now: its first contact within so many working days (the day counts until it
ends, as the planned activity does); where it asks for none, the term after which its first reclaim rule without a
condition takes back what was not followed up. A lead is **due** when it was touched within the term, or the term is
over and the rep had the lead so long: what left his hands before, and what may still be touched in time, is not judged.

>>> li = Facts(7, 3, "Li Na", "Beijing", received=4, touched=3, median=60.0, ninety=90.0, due=4, kept=3, promised=1)
>>> table = build([li], Facts(median=60.0, ninety=90.0), by="both")
>>> [table.value(table.rows[0], column) for column in table.columns]
['Li Na', 'Beijing', 1, 4, 3, 0.75, 60.0, 90.0, 4, 3, 0.75]
"""

from dataclasses import dataclass

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "first_touch"
CHART_ROWS = 30  # bars beyond these cannot be told apart


@dataclass(slots=True)
class Facts:
    """The figures of one rep, one pool, or one rep in one pool; 0 where all are meant.

    :param median: seconds; ``ninety``: nine in ten took no longer
    :param promised: days that the pool gives; ``None``: no promise, or it differs
    """

    user_id: int = 0
    pool_id: int = 0
    rep: str = ""
    pool: str = ""
    received: int = 0
    touched: int = 0
    median: float | None = None
    ninety: float | None = None
    due: int = 0
    kept: int = 0
    promised: float | None = None

    @property
    def label(self):
        return ", ".join(filter(None, (self.rep, self.pool)))


def build(facts, overall, *, by="rep", scope=None, period=None):
    """The table.

    :param facts: ``[Facts]``, a row for each
    :param Facts overall: all together, for what cannot be added up
    :param by: ``rep``, ``pool`` or ``both``
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    """
    facts = sorted(facts, key=lambda one: (one.rep.casefold(), one.user_id, one.pool.casefold(), one.pool_id))
    rows = [
        Row(f"{one.user_id}/{one.pool_id}", {name: getattr(one, name) for name in Facts.__slots__}) for one in facts
    ]
    charted = sorted((one for one in facts if one.touched), key=lambda one: -one.received)[:CHART_ROWS]
    return Table(
        NAME,
        _columns(by, scope, period),
        rows,
        given={"median": overall.median, "ninety": overall.ninety},
        chart=Chart(
            tuple(one.label for one in charted),
            tuple(Series(code, tuple(getattr(one, code) for one in charted)) for code in ("median", "ninety")),
            unit="duration",
        ),
    )


def _columns(by, scope, period):
    base = scope.domain("user_id", "pool_id", "company_id") if scope else ()
    began = period.terms("started_at") if scope else ()

    def holdings(*terms):
        def drill(key):
            user, pool = (0, 0) if key == TOTAL else map(int, key.split("/"))
            return Drill(
                "lead.pool.holding",
                (
                    *base,
                    *((("user_id", "=", user),) if user else ()),
                    *((("pool_id", "=", pool),) if pool else ()),
                    *began,
                    ("end_reason", "!=", "undone"),
                    *terms,
                ),
            )

        return drill if scope else None

    columns = [Column("rep", "text", unit="", total="none")] if by != "pool" else []
    if by != "rep":
        columns.append(Column("pool", "text", unit="", total="none"))
        columns.append(Column("promised", "number", unit="days", total="none"))
    columns += [
        Column("received", drill=holdings()),
        Column("touched", drill=holdings(("first_follow_up_at", "!=", False))),
        Column("touched_share", "ratio", unit="", of=("touched", "received")),
        Column("median", "duration", unit="seconds", group="time", total="given"),
        Column("ninety", "duration", unit="seconds", group="time", total="given"),
        Column("due", group="promise", drill=holdings(("promise", "=", "due"))),
        Column("kept", group="promise", drill=holdings(("promise", "=", "kept"))),
        Column("kept_share", "ratio", unit="", group="promise", of=("kept", "due")),
    ]
    return tuple(columns)
