"""A report as values: columns, rows, totals, and the records behind each figure.

>>> table = Table(
...     "reps",
...     columns=(
...         Column("rep", "text"),
...         Column("received"),
...         Column("converted"),
...         Column("rate", "ratio", of=("converted", "received")),
...     ),
...     rows=[
...         Row("7", {"rep": "Li Na", "received": 4, "converted": 1}),
...         Row("8", {"rep": "Wang Wei", "received": 0, "converted": 0}),
...     ],
... )
>>> [table.value(table.rows[0], column) for column in table.columns]
['Li Na', 4, 1, 0.25]

A rate of nothing is no number, and the rate of the total is that of the sums, not the mean of the rates:

>>> table.value(table.rows[1], table.column("rate")) is None
True
>>> [table.value(table.total, column) for column in table.columns]
[None, 4, 1, 0.25]

Beside an earlier one, each figure knows what it was and by how much it changed:

>>> week = Table("reps", (Column("received", good="more"),), [Row("7", {"received": 6})])
>>> week.compare(Table("reps", week.columns, [Row("7", {"received": 4})]))
>>> week.change(week.total, week.column("received"))
Change(before=4, by=0.5, verdict='better')
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

#: ``count`` whole number · ``number`` any number · ``money`` in the table's currency · ``ratio`` share, 1 is all ·
#: ``duration`` seconds · ``date`` · ``text``
KINDS = ("count", "number", "money", "ratio", "duration", "date", "text")
#: Kinds that can be one column divided by another.
QUOTIENTS = ("ratio", "number", "money")
#: Kinds whose totals are sums.
SUMMED = ("count", "number", "money", "duration")
#: Kinds that are figures, and can be compared with those of another period.
FIGURES = ("count", "number", "money", "ratio", "duration")
#: What a change of a column means: more of it is good, less of it is, neither; ``none`` is not compared, since it is
#: what there is now, whatever the period.
GOOD = ("more", "less", "neutral", "none")
#: The key of the row of totals.
TOTAL = "total"


def divide(part, whole):
    """``part / whole``; ``None`` where there is nothing to divide by.

    >>> divide(1, 4), divide(0, 4), divide(3, 0), divide(None, 4)
    (0.25, 0.0, None, None)
    """
    return part / whole if whole and part is not None else None


def add(values):
    """The sum of what is there, as one adds decimals on paper; ``None`` when nothing is.

    >>> add([1, None, 2]), add([None]), add([]), add([0.1, 0.2])
    (3, None, None, 0.3)
    """
    there = [value for value in values if value is not None]
    if any(isinstance(value, float) for value in there):
        return float(sum(Decimal(repr(value)) for value in there))
    return sum(there) if there else None


@dataclass(frozen=True, slots=True)
class Drill:
    """The records behind a figure: a model and an Odoo domain on it."""

    model: str
    domain: tuple


@dataclass(frozen=True, slots=True)
class Change:
    """What a figure was in the earlier period, and what became of it.

    :param by: share by which it grew (0.5: by half); of ratios the difference, in points; ``None``: it was nothing
        and is something, so there is no share
    :param verdict: ``better``, ``worse``, or ``""``
    """

    before: float
    by: float | None
    verdict: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One figure of a table.

    :param code: its name, unique in the table
    :param kind: one of :data:`KINDS`
    :param unit: what is counted (``leads``, ``follow_ups``) or measured (``seconds``)
    :param group: code of the heading above several columns
    :param total: ``sum`` of the rows; ``given`` by who builds the table (a median, a stock); ``none``
    :param of: of a ratio, or of an amount for each of something: (code of the part, code of the whole)
    :param drill: ``row key -> Drill``, or ``None`` where there is nothing to show; the key of the total is
        :data:`TOTAL`
    :param opens: ``row key -> bool``: whether ``drill`` shows anything, where that is known without it
    :param good: one of :data:`GOOD`
    :param always: there are records behind every figure that is not 0, so that nobody needs to ask ``drill``
    """

    code: str
    kind: str = "count"
    unit: str = "leads"
    group: str = ""
    total: str = "sum"
    of: tuple = ()
    drill: Callable | None = None
    good: str = "neutral"
    always: bool = False
    opens: Callable | None = None

    def __post_init__(self):
        if self.good not in GOOD:
            raise ValueError(f"{self.code}: {self.good} is no judgement of more and less")
        if self.kind not in KINDS:
            raise ValueError(f"{self.code}: {self.kind} is no kind of column")
        if self.kind == "ratio" and not self.of:
            raise ValueError(f"{self.code}: a ratio is one column of another")
        if self.of and self.kind not in QUOTIENTS:
            raise ValueError(f"{self.code}: a {self.kind} is no quotient")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its key (a text that tells it from the others) and a value for each column's code."""

    key: str
    values: dict


