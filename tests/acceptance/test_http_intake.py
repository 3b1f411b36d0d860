"""Platforms, landing pages and attackers at the intake, over HTTP, on a server of several processes."""

import base64
import concurrent.futures
import hashlib
import hmac
import json
import socket
import time
from contextlib import contextmanager

import pytest
import requests
from department import Department

SECRET = "a s3cret of the platform"
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Counter(Department):
    """A pool into which everything goes that comes in by HTTP, and one endpoint for each test."""

    def __init__(self, server):
        super().__init__(server.dbname, "intake")
        self.server = server
        self.hire("manager", "mona")
        self.hire("rep", "rita", "boss", "otto")
        self.hire("marketing", "marla")
        self.open_pool("Web", members=["rita"], admins=["boss"])
        with self.inside() as env:
            group = env.ref("lead_pool.group_integration")
            env["res.users"].browse(self.users["otto"]).group_ids = [(4, group.id)]

    def endpoint(self, **values):
        with self.inside("mona") as env:
            intake = env["lead.pool.intake"].create(
                {"name": "Test", "pool_id": self.pools["Web"], "per_minute": 100000, **values}
            )
            return Endpoint(self, intake.id, intake.token)

    def take_in(self):
        """The scheduled action runs, as it does after each request where there are workers for it."""
        with self.inside() as env:
            env["lead.pool.received"]._cron_take_in()

    @contextmanager
    def no_trace(self):
        """Nothing that an outsider sends makes the server write an error into its log."""
        before = len(self.server.log.read_text(encoding="utf-8"))
        yield
        log = self.server.log.read_text(encoding="utf-8")[before:]
        for word in ("Traceback", " ERROR ", "could not serialize", "bad query", SECRET):
            assert word not in log, log[log.index(word) - 1000 :][:3000]


class Endpoint:
    def __init__(self, counter, number, token):
        self.counter, self.id, self.url = counter, number, f"{counter.server.url}/lead_pool/in/{token}"

    def post(self, body, headers=JSON, session=requests, query=""):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return session.post(self.url + query, data=data, headers=headers, timeout=60)

    def rows(self, **values):
        """``[(state, code, lead id)]`` of what came in, in order."""
        domain = [("intake_id", "=", self.id), *((name, "=", value) for name, value in values.items())]
        with self.counter.inside() as env:
            rows = env["lead.pool.received"].search(domain, order="id")
            return [(row.state, row.code or "", row.lead_id.id) for row in rows]

    def read(self, number, *names):
        with self.counter.inside() as env:
            row = env["lead.pool.received"].browse(number)
            return [row[name] for name in names]


def person(number, **more):
    return {"id": f"p{number}", "name": f"Visitor {number}", "phone": f"+86 139 1{number:03d} {number:04d}", **more}


def signed(body, secret=SECRET, **headers):
    data = json.dumps(body).encode()
    value = "sha256=" + hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return data, {**JSON, "X-Signature": value, **headers}


@pytest.fixture(scope="module")
def counter(odoo_server):
    return Counter(odoo_server)


@pytest.fixture(scope="module")
def locked(counter):
    """An endpoint that asks for a signature of the body, and for a time stamp in it."""
    return counter.endpoint(
        signature_method="hmac_body",
        secret=SECRET,
        signature_prefix="sha256=",
        max_age_minutes=10,
        stamp_place="body",
        stamp_name="sent_at",
    )


# What a platform does


def test_a_lead_is_answered_at_once_and_waits_in_its_pool_afterwards(counter):
    endpoint = counter.endpoint(kind="json")
    answer = endpoint.post(person(1, message="Please call <b>me</b>"))
    assert answer.status_code == 200
    assert answer.json()["status"] == "received"
    assert "Set-Cookie" not in answer.headers
    assert endpoint.rows() == [("received", "", False)]
    counter.take_in()
    [(state, _code, lead)] = endpoint.rows()
    assert state == "done"
    with counter.inside() as env:
        lead = env["crm.lead"].browse(lead)
        assert (lead.pool_id.id, lead.user_id.id, lead.pool_state) == (counter.pools["Web"], False, "waiting")
        assert (lead.contact_name, lead.phone) == ("Visitor 1", "+86 139 1001 0001")
        assert "<b>" not in lead.description, "what strangers write is text"
    assert counter.problems() == []


