"""docs/rules.md shows each rule by an example: here each answer is given by the rule itself, in both languages."""

import pathlib
import re
from datetime import datetime, timedelta

import pytest

from lead_pool.rules import claim, distribution, follow_up, reclaim
from lead_pool.rules.facts import REFUSALS, AssignRule, ClaimRule, Counter, Entry, Load, Member, Policy
from lead_pool.rules.keep import extended_until
from lead_pool.rules.ramp import ramped
from lead_pool.rules.working_time import CALENDAR, WorkingTime

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
PAGES = ("rules.md", "rules.zh-CN.md")
LI, WANG, ZHAO = 1, 2, 3
NAMES = {LI: "Li", WANG: "Wang", ZHAO: "Zhao", 0: "-"}
IN_CHINESE = {"李": "Li", "王": "Wang", "赵": "Zhao"}
MONDAY = datetime(2026, 3, 2, 9)
NOON = datetime(2026, 3, 2, 12)
WEEK = WorkingTime(frozenset(range(5)))
NO_LIMIT = Load()
SINCE_MONDAY = reclaim.Tenure(MONDAY)


def said(verdict):
    """As the pages write an answer."""
    until = f" {verdict.retry_at:%Y-%m-%d %H:%M}" if verdict.retry_at else ""
    return (verdict.code or "yes") + until


def asks(entry, user_id=LI, load=None, now=NOON, backlog=0, windows=None, first_ids=None, **policy):
    me = Member(user_id, load=load or Load())
    return said(
        claim.may_claim(
            entry, me, NO_LIMIT, Policy(**policy), now=now, backlog=backlog, windows=windows, first_ids=first_ids
        )
    )


def given(entries, *members, strategy="round_robin", **policy):
    choices = distribution.allocate(entries, list(members), Policy(strategy=strategy, **policy))
    return " ".join(NAMES[choice.user_id] for choice in choices)


def leads(number, **facts):
    return [Entry(one, **facts) for one in range(1, number + 1)]


def goes_back(rule, tenure=SINCE_MONDAY, time=CALENDAR, **more):
    return f"{reclaim.deadline(rule, tenure, time, **more).reclaim_at:%Y-%m-%d %H:%M}"


def bulk_claim():
    me = Member(LI, load=Load(held=Counter(28, 30)))
    return " ".join(
        said(one) for one in claim.claim_batch(leads(4, pool_id=1), {1: me}, Load(), {1: Policy()}, now=NOON)
    )


def judged(text, *earlier):
    verdict = follow_up.judge(
        follow_up.Touch("manual", text=text),
        follow_up.Evidence(min_length=10),
        [follow_up.Earlier(text=one) for one in earlier],
    )
    return " ".join([said(verdict), *verdict.missing])


def pulled():
    waiting = {
        "A": Entry(1, score=90),
        "B": Entry(2, score=10, known_by=(LI,)),
        "C": Entry(3, score=20, priority=2),
    }
    names = {entry.id: name for name, entry in waiting.items()}
    return " ".join(names[entry.id] for entry in claim.best_first(waiting.values(), LI, NOON))


def converts_best():
    team = [Member(LI, record={7: (8, 10)}), Member(WANG, record={7: (1, 1)}), Member(ZHAO)]
    rates = distribution.conversion_rates(team, 7)
    winner = given([Entry(1, kind=7)], *team, strategy="conversion")
    return " ".join([*(f"{rates[member.user_id]:.2f}" for member in team), winner])


def members(*loads):
    """Li and his colleagues, who hold so many of so many."""
    return [Member(number, load=Load(held=Counter(*load))) for number, load in enumerate(loads, 1)]


def three():
    """Counted up as they get leads."""
    return Member(LI), Member(WANG), Member(ZHAO)


FRIDAY = datetime(2026, 3, 6, 9)
LEAVE = (datetime(2026, 3, 3, 9), datetime(2026, 3, 10, 9))
FORMER = Entry(1, last_holder_id=LI, last_held_until=NOON)
FRESH = Entry(1, entered_at=NOON - timedelta(minutes=10))
VIP = ClaimRule(1, frozenset({LI}))
OFFER = "Sent the offer by mail, he asks his boss"

