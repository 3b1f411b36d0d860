"""Two machines with Odoo on one PostgreSQL that has a replica: what is read may be late, what is done is right.

The replica is a real one, by streaming, and is held back on purpose.

    scripts/exec pytest -p no:odoo -m long tests/several_machines/test_replica.py
"""

import contextlib
import pathlib
import shutil
import tempfile
import threading
import time

import pytest
from cluster import Cluster, cluster_with
from servers import RefusedCall
from site_of_two import PATIENT, Site, gives_each_lead_out_once, hears_of_a_claim

pytestmark = pytest.mark.long


class SiteWithReplica(Site):
    def __init__(self, dbname, primary, replica):
        super().__init__(dbname, [*primary.options, f"--db_replica_host={replica.folder}"])
        self.primary, self.replica = primary, replica

    @contextlib.contextmanager
    def held_back(self):
        """The replica knows what was, and nothing of what happens now."""
        self.catch_up()
        self.replica.ask("SELECT pg_wal_replay_pause()::text")
        until = time.monotonic() + PATIENT
        while self.replica.ask("SELECT pg_get_wal_replay_pause_state()") != "paused":
            assert time.monotonic() < until
            time.sleep(0.05)
        yield
        self.replica.ask("SELECT pg_wal_replay_resume()::text")
        self.catch_up()

    def catch_up(self):
        written, until = self.primary.ask("SELECT pg_current_wal_lsn()"), time.monotonic() + PATIENT
        while self.replica.ask(f"SELECT pg_last_wal_replay_lsn() < '{written}'"):
            assert time.monotonic() < until, "the replica does not follow"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def site(installed_db):
    with cluster_with(installed_db) as (primary, dbname):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="lead_pool_replica_"))
        replica = Cluster(folder)
        replica.follow(primary)
        replica.start()
        with SiteWithReplica(dbname, primary, replica).at_work() as site:
            yield site
        replica.crash()
        shutil.rmtree(folder)


def test_boards_and_reports_are_read_from_the_replica(site):
    [(old, _lead)] = site.team.leads("Inbound", 1)
    site.catch_up()
    received = table(site)
    with site.held_back():
        [(new, _lead)] = site.team.leads("Inbound", 1)
        for machine in (0, 1):
            assert {old, new} & site.cards(machine, "ann") == {old}
        assert table(site) == received
    assert {old, new} <= site.cards(0, "ann")
    assert table(site) == received + 1


def table(site):
    """How many leads came, as a report tells the manager."""
    options = {"period": "today", "pool_ids": [site.team.pools["Inbound"]]}
    answer = site.call(1, "chief", "lead.pool.report", "table", name="pool_dynamics", options=options)
    [column] = [number for number, column in enumerate(answer["columns"]) if column["code"] == "entered"]
    return answer["total"]["cells"][column]


def test_who_claims_what_only_seems_to_wait_is_told_who_has_it(site):
    [(entry, _lead)] = site.team.leads("Inbound", 1)
    with site.held_back():
        [answer] = site.claim(0, "ann", [entry])
        assert answer["done"]
        assert entry in site.cards(1, "ben"), "he still sees it"
        [answer] = site.claim(1, "ben", [entry])
        assert (answer["done"], answer["code"]) == (False, "taken")
        assert site.team.login("ann") in answer["message"]
    assert site.team.problems() == []


def test_limits_and_repeated_requests_are_counted_on_the_primary(site):
    entries = [entry for entry, _lead in site.team.leads("Inbound", 6)]
    site.team.limit("ann", "Inbound", places=1)
    before, answers = site.team.held("ann", "Inbound")[0], []
    with site.held_back():

        def claim(number):
            answers.extend(site.claim(number % 2, "ann", [entries[number]]))

        clerks = [threading.Thread(target=claim, args=[number]) for number in range(4)]
        for clerk in clerks:
            clerk.start()
        for clerk in clerks:
            clerk.join()
        assert [answer["done"] for answer in answers].count(True) == 1
        assert {answer["code"] for answer in answers if not answer["done"]} <= {"capacity_full", "busy"}
        assert len(answers) == 4
        asked = {"entries": [entries[5]], "request_uid": "once and again"}
        first = site.claim(0, "ben", **asked)
        again = site.claim(1, "ben", **asked)
        assert first == again
        assert first[0]["done"]
    assert site.team.held("ann", "Inbound") == (before + 1, before + 1)
    site.team.limit("ann", "Inbound", capacity=0)
    assert site.team.problems() == []


def test_what_is_read_from_the_replica_is_counted_on_the_primary(site):
    leads = [lead for _entry, lead in site.team.leads("Inbound", 6, holder="ann", phone="+86 138 0000 0000")]
    with site.held_back():
        for machine in (0, 1, 0, 1):
            read = site.call(machine, "ann", "crm.lead", "read", ids=leads[machine : machine + 5], fields=["phone"])
            assert len(read) == 5
        with site.team.inside() as env:
            row = env["lead.pool.reading"].search([("user_id", "=", site.team.users["ann"])], limit=1)
            assert row.program_count == 6


def test_a_screen_on_one_machine_hears_what_happens_on_the_other(site):
    assert hears_of_a_claim(site)


def test_the_scheduled_actions_of_both_machines_give_each_lead_out_once(site):
    assert gives_each_lead_out_once(site)
    assert site.team.problems() == []


def test_without_the_replica_the_primary_answers(site):
    """A process of Odoo that still holds a connection to it answers once with an error and does nothing; then it turns
    to the primary. Who asks again loses nothing."""
    [(entry, _lead)] = site.team.leads("Inbound", 1)
    site.replica.crash()
    try:
        for machine in (0, 1, 0, 1):
            assert entry in at_last(lambda machine=machine: site.cards(machine, "ben"))
        [answer] = at_last(lambda: site.claim(1, "ben", [entry], request_uid="until it is answered"))
        assert answer["done"]
        assert entry not in at_last(lambda: site.cards(0, "ann"))
    finally:
        site.replica.start()
    assert site.team.problems() == []


def at_last(ask):
    for _connection in range(8):  # more than the processes hold
        with contextlib.suppress(RefusedCall):
            return ask()
    return ask()
