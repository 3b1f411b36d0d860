"""Whom the attackers of these tests are up against: pools, their people, and all the books that must not change."""

import copy
import functools
import json
import re

import requests
from department import Department

SENTENCE = re.compile(r"\w+ \w+ \w+")


class Town(Department):
    """Mallory is a member of a masked pool, has a lead of her own, and colleagues have theirs.

    Around her: Fred, who held the first waiting lead and gave it back; Otto, a rep of another pool; Carl, who runs
    that pool; Ida, who works in the house and sells nothing; Paula, a customer with access to the portal.
    """

    def __init__(self, server):
        super().__init__(server.dbname, "attack")
        self.server, self.name, self.web = server, "mallory", None
        self.hire("rep", "mallory", "ann", "fred", "otto", "carl", "boss")
        self.hire("outsider", "ida")
        self.hire("manager", "mona")
        self.hire("portal", "paula")
        self.open_pool("Harbour", members=["mallory", "ann", "fred"], admins=["boss"])
        self.open_pool("Market", members=["mallory", "ann"], admins=["boss"])
        self.open_pool("Castle", members=["ann"], admins=["boss"])
        self.open_pool("Mill", members=["otto"], admins=["carl"])
        self.waiting = [lead for _entry, lead in self.leads("Harbour", 20)]
        self.elsewhere = [lead for _entry, lead in self.leads("Castle", 1)]
        self.anns = [lead for _entry, lead in self.leads("Harbour", 1, holder="ann")]
        with self.inside() as env:
            self.me = self.users["mallory"]
            self.entries = {e.lead_ref: e.id for e in env["lead.pool.entry"].search([])}
            self.team = env["crm.team"].create({"name": "Mallory's", "member_ids": [(4, self.me)]}).id
            self.stage = env["crm.stage"].search([("is_won", "=", True)], limit=1).id
            self.reasons = {r.kind: r.id for r in env["lead.pool.reason"].search([])}
            self.customer = env["res.partner"].create({"name": "A customer"}).id
            server_action = {"name": "To me", "model_id": env["ir.model"]._get_id("crm.lead"), "state": "code"}
            server_action["code"] = "records.write({'user_id': env.uid})"
            self.automation = env["ir.actions.server"].create(server_action).id
        with self.inside("mallory") as env:
            self.mine = env["crm.lead"].create({"name": "Mallory's own"}).id
            self.order = env["sale.order"].create({"partner_id": self.customer, "opportunity_id": self.mine}).id
        self._be_busy()
        with self.inside("fred") as env:
            entry = env["lead.pool.entry"].browse(self.entry)
            for answer in entry.action_claim() + entry.action_return(self.reasons["return"]):
                assert answer["done"], answer

    def _be_busy(self):
        """What people have open: requests, a dispute over two pools, a simulation, a job, dialogs."""
        same = {"phone": "+86 571 5550 1111"}
        [(anns, _lead)] = self.leads("Harbour", 1, holder="ann", **same)
        self.leads("Mill", 1, holder="otto", **same)
        self.limit("ann", "Harbour", places=0)
        with self.inside("ann") as env:
            Entry = env["lead.pool.entry"]
            waiting = Entry.browse(self.entries[self.waiting[19]])
            assert waiting.action_claim()[0]["code"] == "capacity_full"
            for [answer] in (waiting.action_ask_over_capacity(note="Mine"), Entry.browse(anns).action_dispute()):
                assert answer["done"], answer
        with self.inside() as env:
            asked = {request.kind: request.id for request in env["lead.pool.approval"].search([])}
            self.request, self.dispute = asked["over_capacity"], asked["dispute"]
            self.refusal = env["lead.pool.refusal"].search([], limit=1).id
        with self.inside("boss") as env:
            pool = env["lead.pool"].browse(self.pools["Harbour"])
            self.policy = pool.action_export_policy()
            self.simulation = pool.action_simulate(1)
            self.job = env["lead.pool.job"]._start("distribute", pool.sudo(), 1, {}).id
            entries = [(6, 0, [self.entry])]
            reason = env["lead.pool.reason"].search([("kind", "=", "invalid")], limit=1).id
            self.dialogs = {
                model: (env[model].create(values).id, button)
                for model, values, button in (
                    ("lead.pool.decide", {"approval_ids": [(6, 0, [self.request])]}, "action_confirm"),
                    ("lead.pool.assign", {"entry_ids": entries, "user_id": self.users["ann"]}, "action_confirm"),
                    ("lead.pool.transfer", {"entry_ids": entries, "pool_id": self.pools["Market"]}, "action_confirm"),
                    ("lead.pool.mark.invalid", {"entry_ids": entries, "reason_id": reason}, "action_confirm"),
                    ("lead.pool.simulate", env["lead.pool.simulate"]._prepare(pool), "action_run"),
                    ("lead.pool.policy.import", {"pool_id": pool.id, "file": b"e30="}, "action_apply"),
                )
            }

    @property
    def lead(self):
        return self.waiting[0]

    @property
    def entry(self):
        return self.entries[self.lead]

    def by(self, name, web=False):
        """The same town for another attacker; ``web``: as the web client sends it, not as a program."""
        town = copy.copy(self)
        town.name, town.me = name, self.users[name]
        town.web = self.browser(self.server, name) if web else None
        return town

    def send(self, model, method, login=None, **arguments):
        """``(status, answer)`` of a JSON-2 call, or of the web client's."""
        if self.web:
            return self._send_as_web_client(model, method, arguments)
        response = requests.post(
            f"{self.server.url}/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={
                "Authorization": f"bearer {self.server.api_key(self.login(login or self.name))}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.dbname,
            },
            timeout=60,
        )
        return response.status_code, response.json()

    def _send_as_web_client(self, model, method, arguments):
        args = [arguments.pop(name) for name in ("ids", "vals_list") if name in arguments]
        params = {"model": model, "method": method, "args": args, "kwargs": arguments}
        answer = self.web.json(f"/web/dataset/call_kw/{model}/{method}", params)
        if "error" not in answer:
            return 200, answer["result"]
        refusal = answer["error"]["data"]["name"].startswith("odoo.exceptions.")
        return 403 if refusal else 500, answer["error"]["data"]

    def books(self):
        """All that an attack could have changed."""
        with self.inside() as env:
            books = []
            for query in (
                "SELECT id, user_id, team_id, stage_id, active, type, pool_id, name FROM crm_lead ORDER BY id",
                "SELECT id, state, user_id, pool_id, epoch, locked, keep_until FROM lead_pool_entry ORDER BY id",
                "SELECT id, user_id, ended_at FROM lead_pool_holding ORDER BY id",
                "SELECT id, held, capacity, day_n, weight, role, user_id FROM lead_pool_member ORDER BY id",
                "SELECT id, kind, lead_ref FROM lead_pool_event ORDER BY id",
                "SELECT id, name, visibility, claimable, strategy FROM lead_pool ORDER BY id",
                "SELECT id, state, outcome, decided_by_id FROM lead_pool_approval ORDER BY id",
                "SELECT id, pool_id FROM lead_pool_policy ORDER BY id",
                "SELECT id, state, cancel_asked FROM lead_pool_job ORDER BY id",
                "SELECT id, pool_id, user_id FROM lead_pool_simulation ORDER BY id",
                "SELECT id, name FROM lead_custom_field ORDER BY id",
                "SELECT id, opportunity_id, state FROM sale_order ORDER BY id",
                "SELECT res_id, partner_id FROM mail_followers WHERE res_model = 'crm.lead' ORDER BY id",
            ):
                env.cr.execute(query)
                books.append(env.cr.fetchall())
            return books

    def own_row(self):
        """Mallory's, whoever asks."""
        with self.inside() as env:
            mine = [("user_id", "=", self.users["mallory"]), ("pool_id", "=", self.pools["Harbour"])]
            return env["lead.pool.member"].search(mine).ids

    def lead_model(self):
        with self.inside() as env:
            return env["ir.model"]._get_id("crm.lead")


