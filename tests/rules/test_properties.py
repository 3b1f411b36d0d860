"""What holds for every pool, team and calendar, not only for those we thought of."""

import os
from copy import deepcopy
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lead_pool.rules.assigning import assign_batch
from lead_pool.rules.claim import (
    FRESH,
    best_first,
    claim_batch,
    cooling_until,
    first_in_line,
    lead_verdict,
    points,
)
from lead_pool.rules.distribution import ROTATE, STRATEGIES, allocate, candidates, standings, verdict_on
from lead_pool.rules.facts import REFUSALS, AssignRule, ClaimRule, Counter, Entry, Load, Member, Policy
from lead_pool.rules.follow_up import BY_THE_HOLDER, NEVER, Earlier, Evidence, Touch, counts, judge
from lead_pool.rules.note import COMPARED, fold, is_short, length, likeness, same
from lead_pool.rules.reclaim import REP, Rule, Tenure, deadline, next_warning
from lead_pool.rules.working_time import WorkingTime, windows

NOON = datetime(2026, 3, 2, 12)
DAY = timedelta(days=1)
ME = 7

# The same examples in each run, so that a red build is red again; nothing is kept on the disk.
EXAMPLES = int(os.environ.get("LEAD_POOL_EXAMPLES", "30"))  # thousands in `make test-all`
proved = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
proved_on_few = settings(proved, max_examples=20)


# What may happen


def counters(most=8):
    return st.builds(Counter, st.integers(0, most), st.integers(0, most))


def loads():
    return st.builds(Load, counters(), counters(), counters())


WEIGHTS = st.one_of(st.integers(1, 10), st.sampled_from([0.25, 0.5, 1.5, 1 / 3, 1000]))


@st.composite
def teams(draw, weights=WEIGHTS, smallest=1):
    drawn = draw(st.lists(weights, min_size=smallest, max_size=8))
    return [Member(number, weight=weight) for number, weight in enumerate(drawn, 1)]


@st.composite
def messy_teams(draw):
    """Some paused, some gone, some full, some without a share."""
    team = draw(teams(weights=st.sampled_from([0, 1, 1, 2, 5])))
    return [
        replace(
            member,
            paused=draw(st.booleans()),
            active=draw(st.sampled_from([True, True, False])),
            load=Load(held=draw(counters())),
        )
        for member in team
    ]


ENTRIES = st.builds(
    Entry,
    id=st.integers(1, 12),
    pool_id=st.integers(1, 3),
    state=st.sampled_from(["waiting", "waiting", "waiting", "held", "closed"]),
    archived=st.sampled_from([False, False, False, True]),
)
ASKED = st.lists(st.one_of(st.none(), ENTRIES), max_size=12)
MOMENTS = st.datetimes(datetime(2025, 12, 1), datetime(2026, 12, 31)).map(
    lambda moment: moment.replace(microsecond=0, fold=0)
)
WHOLE_DAYS = st.integers(1, 40)
DAYS = st.one_of(WHOLE_DAYS, st.sampled_from([0.25, 0.5, 1.5, 2.75]))
DATES = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@st.composite
def calendars(draw, zones=("UTC", "Asia/Shanghai", "Asia/Kolkata")):
    return WorkingTime(
        weekdays=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        holidays=frozenset(draw(st.sets(DATES, max_size=6))),
        extra_days=frozenset(draw(st.sets(DATES, max_size=3))),
        tz=ZoneInfo(draw(st.sampled_from(zones))),
    )


@st.composite
def reclaim_rules(draw):
    figures = st.one_of(st.just(0), DAYS)
    ladder = sorted((draw(figures) for _step in range(3)), reverse=True)
    return Rule(
        id=1,
        no_first_touch_days=draw(figures),
        no_follow_up_days=draw(figures),
        not_converted_days=draw(figures),
        not_won_days=draw(figures),
        held_days=draw(figures),
        match=draw(st.sampled_from(["any", "all"])),
        working=draw(st.booleans()),
        warn_days=ladder[0],
        warn_leader_days=ladder[1],
        warn_admin_days=ladder[2],
    )


