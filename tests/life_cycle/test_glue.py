"""A company with a website, a live chat and Employees takes the add-ons, and lets them go again: the glue comes and
goes by itself, and website and chat work on as Odoo made them."""

import os

import pytest
import requests
from life import plain_crm

OURS = "lead_pool,lead_pool_reports"
#: But for what glues OCA's job queue, which Odoo does not bring along: tests/job_queue.
GLUE = ["lead_pool_hr", "lead_pool_livechat", "lead_pool_spreadsheet", "lead_pool_website"]
STATES = """
    SELECT name, state FROM ir_module_module
     WHERE name LIKE 'lead\\_pool%' AND name <> 'lead_pool_queue_job' ORDER BY name
"""

pytestmark = pytest.mark.long

A_PAGE = """
form = "<form action='/website/form/' method='post' data-model_name='crm.lead'><input name='contact_name'/></form>"
env["website.page"].create({
    "name": "Offer", "url": "/offer", "type": "qweb", "key": "website.offer", "is_published": True,
    "arch": f"<t t-name='website.offer'><t t-call='website.layout'><div>{form}</div></t></t>"})
"""
A_POOL = """
team = env["crm.team"].search([], limit=1)
pool = env["lead.pool"].create({"name": "Inbound", "team_id": team.id, "tz": "UTC"})
env["lead.pool.entry.rule"].create({"name": "All", "pool_id": pool.id, "domain": "[]"})
env["website"].search([]).write({"lead_pool_forms_per_minute": 5, "lead_pool_form_seconds": 0})
"""
#: Who chats asks for an offer, as the operator's command makes a lead of it.
A_CHAT = """
operator = env.ref("base.user_admin")
channel = env["discuss.channel"].create(
    {"name": "Visitor", "channel_type": "livechat", "livechat_operator_id": operator.partner_id.id,
     "channel_member_ids": [(0, 0, {"partner_id": operator.partner_id.id})]})
lead = channel.with_user(operator).sudo()._convert_visitor_to_lead(operator.partner_id, "/lead Fleet of 20")
result = [lead.id, lead.name]
"""


def a_form(life):
    """A visitor reads the page and sends its form; the number in the answer, and the page."""
    server = life.shell.start()
    try:
        page = requests.get(f"{server.url}/offer", timeout=120)
        data = {"name": "Offer", "contact_name": "Li Na", "email_from": "li.na@example.com", "description": "Call me"}
        answer = requests.post(f"{server.url}/website/form/crm.lead", data=data, timeout=60)
    finally:
        server.stop()
    assert page.status_code == answer.status_code == 200
    return answer.json(), page.text


def test_the_glue_goes_with_the_pools_and_the_website_works_on():
    with plain_crm(f"lead_pool_glue_{os.getpid()}") as life:
        life.odoo("-i", "website_crm,crm_livechat,hr")
        life.run("env['ir.module.module'].update_list()" + A_PAGE)
        before = life.catalogue()
        life.odoo("-i", OURS)
        assert dict(life.rows(STATES)) == dict.fromkeys([*OURS.split(","), *GLUE], "installed")
        life.run(A_POOL)
        chatted = life.run(A_CHAT)
        answer, page = a_form(life)
        assert "lead_pool_homepage" in page
        assert life.rows(f"SELECT state FROM lead_pool_entry WHERE lead_id = {answer['id']}") == [("waiting",)]
        channels = life.rows("SELECT DISTINCT detail->>'channel' FROM lead_pool_event WHERE kind = 'entered'")
        assert sorted(channels) == [("livechat",), ("website",)]

        life.uninstall("lead_pool")
        assert {state for _name, state in life.rows(STATES)} == {"uninstalled"}
        after = life.catalogue()
        names = after["names of records"]  # Odoo's own, of what a model inherits, outlive every model
        after["names of records"] = {name for name in names if ".model_inherit__lead_pool" not in name}
        left = {kind: sorted(after[kind] - before[kind]) for kind in before}
        lost = {kind: sorted(before[kind] - after[kind]) for kind in before}
        assert not {kind: texts for kind, texts in left.items() if texts}
        assert not {kind: texts for kind, texts in lost.items() if texts}
        again, page = a_form(life)
        assert "lead_pool" not in page
        assert again["id"] > answer["id"]
        assert life.run(A_CHAT)[0] > again["id"] > chatted[0]
