"""What goes wrong on a random day: leads fall due; processes, sessions and PostgreSQL are killed, or stand still."""

import collections
import os
import pathlib
import random
import signal
import threading
import time

#: Of forty accidents so many are of each kind; those of PostgreSQL itself only where it is ours.
SESSIONS = {"kill_worker": 14, "kill_session": 14, "stop_worker": 5, "rest": 7}
CLUSTER = {"kill_worker": 14, "kill_session": 14, "stop_worker": 5, "crash": 2, "kill_backend": 1, "rest": 4}


class Nemesis(threading.Thread):
    def __init__(self, day, cluster=None):
        super().__init__(name="nemesis", daemon=True)
        self.day, self.cluster = day, cluster
        self.dice = random.Random(f"{day.seed} nemesis")
        self.kinds = CLUSTER if cluster else SESSIONS
        self.kills, self.stops = collections.Counter(), 0
        self.bag, self.crashes = [], []

    def did_all(self):
        kinds = {"process", "session"} | ({"cluster", "backend"} if self.cluster else set())
        return kinds <= self.kills.keys() and bool(self.stops)

    def run(self):
        while not self.day.over.wait(self.dice.uniform(0.5, 3.5) if self.cluster else self.dice.uniform(0.4, 1.6)):
            self.make_due()
            if not self.bag:
                self.fill_bag()
            getattr(self, self.bag.pop())()

    def fill_bag(self):
        """One of each kind comes first, so that a short day sees all of them."""
        rest = [kind for kind, count in self.kinds.items() for _n in range(count - 1)]
        first = list(self.kinds)
        self.dice.shuffle(rest)
        self.dice.shuffle(first)
        self.bag = rest + first

    def make_due(self):
        due = self.day.books.ask(
            """UPDATE lead_pool_entry SET reclaim_at = now() AT TIME ZONE 'UTC' - interval '1 minute'
                WHERE id IN (SELECT id FROM lead_pool_entry WHERE state = 'held' AND locked IS NOT TRUE
                                AND frozen_since IS NULL ORDER BY random() LIMIT 4 FOR NO KEY UPDATE SKIP LOCKED)
            RETURNING lead_ref, epoch, event_seq"""
        )
        self.day.made_due.update(due)

    def rest(self):
        """Nothing happens."""

    def worker(self):
        """One of a server's processes that answer, or run scheduled actions."""
        process = self.dice.choice(self.day.servers).process
        try:
            children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        except (AttributeError, FileNotFoundError):
            return None  # it is being started again
        workers = []
        for pid in children:
            try:
                if b"gevent" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    workers.append(int(pid))
            except FileNotFoundError:
                continue  # it has just gone
        return self.dice.choice(workers) if workers else None

    def kill_worker(self):
        if pid := self.worker():
            os.kill(pid, signal.SIGKILL)
            self.kills["process"] += 1

    def stop_worker(self):
        """It stands still, with all that it has locked, and goes on later as if nothing had happened."""
        if pid := self.worker():
            os.kill(pid, signal.SIGSTOP)
            self.stops += 1
            time.sleep(self.dice.uniform(0.5, 3))
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass

    def session(self):
        """A session of a server, mostly one in the middle of a transaction."""
        sessions = self.day.books.ids(
            """SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name LIKE 'odoo-%%'
                  AND application_name <> %s ORDER BY state = 'idle', pid LIMIT 3""",
            self.day.department.dbname,
            f"odoo-{os.getpid()}",
        )
        return self.dice.choice(sessions) if sessions else None

    def kill_session(self):
        if pid := self.session():
            self.day.books.ask("SELECT pg_terminate_backend(%s)", [pid])
            self.kills["session"] += 1

    def crash(self):
        """PostgreSQL itself is gone, in the middle of whatever it did."""
        self.cluster.crash()
        self.crashes.append(time.monotonic())
        time.sleep(self.dice.uniform(0, 2))
        self.cluster.start()
        self.kills["cluster"] += 1

    def kill_backend(self):
        """One of its processes is killed: the postmaster ends all others, and recovers."""
        if pid := self.session():
            self.crashes.append(time.monotonic())
            os.kill(pid, signal.SIGKILL)
            self.kills["backend"] += 1
