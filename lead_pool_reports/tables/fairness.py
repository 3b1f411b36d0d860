"""Fairness: what each member got of his pool's leads, against the share that his weight gives him.

**Counted** are the leads that reps got out of a pool in the period: claimed, distributed, or given by hand. Leads of
one's own, leads that came with a rep, hand-overs of somebody who leaves and claims that were undone are none.

**Due** to a member is, of each of these leads, the part that his weight was of all weights in the pool at that moment.
The weights are those of the version of the pool's rules under which the lead was given; who was paused, on leave or no
member then had none. Capacities and skills are not looked at: who is full or has other skills gets fewer, and the
report says so. Where nobody had a weight, a lead is due to who got it. So the due leads of a pool are as many as were
given, and what one got too many others got too few.

**Manual overrides** are leads given to somebody by hand (a held lead given to another rep among them), leads given over
somebody's capacity, and leads taken out of somebody's hands by an admin. The deviation *without them* is that of the
leads that were not given by hand: where it is smaller than the whole one, the overrides made the difference.

>>> from datetime import date, timezone
>>> from .period import Period
>>> from .scope import Scope
>>> march = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
>>> people = {(3, 7): ("Beijing", "Li Na"), (3, 8): ("Beijing", "Wang Wei")}
>>> given = [Given(3, "v1", 7, "distributed", 4), Given(3, "v1", 8, "distributed", 1), Given(3, "v1", 8, "assigned", 4)]
>>> table = build(given, {(3, "v1"): {7: 2, 8: 1}}, people, {}, Scope((1,), everything=True), march)
>>> [(row.values["rep"], row.values["due"], row.values["deviation"]) for row in table.rows]
[('Li Na', 6.0, -2.0), ('Wang Wei', 3.0, 2.0)]

Without the four that an admin gave to Wang Wei by hand, Li Na got more than was due to her:

>>> [round(row.values["rest"], 2) for row in table.rows]
[0.67, -0.67]
"""

from collections import defaultdict
from dataclasses import dataclass

from .inequality import chi_square, gini
from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "fairness"
#: How a rep gets a lead -> the origins of the holding.
WAYS = {"claimed": ("claimed", "pulled"), "distributed": ("distributed",), "assigned": ("assigned",)}
#: How a lead is taken out of somebody's hands by an admin: as the holding ends, and as the event is called.
TAKEN = ("reassigned", "recalled", "transferred")
#: Which leads are good ones -> the terms on the holding.
GOOD = {
    "either": ("|", ("lead_decision", "=", "go"), "&", ("lead_priority", "in", ("2", "3")),
               ("lead_decision", "!=", "no_go")),
    "assessed": (("lead_decision", "=", "go"),),
    "priority": (("lead_priority", "in", ("2", "3")),),
}  # fmt: skip
CHART_ROWS = 30  # bars beyond these cannot be told apart


@dataclass(frozen=True, slots=True)
class Given:
    """Leads that one member got out of one pool, of one way, in one stretch of time in which nobody's weight changed.

    :param stretch: which one, see ``weights`` of :func:`build`
    :param good: of them, how many are good ones; ``over``: given although he was full
    """

    pool_id: int
    stretch: object
    user_id: int
    way: str
    count: int
    good: int = 0
    over: int = 0


class _Figures:
    """What is counted of one member, or of a whole pool."""

    def __init__(self):
        self.received = self.good = self.over = self.taken = 0
        self.due = self.due_good = self.due_rest = 0.0
        self.ways = dict.fromkeys(WAYS, 0)

    def values(self, everything, everything_good):
        """The values of a row.

        :param everything: leads given in the pool; ``everything_good``: the good ones of them
        """
        by_hand = self.ways["assigned"]
        return {
            "received": self.received,
            **self.ways,
            "due": self.due,
            "deviation": _clean(self.received - self.due),
            "rest": _clean(self.received - by_hand - self.due_rest),
            "all": everything,
            "good": self.good,
            "all_good": everything_good,
            "due_good": self.due_good,
            "good_deviation": _clean(self.good - self.due_good),
            "over": self.over,
            "taken": self.taken,
        }


def _clean(number):
    """Without what floats leave behind: sums of parts are whole again."""
    return round(number, 9) + 0.0


