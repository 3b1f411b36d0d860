"""Plays two or three transactions against each other in every possible order.

Each transaction runs in a thread of its own with a cursor of its own, on committed data, and stops
at named points (before it locks the counters, before it locks the entries, before it writes,
before it commits). At every stop the player chooses who goes on; the choices are enumerated depth
first, so that no order is left out. It is the isolation tester of PostgreSQL for Odoo methods: a
transaction that waits for another one's lock is seen as waiting (``pg_blocking_pids``), and the
others go on.

    actors = [Actor("first", user_id, claim), Actor("second", user_id, claim)]
    for trace, results in every_order(dbname, prepare): ...
"""

import contextlib
import functools
import threading
import time
from dataclasses import dataclass, field
from unittest.mock import patch

import psycopg2
from department import registry_of

from odoo.api import Environment
from odoo.service.model import retrying
from odoo.sql_db import Cursor

from odoo.addons.lead_pool.isolation import read_committed
from odoo.addons.lead_pool.models.lead_pool_ageing_rule import LeadPoolAgeingRule
from odoo.addons.lead_pool.models.lead_pool_member_load import LeadPoolMemberLoad
from odoo.addons.lead_pool.models.verbs.ledger import LeadPoolLedger
from odoo.addons.lead_pool.models.verbs.locks import LeadPoolLocks, Locked
from odoo.addons.lead_pool.models.verbs.open_values import LeadPoolOpenValues

STUCK = 30  # seconds after which a step that neither arrives nor waits for a lock fails the test
POLL = 0.002  # seconds between two looks at a running step

#: Where transactions may stop: what is called there, and whether this call counts.
POINTS = {
    "counters": (Locked, "lock_counters", lambda *args, **kwargs: kwargs.get("lock", True)),
    "reps": (Locked, "_read_counters", lambda self, user_ids, company_ids, lock, needed=(): lock),
    "rows": (LeadPoolLocks, "_read_rows", lambda *args, **kwargs: kwargs.get("lock", False)),
    "write": (LeadPoolLedger, "_entries_query", None),
    "bump": (LeadPoolLedger, "_count_and_write", None),
    "ledgers": (LeadPoolLedger, "_end_holdings", None),
    "events": (LeadPoolLedger, "_note_events", None),
    "copy": (LeadPoolOpenValues, "_refresh_open_values", None),
    "ways": (LeadPoolAgeingRule, "_lock_ways", None),
    "count": (LeadPoolMemberLoad, "_count_claims", None),
}


@dataclass
class Actor:
    """One transaction: who does what, at which isolation level.

    :param work: callable ``(env) -> answer``, called again when Odoo would retry
    :param committed: READ COMMITTED as for a contended verb, else Odoo's REPEATABLE READ
    """

    name: str
    user_id: int
    work: callable
    committed: bool = True
    context: dict = field(default_factory=dict)

    answer = error = None
    tries = pid = 0
    circles = 0  # in which it waited for who waited for it, until PostgreSQL ended one of them

    def start(self, registry, points):
        self.points = {"start", "commit", *points}
        self.at = None  # the point where it stands; None: running; "end"
        self.turn = threading.Semaphore(0)
        self.arrived = threading.Event()
        self.blocked = False
        self.thread = threading.Thread(target=self._run, args=[registry], daemon=True)
        self.thread.actor = self
        self.thread.start()

    def _run(self, registry):
        cr = registry.cursor()
        self.cr = cr
        try:
            self.pid = cr.connection.info.backend_pid
            if self.committed:
                read_committed(cr)
            env = Environment(cr, self.user_id, self.context)
            self.reach("start")
            self.answer = retrying(functools.partial(self._try, env), env)
        except Exception as error:  # noqa: BLE001  what went wrong is part of the result
            self.error = error
        finally:
            cr.close()
            self.at = "end"
            self.arrived.set()

    def _try(self, env):
        self.tries += 1
        try:
            answer = self.work(env)
            env.cr.flush()
            return answer
        except psycopg2.errors.DeadlockDetected:
            self.circles += 1
            raise

    def reach(self, point):
        if point in self.points:
            self.at = point
            self.arrived.set()
            self.turn.acquire()

    def go(self):
        self.at = None
        self.arrived.clear()
        self.turn.release()

    @property
    def result(self):
        return self.error if self.error is not None else self.answer


def _stopping(original, point, counts):
    @functools.wraps(original)
    def stopping(self, *args, **kwargs):
        actor = getattr(threading.current_thread(), "actor", None)
        if actor and (counts is None or counts(self, *args, **kwargs)):
            actor.reach(point)
        return original(self, *args, **kwargs)

    return stopping


