"""A replay gives what really happened under the real rules, and something else under others."""

import os
import random
from collections import Counter as Tally
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lead_pool.rules import distribution, reclaim
from lead_pool.rules.facts import AssignRule, ClaimRule, Counter, Entry, Load, Member, Policy
from lead_pool.rules.history import Act, Destination, History, Lead, Rules, Seat, Start, Stay
from lead_pool.rules.outcome import agreement, compare, figures
from lead_pool.rules.recorded import Event, history_of
from lead_pool.rules.simulation import Replay, replay
from lead_pool.rules.working_time import WorkingTime

EXAMPLES = int(os.environ.get("LEAD_POOL_EXAMPLES", "20"))  # thousands in `make test-all`
proved = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)

MONDAY = datetime(2026, 3, 2, 9)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ROTATION = Policy(strategy="rotation")
THREE_DAYS = ((reclaim.Rule(1, no_follow_up_days=3), None),)


def arrive(number, at=MONDAY, **values):
    return Act(at, number, "arrive", number, **values)


def stay(user_id=0, known=None, **deeds):
    """``stay(7, follow_up=2, won=30)``: hours from the start of the holding; ``known`` in hours."""
    return Stay(
        user_id,
        tuple((hours * HOUR, what) for what, hours in deeds.items()),
        None if known is None else known * HOUR,
    )


def history(*acts, days=14, leads=None, **more):
    numbers = {act.lead_id for act in acts} | {start.lead_id for start in more.get("starts", ())}
    return History(
        MONDAY, MONDAY + days * DAY, leads=leads or {n: Lead(n, order=n) for n in numbers}, acts=list(acts), **more
    )


def rules(*seats, policy=ROTATION, **more):
    return Rules(policy, seats=list(seats), **more)


def told(run):
    return [(holding.lead_id, holding.user_id, holding.how, holding.why) for holding in run.holdings]


# One thing at a time


def test_a_lead_goes_back_when_its_holder_did_nothing_and_the_other_one_gets_it():
    was = history(arrive(1), given={1: (stay(7, known=14 * 24),)})
    run = replay(was, rules(Seat(7), Seat(8), reclaim=THREE_DAYS))
    assert told(run)[:2] == [(1, 7, "distribute", "reclaimed"), (1, 8, "distribute", "reclaimed")]
    assert run.holdings[0].until == MONDAY + 3 * DAY


def test_who_followed_up_in_time_keeps_the_lead():
    was = history(arrive(1), days=4, given={1: (stay(7, known=96, follow_up=48),)})
    assert told(replay(was, rules(Seat(7), reclaim=THREE_DAYS))) == [(1, 7, "distribute", "")]
    two_days = ((reclaim.Rule(1, no_follow_up_days=1.5), None),)
    assert told(replay(was, rules(Seat(7), reclaim=two_days)))[0] == (1, 7, "distribute", "reclaimed")


def test_a_claim_stays_a_claim_if_it_is_still_possible():
    was = history(arrive(1), arrive(2), *(Act(MONDAY + HOUR, 9, "claim", n, 7, stay=stay(7, 100)) for n in (1, 2)))
    by_hand = Policy(strategy="manual")
    assert told(replay(was, rules(Seat(7), policy=by_hand))) == [(1, 7, "claim", ""), (2, 7, "claim", "")]
    run = replay(was, rules(Seat(7, day_limit=1), policy=by_hand))
    assert (told(run), dict(run.refused)) == ([(1, 7, "claim", "")], {"daily_limit": 1})
    run = replay(was, rules(Seat(7), Seat(8)))  # the pool gives out what was claimed an hour later
    assert [holding.how for holding in run.holdings] == ["distribute"] * 2
    assert dict(run.refused) == {"taken": 2}
    run = replay(was, rules(Seat(8), policy=by_hand))
    assert dict(run.refused) == {"not_member": 2}


def test_claims_of_another_day_count_anew():
    was = history(
        *(arrive(n) for n in range(4)),
        *(Act(MONDAY + n * 12 * HOUR, 10 + n, "claim", n, 7, stay=stay(7, 999)) for n in range(4)),
    )
    run = replay(was, rules(Seat(7, day_limit=1), policy=Policy(strategy="manual")))
    assert [holding.lead_id for holding in run.holdings] == [0, 2]  # 9:00, 21:00, and so on, in UTC
    assert dict(run.refused) == {"daily_limit": 2}


