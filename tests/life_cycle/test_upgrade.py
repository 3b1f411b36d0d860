"""A department at work on version 19.0.1.0.0 gets the present one: what it had is there, and what is new is right."""

import io
import os
import subprocess
import tarfile

import pytest
from life import plain_crm
from servers import ROOT

pytestmark = pytest.mark.long

OURS = "lead_pool,lead_pool_reports"

#: On the old version: three leads claimed, one returned, one taken back, one transferred; calls made; one step of
#: ageing; the history of each lead.
WORK = """
def hire(name, group):
    groups = [env.ref("base.group_user").id, env.ref(group).id]
    return env["res.users"].with_context(no_reset_password=True).create(
        {"name": name, "login": name, "email": f"{name}@example.com", "group_ids": [(6, 0, groups)]})

ann, cleo = hire("ann", "sales_team.group_sale_salesman"), hire("cleo", "lead_pool.group_manager")
Entry = env["lead.pool.entry"]
pools = env["lead.pool"].create([{"name": name, "team_id": env["crm.team"].create({"name": name}).id, "tz": "UTC",
                                  "member_capacity": 30} for name in ("Inbound", "Other")])
inbound, other = pools
env["lead.pool.member"].create([
    {"pool_id": inbound.id, "user_id": ann.id, "role": "member"},
    *({"pool_id": pool.id, "user_id": cleo.id, "role": "admin"} for pool in pools)])
env["lead.pool.reclaim.rule"].create(
    {"pool_id": inbound.id, "name": "Ten days", "held_days": 10, "warn_days": 2})
env["lead.pool.ageing.rule"].create({"pool_id": inbound.id, "action": "raise", "days": 1, "active": True})
leads = env["crm.lead"].create([{"name": f"Lead {n}", "pool_id": inbound.id, "user_id": False} for n in range(8)])
entries = Entry.search([("lead_id", "in", leads.ids)], order="id")
assert all(answer["done"] for answer in entries[:6].with_user(ann).action_claim())
reason = env["lead.pool.reason"].search([("kind", "=", "return")], limit=1)
assert entries[1].with_user(ann).action_return(reason.id, note="Not mine")[0]["done"]
assert entries[2].with_user(cleo).action_transfer(other.id)[0]["done"]
call = env.ref("lead_pool.follow_up_type_call")
entries[3].lead_id.with_user(ann).action_follow_up({"type_id": call.id, "note": "Spoke for a while", "duration": 4})
entries[4].lead_id.with_user(ann).action_convert({})
env["lead.follow.up.type"].create({"name": "Trade fair"})
env.flush_all()
env.cr.execute("UPDATE lead_pool_entry SET reclaim_at = now() - interval '1 hour' WHERE id = %s", [entries[5].id])
env.cr.execute("UPDATE lead_pool SET deadlines_stale = false")
env.invalidate_all()
assert Entry._reclaim_due() == 1
env.flush_all()
assert not env["lead.pool"]._health_problems()
result = entries.mapped("lead_ref")
"""
#: As the first 19.0.1.0.0 let it be typed.
TYPED = """
env.cr.execute("ALTER TABLE lead_pool_ageing_rule DROP CONSTRAINT lead_pool_ageing_rule_days_in_range")
env.cr.execute("UPDATE lead_pool_ageing_rule SET days = 0.01")
result = None
"""

#: What must be as it was, whatever the version.
LASTING = {
    "entries": """SELECT lead_ref, lead_id, pool_id, state, closed_as, user_id, epoch, reclaim_at, warn_at,
                         deadline_reason, recycled, holders, entered_at, held_since, last_follow_up_at, event_seq,
                         event_hash
                    FROM lead_pool_entry ORDER BY id""",
    "holdings": """SELECT lead_ref, user_id, pool_id, epoch, started_at, ended_at, origin, end_reason
                     FROM lead_pool_holding ORDER BY id""",
    "events": "SELECT lead_ref, seq, kind, date, user_ref, note, hash FROM lead_pool_event ORDER BY id",
    "members": "SELECT pool_id, user_id, role, held, day_n, capacity FROM lead_pool_member ORDER BY id",
    "reps": "SELECT user_id, company_id, held, day_n FROM lead_pool_rep ORDER BY id",
    "follow-ups": "SELECT lead_id, user_id, type_id, note, duration, counts FROM lead_follow_up ORDER BY id",
    "pools": "SELECT id, name, team_id, member_capacity, strategy, claim_order, grace_hours FROM lead_pool ORDER BY id",
    "leads": "SELECT id, user_id, team_id, pool_id, type, active FROM crm_lead ORDER BY id",
    "rules": "SELECT id, pool_id, held_days, warn_days FROM lead_pool_reclaim_rule ORDER BY id",
}

