"""A repair while people work: whatever order it and they take, the books are true afterwards."""

import subprocess
import sys
from pathlib import Path

import pytest
from office import verify

from odoo.addons.lead_pool.models.health import running


def repairs(office, entry):
    """The batch of a repair that comes to this entry."""

    def work(env):
        Pool = env["lead.pool"]
        return [*Pool._compare_entries(entry - 1, mend=True)[2], *Pool._compare_counters(0, mend=True)[2]]

    return office.actor(None, work, label="repair")


def entry_and_owner(office, entry, lead):
    state, holder, _epoch = office.now(entry)
    [(owner,)] = office.sql("SELECT user_id FROM crm_lead WHERE id = %s", [lead])
    return state, holder, {user_id: name for name, user_id in office.users.items()}.get(owner)


#: Few orders before each commit, all of them in the long form.
STOPS = pytest.mark.parametrize(
    "points", [("rows",), pytest.param(("counters", "rows", "write"), marks=pytest.mark.long)], ids=len
)


@pytest.mark.parametrize("act", ["claims", pytest.param("returns", marks=pytest.mark.long)])
def test_counters_are_mended_while_their_rep_works(office, act):
    def prepare():
        entry, _lead = office.lead(holder="ann" if act == "returns" else None)
        office.sql("UPDATE lead_pool_member SET held = held + 5 WHERE user_id = %s", [office.users["ann"]])
        office.sql("UPDATE lead_pool_rep SET held = held + 2 WHERE user_id = %s", [office.users["ann"]])
        return [getattr(office, act)("ann", entry), repairs(office, entry)]

    def check(actors):
        return [f"{a.name}: {a.error!r}" for a in actors if a.error is not None]

    verify(office, prepare, check, points=("counters", "rows", "bump"))


@STOPS
def test_a_lost_owner_is_mended_while_the_holder_returns_the_lead(office, points):
    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.sql("UPDATE crm_lead SET user_id = %s WHERE id = %s", [office.users["ben"], prepare.lead])
        return [office.returns("ann", prepare.entry), repairs(office, prepare.entry)]

    def check(actors):
        wrong = [f"{a.name}: {a.error!r}" for a in actors if a.error is not None]
        if entry_and_owner(office, prepare.entry, prepare.lead) != ("waiting", None, None):
            wrong.append(f"{entry_and_owner(office, prepare.entry, prepare.lead)}")
        return wrong

    verify(office, prepare, check, points)


@STOPS
def test_a_lead_that_seems_to_wait_is_mended_while_somebody_claims_it(office, points):
    """By the ledger Ann has it: Ben never gets it, whoever comes first."""

    def prepare():
        prepare.entry, prepare.lead = office.lead(holder="ann")
        office.sql("UPDATE lead_pool_entry SET state = 'waiting', user_id = NULL WHERE id = %s", [prepare.entry])
        office.sql("UPDATE crm_lead SET user_id = NULL WHERE id = %s", [prepare.lead])
        return [office.claims("ben", prepare.entry), repairs(office, prepare.entry)]

    def check(actors):
        claim = actors[0]
        wrong = ["Ben has it"] if claim.error is None and claim.answer["done"] else []
        if actors[1].error is not None:
            wrong.append(f"repair: {actors[1].error!r}")
        if entry_and_owner(office, prepare.entry, prepare.lead) != ("held", "ann", "ann"):
            wrong.append(f"{entry_and_owner(office, prepare.entry, prepare.lead)}")
        return wrong

    verify(office, prepare, check, points)


def command_line(dbname, *options):
    launcher = Path(sys.executable).with_name("odoo-bin")
    command = [sys.executable, launcher, "lead_pool_repair", "-d", dbname, "--log-level=error", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_command_line_shows_and_mends(office):
    _entry, lead = office.lead(holder="ann")
    office.sql("UPDATE crm_lead SET user_id = NULL WHERE id = %s", [lead])
    shown = command_line(office.dbname)
    assert shown.returncode == 1, shown.stderr
    assert (
        f"owner: Lead #{lead} in CRM: nobody, office Inbound; by the ledgers Held, office_ann, office Inbound"
        in shown.stdout
    )
    assert entry_and_owner(office, _entry, lead)[2] is None, "it only shows"
    mended = command_line(office.dbname, "--mend")
    assert mended.returncode == 0, mended.stderr
    assert f"Lead #{lead}" in mended.stdout
    assert entry_and_owner(office, _entry, lead) == ("held", "ann", "ann")
    again = command_line(office.dbname)
    assert (again.returncode, again.stdout) == (0, "Nothing is left to mend.\n")


def test_dead_rows_of_the_queue_are_told_of(office, monkeypatch):
    monkeypatch.setattr(running, "DEAD_ROWS", 50)
    office.lead()
    office.sql("ALTER TABLE lead_pool_entry SET (autovacuum_enabled = false)")

    def bloat():
        office.sql("SELECT pg_stat_force_next_flush()")
        with office.inside() as env:
            return [answer["message"] for answer in env["lead.pool"].action_check_health() if answer["code"] == "bloat"]

    office.connection.autocommit = True
    office.sql("VACUUM lead_pool_entry")
    assert bloat() == []
    for _turn in range(3):
        office.sql("UPDATE lead_pool_entry SET score = score")
    [message] = bloat()
    assert "dead rows" in message and "autovacuum" in message
