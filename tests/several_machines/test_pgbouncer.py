"""Two machines with Odoo behind PgBouncer, which gives a connection to whoever is in a transaction.

The database ``postgres`` alone is pooled by session: there Odoo listens for the live bus and its scheduled actions.

    scripts/exec pytest -p no:odoo -m long tests/several_machines/test_pgbouncer.py
"""

import concurrent.futures
import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import time

import psycopg2
import pytest
from cluster import cluster_with
from site_of_two import PATIENT, Site, gives_each_lead_out_once, hears_of_a_claim

pytestmark = pytest.mark.long
CONNECTIONS = 4  # to PostgreSQL, for all processes of both machines
SETTINGS = """
[databases]
postgres = host={postgres} pool_mode=session pool_size=20
* = host={postgres}

[pgbouncer]
unix_socket_dir = {folder}
listen_port = 6432
auth_type = trust
auth_file = {folder}/users
admin_users = odoo
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 300
"""


class PgBouncer:
    def __init__(self, cluster, folder):
        self.folder = folder
        program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
        assert program, "there is no pgbouncer: install the package of this name"
        settings = SETTINGS.format(postgres=cluster.folder, folder=folder, connections=CONNECTIONS)
        (folder / "settings.ini").write_text(settings, encoding="utf-8")
        (folder / "users").write_text('"odoo" ""\n', encoding="utf-8")
        for path in (folder, *folder.iterdir()):
            if cluster.as_whom:
                shutil.chown(path, "postgres")
        self.process = subprocess.Popen(
            [*cluster.as_whom, program, "-q", str(folder / "settings.ini")],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until = time.monotonic() + PATIENT
        while not (folder / ".s.PGSQL.6432").exists():
            assert time.monotonic() < until, "PgBouncer does not start"
            assert self.process.poll() is None, "PgBouncer has ended"
            time.sleep(0.05)

    @property
    def options(self):
        return [f"--db_host={self.folder}", "--db_port=6432", "--db_user=odoo"]

    def pool(self, dbname):
        """What PgBouncer says of the connections to this database."""
        console = psycopg2.connect(host=str(self.folder), port=6432, user="odoo", dbname="pgbouncer")
        console.autocommit = True
        with contextlib.closing(console), console.cursor() as cursor:
            cursor.execute("SHOW POOLS")
            names = [column.name for column in cursor.description]
            [row] = [row for row in (dict(zip(names, row, strict=True)) for row in cursor) if row["database"] == dbname]
            return row

    def stop(self):
        self.process.terminate()
        self.process.wait()


@pytest.fixture(scope="module")
def bouncer(installed_db):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lead_pool_bouncer_"))
    with cluster_with(installed_db) as (cluster, dbname):
        bouncer = PgBouncer(cluster, folder)
        with Site(dbname, bouncer.options).at_work() as bouncer.site:
            yield bouncer
        bouncer.stop()
    shutil.rmtree(folder)


@pytest.fixture
def site(bouncer):
    return bouncer.site


def at_once(work, arguments):
    with concurrent.futures.ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(work, arguments))


def test_sixteen_reps_claim_one_lead_and_one_gets_it(site, bouncer):
    [(entry, _lead)] = site.team.leads("Inbound", 1)
    answers = at_once(lambda rep: site.claim(site.reps.index(rep) % 2, rep, [entry])[0], site.reps)
    assert [answer["done"] for answer in answers].count(True) == 1
    assert {answer["code"] for answer in answers if not answer["done"]} <= {"taken", "busy"}
    pool = bouncer.pool(site.dbname)
    assert pool["sv_active"] + pool["sv_idle"] + pool["sv_used"] <= CONNECTIONS < pool["cl_active"]
    assert site.team.problems() == []


def test_a_rep_with_one_place_left_gets_one_of_many_leads(site):
    entries = [entry for entry, _lead in site.team.leads("Inbound", 16)]
    site.team.limit("ann", "Inbound", places=1)
    before = site.team.held("ann", "Inbound")[0]
    answers = at_once(lambda entry: site.claim(entry % 2, "ann", [entry])[0], entries)
    assert [answer["done"] for answer in answers].count(True) == 1
    assert site.team.held("ann", "Inbound") == (before + 1, before + 1)
    site.team.limit("ann", "Inbound", capacity=0)
    assert site.team.problems() == []


def test_each_transaction_has_the_isolation_that_it_asked_for(site):
    """Connections go from hand to hand, and a claim is read committed, while what Odoo does is repeatable read: a
    follow-up (which Odoo retries) and claims (which nobody retries) take turns on the same four connections."""
    mine = [entry for entry, _lead in site.team.leads("Inbound", 12)]
    answers = at_once(lambda entry: site.claim(entry % 2, site.reps[entry % 8], [entry])[0], mine)
    assert all(answer["done"] for answer in answers)
    holders = {answer["id"]: site.reps[answer["id"] % 8] for answer in answers}
    other = [entry for entry, _lead in site.team.leads("Inbound", 12)]
    with site.team.inside() as env:
        kind = env["lead.follow.up.type"].search([], limit=1).id
        leads = {entry.id: entry.lead_ref for entry in env["lead.pool.entry"].browse(mine)}

    def follow_up(entry):
        asked = {"ids": [leads[entry]], "values": {"type_id": kind, "note": "Called"}}
        return bool(site.call(entry % 2, holders[entry], "crm.lead", "action_follow_up", **asked))

    works = [(follow_up, entry) for entry in mine]
    works += [(lambda entry: site.claim(entry % 2, site.reps[entry % 8], [entry])[0]["done"], entry) for entry in other]
    assert all(at_once(lambda work: work[0](work[1]), works))
    assert site.team.problems() == []


def test_a_screen_on_one_machine_hears_what_happens_on_the_other(site):
    assert hears_of_a_claim(site)


def test_the_scheduled_actions_of_both_machines_give_each_lead_out_once(site):
    assert gives_each_lead_out_once(site)
    assert site.team.problems() == []
