"""Formats of a workbook, and how a value is written by its kind."""

SECONDS_A_DAY = 86400
BLUE, GREY, LINE = "#1F4E79", "#F2F4F7", "#C9D1DA"
GREEN, RED = "#1B7F4D", "#B3261E"
NUMBERS = {
    "count": "#,##0",
    "number": "#,##0.0#",
    "money": "#,##0.00",
    "ratio": "0.0%",
    "duration": "[h]:mm",
    "date": "yyyy-mm-dd",
    "text": "@",
}
#: Verdict of a change -> the kind of its cell.
CHANGES = {"": "change", "better": "change_better", "worse": "change_worse"}
CHANGE = "+0.0%;-0.0%;0.0%"
TAKEN = "[]:*?/\\'"  # characters that Excel keeps for itself in names of sheets
LONGEST_NAME = 31


class Formats:
    """The formats of a table: by role, and for cells by kind."""

    def __init__(self, book, currency=("", False, 2)):
        self.title = book.add_format({"bold": True, "font_size": 16, "font_color": BLUE})
        self.subtitle = book.add_format({"font_color": "#5A6675"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        head = {"bold": True, "font_color": "white", "bg_color": BLUE, "border": 1, "border_color": LINE}
        self.head = book.add_format({**head, "align": "center", "valign": "vcenter", "text_wrap": True})
        numbers = {**NUMBERS, "money": money(*currency)}
        total = {"bold": True, "top": 2, "bg_color": GREY}
        self.body = {kind: book.add_format({"num_format": number}) for kind, number in numbers.items()}
        self.total = {kind: book.add_format({**total, "num_format": number}) for kind, number in numbers.items()}
        colours = {"change": {}, "change_better": {"font_color": GREEN}, "change_worse": {"font_color": RED}}
        for kind, colour in colours.items():
            self.body[kind] = book.add_format({"num_format": CHANGE, **colour})
            self.total[kind] = book.add_format({**total, "num_format": CHANGE, **colour})


def money(symbol, first, digits):
    """The number format of amounts.

    >>> money("¥", True, 2), money("kr", False, 0)
    ('"¥"#,##0.00', '#,##0 "kr"')
    >>> money("", False, 2)
    '#,##0.00'
    """
    number = "#,##0" + ("." + "0" * digits if digits else "")
    symbol = symbol.replace('"', "")
    if not symbol:
        return number
    return f'"{symbol}"{number}' if first else f'{number} "{symbol}"'


def sheet_names():
    """A function that makes names that Excel takes: at most 31 characters, none of its special ones, none twice.

    >>> name = sheet_names()
    >>> name("Reps: [all]"), name("Reps: [all]"), name("?")
    ('Reps   all', 'Reps   all 2', 'Report')
    """
    used = set()

    def name(wanted):
        plain = "".join(" " if char in TAKEN else char for char in wanted).strip()[:LONGEST_NAME].strip() or "Report"
        candidate, number = plain, 1
        while candidate.casefold() in used:
            number += 1
            candidate = f"{plain[: LONGEST_NAME - len(str(number)) - 1]} {number}"
        used.add(candidate.casefold())
        return candidate

    return name


def write(sheet, line, number, kind, value, style):
    """Write one value; nothing is an empty cell, and a text is never more than a text."""
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
