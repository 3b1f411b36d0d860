"""ATK-17: what the mail plug-in and the live chat, where they are installed, let people do with others' leads.

Both know customers by mail or by a conversation, and hang their leads on them.
"""

import json
import secrets

import pytest
import requests
from servers import API_KEY_HASH

WORD = "zanzibari"


@pytest.fixture(scope="module")
def hidden(shop):
    """Three leads of one known customer: one waits, one is Ann's, one is Ben's. The word is in the first two."""
    shop.hire("outsider", "ida")
    with shop.inside() as env:
        shop.customer = env["res.partner"].create({"name": "A customer", "email": "buyer@customer.test"}).id
    values = {"partner_id": shop.customer, "description": f"<p>{WORD} wants a quote</p>"}
    [(_entry, shop.waiting)] = shop.leads("Inbound", 1, **values, partner_name=f"{WORD} Ltd")
    [(_entry, shop.anns)] = shop.leads("Inbound", 1, holder="ann", **values)
    [(_entry, shop.bens)] = shop.leads("Inbound", 1, holder="ben", partner_id=shop.customer)
    with shop.inside() as env:
        for lead in env["crm.lead"].browse([shop.waiting, shop.anns]):
            lead.name = f"{WORD} deal {lead.id}"
    return shop


class Plugin:
    """The mail plug-in in somebody's mail program; ``None`` has none, and the web client's session instead."""

    def __init__(self, shop, name, scope="odoo.plugin.outlook"):
        self.url, self.answers, self.headers = shop.server.url, [], {}
        if scope:
            key = secrets.token_hex(20)
            self.headers["Authorization"] = f"Bearer {key}"
            with shop.inside() as env:
                env.cr.execute(
                    "INSERT INTO res_users_apikeys (name, user_id, scope, key, index) VALUES ('mail', %s, %s, %s, %s)",
                    [shop.users[name], scope, API_KEY_HASH.hash(key), key[:8]],
                )
            self.session = requests.Session()
        else:
            self.session = shop.browser(shop.server, name).session

    def ask(self, path, **params):
        body = {"jsonrpc": "2.0", "params": params}
        answer = self.session.post(self.url + path, json=body, headers=self.headers, timeout=60)
        self.answers.append((path, answer.text))
        return answer.json()

    def everything(self, shop):
        """Reads what it can of the customer, and writes on each lead."""
        self.ask("/mail_plugin/partner/get", partner_id=shop.customer)
        self.ask("/mail_client_extension/partner/get", name="A customer", email="buyer@customer.test")
        self.ask("/mail_plugin/partner/search", search_term="buyer@customer.test")
        self.ask("/mail_plugin/partner/search", search_term=WORD)
        self.ask("/mail_client_extension/lead/get_by_partner_id", partner=shop.customer, limit=50)
        for lead in (shop.waiting, shop.anns):
            for path, params in (
                ("/mail_plugin/log_mail_content", {"model": "crm.lead", "res_id": lead, "message": "<p>Mine</p>"}),
                ("/mail_client_extension/log_single_mail_content", {"lead": lead, "message": "Mine"}),
            ):
                assert "error" in self.ask(path, **params), f"{path} on lead {lead}"
            page = self.session.get(f"{self.url}/mail_client_extension/lead/open?lead_id={lead}", timeout=60)
            self.answers.append(("open", page.text))

    def leaks(self):
        return [f"{path}: {text[:300]}" for path, text in self.answers if WORD in text.lower()]


def books(shop):
    with shop.inside() as env:
        leads = env["crm.lead"].browse([shop.waiting, shop.anns])
        return [
            (lead.user_id.id, lead.pool_state, len(lead.message_ids), lead.message_follower_ids.ids, lead.partner_id.id)
            for lead in leads
        ]


def test_atk_17_the_mail_plug_in_reads_and_writes_what_its_user_may(hidden):
    """Ben's own lead shows that the questions work; the other two are neither told nor touched."""
    before = books(hidden)
    for name in ("ben", "ida"):
        plugin = Plugin(hidden, name)
        plugin.everything(hidden)
        assert plugin.leaks() == []
    ben = Plugin(hidden, "ben")
    shown = ben.ask("/mail_plugin/partner/get", partner_id=hidden.customer)["result"]["leads"]
    assert [lead["lead_id"] for lead in shown] == [hidden.bens]
    assert ben.ask("/mail_plugin/log_mail_content", model="crm.lead", res_id=hidden.bens, message="<p>Hi</p>")["result"]
    boss = Plugin(hidden, "boss")
    boss.ask("/mail_plugin/partner/get", partner_id=hidden.customer)
    assert boss.leaks(), "the manager is told"
    assert books(hidden) == before


