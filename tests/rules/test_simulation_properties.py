"""A replay of any history gives what really happened under the real rules, and something else under others."""

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
from lead_pool.rules.facts import Counter, Entry, Load, Member, Policy
from lead_pool.rules.history import Lead, Rules, Seat
from lead_pool.rules.outcome import agreement, compare, figures
from lead_pool.rules.recorded import Event, history_of
from lead_pool.rules.simulation import Replay, replay

EXAMPLES = int(os.environ.get("LEAD_POOL_EXAMPLES", "100")) // 5  # hundreds in `make test-all`: of weeks
proved = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)

MONDAY = datetime(2026, 3, 2, 9)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Reality:
    """A small pool that works hour by hour, written down event by event; shares the rules with the replay, and nothing
    else."""

    def __init__(self, seed, members=3, days=10):
        self.dice = random.Random(seed)
        self.policy = Policy(
            strategy=self.dice.choice(["rotation", "round_robin", "least_loaded"]),
            order=self.dice.choice(["free", "oldest", "newest"]),
        )
        leave = MONDAY + self.dice.randrange(1, days) * DAY
        self.seats = [
            Seat(
                7 + n,
                weight=self.dice.choice([1, 1, 2, 3]),
                capacity=self.dice.choice([0, 3, 6]),
                leaves=((leave, leave + 2 * DAY),) if n == 0 else (),
            )
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
            number, member = self.next_of(waiting), dice.choice(self.members)
            if not member.load.held.full:
                member.load.held.used += 1
                self.take(at, "claimed", number, member.user_id)
        if at.hour % 4 == 0:
            self.distribute(at)

    def next_of(self, waiting):
        if self.policy.order == "free":
            return self.dice.choice(waiting)
        first = min if self.policy.order == "oldest" else max
        return first(waiting, key=lambda number: (self.places[number]["entered"], number))

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
        elif fate < 0.08:
            until = max(self.due(place), at) + 2 * DAY
            self.note(at, "extended", number, user_id=place["user"], days=2, until=until)
            place["keep"] = until

    def due(self, place):
        away = next(seat.leaves for seat in self.seats if seat.user_id == place["user"])
        tenure = reclaim.Tenure(
            place["since"], last_follow_up_at=place.get("touched"), away=away, keep_until=place["keep"]
        )  # fmt: skip
        return reclaim.deadline(self.rule, tenure).reclaim_at

    def take(self, at, kind, number, user_id):
        self.places[number] |= {"state": "held", "user": user_id, "since": at, "keep": None}
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
        for member, seat in zip(self.members, self.seats, strict=True):
            member.away_until = next((until for start, until in seat.leaves if start <= at < until), None)
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