def test_a_form_of_a_landing_page_and_one_in_parts(counter):
    endpoint = counter.endpoint(kind="form", create_utm=True)
    body = "name=%E6%9D%8E%E5%A8%9C&phone=%2B86+139+2000+0001&utm_campaign=Spring&user_id=1&stage_id=4&active="
    assert endpoint.post(body.encode(), FORM).status_code == 200
    parts = {"name": (None, "Wang"), "phone": (None, "+86 139 2000 0002")}
    assert requests.post(endpoint.url, files=parts, timeout=60).status_code == 200
    with_file = {**parts, "cv": ("cv.pdf", b"%PDF")}
    assert requests.post(endpoint.url, files=with_file, timeout=60).status_code == 400
    counter.take_in()
    rows = endpoint.rows()
    assert [row[:2] for row in rows[2:]] == [("refused", "file")]
    with counter.inside() as env:
        leads = env["crm.lead"].browse([row[2] for row in rows[:2]])
        assert leads.mapped("contact_name") == ["李娜", "Wang"]
        assert leads[0].campaign_id.title == "Spring"
        assert not leads.user_id, "a visitor says nothing about whose lead it is"


def test_the_documented_lead_form_of_google_with_its_test(counter):
    endpoint = counter.endpoint(kind="google", body_secret="g00gle")
    answers = {"FULL_NAME": "Ada", "PHONE_NUMBER": "+86 139 3000 0001", "EMAIL": "ada@example.com"}
    columns = [{"column_id": name, "string_value": value} for name, value in answers.items()]
    lead = {"lead_id": "G1", "user_column_data": columns, "google_key": "g00gle", "is_test": False}
    assert endpoint.post({**lead, "google_key": "wrong"}).status_code == 403
    assert endpoint.post({**lead, "lead_id": "G0", "is_test": True}).json()["status"] == "received"
    first = endpoint.post(lead).json()
    assert endpoint.post(lead).json() == {"status": "duplicate", "id": first["id"]}
    counter.take_in()
    assert [row[:2] for row in endpoint.rows()][0] == ("refused", "secret")
    [(state, _code, no_lead)] = endpoint.rows(is_test=True)
    assert (state, no_lead) == ("done", False)
    [body, made] = endpoint.read(first["id"], "body", "lead_id")
    assert "g00gle" not in body
    with counter.inside() as env:
        assert made.with_env(env).email_from == "ada@example.com"


def test_the_handshake_and_the_signed_notification_of_meta(counter):
    endpoint = counter.endpoint(kind="meta", secret=SECRET, signature_method="hmac_body", verify_token="v3rify")
    ask = "?hub.mode=subscribe&hub.challenge={}&hub.verify_token={}"
    right = requests.get(endpoint.url + ask.format("1158201444", "v3rify"), timeout=60)
    assert (right.status_code, right.text) == (200, "1158201444")
    assert right.headers["Content-Type"].startswith("text/plain")
    for challenge, token in (("1158201444", "wrong"), ("<script>", "v3rify"), ("", "v3rify")):
        assert requests.get(endpoint.url + ask.format(challenge, token), timeout=60).status_code == 403
    assert requests.get(endpoint.url, timeout=60).json() == {"status": "ready"}
    changes = [{"field": "leadgen", "value": {"leadgen_id": number, "form_id": 5}} for number in (71, 72)]
    data, headers = signed({"object": "page", "entry": [{"changes": changes}]})
    headers["X-Hub-Signature-256"] = headers.pop("X-Signature")
    answer = endpoint.post(data, headers).json()
    assert len(set(answer["ids"])) == 2
    assert endpoint.post(data, headers).json() == {"status": "duplicate", "id": answer["id"], "ids": answer["ids"]}
    counter.take_in()
    # it says only numbers, and nobody has entered a token to ask for more: no lead is made, and somebody sees it
    assert [row[:2] for row in endpoint.rows(repeat_of_id=False)] == [("dead", "no_token")] * 2


