"""What the ledger of a pool says, as the history that :mod:`.simulation` replays.

>>> from .history import Lead
>>> monday = datetime(2026, 3, 2, 9)
>>> events = [
...     Event(1, monday, "entered", 5, pool_id=1),
...     Event(2, monday, "distributed", 5, pool_id=1, user_id=7),
...     Event(3, monday + timedelta(hours=2), "follow_up", 5, pool_id=1, user_id=7),
...     Event(4, monday + timedelta(days=3), "reclaimed", 5, pool_id=1, from_id=7, due_at=monday + timedelta(days=3)),
... ]
>>> history = history_of(1, monday, monday + timedelta(days=7), {5: Lead(5)}, events, runs=[(monday, 2)])
>>> [(act.kind, act.lead_id) for act in history.acts]
[('arrive', 5)]
>>> history.given[5][0].deeds, history.given[5][0].known
(((datetime.timedelta(seconds=7200), 'follow_up'),), datetime.timedelta(days=3))
"""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from . import keep
from .history import Act, History, Stay

#: A run, or a look at the deadlines, that came later than this was not waited for; one that comes once a day may be
#: late.
LONGEST_LAG = timedelta(hours=30)
#: Events with which a lead comes into the pool, or is there again.
ARRIVALS = {"entered": "arrive", "enrolled": "arrive", "reopened": "reopen"}
CLOSED = ("converted", "invalid", "lost", "merged", "deleted")
#: Events that change the deadline of whoever holds the lead, as the acts of :data:`.history.KEEPING`.
KEEPING = {
    "extended": "extend",
    "extension_asked": "ask",
    "extension_declined": "decline",
    "locked": "lock",
    "unlocked": "unlock",
    "disputed": "freeze",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the ledger. ``pool_id`` and ``user_id`` are those after it; ``from_…`` where they changed."""

    id: int
    at: datetime
    kind: str
    lead_id: int
    pool_id: int = 0
    from_pool_id: int = 0
    user_id: int = 0
    from_id: int = 0
    won: bool = False  # converted for good
    by_hand: bool = False  # given out, but not by the pool's own distribution
    over_capacity: bool = False
    due_at: datetime | None = None  # of a lead that was taken back
    days: int = 0  # of an extension
    until: datetime | None = None  # promised by an extension; a lock or a dispute ends then

    @property
    def gives(self):
        """The pool itself chose who gets the lead."""
        return bool(self.user_id) and (self.kind == "reclaimed" or (self.kind == "distributed" and not self.by_hand))


@dataclass(slots=True)
class _Tenure:
    """A stay while the ledger is read."""

    user_id: int
    since: datetime
    how: str  # start, act, given
    at: int = 0  # place in the list of acts
    deeds: list = field(default_factory=list)
    lock: int | None = None  # place of its last lock in the list of acts


def history_of(pool_id, begin, end, leads, events, *, runs=(), starts=(), converted=None, grace=timedelta(), **more):
    """The history of one pool from ``begin`` to ``end``.

    :param leads: ``{number: Lead}``
    :param events: ``[Event]`` of these leads in the period, in their order; what a holder did until it began may be
        older: his follow-ups and those of :data:`KEEPING`
    :param runs: ``[(moment, id of its first event)]`` of the distributions that ran
    :param starts: ``[Start]`` of leads that were in the pool before; their stays are completed
    :param converted: ``{number: moment}`` of leads that were converted and stayed in hand
    :param timedelta grace: of the pool, for which a lead is kept that was unlocked
    :param more: further values of :class:`.simulation.History`
    """
    reader = Reader(pool_id, begin, end, leads, grace)
    reader.converted.update(converted or {})
    for start in starts:
        reader.begin_with(start)
    for event in events:
        reader.take(event)
    return reader.history(runs, **more)


class Reader:
    """Takes one event after the other; see :func:`history_of` for what it is told."""

    def __init__(self, pool_id, begin, end, leads, grace):
        self.pool_id, self.begin, self.end = pool_id, begin, end
        self.leads, self.converted, self.grace = leads, {}, grace
        self.acts, self.starts, self.given = [], {}, defaultdict(list)
        self.open = {}  # {number: _Tenure}
        self.waits = {}  # {number: since when it waits}
        self.looked_at = []  # [(since when it waited, when it was given out)]
        self.overdue = []  # [(due, taken back)]
        self.sweeps = {}  # {moment: id of the first event}

    def begin_with(self, start):
        self.starts[start.lead_id] = start
        if start.user_id:
            self.open[start.lead_id] = _Tenure(start.user_id, start.since, "start")
        else:
            self.waits[start.lead_id] = self.begin

    def take(self, event):
        number, here = event.lead_id, event.pool_id == self.pool_id
        if event.kind == "follow_up":
            tenure = self.open.get(number)
            if tenure and tenure.user_id == event.user_id and event.at >= tenure.since:
                tenure.deeds.append((event.at - tenure.since, "follow_up"))
        elif event.kind in KEEPING:
            self._kept(event)
        elif event.from_pool_id == self.pool_id and not here:
            self._left(event)
        elif not here:
            return
        elif event.kind in ARRIVALS or event.from_pool_id:
            self._act(event, ARRIVALS.get(event.kind, "arrive"), user_id=event.user_id)
        elif event.kind in ("claimed", "pulled"):
            self._act(event, "claim" if event.kind == "claimed" else "pull", user_id=event.user_id)
        elif event.kind == "claim_undone":
            self._undone(event)
        elif event.kind in ("assigned", "reassigned") or (event.kind == "distributed" and event.by_hand):
            self._assigned(event)
        elif event.kind == "distributed":
            if number in self.waits:
                self.looked_at.append((self.waits.pop(number), event.at))
            self.open[number] = _Tenure(event.user_id, event.at, "given")
        elif event.kind in ("recalled", "handed_over"):
            self._recalled(event)
        elif event.kind == "reclaimed":
            self._reclaimed(event)
        elif event.kind == "returned":
            self._end(number, event.at, "returned")
            self.waits[number] = event.at
        elif event.kind in CLOSED:
            self._closed(event)

    def _recalled(self, event):
        """By an admin, back to the pool; of a hand-over often to somebody else."""
        if event.user_id:
            self._assigned(event)
            return
        self._act(event, "recall", from_id=event.from_id)
        self._cut(event.lead_id, event.at)
        self.waits[event.lead_id] = event.at

    def _assigned(self, event):
        self._cut(event.lead_id, event.at)
        self._act(event, "assign", user_id=event.user_id, from_id=event.from_id, over_capacity=event.over_capacity)

    def _reclaimed(self, event):
        self._taken_back(event)
        if event.user_id:  # the next rep has it at once
            self.open[event.lead_id] = _Tenure(event.user_id, event.at, "given")
        else:
            self.waits[event.lead_id] = event.at

    def _taken_back(self, event):
        self._cut(event.lead_id, event.at)
        self.overdue.append((event.due_at or event.at, event.at))
        self.sweeps[event.at] = min(event.id, self.sweeps.get(event.at, event.id))

    def _kept(self, event):
        """What somebody did about the deadline of a lead that its holder had then."""
        tenure = self.open.get(event.lead_id)
        if not tenure or tenure.user_id != event.user_id or event.at < tenure.since:
            return
        if event.at < self.begin:
            self._kept_before(event)
            return
        kind = KEEPING[event.kind]
        self.acts.append(
            Act(event.at, event.id, kind, event.lead_id, event.user_id, days=event.days, until=event.until)
        )  # fmt: skip
        if kind == "lock":
            tenure.lock = len(self.acts) - 1
        elif kind == "unlock" and tenure.lock is not None:  # that was its end, be it by itself
            self.acts[tenure.lock] = replace(self.acts[tenure.lock], until=None)
        elif kind == "unlock" and tenure.how == "start":
            self.starts[event.lead_id] = replace(self.starts[event.lead_id], lock_ends_at=None)

    def _kept_before(self, event):
        """The same, before the period began."""
        start, kind = self.starts[event.lead_id], KEEPING[event.kind]
        if kind == "extend":
            start = replace(start, keep_until=event.until)
        elif kind == "ask":
            start = replace(start, asked_until=keep.respite_until(event.at, start.asked_until))
        elif kind == "decline" and start.asked_until:
            start = replace(start, asked_until=min(start.asked_until, event.at + self.grace))
        elif kind == "lock":
            start = replace(start, locked=True, lock_ends_at=event.until)
        elif kind == "unlock":
            until = max(filter(None, (start.keep_until, event.at + self.grace)))
            start = replace(start, locked=False, lock_ends_at=None, keep_until=until)
        elif kind == "freeze":
            start = replace(start, frozen=(*start.frozen, (event.at, event.until)))
        self.starts[event.lead_id] = start

    def _act(self, event, kind, **values):
        self.acts.append(Act(event.at, event.id, kind, event.lead_id, **values))
        user_id = values.get("user_id")
        if user_id:
            self.waits.pop(event.lead_id, None)
            self.open[event.lead_id] = _Tenure(user_id, event.at, "act", len(self.acts) - 1)
        elif kind in ("arrive", "reopen"):
            self.waits[event.lead_id] = event.at

    def _left(self, event):
        """To another pool: by the holder who returned it, or by an admin."""
        self.waits.pop(event.lead_id, None)
        if event.kind == "returned" and event.lead_id in self.open:
            self._end(event.lead_id, event.at, "left")
            return
        if event.kind == "reclaimed":  # a rule sent it there, and does so in the replay if it is due
            self._taken_back(event)
            return
        self._cut(event.lead_id, event.at)
        self._act(event, "leave")

    def _undone(self, event):
        """The claim is as if it had never been."""
        tenure = self.open.get(event.lead_id)
        if tenure and tenure.how == "act":
            self.acts[tenure.at] = None
            del self.open[event.lead_id]
        else:
            self._end(event.lead_id, event.at, "returned")
        self.waits[event.lead_id] = event.at

    def _closed(self, event):
        number = event.lead_id
        self.waits.pop(number, None)
        if number in self.open and event.kind in ("converted", "invalid", "lost"):
            self._end(number, event.at, "won" if event.won else event.kind)
            return
        self._cut(number, event.at)
        self._act(event, "close", closed_as=event.kind)

    # ── stays ─────────────────────────────────────────────────────────────────────────────────────

    def _end(self, number, at, what):
        """The holder himself ends it."""
        tenure = self.open.get(number)
        if tenure:
            became = self.converted.get(number)
            if what == "converted" and became and tenure.since <= became < at:
                what = "won"  # an opportunity since then, and only now no longer held
            tenure.deeds.append((at - tenure.since, what))
            self._keep(number, None)

    def _cut(self, number, at):
        if number in self.open:
            self._keep(number, at - self.open[number].since)

    def _keep(self, number, known):
        tenure = self.open.pop(number)
        became = self.converted.get(number)
        last = tenure.deeds[-1][1] if tenure.deeds else ""
        if (
            became
            and became >= tenure.since
            and last != "converted"
            and became - tenure.since <= (known or tenure.deeds[-1][0])
        ):
            tenure.deeds.append((became - tenure.since, "converted"))
            tenure.deeds.sort(key=lambda deed: (deed[0], deed[1] not in ("follow_up", "converted")))
        stay = Stay(tenure.user_id, tuple(tenure.deeds), known)
        if tenure.how == "start":
            self.starts[number] = replace(self.starts[number], stay=stay)
        elif tenure.how == "given":
            self.given[number].append(stay)
        else:
            self.acts[tenure.at] = replace(self.acts[tenure.at], stay=stay)

    def history(self, runs=(), **more):
        """When all events are taken; ``more``: further values of :class:`.history.History`."""
        runs = sorted(runs)
        for number in list(self.open):
            self._cut(number, self.end)
        moments = [*(at for at, _order in runs), datetime.max]
        return History(
            self.begin,
            self.end,
            leads=self.leads,
            starts=[self.starts[number] for number in sorted(self.starts)],
            acts=[act for act in self.acts if act],
            given={number: tuple(stays) for number, stays in self.given.items()},
            runs=runs,
            run_lag=_lag((since, moments[bisect_left(moments, since)]) for since, at in self.looked_at if since <= at),
            sweeps=sorted(self.sweeps.items()),
            sweep_lag=_lag(self.overdue),
            **more,
        )


def _lag(pairs):
    """The longest time that something due waited, of what was not forgotten; a tenth more, for they come
    irregularly."""
    return max((at - due for due, at in pairs if timedelta() <= at - due <= LONGEST_LAG), default=timedelta()) * 1.1
