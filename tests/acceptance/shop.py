"""A company that gets leads from its website, chats, surveys, events and the mail plug-in."""

import itertools
import subprocess
import sys
import time

import requests
from department import Department
from servers import ROOT, OdooServer

NEIGHBOURS = "website_crm,crm_livechat,crm_mail_plugin,survey_crm,event_crm,website_crm_iap_reveal,hr"
GLUE = ("lead_pool_website", "lead_pool_livechat", "lead_pool_hr")


def install(dbname):
    """The neighbours, once for all tests here; our glue follows by itself, and its own tests are run."""
    launcher = f"{sys.exec_prefix}/bin/odoo-bin"
    command = [sys.executable, launcher, "-d", dbname, "-i", NEIGHBOURS, "--stop-after-init", "--no-http"]
    tags = ",".join(f"/{name}" for name in GLUE)
    done = subprocess.run([*command, "--test-tags", tags], cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-5000:]
    return done.stderr


def open_shop(dbname):
    """Ann and Ben are members of Inbound, which takes whatever comes in. Online is the pool of a team that has a form,
    Help the one whose rule wants the leads of a team that has an address. Each team has a leader, who gets nothing."""
    log = install(dbname)
    shop = Department(dbname, "shop")
    shop.hire("rep", "ann", "ben", "leader")
    shop.hire("manager", "boss")
    shop.hire("portal", "paula")
    shop.log = log
    for name in ("Inbound", "Online", "Help"):
        shop.open_pool(name, ["ann", "ben"], ["boss"], strategy="manual")
    with shop.inside() as env:
        shop.leader = env["res.users"].browse(shop.users["leader"])
        shop.teams = {name: env["lead.pool"].browse(pool).team_id.id for name, pool in shop.pools.items()}
        env["crm.team"].browse(shop.teams.values()).user_id = shop.leader
        env["lead.pool.entry.rule"].create(
            [
                {"name": "Mail", "pool_id": shop.pools["Help"], "domain": f"[('team_id', '=', {shop.teams['Help']})]"},
                {"name": "All", "pool_id": shop.pools["Inbound"], "domain": "[]"},
            ]
        )
        shop.website_team = env["crm.team"].create({"name": "Website", "user_id": shop.leader.id}).id
        for website in env["website"].search([]):
            website.write({"crm_default_team_id": shop.website_team, "lead_pool_forms_per_minute": 0})
    shop.server = OdooServer(dbname)
    return shop


def check_waits(shop, lead_id, channel, pool="Inbound", **values):
    with shop.inside() as env:
        lead = env["crm.lead"].browse(lead_id)
        assert lead.exists()
        assert (lead.pool_state, lead.pool_id.id, lead.team_id.id) == ("waiting", shop.pools[pool], shop.teams[pool])
        assert (lead.user_id.id, lead.won_status, lead.active) == (False, "pending", True)
        event = env["lead.pool.event"].search([("lead_ref", "=", lead_id)], order="seq", limit=1)
        assert (event.kind, event.detail["channel"]) == ("entered", channel)
        assert {name: lead[name] for name in values} == values
    with shop.inside("ann") as env:
        assert not env["crm.lead"].search([("id", "=", lead_id)])


def newest(shop):
    with shop.inside() as env:
        return env["crm.lead"].with_context(active_test=False).search([], order="id desc", limit=1).id


SAID = {"name": "Offer", "description": "Call me"}
visitors = itertools.count(1)  # who was there before is known


def send(shop, data=None, by=requests, **arguments):
    """A form of the website, as the page sends it."""
    number = next(visitors)
    who = {"contact_name": f"Visitor {number}", "email_from": f"visitor.{number}@v{number}.test"}
    data = {**SAID, **who, **(data or {})}
    return by.post(f"{shop.server.url}/website/form/crm.lead", data=data, timeout=60, **arguments)


def mail(shop, text, to="office@elsewhere.test", **headers):
    """A raw mail into the gateway, as the server fetches it; the lead that it made or went to."""
    number = next(visitors)
    lines = {
        "From": f"Writer {number} <writer@v{number}.test>",
        "To": to,
        "Subject": "Offer",
        "Message-ID": f"<{number}.{time.time()}@customer.test>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    raw = "\r\n".join([*(f"{name}: {value}" for name, value in lines.items()), "", text])
    with shop.inside() as env:
        return env["mail.thread"].message_process("crm.lead", raw.encode())


def known(shop, email, holder="ann"):
    """Somebody whom we know, in Ann's hands: the lead, and a look at what must not change."""
    [(_entry, lead_id)] = shop.leads("Inbound", 1, holder=holder, email_from=email, description="<p>First words</p>")

    def look(env):
        lead = env["crm.lead"].browse(lead_id)
        return (lead.user_id.id, lead.team_id.id, lead.pool_state, lead.description, lead.email_from, lead.name)

    return lead_id, look
