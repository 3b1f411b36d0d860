"""Pool dynamics by day: what came into the pools, what moved, and what waited in the evening.

Built from counts of events. What there is now is known; going back from it, each day's events tell what there was the
evening before. So a report on last month reads the events since then, not all there ever were. Each evening
entered = waiting + held + closed, in all and, with the transfers, in each pool. A claim that was undone is none:
neither its event nor that of the undoing is among those counted.

>>> from datetime import date
>>> monday, tuesday = date(2026, 3, 2), date(2026, 3, 3)
>>> facts = [
...     Fact(monday, "entered", n=5),
...     Fact(tuesday, "claimed", after=True, n=2),
...     Fact(tuesday, "converted", before=True, n=1),
...     Fact(None, "entered", n=3),  # after the period
... ]
>>> table = build(facts, [Stock(waiting=6, held=1, closed=1)], [monday, tuesday])
>>> for row in table.rows:
...     print(row.key, *(row.values[code] for code in ("entered", "claimed", "entered_in_all", *STOCKS)))
2026-03-02 5 0 5 5 0 0
2026-03-03 0 2 5 3 1 1
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "pool_dynamics"
#: Column of flows -> the kinds of events that it counts.
FLOWS = {
    "entered": ("entered", "enrolled"),
    "claimed": ("claimed", "pulled"),
    "assigned": ("assigned",),
    "distributed": ("distributed",),
    "reassigned": ("reassigned", "handed_over"),
    "followed": ("follow_up",),
    "returned": ("returned",),
    "reclaimed": ("reclaimed", "recalled"),
    "transferred_out": (),  # by the pools: a return to another pool is a transfer, too
    "transferred_in": (),
    "converted": ("converted",),
    "invalid": ("invalid",),
    "lost": ("lost",),
    "gone": ("merged", "deleted"),
    "reopened": ("reopened",),
}
COLUMN_OF = {kind: code for code, kinds in FLOWS.items() for kind in kinds}
#: Of which columns more is good, of which less is.
GOOD = {
    "entered": "more",
    "followed": "more",
    "converted": "more",
    "returned": "less",
    "reclaimed": "less",
    "lost": "less",
    "waiting": "less",
}
UNITS = {"followed": "follow_ups"}
CLOSING = frozenset(("converted", "invalid", "lost", "merged", "deleted"))
ENTERING = frozenset(("entered", "enrolled"))
#: Kinds of events that this report reads.
KINDS = (*COLUMN_OF, "transferred")
#: Where a lead can be in the evening.
STOCKS = ("waiting", "held", "closed")

#: For a rep: what a holding begins and ends with. A lead given to him by a colleague was assigned to him.
BEGINS = {
    "entered": "entered", "enrolled": "entered", "claimed": "claimed", "pulled": "claimed", "assigned": "assigned",
    "reassigned": "assigned", "handed_over": "assigned", "distributed": "distributed", "reopened": "reopened",
}  # fmt: skip
ORIGINS = {
    "entered": ("created", "imported", "enrolled"),
    "claimed": ("claimed", "pulled"),
    "assigned": ("assigned", "handed_over"),
    "distributed": ("distributed",),
    "reopened": ("reopened",),
}
END_REASONS = {
    "reassigned": ("reassigned", "handed_over"),
    "returned": ("returned",),
    "reclaimed": ("reclaimed", "recalled"),
    "transferred_out": ("transferred",),
    "converted": ("converted",),
    "invalid": ("invalid",),
    "lost": ("lost",),
    "gone": ("merged", "deleted"),
}
#: The events do not say of a claim that it was undone; its holding does.
NOT_UNDONE = ("end_reason", "!=", "undone")
END_OF = {reason: code for code, reasons in END_REASONS.items() for reason in reasons}


@dataclass(frozen=True, slots=True)
class Fact:
    """``n`` events of one kind on one day.

    :param day: ``None``: after the period
    :param pool: where the lead is afterwards; ``None``: a pool out of scope
    :param moved: whether it came from another pool, ``from_pool``
    :param before: whether somebody (in a personal report: of the caller's people) held it before
    :param after: the same, afterwards
    """

    day: date | None
    kind: str
    pool: int | None = 0
    moved: bool = False
    from_pool: int | None = None
    before: bool = False
    after: bool = False
    n: int = 1

    @property
    def home(self):
        """The pool in which it began."""
        return self.from_pool if self.moved else self.pool


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is in one pool now."""

    pool: int = 0
    waiting: int = 0
    held: int = 0
    closed: int = 0


def build(facts, stocks, days, *, pools=None, personal=False, scope=None, period=None):
    """The table.

    :param facts: ``[Fact]`` of the period and after it
    :param stocks: ``[Stock]`` of now
    :param days: days of the period, in order
    :param pools: ``[(id, name)]``: a row for each pool and day; ``None``: all pools are number 0, a row a day
    :param personal: only what people held: nothing waits, and what closes has left their hands
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    :param period: of the drill-down
    """
    flows, now = defaultdict(int), defaultdict(int)
    for stock in stocks:
        for code in STOCKS:
            now[stock.pool, code] += getattr(stock, code)
        now[stock.pool, "entered_in_all"] += stock.waiting + stock.held + stock.closed
    changes = defaultdict(int)
    for fact in facts:
        legs = _personal_legs(fact) if personal else _legs(fact)
        for pool, code, n in legs:
            if pool is None:
                continue
            if code in FLOWS:
                flows[fact.day, pool, code] += n * fact.n
            else:
                changes[fact.day, pool, code] += n * fact.n
    stock_codes = ("held",) if personal else (*STOCKS, "entered_in_all")
    evenings = _evenings(now, changes, days, pools or [(0, "")], stock_codes)
    flow_codes = [
        code for code in FLOWS if not personal or code in ORIGINS or code in END_REASONS or code == "followed"
    ]
    rows = []
    for day in days:
        for pool, name in pools or [(0, "")]:
            values = {"day": day, "pool": name}
            values |= {code: flows[day, pool, code] for code in flow_codes}
            values |= {code: evenings[day, pool, code] for code in stock_codes}
            rows.append(Row(f"{day}/{pool}" if pools else str(day), values))
    given = {}
    if days:
        given = {
            code: sum(evenings[days[-1], pool, code] for pool, _name in pools or [(0, "")]) for code in stock_codes
        }
    columns = _columns(flow_codes, stock_codes, bool(pools), personal, scope, period)
    return Table(NAME, columns, rows, given=given, chart=_chart(rows, days, personal))


def _legs(fact):
    """What these events change: ``(pool, column or stock, how much each)``."""
    if fact.kind in COLUMN_OF:
        yield fact.home, COLUMN_OF[fact.kind], 1
    if fact.kind == "follow_up":
        return
    if fact.moved:
        yield fact.home, "transferred_out", 1
        yield fact.pool, "transferred_in", 1
    if fact.kind in ENTERING:
        yield fact.pool, "entered_in_all", 1
    else:
        yield fact.home, "closed" if fact.kind == "reopened" else "held" if fact.before else "waiting", -1
        yield fact.home, "entered_in_all", -1
        yield fact.pool, "entered_in_all", 1
    yield fact.pool, "closed" if fact.kind in CLOSING else "held" if fact.after else "waiting", 1


def _personal_legs(fact):
    """The same for what people held: a holding begins, ends, or is worked on."""
    if fact.kind == "follow_up":
        if fact.after:
            yield fact.pool, "followed", 1
        return
    if fact.after and fact.kind in BEGINS:
        yield fact.pool, BEGINS[fact.kind], 1
        yield fact.pool, "held", 1
    if fact.before and fact.kind in END_OF:
        yield fact.home, END_OF[fact.kind], 1
        yield fact.home, "held", -1


def _evenings(now, changes, days, pools, codes):
    """``{(day, pool, stock): number}``: from now back, day by day."""
    evenings = {}
    for pool, _name in pools:
        for code in codes:
            number = now[pool, code] - changes[None, pool, code]
            for day in reversed(days):
                evenings[day, pool, code] = number
                number -= changes[day, pool, code]
    return evenings


def _chart(rows, days, personal):
    def series(code, *codes, style="bar"):
        sums = dict.fromkeys(days, 0)
        for row in rows:
            sums[row.values["day"]] += sum(row.values.get(part, 0) for part in codes or (code,))
        return Series(code, tuple(sums.values()), style)

    return Chart(
        tuple(days),
        (
            series("entered"),
            series("taken", "claimed", "assigned", "distributed"),
            series("back", "returned", "reclaimed"),
            series("converted"),
            series("held" if personal else "waiting", style="line"),
        ),
        kind="date",
    )


def _columns(flow_codes, stock_codes, by_pool, personal, scope, period):
    columns = [Column("day", "date", unit="", total="none")]
    if by_pool:
        columns.append(Column("pool", "text", unit="", total="none"))
    # what is there stands beside the day: a phone shows it without scrolling
    columns += [Column(code, group="evening", total="given", good=GOOD.get(code, "neutral")) for code in stock_codes]
    columns += [
        Column(
            code,
            unit=UNITS.get(code, "leads"),
            group="day",
            drill=_drill(code, personal, scope, period),
            good=GOOD.get(code, "neutral"),
        )
        for code in flow_codes
    ]
    return tuple(columns)


def _drill(code, personal, scope, period):
    """Row key -> the events of that day and pool; in a personal report, and of claims, the holdings that began or
    ended."""
    if scope is None or not (personal or scope.everything or set(scope.whole_pools) <= set(scope.pools_run)):
        return None  # numbers only: the records are for the pool's admins

    def split(key):
        if key == TOTAL:
            return period, None
        day, _slash, pool = key.partition("/")
        return period.only(date.fromisoformat(day)), int(pool) if pool else None

    def events(key):
        when, pool = split(key)
        return Drill("lead.pool.event", (*_event_terms(code, scope, pool, personal), *when.terms("date")))

    def holdings(key):
        when, pool = split(key)
        base = scope.domain("user_id", "pool_id", "company_id")
        of_pool = (("pool_id", "=", pool),) if pool else ()
        if code in ORIGINS:
            terms = (*when.terms("started_at"), ("origin", "in", ORIGINS[code]), NOT_UNDONE)
        else:
            terms = (*when.terms("ended_at"), ("end_reason", "in", END_REASONS[code]))
        return Drill("lead.pool.holding", (*base, *of_pool, *terms))

    def claims(key):
        when, pool = split(key)
        pools = (pool,) if pool else scope.whole_pools
        place = () if pools is None else (("pool_id", "in", pools),)
        terms = (*when.terms("started_at"), ("origin", "in", ORIGINS[code]), NOT_UNDONE)
        return Drill("lead.pool.holding", (("company_id", "in", scope.companies), *scope.of_sources, *place, *terms))

    if personal and code != "followed":
        return holdings
    return claims if code == "claimed" else events


def _event_terms(code, scope, pool, personal):
    """The domain of the events that a column counts."""
    if personal:
        own = (("pool_ref", "=", pool),) if pool else ()
        return (*scope.domain("user_ref", "pool_ref", "company_ref"), ("kind", "in", FLOWS[code]), *own)
    pools = (pool,) if pool else scope.whole_pools
    base = (("company_ref", "in", scope.companies), *scope.of_sources)
    if code in ("transferred_out", "transferred_in"):
        end = "from_pool_ref" if code == "transferred_out" else "pool_ref"
        place = () if pools is None else ((end, "in", pools),)
        return (*base, ("from_pool_ref", "!=", False), *place)
    kind = ("kind", "in", FLOWS[code])
    if pools is None:
        return (*base, kind)
    # it counts where the lead was: a return to another pool belongs to the one it left
    return (
        *base, kind, "|", ("from_pool_ref", "in", pools), "&", ("from_pool_ref", "=", False),
        ("pool_ref", "in", pools),
    )  # fmt: skip
