"""A rep with an API key tries to get leads that he may not have, or more of them than he may.

Whatever he sends over JSON-2, he is refused with a sentence that a person understands, and nothing
has changed. The numbers are those of the list of attacks in the project's threat model: ownership
(1–17), limits (19, 23–27).
"""

import json
import re

import pytest
import requests
from department import Department

SENTENCE = re.compile(r"\w+ \w+ \w+")


@pytest.fixture(scope="module")
def town(odoo_server):
    return Town(odoo_server)


class Town(Department):
    """Mallory is a member of a masked pool, has a lead of her own, and colleagues have theirs."""

    def __init__(self, server):
        super().__init__(server.dbname, "attack")
        self.server = server
        self.hire("rep", "mallory", "ann", "boss")
        self.open_pool("Harbour", members=["mallory", "ann"], admins=["boss"])
        self.open_pool("Market", members=["mallory", "ann"], admins=["boss"])
        self.open_pool("Castle", members=["ann"], admins=["boss"])
        self.waiting = [lead for _entry, lead in self.leads("Harbour", 20)]
        self.elsewhere = [lead for _entry, lead in self.leads("Castle", 1)]
        self.anns = [lead for _entry, lead in self.leads("Harbour", 1, holder="ann")]
        with self.inside() as env:
            self.me = self.users["mallory"]
            self.entries = {e.lead_ref: e.id for e in env["lead.pool.entry"].search([])}
            self.team = env["crm.team"].create({"name": "Mallory's", "member_ids": [(4, self.me)]}).id
            self.stage = env["crm.stage"].search([("is_won", "=", True)], limit=1).id
            self.reasons = {r.kind: r.id for r in env["lead.pool.reason"].search([])}
        with self.inside("mallory") as env:
            self.mine = env["crm.lead"].create({"name": "Mallory's own"}).id

    @property
    def lead(self):
        return self.waiting[0]

    @property
    def entry(self):
        return self.entries[self.lead]

    def send(self, model, method, login="mallory", **arguments):
        """``(status, answer)`` of a JSON-2 call."""
        response = requests.post(
            f"{self.server.url}/json/2/{model}/{method}",
            data=json.dumps(arguments),
            headers={
                "Authorization": f"bearer {self.server.api_key(self.login(login))}",
                "Content-Type": "application/json",
                "X-Odoo-Database": self.dbname,
            },
            timeout=60,
        )
        return response.status_code, response.json()

    def books(self):
        """All that an attack could have changed."""
        with self.inside() as env:
            books = []
            for query in (
                "SELECT id, user_id, team_id, stage_id, active, type, pool_id, name FROM crm_lead ORDER BY id",
                "SELECT id, state, user_id, pool_id, epoch FROM lead_pool_entry ORDER BY id",
                "SELECT id, user_id, ended_at FROM lead_pool_holding ORDER BY id",
                "SELECT id, held, capacity, day_n, weight, role, user_id FROM lead_pool_member ORDER BY id",
                "SELECT id, kind, lead_ref FROM lead_pool_event ORDER BY id",
                "SELECT id, name, visibility, claimable, strategy FROM lead_pool ORDER BY id",
                "SELECT res_id, partner_id FROM mail_followers WHERE res_model = 'crm.lead' ORDER BY id",
            ):
                env.cr.execute(query)
                books.append(env.cr.fetchall())
            return books


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


FORGED = [
    {"lead_pool_pass": True},
    {"lead_pool_pass": "PASS"},
    {"lead_pool_pass": {"__class__": "Trust"}},
    {"tracking_disable": True, "mail_notrack": True, "install_mode": True},
    {"lead_pool_bypass": True, "_lead_pool_bypass": 1, "bypass_access": True},
    {"uid": 1, "su": True, "user_id": 1},
    {"active_test": False},
    {"allowed_company_ids": [1]},
    {"lead_pool_clock": "2020-01-01 00:00:00"},
    {"lead_pool_channel": "integration"},
    {"lead_pool_anonymous": True},
    {"import_file": True},
    {"module": "lead_pool"},
]