@st.composite
def leaves(draw, most=4):
    """Leaves that may overlap, lie long ago, or begin in the middle of a day."""
    starts = draw(st.lists(MOMENTS, max_size=most))
    return tuple((start, start + timedelta(hours=draw(st.integers(1, 24 * 30)))) for start in starts)


@st.composite
def tenures(draw):
    started = draw(MOMENTS)
    moments = st.one_of(st.none(), MOMENTS)
    return Tenure(started, last_follow_up_at=draw(moments), converted_at=draw(moments), away=draw(leaves()))


def given_to(choices):
    return [choice.user_id for choice in choices]


def leads(number):
    return [Entry(n) for n in range(1, number + 1)]


def counted(load):
    return (load.held.used, load.day.used, load.hour.used)


def within(load, before):
    """No counter went over its limit (one that was over before did not move)."""
    return all(
        not now.limit or now.used <= max(now.limit, earlier.used)
        for now, earlier in [
            (load.held, before.held),
            (load.day, before.day),
            (load.hour, before.hour),
        ]
    )


# Claims


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


# Rotation


@proved
@given(teams(weights=st.just(1)), st.integers(0, 60))
def test_with_equal_weights_nobody_is_ever_more_than_one_lead_ahead(team, number):
    choices = allocate(leads(number), team, ROTATE)
    got = dict.fromkeys((member.user_id for member in team), 0)
    for choice in choices:
        got[choice.user_id] += 1
        assert max(got.values()) - min(got.values()) <= 1


@proved
@given(teams(weights=st.just(1), smallest=2), st.integers(0, 30), st.integers(0, 40))
def test_with_equal_weights_it_stays_so_from_any_moment_on(team, before, after):
    allocate(leads(before), team, ROTATE)
    got = given_to(allocate(leads(after), team, ROTATE))
    shares = [got.count(member.user_id) for member in team]
    assert max(shares) - min(shares) <= 1


@proved
@given(teams(), st.integers(1, 300))
def test_weighted_shares_converge_and_nobody_is_a_whole_lead_above_his(team, number):
    got = given_to(allocate(leads(number), team, ROTATE))
    total = sum(member.weight for member in team)
    for member in team:
        due = number * member.weight / total
        assert got.count(member.user_id) - due < 1 + 1e-6
        assert due - got.count(member.user_id) < len(team)  # constant: converges as 1/n


@proved_on_few
@given(teams(weights=st.integers(1, 5)), st.integers(1, 4))
def test_after_a_full_round_of_whole_weights_each_has_exactly_his_share(team, rounds):
    number = rounds * sum(member.weight for member in team)
    got = given_to(allocate(leads(number), team, ROTATE))
    assert [got.count(m.user_id) for m in team] == [rounds * m.weight for m in team]
    assert all(abs(member.credit) < 1e-9 for member in team)


@proved
@given(st.data(), messy_teams(), st.integers(0, 30))
def test_the_order_of_the_members_does_not_matter(data, team, number):
    shuffled = data.draw(st.permutations(deepcopy(team)))
    assert allocate(leads(number), team, ROTATE) == allocate(leads(number), shuffled, ROTATE)


@proved
@given(st.data(), teams(smallest=2))
def test_the_sum_of_the_credits_never_changes_whoever_comes_and_goes(data, team):
    for member in team:
        member.credit = data.draw(st.floats(-1, 1))
    owed = sum(member.credit for member in team)
    for entry in leads(data.draw(st.integers(0, 20))):
        for member in team:
            member.paused = data.draw(st.booleans())
        allocate([entry], team, ROTATE)
        assert isclose(sum(member.credit for member in team), owed, abs_tol=1e-9)


