from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.lead_pool.controllers import health

from .common import LeadPoolCase

TOKEN = "of-the-monitor"


@tagged("post_install", "-at_install")
class TestHealthAddress(LeadPoolCase, HttpCase):
    """A monitor asks every minute."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._crons_ran()
        cls.env["ir.config_parameter"].set_param("lead_pool.health_token", TOKEN)

    def _ask(self, path="", token=TOKEN):
        health.ANSWERS.clear()
        return self._ask_again(path, token)

    def _ask_again(self, path="", token=TOKEN):
        self.env.flush_all()
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.url_open(f"/lead_pool/health{path}", headers=headers)

    def test_all_is_well_and_nothing_of_a_person_is_said(self):
        self._held(self.li, 2)
        response = self._ask()
        self.assertEqual(response.status_code, 200)
        answer = response.json()
        self.assertEqual((answer["state"], answer["problems"], answer["overdue_reclaim_seconds"]), ("ok", [], 0))
        self.assertEqual(answer["dead_letters"], {"intake": 0, "robots": 0, "webhooks": 0})
        self.assertIn("ir_cron_webhooks", answer["late_crons_seconds"])
        for private in ("Li Na", "Beijing", "Contact", "138"):
            self.assertNotIn(private, response.text)

    def test_who_does_not_know_the_token_learns_nothing_not_even_that_there_is_one(self):
        for path, token in (("", None), ("", "wrong"), ("?token=", None), ("?token=wrong", None), ("", "é")):
            with self.subTest(path=path, token=token):
                response = self._ask(path, token)
                self.assertEqual((response.status_code, response.text), (404, ""))
        self.assertEqual(self._ask(f"?token={TOKEN}", None).status_code, 200)
        self.env["ir.config_parameter"].set_param("lead_pool.health_token", False)
        for token in (TOKEN, "", "False"):
            self.assertEqual(self._ask(token=token).status_code, 404)

    def test_late_and_broken_is_told_by_figures_and_a_status(self):
        lead = self._held(self.li)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lead_pool_entry SET reclaim_at = %s WHERE lead_id = %s",
            [fields.Datetime.now() - timedelta(hours=2), lead.id],
        )
        cron = self.env.ref("lead_pool.ir_cron_robots")
        cron.nextcall = fields.Datetime.now() - timedelta(hours=3)
        answer = self._ask().json()
        self.assertEqual((answer["state"], answer["problems"]), ("warning", ["cron_overdue"]))
        self.assertTrue(7200 <= answer["overdue_reclaim_seconds"] < 7300)
        self.assertTrue(10800 <= answer["late_crons_seconds"]["ir_cron_robots"] < 10900)
        cron.active = False
        response = self._ask()
        self.assertEqual((response.status_code, response.json()["problems"]), (503, ["cron_off"]))
        prometheus = self._ask("?format=prometheus")
        self.assertEqual(prometheus.status_code, 200)
        self.assertIn("\nlead_pool_state 2\n", prometheus.text)
        self.assertIn('lead_pool_queues{name="webhooks"} 0', prometheus.text)

    def test_whoever_asks_every_second_gets_the_same_answer_for_a_while(self):
        self._ask()
        self.env.ref("lead_pool.ir_cron_robots").active = False
        self.assertEqual(self._ask_again().json()["state"], "ok")
        self.assertEqual(self._ask().json()["state"], "error")
