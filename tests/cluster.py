"""A PostgreSQL of its own, that may crash without harm to anybody else.

The machine lives on, so nothing depends on ``fsync``; ``synchronous_commit`` is on, which is its default.
"""

import contextlib
import getpass
import pathlib
import shutil
import subprocess
import tempfile

import psycopg2
import pytest

from odoo.modules.registry import Registry
from odoo.sql_db import close_db
from odoo.tools import config

SETTINGS = """
listen_addresses = ''
max_connections = 200
dynamic_shared_memory_type = mmap
fsync = off
"""


class Cluster:
    """A PostgreSQL in a folder, reached by its socket alone; :meth:`create` or :meth:`follow` fill it."""

    def __init__(self, folder):
        self.folder, self.data = folder, folder / "data"
        self.programs = pathlib.Path(shutil.which("initdb") or shutil.which("postgres")).resolve().parent
        self.as_whom = ["runuser", "-u", "postgres", "--"] if getpass.getuser() == "root" else []
        if self.as_whom:
            shutil.chown(folder, "postgres")

    def create(self):
        self.do("initdb", "-D", self.data, "-U", "odoo", "-A", "trust", "--no-sync", "--locale=C.UTF-8", "-E", "UTF8")
        with (self.data / "postgresql.conf").open("a", encoding="utf-8") as settings:
            settings.write(SETTINGS)

    def follow(self, primary):
        """It is a replica, which streams what the primary writes."""
        source = ["-h", primary.folder, "-U", "odoo"]
        self.do("pg_basebackup", *source, "-D", self.data, "-R", "-X", "stream", "-c", "fast", "--no-sync")

    def ask(self, statement, dbname="postgres"):
        """The one value that a statement answers."""
        with contextlib.closing(psycopg2.connect(host=str(self.folder), user="odoo", dbname=dbname)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0]

    @property
    def options(self):
        """How an Odoo server finds it."""
        return [f"--db_host={self.folder}", "--db_user=odoo"]

    def do(self, program, *arguments):
        command = [*self.as_whom, self.programs / program, *arguments]
        subprocess.run(command, check=True, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.do("pg_ctl", "-s", "-w", "-D", self.data, "-l", self.folder / "log", "-o", f"-k {self.folder}", "start")

    def crash(self):
        """All of it is gone, in the middle of whatever it did."""
        self.do("pg_ctl", "-s", "-w", "-D", self.data, "-m", "immediate", "stop")


@contextlib.contextmanager
def cluster_with(installed):
    """``(cluster, name)`` of a new cluster with a copy of this database; until the end this process works there."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lead_pool_pg_"))
    cluster, name = Cluster(folder), f"{installed}_crash"
    cluster.create()
    cluster.start()
    try:
        with tempfile.TemporaryDirectory() as dump, pytest.MonkeyPatch.context() as patch:
            subprocess.run(["pg_dump", "-Fd", "-j2", "-Z0", "-f", f"{dump}/dump", installed], check=True)
            patch.setenv("PGHOST", str(folder))
            patch.setenv("PGUSER", "odoo")
            patch.setitem(config.options, "db_host", str(folder))
            patch.setitem(config.options, "db_user", "odoo")
            subprocess.run(["createdb", name], check=True)
            subprocess.run(["pg_restore", "--no-owner", "-j2", "-d", name, f"{dump}/dump"], check=True)
            yield cluster, name
            Registry.delete(name)  # the next cluster has one of the same name
            close_db(name)
    finally:
        cluster.crash()
        shutil.rmtree(folder)