def test_a_bad_row_blocks_nothing_and_is_tried_again_after_the_mapping_was_mended(counter):
    endpoint = counter.endpoint()
    bad = endpoint.post({"id": "bad", "tel": "+86 139 4000 0000"}).json()["id"]
    for number in range(3):
        endpoint.post(person(400 + number))
    counter.take_in()
    assert [row[0] for row in endpoint.rows()] == ["failed", "done", "done", "done"]
    assert "phone" in endpoint.read(bad, "message")[0]
    with counter.inside("mona") as env:
        env["lead.pool.intake"].browse(endpoint.id).mapping_ids.filtered(lambda row: row.target == "phone").path = "tel"
        env["lead.pool.received"].browse(bad).action_try_again()
    counter.take_in()
    assert [row[0] for row in endpoint.rows()] == ["done"] * 4
    assert counter.problems() == []


def test_the_kill_switch_stores_and_answers_and_makes_no_lead(counter):
    endpoint = counter.endpoint()

    def switch(value):
        with counter.inside() as env:
            env["ir.config_parameter"].set_param("lead_pool.stopped", value)

    switch("True")
    try:
        assert endpoint.post(person(500)).json()["status"] == "received"
        counter.take_in()
        assert endpoint.rows() == [("received", "", False)]
    finally:
        switch("False")
    counter.take_in()
    assert endpoint.rows()[0][0] == "done"


# Many at once


@pytest.mark.parametrize("posts", [100, pytest.param(200, marks=pytest.mark.long)])
def test_many_posts_over_sixteen_connections_with_one_number_are_one_lead(counter, posts):
    """ATK-50 ATK-65: a storm of repeats makes one lead, and nobody waits for a retry."""
    same, different = counter.endpoint(), counter.endpoint()

    def storm(work):
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            sessions = [requests.Session() for _ in range(16)]
            return list(pool.map(lambda number: work(number, sessions[number % 16]), range(posts)))

    with counter.no_trace():
        began = time.monotonic()
        answers = storm(lambda number, session: same.post(person(600), session=session))
        took = time.monotonic() - began
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert [answer.json()["status"] for answer in answers].count("received") == 1
    with counter.no_trace():
        answers = storm(lambda number, session: different.post(person(601 + number), session=session))
    assert len({answer.json()["id"] for answer in answers}) == posts
    counter.take_in()
    assert [row[0] for row in same.rows()] == ["done"] + ["duplicate"] * (posts - 1)
    leads = [lead for state, _code, lead in different.rows() if state == "done"]
    assert len(leads) == len(set(leads)) == posts
    assert counter.problems() == []
    assert took < 30, "a retry of Odoo's would sleep"


def test_a_server_that_is_killed_after_its_answers_loses_nothing(counter, make_database, make_server):
    """The one that comes up next, with its scheduled actions, makes the leads by itself."""
    dbname = make_database()
    server = make_server(dbname=dbname)
    there = Counter(server)
    endpoint = there.endpoint()
    ids = [endpoint.post(person(900 + number)).json()["id"] for number in range(10)]
    server.stop(kill=True)
    assert len(set(ids)) == 10
    again = make_server(dbname=dbname, options=["--max-cron-threads=1"])
    endpoint.url = endpoint.url.replace(server.url, again.url)
    endpoint.post(person(999))  # it wakes the scheduled action, which would else look once a minute
    until = time.monotonic() + 90
    while time.monotonic() < until and any(row[0] == "received" for row in endpoint.rows()):
        time.sleep(0.5)
    again.stop()
    assert [row[0] for row in endpoint.rows()] == ["done"] * 11
    assert there.problems() == []


# What attackers do


