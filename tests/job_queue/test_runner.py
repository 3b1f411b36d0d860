"""OCA's job queue does the long work: its real runner, several processes, and no scheduled action at all."""

import os
import pathlib
import re
import signal
import subprocess
import time

import pytest
from department import Department
from life_cycle.life import Life, addons_path
from servers import ROOT, OdooServer

import odoo.addons

pytestmark = pytest.mark.long

LEADS = 24_000  # above enrol.SHARED, so that two workers share them
MINUTES = 10  # until which all must be done; the runner looks for dead jobs once a minute
#: Ours, and one for the tests alone: turns of a second.
ADDONS = [ROOT, pathlib.Path(__file__).parent / "addons"]
#: Boss wants all reports each week, and his time came a week ago.
SUBSCRIBE = """
Mail = env["lead.pool.report.mail"]
mail = Mail.create({"user_id": env["res.users"].search([("login", "=", "queue_boss")]).id})
env.flush_all()
env.cr.execute("UPDATE lead_pool_report_mail SET sent_on = current_date - 14")
env.invalidate_all()
Mail._cron_send()
"""
UNINSTALL = "env['ir.module.module'].search([('name', '=', 'lead_pool_queue_job')]).button_immediate_uninstall()"


@pytest.fixture(scope="module")
def office(make_database):
    """Ann sells, Boss runs the pool, and leads of years belong to no pool yet. The job queue came last; what glues it
    to the pools came by itself, and its own tests were run."""
    get = '. scripts/lib/all.sh; provide_all; provide_job_queue; echo "$JOB_QUEUE"'
    folder = subprocess.run(["bash", "-c", get], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [folder, os.environ.get("PYTHONPATH")])))
        patch.setenv("ODOO_QUEUE_JOB_CHANNELS", "root:2")
        patch.setattr(odoo.addons, "__path__", [*odoo.addons.__path__, f"{folder}/odoo/addons", str(ADDONS[1])])
        life = Life(make_database())
        life.odoo("-i", "queue_job", "--test-tags", "/lead_pool_queue_job")
        log = pathlib.Path(os.environ["ODOO_RC"]).parent / f"life-{life.dbname}.log"
        assert re.search(r"0 failed, 0 error\(s\) of [1-9]\d* tests", log.read_text(encoding="utf-8"))
        life.odoo("-i", "short_turns", addons=ADDONS)
        office = Department(life.dbname, "queue")
        office.hire("rep", "ann")
        office.hire("manager", "boss")
        office.open_pool("Inbound", ["ann"], ["boss"], strategy="manual")
        life.write_leads(LEADS)
        office.life = life
        yield office


def until(what):
    """The first answer that is not empty."""
    end = time.monotonic() + 60 * MINUTES
    while not (answer := what()):
        assert time.monotonic() < end, f"nothing came of it in {MINUTES} minutes"
        time.sleep(0.1)
    return answer


def serve(office):
    """Odoo and the runner of the queue, without a scheduled action."""
    return OdooServer(office.dbname, 4, ["--load=base,rpc,web,queue_job", addons_path(ADDONS)]).start()


def look(server, job):
    """What Boss sees of it on the screen."""
    fields = ["state", "done", "total", "problem"]
    return server.call("lead.pool.job", "read", login="queue_boss", ids=[job], fields=fields)[0]


def wait_until_empty(office):
    until(lambda: not office.life.rows("SELECT 1 FROM queue_job WHERE state IN ('pending', 'enqueued', 'started')"))


def enrol_all(server, office):
    domain = [["name", "=like", "Enquiry %"]]
    pools = [office.pools["Inbound"]]
    [answer] = server.call("lead.pool", "action_enrol", login="queue_boss", ids=pools, domain=domain, dry_run=False)
    return answer["job_id"]


def test_the_runner_alone_enrols_all_in_turns_though_a_worker_is_killed(office):
    rows = office.life.rows
    server = serve(office)
    try:
        job = enrol_all(server, office)
        assert look(server, job)["total"] == LEADS
        until(lambda: look(server, job)["done"])
        killed, victim = until(lambda: rows("SELECT uuid, worker_pid FROM queue_job WHERE state = 'started'"))[0]
        os.kill(victim, signal.SIGKILL)
        at_kill = look(server, job)["done"]
        last = until(lambda: (now := look(server, job))["state"] not in ("waiting", "running") and now)
        wait_until_empty(office)
    finally:
        server.stop()
    assert 0 < at_kill < LEADS
    assert (last["state"], last["done"], last["problem"]) == ("done", LEADS, False)
    assert rows("SELECT DISTINCT state, channel FROM queue_job") == [("done", "root.lead_pool")]
    assert rows(f"SELECT retry > 1 FROM queue_job WHERE uuid = '{killed}'") == [(True,)], "it was asked for again"
    turns = dict(rows("SELECT identity_key, count(*) FROM queue_job GROUP BY 1"))
    assert len(turns) == 2, "a part for each of two workers"
    assert min(turns.values()) > 1, "and the rest was queued when its time was over"
    enrolled = rows("SELECT count(*), count(DISTINCT lead_ref) FROM lead_pool_event WHERE kind = 'enrolled'")
    assert enrolled == [(LEADS, LEADS)]
    assert office.problems() == []


def test_the_runner_makes_the_weekly_reports_that_the_scheduled_action_finds_due(office):
    rows = office.life.rows
    office.life.run(SUBSCRIBE, addons=ADDONS)
    assert rows("SELECT 1 FROM mail_message WHERE subject LIKE 'Lead pools from%'") == []
    server = serve(office)
    try:
        wait_until_empty(office)
    finally:
        server.stop()
    turns = rows("SELECT DISTINCT state, channel FROM queue_job WHERE method_name = '_batches_in_queue'")
    assert turns == [("done", "root.lead_pool")]
    to = "SELECT p.email FROM mail_mail_res_partner_rel r JOIN res_partner p ON p.id = r.res_partner_id"
    assert rows(
        f"{to} JOIN mail_mail m ON m.id = r.mail_mail_id JOIN mail_message s ON s.id = m.mail_message_id"
        " WHERE s.subject LIKE 'Lead pools from%'"
    ) == [("queue_boss@example.com",)]


def test_when_the_glue_goes_the_queue_keeps_nothing_of_it(office):
    rows = office.life.rows
    assert rows("SELECT 1 FROM queue_job")
    office.life.run(UNINSTALL, addons=ADDONS)
    states = dict(rows("SELECT name, state FROM ir_module_module WHERE name IN ('queue_job', 'lead_pool_queue_job')"))
    assert states == {"queue_job": "installed", "lead_pool_queue_job": "uninstalled"}
    assert rows("SELECT name FROM ir_model_data WHERE module = 'lead_pool_queue_job'") == []
    assert rows("SELECT complete_name FROM queue_job_channel WHERE complete_name ~ 'lead_pool'") == []
    assert rows("SELECT name FROM queue_job_function WHERE name ~ 'lead.pool'") == []
    assert rows("SELECT uuid FROM queue_job") == []
