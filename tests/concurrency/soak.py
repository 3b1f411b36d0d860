"""Everybody at work on two servers for as long as you like, while processes, sessions and PostgreSQL itself are killed.

    make soak MINUTES=10 CLIENTS=24 SEED=7

People, programs and platforms are those of :mod:`people`, the accidents those of :mod:`nemesis`, what must hold that of
:mod:`workload` and :mod:`invariants`: looked at all the time, and once more when all is quiet. PostgreSQL is one of its
own. The history of all calls is written to a file that is named at the end. The last line counts, and the exit status
is 0 when there was no violation and everything happened that should.
"""

import bisect
import collections
import json
import os
import pathlib
import random
import sys
import time
from dataclasses import asdict

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))  # run as a script

from cluster import cluster_with
from databases import connect
from servers import OdooServer
from staff import staff
from workload import Day

from odoo.sql_db import close_db

OTHERS = 8  # clients that are no reps: admins, clocks, a program, platforms
SILENCE = 60  # seconds without an answer are too many, whatever was killed
#: What ten minutes on two cores with nothing else to do should see, besides no violation.
AIMS = {"operations": 10_000, "contended claims": 2_000, "kills": 100, "crashes of PostgreSQL": 5}


class Soak(Day):
    """A day of which one is told how it goes."""

    told = blamed = restarts = 0
    heard = (0, 0.0)  # how many were answered when that number last grew, and when that was

    def tell(self, elapsed):
        self.restart()
        if len(self.answered()) > self.heard[0]:
            self.heard = len(self.answered()), elapsed
        elif elapsed > self.heard[1] + SILENCE:
            self.violations.append(f"nobody was answered from {self.heard[1]:.0f} to {elapsed:.0f} s")
            self.heard = self.heard[0], elapsed
        for one in self.violations[self.blamed :]:
            say(f"VIOLATION at {elapsed:.0f} s: {one}")
            self.blamed += 1
        if elapsed > self.told + 30:
            self.told += 30
            say(f"{elapsed:.0f} s: {self.counts()}, {len(self.violations)} violations")

    def restart(self):
        """Start a server that has ended, as a service manager does: Odoo itself gives up when it has to replace a
        process while PostgreSQL is away."""
        for server in self.servers:
            if server.is_running():
                continue
            server.stop(kill=True)
            try:
                server.start()
                self.restarts += 1
            except AssertionError:
                pass  # PostgreSQL is away again: at the next look

    def answered(self):
        return [operation for operation in list(self.history) if operation.type in ("ok", "fail")]

    def counts(self):
        kills = self.nemesis.kills
        return {
            "operations": len(self.answered()),
            "contended claims": self.contended_claims(),
            "kills": sum(kills.values()),
            "crashes of PostgreSQL": kills["cluster"] + kills["backend"],
        }

    def contended_claims(self):
        """Claims of a lead that another one wanted in the same moment, and pulls from one line."""
        wanted = collections.defaultdict(list)
        for operation in self.answered():
            if operation.name in ("claim", "pull"):
                for one in operation.about:
                    wanted[operation.name, one].append((operation.invoked, operation.ended, id(operation)))
        contended = set()
        for rows in wanted.values():
            rows.sort()
            begins = [row[0] for row in rows]
            for place, (_invoked, ended, who) in enumerate(rows):
                others = rows[place + 1 : bisect.bisect_left(begins, ended)]
                contended.update({who, *(other[2] for other in others)} if others else ())
        return len(contended)

    def recovered(self):
        """Seconds from each crash of PostgreSQL to the first answer to a call that began after it."""
        answers = sorted((o.invoked, o.ended) for o in self.answered())
        for down in self.nemesis.crashes:
            ended = [ended for _invoked, ended in answers[bisect.bisect(answers, (down,)) :][:200]]
            yield round(min(ended) - down, 1) if ended else None


def say(text):
    print(f"soak: {text}", flush=True)


def soak(installed, seconds, clients, seed, workers=2, most=1):
    """A day on a copy of this database, over: ``(Soak, [what was wrong])``."""
    with cluster_with(installed) as (cluster, dbname):
        department = staff(dbname, max(8, clients - OTHERS))
        options = [*cluster.options, "--max-cron-threads=1"]
        servers = [OdooServer(dbname, workers, options) for _n in range(2)]
        try:
            for server in servers:
                server.start()
            day = Soak(department, servers, seed, cluster)
            with connect(dbname) as connection, connection.cursor() as cursor:
                cursor.execute("CHECKPOINT")  # else the first recovery makes the whole database again
            connection.close()
            day.run(seconds, most)
        finally:
            for server in servers:
                server.stop()
        close_db(dbname)  # what this process had open before
        wrong = list(dict.fromkeys(day.broken_promises() + department.problems()))
        return day, wrong


def main():
    minutes, clients = float(os.environ.get("MINUTES") or 10), int(os.environ.get("CLIENTS") or 24)
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**6))
    say(f"{minutes:g} minutes, {clients} clients, SEED={seed}")
    day, wrong = soak(os.environ["LEAD_POOL_TEST_DB"], 60 * minutes, clients, seed)
    history = pathlib.Path(os.environ["ODOO_RC"]).parent / f"soak-{seed}-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
    with history.open("w", encoding="utf-8") as lines:
        for operation in day.history:
            lines.write(json.dumps(asdict(operation), default=list) + "\n")
    counts = day.counts()
    say(f"answers {dict(sorted(day.answers().items()))}")
    say(
        f"{dict(day.nemesis.kills)} killed, {day.nemesis.stops} stood still, {day.restarts} servers started again, "
        f"{dict(day.seen)}, looked {day.looks} times"
    )
    say(f"seconds from each crash of PostgreSQL to the next answer: {list(day.recovered())}")
    say(f"tried again by Odoo: {dict(+day.retries)}")
    for name, aim in AIMS.items():
        aim = round(aim * min(minutes / 10, 1))
        say(f"{counts[name]:,} {name} ({'reached' if counts[name] >= aim else 'missed'}: {aim:,})")
    for one in wrong:
        say(f"VIOLATION: {one}")
    say(f"the history of all calls is in {history}")
    happened = day.everything_happened()
    if not happened:
        say("not everything happened that should: take more MINUTES")
    print(f"{counts['operations']:,} operations, {counts['kills']:,} kills, {len(wrong)} violations")
    return 0 if happened and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())