PRIVATE = [
    ("lead.pool.entry", "_claim", {}),
    ("lead.pool.entry", "_apply", {"moves": [], "locked": None}),
    ("lead.pool.entry", "_lock", {}),
    ("lead.pool.entry", "_enter", {"arrivals": []}),
    ("lead.pool.entry", "_owner_written", {"user": 1}),
    ("lead.pool.entry", "_close", {"closed_as": "lost"}),
    ("lead.pool.entry", "_recall", {}),
    ("lead.pool.entry", "_reclaim_due", {}),
    ("lead.pool.entry", "_cron_reclaim", {}),
    ("lead.pool.entry", "_project_set", {"rows": []}),
    ("lead.pool", "_cron_distribute", {}),
    ("lead.pool", "_distribute", {}),
    ("lead.pool", "_rules_changed", {}),
    ("lead.pool", "_import_policy", {"file": {}, "replace_members": True}),
    ("lead.pool.member", "_count_held", {}),
    ("lead.pool.request", "_once", {"verb": "x", "request_uid": "x", "work": None}),
    ("lead.pool.event", "_append", {"rows": []}),
    ("lead.follow.up", "_record", {"lead": 1, "values": {}}),
    ("crm.lead", "_arrive", {"plans": [], "channel": "ui"}),
    ("crm.lead", "_merge_opportunity", {}),
    ("crm.lead", "_handle_salesmen_assignment", {"user_ids": [1]}),
    ("crm.lead", "with_env", {"env": None}),
    ("crm.lead", "sudo", {}),
    ("crm.lead", "with_user", {"user": 1}),
    ("crm.lead", "browse", {}),
]

