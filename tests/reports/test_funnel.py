"""Funnel: no step has more leads than the one before; sources and pools add up to the whole."""

from datetime import date, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool_reports.tables.funnel import OWN_STEPS, STEPS, TIMED, WHOLE, Facts, build
from lead_pool_reports.tables.period import Period
from lead_pool_reports.tables.scope import Scope
from lead_pool_reports.tables.table import TOTAL

MARCH = Period(date(2026, 3, 1), date(2026, 3, 31), timezone.utc)
NAMES = {step: step.title() for step in (*STEPS, *OWN_STEPS)}
ALL = Scope((1,), everything=True)

proved = settings(max_examples=60, deadline=None, derandomize=True, database=None)
#: Steps of leads from many to few.
falling = st.lists(st.integers(0, 50), min_size=len(STEPS), max_size=len(STEPS)).map(
    lambda numbers: dict(zip(STEPS, sorted(numbers, reverse=True), strict=True))
)
sources = st.lists(falling, max_size=5).map(
    lambda many: [Facts(number, f"Source {number}", leads) for number, leads in enumerate(many)]
)


def whole(groups):
    """All leads together."""
    return Facts(leads={step: sum(facts.leads[step] for facts in groups) for step in STEPS})


@proved
@given(sources)
def test_the_sources_add_up_to_the_steps(groups):
    steps = build(whole(groups), [], STEPS, NAMES)
    split = build(whole(groups), groups, STEPS, NAMES, by="source")
    for step in STEPS if steps.rows else ():
        assert steps.row(step).values["leads"] == (split.total.values[step] or 0)
        of_first = split.value(split.total, split.column(f"{step}_of_first")) if step != "entered" else 1
        assert of_first == steps.value(steps.row(step), steps.column("of_first"))


@proved
@given(falling)
def test_no_share_exceeds_one_and_shares_of_the_steps_multiply_to_that_of_the_first(leads):
    table = build(Facts(leads=leads), [], STEPS, NAMES)
    product = 1
    for row in table.rows:
        first, before = (table.value(row, table.column(code)) for code in ("of_first", "of_before"))
        assert 0 <= first <= 1
        if before is not None:
            product *= before
            assert 0 <= before <= 1 and abs(product - first) < 1e-9


def test_nobody_came_is_no_row_and_no_division():
    table = build(Facts(), [], STEPS, NAMES)
    assert (table.rows, table.total.values["leads"]) == ([], 0)
    assert build(Facts(), [], STEPS, NAMES, by="pool").rows == []


def test_times_are_given_not_added_up():
    days = {step: (3600 * number, 7200 * number) for number, step in enumerate((*TIMED, WHOLE), 1)}
    table = build(Facts(leads=dict.fromkeys(STEPS, 4), times=days), [], STEPS, NAMES)
    assert table.row("converted").values["median"] == 3600 * 3
    assert table.row("valid").values["median"] is None
    assert (table.total.values["leads"], table.total.values["median"]) == (4, 3600 * 5)


def test_leads_without_a_source_come_last():
    groups = [Facts(0, "Without a source", {"entered": 9}), Facts(5, "website"), Facts(4, "Fair")]
    assert [row.key for row in build(whole_of(groups), groups, STEPS, NAMES, by="source").rows] == ["4", "5", "0"]


def whole_of(groups):
    return Facts(leads={step: sum(facts.leads.get(step, 0) for facts in groups) for step in STEPS})


def test_behind_a_step_are_the_leads_that_got_there():
    def domain(scope, steps, key, code, by="step"):
        leads = dict.fromkeys(steps, 3)
        return build(
            Facts(leads=leads), [Facts(4, "Fair", leads)], steps, NAMES, by=by, scope=scope, period=MARCH
        ).drill(key, code)

    entered = domain(ALL, STEPS, "entered", "leads")
    assert entered.model == "lead.pool.event"
    assert domain(ALL, STEPS, TOTAL, "leads") == entered
    assert domain(ALL, STEPS, "touched", "leads").domain == (*entered.domain, ("reached", "=", "touched"))
    assert ("lead_source_id", "=", 4) in domain(ALL, STEPS, "4", "ordered", by="source").domain
    own = domain(Scope((1,), people=(7,)), OWN_STEPS, "touched", "leads")
    assert own.model == "lead.pool.holding" and ("user_id", "in", (7,)) in own.domain
    led = Scope((1,), people=(7,), pools_led=(3,))
    assert domain(led, STEPS, "touched", "leads") is None, "numbers only"
