"""A workbook of any table: texts stay texts, empty tables stay whole."""

import io
from datetime import date, datetime, timedelta

import openpyxl
import pytest

from lead_pool_reports.render.xlsx import Words, render
from lead_pool_reports.tables.table import Chart, Column, Row, Series, Table

COLUMNS = (
    Column("rep", "text", total="none"),
    Column("day", "date", total="none"),
    Column("n", group="g"),
    Column("share", "ratio", group="g", of=("n", "of")),
    Column("time", "duration", group="g", total="given"),
)
WORDS = Words("Title", columns={"rep": "Rep"}, groups={"g": "Group"}, rows={"nobody": "Nobody"}, series={"n": "Number"})


def book(rows, **values):
    return openpyxl.load_workbook(io.BytesIO(render(Table("t", COLUMNS, rows, **values), WORDS)))


def row(rep="Li", day=date(2026, 3, 2), n=1, of=4, time=5400):
    return Row("1", {"rep": rep, "day": day, "n": n, "of": of, "time": time})


def test_each_kind_has_its_format():
    cells = book([row()]).worksheets[0][5]
    assert [cell.value for cell in cells] == ["Li", datetime(2026, 3, 2), 1, 0.25, timedelta(hours=1, minutes=30)]
    assert [cell.number_format for cell in cells] == ["@", "yyyy-mm-dd", "#,##0", "0.0%", "[h]:mm"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "@x", "-2", "http://example.com", "mailto:a@b.c", "{=A1}", "线索"])
def test_a_text_is_never_a_formula_nor_a_link(text):
    cell = book([row(rep=text)]).worksheets[0]["A5"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_nothing_is_an_empty_cell_and_named_rows_have_their_names():
    sheet = book([row(day=None, n=None, time=None), Row("nobody", {})]).worksheets[0]
    assert [cell.value for cell in sheet[5]] == ["Li", None, None, None, None]
    assert sheet["A6"].value == "Nobody"


def test_headings_totals_and_panes():
    sheet = book([row(), row(n=3)]).worksheets[0]
    assert [sheet["A4"].value, sheet["C3"].value, sheet["A7"].value, sheet["C7"].value] == ["Rep", "Group", "Total", 4]
    assert sheet.freeze_panes == "C5"


def test_a_table_without_rows_is_a_workbook_without_totals():
    opened = book([], chart=Chart((), (Series("n", ()),)))
    assert len(opened.worksheets) == 1
    assert opened.worksheets[0].max_row == 4


def test_the_chart_has_its_figures_beside_it():
    labels = (date(2026, 3, 2), date(2026, 3, 3))
    chart = Chart(labels, (Series("n", (1, 2)), Series("stock", (5, 6), "line")), kind="date")
    sheet = book([row()], chart=chart).worksheets[1]
    assert [[cell.value for cell in line] for line in sheet["A1:C3"]] == [
        [None, "Number", "stock"],
        [datetime(2026, 3, 2), 1, 5],
        [datetime(2026, 3, 3), 2, 6],
    ]
    assert len(sheet._charts) == 1


def test_a_sheet_is_named_as_excel_allows():
    words = Words("T", sheet="Reps: [all] / what they * did? in March 2026")
    opened = openpyxl.load_workbook(io.BytesIO(render(Table("t", COLUMNS, []), words)))
    assert len(opened.sheetnames[0]) <= 31
    assert not set(opened.sheetnames[0]) & set("[]:*?/\\'")
