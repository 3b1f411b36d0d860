"""PostgreSQL itself crashes in the middle of a random day: what was answered is there, what was not is not half there.

In a cluster of its own, with the settings that PostgreSQL comes with: what it has committed is on the disk.
"""

import contextlib
import getpass
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import pytest
import requests
from staff import staff
from test_workload import SEED
from workload import MUST, Day

from odoo.sql_db import close_db
from odoo.tools import config

pytestmark = pytest.mark.long
APART = 6  # seconds between two crashes, so that work is done in between
CRASHES = 2


class Cluster:
    """A PostgreSQL in a folder of its own, reached by its socket alone."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.programs = pathlib.Path(shutil.which("initdb") or shutil.which("postgres")).resolve().parent
        self.as_whom = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
        if self.as_whom:
            shutil.chown(folder, "postgres")

    def do(self, program, *arguments):
        command = [*self.as_whom, self.programs / program, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.do("initdb", "-D", self.data, "-U", "odoo", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8")
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write("listen_addresses = ''\nmax_connections = 200\ndynamic_shared_memory_type = mmap\n")
        self.do("pg_ctl", "-s", "-w", "-D", self.data, "-l", self.folder / "log", "-o", f"-k {self.folder}", "start")

    def restart_at_once(self):
        """As after a power cut."""
        self.do("pg_ctl", "-s", "-w", "-m", "immediate", "-D", self.data, "-l", self.folder / "log", "restart")

    def stop(self):
        self.do("pg_ctl", "-s", "-w", "-m", "immediate", "-D", self.data, "stop")


@pytest.fixture(scope="module")
def cluster():
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lead_pool_pg_"))
    cluster = Cluster(folder)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def dbname(cluster, installed_db):
    """A copy of the installed database in that cluster; until the end of the module this process works there."""
    name = f"{installed_db}_crash"
    dump = cluster.folder / "dump"
    subprocess.run(["pg_dump", "-Fc", "-f", dump, installed_db], check=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGHOST", str(cluster.folder))
        patch.setitem(config.options, "db_host", str(cluster.folder))
        subprocess.run(["createdb", name], check=True)
        subprocess.run(["pg_restore", "--no-owner", "-d", name, dump], check=True)
        dump.unlink()
        yield name
        close_db(name)


class CrashDay(Day):
    """Instead of single processes PostgreSQL goes down: killed from within, or as by a power cut."""

    def __init__(self, cluster, *arguments):
        self.cluster, self.crashed_at = cluster, time.monotonic()
        super().__init__(*arguments)

    def kill_worker(self, dice):
        self.crash(dice)

    def kill_session(self, dice):
        self.crash(dice)

    def crash(self, dice):
        if time.monotonic() < self.crashed_at + APART:
            return
        if self.kills["backend"] <= self.kills["power"]:
            [[pid]] = self.books.ask(
                """SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'odoo-%%'
                    ORDER BY state = 'idle', pid LIMIT 1"""
            )
            os.kill(pid, signal.SIGKILL)  # the postmaster ends all others, and recovers
            self.kills["backend"] += 1
        else:
            self.cluster.restart_at_once()
            self.kills["power"] += 1
        self.crashed_at = time.monotonic()

    def come_back(self, person):
        """Who met a server without a database is logged out."""
        with contextlib.suppress(requests.RequestException, ValueError, KeyError, AssertionError):
            person.log_in()

    def everything_happened(self):
        answers = self.answers()
        crashed = self.kills["backend"] and self.kills["power"] and sum(self.kills.values()) >= CRASHES
        again = any(operation.tries > 1 for operation in list(self.history))
        return again and crashed and all(answers[name, "ok"] for name in MUST)


def test_what_was_answered_survives_a_crash_of_postgresql(cluster, dbname, make_server):
    print(f"\nLEAD_POOL_SEED={SEED}")
    department = staff(dbname)
    options = [f"--db_host={cluster.folder}"]
    servers = [make_server(workers=2, dbname=dbname, options=options) for _n in range(2)]
    day = CrashDay(cluster, department, servers, SEED)
    day.run(30)
    print(dict(day.kills), f"looked {day.looks} times", dict(day.answers()))
    for server in servers:
        server.stop()
    close_db(dbname)
    wrong = day.broken_promises() + department.problems()
    assert not wrong, f"LEAD_POOL_SEED={SEED}\n" + "\n".join(dict.fromkeys(wrong))
    assert day.everything_happened()
