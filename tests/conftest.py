"""What the tests outside the add-ons share: the pure packages without Odoo, and a real Odoo server.

Run them through scripts/exec, which provides PostgreSQL and Odoo:

    scripts/exec pytest -p no:odoo tests/rules
    scripts/exec pytest -p no:odoo tests/concurrency
"""

import hashlib
import os
import subprocess
import sys
import types

import pytest
from databases import copy_database, drop_database
from servers import ROOT, OdooServer

for name in ("lead_pool", "lead_pool_reports"):
    # Bare packages, so that `from lead_pool.rules import claim` does not execute the add-on's own
    # __init__.py and with it Odoo.
    package = types.ModuleType(name)
    package.__path__ = [str(ROOT / name)]
    sys.modules.setdefault(name, package)


# ── databases ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def installed_db():
    """Name of a database with both add-ons installed, to copy and never to connect to.

    scripts/test makes one for the run; else there is one per checkout, made again when the add-ons'
    files have changed.
    """
    if "ODOO_RC" not in os.environ:
        pytest.fail("this test needs a server: run it as scripts/exec pytest -p no:odoo …")
    name = os.environ.get("LEAD_POOL_TEST_DB")
    if not name:
        name = "lead_pool_installed_" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
        subprocess.run([ROOT / "scripts/test-database", "--reuse", name], check=True)
    return name


@pytest.fixture(scope="session")
def make_database(installed_db):
    """Call it for the name of a fresh, committed copy of `installed_db`; dropped at the end."""
    made = []

    def make():
        made.append(f"{installed_db}_{os.getpid()}_{len(made)}")
        copy_database(installed_db, made[-1])
        return made[-1]

    yield make
    for dbname in made if os.environ.get("KEEP") != "1" else ():
        drop_database(dbname)


# ── servers ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="session")
def make_server(make_database):
    """Call it for an OdooServer: make_server(workers=0, options=(), dbname=None), on a database of its own if none is
    named."""
    servers = []

    def make(workers=0, options=(), dbname=None):
        servers.append(OdooServer(dbname or make_database(), workers, options))
        return servers[-1].start()

    yield make
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def odoo_server(make_server):
    """One server with several processes (ODOO_WORKERS, 4), shared by the tests of a run."""
    return make_server(workers=int(os.environ.get("ODOO_WORKERS", "4")))