def build(given, weights, people, taken, scope, period, *, ways="all", good="either", by_pool=False):
    """The table.

    :param given: ``[Given]`` of whole pools, whoever reads it: what is due to one depends on all
    :param weights: ``{(pool id, stretch): {user id: weight}}``
    :param people: ``{(pool id, user id): (name of the pool, name of the rep)}`` of all who may get a row
    :param taken: ``{(pool id, user id): leads taken out of his hands by an admin}``
    :param ways: of :data:`WAYS`, which leads are counted; ``all``
    :param good: of :data:`GOOD`
    :param by_pool: a row for each pool instead of each member
    """
    by_pool = by_pool and not scope.personal
    figures = _figures([one for one in given if ways in ("all", one.way)], weights, taken)
    in_pools = defaultdict(list)
    for (pool_id, user_id), mine in figures.items():
        in_pools[pool_id].append((user_id, mine))
    sums = {pool_id: _sum(mine for _user, mine in members) for pool_id, members in in_pools.items()}
    judged = {} if scope.reps is not None else {pool: in_pools[pool] for pool in in_pools if _is_whole(scope, pool)}
    shares = {pool: [(mine.received, mine.due) for _user, mine in members] for pool, members in judged.items()}
    if by_pool:
        rows = [_pool_row(pool, sums[pool], people, shares[pool]) for pool in judged]
    else:
        rows = [
            Row(
                f"{pool}/{user}",
                {
                    **dict(zip(("pool", "rep"), people[pool, user], strict=True)),
                    **mine.values(sums[pool].received, sums[pool].good),
                },
            )
            for (pool, user), mine in figures.items()
            if (pool, user) in people and _is_seen(scope, pool, user)
        ]
    rows.sort(key=lambda row: (row.values["pool"].casefold(), row.values.get("rep", "").casefold(), row.key))
    return Table(
        NAME,
        _columns(scope, period, ways, good, by_pool, {int(row.key.partition("/")[0]) for row in rows}),
        rows,
        given=_judgement(shares.values()),
        chart=_chart(rows, by_pool=by_pool),
    )


def _chart(rows, *, by_pool):
    """What each pool, or each rep in all these pools together, got beside what was due."""
    bars = {}
    for row in rows:
        place = (row.key, row.values["pool"]) if by_pool else (row.key.partition("/")[2], row.values["rep"])
        got, due = bars.get(place, (0, 0.0))
        bars[place] = (got + row.values["received"], due + row.values["due"])
    charted = sorted(bars.items(), key=lambda bar: -bar[1][1])[:CHART_ROWS]
    return Chart(
        tuple(name for (_key, name), _values in charted),
        (
            Series("received", tuple(got for _place, (got, _due) in charted)),
            Series("due", tuple(round(due, 2) for _place, (_got, due) in charted)),
        ),
        unit="number",
    )


def _figures(given, weights, taken):
    """``{(pool id, user id): _Figures}`` of all members, also those who got nothing."""
    figures = defaultdict(_Figures)
    stretches = defaultdict(lambda: [0, 0, 0])  # leads, good ones, given by hand
    for one in given:
        mine = figures[one.pool_id, one.user_id]
        mine.received += one.count
        mine.good += one.good
        mine.over += one.over
        mine.ways[one.way] += one.count
        by_hand = one.count if one.way == "assigned" else 0
        if sum(weights.get((one.pool_id, one.stretch), {}).values()) > 0:
            for number, count in enumerate((one.count, one.good, by_hand)):
                stretches[one.pool_id, one.stretch][number] += count
        else:
            mine.due += one.count
            mine.due_good += one.good
            mine.due_rest += one.count - by_hand
    for (pool_id, stretch), (count, good, by_hand) in stretches.items():
        seats = weights[pool_id, stretch]
        whole = sum(seats.values())
        for user_id, weight in seats.items():
            if weight > 0:
                mine = figures[pool_id, user_id]
                mine.due += count * weight / whole
                mine.due_good += good * weight / whole
                mine.due_rest += (count - by_hand) * weight / whole
    for (pool_id, user_id), count in taken.items():
        figures[pool_id, user_id].taken += count
    return dict(figures)


def _sum(figures):
    """All members of a pool together."""
    whole = _Figures()
    for mine in figures:
        for name in ("received", "good", "over", "taken", "due", "due_good", "due_rest"):
            setattr(whole, name, getattr(whole, name) + getattr(mine, name))
        for way, count in mine.ways.items():
            whole.ways[way] += count
    return whole


def _pool_row(pool, whole, people, shares):
    name = next(names[0] for (of_pool, _user), names in people.items() if of_pool == pool)
    apart = _clean(sum(max(got - due, 0) for got, due in shares))
    values = whole.values(whole.received, whole.good)
    return Row(str(pool), {"pool": name, **values, "apart": apart, **_judgement([shares])})


def _judgement(groups):
    """How unequal, and whether by chance, both in per cent."""
    groups = list(groups)
    unequal, chance = gini([share for shares in groups for share in shares]), chi_square(groups)
    return {
        "gini": unequal if unequal is None else round(unequal * 100, 6),
        "chance": chance if chance is None else round(chance * 100, 6),
    }


def _is_whole(scope, pool):
    """Whether the reader may see the numbers of the whole pool."""
    return scope.whole_pools is None or pool in scope.whole_pools


def _is_seen(scope, pool, user):
    """Whether the reader may see this member's row, and asked for it."""
    if scope.reps is not None and user not in scope.reps:
        return False
    return scope.everything or user in scope.people or pool in scope.pools_run


