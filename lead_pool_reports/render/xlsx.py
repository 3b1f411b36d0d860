"""A table as a workbook: one sheet with the figures, one with the chart."""

import io
from dataclasses import dataclass, field

import xlsxwriter

HEAD_ROWS = 4  # title, period and filters, groups, headings
WIDTHS = {"text": 26, "date": 12, "count": 12, "number": 12, "money": 16, "ratio": 12, "duration": 14}  # characters
SECONDS_A_DAY = 86400
BLUE, GREY, LINE = "#1F4E79", "#F2F4F7", "#C9D1DA"
COLOURS = ("#4EA7F2", "#43C5B1", "#F4A261", "#8481DD", "#EA6175")
NUMBERS = {
    "count": "#,##0",
    "number": "#,##0.0",
    "money": "#,##0.00",
    "ratio": "0.0%",
    "duration": "[h]:mm",
    "date": "yyyy-mm-dd",
    "text": "@",
}


@dataclass
class Words:
    """What a table is called, in the reader's language.

    :param subtitle: period, filters and when it was computed
    :param columns: ``{code: heading}``; ``groups``: ``{code: heading}``; ``series``: ``{code: name}``
    :param rows: ``{row key: name}`` of rows that are named by the report, not by its data
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


def render(table, words):
    """The workbook of one table, as bytes.

    Texts are written as texts: a name like ``=1+1`` never becomes a formula, nor a link.
    """
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties({"title": words.title, "comments": words.subtitle})
        formats = _Formats(book)
        _write_figures(book.add_worksheet(_sheet_name(words.sheet)), table, words, formats)
        if table.chart and table.chart.labels:
            _write_chart(book, table.chart, words, formats)
    return stream.getvalue()


class _Formats:
    """The formats of the workbook: by role, and for cells by kind."""

    def __init__(self, book):
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": BLUE})
        self.subtitle = book.add_format({"font_color": "#5A6675"})
        head = {"bold": True, "font_color": "white", "bg_color": BLUE, "border": 1, "border_color": LINE}
        self.head = book.add_format({**head, "align": "center", "valign": "vcenter", "text_wrap": True})
        self.body = {kind: book.add_format({"num_format": number}) for kind, number in NUMBERS.items()}
        total = {"bold": True, "top": 2, "bg_color": GREY}
        self.total = {kind: book.add_format({**total, "num_format": number}) for kind, number in NUMBERS.items()}


def _sheet_name(name):
    """A name that Excel takes: at most 31 characters, none of its special ones."""
    return "".join(" " if char in "[]:*?/\\'" else char for char in name).strip()[:31] or "Report"


def _write_figures(sheet, table, words, formats):
    sheet.write_string(0, 0, words.title, formats.title)
    sheet.write_string(1, 0, words.subtitle, formats.subtitle)
    first = 0
    for code, span in table.groups:
        name = words.groups.get(code, "")
        if span > 1 and name:
            sheet.merge_range(2, first, 2, first + span - 1, "", formats.head)
        sheet.write_string(2, first, name, formats.head)
        first += span
    for number, column in enumerate(table.columns):
        heading = words.columns.get(column.code, column.code)
        sheet.write_string(3, number, heading, formats.head)
        sheet.set_column(number, number, max(WIDTHS[column.kind], min(len(heading) * 0.8 + 2, 18)))
    sheet.set_row(3, 32)
    lines = [(row, formats.body) for row in table.rows]
    if table.rows:
        lines.append((table.total, formats.total))
    for line, (row, style) in enumerate(lines, HEAD_ROWS):
        heading = words.total if row is table.total else words.rows.get(row.key)
        for number, column in enumerate(table.columns):
            value = heading if heading and not number else table.value(row, column)
            _write(sheet, line, number, column.kind, value, style)
    named = sum(1 for column in table.columns if column.kind in ("text", "date"))
    sheet.freeze_panes(HEAD_ROWS, named)
    sheet.repeat_rows(2, 3)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write(sheet, line, number, kind, value, style):
    if value is None or value == "":
        sheet.write_blank(line, number, None, style[kind])
    elif isinstance(value, str):
        sheet.write_string(line, number, value, style["text"])
    elif kind == "date":
        sheet.write_datetime(line, number, value, style["date"])
    elif kind == "duration":
        sheet.write_number(line, number, value / SECONDS_A_DAY, style["duration"])
    else:
        sheet.write_number(line, number, value, style[kind])


def _write_chart(book, chart, words, formats):
    """The chart and, beside it, the figures that it is drawn from."""
    sheet = book.add_worksheet(_sheet_name(words.chart))
    last = len(chart.labels)
    sheet.set_column(0, 0, WIDTHS[chart.kind])
    sheet.set_column(1, len(chart.series), WIDTHS["count"])
    sheet.write_blank(0, 0, None, formats.head)
    for line, label in enumerate(chart.labels, 1):
        _write(sheet, line, 0, chart.kind, label, formats.body)
    drawn = {"bar": book.add_chart({"type": "column"}), "line": book.add_chart({"type": "line"})}
    for number, series in enumerate(chart.series, 1):
        sheet.write_string(0, number, words.series.get(series.code, series.code), formats.head)
        for line, value in enumerate(series.values, 1):
            sheet.write_number(line, number, value, formats.body["count"])
        colour = COLOURS[(number - 1) % len(COLOURS)]
        drawn[series.style].add_series(
            {
                "name": [sheet.name, 0, number],
                "categories": [sheet.name, 1, 0, last, 0],
                "values": [sheet.name, 1, number, last, number],
                "fill" if series.style == "bar" else "line": {"color": colour},
                "y2_axis": series.style == "line",
            }
        )
    main = drawn["bar"]
    if drawn["line"].series:
        main.combine(drawn["line"])
        drawn["line"].set_y2_axis(
            {"name": next(words.series.get(s.code, s.code) for s in chart.series if s.style == "line")}
        )
    main.set_title({"name": words.title})
    main.set_legend({"position": "bottom"})
    main.set_size({"width": 960, "height": 420})
    if chart.kind == "date":
        main.set_x_axis({"date_axis": True, "num_format": "mm-dd"})
    sheet.insert_chart(0, len(chart.series) + 2, main)
    sheet.freeze_panes(1, 1)