def test_a_former_holder_waits_for_his_cooling_off():
    was = history(starts=[Start(1, MONDAY, former_holders=frozenset({(7, MONDAY)}))])
    was.acts = [Act(MONDAY + DAY, 1, "claim", 1, 7), Act(MONDAY + 3 * DAY, 2, "claim", 1, 7)]
    run = replay(was, rules(Seat(7), policy=Policy(strategy="manual", cooling_days=2)))
    assert [(holding.since, run.refused["cooling_off"]) for holding in run.holdings] == [(MONDAY + 3 * DAY, 1)]


def test_an_admin_gives_above_the_capacity_only_knowingly():
    acts = [arrive(1), arrive(2), Act(MONDAY, 3, "assign", 1, 7, stay=stay(7, 99))]
    for knowingly, refused in ((False, {"target_full": 1}), (True, {})):
        last = Act(MONDAY, 4, "assign", 2, 7, stay=stay(7, 99), over_capacity=knowingly)
        run = replay(history(*acts, last), rules(Seat(7, capacity=1), policy=Policy(strategy="manual")))
        assert dict(run.refused) == refused


def test_what_ends_a_lead_ends_it_whoever_has_it():
    was = history(
        arrive(1), arrive(2), Act(MONDAY + DAY, 3, "leave", 1), Act(MONDAY + DAY, 4, "close", 2, closed_as="merged")
    )
    run = replay(was, rules(Seat(7)))
    assert {n: place.state for n, place in run.places.items()} == {1: "left", 2: "merged"}
    assert {holding.why for holding in run.holdings} == {"left", "merged"}


def test_a_recalled_lead_waits_again_if_he_has_it_here_too():
    was = history(arrive(1), Act(MONDAY + DAY, 3, "recall", 1, from_id=7), days=2)
    assert [row[1:] for row in told(replay(was, rules(Seat(7))))] == [
        (7, "distribute", "recalled"),
        (7, "distribute", ""),
    ]
    assert [row[1:] for row in told(replay(was, rules(Seat(8))))] == [(8, "distribute", "")]


def test_a_lead_that_somebody_else_gets_is_dealt_with_as_he_deals_with_his():
    quick, slow = stay(7, follow_up=1, won=2), stay(8, known=300, follow_up=50)
    was = history(arrive(1), arrive(2), given={1: (quick,), 2: (slow,)}, days=3)
    first = {h.lead_id: h.first_follow_up_at - h.since for h in replay(was, rules(Seat(7), Seat(8))).holdings}
    assert first == {1: HOUR, 2: 50 * HOUR}
    only_quick = replay(was, rules(Seat(7), Seat(8, paused=True)))
    assert {h.lead_id: h.first_follow_up_at - h.since for h in only_quick.holdings} == {1: HOUR, 2: HOUR}


def test_where_reality_cut_a_holding_off_it_goes_on_as_a_longer_one():
    cut, long = stay(7, known=72), stay(7, follow_up=100, won=150)
    was = history(arrive(1), arrive(2, MONDAY), given={1: (cut,), 2: (long,)})
    assert told(replay(was, rules(Seat(7), reclaim=THREE_DAYS)))[0] == (1, 7, "distribute", "reclaimed")
    week = ((reclaim.Rule(1, no_follow_up_days=7), None),)
    assert told(replay(was, rules(Seat(7), reclaim=week)))[0] == (1, 7, "distribute", "converted")


def test_a_changed_rule_brings_no_running_deadline_nearer_than_the_grace():
    start = Start(1, MONDAY - 5 * DAY, 7, MONDAY - 5 * DAY, stay=stay(7, known=9999))
    present = rules(Seat(7), reclaim=((reclaim.Rule(1, held_days=30), None),), policy=Policy())
    edited = replace(present, reclaim=THREE_DAYS, grace=36 * HOUR)
    run = replay(history(starts=[start]), edited, present)
    assert [(holding.until, holding.why) for holding in run.holdings] == [(MONDAY + 36 * HOUR, "reclaimed")]
    assert told(replay(history(starts=[start]), present, present)) == [(1, 7, "start", "")]