#: What the reports say to the manager: ``{report: {row: {column: figure}}}``.
FIGURES = """
cleo = env["res.users"].search([("login", "=", "cleo")])
result = {}
for name in ("rep_status", "pool_dynamics"):
    told = env["lead.pool.report"].with_user(cleo).table(name, {"period": "last_30_days"})
    codes = [column["code"] for column in told["columns"]]
    result[name] = {
        str(row["key"]): dict(zip(codes, [getattr(cell, "seconds", cell) for cell in row["cells"]]))
        for row in [*told["rows"], told["total"]]}
"""


def old_tree(folder, version="19.0.1.1.0", addon="lead_pool"):
    """The add-ons as they were the commit before this one's version became that, out of the repository's history."""
    git = ["git", "-C", str(ROOT)]
    found = subprocess.run(
        [*git, "log", "--reverse", "--format=%H", f'-S"version": "{version}"', "--", f"{addon}/__manifest__.py"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert found, "this test needs the repository's history: fetch all of it (git fetch --unshallow)"
    archive = subprocess.run(
        [*git, "archive", f"{found[0]}~1", "lead_pool", "lead_pool_reports"], capture_output=True, check=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory):
    old = old_tree(tmp_path_factory.mktemp("old"))
    with plain_crm(f"lead_pool_upgrade_{os.getpid()}") as crm:
        for table, name in (("ir_module_module", "name"), ("ir_model_data", "replace(name, 'module_', '')")):
            crm.do(f"DELETE FROM {table} WHERE {name} LIKE 'lead\\_pool%'")  # nor of add-ons that came later
        crm.odoo("-i", OURS, addons=[old])
        assert crm.one("SELECT latest_version FROM ir_module_module WHERE name = 'lead_pool'") == "19.0.1.0.0"
        crm.refs = crm.run(WORK, addons=[old])
        crm.run(TYPED, addons=[old])
        crm.before = {name: crm.rows(query) for name, query in LASTING.items()}
        crm.figures = crm.run(FIGURES, addons=[old])
        crm.stored, crm.file = crm.leads_as_stored(), crm.one("SELECT pg_relation_filenode('crm_lead')")
        crm.odoo("-u", "lead_pool")
        crm.stored_after = crm.leads_as_stored()
        yield crm


def test_nothing_is_lost_or_changed(upgraded):
    assert upgraded.one("SELECT latest_version FROM ir_module_module WHERE name = 'lead_pool'") != "19.0.1.0.0"
    for name, query in LASTING.items():
        assert upgraded.rows(query) == upgraded.before[name], name


def test_no_lead_is_written(upgraded):
    assert upgraded.stored_after == upgraded.stored
    assert upgraded.one("SELECT pg_relation_filenode('crm_lead')") == upgraded.file


def test_reports_say_what_they_said(upgraded):
    """Each figure that there was, before the sums are told from the history and after it."""
    said = {}
    for when in ("at once", "when the sums are told"):
        if when != "at once":
            upgraded.run("env['lead.pool.tally']._cron_count()\nresult = None")
        now = upgraded.run(FIGURES)
        for report, rows in upgraded.figures.items():
            for row, figures in rows.items():
                for column, figure in figures.items():
                    said[when, report, row, column] = (figure, now[report][row].get(column, "gone"))
    assert len(said) > 100
    assert {place: both for place, both in said.items() if both[0] != both[1]} == {}


def test_how_leads_went_back_is_known(upgraded):
    known = dict(upgraded.rows("SELECT lead_ref, gone_back FROM lead_pool_entry"))
    wanted = [None, "returned", "transferred", None, None, "reclaimed", None, None]
    assert [known[ref] for ref in upgraded.refs] == wanted


def test_the_type_for_calls_is_for_calls_and_no_other(upgraded):
    calls = upgraded.rows("SELECT name->>'en_US' FROM lead_follow_up_type WHERE is_call")
    assert len(calls) == 1
    assert upgraded.one("SELECT count(*) FROM lead_follow_up_type WHERE is_call IS NOT TRUE") > 1


def test_a_step_of_ageing_after_minutes_is_one_after_an_hour(upgraded):
    """And the check that is new keeps it so."""
    assert upgraded.rows("SELECT days FROM lead_pool_ageing_rule") == [(0.04,)]
    assert upgraded.one("SELECT count(*) FROM pg_constraint WHERE conname = 'lead_pool_ageing_rule_days_in_range'") == 1


def test_the_pools_go_on(upgraded):
    """Counters, chains and deadlines hold; Ann returns one lead, locks none, and claims another."""
    result = upgraded.run(
        """
ann = env["res.users"].search([("login", "=", "ann")])
mine = env["lead.pool.entry"].search([("user_id", "=", ann.id), ("state", "=", "held")], order="id")
waiting = env["lead.pool.entry"].search(
    [("state", "=", "waiting"), ("pool_id.name", "=", "Inbound"), ("last_holder_id", "=", False)], limit=1)
reason = env["lead.pool.reason"].search([("kind", "=", "return"), ("note_required", "=", False)], limit=1)
answers = mine[0].with_user(ann).action_return(reason.id) + waiting.with_user(ann).action_claim()
result = [[answer["done"] for answer in answers], bool(waiting.reclaim_at), mine[0].gone_back,
          env["lead.pool"]._health_problems(), env["lead.pool.event"]._broken_chains()]
"""
    )
    assert result == [[True, True], True, "returned", [], {}]


def test_an_upgrade_to_the_same_version_changes_nothing(upgraded):
    before = {name: upgraded.rows(query) for name, query in LASTING.items()}
    leads = upgraded.leads_as_stored()
    upgraded.odoo("-u", OURS)
    assert {name: upgraded.rows(query) for name, query in LASTING.items()} == before
    assert upgraded.leads_as_stored() == leads


#: All that reports keep is told, and nothing waits.
TOLD = """
env["lead.pool.tally"]._cron_count()
from odoo.addons.lead_pool_reports.models.lead_pool_tally import FACTS
result = [env[facts]._changed() for facts in FACTS]
"""
CHECK = """
from odoo.addons.lead_pool_reports.models.lead_pool_tally import FACTS
facts = [env[name] for name in FACTS]
for model in facts:
    for sums in model._sums:
        assert model._sum_differences(sums) + model._year_differences(sums) == [], sums
assert env["lead.pool.tally.rep"]._span_differences() == []
result = [model._changed() for model in facts]
"""


def test_years_are_there_at_once_and_facts_are_not_told_again(tmp_path_factory):
    """From the version that kept days and months alone; where facts have to be told again, what they add up to is."""
    old = old_tree(tmp_path_factory.mktemp("months"), "19.0.1.12.0", "lead_pool_reports")
    with plain_crm(f"lead_pool_years_{os.getpid()}") as crm:
        for table, name in (("ir_module_module", "name"), ("ir_model_data", "replace(name, 'module_', '')")):
            crm.do(f"DELETE FROM {table} WHERE {name} LIKE 'lead\\_pool%'")
        crm.odoo("-i", OURS, addons=[old])
        crm.run(WORK, addons=[old])
        for _turn in range(3):  # numbers of events are settled first
            told = crm.run(TOLD, addons=[old])
        assert told == [[]] * 4
        crm.odoo("-u", OURS)
        assert crm.run(CHECK) == [[]] * 4, "nothing is told again"
        assert crm.one("SELECT count(*) FROM lead_pool_fact_reason_day WHERE span = 'year'")
        assert crm.one("SELECT count(*) FROM lead_pool_fact_wait_day WHERE span = 'year'")
