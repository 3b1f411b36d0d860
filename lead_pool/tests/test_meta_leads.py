import hashlib
import hmac
import json
import time
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import config, file_open

from odoo.addons.lead_pool.models.intake.graph import LOOPBACK
from odoo.addons.lead_pool.rules import graph

from .test_http_intake import IntakeCase
from .test_robots import Receiver

TOKEN = "EAABsbCS1iHgBAKZC"
SECRET = "app secret"
EXPIRED = (400, {"error": {"code": 190, "type": "OAuthException", "message": f"Session has expired: {TOKEN}"}})
UNKNOWN = (400, {"error": {"code": 100, "error_subcode": 33, "message": "Unsupported get request."}})
LI = {"full_name": "Li Na", "email": "li.na@example.com", "phone_number": "+8613900000001"}


def lead(number, answers=None, **more):
    """An answer of the Graph API, as documented."""
    rows = [{"name": name, "values": [value]} for name, value in (LI if answers is None else answers).items()]
    return 200, {"created_time": "2026-03-02T04:00:00+0000", "id": str(number), "field_data": rows, **more}


class Graph(Receiver):
    """Meta's Graph API on this machine: knows some leads, and answers all else as it is told to."""

    got, leads, always, elsewhere = [], {}, None, None

    def do_GET(self):
        self.got.append((self.path, dict(self.headers)))
        if self.elsewhere:
            status, address = self.elsewhere
            self.send_response(status)
            self.send_header("Location", address)
            return self.end_headers()
        number = urlsplit(self.path).path.split("/")[-1]
        answer = type(self).always or self.leads.get(number, UNKNOWN)
        return self.respond(*(answer() if callable(answer) else answer))


class Elsewhere(Graph):
    """Another server on this machine, where a token has no business."""

    got, leads, always, elsewhere = [], {}, None, None


