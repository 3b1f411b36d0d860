"""PostgreSQL itself crashes in the middle of a random day: what was answered is there, what was not is not half there,
and everybody works on as soon as it is back.

In a cluster of its own. The machine lives on, so nothing depends on ``fsync``; ``synchronous_commit`` is on.

    LEAD_POOL_SEED=7 scripts/exec pytest -p no:odoo -s tests/concurrency/test_crash.py
"""

import getpass
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
from staff import staff
from test_workload import SEED
from workload import MUST, Day

from odoo.sql_db import close_db
from odoo.tools import config

pytestmark = pytest.mark.long

SETTINGS = """
listen_addresses = ''
max_connections = 200
dynamic_shared_memory_type = mmap
fsync = off
"""
BETWEEN = 40  # answers between two crashes
CRASHES = 4


class Cluster:
    """A PostgreSQL in a folder of its own, reached by its socket alone."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.programs = pathlib.Path(shutil.which("initdb") or shutil.which("postgres")).resolve().parent
        self.as_whom = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
        if self.as_whom:
            shutil.chown(folder, "postgres")
        self.do("initdb", "-D", self.data, "-U", "odoo", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)

    def do(self, program, *arguments):
        command = [*self.as_whom, self.programs / program, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.do("pg_ctl", "-s", "-w", "-D", self.data, "-l", self.folder / "log", "-o", f"-k {self.folder}", "start")

    def crash(self):
        """All of it is gone, in the middle of whatever it did."""
        self.do("pg_ctl", "-s", "-w", "-D", self.data, "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def cluster():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lead_pool_pg_"))
    cluster = Cluster(folder)
    cluster.start()
    yield cluster
    cluster.crash()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def dbname(cluster, installed_db):
    """A copy of the installed database in that cluster; until the end of the module this process works there."""
    name = f"{installed_db}_crash"
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        subprocess.run(["pg_dump", "-Fd", "-j2", "-Z0", "-f", f"{folder}/dump", installed_db], check=True)
        patch.setenv("PGHOST", str(cluster.folder))
        patch.setenv("PGUSER", "odoo")
        patch.setitem(config.options, "db_host", str(cluster.folder))
        patch.setitem(config.options, "db_user", "odoo")
        subprocess.run(["createdb", name], check=True)
        subprocess.run(["pg_restore", "--no-owner", "-j2", "-d", name, f"{folder}/dump"], check=True)
        yield name
        close_db(name)


class CrashDay(Day):
    """Instead of single processes and sessions all of PostgreSQL goes down: because one of its processes was killed, or
    by itself. It waits until work goes on."""

    def __init__(self, cluster, *arguments):
        self.cluster, self.crashes = cluster, []
        super().__init__(*arguments)

    def since(self, moment):
        """When calls that began after this moment were answered."""
        return sorted(o.ended for o in list(self.history) if o.type == "ok" and o.invoked > moment)

    def kill_worker(self, dice):
        if self.ready():
            self.cluster.crash()
            down = time.monotonic()
            time.sleep(dice.uniform(0, 2))
            self.cluster.start()
            self.crashes.append(down)
            self.kills["cluster"] += 1

    def kill_session(self, dice):
        if self.ready():
            [[pid]] = self.books.ask(
                """SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'odoo-%%'
                    ORDER BY state = 'idle', pid LIMIT 1"""
            )
            self.crashes.append(time.monotonic())
            os.kill(pid, signal.SIGKILL)  # the postmaster ends all others, and recovers
            self.kills["backend"] += 1

    def ready(self):
        return len(self.since(self.crashes[-1] if self.crashes else 0)) >= BETWEEN

    def everything_happened(self):
        """Work went on after the last of several crashes of both kinds, and calls were made again."""
        answers = self.answers()
        again = any(operation.tries > 1 for operation in list(self.history))
        crashed = self.kills["backend"] and self.kills["cluster"] and len(self.crashes) >= CRASHES
        return again and crashed and self.ready() and all(answers[name, "ok"] for name in MUST)

    def told(self):
        """How long after each crash the first call was answered, and how many calls a second then."""
        for down, until in zip(self.crashes, [*self.crashes[1:], time.monotonic()], strict=True):
            answers = [at for at in self.since(down) if at < until]
            rate = len(answers) / (until - answers[0]) if answers else 0
            yield f"{answers[0] - down:.1f} s, {rate:.1f}/s" if answers else "never"


def test_what_was_answered_survives_a_crash_of_postgresql(cluster, dbname, make_server):
    print(f"\nLEAD_POOL_SEED={SEED}")
    department = staff(dbname)
    options = [f"--db_host={cluster.folder}", "--db_user=odoo"]
    servers = [make_server(workers=2, dbname=dbname, options=options) for _n in range(2)]
    day = CrashDay(cluster, department, servers, SEED)
    with day.books.connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")  # else the first recovery makes the whole database again
    day.run(60)
    print(dict(day.kills), f"looked {day.looks} times", dict(day.answers()))
    print("answered again after each crash:", list(day.told()))
    for server in servers:
        server.stop()
    close_db(dbname)  # what this process had open before
    wrong = day.broken_promises() + department.problems()
    assert not wrong, f"LEAD_POOL_SEED={SEED}\n" + "\n".join(dict.fromkeys(wrong))
    assert day.everything_happened()