@proved
@given(messy_teams(), st.integers(0, 30))
def test_a_distribution_gives_each_lead_once_within_every_capacity_or_says_why_not(team, number):
    before = deepcopy(team)
    overall = {member.user_id: Load(held=Counter(0, 6)) for member in team}
    choices = allocate(leads(number), team, ROTATE, overall=overall)
    got = given_to(choices)
    assert [choice.entry_id for choice in choices] == [entry.id for entry in leads(number)]
    assert all(bool(choice.user_id) != bool(choice.code) for choice in choices)
    for member, earlier in zip(team, before, strict=True):
        mine = got.count(member.user_id)
        assert within(member.load, earlier.load)
        assert within(overall[member.user_id], Load())
        assert member.load.held.used == earlier.load.held.used + mine
        assert overall[member.user_id].held.used == mine
        assert not mine or earlier.eligible
        if not earlier.eligible:
            assert member.credit == earlier.credit, "who cannot get leads earns and owes nothing"
    # a lead is left only when nobody may have it any more
    assert 0 not in got or all(candidate.code for candidate in candidates(team, overall))


@st.composite
def policies(draw):
    """Any strategy, with rules before it."""
    users = st.frozensets(st.integers(1, 8), max_size=3)
    rules = draw(
        st.lists(
            st.builds(
                AssignRule,
                id=st.integers(1, 99),
                strategy=st.sampled_from(sorted(STRATEGIES)),
                assignee_id=st.integers(0, 8),
                user_ids=users,
                if_nobody=st.sampled_from(["next", "wait"]),
            ),
            max_size=3,
            unique_by=lambda rule: rule.id,
        )
    )
    return Policy(
        strategy=draw(st.sampled_from(sorted(STRATEGIES))),
        default_assignee_id=draw(st.integers(0, 8)),
        affinity=draw(st.booleans()),
        rules=tuple(rules),
    )


@st.composite
def described_leads(draw, policy, number):
    ids = [rule.id for rule in policy.rules]
    users = st.integers(1, 9)
    return [
        Entry(
            n,
            matches=frozenset(rule for rule in ids if draw(st.booleans())),
            skilled=draw(st.frozensets(users, max_size=3)),
            known_by=tuple(draw(st.lists(users, max_size=2))),
            kind=draw(st.integers(0, 2)),
        )
        for n in range(1, number + 1)
    ]


@proved
@given(st.data(), messy_teams(), policies(), st.integers(0, 12))
def test_whatever_the_rules_nothing_is_exceeded_and_every_lead_is_accounted_for(data, team, policy, number):
    for member in team:
        member.skills = data.draw(st.booleans())
        member.record = {1: (data.draw(st.integers(0, 5)), 5)}
    before = deepcopy(team)
    entries = data.draw(described_leads(policy, number))
    overall = {member.user_id: Load(held=Counter(0, 6)) for member in team}
    shuffled = data.draw(st.permutations(deepcopy(team)))
    again = allocate(entries, shuffled, policy, overall=deepcopy(overall))
    choices = allocate(entries, team, policy, overall=overall)
    assert choices == again, "the order of the members does not matter"
    got = given_to(choices)
    assert all(bool(choice.user_id) != bool(choice.code) for choice in choices)
    for member, earlier in zip(team, before, strict=True):
        mine = got.count(member.user_id)
        assert within(member.load, earlier.load)
        assert within(overall[member.user_id], Load())
        assert member.load.held.used == earlier.load.held.used + mine
        assert not mine or earlier.eligible
        if not earlier.eligible:
            assert member.credit == earlier.credit, "who cannot get leads earns and owes nothing"


