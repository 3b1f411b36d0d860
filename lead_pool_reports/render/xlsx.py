"""Tables as a workbook: for each a sheet with the figures and one with the chart; at the end what each column means."""

import io
from dataclasses import dataclass, field
from itertools import groupby

import xlsxwriter

from . import chart
from .cells import CHANGES, Formats, sheet_names, write

HEAD_ROWS = 4  # title, period and filters, groups, headings
WIDTHS = {"text": 26, "date": 12, "count": 12, "number": 12, "money": 16, "ratio": 12, "duration": 14}  # characters
CHANGE_WIDTH = 11
MANY_ROWS = 50_000  # from so many on, rows are written away as they come


@dataclass
class Words:
    """What a table is called, in the reader's language.

    :param subtitle: period, filters and when it was computed
    :param columns: ``{code: heading}``; ``groups``: ``{code: heading}``; ``series``: ``{code: name}``
    :param rows: ``{row key: name}`` of rows that are named by the report, not by its data
    :param labels: ``{label: name}`` of labels of the chart that are codes
    :param help: ``{code: what the column means}``
    :param before: heading of an earlier value, with ``{}`` for that of the column
    :param currency: ``(symbol, whether it stands before the amount, digits)``
    """

    title: str
    subtitle: str = ""
    sheet: str = "Report"
    chart: str = "Chart"
    total: str = "Total"
    columns: dict = field(default_factory=dict)
    groups: dict = field(default_factory=dict)
    rows: dict = field(default_factory=dict)
    series: dict = field(default_factory=dict)
    labels: dict = field(default_factory=dict)
    help: dict = field(default_factory=dict)
    before: str = "{} before"
    change: str = "Change"
    currency: tuple = ("", False, 2)


@dataclass(frozen=True)
class Shown:
    """A column of the sheet: a figure, what it was before, or by how much it changed."""

    column: object
    heading: str
    part: str = "value"

    @property
    def width(self):
        usual = CHANGE_WIDTH if self.part == "change" else WIDTHS[self.column.kind]
        return max(usual, min(len(self.heading) * 0.8 + 2, 18))


def render(parts, title="", definitions=()):
    """The workbook of these tables, as bytes.

    Texts are written as texts: a name like ``=1+1`` never becomes a formula, nor a link. Totals are values.

    :param parts: ``[(Table, Words)]``
    :param title: of the workbook; none: that of its first table
    :param definitions: name of the sheet with the meaning of the columns, and its three headings; none: no such sheet
    """
    stream = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    many = sum(len(table.rows) for table, _words in parts) >= MANY_ROWS
    options |= {"constant_memory": True} if many else {"in_memory": True}
    names = sheet_names()
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": title or parts[0][1].title, "comments": parts[0][1].subtitle})
        for table, words in parts:
            formats = Formats(book, words.currency)
            sheet = book.add_worksheet(names(words.sheet))
            _write_figures(sheet, table, words, formats)
            if table.chart and table.chart.labels:
                of_table = words.chart if len(parts) == 1 else f"{words.chart} {words.sheet}"
                chart.write_chart(book, names(of_table), table.chart, words, formats)
        if definitions:
            _write_definitions(book.add_worksheet(names(definitions[0])), parts, definitions[1:], Formats(book))
    return stream.getvalue()


def _shown(table, words):
    """The columns of the sheet: behind each figure that is compared, its earlier value and its change."""
    for column in table.columns:
        heading = words.columns.get(column.code, column.code)
        yield Shown(column, heading)
        if table.is_compared(column):
            yield Shown(column, words.before.format(heading), "before")
            yield Shown(column, words.change, "change")


def _write_figures(sheet, table, words, formats):
    shown = list(_shown(table, words))
    for number, one in enumerate(shown):
        sheet.set_column(number, number, one.width)
    sheet.write_string(0, 0, words.title, formats.title)
    sheet.write_string(1, 0, words.subtitle, formats.subtitle)
    first = 0
    for code, columns in groupby(  # pylint: disable=bad-builtin-groupby
        shown, key=lambda one: one.column.group
    ):
        span, name = len(list(columns)), words.groups.get(code, "")
        if span > 1 and name:
            sheet.merge_range(2, first, 2, first + span - 1, "", formats.head)
        sheet.write_string(2, first, name, formats.head)
        first += span
    sheet.set_row(3, 32)
    for number, one in enumerate(shown):
        sheet.write_string(3, number, one.heading, formats.head)
    line = HEAD_ROWS
    for row in table.rows:
        _write_row(sheet, line, table, row, shown, words.rows.get(row.key), formats.body)
        line += 1
    if table.rows:
        _write_row(sheet, line, table, table.total, shown, words.total, formats.total)
    sheet.freeze_panes(HEAD_ROWS, sum(1 for column in table.columns if column.kind in ("text", "date")))
    sheet.repeat_rows(2, 3)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)


def _write_row(sheet, line, table, row, shown, heading, style):
    for number, one in enumerate(shown):
        if one.part == "value":
            value = heading if heading and not number else table.value(row, one.column)
            write(sheet, line, number, one.column.kind, value, style)
            continue
        change = table.change(row, one.column)
        if one.part == "before":
            write(sheet, line, number, one.column.kind, change and change.before, style)
        else:
            write(sheet, line, number, CHANGES[change.verdict if change else ""], change and change.by, style)


def _write_definitions(sheet, parts, headings, formats):
    sheet.set_column(0, 1, 28)
    sheet.set_column(2, 2, 90, formats.wrapped)
    for number, heading in enumerate(headings):
        sheet.write_string(0, number, heading, formats.head)
    line = 1
    for table, words in parts:
        for column in table.columns:
            if text := words.help.get(column.code):
                sheet.write_string(line, 0, words.title)
                sheet.write_string(line, 1, words.columns.get(column.code, column.code))
                sheet.write_string(line, 2, text, formats.wrapped)
                line += 1
    sheet.freeze_panes(1, 0)