#: Number and name: what she sends.
ATTACKS = {
    "1 take one by writing": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"user_id": t.me}),
    "2 take twenty by writing": lambda t: t.send("crm.lead", "write", ids=t.waiting, vals={"user_id": t.me}),
    "2 one good, one not": lambda t: t.send("crm.lead", "write", ids=[t.mine, t.lead], vals={"priority": "3"}),
    "2 take a colleague's": lambda t: t.send("crm.lead", "write", ids=t.anns, vals={"user_id": t.me}),
    "3 create in a strange pool": lambda t: t.send(
        "crm.lead", "create", vals_list=[{"name": "x", "pool_id": t.pools["Castle"], "user_id": t.me}]
    ),
    "3 create in a colleague's hands": lambda t: t.send(
        "crm.lead", "create", vals_list=[{"name": "x", "pool_id": t.pools["Harbour"], "user_id": t.users["ann"]}]
    ),
    "3 create waiting": lambda t: t.send(
        "crm.lead", "create", vals_list=[{"name": "x", "pool_id": t.pools["Harbour"], "user_id": False}]
    ),
    "3 create an entry": lambda t: t.send(
        "lead.pool.entry", "create", vals_list=[{"lead_ref": t.mine, "pool_id": t.pools["Harbour"]}]
    ),
    "3 create a holding": lambda t: t.send(
        "lead.pool.holding", "create", vals_list=[{"lead_ref": t.lead, "user_id": t.me, "pool_id": 1, "epoch": 9}]
    ),
    "3 write the entry": lambda t: t.send(
        "lead.pool.entry", "write", ids=[t.entry], vals={"user_id": t.me, "state": "held"}
    ),
    "3 through the pool's lines": lambda t: t.send(
        "lead.pool", "write", ids=[t.pools["Harbour"]], vals={"member_ids": [[0, 0, {"user_id": t.me}]]}
    ),
    "3 through the lead's lines": lambda t: t.send(
        "crm.lead", "write", ids=[t.mine], vals={"pool_entry_ids": [[4, t.entry]]}
    ),
    "4 convert": lambda t: t.send("crm.lead", "convert_opportunity", ids=[t.lead], partner=False, user_ids=[t.me]),
    "4 our convert": lambda t: t.send("crm.lead", "action_convert", ids=[t.lead], values={}),
    "4 convert a colleague's": lambda t: t.send("crm.lead", "action_convert", ids=t.anns, values={}),
    "5 merge": lambda t: t.send("crm.lead", "merge_opportunity", ids=[t.mine, t.lead]),
    "5 merge a colleague's": lambda t: t.send("crm.lead", "merge_opportunity", ids=[t.mine, *t.anns]),
    "5 merge wizard": lambda t: wizard(
        t, "crm.merge.opportunity", {"opportunity_ids": [[6, 0, [t.mine, t.lead]]]}, on(t), "action_merge"
    ),
    "6 lead to opportunity": lambda t: wizard(
        t,
        "crm.lead2opportunity.partner",
        {"lead_id": t.lead, "name": "convert", "action": "create", "user_id": t.me},
        on(t),
        "action_apply",
    ),
    "6 leads to opportunities": lambda t: wizard(
        t,
        "crm.lead2opportunity.partner.mass",
        {"lead_id": t.lead, "action": "each_exist_or_create", "user_ids": [[6, 0, [t.me]]]},
        on(t),
        "action_mass_convert",
    ),
    "6 merge in the wizard": lambda t: wizard(
        t,
        "crm.lead2opportunity.partner",
        {"lead_id": t.mine, "name": "merge", "duplicated_lead_ids": [[6, 0, [t.mine, t.lead]]], "user_id": t.me},
        {"active_model": "crm.lead", "active_id": t.mine, "active_ids": [t.mine]},
        "action_apply",
    ),
    "6 our convert wizard": lambda t: wizard(t, "lead.pool.convert", {"lead_id": t.lead}, on(t), "action_convert"),
    "6 our follow-up wizard": lambda t: wizard(
        t, "lead.pool.follow.up", {"lead_id": t.lead, "note": "mine"}, on(t), "action_save"
    ),
    "7 copy": lambda t: t.send("crm.lead", "copy", ids=[t.lead], default={"user_id": t.me}),
    "8 load": lambda t: t.send("crm.lead", "load", fields=[".id", "user_id/.id"], data=[[str(t.lead), str(t.me)]]),
    "8 load as import": lambda t: t.send(
        "crm.lead",
        "load",
        fields=[".id", "user_id/.id"],
        data=[[str(t.lead), str(t.me)]],
        context={"import_file": True},
    ),
    "9 web_save": lambda t: t.send(
        "crm.lead", "web_save", ids=[t.lead], vals={"user_id": t.me}, specification={"name": {}}
    ),
    "9 onchange": lambda t: t.send(
        "crm.lead",
        "onchange",
        ids=[t.lead],
        values={"user_id": t.me},
        field_names=["user_id"],
        fields_spec={"name": {}, "user_id": {}},
    ),
    "10 unarchive": lambda t: t.send("crm.lead", "action_unarchive", ids=[t.lead]),
    "10 archive": lambda t: t.send("crm.lead", "action_archive", ids=[t.lead]),
    "10 lost": lambda t: t.send("crm.lead", "action_set_lost", ids=[t.lead]),
    "10 won": lambda t: t.send("crm.lead", "action_set_won", ids=[t.lead]),
    "10 lost wizard": lambda t: wizard(
        t, "crm.lead.lost", {"lead_ids": [[6, 0, [t.lead]]]}, on(t), "action_lost_reason_apply"
    ),
    "10 delete": lambda t: t.send("crm.lead", "unlink", ids=[t.lead]),
    "11 to my team": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"team_id": t.team}),
    "11 to another pool": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"pool_id": t.pools["Market"]}),
    "11 out of the pool": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"pool_id": False}),
    "12 drag": lambda t: t.send("crm.lead", "write", ids=[t.lead], vals={"stage_id": t.stage}),
    "12 drag and read": lambda t: t.send(
        "crm.lead", "web_save", ids=[t.lead], vals={"stage_id": t.stage}, specification={"stage_id": {}}
    ),
    "15 server action": lambda t: t.send(
        "ir.actions.server",
        "create",
        vals_list=[{"name": "x", "model_id": 1, "state": "code", "code": "env['crm.lead'].sudo()"}],
    ),
    "15 scheduled action": lambda t: t.send("ir.cron", "method_direct_trigger", ids=[1]),
    "15 rule": lambda t: t.send("ir.rule", "search_read", domain=[], fields=["name"]),
    "15 parameter": lambda t: t.send("ir.config_parameter", "set_param", key="lead_pool.stopped", value="1"),
    "23 my own capacity": lambda t: t.send(
        "lead.pool.member", "write", ids=own_row(t), vals={"capacity": 0, "held": 0, "day_n": 0}
    ),
    "23 my own row over all pools": lambda t: t.send(
        "lead.pool.rep", "write", ids=[1], vals={"capacity": 0, "own_limits": True}
    ),
    "23 make myself an admin": lambda t: t.send(
        "lead.pool.member",
        "create",
        vals_list=[{"pool_id": t.pools["Harbour"], "user_id": t.me, "role": "admin"}],
    ),
    "23 make myself a manager": lambda t: t.send("res.users", "write", ids=[t.me], vals={"group_ids": [[4, 1]]}),
    "24 weight": lambda t: t.send("lead.pool.member", "write", ids=own_row(t), vals={"weight": 1000}),
    "25 leave and come back": lambda t: t.send("lead.pool.member", "unlink", ids=own_row(t)),
    "27 return a colleague's": lambda t: t.send(
        "lead.pool.entry", "action_return", ids=[t.entries[t.anns[0]]], reason_id=t.reasons["return"]
    ),
    "27 return what waits": lambda t: t.send(
        "lead.pool.entry", "action_return", ids=[t.entry], reason_id=t.reasons["return"]
    ),
    "27 claim a colleague's": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entries[t.anns[0]]]),
    "27 claim in a strange pool": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entries[t.elsewhere[0]]]),
    "27 claim what does not exist": lambda t: t.send("lead.pool.entry", "action_claim", ids=[10**6, 0, -1]),
    "27 undo a colleague's claim": lambda t: t.send("lead.pool.entry", "action_undo_claim", ids=[t.entries[t.anns[0]]]),
    "27 undo what waits": lambda t: t.send("lead.pool.entry", "action_undo_claim", ids=[t.entry]),
    "27 pull from a strange pool": lambda t: t.send("lead.pool", "action_pull_next", ids=[t.pools["Castle"]]),
    "27 pull from no pool": lambda t: t.send("lead.pool", "action_pull_next", ids=[10**6]),
    "28 claim rule of my own": lambda t: t.send(
        "lead.pool.claim.rule", "create", vals_list=[{"name": "x", "pool_id": t.pools["Harbour"]}]
    ),
    "28 undo again": lambda t: t.send("lead.pool.rep", "write", ids=[1], vals={"undo_day": False}),
    "27 assign to myself": lambda t: t.send(
        "lead.pool.entry", "action_assign", ids=[t.entry], user_id=t.me, over_capacity=True
    ),
    "27 reclaim": lambda t: t.send("lead.pool.entry", "action_reclaim", ids=[t.entries[t.anns[0]]]),
    "27 transfer": lambda t: t.send("lead.pool.entry", "action_transfer", ids=[t.entry], pool_id=t.pools["Market"]),
    "27 invalid": lambda t: t.send(
        "lead.pool.entry", "action_mark_invalid", ids=[t.entry], reason_id=t.reasons["invalid"]
    ),
    "27 follow up a colleague's": lambda t: t.send(
        "crm.lead", "action_follow_up", ids=t.anns, values={"note": "I know them well"}
    ),
    "27 distribute": lambda t: t.send("lead.pool", "action_distribute", ids=[t.pools["Harbour"]]),
    "27 enrol": lambda t: t.send("lead.pool", "action_enrol", ids=[t.pools["Harbour"]], domain=[], dry_run=False),
    "27 open the pool": lambda t: t.send("lead.pool", "write", ids=[t.pools["Harbour"]], vals={"visibility": "open"}),
    "27 forge an event": lambda t: t.send(
        "lead.pool.event", "create", vals_list=[{"lead_ref": t.lead, "kind": "claimed", "seq": 99}]
    ),
    "27 follow the lead": lambda t: t.send("crm.lead", "message_subscribe", ids=[t.lead], partner_ids=[1]),
    "27 write on the lead": lambda t: t.send("crm.lead", "message_post", ids=[t.lead], body="mine"),
    "27 plan on the lead": lambda t: t.send(
        "mail.activity", "create", vals_list=[{"res_model_id": lead_model(t), "res_id": t.lead}]
    ),
    "27 hang a file on it": lambda t: t.send(
        "ir.attachment", "create", vals_list=[{"name": "x", "res_model": "crm.lead", "res_id": t.lead}]
    ),
    "malformed ids": lambda t: t.send("lead.pool.entry", "action_claim", ids=["1 OR 1=1"]),
    "malformed user": lambda t: t.send("lead.pool.entry", "action_assign", ids=[t.entry], user_id="me"),
    "malformed reason": lambda t: t.send("lead.pool.entry", "action_return", ids=[t.entry], reason_id="x"),
    "malformed uid": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entry], request_uid={"a": 1}),
    "long uid": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entry], request_uid="x" * 200),
    "unknown argument": lambda t: t.send("lead.pool.entry", "action_claim", ids=[t.entry], force=True),
}
ATTACKS.update(
    {
        f"13 {context}": lambda t, context=context: t.send(
            "crm.lead", "write", ids=[t.lead], vals={"user_id": t.me}, context=context
        )
        for context in FORGED
    }
)
ATTACKS.update(
    {
        f"14 {model}.{method}": lambda t, model=model, method=method, arguments=arguments: t.send(
            model, method, ids=[t.entry], **arguments
        )
        for model, method, arguments in PRIVATE
    }
)