class _Behind:
    """The records behind a figure: behind overrides stand events where the reader runs all these pools, else holdings.

    :param counted: origins of the leads that are counted
    :param pools: ids of the pools in the rows
    """

    def __init__(self, scope, period, counted, pools, *, by_pool):
        self.scope, self.period, self.counted = scope, period, tuple(counted)
        self.pools, self.by_pool = pools, by_pool
        self.when = period.terms("date")

    def _runs(self, key):
        """Whether the reader runs all pools of this row, and so sees their events."""
        pools = self.pools if key == TOTAL else {int(key.partition("/")[0])}
        return self.scope.everything or pools <= set(self.scope.pools_run)

    @staticmethod
    def _place(key, user, pool):
        if key == TOTAL:
            return ()
        pool_id, _slash, user_id = key.partition("/")
        return ((pool, "=", int(pool_id)), *(((user, "=", int(user_id)),) if user_id else ()))

    def holdings(self, *terms):
        """Of a pool that he leads and does not run there are numbers, no records."""

        base = self.scope.domain("user_id", "pool_id", "company_id")

        def drill(key):
            if self.by_pool and not self._runs(key):
                return None
            return Drill("lead.pool.holding", (*base, *self._place(key, "user_id", "pool_id"), *terms))

        return drill

    def received(self, *terms, origins=None):
        undone = ("end_reason", "!=", "undone")
        began = self.period.terms("started_at")
        return self.holdings(("origin", "in", tuple(origins or self.counted)), *began, undone, *terms)

    def _events(self, key, kinds, user, pool):
        base = self.scope.domain(user, pool, "company_ref")
        place = self._place(key, user, pool)
        return (*base, *place, (user, "!=", False), ("kind", "in", kinds), *self.when)

    def by_hand(self, key):
        if not self._runs(key):
            return self.received(origins=WAYS["assigned"])(key)
        return Drill("lead.pool.event", self._events(key, ("assigned", "reassigned"), "user_ref", "pool_ref"))

    def taken(self, key):
        if not self._runs(key):
            return self.holdings(("end_reason", "in", TAKEN), *self.period.terms("ended_at"))(key)
        away = self._events(key, ("transferred",), "from_user_ref", "from_pool_ref")
        within = self._events(key, ("recalled", "reassigned"), "from_user_ref", "pool_ref")
        return Drill("lead.pool.event", ("|", *_all_of(away), *_all_of(within)))


def _columns(scope, period, ways, good, by_pool, pools):
    counted = [origin for way, origins in WAYS.items() if ways in ("all", way) for origin in origins]
    behind = _Behind(scope, period, counted, pools, by_pool=by_pool)
    shown = [way for way in WAYS if ways in ("all", way) and way != "assigned"]
    sure = not by_pool  # of a pool's row it depends on whether he runs the pool
    by_hand = Column("assigned", group="overrides", drill=behind.by_hand, always=sure)
    members = {
        "name": [Column("rep", "text", unit="", total="none")],
        "weight": [
            Column("share", "ratio", unit="", group="weight", of=("received", "all")),
            Column("due_share", "ratio", unit="", group="weight", of=("due", "all")),
            Column("due", "number", group="weight"),
            Column("deviation", "number", group="weight", total="none"),
        ],
        "good": [
            Column("due_good", "number", group="good"),
            Column("good_deviation", "number", group="good", total="none"),
        ],
        "rest": [Column("rest", "number", group="overrides", total="none")],
    }
    of_pools = {"name": [], "weight": [Column("apart", "number", group="weight")], "good": [], "rest": []}
    some = of_pools if by_pool else members
    judgement = [
        Column("gini", "number", unit="percent", group="judgement", total="given"),
        Column("chance", "number", unit="percent", group="judgement", total="given"),
    ]
    return (
        Column("pool", "text", unit="", total="none"),
        *some["name"],
        Column("received", group="leads", drill=behind.received(), always=sure),
        *(Column(way, group="leads", drill=behind.received(origins=WAYS[way]), always=sure) for way in shown),
        *some["weight"],
        Column("good", group="good", drill=behind.received(*GOOD[good]), always=sure),
        Column("good_share", "ratio", unit="", group="good", of=("good", "received")),
        *some["good"],
        *([by_hand] if ways in ("all", "assigned") else []),
        Column("over", group="overrides", drill=behind.received(("over_capacity", "=", True)), always=sure),
        Column("taken", group="overrides", drill=behind.taken, always=sure),
        *some["rest"],
        *([] if scope.personal else judgement),
    )


def _all_of(terms):
    """A domain as one term, so that it can stand behind an ``|``.

    >>> _all_of((("a", "=", 1), "|", ("b", "=", 2), ("c", "=", 3)))
    ('&', ('a', '=', 1), '|', ('b', '=', 2), ('c', '=', 3))
    """
    need = 1
    count = 0  # whole terms
    for term in terms:
        if term in ("&", "|"):
            need += 1
        elif term != "!":
            need -= 1
            if not need:
                count, need = count + 1, 1
    return ("&",) * (count - 1) + tuple(terms)
