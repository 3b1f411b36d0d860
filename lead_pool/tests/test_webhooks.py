import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import config

from odoo.addons.lead_pool.rules import feed, signature

from .common import LeadPoolCase
from .test_robots import Receiver

SECRET = "a-secret-of-the-warehouse"
GOOD, ILL, GONE = (200, {}), (500, {}), (410, {})


@tagged("post_install", "-at_install")
class TestWebhooks(LeadPoolCase):
    """A warehouse of data is told what happens to leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._alone()
        cls.url = f"{Receiver.open(cls)}/in?key=very-secret-key"
        cls.startClassPatcher(patch.dict(config.options, {"lead_pool_robot_loopback": "True"}))
        cls.hook = cls._hook()

    @classmethod
    def _hook(cls, **values):
        values = {"name": "Warehouse", "url": cls.url, "secret": SECRET, **values}
        return cls.env["lead.pool.webhook"].with_user(cls.manager).create(values).with_env(cls.env)

    def setUp(self):
        super().setUp()
        Receiver.got.clear()
        Receiver.answers.clear()
        self.now = fields.Datetime.now()

    def _run(self, hook=None, **later):
        """What the scheduled action does, some time later; the events that the receiver got by then."""
        self.env.flush_all()
        hook = hook or self.hook
        moment = self.now + timedelta(**later)
        with patch.object(type(self.env["lead.pool"]), "_now", lambda *_args: moment):
            while hook._work()[1]:
                pass
        self.env.invalidate_all()
        return self._got()

    @staticmethod
    def _got():
        return [json.loads(content)["event"] for _path, _headers, content in Receiver.got]

    def _states(self, hook=None):
        return [one.state for one in (hook or self.hook).delivery_ids.sorted("event_ref")]

    # ------------------------------------------------------------
    # WHAT ARRIVES
    # ------------------------------------------------------------

    def test_each_event_arrives_once_signed_as_an_intake_of_ours_would_check_it(self):
        [lead] = self._leads()
        self._claim(self.li, lead)
        got = self._run()
        self.assertEqual([(one["lead"], one["kind"]) for one in got], [(lead.id, "entered"), (lead.id, "claimed")])
        self.assertEqual(self._states(), ["sent", "sent"])
        self.assertEqual(len(self._run()), 2, "nothing is sent twice")
        lock = signature.Lock("hmac_stamp_body", SECRET, prefix="sha256=", max_age=300)
        for path, headers, content in Receiver.got:
            self.assertEqual(path, "/in?key=very-secret-key")
            sent = signature.Sent(
                body=content, signature=headers["X-Lead-Pool-Signature"], stamp=headers["X-Lead-Pool-Timestamp"]
            )
            self.assertEqual(signature.refusal(lock, sent, now=self.now), "")
            for private in (b"Contact 0", b"138", b"contact0@", b"Lead 0"):
                self.assertNotIn(private, content)
        self.assertEqual(Receiver.got[1][1]["X-Lead-Pool-Event"], "claimed")

    def test_only_what_it_was_made_for_is_sent(self):
        kinds = self.env["lead.pool.event.kind"].search([("code", "in", ["claimed", "transferred"])])
        hook = self._hook(name="Shanghai", kind_ids=kinds.ids, pool_ids=self.open_pool.ids)
        [here], [there] = self._leads(1, self.open_pool), self._leads()
        self._claim(self.li, here | there)
        [moved] = self._leads(1, self.open_pool)
        self._entries(moved).with_user(self.admin).action_transfer(self.pool.id)
        got = self._run(hook)
        self.assertEqual([(one["lead"], one["kind"]) for one in got], [(here.id, "claimed"), (moved.id, "transferred")])

    def test_an_event_wakes_the_scheduled_action_only_if_somebody_wants_it(self):
        cron = self.env.ref("lead_pool.ir_cron_webhooks")
        self.hook.kind_ids = self.env["lead.pool.event.kind"].search([("code", "=", "claimed")])
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        [lead] = self._leads()
        self.env.cr.precommit.run()
        self.assertEqual(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]), triggers)
        self._claim(self.li, lead)
        self.env.cr.precommit.run()
        self.assertEqual(len(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])), len(triggers) + 1)

    # ------------------------------------------------------------
    # AT LEAST ONCE, IN ORDER
    # ------------------------------------------------------------

    def test_killed_between_sending_and_noting_it_comes_again(self):
        self._leads()
        Webhook = type(self.env["lead.pool.webhook"])
        with self.assertRaises(KeyboardInterrupt), self.env.cr.savepoint():
            while not self._states():  # many numbers of events may have been used up by others
                self.hook._work()
            with patch.object(Webhook, "_came_back", side_effect=KeyboardInterrupt):
                self.hook._work()
        self.env.invalidate_all()
        first, again = self._run()
        self.assertEqual(first, again, "with the same number, so that the receiver notices")
        self.assertEqual(self._states(), ["sent"])

    def test_while_the_event_of_one_lead_is_refused_the_other_leads_go_on(self):
        ill, well = self._leads(2)
        self._claim(self.li, ill | well)
        Receiver.answers[:] = [ILL]
        got = self._run()
        self.assertEqual([one["lead"] for one in got], [ill.id, well.id, well.id])
        self.assertEqual(self._states(), ["waiting", "sent", "waiting", "sent"])
        self._run(seconds=30)
        self.assertEqual(len(self._got()), 3, "not before its time")
        got = self._run(minutes=2)
        told = [(one["seq"], one["kind"]) for one in got if one["lead"] == ill.id]
        self.assertEqual(told, [(1, "entered"), (1, "entered"), (2, "claimed")])

    def test_what_is_refused_again_and_again_is_given_up_and_what_follows_goes_out(self):
        ill, well = self._leads(2)
        self._claim(self.li, ill)
        with patch.object(Receiver, "respond", self._refusing(ill.id)):
            for hours in range(0, 31):
                if hours in (10, 20):
                    self._leads()
                self._run(hours=hours)
        [dead] = self.hook.delivery_ids.filtered(lambda one: one.state == "dead" and one.kind == "entered")
        self.assertEqual((dead.lead_ref, dead.failures), (ill.id, 7))
        self.assertEqual(dead.answer, "The server answered with an error. (HTTP 500)")
        self.assertFalse(self.hook.paused, "the others arrived")
        self.assertIn(well.id, [one["lead"] for one in self._got()])
        codes = [answer["code"] for answer in self.env["lead.pool"].with_user(self.manager).action_check_health()]
        self.assertIn("webhook_dead", codes)
        dead.with_user(self.manager).action_send_again()
        self._run(hours=31)
        self.assertEqual(dead.state, "sent")

    @staticmethod
    def _refusing(lead_id):
        """A receiver that cannot do with what concerns this lead; another one calls now and then."""
        respond = Receiver.respond

        def answer(receiver, status, told):
            refused = json.loads(Receiver.got[-1][2])["event"]["lead"] == lead_id
            respond(receiver, *(ILL if refused else (status, told)))

        return answer

    # ------------------------------------------------------------
    # A RECEIVER THAT IS NOT THERE
    # ------------------------------------------------------------

    def test_a_receiver_that_is_away_for_a_day_is_paused_and_nothing_is_lost(self):
        leads = self._leads(3)
        Receiver.answers[:] = [GONE] * 100
        self._run()
        self.assertEqual(len(self._got()), 1, "the others would fare the same")
        for hours in range(1, 27):
            self._run(hours=hours)
        self.assertTrue(self.hook.paused)
        self.assertEqual({one.state for one in self.hook.delivery_ids}, {"waiting"}, "nothing was given up")
        self.assertEqual(set(self.hook.delivery_ids.mapped("failures")), {0})
        notice = self.env["mail.message"].search([("subject", "=", "The webhook “Warehouse” is paused")])
        self.assertIn(self.manager.partner_id, notice.notified_partner_ids | notice.partner_ids)
        self.assertIn("refuses us", self.hook.answer)
        codes = [answer["code"] for answer in self.env["lead.pool"].with_user(self.manager).action_check_health()]
        self.assertIn("webhook_paused", codes)
        tried = len(self._got())
        self._run(hours=48)
        self.assertEqual(len(self._got()), tried)
        Receiver.answers.clear()
        self.hook.with_user(self.manager).action_go_on()
        got = self._run(hours=49)[tried:]
        self.assertEqual([one["lead"] for one in got], leads.ids)
        self.assertFalse(self.hook.paused or self.hook.answer or self.hook.failures)

    def test_no_more_a_minute_than_it_wants(self):
        self.hook.per_minute = 2
        self._leads(5)
        self.assertEqual(len(self._run()), 2)
        self.assertEqual(len(self._run()), 2)
        self.assertEqual(len(self._run(minutes=1)), 4)
        self.assertEqual(len(self._run(minutes=2)), 5)

    # ------------------------------------------------------------
    # AGAIN
    # ------------------------------------------------------------

    def test_everything_since_a_point_is_sent_again_in_its_order(self):
        leads = self._leads(3)
        got = self._run()
        self.hook.with_user(self.manager).action_replay(got[0]["cursor"])
        self.assertEqual([one["lead"] for one in self._run()[3:]], leads[1:].ids)
        self.hook.delivery_ids.unlink()  # forgotten after a month
        wizard = self.env["lead.pool.webhook.replay"].with_user(self.manager).create({"webhook_id": self.hook.id})
        wizard.button_replay()
        told = [one["lead"] for one in self._run()[5:]]
        self.assertEqual(told[-3:], leads.ids)
        for wrong in ("yesterday", "", None, {}):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self.hook.with_user(self.manager).action_replay(wrong)

    def test_what_happens_while_it_is_archived_is_left_out(self):
        self.hook.active = False
        self._leads()
        self.hook.active = True
        [lead] = self._leads()
        self.assertEqual([one["lead"] for one in self._run()], lead.ids)

    def test_a_sample_says_in_words_what_is_wrong(self):
        hook = self.hook.with_user(self.manager)
        self.assertEqual(hook.action_send_sample(), {"done": True, "message": "The receiver has it."})
        [event] = self._got()
        self.assertTrue(event["sample"])
        self._leads()
        self.assertEqual(list(event)[1:], list(self._run()[1]), "it looks like a real one")
        Receiver.answers[:] = [(302, {})]
        self.assertIn("another address", hook.action_send_sample()["message"])
        Receiver.answers[:] = [(401, {})]
        self.assertEqual(hook.button_send_sample()["params"]["type"], "danger")
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self.assertFalse(hook.action_send_sample()["done"])

    # ------------------------------------------------------------
    # WHO, AND WHERE TO
    # ------------------------------------------------------------

    def test_only_managers_of_its_company_make_pause_and_replay_a_webhook(self):
        for user in (self.li, self.admin, self.marketing, self.all_docs):
            with self.subTest(user=user.name):
                with self.assertRaises(AccessError):
                    self.env["lead.pool.webhook"].with_user(user).create({"name": "Mine", "url": self.url})
                hook = self.hook.with_user(user)
                for verb, args in (
                    ("action_send_sample", []),
                    ("action_go_on", []),
                    ("action_pause", []),
                    ("action_replay", [feed.cursor(0)]),
                    ("read", []),
                ):
                    with self.assertRaises(AccessError):
                        getattr(hook, verb)(*args)
        self._leads()
        self._run()
        with self.assertRaises(AccessError):
            self.hook.delivery_ids.with_user(self.admin).action_send_again()
        self.hook.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            self.hook.with_user(self.manager).action_replay(feed.cursor(0))

    def test_what_is_secret_is_never_read(self):
        told = json.dumps(self.hook.with_user(self.manager).read()[0], default=str)
        self.assertNotIn(SECRET, told)
        self.assertNotIn("very-secret", told)
        for name in ("kept_url", "kept_secret"):
            with self.assertRaises(AccessError):
                self.hook.with_user(self.manager).read([name])
        self._leads()
        with self.assertNoLogs("odoo.addons.lead_pool", "DEBUG"):
            self._run()

    def test_an_address_leads_into_the_open_internet_only(self):
        with patch.dict(config.options, {"lead_pool_robot_loopback": ""}):
            for url in ("http://example.com/x", self.url, "file:///etc/passwd", "https://user:pw@example.com/", ""):
                with self.subTest(url=url), self.assertRaises(ValidationError):
                    self._hook(url=url)
            for host in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"):
                with self.subTest(host=host):
                    hook = self._hook(name=host, url=f"https://{host}/latest/meta-data")
                    self.assertIn("private network", hook.action_send_sample()["message"])
        self.assertFalse(Receiver.got)

    def test_a_webhook_needs_a_secret_that_is_long_enough(self):
        for secret in (False, "short"):
            with self.subTest(secret=secret), self.assertRaises(ValidationError):
                self._hook(secret=secret)

    def test_the_kinds_are_chosen_by_their_names(self):
        Kind = self.env["lead.pool.event.kind"].with_user(self.manager)
        [(number, name)] = Kind.name_search("Followed")
        self.assertEqual((Kind.browse(number).code, name), ("follow_up", "Followed Up"))
        self.assertEqual(
            set(Kind.search([]).mapped("code")), set(dict(self.env["lead.pool.event"]._fields["kind"].selection))
        )