def own_row(town):
    with town.inside() as env:
        return env["lead.pool.member"].search([("user_id", "=", town.me), ("pool_id", "=", town.pools["Harbour"])]).ids


def lead_model(town):
    with town.inside() as env:
        return env["ir.model"]._get_id("crm.lead")


@pytest.mark.parametrize("name", ATTACKS)
def test_a_rep_is_refused_with_a_sentence_and_nothing_changes(town, name):
    before = town.books()
    status, answer = ATTACKS[name](town)
    problem = refused(status, answer)
    assert not problem, problem
    assert town.books() == before


@pytest.mark.parametrize("context", FORGED, ids=str)
def test_no_context_lifts_a_limit(town, context):
    town.limit("mallory", "Harbour", capacity=1)
    with town.inside() as env:
        held = env["lead.pool.entry"].search_count([("user_id", "=", town.me)])
        if not held:
            entry = town.entries[town.waiting[4]]
            [answer] = env["lead.pool.entry"].with_user(town.me).browse(entry).action_claim()
            assert answer["done"]
    before = town.books()
    status, answer = town.send("lead.pool.entry", "action_claim", ids=[town.entries[town.waiting[1]]], context=context)
    assert not refused(status, answer), answer
    assert answer[0]["code"] == "capacity_full"
    assert town.books() == before


