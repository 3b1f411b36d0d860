"""Two machines with Odoo on one database, and the people who work there."""

import contextlib
import json
import time

import websocket
from department import Department
from servers import OdooServer

from odoo.addons.bus.websocket import WebsocketConnectionHandler

PATIENT = 120  # seconds
REPS = 16


class Site:
    """Two servers of several processes each, which run scheduled actions, too.

    :param str dbname:
    :param list options: how they find the database
    """

    def __init__(self, dbname, options):
        self.dbname = dbname
        options = [*options, "--max-cron-threads=1"]
        self.machines = [OdooServer(dbname, workers=2, options=options) for _number in range(2)]
        self.team = Department(dbname, "site")
        self.reps = ["ann", "ben", *(f"rep{number}" for number in range(REPS - 2))]
        self.team.hire("rep", *self.reps)
        self.team.hire("manager", "chief")
        self.team.open_pool("Inbound", members=self.reps)

    @contextlib.contextmanager
    def at_work(self):
        for machine in self.machines:
            for name in self.team.users:
                machine.api_key(self.team.login(name))
            machine.start()
        yield self
        for machine in self.machines:
            machine.stop()

    def call(self, machine, name, model, method, /, **arguments):
        return self.machines[machine].call(model, method, login=self.team.login(name), timeout=PATIENT, **arguments)

    def claim(self, machine, name, entries, **arguments):
        return self.call(machine, name, "lead.pool.entry", "action_claim", ids=entries, **arguments)

    def cards(self, machine, name):
        """Ids of the entries that wait, as the board asks for them."""
        domain = [("state", "=", "waiting"), ("pool_id", "=", self.team.pools["Inbound"])]
        asked = {"domain": domain, "specification": {"state": {}}}
        page = self.call(machine, name, "lead.pool.entry", "web_search_read", **asked)
        return {record["id"] for record in page["records"]}


def hears_of_a_claim(site):
    """A screen on one machine hears at once what happens on the other."""
    [(entry, _lead)] = site.team.leads("Inbound", 1)
    person = site.team.browser(site.machines[1], "ben").session
    cookie = "; ".join(f"{cookie.name}={cookie.value}" for cookie in person.cookies)
    address = f"ws://127.0.0.1:{site.machines[1].bus_port}/websocket?version={WebsocketConnectionHandler._VERSION}"
    screen = websocket.create_connection(address, cookie=cookie, origin=site.machines[1].url, timeout=PATIENT)
    with contextlib.closing(screen):
        screen.send(json.dumps({"event_name": "subscribe", "data": {"channels": [], "last": 0}}))
        while entry not in site.cards(0, "ann"):
            time.sleep(0.1)
        [answer] = site.claim(0, "ann", [entry])
        assert answer["done"]
        until = time.monotonic() + PATIENT
        while time.monotonic() < until:
            for notification in json.loads(screen.recv()):
                told = notification["message"]
                if told["type"] == "lead_pool/changed" and entry in told["payload"]["gone"]:
                    return True
    return False


def gives_each_lead_out_once(site):
    """The scheduled actions of both machines give 120 leads to two reps: what is wrong with that, if anything."""
    team, pool = site.team, "Given"
    team.open_pool(pool, members=["ann", "ben"], strategy="rotation")
    leads = [lead for _entry, lead in team.leads(pool, 120)]
    until = time.monotonic() + PATIENT
    while True:
        with team.inside() as env:
            left = env["lead.pool.entry"].search_count([("lead_ref", "in", leads), ("state", "=", "waiting")])
            if not left:
                break
            env.ref("lead_pool.ir_cron_distribute")._trigger()
        assert time.monotonic() < until, f"{left} wait"
        time.sleep(1)
    with team.inside() as env:
        holdings = env["lead.pool.holding"].search([("lead_ref", "in", leads)])
        shares = [
            holdings.filtered(lambda one, name=name: one.user_id.id == team.users[name]) for name in ("ann", "ben")
        ]
        return (len(holdings), len(holdings.lead_id), *map(len, shares)) == (120, 120, 60, 60)
