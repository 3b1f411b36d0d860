"""The add-ons come to a CRM with many leads, work, go, and come again: nothing of the company's is lost, nothing of
theirs is left behind."""

import datetime
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from life import plain_crm

OURS = "lead_pool,lead_pool_reports"
LOCKED = 30  # seconds for which crm_lead may be locked by an installation

#: Ann sells and Boss manages; a pool, what becomes of leads in it, long work begun, the kill switch pulled.
A_DAY_AT_WORK = """
def hire(name, group):
    groups = [env.ref("base.group_user").id, env.ref(group).id]
    found = env["res.users"].search([("login", "=", name)])
    return found or env["res.users"].with_context(no_reset_password=True).create(
        {"name": name, "login": name, "email": f"{name}@example.com", "group_ids": [(6, 0, groups)]})

ann = hire("ann", "sales_team.group_sale_salesman")
Entry, Lead = env["lead.pool.entry"], env["crm.lead"]
parameter = env["ir.config_parameter"]
assert not parameter.search([("key", "=like", "lead\\\\_pool.%")])
pool = env["lead.pool"].create({"name": "Inbound", "team_id": env["crm.team"].search([], limit=1).id, "tz": "UTC",
                                "first_contact_days": 2})
env["lead.pool.member"].create({"pool_id": pool.id, "user_id": ann.id, "role": "member"})
free = Lead.search([("user_id", "=", False)], order="id", limit=60)
mine = Lead.search([("user_id", "=", 2)], order="id", limit=20)
[enrolled] = pool.action_enrol([("id", "in", (free + mine).ids)], dry_run=False)
entries = Entry.search([("pool_id", "=", pool.id), ("state", "=", "waiting")], order="id")
claimed = entries[:3].with_user(ann).action_claim()
assigned = entries[3:6].action_assign(ann.id)
entries[0].lead_id.with_user(ann).action_follow_up({"note": "Called, wants an offer"})
reason = env["lead.pool.reason"].search([("kind", "=", "return"), ("note_required", "=", False)], limit=1)
returned = entries[1].with_user(ann).action_return(reason.id)
converted = entries[2].lead_id.with_user(ann).action_convert({})
pool.message_post(body="Kept with the pool")
env.flush_all()
result = {
    "enrolled": [enrolled["waiting"], enrolled["held"]],
    "done": [answer["done"] for answer in claimed + assigned + returned],
    "held": env["lead.pool.member"].search([("user_id", "=", ann.id)]).held,
    "customer": bool(converted["partner_id"]),
    "anns": Lead.search_count([("user_id", "=", ann.id)]),
    "problems": env["lead.pool"]._health_problems(),
}
parameter.set_param("lead_pool.stopped", "True")
parameter.set_param("lead_pool.identity_done_to", "1")
"""


#: Works a job to its end, as its scheduled action does; the seconds it took.
WORK = """
import time
from odoo.addons.lead_pool.isolation import read_committed
def work(job):
    began = time.monotonic()
    read_committed(env.cr)
    while job.state in ("waiting", "running"):
        job._work()
        env.cr.commit()
        read_committed(env.cr)
    assert job.state == "done", (job.state, job.problem)
    return time.monotonic() - began
"""