def test_nobody_gets_leads_on_his_leave_and_the_lead_goes_when_it_ends():
    away = Seat(7, leaves=((MONDAY - DAY, MONDAY + 2 * DAY),))
    [holding] = replay(history(arrive(1)), rules(away)).holdings
    assert holding.since == MONDAY + 2 * DAY


def test_a_pool_that_rests_gives_out_when_it_opens():
    office = WorkingTime(hours=(((9, 17),),) * 5 + ((), ()))
    saturday = MONDAY + 5 * DAY
    run = replay(history(arrive(1, saturday)), rules(Seat(7), calendar=office, working_only=True))
    assert [holding.since for holding in run.holdings] == [MONDAY + 7 * DAY]


def test_a_member_gets_nothing_before_he_came_and_less_on_the_ramp():
    joined = Seat(7, since=MONDAY + DAY, capacity=10, joined_on=(MONDAY + DAY).date(), ramp_days=9)
    was = history(*(arrive(n) for n in range(3)))
    assert [(h.since - MONDAY).days for h in replay(was, rules(joined)).holdings] == [1, 1, 2]  # at 9, then at midnight


def test_affinity_follows_the_replay_and_not_what_really_was():
    tie = (("customer", "12"),)
    leads = {1: Lead(1, ties=tie), 2: Lead(2, ties=tie), 3: Lead(3)}
    was = history(arrive(1), arrive(3, MONDAY + HOUR), arrive(2, MONDAY + 2 * HOUR), leads=leads)
    run = replay(was, rules(Seat(8, weight=1), Seat(9, weight=2), policy=replace(ROTATION, affinity=True)))
    got = {holding.lead_id: holding.user_id for holding in run.holdings}
    assert got[1] == got[2] == 9


def test_conditions_of_rules_are_kept():
    policy = replace(ROTATION, rules=(AssignRule(5, "default_assignee", assignee_id=8, if_nobody="wait"),))
    was = history(*(arrive(n) for n in range(4)))
    run = replay(was, rules(Seat(7), Seat(8, capacity=1), policy=policy, matches={5: {0, 1}}))
    assert {h.lead_id: h.user_id for h in run.holdings} == {0: 8, 2: 7, 3: 7}
    assert run.places[1].state == "waiting"


def test_an_opportunity_ends_the_holding_or_not():
    was = history(arrive(1), given={1: (stay(7, converted=5),)})
    not_converted = ((reclaim.Rule(1, not_converted_days=1), None),)
    assert told(replay(was, rules(Seat(7), reclaim=not_converted)))[0][3] == "converted"
    run = replay(was, rules(Seat(7), reclaim=not_converted, opportunity_ends_holding=False))
    assert told(run) == [(1, 7, "distribute", "")]


# Figures


def test_figures_say_who_got_what_how_soon_and_how_fairly():
    given_ = {n: (stay(7 + n % 2, known=999, follow_up=2 + n % 2 * 4),) for n in range(4)}
    was = history(*(arrive(n) for n in range(4)), days=2, given=given_)
    shown = figures(replay(was, rules(Seat(7, capacity=5), Seat(8))))
    assert [shown[key] for key in ("arrived", "leads", "distributed", "held", "waiting")] == [4, 4, 4, 4, 0]
    assert (shown["deviation"], shown["wait_hours"], shown["first_hours"], shown["reclaimed"]) == (0, 0, 4, [])
    assert shown["steps"] == [0, 2, 2, 0, 0, 0, 0]
    seven = shown["members"][7]
    assert (seven["leads"], seven["peak"], seven["loads"], seven["first_hours"]) == (2, 2, [2, 2, 2], 2)
    assert (seven["share"], seven["fair_share"], shown["days"][0]) == (0.5, 0.5, "2026-03-02")
    unfair = figures(replay(was, rules(Seat(7, weight=3), Seat(8, weight=0))))
    assert unfair["deviation"] == 0  # who weighs nothing shall get nothing
    full = figures(replay(was, rules(Seat(7, capacity=1), Seat(8))))
    assert full["deviation"] == 0.25


def test_an_empty_period_has_figures_too():
    shown = figures(replay(history(), rules()))
    assert (shown["leads"], shown["first_hours"], shown["deviation"], shown["steps"]) == (0, None, 0.0, [0] * 7)
    assert compare(shown, shown) == {"caused": [], "avoided": []}


# What is true of every history


