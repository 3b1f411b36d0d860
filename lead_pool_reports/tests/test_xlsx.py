import io
from datetime import datetime, timedelta

import openpyxl
from freezegun import freeze_time

from odoo.tests import HttpCase, tagged

from .common import MARCH, ReportsCase


@tagged("post_install", "-at_install")
class TestXlsx(ReportsCase, HttpCase):
    def _get(self, user, path, **params):
        self.authenticate(user.login, user.login)
        query = "&".join(f"{key}={value}" for key, value in {**MARCH, **params}.items())
        return self.url_open(f"/lead_pool/report/{path}?{query}")

    def _book(self, user, name, **params):
        response = self._get(user, f"{name}.xlsx", **params)
        self.assertEqual(response.status_code, 200, response.text[:200])
        return openpyxl.load_workbook(io.BytesIO(response.content))

    def _lines(self, sheet, first=5):
        return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=first)]

    def test_the_workbook_has_the_figures_of_the_screen(self):
        for name in ("rep_status", "pool_dynamics"):
            table = self._report(self.manager, name)
            sheet = self._book(self.manager, name).worksheets[0]
            headings = [cell.value for cell in sheet[4]]
            self.assertEqual(headings, [column["label"] for column in table["columns"]])
            lines = self._lines(sheet)
            self.assertEqual(len(lines), len(table["rows"]) + 1)
            for line, row in zip(lines, [*table["rows"], table["total"]], strict=True):
                for column, shown, value in zip(table["columns"], row["cells"], line, strict=True):
                    if shown is None or column["kind"] in ("text", "date"):
                        continue
                    if isinstance(value, timedelta):
                        value = value.total_seconds()
                    elif column["kind"] == "duration":
                        value = value * 86400
                    self.assertAlmostEqual(value, shown, places=3, msg=(row["key"], column["code"]))

    def test_what_is_compared_on_screen_is_compared_in_the_workbook(self):
        day = {"date_from": "2026-03-04", "date_to": "2026-03-04", "compare": "previous"}
        table = self._report(self.manager, "rep_status", **day)
        sheet = self._book(self.manager, "rep_status", **day).worksheets[0]
        self.assertIn("Compared with 2026-03-03 – 2026-03-03", sheet["A2"].value)
        headings = [cell.value for cell in sheet[4]]
        for line, row in zip(self._lines(sheet), [*table["rows"], table["total"]], strict=True):
            for column, change in zip(table["columns"], row["changes"], strict=True):
                before = f"{column['label']} before"
                now = ("waiting", "untouched", "in_progress", "opportunities")  # whatever the period
                self.assertEqual(before in headings, column["code"] not in ("rep", *now))
                if change and column["kind"] == "count":
                    number = headings.index(before)
                    self.assertEqual((line[number], line[number + 1]), (change["before"], change["by"]))

    def test_it_is_a_workbook_to_work_with(self):
        book = self._book(self.manager, "pool_dynamics", pool_ids=self.pool.id)
        sheet, chart, definitions = book.worksheets
        self.assertEqual(sheet["A1"].value, "Pool Dynamics by Day")
        self.assertIn("2026-03-02 – 2026-03-06", sheet["A2"].value)
        self.assertIn("Beijing", sheet["A2"].value)
        self.assertEqual(sheet.freeze_panes, "B5")
        self.assertEqual(sheet["A5"].value, datetime(2026, 3, 2))
        self.assertEqual(sheet["A5"].number_format, "yyyy-mm-dd")
        self.assertTrue(sheet["A4"].font.bold)
        self.assertEqual(sheet.cell(sheet.max_row, 1).value, "Total")
        self.assertEqual(len(chart._charts), 1)
        self.assertEqual([cell.value for cell in chart["B"]], ["Entered", 6, 0, 0, 0, 1])
        self.assertIn("Leads that came in: created, imported, enrolled.", [cell.value for cell in definitions["C"]])

    def test_a_name_never_becomes_a_formula(self):
        self.li.name = '=HYPERLINK("http://example.com")'
        sheet = self._book(self.manager, "rep_status").worksheets[0]
        cell = next(row[0] for row in sheet.iter_rows(min_row=5) if "HYPERLINK" in str(row[0].value))
        self.assertEqual((cell.data_type, cell.hyperlink), ("s", None))

    def test_a_rep_gets_his_own_figures(self):
        lines = self._lines(self._book(self.li, "rep_status").worksheets[0])
        self.assertEqual([line[0] for line in lines], ["Li Na", "Total"])

    def test_the_file_has_a_name(self):
        response = self._get(self.manager, "rep_status.xlsx")
        self.assertIn("rep_status_2026-03-02_2026-03-06.xlsx", response.headers["Content-Disposition"])

    def test_bad_parameters_are_refused_in_a_sentence(self):
        for path, params in (
            ("users.xlsx", {}),
            ("rep_status.xlsx", {"date_from": "yesterday"}),
            ("rep_status.xlsx", {"pool_ids": "1;drop"}),
            ("rep_status.xlsx", {"pool_ids": "99999999999999"}),
            ("rep_status.xlsx", {"nonsense": "1"}),
            ("pool_dynamics.xlsx", {"date_from": "2019-01-01"}),
        ):
            response = self._get(self.manager, path, **params)
            self.assertEqual(response.status_code, 400, (path, params))
            self.assertTrue(response.text.endswith((".", "”.")), response.text)
            self.assertNotIn("Traceback", response.text)

    def test_who_does_not_sell_gets_none(self):
        self.assertEqual(self._get(self.marketing, "rep_status.xlsx").status_code, 403)

    def test_who_is_not_logged_in_is_sent_to_log_in(self):
        response = self.url_open("/lead_pool/report/rep_status.xlsx", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_without_any_figure_there_is_an_empty_workbook(self):
        with freeze_time("2026-03-01"):
            book = self._book(self.manager, "pool_dynamics", date_from="2026-03-20", date_to="2026-03-21")
        self.assertEqual(book.sheetnames, ["Pool Dynamics by Day", "Definitions"])
