import base64
import hashlib
import hmac
import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import config, file_open

from .common import LeadPoolCase

NOON = datetime(2026, 3, 2, 12)
OK = (200, {"errcode": 0, "errmsg": "ok"})


class Receiver(BaseHTTPRequestHandler):
    """A platform on this machine: keeps what comes, and answers what it is told to."""

    got, answers = [], []

    @classmethod
    def open(cls, case):
        """Its address, until the tests of the class are over."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), cls)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        case.addClassCleanup(server.server_close)
        case.addClassCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.got.append((self.path, dict(self.headers), content))
        self.respond(*(self.answers.pop(0) if self.answers else OK))

    def respond(self, status, answer):
        data = json.dumps(answer).encode()
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.path)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """What a test receives is no news."""


@tagged("post_install", "-at_install")
class TestRobots(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.address = f"{Receiver.open(cls)}/send?key=very-secret-key"
        cls.startClassPatcher(patch.dict(config.options, {"lead_pool_robot_loopback": "True"}))
        cls.robot = cls._robot()

    @classmethod
    def _robot(cls, **values):
        values = {"name": "Sales North", "platform": "wecom", "url": cls.address, "pool_id": cls.pool.id, **values}
        return cls.env["lead.pool.robot"].create(values)

    def setUp(self):
        super().setUp()
        Receiver.got.clear()
        Receiver.answers.clear()
        self.env.cr.precommit.run()
        self.robot.message_ids.unlink()

    def _happens(self, count=2, pool=None):
        leads = self._leads(count, pool)
        self.env.cr.precommit.run()
        return leads

    def _send(self, moment=NOON):
        with freeze_time(moment):
            for robot in self.env["lead.pool.robot.message"]._robots_with_news():
                while robot._send_some()[1]:
                    pass
        self.env.invalidate_all()
        return [json.loads(content) for _path, _headers, content in Receiver.got]

    def _now(self):
        return fields.Datetime.now()

    def test_the_group_reads_numbers_and_a_link_and_nothing_of_a_customer(self):
        leads = self._happens()
        [body] = self._send(self._now())
        text = body["text"]["content"]
        self.assertIn("“Beijing”: 2 leads wait and can be claimed.", text)
        self.assertIn(f"#{leads[0].id}, #{leads[1].id}", text)
        self.assertIn("/odoo/lead-pool", text)
        for private in ("Contact", "138", "example.com", "Lead 0"):
            self.assertNotIn(private, text)
        self.assertEqual(self.robot.message_ids.state, "sent")
        self.assertEqual(Receiver.got[0][0], "/send?key=very-secret-key")

    def test_news_of_several_transactions_are_one_message_and_what_it_does_not_tell_is_none(self):
        self._happens(1)
        self._happens(2)
        self._happens(1, self.open_pool)
        self._claim(self.li, self._leads(1))
        self.env.cr.precommit.run()
        [body] = self._send(self._now())
        self.assertIn("4 leads wait", body["text"]["content"])
        self.assertNotIn("Shanghai", body["text"]["content"], "another pool")
        self.assertEqual(len(self._send(self._now())), 1, "nothing is sent twice")

    def test_a_robot_of_all_pools_tells_of_all_pools_of_its_company(self):
        self.robot.pool_id = False
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self._robot(name="Elsewhere", pool_id=False, company_id=other.id)
        self._happens(1, self.open_pool)
        [body] = self._send(self._now())
        self.assertIn("Shanghai", body["text"]["content"])

    def test_after_an_error_it_is_tried_again_later_and_in_the_end_given_up(self):
        self._happens(1)
        Receiver.answers[:] = [(500, {})] * 7
        message, moment = self.robot.message_ids, self._now()
        for failures in range(1, 8):
            self._send(moment)
            self.assertEqual((message.failures, len(Receiver.got)), (failures, failures))
            self._send(moment + timedelta(seconds=30))
            self.assertEqual(len(Receiver.got), failures, "not before its time")
            moment = message.retry_at
        self.assertEqual((message.state, message.answer), ("failed", "The server answered with an error. (HTTP 500)"))
        message.with_user(self.admin).action_send_again()
        self._send(self._now())
        self.assertEqual((message.state, message.failures), ("sent", 0))

    def test_a_platform_in_a_hurry_is_left_alone_for_ten_minutes(self):
        self._happens(1)
        Receiver.answers[:] = [(200, {"errcode": 45009, "errmsg": "api freq out of limit"})]
        moment = self._now()
        self._send(moment)
        message = self.robot.message_ids
        self.assertEqual((message.state, message.failures), ("waiting", 0), "no failure of the message")
        self._send(moment + timedelta(minutes=9))
        self.assertEqual(len(Receiver.got), 1)
        self._send(moment + timedelta(minutes=11))
        self.assertEqual((message.state, len(Receiver.got)), ("sent", 2))

    def test_no_more_than_twenty_messages_a_minute(self):
        moment = self._now()
        for second in range(22):
            at = moment + timedelta(seconds=second)
            with freeze_time(at):
                self._happens(1)
            self._send(at)
        self.assertEqual(len(Receiver.got), 20)
        self._send(moment + timedelta(seconds=90))
        self.assertEqual(len(Receiver.got), 21, "the two that waited, together")
        self.assertFalse(self.robot.waiting_count)

    def test_the_receiver_finds_the_signature_right(self):
        for platform in ("dingtalk", "feishu", "webhook"):
            with self.subTest(platform=platform):
                robot = self._robot(name=platform, platform=platform, secret="SECRET")
                Receiver.answers[:] = [(200, {"code": 0, "errcode": 0})]
                self.assertEqual(robot.action_test(), {"done": True, "message": "The message is in the group."})
                path, headers, content = Receiver.got[-1]
                query, body = parse_qs(urlsplit(path).query), json.loads(content)
                if platform == "dingtalk":
                    stamp = query["timestamp"][0]
                    sign = hmac.new(b"SECRET", f"{stamp}\nSECRET".encode(), hashlib.sha256).digest()
                    self.assertEqual(base64.b64decode(query["sign"][0]), sign)
                elif platform == "feishu":
                    sign = hmac.new(f"{body['timestamp']}\nSECRET".encode(), b"", hashlib.sha256).digest()
                    self.assertEqual(base64.b64decode(body["sign"]), sign)
                else:
                    signed = headers["X-Lead-Pool-Timestamp"].encode() + b"." + content
                    sign = hmac.new(b"SECRET", signed, hashlib.sha256).hexdigest()
                    self.assertEqual(headers["X-Lead-Pool-Signature"], f"sha256={sign}")
                self.assertNotIn(b"SECRET", content)

    def test_a_test_says_in_words_what_is_wrong(self):
        for platform, answer, words in (
            ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "does not know this robot"),
            ("wecom", {"errcode": 45009, "errmsg": "freq"}, "more messages than its platform allows"),
            ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, "refuses our proof"),
            ("feishu", {"code": 19021, "msg": "sign match fail"}, "refuses our proof"),
            ("feishu", {"code": 9499, "msg": "Bad Request"}, "refused the message. (9499 Bad Request)"),
        ):
            with self.subTest(answer=answer):
                robot = self._robot(name="Tried", platform=platform, secret="SECRET")
                Receiver.answers[:] = [(200, answer)]
                told = robot.with_user(self.admin).action_test()
                self.assertFalse(told["done"])
                self.assertIn(words, told["message"])
                self.assertEqual(robot.message_ids.state, "failed", "nobody tries a test again")
        Receiver.answers[:] = [(302, {})]
        self.assertIn("another address", self.robot.action_test()["message"])
        Receiver.answers[:] = [OK]
        self.assertEqual(self.robot.button_test()["params"]["type"], "success")

    def test_what_is_secret_is_never_read(self):
        robot = self._robot(name="Secret", platform="webhook", secret="SECRET")
        for user in (self.admin, self.manager):
            told = robot.with_user(user).read()[0]
            self.assertNotIn("very-secret-key"[:-4], json.dumps(told, default=str))
            self.assertNotIn("SECRET", json.dumps(told, default=str))
            self.assertTrue(told["is_signed"] and told["shown_url"].startswith("127.0.0.1 …"))
            for name in ("kept_url", "kept_secret"):
                with self.assertRaises(AccessError):
                    robot.with_user(user).read([name])
                with self.assertRaises(AccessError):
                    robot.with_user(user).search([(name, "like", "S")])
        with self.assertNoLogs("odoo.addons.lead_pool", "DEBUG"):
            robot.action_test()
        copy = robot.with_user(self.manager)
        with self.assertRaises(ValidationError):
            copy.copy()  # without its address

    def test_nothing_is_sent_into_the_inside_and_only_the_server_s_file_allows_this_machine(self):
        with patch.dict(config.options, {"lead_pool_robot_loopback": ""}):
            self.env["ir.config_parameter"].set_param("lead_pool_robot_loopback", "True")
            self.assertIn("https", self.robot.action_test()["message"])
            for url in ("http://example.com/x", self.address, "file:///etc/passwd", "https://user:pw@example.com/"):
                with self.subTest(url=url), self.assertRaises(ValidationError):
                    self._robot(platform="webhook", url=url)
            for host in ("127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"):
                with self.subTest(host=host):
                    robot = self._robot(platform="webhook", url=f"https://{host}/latest/meta-data")
                    self.assertIn("private network", robot.action_test()["message"])
            with self.assertRaises(ValidationError):
                self._robot(platform="wecom", url="https://example.com/cgi-bin/webhook/send?key=1")
        self.assertFalse(Receiver.got)

    def test_admins_run_the_robots_of_their_pools_only(self):
        mine = self.env["lead.pool.robot"].with_user(self.admin)
        values = {"name": "Mine", "platform": "webhook", "url": "https://example.com/x"}
        mine.create({**values, "pool_id": self.pool.id})
        with self.assertRaises(AccessError):
            mine.create({**values, "pool_id": False})
        with self.assertRaises(AccessError):
            mine.create({**values, "pool_id": self._other_pool().id})
        with self.assertRaises(AccessError):
            self.robot.with_user(self.li).action_test()

    def _other_pool(self):
        pool = self._pool("Guangzhou")
        pool.admin_ids.unlink()
        return pool

    def test_stopped_observing_archived_and_neutralized_robots_are_silent(self):
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self._happens(1)
        self.assertFalse(self.robot.action_test()["done"])
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", False)
        self.pool.mode = "observe"
        self._happens(1)
        self.pool.mode = "active"
        self.assertFalse(self.robot.message_ids)
        self._happens(1)
        with file_open("lead_pool/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertFalse(self.robot.active)
        self._happens(1)
        self.assertFalse(self._send(self._now()))
