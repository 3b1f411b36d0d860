"""The log of a server after a day on which much goes wrong: it says what failed, and of no customer who he is."""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from department import Department
from servers import OdooServer, RefusedCall

from odoo.tools import config

NAME, FIRM = "Ysolde Quillfeather", "Quillfeather Mills"
MAIL, PHONE = "ysolde@quillfeather.example", "+86 186 5937 2841"
CANARIES = ("ysolde", "quillfeather", "5937 2841", "59372841", "186-5937")
PERSON = {"name": NAME, "phone": PHONE, "email": MAIL, "company": FIRM}
SECRET = "a secret of the platform"


class Receiver(BaseHTTPRequestHandler):
    """A platform that fails, and quotes in its answer what it was sent."""

    def do_POST(self):
        self.fail(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        self.fail(json.dumps({"error": {"code": 100, "message": f"No consent of {NAME}, {PHONE}"}}).encode())

    def fail(self, content):
        self.send_response(500)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """What a test receives is no news."""


@pytest.fixture(scope="module")
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def house(make_database, receiver, tmp_path_factory):
    """A department whose database refuses leads of one kind, as another module's constraint would."""
    house = Department(make_database(), "log")
    house.hire("manager", "mona")
    house.hire("marketing", "marla")
    house.hire("rep", "rita", "rob", "boss")
    house.open_pool("Web", members=["rita", "rob"], admins=["boss"])
    house.leads("Web", 1, contact_name=NAME, phone=PHONE, email_from=MAIL, partner_name=FIRM)
    with house.inside() as env:
        env.cr.execute("ALTER TABLE crm_lead ADD CONSTRAINT no_poison CHECK (city IS DISTINCT FROM 'Poison')")
    # the receivers are on this machine, which a server has to be told
    conf = tmp_path_factory.mktemp("conf") / "odoo.conf"
    text = pathlib.Path(os.environ["ODOO_RC"]).read_text(encoding="utf-8")
    conf.write_text(f"{text}\nlead_pool_robot_loopback = True\nlead_pool_graph_loopback = {receiver}\n")
    house.server = OdooServer(house.dbname, options=["-c", str(conf)]).start()
    yield house
    house.server.stop()


def run(house, name):
    """The scheduled action, by the button of its form."""
    with house.inside() as env:
        number = env.ref(f"lead_pool.ir_cron_{name}").id
    house.server.call("ir.cron", "method_direct_trigger", ids=[number])


def refused(house, login, model, method, **arguments):
    """What he is told who may not."""
    with pytest.raises(RefusedCall) as refusal:
        house.server.call(model, method, login=house.login(login), **arguments)
    return refusal.value.answer["message"]


def intakes(house):
    """New, known, without a name, poisonous, forged, and one that Meta would not tell of."""
    lock = {"signature_method": "hmac_body", "secret": SECRET, "signature_prefix": "sha256="}
    with house.inside("mona") as env:
        values = {"pool_id": house.pools["Web"], "per_minute": 1000}
        plain, locked, meta = env["lead.pool.intake"].create(
            [
                {"name": "Plain", "kind": "json", **values},
                {"name": "Locked", "kind": "json", **lock, **values},
                {"name": "Meta", "kind": "meta", **lock, **values},
            ]
        )
        plain.mapping_ids = [(0, 0, {"path": "city", "target": "city", "sequence": 999})]
        meta.page_token = "EAABsbCS1iHgBAKZC"
        address = f"{house.server.url}/lead_pool/in/"
        plain, locked, meta = ((one.id, address + one.token) for one in (plain, locked, meta))
    bodies = [
        {**PERSON, "id": 1},
        {**PERSON, "id": 2, "phone": "+86 186-5937-2842", "name": f"{NAME} again"},
        {"id": 3, "message": f"Call {NAME} at {PHONE}"},
        {"id": 4, "name": f"{NAME} Minor", "phone": "+86 186-5937-2843", "city": "Poison"},
        {**PERSON, "id": 5, "phone": [{NAME: PHONE}], "expected": f"{NAME} pays"},
    ]
    for body in bodies:
        assert requests.post(plain[1], json=body, timeout=60).status_code == 200
    assert requests.post(plain[1], data=f'{{"name": "{NAME}", '.encode(), timeout=60).status_code == 400
    assert requests.post(locked[1], json=PERSON, timeout=60).status_code == 403
    notice = {"entry": [{"id": 3, "changes": [{"field": "leadgen", "value": {"leadgen_id": 11, "page_id": 3}}]}]}
    body = json.dumps({"object": "page", **notice}).encode()
    mark = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": mark, "X-Signature": mark, "Content-Type": "application/json"}
    assert requests.post(meta[1], data=body, headers=headers, timeout=60).status_code == 200
    run(house, "received")
    with house.inside() as env:
        rows = env["lead.pool.received"].search([("intake_id", "in", [plain[0], meta[0]])])
        states = {row.external_key or row.id: row.state for row in rows}
        assert (states["id:1"], states["id:3"], states["id:4"], states["id:11"]) == ("done", "failed", "failed", "dead")


def import_a_file(house):
    rows = [
        "Contact Name,Phone,E-mail,City,Expected Closing",
        f"{NAME} A,+86 186-5937-2850,a-{MAIL},,",
        f"{NAME} B,quillfeather,b-{MAIL},,Poison day of {NAME}",
        f"{NAME} C,+86 186-5937-2851,c-{MAIL},Poison,",
        f"{NAME} D,{PHONE},{MAIL},,",
    ]
    file = base64.b64encode("\n".join(rows).encode()).decode()
    values = {"file": file, "file_name": "fair.csv", "destination": "pool", "pool_id": house.pools["Web"]}
    call = house.server.call
    [number] = call("lead.pool.import", "create", login=house.login("marla"), vals_list=[values])
    call("lead.pool.import", "action_check", login=house.login("marla"), ids=[number])
    call("lead.pool.import", "action_import", login=house.login("marla"), ids=[number])
    run(house, "jobs")
    with house.inside() as env:
        assert set(env["lead.pool.import"].browse(number).row_ids.mapped("code")) >= {"created", "invalid"}


def tell_others(house, receiver, monkeypatch):
    monkeypatch.setitem(config.options, "lead_pool_robot_loopback", "True")
    with house.inside("mona") as env:
        env["lead.pool.webhook"].create({"name": "Warehouse", "url": f"{receiver}/in", "secret": SECRET})
        values = {"name": "Group", "platform": "wecom", "url": f"{receiver}/send?key=k", "pool_id": house.pools["Web"]}
        env["lead.pool.robot"].create(values)
    [(entry, lead)] = house.leads("Web", 1, contact_name=NAME, phone="+86 186-5937-2860", name=f"{NAME} wants tea")
    run(house, "webhooks")
    run(house, "robots")
    with house.inside() as env:
        assert env["lead.pool.webhook.delivery"].search([]).mapped("failures") == [1]
        assert env["lead.pool.robot"].search([]).message_ids.mapped("failures") == [1]
    return entry, lead


def refusals(house, entry, lead):
    """What people are told on the way; some sentences name the customer to who may read of him."""
    call = house.server.call
    refused(house, "rita", "lead.pool.entry", "action_is_taken", phone=f"{NAME}?")
    refused(house, "rita", "crm.lead", "write", ids=[lead], vals={"phone": PHONE})
    [taken] = call("lead.pool.entry", "action_claim", login=house.login("rita"), ids=[entry])
    assert taken["done"]
    with house.inside() as env:
        person = env["res.partner"].create({"name": NAME, "phone": PHONE}).id
    told = refused(house, "rita", "crm.lead", "action_convert", ids=[lead], values={"parent_id": person})
    assert NAME in told
    return lead


def a_failing_round(house):
    """A lead that cannot be taken back, and a rule that cannot be evaluated."""
    [(entry, lead)] = house.leads("Web", 1, holder="rob", contact_name=NAME, phone="+86 186-5937-2870")
    with house.inside() as env:
        env.cr.execute(
            """CREATE FUNCTION no_return() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   RAISE 'The lead of % is kept, %', NEW.contact_name, NEW.phone; END $$;
               CREATE TRIGGER no_return BEFORE UPDATE ON crm_lead FOR EACH ROW
                  WHEN (NEW.user_id IS NULL AND OLD.user_id IS NOT NULL) EXECUTE FUNCTION no_return()"""
        )
        env.cr.execute("UPDATE lead_pool_entry SET reclaim_at = '2020-01-01' WHERE id = %s", [entry])
    run(house, "reclaim")
    with house.inside() as env:
        assert env["crm.lead"].browse(lead).user_id.id == house.users["rob"]
        env.cr.execute("DROP FUNCTION no_return() CASCADE")


def erase(house):
    answer = house.server.call("lead.pool.erasure", "action_erase", login=house.login("mona"), phone=PHONE, email=MAIL)
    assert answer["counts"]["crm.lead"] >= 1
    refused(house, "rita", "lead.pool.erasure", "action_erase", phone=PHONE)


def test_atk_48_a_day_on_which_much_fails_writes_no_customer_into_the_log(house, receiver, monkeypatch):
    intakes(house)
    import_a_file(house)
    entry, lead = tell_others(house, receiver, monkeypatch)
    refusals(house, entry, lead)
    a_failing_round(house)
    erase(house)
    log = house.server.log.read_text(encoding="utf-8", errors="replace")
    assert " INFO " in log and "bad query" in log and "Left out, since it fails by itself" in log
    told = [line for line in log.splitlines() if any(canary in line.lower() for canary in CANARIES)]
    assert told == []
    with house.inside() as env:
        env.cr.execute("ALTER TABLE crm_lead DROP CONSTRAINT no_poison")
    assert house.problems() == []
