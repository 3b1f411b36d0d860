"""What holds for every claim, not only for those we thought of."""

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from strategies import ASKED, DAY, ENTRIES, ME, MOMENTS, NOON, counted, loads, proved, within

from lead_pool.rules.assigning import assign_batch
from lead_pool.rules.claim import FRESH, best_first, claim_batch, cooling_until, first_in_line, lead_verdict, points
from lead_pool.rules.facts import REFUSALS, ClaimRule, Entry, Member, Policy


@proved
@given(ASKED, st.dictionaries(st.integers(1, 3), loads()), loads(), st.integers(0, 4))
def test_a_batch_of_claims_never_exceeds_a_limit_and_everyone_allowed_counts(
    asked,
    pools,
    overall,
    backlog_limit,
):
    members = {pool_id: Member(ME, load=load) for pool_id, load in pools.items()}
    before, all_before = deepcopy(members), deepcopy(overall)
    policies = {pool_id: Policy(backlog_limit=backlog_limit) for pool_id in pools}
    answers = claim_batch(asked, members, overall, policies, now=NOON)

    assert len(answers) == len(asked)
    won = [entry for entry, answer in zip(asked, answers, strict=True) if answer]
    assert within(overall, all_before)
    assert counted(overall) == tuple(used + len(won) for used in counted(all_before))
    for pool_id, member in members.items():
        mine = [entry for entry in won if entry.pool_id == pool_id]
        assert within(member.load, before[pool_id].load)
        assert counted(member.load) == tuple(n + len(mine) for n in counted(before[pool_id].load))
    assert len(won) == len({entry.id for entry in won}), "no lead is won twice"
    assert not backlog_limit or len(won) <= backlog_limit + 1


@st.composite
def lines(draw):
    """Leads of an ordered pool, some of them not for this rep, in the pool's order; and what he asks."""
    count = draw(st.integers(1, 10))
    entries = [
        Entry(
            number,
            pool_id=1,
            entered_at=NOON - draw(st.integers(0, 3)) * DAY,
            archived=draw(st.sampled_from([False, False, True])),
            missing=draw(st.sampled_from([(), (), ("Budget",)])),
            last_holder_id=draw(st.sampled_from([0, ME, 9])),
            last_held_until=NOON - draw(st.integers(0, 5)) * DAY,
            claim_matches=frozenset(draw(st.sets(st.integers(1, 2)))),
        )
        for number in range(1, count + 1)
    ]
    asked = draw(st.lists(st.sampled_from(entries), min_size=1, max_size=count, unique_by=lambda entry: entry.id))
    policy = Policy(
        order="oldest",
        cooling_days=draw(st.integers(0, 4)),
        protection_minutes=draw(st.sampled_from([0, 60])),
        claim_rules=(ClaimRule(1, frozenset(draw(st.sets(st.sampled_from([ME, 9]))))), ClaimRule(2)),
    )
    return entries, asked, policy


@proved
@given(lines(), loads(), loads())
def test_no_order_is_ever_jumped_and_none_is_lost(drawn, load, overall):
    entries, asked, policy = drawn
    line = [entry.id for entry in entries if lead_verdict(entry, ME, policy, NOON)]
    first = first_in_line(line, {entry.id for entry in asked})
    in_order = sorted(asked, key=lambda entry: first.index(entry.id) if entry.id in first else len(entries))
    room = min(
        (left for part in (load, overall) for c in (part.held, part.day, part.hour) if (left := c.left()) is not None),
        default=len(entries),
    )
    answers = claim_batch(
        in_order, {1: Member(ME, load=load)}, overall, {1: policy}, now=NOON, first_ids={1: set(first)}
    )
    won = {entry.id for entry, answer in zip(in_order, answers, strict=True) if answer}
    left = [entry_id for entry_id in line if entry_id not in won]
    assert all(line.index(one) < line.index(other) for one in won for other in left), "a lead was passed"
    assert won == set(first[:room]), "whoever stands first and has room gets his leads"


WAITING = st.builds(
    Entry,
    id=st.integers(1, 99),
    priority=st.integers(0, 3),
    score=st.floats(0, 100),
    entered_at=st.integers(0, 10**6).map(lambda minutes: NOON - timedelta(minutes=minutes)),
    known_by=st.lists(st.sampled_from([ME, 9]), max_size=2, unique=True).map(tuple),
)
CROWDS = st.lists(WAITING, min_size=1, max_size=10, unique_by=lambda entry: entry.id)


