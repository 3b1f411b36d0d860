"""Sources: what the leads of each source are worth.

A cohort: the leads that entered the pools in the period, by the source of the lead, and what has become of them until
now. *Touched* is a lead with at least one follow-up that counts, by whomever; *converted* one whose conversion was
not undone. The conversion rate is of all leads of the source, so that a source of bad leads does not look good. *Won*
are the confirmed orders of these leads, and of opportunities won without an order the expected revenue.

>>> rows = [Facts(3, "Fair", leads=4, valid=3, touched=2, held=1, converted=1), Facts(0, leads=1, valid=1)]
>>> table = build(rows)
>>> [table.value(table.row("3"), table.column(code)) for code in ("valid_rate", "conversion_rate")]
[0.75, 0.25]
>>> table.rows[-1].key, table.total.values["leads"]
('none', 5)
"""

from dataclasses import dataclass
from decimal import Decimal

from .campaign_cash import NOT_VALID, behind_leads
from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "sources"
#: The row of leads without a source.
NONE = "none"
COUNTS = ("leads", "valid", "touched", "held", "converted")
CHART_SOURCES = 20  # bars beyond these cannot be told apart


@dataclass(frozen=True, slots=True)
class Facts:
    """The figures of one source; ``source`` 0: none."""

    source: int
    name: str = ""
    leads: int = 0
    valid: int = 0
    touched: int = 0
    held: int = 0
    converted: int = 0
    won: Decimal = 0


def build(sources, scope=None, period=None, *, digits=2, currency=None):
    """The table.

    :param sources: ``[Facts]``
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    :param period: of the drill-down
    :param digits: decimals of the currency
    """
    rows = [
        Row(
            str(facts.source) if facts.source else NONE,
            {
                "source": facts.name,
                **{code: getattr(facts, code) for code in COUNTS},
                "won": round(float(facts.won), digits),
            },
        )
        for facts in sorted(
            sources, key=lambda facts: (not facts.source, -facts.leads, facts.name.casefold(), facts.source)
        )
    ]
    charted = [row for row in rows if row.key != NONE][:CHART_SOURCES]
    return Table(
        NAME,
        _columns(scope, period),
        rows,
        chart=Chart(
            tuple(row.values["source"] for row in charted),
            tuple(Series(code, tuple(row.values[code] for row in charted)) for code in ("leads", "valid", "converted")),
        ),
        currency=currency,
    )


def _columns(scope, period):
    found = scope and behind_leads(scope, period)

    def leads(*terms):
        if not found:
            return None
        model, base = found

        def drill(key):
            source = () if key == TOTAL else (("lead_source_id", "=", False if key == NONE else int(key)),)
            return Drill(model, (*base, *source, *terms))

        return drill

    by_hand = bool(found) and found[0] == "lead.pool.holding"
    ended = "end_reason" if by_hand else "closed_as"
    return (
        Column("source", "text", unit="", total="none"),
        Column("leads", drill=leads()),
        Column("valid", drill=leads((ended, "not in", NOT_VALID))),
        Column("valid_rate", "ratio", unit="", of=("valid", "leads")),
        Column("touched", drill=leads(("lead_touched", "=", True))),
        Column("held", drill=leads(("ended_at", "=", False) if by_hand else ("state", "=", "held"))),
        Column("converted", drill=leads(("lead_converted", "=", True))),
        Column("conversion_rate", "ratio", unit="", of=("converted", "leads")),
        Column("won", "money", unit="", drill=leads(("lead_won", "=", True))),
    )