def test_atk_65_forged_repeated_and_old_requests(counter, locked):
    """ATK-65: forged signatures, other secrets, changed bodies, replays, old time stamps."""
    body = person(50, sent_at=int(time.time()))
    data, headers = signed(body)
    with counter.no_trace():
        for forged in (
            {**headers, "X-Signature": ""},
            {**headers, "X-Signature": headers["X-Signature"].removeprefix("sha256=")},
            {**headers, "X-Signature": "sha256=" + "0" * 64},
            JSON,
            signed(body, secret="guess")[1],
        ):
            answer = locked.post(data, forged)
            assert (answer.status_code, answer.json()) == (403, {"status": "refused"})
        assert locked.post(data + b" ", headers).status_code == 403
        for stamp in (0, int(time.time()) - 3600, int(time.time()) + 3600, "soon", None):
            old, old_headers = signed(person(51, sent_at=stamp))
            assert locked.post(old, old_headers).status_code == 403
        first = locked.post(data, headers).json()
        assert first["status"] == "received"
        for _replay in range(3):
            assert locked.post(data, headers).json() == {"status": "duplicate", "id": first["id"]}
    counter.take_in()
    rows = locked.rows()
    assert [row[1] for row in rows[:11]] == ["signature"] * 6 + ["old"] * 3 + ["no_stamp"] * 2
    assert len({lead for _state, _code, lead in rows} - {False}) == 1


def test_atk_65_a_listener_repeats_a_signed_request_without_a_number(counter):
    """ATK-65: what was signed once is taken once, also where the platform gives no number."""
    endpoint = counter.endpoint(
        signature_method="hmac_body", secret=SECRET, signature_prefix="sha256=", external_id_path=False
    )
    data, headers = signed({"name": "Once", "phone": "+86 139 5200 0000"})
    sign = headers["X-Signature"][7:]
    ways = (sign, sign, sign.upper(), f" {sign}", base64.b64encode(bytes.fromhex(sign)).decode())
    answers = [endpoint.post(data, {**headers, "X-Signature": f"sha256={way}"}).json()["status"] for way in ways]
    assert answers == ["received"] + ["duplicate"] * 4


def test_signed_parameters_in_the_address_and_doubled_ones(counter):
    """ATK-65: MD5 of the sorted parameters; a parameter that comes twice is not taken."""
    endpoint = counter.endpoint(
        kind="form", signature_method="md5_params", secret=SECRET, signature_place="query", signature_name="sign"
    )
    text = f"name=Li&phone=+8613953000000&ts=1&key={SECRET}"
    sign = hashlib.md5(text.encode()).hexdigest()
    body = b"name=Li&phone=%2B8613953000000"
    assert endpoint.post(body, FORM, query=f"?ts=1&sign={sign}").json()["status"] == "received"
    assert endpoint.post(body, FORM, query=f"?ts=2&sign={sign}").status_code == 403
    assert endpoint.post(body, FORM, query=f"?ts=1&ts=1&sign={sign}").status_code == 403
    assert [row[1] for row in endpoint.rows()] == ["", "signature", "ambiguous"]