@proved
@given(CROWDS, st.randoms(use_true_random=False))
def test_a_pull_gives_each_lead_in_the_end_and_always_the_same_one_first(entries, dice):
    ranked = best_first(entries, ME, NOON)
    assert sorted(entry.id for entry in ranked) == sorted(entry.id for entry in entries)
    shuffled = list(entries)
    dice.shuffle(shuffled)
    assert best_first(shuffled, ME, NOON) == ranked
    alike = [
        entry
        for entry in ranked
        if (ME in entry.known_by, entry.priority) == (ME in ranked[0].known_by, ranked[0].priority)
    ]
    assert ranked[0] == min(alike, key=lambda entry: (-points(entry, NOON), entry.entered_at, entry.id))


@proved
@given(WAITING, WAITING, st.integers(0, 1000))
def test_age_never_costs_a_lead_more_than_its_freshness(entry, fresher, days):
    later = NOON + days * DAY
    assert entry.score - 0.01 <= points(entry, later) <= points(entry, NOON) <= entry.score + FRESH + 0.01
    rivals = [
        replace(entry, id=1, known_by=(), priority=0),
        replace(fresher, id=2, known_by=(), priority=0, entered_at=later),
    ]
    if rivals[0].score > rivals[1].score + FRESH + 0.02:
        assert best_first(rivals, ME, later)[0].id == 1, "new leads push no good one back for ever"


@proved
@given(ASKED, loads(), loads(), st.integers(0, 12))
def test_what_is_asked_later_in_a_batch_does_not_change_the_answers_before_it(
    asked,
    load,
    overall,
    first,
):
    def answers(entries):
        members = {1: Member(ME, load=deepcopy(load)), 2: Member(ME, load=deepcopy(load))}
        policies = {1: Policy(), 2: Policy()}
        return claim_batch(entries, members, deepcopy(overall), policies, now=NOON)

    assert answers(asked)[:first] == answers(asked[:first])


@proved
@given(st.integers(0, 12), loads(), loads())
def test_of_leads_that_are_free_a_batch_gets_exactly_as_many_as_the_tightest_limit_leaves(
    number,
    load,
    overall,
):
    places = [
        counter.left()
        for part in (load, overall)
        for counter in (part.held, part.day, part.hour)
        if counter.left() is not None
    ]
    asked = [Entry(n, pool_id=1) for n in range(number)]
    answers = claim_batch(asked, {1: Member(ME, load=load)}, overall, {1: Policy()}, now=NOON)
    assert sum(map(bool, answers)) == min([number, *places])


@proved
@given(MOMENTS, st.integers(1, 30), MOMENTS)
def test_a_cooling_off_that_is_told_is_still_to_come_and_over_when_it_is_reached(until, days, now):
    entry = Entry(1, last_holder_id=ME, last_held_until=until)
    policy = Policy(cooling_days=days)
    told = cooling_until(entry, ME, policy, now)
    assert told is None or told > now
    assert told is None or cooling_until(entry, ME, policy, told) is None


@proved
@given(st.lists(st.one_of(st.none(), ENTRIES), max_size=12), loads(), loads(), st.booleans())
def test_a_batch_of_assignments_keeps_the_capacity_unless_an_admin_exceeds_it_knowingly(
    asked, load, overall, over_capacity
):
    target = Member(ME, load=load)
    before, all_before = deepcopy(load), deepcopy(overall)
    may = {1: True, 2: True}
    answers = assign_batch(asked, {1: target}, overall, over_capacity=over_capacity, may=may)
    won = [entry.id for entry, answer in zip(asked, answers, strict=True) if answer]
    assert len(won) == len(set(won)), "a lead named twice takes one place"
    assert load.held.used == before.held.used + len(won)
    assert overall.held.used == all_before.held.used + len(won)
    assert (load.day, load.hour) == (before.day, before.hour), "only claims count for day and hour"
    if not over_capacity:
        assert within(load, before)
        assert within(overall, all_before)


@proved
@given(ASKED, loads(), loads())
def test_every_answer_of_a_batch_is_a_yes_or_a_listed_refusal(asked, load, overall):
    answers = claim_batch(asked, {1: Member(ME, load=load)}, overall, {1: Policy()}, now=NOON)
    assert {answer.code for answer in answers} <= {"", *REFUSALS}
