"""A backup taken while people work is true; what breaks in it afterwards is named, and mended where it can be.

scripts/exec pytest -p no:odoo -m long tests/life_cycle/test_backup.py
"""

import concurrent.futures
import itertools
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from databases import connect, create_database, drop_database
from department import Department

pytestmark = pytest.mark.long

REPS = [f"rep{number}" for number in range(8)]
#: What goes wrong in the copy, and the code under which the check names it.
BROKEN = {
    "member_counter": "UPDATE lead_pool_member SET held = held + 5 WHERE user_id = %(rep)s",
    "place": "UPDATE lead_pool_entry SET state = 'waiting', user_id = NULL WHERE lead_ref = %(second)s",
    "owner": "UPDATE crm_lead SET user_id = NULL WHERE id = %(third)s",
    "keys": "DELETE FROM lead_identity WHERE lead_id = %(fourth)s AND kind = 'phone'",
    "broken_chain": """ALTER TABLE lead_pool_event DISABLE TRIGGER lead_pool_event_append_only;
        UPDATE lead_pool_event SET user_name = 'x' WHERE lead_ref = %(first)s AND seq = 1;
        ALTER TABLE lead_pool_event ENABLE TRIGGER lead_pool_event_append_only""",
}


@pytest.fixture(scope="module")
def office(make_server):
    server = make_server(workers=2)
    office = Department(server.dbname, "backup")
    office.server = server
    office.hire("rep", *REPS)
    office.open_pool("Inbound", members=REPS)
    with office.inside() as env:
        env["lead.identity"]._backfill(0, 1_000_000)
    return office


@pytest.fixture(scope="module")
def copy(office, tmp_path_factory):
    """The restored database; while it was dumped eight people claimed and returned."""
    name, file = f"{office.dbname}_copy", tmp_path_factory.mktemp("backup") / "lead_pool.dump"
    entries = [entry for entry, _lead in office.leads("Inbound", 60, phone="+86 138 0000 7000")]
    office.kept = [lead for _entry, lead in office.leads("Inbound", 4, holder="rep0", phone="+86 138 0000 7001")]
    with office.inside() as env:
        reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1).id
    over, begun = threading.Event(), threading.Semaphore(0)

    def work(login, offset):
        call, done = office.server.call, 0
        for turn in itertools.count(offset):
            if over.is_set():
                return done
            entry = entries[turn % len(entries)]
            [answer] = call("lead.pool.entry", "action_claim", login=login, ids=[entry])
            if answer["done"] and turn % 3:
                call("lead.pool.entry", "action_return", login=login, ids=[entry], reason_id=reason)
            done += answer["done"]
            begun.release()

    with concurrent.futures.ThreadPoolExecutor(len(REPS)) as pool:
        work = [pool.submit(work, office.login(name), 7 * number) for number, name in enumerate(REPS)]
        try:
            for _call in range(2 * len(REPS)):
                begun.acquire()
            subprocess.run(["pg_dump", "-Fc", "-f", file, office.dbname], check=True)
        finally:
            over.set()
        assert all(one.result() for one in work)
    create_database(name)
    subprocess.run(["pg_restore", "-d", name, "--no-owner", file], check=True)
    yield name
    drop_database(name)


def repair(dbname, *options):
    command = [sys.executable, Path(sys.executable).with_name("odoo-bin"), "lead_pool_repair", "-d", dbname]
    return subprocess.run([*command, "--log-level=error", *options], capture_output=True, text=True, timeout=300)


def test_the_copy_is_true(office, copy):
    checked = repair(copy)
    assert (checked.returncode, checked.stdout) == (0, "Nothing is left to mend.\n"), checked.stderr
    restored = Department(copy, "backup")
    assert restored.problems() == []
    assert office.problems() == []


def test_what_is_broken_in_the_copy_is_named_and_mended_where_it_can_be(office, copy):
    named = dict(zip(("first", "second", "third", "fourth"), office.kept, strict=True))
    with connect(copy) as connection, connection.cursor() as cursor:
        for statement in BROKEN.values():
            cursor.execute(statement, {"rep": office.users["rep0"], **named})
    connection.close()
    shown = repair(copy)
    assert shown.returncode == 1
    for code in BROKEN:
        assert code in shown.stdout, f"{code} is not named:\n{shown.stdout}"
    mended = repair(copy, "--mend")
    assert mended.returncode == 1
    assert "their history cannot be trusted" in mended.stdout
    left = repair(copy)
    assert left.returncode == 1
    for code in BROKEN:
        assert (code in left.stdout) == (code == "broken_chain"), left.stdout
