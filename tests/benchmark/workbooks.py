"""A report of many rows as a workbook, and the same cells written with the library alone.

Raw: xlsxwriter with the same options, a format a kind of cell, nothing decided. Peer: there is none in Odoo.
"""

import io
from datetime import date, timedelta

import measure
import xlsxwriter

from odoo.addons.lead_pool_reports.render.xlsx import MANY_ROWS, Words, render
from odoo.addons.lead_pool_reports.tables.table import Column, Row, Table

MOST = 100_000  # rows
COLUMNS = (
    Column("rep", "text"),
    Column("day", "date"),
    Column("received"),
    Column("converted"),
    Column("rate", "ratio", of=("converted", "received")),
    Column("took", "duration"),
)
WORDS = Words("Report", "As of today", columns={column.code: column.code.title() for column in COLUMNS})


def run(bench):
    """Row ``xlsx``."""
    number = min(bench.size, MOST)
    table, cells = prepare(number)
    dbname = bench.filled(nothing)  # measured beside a database, as all are
    sides = {
        "raw": measure.Side(lambda: write(cells), writes=False),
        "ours": measure.Side(lambda: render([(table, WORDS)]), writes=False),
    }
    costs = measure.by_turns(dbname, dbname, sides, bench.rounds)
    yield measure.row(
        "xlsx",
        number,
        costs["ours"],
        costs["raw"],
        target="ratio_raw <= 1.3",
        meets=lambda row: row["ratio_raw"] <= 1.3,
    )


def nothing(_dbname):
    """The workbook is of values that are at hand."""


def prepare(number):
    """The report, and its cells."""
    start = date(2026, 1, 1)
    cells = [
        (f"Rep {n % 5000}", start + timedelta(days=n % 365), n % 40 + 1, n % 7, (n % 7) / (n % 40 + 1), n % 86_400)
        for n in range(number)
    ]
    names = [column.code for column in COLUMNS]
    rows = [Row(str(n), dict(zip(names, values, strict=True))) for n, values in enumerate(cells)]
    return Table("bench", COLUMNS, rows), cells


def write(cells):
    stream = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    options |= {"constant_memory": True} if len(cells) >= MANY_ROWS else {"in_memory": True}
    with xlsxwriter.Workbook(stream, options) as book:
        sheet = book.add_worksheet("Report")
        text, day, whole = book.add_format(), book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format()
        whole.set_num_format("#,##0")
        share, time = book.add_format({"num_format": "0.0%"}), book.add_format({"num_format": "[h]:mm"})
        for number, name in enumerate(COLUMNS):
            sheet.write_string(0, number, name.code, text)
        for line, (rep, on, received, converted, rate, took) in enumerate(cells, 1):
            sheet.write_string(line, 0, rep, text)
            sheet.write_datetime(line, 1, on, day)
            sheet.write_number(line, 2, received, whole)
            sheet.write_number(line, 3, converted, whole)
            sheet.write_number(line, 4, rate, share)
            sheet.write_number(line, 5, took / 86_400, time)
    return stream.getvalue()