@proved
@given(st.data(), messy_teams(), st.lists(policies(), min_size=1, max_size=6))
def test_while_rules_people_and_limits_change_every_promise_is_kept(data, team, policies_in_turn):
    overall = {member.user_id: Load(held=Counter(member.load.held.used)) for member in team}
    owed = sum(member.credit for member in team)
    for policy in policies_in_turn:
        for member in team:
            member.paused = data.draw(st.booleans())
            member.away_until = data.draw(st.sampled_from([None, None, NOON]))
            member.weight = data.draw(st.sampled_from([0, 1, 2, 1 / 3]))
            member.skills = data.draw(st.booleans())
            gone = data.draw(st.integers(0, member.load.held.used))  # went back, were converted
            for load in (member.load, overall[member.user_id]):
                load.held = Counter(load.held.used - gone, data.draw(st.integers(0, 9)))
        before, all_before = deepcopy(team), deepcopy(overall)
        choices = allocate(data.draw(described_leads(policy, 6)), team, policy, overall=overall)
        got = given_to(choices)
        assert all(bool(choice.user_id) != bool(choice.code) for choice in choices)
        for member, earlier in zip(team, before, strict=True):
            mine = got.count(member.user_id)
            assert within(member.load, earlier.load)
            assert within(overall[member.user_id], all_before[member.user_id])
            assert overall[member.user_id].held.used == all_before[member.user_id].held.used + mine
            assert not mine or not verdict_on(earlier)
        for choice in choices:
            knows = choice.strategy == "affinity"
            assert not knows or policy.affinity
            rule = next((rule for rule in policy.rules if rule.id == choice.rule_id), None)
            if rule and choice.user_id and choice.strategy == "default_assignee":
                assert choice.user_id == rule.assignee_id, "to one person, whoever else the rule names"
            elif rule and rule.user_ids and choice.user_id:
                assert choice.user_id in rule.user_ids, "a rule gives its leads to its own people"
        assert isclose(sum(member.credit for member in team), owed, abs_tol=1e-9)


@proved
@given(st.data(), messy_teams(), policies())
def test_why_not_me_is_answered_for_every_member_and_fits_the_choice(data, team, policy):
    [entry] = data.draw(described_leads(policy, 1))
    stood = standings(entry, team, policy)
    [choice] = allocate([entry], team, policy)
    assert stood.keys() == {member.user_id for member in team}
    assert [user for user, (code, _value) in stood.items() if not code] == ([choice.user_id] if choice.user_id else [])


@proved
@given(teams(), st.integers(0, 12), st.integers(0, 200), st.data())
def test_absence_builds_no_debt(team, before, missed, data):
    away = data.draw(st.sampled_from(team))
    allocate(leads(before), team, ROTATE)
    credit, away.paused = away.credit, True
    got = given_to(allocate(leads(missed), team, ROTATE))
    assert away.user_id not in got
    assert away.credit == credit


@proved
@given(
    teams(weights=st.just(1), smallest=2),
    st.integers(0, 12),
    st.integers(0, 200),
    st.integers(1, 60),
    st.data(),
)
def test_who_returns_is_neither_flooded_nor_passed_over(team, before, missed, after, data):
    away = data.draw(st.sampled_from(team))
    allocate(leads(before), team, ROTATE)
    away.paused = True
    allocate(leads(missed), team, ROTATE)
    away.paused = False
    got = given_to(allocate(leads(after), team, ROTATE))
    assert abs(got.count(away.user_id) - after / len(team)) < 2, "however long he was away"
    assert all(away.user_id in got[n : n + 2 * len(team)] for n in range(after - 2 * len(team)))


@proved_on_few
@given(teams(weights=st.just(1), smallest=2), st.integers(0, 40), st.integers(1, 40))
def test_a_newcomer_starts_with_his_share_and_no_arrears(team, before, after):
    allocate(leads(before), team, ROTATE)
    team.append(Member(99))
    got = given_to(allocate(leads(after), team, ROTATE))
    assert abs(got.count(99) - after / len(team)) < 2


@proved_on_few
@given(st.data(), teams(weights=st.just(1), smallest=2))
def test_however_people_come_and_go_the_rotation_owes_nobody_more_than_a_round(data, team):
    for entry in leads(60):
        for member in data.draw(st.lists(st.sampled_from(team), max_size=3)):
            member.paused = not member.paused
        allocate([entry], team, ROTATE)
        assert all(abs(member.credit) < len(team) for member in team)


@proved
@given(teams(), st.lists(st.integers(1, 10), max_size=6))
def test_the_rotation_goes_on_where_it_stopped(team, batches):
    again = deepcopy(team)
    at_once = given_to(allocate(leads(sum(batches)), again, ROTATE))
    bit_by_bit = []
    for number in batches:
        bit_by_bit += given_to(allocate(leads(number), team, ROTATE))
    assert bit_by_bit == at_once


