"""One run through a history, event by event."""

from collections import Counter as Tally
from collections import defaultdict, deque
from dataclasses import fields, replace
from datetime import timedelta
from heapq import heapify, heappop, heappush
from itertools import count

from ..facts import Counter, Load, Member
from ..waiting import Waiting
from ..working_time import WorkingTime
from .people import People
from .places import Places
from .rules_at_work import RulesAtWork


class _Days(WorkingTime):
    """Remembers which days are worked."""

    def __init__(self, *args, **values):
        super().__init__(*args, **values)
        object.__setattr__(self, "known", {})

    @classmethod
    def of(cls, time):
        return cls(**{one.name: getattr(time, one.name) for one in fields(time)})

    def works_on(self, day):
        if day not in self.known:
            self.known[day] = WorkingTime.works_on(self, day)
        return self.known[day]


class Replay(People, RulesAtWork, Places):
    """One run through a history; done in steps, so that whoever runs it may do something else in between."""

    def __init__(self, history, rules, present=None):
        """
        :param History history: not changed
        :param Rules rules: under which it is replayed
        :param Rules present: those that really hold, if ``rules`` are others: a changed rule brings no deadline that
            runs at the beginning forward below the grace
        """
        self.history, self.rules = history, _without_warnings(rules)
        self.present = present and _without_warnings(present)
        self.moment = history.begin
        self.places, self.holdings = {}, []
        self.arrivals = {}  # {number: the first moment in the period at which the lead came}
        self.refused = Tally()  # what people did, and may not under these rules
        self.loads = defaultdict(list)  # {user: [(moment, leads in hand)]}
        self.queue_changes = []  # [(moment, leads that wait)]
        self._waiting = Waiting()
        self._held = defaultdict(dict)  # {user: {number: None}}, the latest last
        self._untouched = Tally()  # {user: leads in other pools that he has not followed up}
        self._claims = defaultdict(list)  # {(number, user): [Stay]} of the leads that he really claimed
        self._following = []  # places that go to the next rep, together
        self._queue, self._number = [], count()
        self._seats = {seat.user_id: seat for seat in rules.seats}
        self._members = {
            seat.user_id: Member(
                seat.user_id,
                weight=seat.weight,
                credit=history.credits.get(seat.user_id, 0.0),
                paused=seat.paused,
                active=seat.active,
                skills=seat.skills,
                load=Load(Counter(0, seat.capacity), Counter(0, seat.day_limit), Counter(0, seat.hour_limit)),
            )
            for seat in rules.seats
        }
        self._overall = {}  # {(user, company): Load}
        self._windows = {}  # {user: (day, hour) of his last claim}
        self._matches = _by_lead(rules.matches)
        self._skilled = _by_lead(rules.skilled)
        self._claim_matches = _by_lead(rules.claim_matches)
        self._stays = defaultdict(list)  # {user: [Stay]}; of user 0 all of them
        self._turn = Tally()
        self._tied = defaultdict(set)  # {tie: numbers of leads that have it}
        self._ended = deque()
        self._record = defaultdict(lambda: defaultdict(lambda: [0, 0]))  # {user: {kind: [converted, ended holdings]}}
        self._run_next = 0  # of the recorded runs
        self._planned = None  # the next run that was not recorded
        self._dirty = False  # something changed since the last run
        self._begin()

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────

    def step(self, most=None):
        """Go on by up to ``most`` events; whether there is more."""
        done = 0
        while self._queue and (most is None or done < most):
            if self._queue[0][0] > self.history.end:
                self._queue.clear()
                break
            at, _rank, _order, _number, happens, *args = heappop(self._queue)
            self.moment = at
            happens(*args)
            done += 1
        if not self._queue:
            self.moment = self.history.end
        return bool(self._queue)

    @property
    def progress(self):
        """The part of the period that is behind, from 0 to 1."""
        return (self.moment - self.history.begin) / max(self.history.end - self.history.begin, timedelta(seconds=1))

    def _push(self, at, happens, *args, rank=0, order=0):
        """At one moment: first what follows from holdings, then what was recorded in its order, then what was not."""
        heappush(self._queue, (at, rank, order, next(self._number), happens, *args))

    def _begin(self):
        history = self.history
        for stay in self._all_stays():
            self._stays[0].append(stay)
            if stay.user_id:
                self._stays[stay.user_id].append(stay)
        for row in sorted(history.ended):
            self._count_ended(*row)
        for act in history.acts:
            if act.kind in ("claim", "pull"):
                self._claims[act.lead_id, act.user_id].append(act.stay)
            self._queue.append((act.at, 1, act.order, next(self._number), getattr(self, f"_act_{act.kind}"), act))
        for at, order in history.runs:
            self._queue.append((at, 1, order, next(self._number), self._recorded_run))
        for at, user_id, company_id, change in history.elsewhere:
            self._queue.append(
                (max(at, history.begin), 0, 0, next(self._number), self._elsewhere, user_id, company_id, change)
            )
        for at, user_id, change in history.untouched:
            number = next(self._number)
            self._queue.append((max(at, history.begin), 0, 0, number, self._elsewhere_untouched, user_id, change))
        for seat in self.rules.seats:
            if seat.since and seat.since > history.begin:
                self._queue.append((seat.since, 0, 0, next(self._number), self._wake))
        heapify(self._queue)
        for start in history.starts:
            self._put_start(start)
        self._note_queue()
        if self._waiting.count:
            self._wake()

    def _all_stays(self):
        history = self.history
        return [
            *(start.stay for start in history.starts if start.user_id),
            *(act.stay for act in history.acts if act.stay.user_id),
            *(stay for number in sorted(history.given) for stay in history.given[number]),
        ]

    def _put_start(self, start):
        place = self._new_place(start.lead_id, start.entered_at)
        place.former_holders = start.former_holders
        if start.former_holders:
            place.last_held_until, place.last_holder_id = max((until, user) for user, until in start.former_holders)
        place.last_follow_up_at = start.last_follow_up_at
        if not start.user_id:
            self._put_in_queue(place)
            return
        self._hold(place, start.user_id, "start", start.stay, since=start.since)
        place.converted_at = start.converted_at
        place.holding.first_follow_up_at = start.first_follow_up_at
        place.last_follow_up_at = start.last_follow_up_at
        place.keep_until, place.asked_until = start.keep_until, start.asked_until
        for since, until in start.frozen:
            if until and until <= self.moment:
                place.frozen += ((since, until),)
            else:
                self._freeze(place, since, until)
        if start.locked:
            self._lock(place, start.lock_ends_at)
        self._set_deadline(place, not_before=self._floor(place), running=False)

    def _floor(self, place):
        """No deadline that runs already comes nearer than the grace, see ``_refresh_deadlines``."""
        if not self.present:
            return None
        old = self._deadline_by(self.present, place).reclaim_at
        new = self._deadline_by(self.rules, place).reclaim_at
        if not new or (old and new >= old):
            return None
        grace = self.history.begin + self.rules.grace
        return min(grace, old) if old else grace


def replay(history, rules, present=None):
    """Go through a history under these rules, to its end.

    :rtype: Replay
    """
    run = Replay(history, rules, present)
    run.step()
    return run


def _without_warnings(rules):
    """A replay warns nobody, and counts many days."""
    silent = {"warn_days": 0, "warn_leader_days": 0, "warn_admin_days": 0}
    return replace(
        rules,
        calendar=_Days.of(rules.calendar),
        reclaim=tuple((replace(rule, **silent), leads) for rule, leads in rules.reclaim),
    )


def _by_lead(sets):
    """``{number: {keys}}`` out of ``{key: {numbers}}``."""
    found = defaultdict(set)
    for key, numbers in sets.items():
        for number in numbers:
            found[number].add(key)
    return {number: frozenset(keys) for number, keys in found.items()}
