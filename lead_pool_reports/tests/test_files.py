import io
from unittest.mock import patch

import openpyxl
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.lead_pool_report import REPORTS
from ..models.lead_pool_report_export import LIMIT, ReasonNeeded
from ..models.lead_pool_report_mail import OPTIONS
from .common import MARCH, ReportsCase

MONDAY_NINE = "2026-03-09 09:00:00"  # UTC; the week before is that of March


def sheets(content):
    book = openpyxl.load_workbook(io.BytesIO(content))
    return {sheet.title: [[cell.value for cell in line] for line in sheet] for sheet in book.worksheets}


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestLargeExports(ReportsCase, HttpCase):
    def _limit(self, rows):
        self.env["ir.config_parameter"].sudo().set_param(LIMIT, rows)

    def _log(self):
        return self.env["lead.pool.report.export"].with_user(self.manager).search([])

    def _export(self, user, names=("rep_status",), reason=""):
        return self.env["lead.pool.report"].with_user(user)._export(list(names), MARCH, reason)

    def test_a_small_one_is_nobodys_business(self):
        self._export(self.manager)
        self.assertFalse(self._log())

    def test_a_large_one_needs_a_reason_and_is_written_down(self):
        self._limit(1)
        for reason in ("", "   "):
            with self.assertRaises(ReasonNeeded):
                self._export(self.manager, reason=reason)
        self.assertFalse(self._log())
        self._export(self.manager, reason=" For the board ")
        [log] = self._log()
        self.assertEqual((log.user_id, log.reason, log.row_count), (self.manager, "For the board", 4))
        self.assertEqual(log.reports, "Reps: Status and Conversion")
        self.assertIn("2026-03-02 – 2026-03-06", log.options)

    def test_all_reports_of_others_are_large_and_ones_own_are_not(self):
        with self.assertRaises(ReasonNeeded):
            self._export(self.manager, names=())
        self._export(self.li, names=())
        self.assertFalse(self._log())

    def test_nobody_changes_what_is_written_down_and_reps_do_not_read_it(self):
        self._export(self.manager, names=(), reason="x")
        with self.assertRaises(AccessError):
            self._log().reason = "y"
        with self.assertRaises(AccessError):
            self._log().unlink()
        with self.assertRaises(AccessError):
            self.env["lead.pool.report.export"].with_user(self.admin).search([])

    def test_the_browser_asks_and_comes_again(self):
        self.authenticate(self.manager.login, self.manager.login)
        url = "/lead_pool/report/all.xlsx?date_from=2026-03-02&date_to=2026-03-06"
        refused = self.url_open(url)
        self.assertEqual(refused.status_code, 428)
        self.assertIn("Say what it is for", refused.text)
        asked = self.url_open(f"{url}&ask=1")
        self.assertEqual((asked.status_code, asked.json()), (200, {"sentence": refused.text}))
        response = self.url_open(f"{url}&reason=Board")
        self.assertIn("lead_pool_2026-03-02_2026-03-06.xlsx", response.headers["Content-Disposition"])
        titles = [self.env["lead.pool.report"]._words(name)["title"] for name in REPORTS]
        self.assertLessEqual({title[:31].replace(":", " ") for title in titles}, set(sheets(response.content)))
        self.assertEqual(self._log().reason, "Board")

    def test_without_wkhtmltopdf_a_sentence_says_so(self):
        Report = self.env["lead.pool.report"].with_user(self.manager)
        tables = Report._tables(["rep_status"], MARCH)
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() in ("install", "broken"):
            with self.assertRaisesRegex(UserError, "Take the workbook instead"):
                Report._pdf(tables)
        else:
            self.assertTrue(Report._pdf(tables)[1].startswith(b"%PDF"))

    def test_the_pages_to_print_have_the_figures_of_the_screen(self):
        Report = self.env["lead.pool.report"].with_user(self.manager)
        table = self._report(self.manager, "rep_status")
        part = Report._printed(*Report._tables(["rep_status"], MARCH)[0])
        received = [column["code"] for column in table["columns"]].index("received")
        self.assertEqual(
            [row[received]["text"] for row in part["rows"]],
            [str(row["cells"][received] if row["cells"][received] is not None else "") for row in table["rows"]],
        )
        html = str(self.env["ir.qweb"]._render("lead_pool_reports.report_pdf", {"parts": [part]}))
        self.assertIn("Li Na", html)
        self.assertIn("25.0%", html)