@proved
@given(teams(), st.integers(1, 60))
def test_credits_kept_with_nine_digits_between_two_leads_give_the_same_choices(team, number):
    stored = deepcopy(team)
    at_once = allocate(leads(number), team, ROTATE)
    one_by_one = []
    for entry in leads(number):
        one_by_one += allocate([entry], stored, ROTATE)
        for member in stored:
            member.credit = round(member.credit, 9)  # as the database does
    assert given_to(one_by_one) == given_to(at_once)
    assert [choice.tie_break for choice in one_by_one] == [choice.tie_break for choice in at_once]


# Days


@proved
@given(calendars(), MOMENTS, st.one_of(st.integers(-40, 40), DAYS), st.booleans())
def test_days_go_forwards_when_positive_and_backwards_when_negative(time, moment, days, working):
    moved = time.add_days(moment, days, working=working)
    assert (moved > moment, moved < moment) == (days > 0, days < 0)


@proved
@given(calendars(), MOMENTS, WHOLE_DAYS)
def test_taking_working_days_away_undoes_adding_them(time, moment, days):
    local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    assume(time.works_on(local.date()))
    later = time.add_days(moment, days, working=True)
    assert time.add_days(later, -days, working=True) == moment
    earlier = time.add_days(moment, -days, working=True)
    assert time.add_days(earlier, days, working=True) == moment


@proved
@given(calendars(), MOMENTS, st.one_of(WHOLE_DAYS, DAYS))
def test_taking_calendar_days_away_undoes_adding_them(time, moment, days):
    assert time.add_days(time.add_days(moment, days), -days) == moment


@proved
@given(calendars(), MOMENTS, WHOLE_DAYS, WHOLE_DAYS)
def test_working_days_may_be_added_in_two_steps(time, moment, first, second):
    in_two = time.add_days(time.add_days(moment, first, working=True), second, working=True)
    assert in_two == time.add_days(moment, first + second, working=True)


@proved
@given(calendars(), MOMENTS, st.integers(0, 10 * 24 * 3600), st.one_of(st.integers(-40, 40), DAYS))
def test_a_later_moment_never_has_an_earlier_deadline(time, moment, seconds, days):
    later = moment + timedelta(seconds=seconds)
    assert time.add_days(moment, days, working=True) <= time.add_days(later, days, working=True)


@proved
@given(calendars(("Europe/Berlin", "America/New_York")), MOMENTS, st.integers(0, 10**6), WHOLE_DAYS)
def test_where_the_clock_changes_a_deadline_is_at_most_that_hour_off(time, moment, seconds, days):
    one = time.add_days(moment, days, working=True)
    other = time.add_days(moment + timedelta(seconds=seconds), days, working=True)
    assert one <= other + timedelta(hours=1)


@proved
@given(calendars(), MOMENTS, DAYS, DAYS)
def test_more_days_never_give_an_earlier_deadline(time, moment, one, other):
    fewer, more = sorted([one, other])
    assert time.add_days(moment, fewer, working=True) <= time.add_days(moment, more, working=True)


@proved
@given(calendars(), MOMENTS, WHOLE_DAYS)
def test_working_days_are_never_fewer_than_calendar_days_and_count_each_worked_date(
    time,
    moment,
    days,
):
    local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    assume(time.works_on(local.date()))
    end = time.add_days(moment, days, working=True)
    local_end = end.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    between = [local.date() + n * DAY for n in range(1, (local_end.date() - local.date()).days + 1)]
    assert sum(map(time.works_on, between)) == days
    assert local_end.timetz().replace(tzinfo=None) == local.timetz().replace(tzinfo=None)
    assert end >= time.add_days(moment, days)


