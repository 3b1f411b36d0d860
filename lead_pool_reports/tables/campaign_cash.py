"""Campaign to cash: what came of the leads of each campaign, down to the money received, and what it cost.

A cohort: the leads that entered the pools in the period, and all that became of them until now, whenever it did. Costs
are those dated in the period. Orders that name a campaign and come from no lead of a pool belong to the campaign, too,
in the period of their date.

*Attribution.* A lead has touches: its own campaign, and those of its repeat inquiries until it became a customer. A
touch without a campaign brings nobody: it counts only where a lead has no other. ``first`` and ``last`` give the lead
and all that came of it to one campaign, ``linear`` gives each touch the same part. Parts are exact fractions, and
amounts are rounded so that the campaigns add up to the whole.

*Cost* of a line is what was spent, or, as long as that is not known, what was planned. *Gain* is what was collected
less the cost, the *return* is the gain divided by the cost; the total has them of the campaigns whose cost is known.
*Payback* counts the days from the first cost to the day since which what was collected has covered the cost.

>>> from datetime import date
>>> from decimal import Decimal
>>> facts = [
...     Fact(7, leads=2, valid=2, customers=1, collected=900),
...     Fact(7, parts=2, leads=1, valid=1, customers=1, collected=100),  # half of a lead, of its customer, of its 100
...     Fact(8, parts=2, leads=1, valid=1, customers=1, collected=100),
... ]
>>> receipts = [Receipt(7, date(2026, 3, 10), 900), Receipt(7, date(2026, 4, 1), 100, parts=2)]
>>> costs = [Cost(7, date(2026, 3, 2), Decimal(400)), Cost(7, date(2026, 3, 4), Decimal(100), planned=True)]
>>> table = build(facts, receipts, costs, {7: "Fair", 8: "Newsletter"}, Terms(attribution="linear"))
>>> for row in [*table.rows, table.total]:
...     print(row.key, *(table.value(row, table.column(code)) for code in "leads collected cost planned".split()))
7 2.5 950.0 500.0 100.0
8 0.5 50.0 None None
total 3.0 1000.0 500.0 100.0
>>> [table.value(table.row("7"), table.column(code)) for code in "cost_per_lead gain roi payback".split()]
[200.0, 450.0, 0.9, 8]
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import accumulate

from .shares import apportion, rounded
from .table import TOTAL, Chart, Column, Drill, Row, Series, Table

NAME = "campaign_cash"
ATTRIBUTIONS = ("first", "last", "linear")
#: The row of what has no campaign.
NONE = "none"
#: What is counted, and what is an amount, of a lead.
COUNTS = ("leads", "valid", "customers", "opportunities", "orders")
AMOUNTS = ("opportunity_amount", "order_amount", "invoiced", "in_process", "collected")
COSTS = ("cost", "planned")
#: What a lead did not become a real one by.
NOT_VALID = ("invalid", "merged", "deleted")
CHART_CAMPAIGNS = 15  # bars beyond these cannot be told apart
#: Attribution -> the field by which the records behind a figure are found.
CREDITED = {"first": "lead_first_campaign_id", "last": "lead_last_campaign_id", "linear": "lead_campaign_ids"}
#: Figure -> the documents that it is about.
DOCUMENTS = {
    "orders": "sale.order",
    "order_amount": "sale.order",
    "invoiced": "account.move",
    "in_process": "account.payment",
    "collected": "account.move.line",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """What leads have brought of which this campaign is credited with one part of ``parts``; ``campaign`` 0: none."""

    campaign: int
    parts: int = 1
    leads: int = 0
    valid: int = 0
    customers: int = 0
    opportunities: int = 0
    opportunity_amount: Decimal = 0
    orders: int = 0
    order_amount: Decimal = 0
    invoiced: Decimal = 0
    in_process: Decimal = 0
    collected: Decimal = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money received on a day, of which the campaign is credited with one part of ``parts``."""

    campaign: int
    day: date
    amount: Decimal
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a campaign cost on a day; ``planned``: what was spent is not known yet."""

    campaign: int
    day: date
    amount: Decimal
    planned: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """How the table is asked for.

    :param with_costs: costs are those of whole campaigns: shown where all leads are
    :param digits: decimals of the currency
    :param scope: :class:`~.scope.Scope` of the drill-down; ``None``: there is none
    :param period: :class:`~.period.Period` of the drill-down
    :param documents: ``(model, row key) -> ids`` of the documents behind a figure, ``()`` where the reader may not open
        all of them; ``None``: there is no drill-down
    :param opens: ``(model, row key) -> bool``: whether there are any; ``None``: as ``documents`` says
    """

    attribution: str = "first"
    with_costs: bool = True
    digits: int = 2
    currency: int | None = None
    scope: object = field(default=None)
    period: object = field(default=None)
    documents: Callable | None = None
    opens: Callable | None = None


def build(facts, receipts, costs, names, terms):
    """The table.

    :param facts: ``[Fact]``
    :param receipts: ``[Receipt]``, adding up to what was collected
    :param costs: ``[Cost]`` of the period
    :param names: ``{campaign: name}``
    :param Terms terms: how it is asked for
    """
    costs = costs if terms.with_costs else []
    exact = defaultdict(lambda: defaultdict(Fraction))  # {code: {campaign: exact value}}
    for fact in facts:
        for code in (*COUNTS, *AMOUNTS):
            exact[code][fact.campaign] += Fraction(getattr(fact, code)) / fact.parts
    for cost in costs:
        exact["cost"][cost.campaign] += Fraction(cost.amount)
        exact["planned"][cost.campaign] += Fraction(cost.amount) if cost.planned else 0
    found = {campaign for column in exact.values() for campaign in column}
    order = sorted(
        found - {0},
        key=lambda campaign: (
            -exact["collected"][campaign],
            -exact["leads"][campaign],
            names.get(campaign, "").casefold(),
            campaign,
        ),
    )
    order += [0] if 0 in found else []
    whole = terms.attribution != "linear"
    values = defaultdict(dict)
    for code in (*COUNTS, *AMOUNTS, *COSTS):
        column = {campaign: exact[code].get(campaign, Fraction()) for campaign in order}
        if code in COUNTS and whole:
            parts = {campaign: int(value) for campaign, value in column.items()}
        else:
            parts = apportion(column, 2 if code in COUNTS else terms.digits)
        for campaign, part in parts.items():
            values[campaign][code] = part
    given = {code: _plain(sum(values[campaign][code] for campaign in order)) for code in (*COUNTS, *AMOUNTS)}
    rows = [
        Row(
            str(campaign) if campaign else NONE,
            {
                "campaign": names.get(campaign, ""),
                **{code: _plain(values[campaign][code]) for code in (*COUNTS, *AMOUNTS)},
                **_worth(values[campaign], campaign in exact["cost"], _payback(campaign, receipts, costs), terms),
            },
        )
        for campaign in order
    ]
    known = [values[campaign] for campaign in order if campaign in exact["cost"]]
    together = {code: sum((one[code] for one in known), Decimal()) for code in (*COSTS, *COUNTS, *AMOUNTS)}
    given |= _worth(together, bool(known), _payback(None, receipts, costs), terms)
    shows_process = any(row.values["in_process"] for row in rows)
    return Table(
        NAME,
        _columns(terms, shows_process),
        rows,
        given=given,
        chart=_chart(rows, terms.with_costs),
        currency=terms.currency,
    )


def _worth(values, has_cost, payback, terms):
    """What was gained of what was spent; nothing where no cost is known."""
    if not has_cost:
        return {}
    cost = values["cost"]

    def each(code):
        return _plain(rounded(Fraction(cost) / Fraction(values[code]), terms.digits)) if values[code] else None

    return {
        "cost": _plain(cost),
        "planned": _plain(values["planned"]),
        "cost_per_lead": each("leads"),
        "cost_per_valid": each("valid"),
        "gain": _plain(values["collected"] - cost),
        "payback": payback,
    }


def _payback(campaign, receipts, costs):
    """Days from the first cost to the day since which the cost has been covered; ``None`` if it is not.

    :param campaign: ``None``: all campaigns of which there is a cost together
    """
    mine = [cost for cost in costs if campaign is None or cost.campaign == campaign]
    known = {cost.campaign for cost in mine}
    goal = sum((Fraction(cost.amount) for cost in mine), Fraction())
    if goal <= 0:
        return None
    by_day = defaultdict(Fraction)
    for receipt in receipts:
        if receipt.campaign in known:
            by_day[receipt.day] += Fraction(receipt.amount) / receipt.parts
    days = sorted(by_day)
    covered = None
    for day, so_far in zip(days, accumulate(by_day[day] for day in days), strict=True):
        if so_far < goal:
            covered = None
        elif covered is None:
            covered = day
    return covered and max((covered - min(cost.day for cost in mine)).days, 0)


def _plain(value):
    """A number as the screen takes it."""
    return float(value) if isinstance(value, Decimal) else value


def _chart(rows, with_costs):
    charted = [row for row in rows if row.key != NONE][:CHART_CAMPAIGNS]

    def series(code):
        return Series(code, tuple(row.values.get(code) or 0 for row in charted))

    return Chart(
        tuple(row.values["campaign"] for row in charted),
        (series("order_amount"), series("collected"), *([series("cost")] if with_costs else [])),
        unit="money",
    )


def _columns(terms, shows_process):
    counted = "number" if terms.attribution == "linear" else "count"
    drill = _drills(terms)

    def opens(code):
        return partial(terms.opens, DOCUMENTS[code]) if terms.opens and code in DOCUMENTS else None

    def count(code, group, unit="leads"):
        return Column(code, counted, unit, group, total="given", drill=drill.get(code), opens=opens(code))

    def money(code, group):
        return Column(code, "money", "", group, total="given", drill=drill.get(code), opens=opens(code))

    columns = [
        Column("campaign", "text", unit="", total="none"),
        count("leads", "leads"),
        count("valid", "leads"),
        count("customers", "leads", "customers"),
        count("opportunities", "business"),
        money("opportunity_amount", "business"),
        count("orders", "business", "orders"),
        money("order_amount", "business"),
        money("invoiced", "cash"),
        *([money("in_process", "cash")] if shows_process else []),
        money("collected", "cash"),
    ]
    if terms.with_costs:
        columns += [
            *(money(code, "cost") for code in ("cost", "planned", "cost_per_lead", "cost_per_valid")),
            money("gain", "return"),
            Column("roi", "ratio", "", "return", of=("gain", "cost")),
            Column("payback", "count", "days", "return", total="given"),
        ]
    return tuple(columns)


def _drills(terms):
    """``{column: row key -> Drill}``: leads, documents and costs as the reader may see them."""
    drills = {code: _documents(terms, model) for code, model in DOCUMENTS.items()} if terms.documents else {}
    if terms.with_costs and terms.scope:
        drills |= {"cost": _costs(terms), "planned": _costs(terms, ("is_planned", "=", True))}
    from_leads = terms.scope and behind_leads(terms.scope, terms.period)
    if not from_leads:
        return drills
    model, base = from_leads
    ended = "closed_as" if model == "lead.pool.entry" else "end_reason"
    credited = CREDITED[terms.attribution]

    def of(key):
        return () if key == TOTAL else ((credited, "=", False if key == NONE else int(key)),)

    def leads(*more):
        return lambda key: Drill(model, (*base, *of(key), *more))

    opportunities = leads(("lead_is_opportunity", "=", True))
    return drills | {
        "leads": leads(),
        "valid": leads((ended, "not in", NOT_VALID)),
        "customers": leads(("lead_won_customer", "=", True)),
        "opportunities": opportunities,
        "opportunity_amount": opportunities,
    }


def _documents(terms, model):
    def drill(key):
        ids = terms.documents(model, key)
        return Drill(model, (("id", "in", ids),)) if ids else None

    return drill


def _costs(terms, *more):
    days = (("date", ">=", str(terms.period.first)), ("date", "<=", str(terms.period.last)))
    base = (("company_id", "in", terms.scope.companies), *days, *more)

    def drill(key):
        return Drill("lead.pool.campaign.cost", (*base, *(() if key == TOTAL else (("campaign_id", "=", int(key)),))))

    return drill


def behind_leads(scope, period):
    """The leads of the cohort as records that the reader may see: ``(model, domain)``; ``None``: there are none.

    Who looks after pools sees their leads wherever they are; who looks after people those in their hands, or closed
    there.
    """
    entered = period.terms("lead_entered_at")
    if scope.numbers_only:
        return None
    if not scope.personal and not scope.everything and not set(scope.whole_pools) <= set(scope.pools_run):
        return None
    pools = () if scope.personal or scope.whole_pools is None else (("pool_id", "in", scope.whole_pools),)
    if scope.personal or scope.reps is not None:
        base = scope.domain("user_id", "pool_id", "company_id")
        return "lead.pool.holding", (*base, *pools, ("is_final", "=", True), *entered)
    return "lead.pool.entry", (("company_id", "in", scope.companies), *scope.of_sources, *pools, *entered)