@dataclass(frozen=True, slots=True)
class Series:
    """One line or set of bars of a chart: a value for each of the chart's labels.

    :param style: ``bar``, ``line`` (on an axis of its own), ``stack`` (bars that stand on each other)
    :param low: lower bounds of the values, of a curve that is an estimate; with ``high``, the upper ones
    """

    code: str
    values: tuple
    style: str = "bar"
    low: tuple = ()
    high: tuple = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn of a table.

    :param kind: of the labels: ``text`` or ``date``
    :param shape: ``bars`` (with lines where a series asks for it) · ``funnel`` (one series) · ``heat`` (labels are the
        columns, each series is a row) · ``curve`` (labels are numbers, series are steps, as of a survival curve)
    :param unit: kind of its values, one of :data:`KINDS`
    """

    labels: tuple
    series: tuple
    kind: str = "text"
    shape: str = "bars"
    unit: str = "count"


@dataclass
class Table:
    """A computed report.

    :param given: totals of the columns whose total is ``given``, and of what only quotients are made of
    :param currency: id of the currency of its amounts
    :param earlier: the same report on the period that it is compared with, see :meth:`compare`
    """

    name: str
    columns: tuple
    rows: list
    given: dict = field(default_factory=dict)
    chart: Chart | None = None
    currency: int | None = None
    earlier: "Table | None" = None
    shift: timedelta = timedelta()

    def __post_init__(self):
        codes = [column.code for column in self.columns]
        if len(set(codes)) < len(codes):
            raise ValueError(f"{self.name}: two columns have the same code")

    def column(self, code):
        """The column of this code; KeyError if there is none."""
        return self._columns[code]

    def row(self, key):
        """The row of this key, the total's included; KeyError if there is none."""
        return self.total if key == TOTAL else self._rows[key]

    def value(self, row, column):
        """What stands in one cell: int, float, date, text, or ``None`` for nothing to say."""
        if column.of:
            part, whole = column.of
            return divide(row.values.get(part), row.values.get(whole))
        return row.values.get(column.code)

    def compare(self, earlier, shift=timedelta()):
        """Set another table of the same report beside this one.

        :param shift: how much earlier its period begins: a row of a day is compared with that of the same day there
        """
        self.earlier, self.shift = earlier, shift

    def is_compared(self, column):
        """Whether there are earlier values for this column."""
        return self.earlier is not None and column.kind in FIGURES and column.good != "none"

    def change(self, row, column):
        """The :class:`Change` of one cell; ``None`` where there is nothing to compare."""
        if not self.is_compared(column):
            return None
        try:
            before = self.earlier.value(self.earlier.row(self._earlier_key(row)), self.earlier.column(column.code))
        except KeyError:
            return None
        value = self.value(row, column)
        if value is None or before is None or (column.kind == "money" and self.currency != self.earlier.currency):
            return None
        difference = value - before
        by = difference if column.kind == "ratio" or not difference else divide(difference, abs(before))
        verdict = ""
        if difference and column.good in ("more", "less"):
            verdict = "better" if (difference > 0) == (column.good == "more") else "worse"
        return Change(before, by, verdict)

    def _earlier_key(self, row):
        """The key of the row that this one is compared with."""
        key = row.key
        for column in self.columns:
            day = row.values.get(column.code)
            if column.kind == "date" and day:
                key = key.replace(str(day), str(day - self.shift))
        return key

    @cached_property
    def total(self):
        """The row of totals."""
        values = dict(self.given)
        for column in self.columns:
            if column.total == "sum" and column.kind in SUMMED and not column.of:
                values[column.code] = add(row.values.get(column.code) for row in self.rows)
        return Row(TOTAL, values)

    @property
    def groups(self):
        """The headings above the columns: ``[(code, number of columns)]``, ``''`` for none.

        >>> Table("t", (Column("a", "text"), Column("b", group="now"), Column("c", group="now")), []).groups
        [('', 1), ('now', 2)]
        """
        groups = []
        for column in self.columns:
            if groups and groups[-1][0] == column.group:
                groups[-1] = (column.group, groups[-1][1] + 1)
            else:
                groups.append((column.group, 1))
        return groups

    def drill(self, key, code):
        """The records behind one figure, ``None`` where there are none to show.

        :raises KeyError: no such row or column
        """
        row, column = self.row(key), self.column(code)
        if column.drill is None or not self.value(row, column):
            return None
        return column.drill(row.key)

    def opens(self, row):
        """The codes of the columns in which records stand behind this row's figure.

        >>> behind = {"drill": lambda key: Drill("crm.lead", ()) if key == "x" else None}
        >>> table = Table("t", (Column("a", **behind), Column("b", **behind)), [Row("x", {"a": 1}), Row("y", {"a": 1})])
        >>> [table.opens(row) for row in table.rows]
        [['a'], []]
        """
        values = row.values
        return [
            column.code
            for column in self._with_records
            if (self.value(row, column) if column.of else values.get(column.code))
            and (column.always or (column.opens or column.drill)(row.key))
        ]

    @cached_property
    def _with_records(self):
        return [column for column in self.columns if column.drill]

    @cached_property
    def _columns(self):
        return {column.code: column for column in self.columns}

    @cached_property
    def _rows(self):
        return {row.key: row for row in self.rows}