#: The answers of the examples, in the order of the pages.
ANSWERS = [
    # claiming
    lambda: bulk_claim(),
    lambda: asks(Entry(1), load=Load(day=Counter(10, 10)), windows={"day": datetime(2026, 3, 3)}),
    lambda: asks(FORMER, now=NOON + timedelta(days=3), cooling_days=7),
    lambda: asks(FORMER, WANG, now=NOON + timedelta(days=3), cooling_days=7),
    lambda: asks(FRESH, protection_minutes=30),
    lambda: " ".join(asks(Entry(1), backlog=untouched, backlog_limit=3) for untouched in (3, 4)),
    lambda: " ".join(asks(Entry(1, claim_matches=frozenset({1})), user, claim_rules=(VIP,)) for user in (LI, WANG)),
    lambda: " ".join(asks(Entry(number), order="oldest", first_ids=[1]) for number in (1, 2)),
    pulled,
    lambda: " ".join(str(ramped(30, day, 10)) for day in (0, 2, 4, 6, 8, 10)),
    # distribution
    lambda: given(leads(6), *three()),
    lambda: given(leads(6), Member(LI, weight=2), Member(WANG), strategy="rotation"),
    lambda: given(leads(1), *members((8, 10), (10, 20)), strategy="least_loaded"),
    lambda: given(
        [Entry(1, skilled=frozenset({LI})), Entry(2)], Member(LI, skills=True), Member(WANG), strategy="skill"
    ),
    converts_best,
    lambda: given(leads(3), *members((5, 5), (0, 5), (0, 5))),
    lambda: given([Entry(1, known_by=(ZHAO,), known_by_what=("company",))], *three(), affinity=True),
    lambda: given(
        [Entry(1, matches=frozenset({1})), Entry(2)],
        *three(),
        rules=(AssignRule(1, "default_assignee", assignee_id=WANG),),
    ),
    # following up
    lambda: judged("ok"),
    lambda: judged("Called, wants the price list"),
    lambda: judged(OFFER + "!", OFFER),
    # going back
    lambda: goes_back(reclaim.Rule(no_follow_up_days=3)),
    lambda: goes_back(reclaim.Rule(no_follow_up_days=3), reclaim.Tenure(MONDAY, datetime(2026, 3, 4, 9))),
    lambda: goes_back(reclaim.Rule(no_follow_up_days=3, working=True), reclaim.Tenure(FRIDAY), WEEK),
    lambda: goes_back(reclaim.Rule(held_days=3), reclaim.Tenure(MONDAY, away=(LEAVE,))),
    lambda: goes_back(reclaim.Rule(no_follow_up_days=3, held_days=30)),
    lambda: goes_back(reclaim.Rule(no_follow_up_days=3, held_days=30, match="all")),
    lambda: goes_back(reclaim.Rule(no_follow_up_days=3), not_before=datetime(2026, 3, 11, 9)),
    lambda: f"{extended_until(datetime(2026, 3, 2, 9), datetime(2026, 3, 5, 9), 2):%Y-%m-%d %H:%M}",
    lambda: str(reclaim.brake(300, most=100)),
]


def rows(page, heading_number):
    """The cells of the tables of one chapter, without their heads."""
    chapter = re.split(r"^## ", (DOCS / page).read_text(encoding="utf-8"), flags=re.MULTILINE)[heading_number]
    lines = [line for line in chapter.splitlines() if line.startswith("| ")]
    return [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines[1:]]


def examples(page):
    found = [row for chapter in (1, 2, 3, 4) for row in rows(page, chapter)]
    return [(row[0], row[-1].strip("`")) for row in found]


@pytest.mark.parametrize("page", PAGES)
def test_each_example_ends_as_the_page_says(page):
    told = []
    for _rule, answer in examples(page):
        for name, latin in IN_CHINESE.items():
            answer = answer.replace(name, latin)
        told.append(answer)
    assert told == [answer() for answer in ANSWERS]


@pytest.mark.parametrize("page", PAGES)
def test_each_code_of_a_refusal_is_on_the_page(page):
    assert [row[0] for row in rows(page, 5)] == [f"`{code}`" for code in REFUSALS]
    assert all(row[1] for row in rows(page, 5))