@tagged("post_install", "-at_install")
class TestMetaLeads(IntakeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(patch.dict(config.options, {LOOPBACK: Graph.open(cls)}))
        cls.meta = cls._intake(name="Spring", kind="meta", signature_method="hmac_body", secret=SECRET)
        cls.meta.page_token = TOKEN

    def setUp(self):
        super().setUp()
        Graph.got.clear()
        Graph.leads.clear()
        Graph.always = Graph.elsewhere = None

    def _notify(self, *values):
        """Meta's notification of leads, signed; numbers stand for themselves. The rows that it became."""
        values = [value if isinstance(value, dict) else {"leadgen_id": value, "page_id": 3} for value in values]
        entries = [{"id": 3, "changes": [{"field": "leadgen", "value": value}]} for value in values]
        body = json.dumps({"object": "page", "entry": entries}).encode()
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        answer = self._send(body, self.meta, **{"X-Hub-Signature-256": f"sha256={signature}"})
        self.assertEqual(answer.status, 200)
        return self.received.browse(answer.body["ids"])

    def _run(self, moment=None):
        """What the scheduled action does."""
        with freeze_time(moment or self.env["lead.pool"]._now()):
            while self.received._ask_some()[1]:
                pass
            self._work()

    def _told(self, user):
        """What this user was told of Meta."""
        messages = self.env["mail.message"].search([("model", "=", "lead.pool.intake"), ("res_id", "=", self.meta.id)])
        return messages.filtered(lambda message: user.partner_id in message.notified_partner_ids)

    # a lead ---------------------------------------------------------------------------------------

    def test_the_answers_are_asked_for_and_become_a_lead(self):
        spring = self.env["utm.campaign"].create({"name": "Spring Class"})
        self.meta.mapping_ids = [
            (0, 0, {"path": "field_data[name=which_course?].values", "target": "description", "sequence": 999})
        ]
        answers = {**LI, "first_name": "Na", "job_title": "CEO", "country": "CN", "which_course?": "Evening"}
        Graph.leads["4440001"] = lead(4440001, answers, campaign_name="spring class", platform="fb", ad_name="A 1")
        row = self._notify(4440001)
        self.assertEqual((row.state, row.to_ask, Graph.got), ("received", True, []), "not while Meta waits")
        self._run()
        self.assertRecordValues(row, [{"state": "done", "to_ask": False, "external_key": "id:4440001"}])
        self.assertRecordValues(
            row.lead_id,
            [
                {
                    "contact_name": "Li Na",
                    "email_from": "li.na@example.com",
                    "phone": "+8613900000001",
                    "function": "CEO",
                    "country_id": self.env.ref("base.cn").id,
                    "campaign_id": spring.id,
                    "source_id": self.env.ref("utm.utm_source_facebook").id,
                    "pool_id": self.pool.id,
                    "pool_state": "waiting",
                }
            ],
        )
        self.assertIn("Evening", row.lead_id.description)
        self.assertEqual(json.loads(row.body)["ad_name"], "A 1")
        self.assertEqual(self._notify("4440001"), row, "the same number, written otherwise")
        self._run()
        self.assertEqual(len(Graph.got), 1)
        self._balance()

    def test_meta_is_asked_with_the_token_in_a_header_and_proof_of_the_app(self):
        self.meta.graph_version = "v24.0"
        self._notify(1)
        self._run()
        [(path, headers)] = Graph.got
        asked = urlsplit(path)
        query = parse_qs(asked.query)
        self.assertEqual((asked.path, headers["Authorization"]), ("/v24.0/1", f"Bearer {TOKEN}"))
        self.assertNotIn(TOKEN, path)
        proof = hmac.new(SECRET.encode(), TOKEN.encode(), hashlib.sha256).hexdigest()
        self.assertEqual(query["appsecret_proof"], [proof])
        self.assertIn("field_data", query["fields"][0])

    def test_one_notification_of_many_leads_and_a_bad_one_spoils_no_other(self):
        for number in (1, 3, 8):
            person = {"full_name": f"Person {number}", "email": f"p{number}@example.com"}
            Graph.leads[str(number)] = lead(number, person)
        Graph.leads["8"][1]["field_data"] = [{"odd": True}, None]
        rows = self._notify(1, 2, 3, {"page_id": 3}, {"leadgen_id": "7/../me"}, 8)
        self.assertEqual(len(rows), 6)
        self._run()
        self.assertEqual(rows.mapped("state"), ["done", "dead", "done", "dead", "dead", "failed"])
        self.assertEqual(rows.mapped("lead_id.contact_name"), ["Person 1", "Person 3"])
        self.assertIn("Meta does not know the lead", rows[1].what)
        self.assertIn("leadgen_id is missing", rows[3].what)
        self.assertIn("phone", rows[5].what)
        self.assertEqual(len(Graph.got), 4, "nobody asks for what is no number")
        self.assertFalse(self._told(self.manager), "it is nothing about the token")

    def test_answers_that_a_service_in_between_sends_are_not_asked_for(self):
        rows = self._notify({"leadgen_id": 9, "field_data": [{"name": "email", "values": ["w@example.com"]}]})
        self._run()
        self.assertEqual((rows.state, rows.lead_id.email_from, Graph.got), ("done", "w@example.com", []))

    def test_a_test_of_meta_and_a_dry_run_make_no_lead(self):
        Graph.leads["1"] = lead(1, {"full_name": "<test lead: dummy data for full_name>", "email": "test@meta.com"})
        Graph.leads["2"] = lead(2)
        rows = self._notify(1)
        self.meta.dry_run = True
        rows += self._notify(2)
        self._run()
        self.assertEqual(rows.mapped("state"), ["done", "done"])
        self.assertEqual(rows.mapped("is_test"), [True, False])
        self.assertFalse(rows.lead_id)
        self.assertIn("li.na@example.com", rows[1].what)

    # when it goes wrong ---------------------------------------------------------------------------

    def test_an_expired_token_is_told_once_and_after_a_new_one_nothing_is_lost(self):
        Graph.always = EXPIRED
        rows = self._notify(1, 2, 3)
        self._run()
        self.assertEqual(len(Graph.got), 1, "the others would hear the same")
        self.assertEqual(rows.mapped("state"), ["dead"] * 3)
        self.assertIn("expired", rows[2].what)
        self.assertNotIn(TOKEN, rows[0].what)
        rows += self._notify(4)
        self._run()
        for user in (self.admin, self.manager):
            [message] = self._told(user)
            self.assertIn("page access token", message.body)
            self.assertIn("Spring", message.subject)
            self.assertNotIn(TOKEN, message.body)
        self.assertFalse(self._told(self.li))
        self.assertIn("expired", self.meta.with_user(self.admin).weakness)
        self.meta.with_user(self.manager).page_token = "EAABnewtoken"
        self.assertFalse(self.meta.weakness)
        Graph.always = None
        Graph.leads.update({str(number): lead(number, {"full_name": f"New {number}"}) for number in (1, 2, 3, 4)})
        rows.with_user(self.admin).button_try_again()
        self._run()
        self.assertEqual(rows.mapped("state"), ["done"] * 4)
        self.assertEqual(rows.mapped("lead_id.contact_name"), [f"New {number}" for number in (1, 2, 3, 4)])
        Graph.always = EXPIRED
        self._notify(5)
        self._run()
        self.assertEqual(len(self._told(self.manager)), 2, "another token, another time")

    def test_without_a_token_nobody_is_asked_and_without_a_pool_managers_are_told(self):
        self.meta.write({"page_token": False, "pool_id": False})
        self.assertIn("numbers only", self.meta.weakness)
        row = self._notify(1)
        self._run()
        self.assertEqual((row.state, row.code, Graph.got), ("dead", "no_token", []))
        self.assertTrue(self._told(self.manager))
        self.assertFalse(self._told(self.admin))

    def test_a_platform_in_a_hurry_is_asked_again_later(self):
        for answer in (
            *((400, {"error": {"code": code, "message": "limit"}}) for code in (4, 17, 32, 613)),
            (429, {}),
            (503, {}),
            (302, {}),
            (200, {"id": "1"}),
        ):
            with self.subTest(answer=answer):
                number = 100 + len(Graph.got)
                Graph.always = answer
                rows = self._notify(number, number + 1000)
                asked = len(Graph.got)
                self._run()
                self.assertEqual(len(Graph.got), asked + 1, "the other one waits too")
                self.assertEqual(rows.mapped("state"), ["failed", "received"])
                self.assertEqual(rows.mapped("tries"), [1, 0])
                self.assertTrue(rows[0].what)
                Graph.always = None
                Graph.leads.update({str(n): lead(n, {"full_name": f"P {n}"}) for n in (number, number + 1000)})
                self._run(max(rows.mapped("next_try_at")))
                self.assertEqual(rows.mapped("state"), ["done", "done"])

    def test_what_is_never_answered_is_given_up_in_the_end(self):
        Graph.always = (500, {})
        row, moments = self._notify(1), []
        while row.state in ("received", "failed"):
            moments.append(row.next_try_at)
            self._run(row.next_try_at)
        self.assertEqual((row.state, row.tries, len(Graph.got)), ("dead", 5, 5))
        self.assertEqual(moments, sorted(moments))
        self.assertIn("Meta is busy. (HTTP 500)", row.what)

    def test_whoever_answers_slowly_or_too_much_holds_nobody_up(self):
        Graph.always = lambda: time.sleep(1) or lead(1)
        with patch.object(graph, "SECONDS", 0.2):
            row = self._notify(1)
            self._run()
        self.assertEqual((row.state, row.code), ("failed", "no_answer"))
        Graph.always = lead(2, {"full_name": "x" * graph.MOST})
        row = self._notify(2)
        self._run()
        self.assertEqual((row.state, row.code), ("dead", "too_long"))

    # rights and secrets ---------------------------------------------------------------------------

    def test_the_token_is_for_managers_and_stands_in_no_log(self):
        self.admin.group_ids += self.env.ref("base.group_allow_export")
        meta = self.meta.with_user(self.admin)
        self.assertNotIn("page_token", meta.read()[0])
        for forbidden in (
            lambda: meta.read(["page_token"]),
            lambda: meta.search([("page_token", "like", "E")]),
            lambda: meta.export_data(["page_token"]),
            lambda: meta.write({"page_token": "EAABmine"}),
            meta.action_ask,
        ):
            with self.assertRaises(AccessError):
                forbidden()
        Graph.leads["1"] = lead(1, {**LI, "city": TOKEN, "secret": SECRET}, access_token=TOKEN)
        with self.assertNoLogs("odoo.addons.lead_pool", "DEBUG"):
            row = self._notify(1)
            self._run()
        self.assertEqual(row.lead_id.city, "•••")
        for secret in (TOKEN, SECRET):
            self.assertNotIn(secret, row.body)

    def test_a_token_with_a_line_break_or_a_strange_version_is_refused(self):
        for values in ({"page_token": "EAAB\nHost: x"}, {"page_token": "EAAB x"}, {"graph_version": "v23.0/../me"}):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.meta.write(values)

    def test_meta_is_asked_at_its_own_address_only(self):
        self.env["ir.config_parameter"].set_param(LOOPBACK, config[LOOPBACK])
        asked = []

        def inside(host, port, **_how):
            asked.append((host, port))
            return [(2, 1, 6, "", ("10.0.0.1", port))]

        with patch.dict(config.options, {LOOPBACK: ""}), patch("socket.getaddrinfo", inside):
            row = self._notify(1)
            self._run()
        self.assertEqual(asked, [("graph.facebook.com", 443)])
        self.assertEqual(row.code, "private")
        for elsewhere in ("https://example.com", "http://10.0.0.1", "http://graph.facebook.com"):
            with patch.dict(config.options, {LOOPBACK: elsewhere}), patch("socket.getaddrinfo", inside):
                self.assertFalse(self.meta.action_ask()["done"])
        self.assertEqual(len(asked), 1)
        self.assertFalse(Graph.got)

    # attacks --------------------------------------------------------------------------------------

    def test_a_redirect_takes_the_token_nowhere(self):
        there = Elsewhere.open(type(self))
        for number, status in enumerate((301, 302, 303, 307, 308), start=1):
            Graph.elsewhere = status, f"{there}/v23.0/{number}"
            row = self._notify(number)
            self._run()
            self.assertEqual((row.state, row.code), ("failed", "redirect"))
        self.assertEqual((len(Graph.got), Elsewhere.got), (5, []))

    def test_no_number_in_a_notification_leads_to_another_address(self):
        ids = ("me", "1/../me", "1?fields=access_token", "1#x", "%31", "//10.0.0.1/1", "@10.0.0.1", "１２",
               "1\r\nHost: x", "0", "007", "1" * 33, -5, 1.5, True)  # fmt: skip
        rows = self._notify(*ids)
        self._run()
        self.assertEqual((len(rows), Graph.got), (len(ids), []))
        self.assertEqual({(row.state, row.code) for row in rows}, {("dead", "no_number")})

    def test_an_answer_about_another_lead_is_none(self):
        Graph.leads["1"] = lead(2)
        row = self._notify(1)
        self._run()
        self.assertEqual((row.state, row.code, row.lead_id.ids), ("failed", "no_sense", []))

    def test_who_signs_nothing_has_nobody_asked(self):
        entry = {"changes": [{"field": "leadgen", "value": {"leadgen_id": 1}}]}
        for headers in ({}, {"X-Hub-Signature-256": "sha256=" + "0" * 64}):
            answer = self._send({"object": "page", "entry": [entry]}, self.meta, **headers)
            self.assertEqual(answer.status, 403)
        self._run()
        self.assertFalse(Graph.got)

    def test_a_flood_of_numbers_is_no_flood_of_questions(self):
        Graph.leads["1"] = lead(1)
        self._notify(*[1] * 50)
        self._notify(*["1"] * 50)
        self._run()
        self.assertEqual(len(Graph.got), 1, "a number is asked for once")
        self.meta.write({"signature_method": "none", "per_minute": 10})
        changes = [{"field": "leadgen", "value": {"leadgen_id": number}} for number in range(100, 111)]
        statuses = []
        later = self.env["lead.pool"]._now() + timedelta(minutes=5)
        with freeze_time(later):
            for some in (changes[:4], changes[4:9], changes):
                body = {"object": "page", "entry": [{"changes": some}]}
                statuses.append(self._send(body, self.meta).status)
        self.assertEqual(statuses, [200, 200, 429])
        self._run(later)
        self.assertEqual(len(Graph.got), 10, "unsigned, no more are asked for than requests are taken in a minute")

    def test_a_neutralized_copy_forgets_the_token(self):
        row, address = self._notify(1), self.meta.token
        with file_open("lead_pool/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.meta.page_token)
        self.assertNotEqual(self.meta.token, address, "nor does Meta know its address")
        self._run()
        self.assertEqual((row.code, Graph.got), ("no_token", []))

    # screens --------------------------------------------------------------------------------------

    def test_the_token_is_tried_from_the_form(self):
        Graph.leads["me"] = (200, {"id": "3", "name": "Evening School"})
        self.meta.graph_problem = "permission"
        told = self.meta.with_user(self.manager).button_ask()["params"]
        self.assertEqual(
            (told["type"], told["message"]), ("success", "Meta knows the token: it belongs to “Evening School”.")
        )
        self.assertFalse(self.meta.graph_problem)
        Graph.always = EXPIRED
        told = self.meta.with_user(self.manager).action_ask()
        self.assertFalse(told["done"])
        self.assertIn("(190 Session has expired: …)", told["message"])
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self.assertIn("stopped", self.meta.action_ask()["message"])

    def test_a_new_intake_asks_for_the_token_and_knows_the_answers(self):
        form = Form(self.env["lead.pool.intake"].with_user(self.manager))
        form.name = "Autumn"
        form.kind = "meta"
        form.secret = SECRET
        form.page_token = TOKEN
        new = form.save()
        self.assertEqual((new.graph_version, new.max_kb), ("v23.0", 1024))
        self.assertIn("field_data[name=phone_number].values", new.mapping_ids.mapped("path"))
        self.assertFalse(new.weakness)

    def test_a_sample_may_be_an_answer_or_a_notification(self):
        Trial = self.env["lead.pool.intake.try"].with_user(self.manager).with_context(default_intake_id=self.meta.id)
        with Form(Trial) as form:
            form.sample = json.dumps(lead(1, {**LI, "budget": "High"}, campaign_name="Spring")[1])
            self.assertIn("would be made", form.result)
            self.assertIn("li.na@example.com", form.result)
            proposed = [line["path"] for line in form.line_ids._records]
            self.assertIn("field_data[name=budget].values", proposed)
            self.assertFalse({"field_data[name=email].values", "id", "leadgen_id"} & set(proposed))
            form.sample = '{"object": "page", "entry": [{"changes": [{"value": {"leadgen_id": "1"}}]}]}'
            self.assertIn("numbers only", form.result)
            self.assertNotIn("Missing", form.result)
            self.assertFalse(form.line_ids._records)
        Graph.leads["1"] = lead(1)
        self._notify(1)
        self._run()
        self.assertIn("would be made", Form(Trial).result, "what came last")