def test_a_repeated_request_has_one_effect_and_another_one_under_its_name_is_refused(town):  # 19
    town.limit("mallory", "Harbour", capacity=0)
    first, second = (town.entries[lead] for lead in town.waiting[2:4])
    status, answer = town.send("lead.pool.entry", "action_claim", ids=[first], request_uid="r-19")
    assert status == 200 and answer[0]["done"]
    before = town.books()
    for _n in range(10):
        assert town.send("lead.pool.entry", "action_claim", ids=[first], request_uid="r-19")[1] == answer
    status, other = town.send("lead.pool.entry", "action_claim", ids=[second], request_uid="r-19")
    assert not refused(status, other), other
    assert town.books() == before
    # another user's requests are his own
    status, anns = town.send("lead.pool.entry", "action_claim", login="ann", ids=[first], request_uid="r-19")
    assert anns[0]["code"] == "taken"


@pytest.mark.parametrize("value", [-1, 2**31, 2**63, 1e308, "NaN", "many", [1]], ids=str)
@pytest.mark.parametrize("field", ["capacity", "daily_claim_limit", "weight"])
def test_an_admin_cannot_set_a_limit_that_means_nothing(town, field, value):  # 23, 24
    before = town.books()
    status, answer = town.send("lead.pool.member", "write", login="boss", ids=own_row(town), vals={field: value})
    problem = refused(status, answer)
    assert not problem, problem
    assert town.books() == before


