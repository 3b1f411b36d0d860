"""What holds for every team and distribution, not only for those we thought of."""

from copy import deepcopy
from math import isclose

from hypothesis import given
from hypothesis import strategies as st
from strategies import NOON, given_to, leads, messy_teams, proved, proved_on_few, teams, within

from lead_pool.rules.distribution import ROTATE, STRATEGIES, allocate, candidates, standings, verdict_on
from lead_pool.rules.facts import AssignRule, Counter, Entry, Load, Member, Policy


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