@contextlib.contextmanager
def stops():
    """While it is open, actors stop at the points, and Odoo retries without sleeping."""
    commit = Cursor.commit

    def stopping_commit(cr):
        actor = getattr(threading.current_thread(), "actor", None)
        if actor and cr is actor.cr:
            actor.reach("commit")
        return commit(cr)

    with contextlib.ExitStack() as stack:
        for point, (owner, name, counts) in POINTS.items():
            wrapper = _stopping(vars(owner)[name], point, counts)
            stack.enter_context(patch.object(owner, name, wrapper))
        stack.enter_context(patch.object(Cursor, "commit", stopping_commit))
        stack.enter_context(patch("odoo.service.model.random.uniform", lambda low, high: 0))
        yield


class Player:
    """Plays one order of steps after another."""

    def __init__(self, dbname, points):
        self.registry = registry_of(dbname)
        self.points = points
        self.monitor = psycopg2.connect(dbname=dbname)
        self.monitor.autocommit = True

    def close(self):
        self.monitor.close()

    def play(self, actors, choose):
        """Run the actors to their ends; the trace ``[(actor's name, point it went on from)]``.

        :param choose: callable ``(number of actors that can go on) -> index``
        """
        for actor in actors:
            actor.start(self.registry, self.points)
        try:
            trace = self._to_the_end(actors, choose)
            for actor in actors:
                actor.thread.join(STUCK)
                assert not actor.thread.is_alive(), f"{actor.name} goes on after {trace}"
        except BaseException:
            self._give_up(actors)
            raise
        return trace

    def _to_the_end(self, actors, choose):
        trace = []
        self._settle(actors)
        while ready := [actor for actor in actors if actor.at not in (None, "end")]:
            choice = choose(len(ready))
            if choice >= len(ready):
                now = "; ".join(f"{a.name} at {a.at}, tries: {a.tries}, {a.result!r}" for a in actors)
                raise AssertionError(f"another run than before after {trace}: a deadlock, or a clock at work ({now})")
            actor = ready[choice]
            trace.append((actor.name, actor.at))
            actor.go()
            self._settle(actors)
        return trace

    def _give_up(self, actors):
        """End the sessions of those who still stand somewhere: what they have locked would hold up all tests behind."""
        with self.monitor.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) pid", [[a.pid for a in actors if a.pid]])
        for actor in actors:
            actor.points = set()
            actor.go()

    def _settle(self, actors):
        """Wait until everybody stands at a point, has ended, or waits for somebody who stands."""
        until = time.monotonic() + STUCK
        for actor in actors:
            while not actor.arrived.wait(POLL):
                if self._waits(actor, actors):
                    break
                assert time.monotonic() < until, f"{actor.name} neither arrives nor waits for a lock"

    def _waits(self, actor, actors, behind=()):
        """Whether the actor waits for a lock of one that cannot go on without us, or in line behind such a one."""
        # Who stands does so until we let him go on; who arrives after the question may have let go of his lock since.
        standing = [other for other in actors if other.arrived.is_set()]
        with self.monitor.cursor() as cursor:
            cursor.execute("SELECT pg_blocking_pids(%s)", [actor.pid])
            [holders] = cursor.fetchone()
        behind = (*behind, actor)
        others = [other for other in actors if other.pid in holders and other not in behind]
        return any(other in standing or self._waits(other, actors, behind) for other in others)


def one_order(dbname, actors, names, points):
    """Play one order: the actors go on as they are named; whoever cannot is passed over, and so are names at the end.

    :returns: the trace
    """
    player, names = Player(dbname, points), list(names)

    def choose(_count):
        ready = [actor.name for actor in actors if actor.at not in (None, "end")]
        while names:
            if (name := names.pop(0)) in ready:
                return ready.index(name)
        return 0

    try:
        with stops():
            return player.play(actors, choose)
    finally:
        player.close()


def every_order(dbname, prepare, points=("counters", "rows", "write")):
    """Play all orders.

    :param prepare: callable ``() -> [Actor]``, called before each order on fresh data
    :param points: names of :data:`POINTS`, besides start and commit
    :returns: generator of ``(trace, actors)``, the actors with ``answer``, ``error``, ``tries``
    """
    player = Player(dbname, points)
    prefix = []
    try:
        with stops():
            while prefix is not None:
                options = []

                def choose(count, prefix=prefix, options=options):
                    choice = prefix[len(options)] if len(options) < len(prefix) else 0
                    options.append((choice, count))
                    return choice

                actors = prepare()
                trace = player.play(actors, choose)
                yield trace, actors
                prefix = _next(options)
    finally:
        player.close()


def _next(options):
    """The choices that lead to the next order, ``None`` after the last.

    >>> _next([(0, 2), (0, 1)])
    [1]
    >>> _next([(1, 2), (0, 1)]) is None
    True
    """
    while options:
        choice, count = options.pop()
        if choice + 1 < count:
            return [past for past, _count in options] + [choice + 1]
    return None