def test_atk_50_more_than_a_minute_allows_wherever_it_says_it_comes_from(counter):
    """ATK-50: the limit counts requests to the endpoint in the database, whatever their sender claims to be."""
    endpoint = counter.endpoint(per_minute=5)
    while time.time() % 60 > 50:  # the minute must not end in between
        time.sleep(1)
    with counter.no_trace():
        answers = [
            endpoint.post(person(700 + number), {**JSON, "X-Forwarded-For": f"10.0.0.{number}"}) for number in range(9)
        ]
        forged = [endpoint.post(b"{") for _ in range(9)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 4
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert len(endpoint.rows(state="received")) == 5
    assert [answer.status_code for answer in forged] == [400] * 5 + [429] * 4, "who forges does not fill the log"


def test_atk_51_a_form_that_is_sent_again_and_again_is_one_person(counter):
    """ATK-51: the same person by another number of the platform is no second lead."""
    endpoint = counter.endpoint()
    for number in range(3):
        endpoint.post({**person(750), "id": f"again {number}"})
    counter.take_in()
    assert len({lead for _state, _code, lead in endpoint.rows() if lead}) == 1
    with counter.inside() as env:
        assert env["crm.lead"].search_count([("phone", "=", person(750)["phone"])]) == 1


def test_atk_52_a_session_gives_an_intake_no_rights(counter):
    """ATK-52: the page of an attacker, opened by a manager who is logged in, sends what it likes."""
    endpoint = counter.endpoint(signature_method="hmac_body", secret=SECRET)
    browser = counter.browser(counter.server, "mona")
    answer = browser.session.post(
        endpoint.url, json=person(760), headers={"Origin": "https://evil.example"}, timeout=60
    )
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers
    open_one = counter.endpoint()
    assert browser.session.post(open_one.url, json=person(761), timeout=60).status_code == 200
    counter.take_in()
    [(_state, _code, lead)] = open_one.rows()
    with counter.inside() as env:
        assert env["crm.lead"].browse(lead).create_uid != env["res.users"].browse(counter.users["mona"])


def test_atk_53_what_is_too_large_too_deep_or_no_text_is_not_parsed(counter):
    """ATK-53: bodies over the limit, of no declared size, nested without end, packed."""
    endpoint = counter.endpoint(max_kb=16)
    large = b'{"name": "' + b"x" * 16 * 1024 + b'"}'
    with counter.no_trace():
        assert endpoint.post(large).status_code == 413
        assert endpoint.post(large, FORM).status_code == 413
        assert endpoint.post(b"[" * 15_000).status_code == 400
        assert endpoint.post(b'{"a":' * 3000, {}).status_code == 400
        assert endpoint.post(b"\x1f\x8b\x08\x00\xff\xff", {**JSON, "Content-Encoding": "gzip"}).status_code == 400
        assert endpoint.post(b"a=1&" * 3000, FORM).status_code == 400
        assert endpoint.post(b"{}").status_code == 400
        chunks = requests.post(endpoint.url, data=iter([large, large]), headers=JSON, timeout=60)
        assert chunks.status_code in (400, 413)
        # of a hundred megabytes nothing is read: the answer comes before the body
        host, port = counter.server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as line:
            path = endpoint.url.removeprefix(counter.server.url)
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            line.sendall(f"{head}Content-Length: 104857600\r\n\r\n{{".encode())
            assert b" 413 " in line.recv(64)
    assert {row[0] for row in endpoint.rows()} == {"refused"}


def test_atk_54_to_58_whatever_stands_in_a_lead_is_text(counter):
    """ATK-54 ATK-55 ATK-56 ATK-57 ATK-58: formulas, scripts, header lines, strange numbers and signs."""
    endpoint = counter.endpoint()
    mapping = {"web": "website", "age": "expected_revenue", "country": "country_id", "rank": "priority"}
    with counter.inside("mona") as env:
        rows = [{"intake_id": endpoint.id, "path": path, "target": target} for path, target in mapping.items()]
        env["lead.pool.intake.field"].create(rows)
    evil = [
        {"name": '=HYPERLINK("http://evil")', "company": "@SUM(1)", "message": "\t=1+1"},
        {"name": "<script>alert(1)</script>", "message": "<img src=x onerror=alert(1)>", "web": "javascript:alert(1)"},
        {"name": "a\r\nBcc: all@example.com", "email": "a@example.com\r\nBcc: b@example.com"},
        {"name": "x" * 5000, "email": "a" * 400 + "@example.com", "phone": "٠١٢٣" * 20},
        {"name": "nul\0 and \ud83d half", "phone": "+86\u202e 139 5800 0005", "id": "nul\0\ud800"},
        {
            "name": "'; DROP TABLE crm_lead; --",
            "phone": "%s %(x)s {0} ${x}",
            "country": "%",
            "rank": "99",
            "age": "1e999",
        },
        {"name": {"a": [1]}, "phone": [[], {}], "email": True, "id": {"$ne": ""}},
        {"__proto__": {"x": 1}, "name": "proto", "user_id": 1, "pool_id": 1, "active": False, "id": 5},
    ]
    with counter.no_trace():
        for number, lead in enumerate(evil):
            lead = {"id": f"evil {number}", "phone": f"+86 139 5800 1{number:03d}", **lead}
            answer = endpoint.post(json.dumps(lead).encode())
            assert answer.status_code == 200, answer.text
        for query in ("?self=1&token=x&db=other&session_id=1", "?%00=%ff", "?" + "a=b&" * 3000):
            assert endpoint.post(person(790), query=query).status_code in (200, 400, 414)
        counter.take_in()
    rows = endpoint.rows(repeat_of_id=False)
    assert {row[0] for row in rows} <= {"done", "duplicate"}, rows
    with counter.inside() as env:
        leads = env["crm.lead"].browse([lead for _state, _code, lead in rows if lead])
        assert not leads.user_id
        assert all(leads.mapped("active"))
        assert leads.pool_id.ids == [counter.pools["Web"]]
        for lead in leads:
            assert "\n" not in f"{lead.name}{lead.email_from}{lead.contact_name}"
            assert "<script" not in (lead.description or "") and "<img" not in (lead.description or "")
            assert not (lead.website or "").startswith("javascript")
    assert counter.problems() == []


def test_a_wrong_address_tells_nothing_whatever_is_sent_there(counter):
    """ATK-65: unknown, renewed and archived addresses answer the same."""
    endpoint = counter.endpoint()
    archived = counter.endpoint(active=False)
    old = endpoint.url
    with counter.inside("mona") as env:
        intake = env["lead.pool.intake"].browse(endpoint.id)
        intake.action_renew_token()
        endpoint.url = intake.url.replace(intake.get_base_url(), counter.server.url)
    wrong = [
        old,
        archived.url,
        old[:-1],
        f"{counter.server.url}/lead_pool/in/%00%ff",
        f"{counter.server.url}/lead_pool/in/x'",
    ]
    with counter.no_trace():
        for url in wrong:
            for answer in (requests.get(url, timeout=60), requests.post(url, json=person(1), timeout=60)):
                assert (answer.status_code, answer.json()) == (404, {"status": "unknown"})
        for method in ("PUT", "DELETE", "PATCH"):
            assert requests.request(method, endpoint.url, timeout=60).status_code in (404, 405)
    assert requests.get(endpoint.url, timeout=60).json() == {"status": "ready"}


def test_who_may_read_what_came_in(counter):
    """ATK-65: secrets, addresses and bodies are for managers; what came, also for the admins of its pool."""
    endpoint = counter.endpoint(signature_method="hmac_body", secret=SECRET)
    endpoint.post(person(1))
    [number] = counter.server.call(
        "lead.pool.received", "search", login=counter.login("mona"), domain=[["intake_id", "=", endpoint.id]]
    )

    def read(name, model, ids, *names):
        return requests.post(
            f"{counter.server.url}/json/2/{model}/read",
            json={"ids": [ids], "fields": list(names)},
            headers={"Authorization": f"bearer {counter.server.api_key(counter.login(name))}"},
            timeout=60,
        )

    for name in ("rita", "otto", "marla"):
        assert read(name, "lead.pool.received", number, "body").status_code == 403
        assert read(name, "lead.pool.intake", endpoint.id, "name").status_code == 403
    assert read("boss", "lead.pool.received", number, "body").status_code == 200
    assert read("boss", "lead.pool.intake", endpoint.id, "name").status_code == 200
    for secret in ("token", "secret", "page_token", "url"):
        answer = read("boss", "lead.pool.intake", endpoint.id, secret)
        assert answer.status_code == 403 and SECRET not in answer.text
    assert read("mona", "lead.pool.intake", endpoint.id, "token").status_code == 200