@tagged("post_install", "-at_install")
class TestWeeklyMail(ReportsCase):
    def setUp(self):
        super().setUp()
        for user in (self.li, self.manager, self.wang):
            user.tz = "UTC"
        self.Mail = self.env["lead.pool.report.mail"]

    def _subscribe(self, user, by=None, when="2026-03-05 10:00:00", **values):
        with freeze_time(when):
            return self.Mail.with_user(by or user).create({"user_id": user.id, **values})

    def _sent(self, moment=MONDAY_NINE):
        """Run what the scheduled action does; the mails that it made, by address."""
        before = self.env["mail.mail"].sudo().search([])
        with freeze_time(moment):
            more = True
            while more:
                _done, more = self.Mail._send_some()
        mails = self.env["mail.mail"].sudo().search([]) - before
        return {mail.recipient_ids.email: mail for mail in mails}

    def test_each_gets_his_own_figures_in_mail_and_workbook_as_on_screen(self):
        for user in (self.li, self.manager):
            self._subscribe(user)
        mails = self._sent()
        self.assertEqual(set(mails), {self.li.email, self.manager.email})
        with freeze_time(MONDAY_NINE):
            for user in (self.li, self.manager):
                mail = mails[user.email]
                table = self.env["lead.pool.report"].with_user(user).table("rep_status", OPTIONS)
                codes = [column["code"] for column in table["columns"]]
                received = table["total"]["cells"][codes.index("received")]
                content = sheets(mail.attachment_ids.raw)["Reps  Status and Conversion"]
                self.assertEqual(content[-1][content[3].index("Received")], received)
                self.assertEqual(len(content) - 4, len(table["rows"]) + 1)
                line = mail.body_html.split(">Received<")[1]
                self.assertIn(f">{received}</td>", line[:200])
        self.assertNotIn("Wang", str(sheets(mails[self.li.email].attachment_ids.raw)))

    def test_nobody_gets_two_for_a_week(self):
        self._subscribe(self.li)
        self.assertEqual(len(self._sent()), 1)
        self.assertEqual(len(self._sent()), 0)
        self.assertEqual(len(self._sent("2026-03-15 23:00:00")), 0)
        self.assertEqual(len(self._sent("2026-03-16 08:00:00")), 1)

    def test_it_comes_on_the_day_and_hour_of_whom_it_is_for(self):
        self.li.tz = "Asia/Shanghai"
        self._subscribe(self.li, weekday="2", hour=7)
        self.assertFalse(self._sent("2026-03-10 22:59:00"))
        self.assertTrue(self._sent("2026-03-10 23:00:00"), "seven on Wednesday in Shanghai")

    def test_what_was_missed_is_sent_late(self):
        self._subscribe(self.li)
        self.assertEqual(len(self._sent("2026-03-11 20:00:00")), 1)

    def test_the_first_one_does_not_come_at_once(self):
        self._subscribe(self.li, when="2026-03-11 10:00:00")
        self.assertFalse(self._sent("2026-03-11 11:00:00"))

    def test_several_reports_come_in_one_mail(self):
        for report in REPORTS[:2]:
            self._subscribe(self.li, report=report)
        [mail] = self._sent().values()
        self.assertEqual(len(mail.attachment_ids), 1)
        self.assertIn("Definitions", sheets(mail.attachment_ids.raw))

    def test_a_report_that_went_with_its_add_on_is_not_missed(self):
        """Li gets that one alone, Wang another one as well."""
        gone = self._subscribe(self.li) | self._subscribe(self.wang)
        self._subscribe(self.wang, report="funnel")
        self.env.flush_all()
        self.env.cr.execute("UPDATE lead_pool_report_mail SET report = 'acme_cities' WHERE id = ANY(%s)", [gone.ids])
        self.env.invalidate_all()
        mails = self._sent()
        self.assertEqual(set(mails), {self.wang.email})
        self.assertIn("Funnel", sheets(mails[self.wang.email].attachment_ids.raw))
        self.assertFalse(any(gone.mapped("failed_at")))

    def test_who_left_or_lost_the_right_gets_none(self):
        for user in (self.li, self.wang, self.zhao):
            self._subscribe(user)
        self.wang.active = False
        self.zhao.group_ids = self.env.ref("base.group_user")
        self.assertEqual(set(self._sent()), {self.li.email})

    def test_one_that_fails_does_not_stop_the_others_and_is_tried_again(self):
        broken = self._subscribe(self.li)
        self._subscribe(self.wang)
        Report, uid = type(self.env["lead.pool.report"]), self.li.id
        summary = Report._summary

        def breaks(report, *args):
            if report.env.uid == uid:
                raise ValueError("a figure of his cannot be computed")
            return summary(report, *args)

        with (
            patch.object(Report, "_summary", breaks),
            mute_logger("odoo.addons.lead_pool_reports.models.lead_pool_report_mail"),
        ):
            self.assertEqual(set(self._sent()), {self.wang.email})
        self.assertTrue(broken.failed_at)
        self.assertFalse(self._sent("2026-03-09 10:00:00"), "not before some hours")
        self.assertEqual(set(self._sent("2026-03-09 16:00:00")), {self.li.email})

    def test_a_rep_chooses_for_himself_and_a_manager_for_all(self):
        with self.assertRaises(AccessError):
            self._subscribe(self.wang, by=self.li)
        mail = self._subscribe(self.wang, by=self.manager)
        self.assertFalse(self.Mail.with_user(self.li).search([]))
        with self.assertRaises(AccessError):
            mail.with_user(self.li).hour = 3
        own = self._subscribe(self.li, report="rep_status")
        with self.assertRaises(AccessError):
            own.with_user(self.li).user_id = self.wang
        with self.assertRaises(AccessError):
            self._subscribe(self.marketing)

    def test_from_the_screen_one_opens_what_one_has(self):
        action = self.Mail.with_user(self.li).action_mine("rep_status")
        self.assertEqual((action["res_id"], action["context"]), (False, {"default_report": "rep_status"}))
        mine = self._subscribe(self.li, report="rep_status", active=False)
        self.assertEqual(self.Mail.with_user(self.li).action_mine("rep_status")["res_id"], mine.id)
        with self.assertRaises(UserError):
            self.Mail.with_user(self.li).action_mine("users")

    @mute_logger("odoo.sql_db")
    def test_what_makes_no_sense_is_refused(self):
        self._subscribe(self.li)
        for values in ({}, {"report": "rep_status", "hour": 24}):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self._subscribe(self.li, **values)
                self.env.flush_all()


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestPresets(ReportsCase):
    def _save(self, user, title, **more):
        options = {"period": "last_month", "pool_ids": self.pool.ids}
        return self.env["lead.pool.report"].with_user(user).save_preset("rep_status", title, options, **more)

    def _titles(self, user, name="rep_status"):
        presets = self.env["lead.pool.report"].with_user(user).presets(name)
        return {preset["title"]: preset for preset in presets}

    def test_ones_own_stay_ones_own_and_of_their_report(self):
        self._save(self.li, "Mine")
        self.assertEqual(set(self._titles(self.li)), {"Mine"})
        self.assertFalse(self._titles(self.wang))
        self.assertFalse(self._titles(self.li, "pool_dynamics"))

    def test_last_month_stays_last_month(self):
        self._save(self.li, "Mine")
        options = self._titles(self.li)["Mine"]["options"]
        self.assertEqual((options["period"], options["pool_ids"]), ("last_month", self.pool.ids))
        self.assertNotIn("date_from", options)
        with freeze_time("2026-05-01"):
            table = self.env["lead.pool.report"].with_user(self.li).table("rep_status", options)
        self.assertEqual(table["options"]["date_from"], "2026-04-01")

    def test_a_manager_shares_and_removes_what_is_shared(self):
        with self.assertRaises(AccessError):
            self._save(self.li, "All", shared=True)
        self._save(self.manager, "All", shared=True)
        preset = self._titles(self.li)["All"]
        self.assertEqual((preset["shared"], preset["mine"]), (True, False))
        Report = self.env["lead.pool.report"]
        with self.assertRaises(UserError):
            Report.with_user(self.li).remove_preset("rep_status", preset["id"])
        Report.with_user(self.manager).remove_preset("rep_status", preset["id"])
        self.assertFalse(self._titles(self.li))

    def test_the_same_name_again_replaces_and_only_one_is_the_default(self):
        self._save(self.li, "A", is_default=True)
        self._save(self.li, "B", is_default=True)
        self._save(self.li, "B", is_default=True)
        defaults = {title: preset["is_default"] for title, preset in self._titles(self.li).items()}
        self.assertEqual(defaults, {"A": False, "B": True})

    def test_nonsense_is_refused(self):
        with self.assertRaises(UserError):
            self._save(self.li, "  ")
        Report = self.env["lead.pool.report"].with_user(self.li)
        with self.assertRaises(UserError):
            Report.save_preset("rep_status", "X", {"period": "ever"})
        self._save(self.wang, "His")
        with self.assertRaises(UserError):
            Report.remove_preset("rep_status", self._titles(self.wang)["His"]["id"])