@pytest.mark.parametrize("scope", [None, "rpc"])
def test_atk_17_without_a_key_of_the_plug_in_it_answers_nobody(hidden, scope):
    before = books(hidden)
    plugin = Plugin(hidden, "ann", scope=scope)
    for path in ("/mail_plugin/partner/get", "/mail_plugin/lead/create", "/mail_plugin/log_mail_content"):
        answer = plugin.ask(path, partner_id=hidden.customer, email_body="x", email_subject="x", model="crm.lead")
        assert "result" not in answer
    assert books(hidden) == before


def test_atk_17_a_lead_made_in_the_mail_program_is_ones_own_and_nobody_elses(hidden):
    """Its owner is who made it, whatever is sent besides; it takes nothing from the lead that is there."""
    before = books(hidden)
    forged = {"user_id": hidden.users["ann"], "pool_id": hidden.pools["Help"], "team_id": hidden.teams["Help"]}
    made = Plugin(hidden, "ben").ask(
        "/mail_plugin/lead/create", partner_id=hidden.customer, email_body="Hello", email_subject="Offer", **forged
    )
    with hidden.inside() as env:
        lead = env["crm.lead"].browse(made["result"]["lead_id"])
        assert (lead.user_id.id, lead.name) == (hidden.users["ben"], "Offer")
        assert lead.pool_id.id != hidden.pools["Help"]
    answer = Plugin(hidden, "ida").ask(
        "/mail_plugin/lead/create", partner_id=hidden.customer, email_body="Hello", email_subject="Offer"
    )
    assert "error" in answer
    assert books(hidden) == before


def test_atk_17_a_conversation_tells_its_operator_no_hidden_lead(hidden):
    """Beside a chat with a known customer Odoo lists his leads by name: those that the operator may read."""
    with hidden.inside() as env:
        [guest] = env["res.users"].browse(hidden.users["paula"]).partner_id
        env["crm.lead"].browse([hidden.waiting, hidden.anns, hidden.bens]).partner_id = guest
        operator = env["res.users"].browse(hidden.users["ben"])
        room = env["im_livechat.channel"].create({"name": "Help", "user_ids": [(6, 0, operator.ids)]})
        env["mail.presence"]._update_presence(operator)
    paula = hidden.browser(hidden.server, "paula")
    opened = paula.json("/im_livechat/get_session", {"channel_id": room.id, "persisted": True})["result"]
    chat = opened["channel_id"]
    said = {"body": "Hello", "message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
    paula.json("/mail/message/post", {"thread_model": "discuss.channel", "thread_id": chat, "post_data": said})
    before = books(hidden)
    ben = hidden.browser(hidden.server, "ben")
    told = ben.json("/mail/data", {"fetch_params": [["/im_livechat/session/data", {"channel_id": chat}]]})["result"]
    assert [lead["id"] for lead in told["crm.lead"]] == [hidden.bens]
    assert WORD not in json.dumps(told).lower()
    body = {"args": [[chat]], "model": "discuss.channel", "method": "execute_command_lead"}
    answer = ben.json(
        "/web/dataset/call_kw/discuss.channel/execute_command_lead", {**body, "kwargs": {"body": "/lead Again"}}
    )
    assert WORD not in json.dumps(answer).lower()
    after = books(hidden)
    assert [(owner, state, *rest) for owner, state, _told, *rest in after] == [
        (owner, state, *rest) for owner, state, _told, *rest in before
    ]
    # the conversation is a repeat inquiry of the known customer: its message is all that the waiting lead got
    assert [one[2] - other[2] for one, other in zip(after, before, strict=True)] == [1, 0]
    with hidden.inside() as env:
        assert env["lead.pool.inquiry"].search([("lead_id", "=", hidden.waiting)]).channel == "livechat"
