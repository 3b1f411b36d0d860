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
    return openpyxl.load_workbook(io.BytesIO(render([(Table("t", COLUMNS, rows, **values), WORDS)])))


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
    opened = openpyxl.load_workbook(io.BytesIO(render([(Table("t", COLUMNS, []), words)])))
    assert len(opened.sheetnames[0]) <= 31
    assert not set(opened.sheetnames[0]) & set("[]:*?/\\'")


def test_what_is_compared_has_its_earlier_value_and_its_change_beside_it():
    columns = (Column("rep", "text", total="none"), Column("n", group="g", good="more"), Column("now", good="none"))
    table = Table("t", columns, [Row("1", {"rep": "Li", "n": 6, "now": 3}), Row("2", {"rep": "Wu", "n": 1, "now": 3})])
    table.compare(Table("t", columns, [Row("1", {"rep": "Li", "n": 4, "now": 9})]))
    sheet = openpyxl.load_workbook(io.BytesIO(render([(table, WORDS)]))).worksheets[0]
    lines = [[cell.value for cell in line] for line in sheet["A4:E7"]]
    assert lines == [
        ["Rep", "n", "n before", "Change", "now"],
        ["Li", 6, 4, 0.5, 3],
        ["Wu", 1, None, None, 3],
        ["Total", 7, 4, 0.75, 6],
    ]
    assert sheet["D5"].number_format.startswith("+0.0%")
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B3:D3"]


def test_amounts_carry_the_symbol_of_their_currency():
    table = Table("t", (Column("won", "money"),), [Row("1", {"won": 12.5})])
    sheet = openpyxl.load_workbook(io.BytesIO(render([(table, Words("T", currency=("¥", True, 2)))]))).worksheets[0]
    assert (sheet["A5"].value, sheet["A5"].number_format) == (12.5, '"¥"#,##0.00')


def shaped(shape, labels, *series, **values):
    return book([row()], chart=Chart(labels, series, shape=shape, **values)).worksheets[1]


def test_every_shape_is_drawn():
    from openpyxl.chart import BarChart, ScatterChart

    funnel = shaped("funnel", ("entered", "claimed"), Series("n", (9, 4)))
    assert isinstance(funnel._charts[0], BarChart) and funnel._charts[0].type == "bar"
    curve = shaped("curve", (0, 7), Series("n", (1.0, 0.5), low=(1.0, 0.4), high=(1.0, 0.6)), unit="ratio")
    assert isinstance(curve._charts[0], ScatterChart) and len(curve._charts[0].series) == 3
    assert [cell.value for cell in curve[1]] == [None, "Number", "Number ≥", "Number ≤"]
    stacked = shaped("bars", ("a", "b"), Series("n", (1, 2), "stack"), Series("m", (3, 4), "stack"))
    assert stacked._charts[0].grouping == "stacked"
    lines = shaped("bars", ("a", "b"), Series("n", (1, 2), "line"))
    assert len(lines._charts) == 1


def test_a_heat_map_is_its_figures_coloured():
    sheet = shaped("heat", ("8", "9"), Series("n", (1, None)), Series("tue", (3, 4)))
    assert [[cell.value for cell in line] for line in sheet["A1:C3"]] == [
        [None, "8", "9"],
        ["Number", 1, None],
        ["tue", 3, 4],
    ]
    [[area, rules]] = [(str(area.sqref), area.rules) for area in sheet.conditional_formatting]
    assert (area, rules[0].type) == ("B2:C3", "colorScale")


def test_several_reports_are_one_workbook_with_a_sheet_of_meanings():
    chart = Chart(("Li",), (Series("n", (1,)),))
    words = Words("Reps", sheet="Reps", help={"n": "=what it is"}, columns={"n": "Number"})
    parts = [(Table("t", COLUMNS, [row()], chart=chart), words), (Table("u", COLUMNS, [row()], chart=chart), words)]
    opened = openpyxl.load_workbook(io.BytesIO(render(parts, "All", ("Definitions", "Report", "Column", "Meaning"))))
    assert opened.sheetnames == ["Reps", "Chart Reps", "Reps 2", "Chart Reps 2", "Definitions"]
    assert [cell.value for cell in opened["Definitions"][2]] == ["Reps", "Number", "=what it is"]
    assert opened["Definitions"]["C2"].data_type == "s"


def test_many_rows_are_written_as_they_come():
    rows = [Row(str(number), {"rep": f"=R{number}", "n": 1, "of": 2, "time": 60}) for number in range(50_000)]
    content = render([(Table("t", COLUMNS, rows, chart=Chart(("Li",), (Series("n", (1,)),))), WORDS)])
    sheet = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    lines = list(sheet.iter_rows(min_row=4, values_only=True))
    assert (lines[0][0], lines[1][0], lines[-2][0], lines[-1][2]) == ("Rep", "=R0", "=R49999", 50_000)