@proved
@given(MOMENTS, st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin"]))
def test_now_is_always_inside_its_day_and_hour(now, zone):
    day, hour, next_day, next_hour = windows(now, ZoneInfo(zone))
    assert now < next_hour <= now + timedelta(hours=1)
    assert now < next_day <= now + timedelta(hours=25)
    second = timedelta(seconds=1)
    assert windows(next_day - second, ZoneInfo(zone))[0] == day
    assert windows(next_day, ZoneInfo(zone))[0] == day + DAY
    assert windows(next_hour, ZoneInfo(zone))[1] == hour + 1


# Working hours

ZONES = ["UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]
# on and around the days on which the clocks of those zones change
CHANGES = [datetime(2026, month, day) for month, day in ((3, 8), (3, 29), (4, 5), (9, 6), (10, 4), (10, 25), (11, 1))]
NEAR_CHANGES = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-4000, 4000)
)


@st.composite
def hours_of_a_day(draw):
    bounds = sorted(draw(st.sets(st.integers(0, 96), max_size=4)))  # quarters of an hour
    return tuple((start / 4, end / 4) for start, end in zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def offices(draw):
    days = draw(st.sampled_from([7, 14]))
    closures = st.tuples(NEAR_CHANGES, st.integers(1, 5000)).map(lambda c: (c[0], c[0] + timedelta(minutes=c[1])))
    return WorkingTime(
        hours=tuple(draw(st.lists(hours_of_a_day(), min_size=days, max_size=days))),
        holidays=frozenset(draw(st.sets(DATES, max_size=4))),
        extra_days=frozenset(draw(st.sets(DATES, max_size=3))),
        closures=tuple(draw(st.lists(closures, max_size=3))),
        tz=ZoneInfo(draw(st.sampled_from(ZONES))),
    )


@proved
@given(offices(), NEAR_CHANGES)
def test_the_next_opening_is_open_and_not_before_the_moment(time, moment):
    opens = time.next_open(moment)
    if opens is None:
        assert not any(time.works_on(moment.date() + n * DAY) for n in range(400))
    else:
        assert opens >= moment
        assert time.is_open(opens)
        assert time.is_open(moment) == (opens == moment)


@proved
@given(offices(), NEAR_CHANGES)
def test_nothing_is_open_before_the_next_opening(time, moment):
    until = min(time.next_open(moment) or datetime.max, moment + 5 * DAY)
    minutes = int((until - moment).total_seconds() // 60)
    tried = (moment + timedelta(minutes=n) for n in range(minutes + 1))
    assert not any(time.is_open(minute) for minute in tried if minute < until)


@proved
@given(st.sampled_from(ZONES), st.sampled_from([7, 14]), NEAR_CHANGES)
def test_a_closed_calendar_never_opens(zone, days, moment):
    assert WorkingTime(hours=((),) * days, tz=ZoneInfo(zone)).next_open(moment) is None


@proved
@given(st.sampled_from(ZONES), NEAR_CHANGES)
def test_who_works_all_day_every_day_is_always_open(zone, moment):
    assert WorkingTime(tz=ZoneInfo(zone)).is_open(moment)


@proved
@given(offices(), NEAR_CHANGES)
def test_it_is_open_on_worked_days_only(time, moment):
    local = moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(time.tz)
    assert time.works_on(local.date()) or not time.is_open(moment)


# Deadlines

FAR = datetime.max  # stands for "never": later than any date


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_a_warning_never_comes_after_the_reclaim_nor_before_the_holding(rule, tenure, time):
    answer = deadline(rule, tenure, time)
    if answer.reclaim_at is None:
        assert answer.warn_at is None
        return
    assert answer.reclaim_at > tenure.started_at
    assert bool(answer.warn_at) == bool(rule.warn_days)
    if answer.warn_at:
        assert tenure.started_at <= answer.warn_at <= answer.reclaim_at


@proved
@given(reclaim_rules(), MOMENTS, calendars(), st.lists(st.integers(0, 40 * 86400), max_size=6))
def test_each_further_follow_up_only_puts_the_deadline_off(rule, started, time, seconds):
    touches = [None, *(started + timedelta(seconds=n) for n in sorted(seconds))]
    holdings = [Tenure(started, last_follow_up_at=touch) for touch in touches]
    ends = [deadline(rule, tenure, time).reclaim_at or FAR for tenure in holdings]
    assert all(earlier <= later for earlier, later in pairwise(ends))


@proved
@given(reclaim_rules(), MOMENTS, calendars(), st.integers(1, 10**7))
def test_what_a_former_holder_did_does_not_help_the_present_one(rule, started, time, seconds):
    tenure = Tenure(started, last_follow_up_at=started - timedelta(seconds=seconds))
    assert deadline(rule, tenure, time) == deadline(rule, Tenure(started), time)


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_asking_for_all_is_never_stricter_than_asking_for_any(rule, tenure, time):
    first = deadline(replace(rule, match="any"), tenure, time).reclaim_at or FAR
    last = deadline(replace(rule, match="all"), tenure, time).reclaim_at or FAR
    assert first <= last


@proved
@given(reclaim_rules(), tenures(), calendars(), MOMENTS)
def test_a_grace_only_puts_a_deadline_off_and_never_makes_one(rule, tenure, time, grace):
    plain = deadline(rule, tenure, time)
    answer = deadline(rule, tenure, time, not_before=grace)
    assert (answer.reclaim_at is None) == (plain.reclaim_at is None)
    if plain.reclaim_at:
        assert answer.reclaim_at == max(plain.reclaim_at, grace)
        assert answer.warn_at is None or answer.warn_at <= answer.reclaim_at
        assert (answer.reason, answer.rule_id) == (plain.reason, rule.id)


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_the_reason_told_is_one_of_the_rule_and_its_own_date_is_the_deadline(rule, tenure, time):
    answer = deadline(rule, tenure, time)
    days = dict(rule.parts())
    assert (answer.reason in days) == (answer.reclaim_at is not None)
    if answer.reason:
        figure = {answer.reason + "_days": days[answer.reason]}
        alone = Rule(working=rule.working, **figure)
        assert deadline(alone, tenure, time).reclaim_at == answer.reclaim_at


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_an_exempt_lead_never_goes_back(rule, tenure, time):
    assert deadline(rule, replace(tenure, exempt=True), time).reclaim_at is None


# Follow-ups


@proved
@given(
    st.sampled_from(BY_THE_HOLDER + NEVER),
    st.booleans(),
    st.integers(0, 40).map("x".__mul__),
    st.integers(0, 3),
    st.integers(0, 60),
    st.builds(Evidence, st.integers(0, 40), st.frozensets(st.integers(1, 3)), st.integers(0, 60)),
)
def test_a_pool_that_asks_for_more_never_lets_more_count(
    channel,
    by_holder,
    text,
    type_id,
    seconds,
    evidence,
):
    touch = Touch(channel, by_holder, text, type_id, seconds)
    if counts(touch, evidence):
        assert counts(touch, Evidence())
        assert by_holder and channel in BY_THE_HOLDER


@proved
@given(ASKED, loads(), loads())
def test_every_answer_of_a_batch_is_a_yes_or_a_listed_refusal(asked, load, overall):
    answers = claim_batch(asked, {1: Member(ME, load=load)}, overall, {1: Policy()}, now=NOON)
    assert {answer.code for answer in answers} <= {"", *REFUSALS}


# Notes

NOTES = st.text(max_size=80)
WORDS = st.lists(st.text("abcdefgh汉字报价", min_size=1, max_size=8), min_size=1, max_size=12)
AROUND = st.text(" \t\u3000,.!?;-，。0123456789\u200b", max_size=5)


@proved
@given(NOTES, NOTES)
def test_likeness_is_between_none_and_all_and_the_same_from_both_sides(one, other):
    assert same(one, one)
    assert 0 <= likeness(fold(one), fold(other)) == likeness(fold(other), fold(one)) <= 1
    assert same(one, other) == same(other, one)


@proved
@given(WORDS, st.data())
def test_what_is_typed_around_the_words_is_no_difference(words, data):
    text = " ".join(words)
    padded = "".join(data.draw(AROUND) + word + data.draw(AROUND) for word in words)
    wide = "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)
    for other in (padded, wide, text.upper(), f"  {text}\n"):
        assume(len(other) <= COMPARED)
        assert fold(other) == fold(text)
        assert same(other, text) and is_short(other) == is_short(text)


@proved
@given(NOTES)
def test_folding_twice_folds_once(text):
    assert fold(fold(text)) == fold(text)


@proved
@given(NOTES, AROUND, st.integers(1, 30))
def test_white_space_and_a_stuck_key_make_no_note_longer(text, around, times):
    blanks = "".join(sign for sign in around if sign.isspace() or sign == "\u200b") * times
    assert length(blanks + text + blanks) <= length(text) <= 3 * 18 * max(len(text), 1)
    assert length("." * times) == 0
    assert length("x" * times) == min(times, 3)


PASTS = st.lists(
    st.builds(
        Earlier,
        text=st.sampled_from(["", "No answer", "Sent the offer by mail, he asks his boss", "Visited"]),
        result=st.sampled_from(["", "reached"]),
        lead_id=st.integers(0, 3),
        age=st.integers(0, 100_000),
        same_day=st.booleans(),
    ),
    max_size=25,
)


@proved
@given(
    st.sampled_from([*BY_THE_HOLDER, *NEVER]),
    st.sampled_from(["", "No answer", "Sent the offer by mail, he asks his boss"]),
    st.integers(0, 30),
    st.booleans(),
    PASTS,
)
def test_more_evidence_asked_or_more_said_before_never_makes_a_follow_up_count(channel, text, least, result, past):
    touch = Touch(channel, text=text, result="reached")
    asked = Evidence(min_length=least, result=result, copies=2)
    if counts(touch, asked, past):
        assert counts(touch, Evidence(), past) and counts(touch, asked, past[:-1]) and counts(touch, asked)
    verdict = judge(touch, asked, past)
    assert bool(verdict) != bool(verdict.missing)


@proved
@given(reclaim_rules(), tenures(), calendars(), leaves())
def test_more_leave_never_brings_a_deadline_forward(rule, tenure, time, more):
    less = deadline(rule, tenure, time)
    answer = deadline(rule, replace(tenure, away=tenure.away + more), time)
    assert (answer.reclaim_at is None) == (less.reclaim_at is None)
    if less.reclaim_at:
        assert tenure.started_at < less.reclaim_at <= answer.reclaim_at


@proved
@given(reclaim_rules(), tenures(), calendars(), st.randoms(use_true_random=False), st.floats(0.01, 0.99))
def test_a_leave_told_in_two_parts_or_in_another_order_is_the_same_leave(rule, tenure, time, chance, part):
    split = []
    for start, end in tenure.away:
        middle = start + timedelta(seconds=int((end - start).total_seconds() * part))
        split += [(start, middle), (middle, end)]
    chance.shuffle(split)
    assert deadline(rule, replace(tenure, away=tuple(split)), time) == deadline(rule, tenure, time)


@proved
@given(reclaim_rules(), tenures(), calendars())
def test_a_leave_that_ends_before_the_holding_or_begins_after_the_deadline_changes_nothing(rule, tenure, time):
    tenure = replace(tenure, away=())
    answer = deadline(rule, tenure, time)
    end = answer.reclaim_at or tenure.started_at
    outside = ((tenure.started_at - 40 * DAY, tenure.started_at - 9 * DAY), (end + 2 * DAY, end + 60 * DAY))
    assert deadline(rule, replace(tenure, away=outside), time).reclaim_at == answer.reclaim_at


@proved
@given(reclaim_rules(), tenures(), calendars(), MOMENTS)
def test_the_ladder_is_climbed_once_in_order_and_ends(rule, tenure, time, since):
    answer = deadline(rule, tenure, time)
    moment, who, climbed = since, 0, []
    while True:
        moment, who = next_warning(answer.warnings, since=moment, warned=who)
        if not who:
            break
        climbed.append((moment, who))
    assert climbed == sorted(climbed)
    assert len({who for _moment, who in climbed}) == len(climbed) <= 3
    assert all(moment >= since for moment, _who in climbed)
    if answer.warn_at:
        assert climbed[0][1] == REP, "the holder is always told"