class Reality:
    """A small pool that works hour by hour, written down event by event; shares the rules with the replay, and nothing
    else."""

    def __init__(self, seed, members=3, days=10):
        self.dice = random.Random(seed)
        self.policy = Policy(strategy=self.dice.choice(["rotation", "round_robin", "least_loaded"]))
        self.seats = [
            Seat(7 + n, weight=self.dice.choice([1, 1, 2, 3]), capacity=self.dice.choice([0, 3, 6]))
            for n in range(members)
        ]
        self.members = [
            Member(seat.user_id, weight=seat.weight, load=Load(held=Counter(0, seat.capacity))) for seat in self.seats
        ]
        self.rule = reclaim.Rule(1, no_follow_up_days=self.dice.choice([1, 2, 3]), held_days=self.dice.choice([0, 6]))
        self.events, self.places, self.runs, self.days = [], {}, [], days
        for hour in range(days * 24):
            self.live(MONDAY + hour * HOUR)

    def note(self, at, kind, number, **values):
        self.events.append(Event(len(self.events) + 1, at, kind, number, pool_id=1, **values))

    def live(self, at):
        dice = self.dice
        for number, place in list(self.places.items()):
            if place["user"] and at > place["since"]:
                self.work(at, number, place)
        for number, place in self.places.items():
            if place["user"] and (due := self.due(place)) and due <= at:
                self.free(at, "reclaimed", number, due_at=due)
        if dice.random() < 0.4:
            number = len(self.places) + 1
            self.places[number] = {"state": "waiting", "user": 0, "priority": dice.randrange(3), "entered": at}
            self.note(at, "entered", number)
        waiting = [number for number, place in self.places.items() if place["state"] == "waiting"]
        if waiting and dice.random() < 0.1:
            number, member = dice.choice(waiting), dice.choice(self.members)
            if not member.load.held.full:
                member.load.held.used += 1
                self.take(at, "claimed", number, member.user_id)
        if at.hour % 4 == 0:
            self.distribute(at)

    def work(self, at, number, place):
        fate = self.dice.random()
        if fate < 0.05:
            self.note(at, "follow_up", number, user_id=place["user"])
            place["touched"] = at
        elif fate < 0.06:
            self.free(at, "returned", number)
        elif fate < 0.07:
            self.free(at, "converted", number)
            place["state"] = "closed"

    def due(self, place):
        tenure = reclaim.Tenure(place["since"], last_follow_up_at=place.get("touched"))
        return reclaim.deadline(self.rule, tenure).reclaim_at

    def take(self, at, kind, number, user_id):
        self.places[number] |= {"state": "held", "user": user_id, "since": at}
        self.note(at, kind, number, user_id=user_id)

    def free(self, at, kind, number, **values):
        place = self.places[number]
        self.note(at, kind, number, from_id=place["user"], **values)
        next(m for m in self.members if m.user_id == place["user"]).load.held.used -= 1
        place |= {"state": "waiting", "user": 0}

    def distribute(self, at):
        waiting = [number for number, place in self.places.items() if place["state"] == "waiting"]
        waiting.sort(key=lambda number: (-self.places[number]["priority"], self.places[number]["entered"], number))
        self.runs.append((at, len(self.events) + 1))
        choices = distribution.allocate([Entry(number) for number in waiting], self.members, self.policy)
        for choice in choices:
            if choice.user_id:
                self.take(at, "distributed", choice.entry_id, choice.user_id)

    @property
    def history(self):
        leads = {n: Lead(n, priority=place["priority"], order=n) for n, place in self.places.items()}
        return history_of(1, MONDAY, MONDAY + self.days * DAY - HOUR, leads, self.events, runs=self.runs)

    @property
    def rules(self):
        return Rules(self.policy, seats=self.seats, reclaim=((self.rule, None),))

    @property
    def winners(self):
        given_ = defaultdict(list)
        for event in self.events:
            if event.kind == "distributed":
                given_[event.lead_id].append((event.user_id, event.at))
        return given_


def without_winners(was):
    """The history with the names of those struck out to whom the pool gave leads."""
    return replace(was, given={n: tuple(replace(one, user_id=0) for one in stays) for n, stays in was.given.items()})


def winners(run):
    found = defaultdict(list)
    for holding in run.holdings:
        if holding.how == "distribute":
            found[holding.lead_id].append((holding.user_id, holding.since))
    return found


SEEDS = st.integers(0, 10_000)


