"""A chart as Excel draws it, beside the figures that it is drawn from.

Bars and lines are bars and lines; a funnel is lying bars, the widest on top; a curve is drawn through its points; a
heat map, which Excel has not, is the figures themselves, coloured from pale to dark.
"""

from .cells import NUMBERS, write

COLOURS = ("#3188E6", "#F4A261", "#00A78D", "#8481DD", "#CE4257", "#C08A16")  # told apart by the colour-blind, too
PALE, DARK, BAND = "#F7FBFF", "#2171B5", "#9AA5B1"
LABEL_WIDTHS = {"text": 26, "date": 12}
WIDTH = 12


def write_chart(book, name, chart, words, formats):
    """A sheet of this name with the figures of the chart and the chart itself."""
    sheet = book.add_worksheet(name)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    if chart.shape == "heat":
        _write_heat(sheet, chart, words, formats)
        return
    bounds = [
        (series, part) for series in chart.series for part in ("low", "high") if getattr(series, part)
    ]  # of an estimate
    columns = [(words.series.get(one.code, one.code), one.values) for one in chart.series]
    columns += [(f"{words.series.get(one.code, one.code)} {'≥' if part == 'low' else '≤'}", getattr(one, part))
                for one, part in bounds]  # fmt: skip
    _write_columns(sheet, chart, columns, words, formats)
    drawn = {"funnel": _funnel, "curve": _curve}.get(chart.shape, _bars)(book, sheet, chart, words, len(bounds))
    drawn.set_title({"name": words.title})
    drawn.set_legend({"none": True} if chart.shape == "funnel" else {"position": "bottom"})
    drawn.set_size({"width": 960, "height": 420})
    sheet.insert_chart(0, len(columns) + 2, drawn)
    sheet.freeze_panes(1, 1)


def _write_columns(sheet, chart, columns, words, formats):
    """A column for the labels and one for each series, line by line."""
    kind = "number" if chart.shape == "curve" else chart.kind
    sheet.set_column(0, 0, LABEL_WIDTHS.get(chart.kind, WIDTH))
    sheet.set_column(1, len(columns), WIDTH)
    sheet.set_row(0, 32)  # two lines
    sheet.write_blank(0, 0, None, formats.head)
    for number, (heading, _values) in enumerate(columns, 1):
        sheet.write_string(0, number, heading, formats.head)
    for line, label in enumerate(chart.labels, 1):
        write(sheet, line, 0, kind, words.labels.get(label, label), formats.body)
        for number, (_heading, values) in enumerate(columns, 1):
            write(sheet, line, number, chart.unit, values[line - 1], formats.body)


def _series(sheet, chart, number, **look):
    """The series in this column of the sheet."""
    last = len(chart.labels)
    return {
        "name": [sheet.name, 0, number],
        "categories": [sheet.name, 1, 0, last, 0],
        "values": [sheet.name, 1, number, last, number],
        **look,
    }


def _colour(number):
    return {"color": COLOURS[(number - 1) % len(COLOURS)]}


def _bars(book, sheet, chart, words, _bounds):
    with_bars = any(series.style != "line" for series in chart.series)
    stacked = any(series.style == "stack" for series in chart.series)
    bars = book.add_chart({"type": "column", **({"subtype": "stacked"} if stacked else {})})
    lines = book.add_chart({"type": "line"})
    for number, series in enumerate(chart.series, 1):
        if series.style == "line":
            lines.add_series(_series(sheet, chart, number, line=_colour(number), y2_axis=with_bars))
        else:
            bars.add_series(_series(sheet, chart, number, fill=_colour(number)))
    main = bars if bars.series else lines
    if bars.series and lines.series:
        bars.combine(lines)
        lines.set_y2_axis({"name": next(words.series.get(s.code, s.code) for s in chart.series if s.style == "line")})
    if chart.kind == "date":
        main.set_x_axis({"date_axis": True, "num_format": "mm-dd"})
    if chart.unit in ("ratio", "duration"):
        main.set_y_axis({"num_format": NUMBERS[chart.unit]})
    return main


def _funnel(book, sheet, chart, _words, _bounds):
    bars = book.add_chart({"type": "bar"})
    bars.add_series(_series(sheet, chart, 1, fill=_colour(1), gap=30, data_labels={"value": True}))
    bars.set_y_axis({"reverse": True})
    return bars


def _curve(book, sheet, chart, _words, bounds):
    curve = book.add_chart({"type": "scatter", "subtype": "straight"})
    for number in range(1, len(chart.series) + bounds + 1):
        estimate = number <= len(chart.series)
        look = {"width": 2, **_colour(number)} if estimate else {"width": 1, "color": BAND, "dash_type": "dash"}
        curve.add_series(_series(sheet, chart, number, line=look))
    if chart.unit in ("ratio", "duration"):
        curve.set_y_axis({"num_format": NUMBERS[chart.unit], "min": 0})
    return curve


def _write_heat(sheet, chart, words, formats):
    """Labels across, a line for each series."""
    sheet.set_column(0, 0, LABEL_WIDTHS["text"])
    sheet.set_column(1, len(chart.labels), 7)
    sheet.write_blank(0, 0, None, formats.head)
    for number, label in enumerate(chart.labels, 1):
        write(sheet, 0, number, chart.kind, words.labels.get(label, label), dict.fromkeys(formats.body, formats.head))
    for line, series in enumerate(chart.series, 1):
        sheet.write_string(line, 0, words.series.get(series.code, series.code), formats.head)
        for number, value in enumerate(series.values, 1):
            write(sheet, line, number, chart.unit, value, formats.body)
    scale = {"type": "2_color_scale", "min_color": PALE, "max_color": DARK}
    sheet.conditional_format(1, 1, len(chart.series), len(chart.labels), scale)
    sheet.freeze_panes(1, 1)
