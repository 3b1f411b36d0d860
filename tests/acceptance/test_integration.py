"""Programs of other people: they follow the events as docs/integration.md says, over HTTP, and get no further."""

import json
import pathlib
import re
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from department import Department
from servers import OdooServer

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/integration.md"
SECRET = "a-secret-of-the-warehouse"
TOKEN = "of-the-monitor"


def examples():
    """What the page's examples define."""
    defined = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        exec(block, defined)  # noqa: S102 our own page
    return defined


class Receiver(BaseHTTPRequestHandler):
    got = []

    def do_POST(self):
        self.got.append((self.rfile.read(int(self.headers["Content-Length"])), dict(self.headers)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        """What a test receives is no news."""


@pytest.fixture(scope="module")
def house(make_database):
    house = Department(make_database(), "house")
    house.hire("manager", "mona")
    house.hire("rep", "rita", "boss")
    house.hire("program", "warehouse")
    house.hire("portal", "paula")
    house.open_pool("Web", members=["rita"], admins=["boss"])
    house.hook = None
    with house.inside() as env:
        env["ir.config_parameter"].set_param("lead_pool.health_token", TOKEN)
    house.server = OdooServer(house.dbname).start()
    yield house
    house.server.stop()


def call(house, name, model, method, **arguments):
    return requests.post(
        f"{house.server.url}/json/2/{model}/{method}",
        json=arguments,
        headers={"Authorization": f"bearer {house.server.api_key(house.login(name))}"},
        timeout=60,
    )


def test_a_program_hands_in_a_lead_and_a_rep_claims_it_as_the_page_says(house):
    url, does = house.server.url, examples()
    key, of_rita = (house.server.api_key(house.login(name)) for name in ("warehouse", "rita"))
    given = [{"contact_name": "Li Si", "phone": "+86 138 0013 8001", "city": "Beijing", "pool_id": house.pools["Web"]}]
    [answer] = does["hand_in"](url, key, given, "form-4711")
    example = re.search(r"answers\n`\[(.*?)\]`", PAGE.read_text("utf-8"))[1]
    assert {**json.loads(example), "id": answer["id"]} == answer
    assert does["hand_in"](url, key, given, "form-4711") == [answer]
    lead = does["claim_one"](url, of_rita, "of-rita-1")
    assert lead == {"id": answer["id"], "contact_name": "Li Si", "phone": "+86 138 0013 8001"}
    assert does["claim_one"](url, of_rita, "of-rita-2") is None, "nothing else waits"
    given_back = does["follow_up_and_return"](
        url, of_rita, lead["id"], "Wants to think about it until spring", "Unreachable"
    )
    assert (given_back["done"], given_back["code"]) == (True, False), given_back
    with house.inside() as env:
        assert env["lead.follow.up"].search([("lead_id", "=", lead["id"])]).counts
        assert env["lead.pool.entry"].search([("lead_ref", "=", lead["id"])]).state == "waiting"


def test_a_program_follows_as_the_page_says(house):
    follow = examples()["follow"]
    url, key = house.server.url, house.server.api_key(house.login("warehouse"))
    after = call(house, "warehouse", "lead.pool.event", "feed", after="now").json()["next"]
    leads = [lead for _entry, lead in house.leads("Web", 3, contact_name="Zhang San", phone="13800138000")]
    told = list(follow(url, key, after))
    assert [(event["lead"], event["kind"], event["seq"]) for event, _cursor in told] == [
        (lead, "entered", 1) for lead in leads
    ]
    assert "Zhang" not in json.dumps(told) and "138" not in json.dumps(told)
    assert [event["lead"] for event, _cursor in follow(url, key, told[0][1])] == leads[1:]
    assert list(follow(url, key, after, kinds=["claimed"])) == []
    example = json.loads(re.search(r"## An event\n\n```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1])
    assert list(example) == list(told[0][0])


def test_an_event_arrives_signed_as_the_page_says(house, monkeypatch):
    is_from_lead_pool = examples()["is_from_lead_pool"]
    from odoo.tools import config

    monkeypatch.setitem(config.options, "lead_pool_robot_loopback", "True")
    receiver = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        with house.inside("mona") as env:
            address = f"http://127.0.0.1:{receiver.server_port}/in"
            env["lead.pool.webhook"].create({"name": "Warehouse", "url": address, "secret": SECRET})
        [(_entry, lead)] = house.leads("Web", 1)
        with house.inside() as env:
            env["lead.pool.webhook"]._cron_deliver()
    finally:
        receiver.shutdown()
        receiver.server_close()
    [(body, headers)] = Receiver.got
    assert is_from_lead_pool(body, headers, SECRET)
    assert not is_from_lead_pool(body + b" ", headers, SECRET)
    assert not is_from_lead_pool(body, headers, "another")
    assert json.loads(body)["event"]["lead"] == lead


def test_who_is_no_program_follows_nothing_and_replays_nothing(house):
    with house.inside("mona") as env:
        hook = env["lead.pool.webhook"].create({"name": "W", "url": "https://example.com/in", "secret": SECRET}).id
    for name in ("rita", "boss", "paula"):
        assert call(house, name, "lead.pool.event", "feed").status_code == 403
    for name in ("rita", "boss", "paula", "warehouse"):
        for method, arguments in (
            ("action_replay", {"after": "MS4w"}),
            ("action_go_on", {}),
            ("action_pause", {}),
            ("action_send_sample", {}),
            ("write", {"vals": {"url": "https://attacker.example.com"}}),
            ("read", {"fields": ["name"]}),
        ):
            assert call(house, name, "lead.pool.webhook", method, ids=[hook], **arguments).status_code == 403
        made = call(house, name, "lead.pool.webhook", "create", vals_list=[{"name": "Mine", "secret": SECRET}])
        assert made.status_code == 403
    for model in ("lead.pool.event", "lead.pool.entry", "crm.lead", "lead.pool.webhook.delivery", "lead.pool"):
        assert call(house, "warehouse", model, "search", domain=[]).status_code == 403
    assert call(house, "mona", "lead.pool.webhook", "read", ids=[hook], fields=["kept_url"]).status_code == 403


def test_nobody_else_looks_up_or_erases_a_person(house):
    [(_entry, lead)] = house.leads("Web", 1, contact_name="Li Si", phone="+8613700000001")
    asked = {"phone": "+8613700000001"}
    for name in ("rita", "boss", "paula", "warehouse"):
        for method in ("action_held", "action_erase"):
            assert call(house, name, "lead.pool.erasure", method, **asked).status_code == 403
        assert call(house, name, "lead.pool.forget", "create", vals_list=[asked]).status_code == 403
        assert call(house, name, "lead.pool.erasure", "search", domain=[]).status_code == 403
    assert call(house, "mona", "lead.pool.erasure", "action_held", **asked).json()["crm.lead"] == 1
    erased = call(house, "mona", "lead.pool.erasure", "action_erase", **asked).json()
    with house.inside() as env:
        assert env["crm.lead"].browse(lead).contact_name is False
    for method, arguments in (("write", {"vals": {"lead_refs": "#1"}}), ("unlink", {})):
        assert call(house, "mona", "lead.pool.erasure", method, ids=[erased["id"]], **arguments).status_code == 403


def test_no_webhook_leads_into_the_inside(house):
    def made(url):
        vals = [{"name": "Inside", "url": url, "secret": SECRET}]
        return call(house, "mona", "lead.pool.webhook", "create", vals_list=vals)

    for url in (
        "http://127.0.0.1:8069/",
        "http://metadata.internal/",
        "gopher://127.0.0.1/",
        "https://me:pw@10.0.0.1/",
    ):
        assert made(url).status_code == 422
    for url in ("https://127.0.0.1/", "https://169.254.169.254/latest", "https://[::1]/", "https://localhost/"):
        answer = call(house, "mona", "lead.pool.webhook", "action_send_sample", ids=made(url).json()).json()
        assert not answer["done"] and "private network" in answer["message"]


def test_the_health_address_answers_its_token_only(house):
    url = f"{house.server.url}/lead_pool/health"
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
        answer = requests.get(url, headers=headers, timeout=60)
        assert (answer.status_code, answer.text) == (404, "")
    answer = requests.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
    assert answer.status_code in (200, 503) and answer.json()["queues"]["intake"] == 0
    example = re.search(r"## Health address.*?```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1]
    assert list(json.loads(example)) == list(answer.json())
    assert requests.post(url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60).status_code >= 400