@proved
@given(SEEDS)
def test_with_the_winners_struck_out_the_replay_finds_them_again(seed):
    real = Reality(seed)
    blind = without_winners(real.history)
    assert not any(one.user_id for stays in blind.given.values() for one in stays)
    run = replay(blind, real.rules)
    assert winners(run) == real.winners
    assert not run.refused
    assert sorted(h.lead_id for h in run.holdings if h.why == "reclaimed") == sorted(
        event.lead_id for event in real.events if event.kind == "reclaimed"
    )


@pytest.mark.parametrize("seed", range(5))
def test_with_one_weight_changed_it_finds_others(seed):
    real = Reality(seed)
    real.policy = Policy(strategy="rotation")
    real.events, real.places, real.runs = [], {}, []
    for member in real.members:
        member.credit, member.load.held.used = 0.0, 0
    for hour in range(real.days * 24):
        real.live(MONDAY + hour * HOUR)
    blind = without_winners(real.history)
    assert winners(replay(blind, real.rules)) == real.winners
    heavier = replace(real.rules, seats=[replace(real.seats[0], weight=9), *real.seats[1:]])
    assert winners(replay(blind, heavier)) != real.winners


@proved
@given(SEEDS)
def test_the_same_rules_change_no_figure(seed):
    real = Reality(seed)
    before = figures(replay(real.history, real.rules))
    after = figures(replay(real.history, real.rules, real.rules))
    assert before == after
    assert compare(before, after) == {"caused": [], "avoided": []}
    given_ = {number: [user for user, _at in rows] for number, rows in real.winners.items()}
    same, all_ = agreement(replay(real.history, real.rules), given_)
    assert same == all_ == sum(map(len, given_.values()))


@st.composite
def edited(draw):
    seats = [
        Seat(7 + n, weight=draw(st.integers(0, 4)), capacity=draw(st.integers(0, 5)), paused=draw(st.booleans()),
             day_limit=draw(st.integers(0, 2)))
        for n in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    terms = [draw(st.sampled_from([0, 0.5, 2, 10])) for _n in range(2)]
    return Rules(
        Policy(
            strategy=draw(st.sampled_from(["manual", "rotation", "least_loaded", "conversion", "skill"])),
            cooling_days=draw(st.integers(0, 3)),
            protection_minutes=draw(st.sampled_from([0, 300])),
            backlog_limit=draw(st.integers(0, 3)),
        ),
        seats=seats,
        reclaim=((reclaim.Rule(1, no_first_touch_days=terms[0], no_follow_up_days=terms[1]), None),),
        skilled={7: {1, 2, 3}},
    )


@proved
@given(SEEDS, edited())
def test_whatever_the_rules_each_lead_is_in_one_place_and_nobody_has_too_many(seed, new):
    real = Reality(seed)
    was = real.history
    run = replay(was, new, real.rules)
    assert len(run.places) == len(was.leads)
    states = Tally(place.state for place in run.places.values())
    shown = figures(run)
    assert sum(shown[key] for key in ("waiting", "held", "converted", "closed")) == sum(states.values())
    open_ = [holding for holding in run.holdings if not holding.until]
    assert len(open_) == states["held"] == len({holding.lead_id for holding in open_})
    by_lead = defaultdict(list)
    for holding in run.holdings:
        by_lead[holding.lead_id].append(holding)
    for own in by_lead.values():  # one after the other
        assert all(a.until and a.until <= b.since for a, b in zip(own, own[1:], strict=False))
    capacities = {seat.user_id: seat.capacity for seat in new.seats}
    for user_id, changes in run.loads.items():
        assert all(0 <= used <= (capacities.get(user_id) or used) for _at, used in changes)
    for seat in new.seats:
        if seat.paused or not seat.weight:
            assert not any(h.how == "distribute" for h in run.holdings if h.user_id == seat.user_id)


@proved
@given(SEEDS, edited(), st.integers(1, 50))
def test_in_steps_as_at_one_go_and_again_the_same(seed, new, most):
    was = Reality(seed, days=8).history
    stepwise = Replay(was, new)
    seen = [stepwise.progress]
    while stepwise.step(most):
        seen.append(stepwise.progress)
    assert seen == sorted(seen) and stepwise.progress == 1
    assert figures(stepwise) == figures(replay(was, new)) == figures(replay(was, new))