@pytest.fixture(scope="module", params=[20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def crm(request):
    """Years of leads, and no pools."""
    with plain_crm(f"lead_pool_life_{os.getpid()}") as crm:
        crm.write_leads(request.param)
        crm.count = request.param
        crm.run("env['ir.module.module'].update_list()")  # Odoo's list of apps knows what lies beside it, ours as well
        crm.before, crm.leads = crm.catalogue(), crm.leads_as_stored()
        crm.file = crm.one("SELECT pg_relation_filenode('crm_lead')")
        yield crm


@pytest.fixture(scope="module")
def installed(crm):
    began = time.monotonic()
    with crm.customers() as longest_wait:
        crm.odoo("-i", OURS)
        crm.waited = longest_wait()
    print(f"\n{crm.count} leads: installed in {time.monotonic() - began:.1f} s, crm_lead locked {crm.waited:.1f} s")
    crm.leads_after, crm.file_after = crm.leads_as_stored(), crm.one("SELECT pg_relation_filenode('crm_lead')")
    return crm


@pytest.fixture(scope="module")
def at_work(installed):
    installed.result = installed.run(A_DAY_AT_WORK)
    return installed


@pytest.fixture(scope="module")
def uninstalled(at_work):
    crm = at_work
    crm.owners = crm.rows("SELECT count(*), count(user_id), sum(user_id) FROM crm_lead")
    began = time.monotonic()
    crm.uninstall(*OURS.split(","))
    print(f"\n{crm.count} leads: uninstalled in {time.monotonic() - began:.1f} s")
    return crm


def test_installing_writes_no_lead_and_rewrites_no_table(installed):
    """Not a row of crm_lead is touched: same place, same version, same file."""
    assert installed.leads_after == installed.leads
    assert installed.file_after == installed.file


@pytest.mark.long
def test_installing_locks_the_leads_briefly(installed):
    """Somebody looked at a lead all the while; the longest he waited is how long the table was locked. A matter of
    seconds, so of a machine that does nothing else."""
    assert 0 < installed.waited < LOCKED


def test_nothing_happens_until_there_is_a_pool(installed):
    assert installed.one("SELECT count(*) FROM lead_pool_entry") == 0
    assert installed.one("SELECT count(*) FROM lead_identity") == 0


def test_the_pool_works_at_once(at_work):
    assert at_work.result == {
        "enrolled": [60, 20], "done": [True] * 7, "held": 4, "customer": True, "anns": 5, "problems": [],
    }  # fmt: skip


@pytest.mark.long
def test_the_keys_of_all_leads_are_made_in_the_background(at_work, crm):
    """Somebody who reads meanwhile does not notice; how fast it is, `ONLY=install make bench` measures."""
    with crm.customers() as longest_wait:
        seconds = crm.run(
            "import time\nbegan, last, many = time.monotonic(), 0, 1\nenv['ir.config_parameter'].search("
            "[('key', '=', 'lead_pool.identity_done_to')]).unlink()\n"
            "while many:\n    last, many = env['lead.identity']._backfill(last)\n    env.cr.commit()\n"
            "result = time.monotonic() - began"
        )
    print(f"\n{crm.count} leads: keys at {crm.count / seconds:.0f} leads/s, longest look {longest_wait():.2f} s")
    assert longest_wait() < 1


@pytest.mark.long
def test_all_leads_are_enrolled_in_the_background(at_work):
    """All of them, by both scheduled actions at once, and somebody who reads meanwhile does not notice."""
    crm = at_work
    before = crm.one("SELECT count(*) FROM lead_pool_entry")
    with crm.customers() as longest_wait, ThreadPoolExecutor() as crons:
        parts = crm.run(
            "[answer] = env['lead.pool'].search([], limit=1).action_enrol([], dry_run=False)\nenv.cr.commit()\n"
            "job = env['lead.pool.job'].browse(answer['job_id'])\nresult = (job.part_ids or job).ids"
        )
        work = WORK + "result = work(env['lead.pool.job'].browse({}))"
        seconds = max(crons.map(lambda part: crm.run(work.format(part)), parts))
    rate = (crm.count - before) / seconds
    print(f"\n{crm.count} leads: enrolled at {rate:.0f} leads/s, longest look {longest_wait():.2f} s")
    assert crm.one("SELECT count(*) FROM lead_pool_entry") == crm.count
    assert longest_wait() < 1


@pytest.mark.long
def test_all_leads_are_checked_in_the_background(at_work):
    """What the settings look at in a moment, whatever the number of leads, and what the nightly check compares."""
    crm = at_work
    with crm.customers() as longest_wait:
        quickly, everything, found = crm.run(
            WORK + "began = time.monotonic()\nenv['lead.pool'].action_check_health()\n"
            "quickly = time.monotonic() - began\n"
            "job = env['lead.pool.job'].browse(env['lead.pool'].action_check_everything())\nenv.cr.commit()\n"
            "result = [quickly, work(job), job.position['found']]"
        )
    rate = crm.count / everything
    print(f"\n{crm.count} leads: health in {quickly:.2f} s, all checked at {rate:.0f} leads/s")
    assert found == {}
    assert quickly < 2
    assert longest_wait() < 1


def test_uninstalling_leaves_nothing_of_ours(uninstalled):
    """Not a table, column, index, trigger, function, parameter, action or screen: the database consists of what it
    consisted of before. The names that Odoo gives to what a model inherits outlive every model, ours as well."""
    after = uninstalled.catalogue()
    names = after["names of records"]
    after["names of records"] = {name for name in names if ".model_inherit__lead_pool" not in name}
    left = {kind: sorted(after[kind] - before) for kind, before in uninstalled.before.items()}
    lost = {kind: sorted(before - after[kind]) for kind, before in uninstalled.before.items()}
    assert {kind: things for kind, things in left.items() if things} == {}
    assert {kind: things for kind, things in lost.items() if things} == {}


def test_uninstalling_keeps_every_lead_with_its_owner_and_what_was_planned(uninstalled):
    """ATK-70: the leads, though their history goes."""
    assert uninstalled.rows("SELECT count(*), count(user_id), sum(user_id) FROM crm_lead") == uninstalled.owners
    assert uninstalled.one("SELECT count(*) FROM crm_lead") == uninstalled.count
    planned = uninstalled.one(
        "SELECT count(*) FROM mail_activity WHERE res_model = 'crm.lead' AND activity_type_id IS NOT NULL"
    )
    assert planned > 0


def test_installed_again_the_pool_works_as_on_the_first_day(uninstalled):
    """Neither stopped by what was switched off before, nor without the keys of the leads."""
    began = time.monotonic()
    uninstalled.odoo("-i", OURS)
    print(f"\n{uninstalled.count} leads: installed again in {time.monotonic() - began:.1f} s")
    again = uninstalled.run(A_DAY_AT_WORK)
    assert (again["done"], again["problems"]) == ([True] * 7, [])
    assert again["held"] == 4
    today = datetime.datetime.now().date()
    assert uninstalled.one("SELECT min(started_at)::date FROM lead_pool_holding") >= today - datetime.timedelta(days=1)