@functools.cache
def town_at(server):
    """One town for all files: building it takes longer than most tests."""
    return Town(server)


def refused(status, answer):
    """Why this is no decent refusal; an empty text if it is one."""
    if isinstance(answer, list) and answer and all(isinstance(row, dict) and "done" in row for row in answer):
        if any(row["done"] for row in answer):
            return f"done: {answer}"
        return "" if all(SENTENCE.search(row["message"] or "") for row in answer) else f"no sentence: {answer}"
    if status == 200 and isinstance(answer, dict) and answer.get("messages"):  # load
        texts = [message["message"] for message in answer["messages"]]
        return "" if not answer["ids"] and all(map(SENTENCE.search, texts)) else f"loaded: {answer}"
    if not 400 <= status < 500:
        return f"{status}: {str(answer)[:1500]}"
    message = answer.get("message", "") if isinstance(answer, dict) else str(answer)
    if not SENTENCE.search(message) or "Traceback" in message or "psycopg2" in message:
        return f"{status}: {message}"
    return ""


def wizard(town, model, values, context, *buttons):
    """Make a wizard and press its buttons; the first refusal, else the last answer."""
    status, answer = town.send(model, "create", vals_list=[values], context=context)
    for button in buttons:
        if status != 200:
            break
        status, answer = town.send(model, button, ids=answer if isinstance(answer, list) else [answer], context=context)
    return status, answer


def on(town):
    return {"active_model": "crm.lead", "active_id": town.lead, "active_ids": [town.lead]}