def test_a_member_who_leaves_and_comes_back_has_his_claims_counted(town):  # 25
    town.limit("mallory", "Market", daily_claim_limit=2)
    entries = [entry for entry, _lead in town.leads("Market", 3)]
    _status, answers = town.send("lead.pool.entry", "action_claim", ids=entries)
    assert [answer["done"] for answer in answers] == [True, True, False]
    with town.inside("boss") as env:
        market = [("user_id", "=", town.me), ("pool_id", "=", town.pools["Market"])]
        env["lead.pool.member"].search(market).unlink()
        env["lead.pool.member"].create({"pool_id": town.pools["Market"], "user_id": town.me, "daily_claim_limit": 2})
    _status, [answer] = town.send("lead.pool.entry", "action_claim", ids=entries[2:])
    assert answer["code"] == "daily_limit"
    assert town.held("mallory", "Market") == (2, 2)
    assert town.problems() == []


def test_a_limit_over_all_pools_holds_in_each(town):  # 26
    town.limit("mallory", "Market", daily_claim_limit=0)
    with town.inside() as env:
        rep = env["lead.pool.rep"].search([("user_id", "=", town.me)])
        rep.write({"own_limits": True, "capacity": rep.held + 1})
    one, two = (town.leads(pool, 1)[0][0] for pool in ("Harbour", "Market"))
    _status, answers = town.send("lead.pool.entry", "action_claim", ids=[one, two])
    assert [answer["done"] for answer in answers] == [True, False]
    assert answers[1]["code"] == "capacity_all_full"
    _status, [answer] = town.send("lead.pool.entry", "action_claim", ids=[two])
    assert answer["code"] == "capacity_all_full"
    with town.inside() as env:
        env["lead.pool.rep"].search([("user_id", "=", town.me)]).capacity = 0


def test_a_stale_screen_learns_that_the_lead_went_back(town):  # 27
    [(entry, lead)] = town.leads("Harbour", 1, holder="mallory")
    with town.inside("boss") as env:
        [answer] = env["lead.pool.entry"].browse(entry).action_reclaim()
        assert answer["done"]
    before = town.books()
    for status, answer in (
        town.send("lead.pool.entry", "action_return", ids=[entry], reason_id=town.reasons["return"]),
        town.send("lead.pool.entry", "action_mark_invalid", ids=[entry], reason_id=town.reasons["invalid"]),
        town.send("crm.lead", "action_follow_up", ids=[lead], values={"note": "Still mine, I think"}),
        town.send("crm.lead", "action_convert", ids=[lead], values={}),
        town.send("crm.lead", "write", ids=[lead], vals={"stage_id": town.stage}),
    ):
        problem = refused(status, answer)
        assert not problem, problem
    assert town.books() == before


def test_a_mail_is_no_claim(town):  # 16
    """A rep answers a message of a waiting lead by mail, and writes to the pool's own address."""
    with town.inside() as env:
        lead = env["crm.lead"].browse(town.lead)
        assert lead.pool_state == "waiting"
        parent = lead.message_post(body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment")
        mail = "\n".join(
            [
                f"From: {town.login('mallory')}@example.com",
                "To: sales@example.com",
                "Subject: Re: Hello",
                "Message-Id: <mallory-1@example.com>",
                f"In-Reply-To: {parent.message_id}",
                "",
                "This one is mine.",
            ]
        )
        before = lead.pool_entry_ids.read(["state", "user_id", "epoch", "last_follow_up_at"])
        env["mail.thread"].message_process("crm.lead", mail)
        env.flush_all()
        assert lead.pool_entry_ids.read(["state", "user_id", "epoch", "last_follow_up_at"]) == before
        assert env["res.users"].browse(town.me).partner_id not in lead.message_partner_ids
        new = mail.replace("In-Reply-To", "X-Nothing").replace("mallory-1", "mallory-2")
        env["mail.thread"].message_process("crm.lead", new)
        created = env["crm.lead"].search([], order="id desc", limit=1)
        assert created.id > lead.id
        assert not created.user_id


@pytest.mark.parametrize("path", ["/mail_plugin/lead/create", "/mail_plugin/lead/get_by_partner_id", "/livechat/lead"])
def test_no_side_door(town, path):  # 17
    """Routes of modules that are not installed do not exist."""
    browser = town.browser(town.server, "mallory")
    assert browser.post(path, json={"params": {"partner_id": 1}}).status_code in (404, 403)


def test_after_all_this_the_books_are_true(town):
    assert town.problems() == []
