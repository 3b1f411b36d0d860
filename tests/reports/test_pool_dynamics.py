"""Whatever happens to leads: the evenings equal those of somebody who counts each lead by hand."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables import pool_dynamics
from lead_pool_reports.tables.pool_dynamics import CLOSING, Fact, Stock, build
from lead_pool_reports.tables.scope import Scope

MONDAY = date(2026, 3, 2)
PERIOD = [MONDAY + timedelta(days=n) for n in range(2, 5)]  # Wednesday to Friday
POOLS, REPS = (1, 2, 3), (7, 8)

proved = settings(max_examples=60, deadline=None, derandomize=True, database=None)


@dataclass
class Event:
    day: date
    kind: str
    pool: int
    from_pool: int
    user: int
    from_user: int


def life(steps):
    """Events of one lead: each step is (days later, what, pool, rep); what is impossible is left out."""
    events, day, pool, user, state = [], MONDAY, None, 0, None
    for later, what, to_pool, rep in steps:
        day += timedelta(days=later)
        old_pool, old_user = pool, user
        if state is None:
            kind, pool = "entered", to_pool
            user = rep if what % 2 else 0
            state = "held" if user else "waiting"
            old_pool = pool
        elif state == "waiting":
            kind = ("claimed", "assigned", "distributed", "transferred", "invalid", "merged")[what % 6]
            if kind == "transferred":
                pool = to_pool
            elif kind in CLOSING:
                state = "closed"
            else:
                user, state = rep, "held"
        elif state == "held":
            kind = ("returned", "recalled", "reclaimed", "transferred", "converted", "lost", "reassigned", "follow_up")[
                what % 8
            ]
            if kind == "follow_up":
                pass
            elif kind == "reassigned":
                user = rep
            elif kind in CLOSING:
                user, state = 0, "closed"
            else:
                user, state = 0, "waiting"
                if kind in ("returned", "transferred"):
                    pool = to_pool
        else:
            kind, user = "reopened", rep if what % 2 else 0
            state = "held" if user else "waiting"
        events.append(Event(day, kind, pool, old_pool, user, old_user))
    return events


lives = st.lists(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 23), st.sampled_from(POOLS), st.sampled_from(REPS)), max_size=9
    ).map(life),
    max_size=8,
)


def facts(events, people=None, shown=POOLS):
    """The events as the database counts them."""
    counted = Counter()
    for event in events:
        if event.day < PERIOD[0]:
            continue
        moved = event.pool != event.from_pool
        # the ledger keeps the former holder only where he changed
        former = event.from_user if event.from_user != event.user else 0
        if event.kind == "reassigned":
            former = former or event.user
        if people is None:
            before, after = bool(former), bool(event.user)
        else:
            before, after = former in people, event.user in people
        day = event.day if event.day <= PERIOD[-1] else None
        inside = [pool if pool in shown else None for pool in (event.pool, event.from_pool)]
        counted[day, event.kind, inside[0], moved, inside[1] if moved else None, before, after] += 1
    return [Fact(*key, n) for key, n in counted.items()]


def places(leads, until=None):
    """Where each lead is after the events up to this day: ``[(pool, state, holder)]``."""
    for events in leads:
        known = [event for event in events if until is None or event.day <= until]
        if known:
            last = known[-1]
            closed = [event for event in known if event.kind != "follow_up"][-1].kind in CLOSING
            yield last.pool, "closed" if closed else "held" if last.user else "waiting", last.user


@proved
@given(lives)
def test_each_evening_equals_a_count_by_hand_and_balances_in_each_pool(leads):
    now = Counter((pool, state) for pool, state, _user in places(leads))
    stocks = [Stock(pool, **{state: now[pool, state] for state in pool_dynamics.STOCKS}) for pool in POOLS]
    events = [event for events in leads for event in events]
    table = build(facts(events), stocks, PERIOD, pools=[(pool, str(pool)) for pool in POOLS])
    for row in table.rows:
        day, pool = row.key.split("/")
        by_hand = Counter((pool, state) for pool, state, _user in places(leads, date.fromisoformat(day)))
        for state in pool_dynamics.STOCKS:
            assert row.values[state] == by_hand[int(pool), state], (row.key, state)
        assert row.values["entered_in_all"] == sum(row.values[state] for state in pool_dynamics.STOCKS)
    total = table.total.values
    assert total["transferred_in"] == total["transferred_out"]


@proved
@given(lives)
def test_one_row_a_day_is_the_sum_of_its_pools(leads):
    now = Counter((pool, state) for pool, state, _user in places(leads))
    stocks = [Stock(pool, **{state: now[pool, state] for state in pool_dynamics.STOCKS}) for pool in POOLS]
    events = [event for events in leads for event in events]
    split = build(facts(events), stocks, PERIOD, pools=[(pool, str(pool)) for pool in POOLS])
    together = build(
        [Fact(f.day, f.kind, 0, f.moved, 0 if f.moved else None, f.before, f.after, f.n) for f in facts(events)],
        [Stock(0, stock.waiting, stock.held, stock.closed) for stock in stocks],
        PERIOD,
    )
    for row in together.rows:
        parts = [part for part in split.rows if part.values["day"] == row.values["day"]]
        for code in pool_dynamics.FLOWS:
            assert row.values[code] == sum(part.values[code] for part in parts), (row.key, code)
    assert together.chart == split.chart


@proved
@given(lives, st.sampled_from(POOLS))
def test_a_pool_alone_has_the_figures_it_has_among_the_others(leads, pool):
    now = Counter((pool, state) for pool, state, _user in places(leads))
    stocks = [Stock(p, **{state: now[p, state] for state in pool_dynamics.STOCKS}) for p in POOLS]
    events = [event for events in leads for event in events]
    among = build(facts(events), stocks, PERIOD, pools=[(p, str(p)) for p in POOLS])
    alone = build(
        facts(events, shown=(pool,)), [s for s in stocks if s.pool == pool], PERIOD, pools=[(pool, str(pool))]
    )
    for row in alone.rows:
        assert row.values == among.row(row.key).values


@proved
@given(lives, st.sampled_from(REPS))
def test_what_a_rep_held_in_the_evening_equals_a_count_by_hand(leads, rep):
    def held(until=None):
        return sum(state == "held" and user == rep for _pool, state, user in places(leads, until))

    events = [event for events in leads for event in events]
    mine = [
        Fact(f.day, f.kind, 0, f.moved, 0 if f.moved else None, f.before, f.after, f.n)
        for f in facts(events, people={rep})
        if f.before or f.after
    ]
    table = build(mine, [Stock(0, held=held())], PERIOD, personal=True, scope=Scope((1,), people=(rep,)))
    before = held(PERIOD[0] - timedelta(days=1))
    for row in table.rows:
        assert row.values["held"] == held(row.values["day"]), row.key
        came = sum(row.values[code] for code in ("entered", "claimed", "assigned", "distributed", "reopened"))
        went = sum(row.values[code] for code in pool_dynamics.END_REASONS)
        assert before + came - went == row.values["held"]
        before = row.values["held"]


def test_no_days_no_rows():
    table = build([], [Stock(0, waiting=3)], [])
    assert (table.rows, table.chart.labels) == ([], ())
    assert table.total.values["entered"] is None


def test_a_return_to_another_pool_counts_where_the_lead_was():
    moved = Fact(MONDAY, "returned", pool=2, moved=True, from_pool=1, before=True)
    table = build([moved], [Stock(2, waiting=1)], [MONDAY], pools=[(1, "a"), (2, "b")])
    first, second = (row.values for row in table.rows)
    assert (first["returned"], first["transferred_out"], first["waiting"]) == (1, 1, 0)
    assert (second["returned"], second["transferred_in"], second["waiting"]) == (0, 1, 1)
