"""Campaign to cash: parts add up to wholes, whatever the touches; nothing is divided by nothing."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.campaign_cash import NONE, Cost, Fact, Receipt, Terms, build
from lead_pool_reports.tables.forecast import Chances
from lead_pool_reports.tables.shares import apportion, rounded
from lead_pool_reports.tables.table import TOTAL

START = date(2026, 3, 1)
cents = st.integers(-100_000, 1_000_000).map(lambda number: Decimal(number) / 100)
#: Leads: what each brought, and its touches, each a campaign; 0 is none.
leads = st.lists(st.tuples(cents, st.lists(st.integers(1, 5), min_size=1, max_size=4) | st.just([0])), max_size=12)
#: A busy machine draws slowly; how long it takes is no matter here.
proved = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def in_equal_parts(lead_list):
    for amount, touches in lead_list:
        for campaign in set(touches):
            k = touches.count(campaign)
            yield Fact(campaign, len(touches), leads=k, valid=k, invoiced=k * amount, collected=k * amount)


def decimals(values):
    return sum((Decimal(str(value)) for value in values), Decimal())


@proved
@given(leads)
def test_campaigns_add_up_to_the_whole(lead_list):
    table = build(list(in_equal_parts(lead_list)), [], [], {}, Terms("linear"))
    assert decimals(row.values["collected"] for row in table.rows) == sum(amount for amount, _touches in lead_list)
    assert decimals(row.values["leads"] for row in table.rows) == len(lead_list)
    assert Decimal(str(table.total.values["collected"])) == sum(amount for amount, _touches in lead_list)


@proved
@given(st.dictionaries(st.integers(), st.fractions(-1000, 1000, max_denominator=7), max_size=8), st.integers(0, 3))
def test_no_part_is_off_by_a_whole_unit(amounts, digits):
    parts = apportion(amounts, digits)
    assert sum(parts.values(), Decimal()) == rounded(sum(amounts.values(), Fraction()), digits)
    for key, part in parts.items():
        assert abs(Fraction(part) - amounts[key]) < Fraction(1, 10**digits)


def value(table, key, code):
    return table.value(table.row(key), table.column(code))


def test_nothing_at_all_is_a_table_without_rows():
    table = build([], [], [], {}, Terms())
    assert table.rows == [] and value(table, TOTAL, "roi") is None and value(table, TOTAL, "payback") is None


def test_a_campaign_that_cost_and_brought_nothing_has_no_cost_per_lead():
    table = build([], [], [Cost(7, START, Decimal(100))], {7: "Fair"}, Terms())
    assert [value(table, "7", code) for code in ("cost_per_lead", "gain", "roi", "payback")] == [None, -100, -1, None]


def test_what_has_no_campaign_has_no_cost_and_no_gain():
    table = build([Fact(0, leads=5, collected=500)], [], [Cost(7, START, Decimal(100))], {7: "Fair"}, Terms())
    assert table.rows[-1].key == NONE and value(table, NONE, "gain") is None
    assert value(table, TOTAL, "gain") == -100, "of campaigns whose cost is known"


def test_paid_back_is_what_stays_paid_back():
    def payback(*amounts):
        receipts = [Receipt(7, START + timedelta(days=n), Decimal(amount)) for n, amount in enumerate(amounts)]
        return value(build([], receipts, [Cost(7, START, Decimal(100))], {}, Terms()), "7", "payback")

    assert payback(50, 50) == 1
    assert payback(100, -30) is None, "it was paid back to the customer"
    assert payback(100, -30, 0, 30) == 3
    assert payback(50, 49) is None


def test_where_costs_are_not_shown_nobody_can_guess_them():
    table = build([Fact(7, leads=1)], [], [Cost(7, START, Decimal(100))], {}, Terms(with_costs=False))
    assert not {"cost", "gain", "roi"} & {column.code for column in table.columns}
    assert "cost" not in table.row("7").values and "cost" not in table.total.values


@proved
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_a_chance_is_a_share(converted, more, source_converted, source_more):
    chances = Chances(
        {(None, True): (converted, converted + more), (3, True): (source_converted, source_converted + source_more)}
    )
    assert 0 <= chances.of(3, True) <= 1
