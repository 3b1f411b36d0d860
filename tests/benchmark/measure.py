"""Ours against the raw limit, by turns, each time in the same database; and what one run costs besides time."""

import gc
import multiprocessing
import pathlib
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from databases import connect, copy_database
from psycopg2.errors import DeadlockDetected, SerializationFailure

import odoo.sql_db

ROUNDS = 5
MB = 1024 * 1024


@dataclass
class Cost:
    """Of one run."""

    seconds: float = 0.0
    queries: int = 0
    rss_mb: float = 0.0  # most memory of this process, above what it had before the first run
    wal_bytes: int = 0  # of the whole PostgreSQL: let nobody else write to it meanwhile
    retries: int = 0  # serialization failures and deadlocks


@dataclass
class Costs:
    """Of all runs of one side; each figure is the median."""

    runs: list = field(default_factory=list)

    def median(self, name):
        return statistics.median(getattr(run, name) for run in self.runs)

    @property
    def spread(self):
        """(slowest − fastest) / median."""
        seconds = [run.seconds for run in self.runs]
        return (max(seconds) - min(seconds)) / self.median("seconds")


class Side(NamedTuple):
    """What is compared: functions without arguments, whose answers nobody looks at."""

    work: Callable
    ready: Callable = lambda: None  # before each run, not measured
    writes: bool = True  # and needs a fresh database each time
    tells: bool = False  # ``work`` answers how many seconds count, instead of those that pass meanwhile


def by_turns(snapshot, dbname, sides, rounds=ROUNDS):
    """Run each side ``rounds`` times in turn (A/B/A/B), in a copy of ``snapshot`` named ``dbname``: a fresh one every
    time for those that write.

    :param sides: ``{name: Side}``
    :returns: ``{name: Costs}``
    """
    costs = {name: Costs() for name in sides}
    idle = _memory("VmRSS")
    for _round in range(rounds):
        for name, side in sides.items():
            if side.writes:
                fresh(snapshot, dbname)
            side.ready()
            costs[name].runs.append(cost_of(side, dbname, idle))
    return costs


def fresh(snapshot, dbname):
    """``dbname`` as ``snapshot`` is; the registry of an earlier copy stays good, for the rows are the same."""
    odoo.sql_db.close_db(snapshot)
    odoo.sql_db.close_db(dbname)
    copy_database(snapshot, dbname, strategy="FILE_COPY")


def in_child(work, *arguments):
    """In a process of its own, so that the memory it takes is not there when ours is measured."""
    child = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    odoo.sql_db.close_all()
    child.start()
    child.join()
    if child.exitcode:
        raise RuntimeError("the database could not be filled, see above")


def cost_of(side, dbname, idle):
    """Run the work of a :class:`Side` until it passes, as Odoo does after a serialization failure.

    :param idle: bytes of memory that this process has when it does nothing
    """
    cost = Cost()
    gc.collect()
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # forget the peak of memory so far
    wal, queries = _wal(dbname), odoo.sql_db.sql_counter
    began = time.perf_counter()
    while True:
        try:
            told = side.work()
            break
        except (SerializationFailure, DeadlockDetected):
            cost.retries += 1
    cost.seconds = told if side.tells else time.perf_counter() - began
    cost.queries = odoo.sql_db.sql_counter - queries
    cost.rss_mb = max(0.0, (_memory("VmHWM") - idle) / MB)
    cost.wal_bytes = _wal(dbname) - wal
    return cost


def backend_ms(connection):
    """Milliseconds of a processor that PostgreSQL has used for this connection; ``None`` on another machine."""
    told = pathlib.Path(f"/proc/{connection.get_backend_pid()}/schedstat")
    return int(told.read_text().split()[0]) / 1e6 if told.exists() else None


def _wal(dbname):
    connection = connect(dbname)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        [[position]] = cursor.fetchall()
    connection.close()
    return int(position)


def _memory(name):
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(name)


def row(operation, size, ours, raw, *, peer_s=None, target, meets):
    """One line of the results.

    :param Costs ours, raw: from :func:`by_turns`
    :param peer_s: seconds that Odoo's own way takes, measured or extrapolated
    :param target: what is promised, in words
    :param meets: callable ``(row) -> bool``
    """
    seconds, raw_s = ours.median("seconds"), raw.median("seconds")
    line = {
        "operation": operation,
        "size": size,
        "ours_s": round(seconds, 4),
        "raw_s": round(raw_s, 4),
        "peer_s": peer_s and round(peer_s, 1),
        "ratio_raw": round(seconds / raw_s, 2),
        "ratio_peer": peer_s and round(peer_s / seconds, 2),
        "spread": round(ours.spread, 2),
        "queries": int(ours.median("queries")),
        "rss_mb": round(ours.median("rss_mb"), 1),
        "wal_bytes": int(ours.median("wal_bytes")),
        "retries": int(sum(run.retries for run in ours.runs)),
        "target": target,
    }
    return {**line, "meets_target": meets(line)}
