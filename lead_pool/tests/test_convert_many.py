import io

import openpyxl

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from ..models.lead import conversion
from ..models.pool import converting
from ..wizard import lead_pool_convert_many
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestConvertMany(LeadPoolCase):
    """More leads than anybody waits for are converted in the background, with the rights of who asks."""

    def _own(self, count):
        leads = self._held(self.li, count)
        for number, lead in enumerate(leads):
            lead.write({"email_from": f"many{number}@many.example", "partner_name": f"Firm {number // 2}"})
        return leads

    def _start(self, leads, user=None, **values):
        answer = leads.with_user(user or self.li).action_convert_in_background(values, request_uid="many")
        return self.env["lead.pool.job"].browse(answer["job_id"])

    def test_each_has_its_result_and_what_is_not_ones_own_is_refused(self):
        mine, his, lost = self._own(5), self._held(self.wang), self._own(1)
        lost.with_user(self.li).action_set_lost()
        job = self._start(mine + his + lost, create_order=True)
        self.assertEqual(self._start(mine + his + lost, create_order=True), job, "asked twice, done once")
        self.assertEqual((job.total, job.user_id, mine.partner_id.ids), (7, self.li, []))
        self._work(job)
        self.assertEqual((job.state, job.done, job.converted_count, job.refused_count), ("done", 7, 5, 2))
        self.assertEqual(mine.mapped("pool_state"), ["converted"] * 5)
        self.assertEqual(len(mine.order_ids), 5)
        self.assertEqual(mine.order_ids.create_uid, self.li, "with the rights of who asked")
        self.assertEqual(len(mine.partner_id.parent_id), 3)
        self.assertFalse(his.partner_id)
        lines = self.env["lead.pool.conversion.line"].with_user(self.li).search(job.button_results()["domain"])
        refused = lines.filtered(lambda line: line.state == "refused")
        self.assertEqual(lines[:2], refused, "what went wrong comes first")
        self.assertEqual(refused.lead_id, his + lost)
        self.assertTrue(all(refused.mapped("message")))
        self.assertEqual(lines.order_id, mine.order_ids)
        with self.assertRaises(AccessError):
            lines.write({"state": "converted"})
        self.assertFalse(self.env["lead.pool.conversion.line"].with_user(self.wang).search([]))
        self._balance()

    def test_one_that_is_deleted_or_converted_meanwhile_does_not_hold_up_the_others(self):
        leads = self._own(3)
        job = self._start(leads)
        leads[0].sudo().unlink()
        leads[1].with_user(self.li).action_convert({"create_order": True})
        self._work(job)
        lines = self.env["lead.pool.conversion.line"].search([("job_id", "=", job.id)], order="id")
        self.assertEqual(lines.mapped("state"), ["refused", "refused", "converted"])
        self.assertEqual(lines[0].message, "This lead is not there any more.")
        self.assertEqual(lines[0].lead_ref, leads[0].id)
        self.assertEqual(len(leads[1].order_ids), 1)

    def test_cancelled_it_ends_before_the_next_batch(self):
        self.patch(converting, "CHUNK", 2)
        leads = self._own(5)
        job = self._start(leads)
        job._work()
        job.with_user(self.li).action_cancel()
        self._work(job)
        self.assertEqual((job.state, job.done, job.converted_count), ("cancelled", 2, 2))
        self.assertEqual(leads.mapped("pool_state"), ["converted"] * 2 + ["held"] * 3)
        self._balance()

    def test_the_dialog_hands_very_many_to_the_background(self):
        for module in (conversion, lead_pool_convert_many):
            self.patch(module, "MOST_AT_ONCE", 2)
        leads = self._own(3)
        with self.assertRaisesRegex(UserError, "too many"):
            leads.with_user(self.li).action_convert_many({})
        with self.assertRaisesRegex(UserError, "Unknown: stage_id. Take some of: create_order, create_partner."):
            leads.with_user(self.li).action_convert_in_background({"stage_id": 1})
        wizard = self.env["lead.pool.convert.many"].with_user(self.li).create({"lead_ids": [Command.set(leads.ids)]})
        self.assertTrue(wizard.in_background)
        action = wizard.action_convert()
        job = self.env["lead.pool.job"].browse(action["res_id"])
        self.assertEqual((action["res_model"], job.kind, job.total), ("lead.pool.job", "convert", 3))
        self._work(job)
        self.assertEqual(job.converted_count, 3)


@tagged("post_install", "-at_install")
class TestConvertManyFile(HttpCase, LeadPoolCase):
    def test_the_results_are_downloaded_by_who_started_it_alone(self):
        leads = self._held(self.li, 2)
        answer = leads.with_user(self.li).action_convert_in_background({})
        job = self.env["lead.pool.job"].browse(answer["job_id"])
        self._work(job)
        url = job.button_download_results()["url"]
        self.authenticate("li", "li")
        file = self.url_open(url)
        rows = list(openpyxl.load_workbook(io.BytesIO(file.content)).active.values)
        self.assertEqual(rows[0][:3], ("Lead #", "Lead", "Result"))
        self.assertEqual([(row[0], row[2]) for row in rows[1:]], [(str(lead.id), "Converted") for lead in leads])
        self.authenticate("wang", "wang")
        self.assertEqual(self.url_open(url).status_code, 404)
