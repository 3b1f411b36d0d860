"""What would have happened under other rules?

A replay, in memory, of what really happened: leads arrive when they did, and the very rules of this package
(:func:`.distribution.allocate`, :func:`.claim.may_claim`, :func:`.distribution.may_assign`,
:func:`.reclaim.deadline`) say what becomes of them. Nothing is drawn by lot: the same history under the same rules
gives the same answer.

What people would have done under other rules is not known; it is assumed, and said here once:

- What people did whatever the rules (a claim, an assignment, a recall, a transfer, a deletion) they do at the same
  moment, if it is still possible: who finds the lead gone, or may not claim it under the new rules, takes none
  instead.
- Who holds a lead deals with it as he really did: follow-ups, return, conversion come after the same time from the
  start of his holding. Who gets a lead that he did not really get deals with it as he dealt with his own ones, taken in
  turn; who had none as his colleagues did with theirs.
- Where reality cut a holding off (the lead was taken back, or the period ended), it goes on as the next of his
  holdings that lasted longer ("hot deck", as statisticians fill the gaps of a survey).
- A lead that begins to wait is looked at by the next distribution that really ran, if one came as soon as they
  usually did; else at once. The same holds for deadlines and the scheduled action that takes leads back.

>>> from datetime import datetime
>>> from .facts import Policy
>>> monday = datetime(2026, 3, 2, 9)
>>> history = History(monday, monday + timedelta(days=7), leads={n: Lead(n) for n in range(4)}, acts=[
...     Act(monday + timedelta(hours=n), n, "arrive", n) for n in range(4)])
>>> rules = Rules(Policy(strategy="rotation"), seats=[Seat(1, weight=3), Seat(2)])
>>> [holding.user_id for holding in replay(history, rules).holdings]
[1, 1, 2, 1]
"""

from bisect import bisect_left, insort
from collections import Counter as Tally
from collections import defaultdict, deque
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta, timezone, tzinfo
from heapq import heapify, heappop, heappush
from itertools import count
from statistics import median

from . import affinity, claim, conversion, distribution, reclaim
from .facts import Counter, Entry, Load, Member, Policy
from .ramp import capacity_on
from .working_time import CALENDAR, WorkingTime, windows

DAY = timedelta(days=1)
CHUNK = 100  # leads given out together, if there is room for so many
RECORD = timedelta(days=180)  # of a member's ended holdings that count for "who converts such leads best"
#: How a holder ends his holding himself, and what the lead is afterwards.
DEEDS = {"returned": "waiting", "won": "converted", "invalid": "invalid", "lost": "lost", "left": "left"}
#: Until the first follow-up, in hours: the steps of the distribution.
STEPS = (1, 4, 24, 72, 168)


# ── what is told ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Lead:
    """What a replay must know of one lead, all of it true under any rules."""

    id: int  # its number
    company_id: int = 0
    priority: int = 0
    order: int = 0  # of equally urgent ones the lowest first
    kind: int = 0  # see :class:`.facts.Entry`
    ties: tuple = ()  # ((what, value)): by what somebody may know the customer, the strongest first


@dataclass(frozen=True, slots=True)
class Stay:
    """How somebody really dealt with a lead in his hands."""

    user_id: int = 0  # 0: not told
    deeds: tuple = ()  # ((time since the start, what)): follow_up, converted or one of :data:`DEEDS`
    known: timedelta | None = None  # so long it was seen, then it was cut off; None: he ended it himself
    exempt: bool = False  # never goes back by itself


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody really did at that moment, whatever the rules."""

    at: datetime
    order: int  # of acts at the same moment
    kind: str  # arrive, reopen, claim, assign, recall, leave, close
    lead_id: int
    user_id: int = 0  # who gets it
    from_id: int = 0  # who had it; 0: it waited
    closed_as: str = ""
    over_capacity: bool = False  # knowingly
    stay: Stay = Stay()


@dataclass(frozen=True, slots=True)
class Start:
    """Where a lead was when the period began."""

    lead_id: int
    entered_at: datetime
    user_id: int = 0  # 0: it waited
    since: datetime | None = None  # he had it
    last_follow_up_at: datetime | None = None
    first_follow_up_at: datetime | None = None  # by him
    converted_at: datetime | None = None
    former_holders: frozenset = frozenset()  # ((user, until))
    stay: Stay = Stay()


@dataclass(slots=True)
class History:
    """What really happened in one pool. ``given`` are the stays of leads that the pool gave out itself."""

    begin: datetime
    end: datetime
    leads: dict = field(default_factory=dict)  # {number: Lead}
    starts: list = field(default_factory=list)
    acts: list = field(default_factory=list)
    given: dict = field(default_factory=dict)  # {number: (Stay, …)} in their order
    runs: list = field(default_factory=list)  # [(moment, order)] of distributions that ran
    run_lag: timedelta = timedelta()  # how soon they usually came
    sweeps: list = field(default_factory=list)  # moments at which leads were taken back
    sweep_lag: timedelta = timedelta()
    credits: dict = field(default_factory=dict)  # {user: credit of the rotation} at the beginning
    ended: list = field(default_factory=list)  # [(moment, user, kind, converted)] of holdings before it
    converters: dict = field(default_factory=dict)  # {(what, value): [(user, since)]} before it
    elsewhere: list = field(default_factory=list)  # [(moment, user, company, ±1)] leads held in other pools


@dataclass(frozen=True, slots=True)
class Seat:
    """A member as the rules know him."""

    user_id: int
    weight: float = 1.0
    capacity: int = 0  # limits of 0 are none
    day_limit: int = 0
    hour_limit: int = 0
    paused: bool = False
    active: bool = True
    joined_on: object = None  # first day of the ramp
    ramp_days: int = 0
    skills: bool = False
    since: datetime | None = None  # no member before
    leaves: tuple = ()  # ((from, until))
    hours: WorkingTime | None = None  # his own ones, where they are not the pool's
    companies: frozenset | None = None  # in which he may work; None: in all
    overall: tuple = (0, 0, 0)  # most leads held, claims a day, an hour, in all pools


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the pool under which history is replayed."""

    policy: Policy
    seats: list = field(default_factory=list)
    reclaim: tuple = ()  # ((reclaim.Rule, numbers of the leads for which it holds; None: all)) in order
    matches: dict = field(default_factory=dict)  # {distribution rule: {numbers of leads}}
    skilled: dict = field(default_factory=dict)  # {user: {numbers of leads}}
    calendar: WorkingTime = CALENDAR
    working_only: bool = False  # gives out leads in working hours only
    leave_margin: timedelta = timedelta()
    opportunity_ends_holding: bool = True
    grace: timedelta = timedelta()
    tz: tzinfo = timezone.utc


@dataclass(slots=True)
class Holding:
    """Who had a lead in the replay."""

    lead_id: int
    user_id: int
    since: datetime
    how: str  # start, own, claim, assign, distribute
    until: datetime | None = None
    why: str = ""  # it ended
    first_follow_up_at: datetime | None = None


# ── the replay ────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Place:
    """Where a lead is at one moment of the replay."""

    lead: Lead
    entered_at: datetime
    state: str = "waiting"  # waiting, held, or how it left: converted, invalid, lost, merged, deleted, left
    user_id: int = 0
    since: datetime | None = None
    last_follow_up_at: datetime | None = None
    converted_at: datetime | None = None
    last_holder_id: int = 0
    last_held_until: datetime | None = None
    former_holders: frozenset = frozenset()
    exempt: bool = False
    due_at: datetime | None = None
    epoch: int = 0  # goes up with each change of hands
    version: int = 0  # of the deadline
    holding: Holding | None = None
    given: list = field(default_factory=list)

    @property
    def open(self):
        return self.state in ("waiting", "held")

    @property
    def urgency(self):
        return (-self.lead.priority, self.entered_at, self.lead.order, self.lead.id)


class _Days(WorkingTime):
    """Remembers which days are worked."""

    @classmethod
    def of(cls, time):
        days = cls(**{one.name: getattr(time, one.name) for one in fields(time)})
        object.__setattr__(days, "known", {})
        return days

    def works_on(self, day):
        if day not in self.known:
            self.known[day] = WorkingTime.works_on(self, day)
        return self.known[day]


class Replay:
    """One run through a history; done in steps, so that whoever runs it may do something else in between."""

    def __init__(self, history, rules, present=None):
        """
        :param History history: not changed
        :param Rules rules: under which it is replayed
        :param Rules present: those that really hold, if ``rules`` are others: a changed rule brings no deadline that
            runs at the beginning forward below the grace
        """
        self.history, self.rules = history, replace(rules, calendar=_Days.of(rules.calendar))
        self.present = present
        self.moment = history.begin
        self.places, self.holdings = {}, []
        self.arrivals = {}  # {number: the first moment in the period at which the lead came}
        self.refused = Tally()  # what people did, and may not under these rules
        self.loads = defaultdict(list)  # {user: [(moment, leads in hand)]}
        self.queue_changes = []  # [(moment, leads that wait)]
        self._waiting = defaultdict(list)  # {company: [(urgency, number)]}
        self._waiting_count = 0
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
            self._queue.append((act.at, 1, act.order, next(self._number), getattr(self, f"_act_{act.kind}"), act))
        for at, order in history.runs:
            self._queue.append((at, 1, order, next(self._number), self._recorded_run))
        for at, user_id, company_id, change in history.elsewhere:
            self._queue.append(
                (max(at, history.begin), 0, 0, next(self._number), self._elsewhere, user_id, company_id, change)
            )
        for seat in self.rules.seats:
            if seat.since and seat.since > history.begin:
                self._queue.append((seat.since, 0, 0, next(self._number), self._wake))
        heapify(self._queue)
        for start in history.starts:
            self._put_start(start)
        self._note_queue()
        if self._waiting_count:
            self._wake()

    def _all_stays(self):
        history = self.history
        return [
            *(start.stay for start in history.starts if start.user_id),
            *(act.stay for act in history.acts if act.user_id),
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
        self._set_deadline(place, not_before=self._floor(place))

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

    # ── what people did ───────────────────────────────────────────────────────────────────────────

    def _act_arrive(self, act):
        place = self.places.get(act.lead_id)
        if place and place.open:
            return
        if place is None:
            place = self._new_place(act.lead_id, self.moment)
        self.arrivals.setdefault(act.lead_id, self.moment)
        place.entered_at, place.state = self.moment, "waiting"
        if act.user_id:
            self._hold(place, act.user_id, "own", act.stay)
        else:
            self._put_in_queue(place)
            self._wake()

    _act_reopen = _act_arrive

    def _act_claim(self, act):
        place = self.places.get(act.lead_id)
        if not place or place.state != "waiting":
            self.refused[_gone(place)] += 1
            return
        member, overall = self._member(act.user_id), self._overall_of(act.user_id, place.lead.company_id)
        self._turn_page(act.user_id, member, overall)
        policy = self.rules.policy
        verdict = claim.may_claim(
            self._facts(place),
            member,
            overall,
            policy,
            now=self.moment,
            backlog=self._backlog(act.user_id) if policy.backlog_limit else 0,
        )
        if not verdict:
            self.refused[verdict.code] += 1
            return
        member.load.take()
        overall.take()
        self._hold(place, act.user_id, "claim", act.stay, counted=True)

    def _act_assign(self, act):
        place = self.places.get(act.lead_id)
        if not place or not place.open or place.user_id != act.from_id:
            self.refused[_gone(place)] += 1
            return
        verdict = distribution.may_assign(
            self._facts(place),
            self._member(act.user_id),
            self._overall_of(act.user_id, place.lead.company_id),
            over_capacity=act.over_capacity,
        )
        if not verdict:
            self.refused[verdict.code] += 1
            return
        if place.user_id:
            self._release(place, "reassigned")
        self._hold(place, act.user_id, "assign", act.stay)

    def _act_recall(self, act):
        place = self.places.get(act.lead_id)
        if place and place.user_id and place.user_id == act.from_id:
            self._give_back(place, "recalled")

    def _act_leave(self, act):
        self._act_close(replace(act, closed_as="left"))

    def _act_close(self, act):
        place = self.places.get(act.lead_id)
        if place and place.open:
            self._close(place, act.closed_as)

    # ── what a holder does ────────────────────────────────────────────────────────────────────────

    def _deed(self, place, epoch, what):
        if place.epoch != epoch or place.state != "held":
            return
        if what == "follow_up":
            place.last_follow_up_at = self.moment
            place.holding.first_follow_up_at = place.holding.first_follow_up_at or self.moment
            self._set_deadline(place)
        elif what == "converted":
            if conversion.ends_holding(opportunity_ends_holding=self.rules.opportunity_ends_holding):
                self._close(place, "converted")
            else:
                place.converted_at = place.converted_at or self.moment
                self._set_deadline(place)
        elif what == "returned":
            self._give_back(place, what)
        else:
            self._close(place, DEEDS[what])

    def _stay_of(self, place, user_id):
        """How he deals with a lead that the pool gives him: as he did with it, else as with his next one."""
        for number, stay in enumerate(place.given):
            if stay.user_id in (0, user_id):
                del place.given[: number + 1]
                return stay
        return next(self._next_stays(user_id), Stay(user_id))

    def _next_stays(self, user_id):
        """His stays in turn, each once; those of all where he had none."""
        owner = user_id if self._stays.get(user_id) else 0
        stays = self._stays[owner]
        for _number in stays:
            self._turn[user_id] += 1
            yield stays[(self._turn[user_id] - 1) % len(stays)]

    def _deeds(self, stay, user_id):
        """What happens in this stay; beyond the moment at which it was cut off it goes on as another."""
        deeds, known = list(stay.deeds), stay.known
        while known is not None:
            longer = (other for other in self._next_stays(user_id) if other.known is None or other.known > known)
            donor = next(longer, None)
            if donor is None:
                break
            deeds += [(time, what) for time, what in donor.deeds if time > known]
            known = donor.known
        return deeds

    # ── what the rules do ─────────────────────────────────────────────────────────────────────────

    def _recorded_run(self):
        self._run_next += 1
        self._run()

    def _planned_run(self):
        if self._planned == self.moment:
            self._planned = None
        self._run()

    def _wake(self):
        """Something changed: whoever waits is looked at again, by the next run that was soon enough, or at once."""
        self._dirty = True
        if self.rules.policy.strategy == "manual" or not self._waiting_count:
            return
        opens = self._opens()
        if opens is None or (self._planned and self._planned <= opens):
            return
        runs = self.history.runs
        if self._run_next < len(runs) and runs[self._run_next][0] <= opens + self.history.run_lag:
            return
        if opens + self.history.run_lag > self.history.end:
            return  # the next one may come after the period
        self._planned = opens
        self._push(opens, self._planned_run, rank=2)

    def _opens(self):
        return self.rules.calendar.next_open(self.moment) if self.rules.working_only else self.moment

    def _run(self):
        """Give out what waits, the most urgent first."""
        if not self._dirty or not self._waiting_count or self.rules.policy.strategy == "manual":
            return
        if self.rules.working_only and distribution.verdict_on_pool(self.moment, self._opens()):
            self._wake()
            return
        self._dirty = False
        members = self._at_work()
        for company_id in sorted(self._waiting):
            self._give_out(company_id, members)
        if self._waiting_count:
            self._look_again(members)

    def _give_out(self, company_id, members):
        overall = {member.user_id: self._overall_of(member.user_id, company_id) for member in members}
        for member in members:
            companies = self._seats[member.user_id].companies
            member.foreign = companies is not None and company_id not in companies
        looked_at = 0
        while (room := _room(members, overall)) and looked_at < len(queue := self._waiting[company_id]):
            places = [self.places[number] for _urgency, number in queue[looked_at : looked_at + room]]
            entries = [self._described(place) for place in places]
            choices = distribution.allocate(entries, members, self.rules.policy, overall=overall)
            for place, choice in zip(places, choices, strict=True):
                if choice.user_id:
                    stay = self._stay_of(place, choice.user_id)
                    self._hold(place, choice.user_id, "distribute", stay, counted=True)
                else:
                    looked_at += 1

    def _at_work(self):
        """The members as they are now: who is there, how much he may hold, his record."""
        now, today = self.moment, windows(self.moment, self.rules.tz)[0]
        closed, members = {}, []
        with_records = self._uses("conversion")
        if with_records:
            self._forget_old_records()
        for seat in self.rules.seats:
            if seat.since and seat.since > now:
                continue
            member = self._members[seat.user_id]
            if seat.ramp_days:
                member.load.held.limit = capacity_on(today, seat.capacity, seat.joined_on, seat.ramp_days)
            if seat.leaves or seat.hours:
                soon = now + self.rules.leave_margin
                away = [until for start, until in seat.leaves if start <= soon and until > now]
                if seat.hours and self.rules.working_only:
                    key = id(seat.hours)
                    if key not in closed:
                        opens = seat.hours.next_open(now) or self.history.end
                        closed[key] = opens if distribution.verdict_on_pool(now, opens) else None
                    away += [closed[key]] if closed[key] else []
                member.away_until = max(away, default=None)
            if with_records:
                member.record = {kind: tuple(tally) for kind, tally in self._record[seat.user_id].items()}
            members.append(member)
        return members

    def _look_again(self, members):
        """Leads are left: what changes by itself makes a difference to them."""
        moments = [member.away_until for member in members if member.away_until]
        if any(self._seats[member.user_id].ramp_days and member.load.held.full for member in members):
            moments.append(windows(self.moment, self.rules.tz)[2])
        if moments:
            self._push(min(moments), self._wake)

    def _uses(self, strategy):
        policy = self.rules.policy
        return strategy in {policy.strategy, *(rule.strategy for rule in policy.rules)}

    def _reclaim(self, place, version):
        if place.version != version or place.state != "held":
            return
        if reclaim.may_reclaim(self._facts(place), due_at=place.due_at, now=self.moment, locked=place.exempt):
            self._give_back(place, "reclaimed")

    def _set_deadline(self, place, not_before=None):
        place.version += 1
        place.due_at = self._deadline_by(self.rules, place, not_before).reclaim_at
        if place.due_at is None or place.due_at > self.history.end:
            return
        at, sweeps = max(place.due_at, self.moment), self.history.sweeps
        latest = place.due_at + self.history.sweep_lag
        following = bisect_left(sweeps, at)
        if following < len(sweeps) and sweeps[following] <= latest:
            at = sweeps[following]
        elif latest > self.history.end:
            return  # the scheduled action may come after the period
        self._push(at, self._reclaim, place, place.version)

    def _deadline_by(self, rules, place, not_before=None):
        number = place.lead.id
        rule = next((rule for rule, leads in rules.reclaim if leads is None or number in leads), None)
        tenure = reclaim.Tenure(
            place.since,
            last_follow_up_at=place.last_follow_up_at,
            converted_at=place.converted_at,
            exempt=place.exempt,
        )
        return reclaim.deadline(rule, tenure, rules.calendar, not_before=not_before)

    # ── moves ─────────────────────────────────────────────────────────────────────────────────────

    def _new_place(self, number, entered_at):
        lead = self.history.leads[number]
        place = self.places[number] = _Place(lead, entered_at, given=list(self.history.given.get(number, ())))
        for tie in lead.ties:
            self._tied[tie].add(number)
        return place

    def _put_in_queue(self, place):
        insort(self._waiting[place.lead.company_id], (place.urgency, place.lead.id))
        self._waiting_count += 1
        self._note_queue()

    def _take_from_queue(self, place):
        queue = self._waiting[place.lead.company_id]
        at = bisect_left(queue, (place.urgency, place.lead.id))
        if at < len(queue) and queue[at][1] == place.lead.id:
            del queue[at]
            self._waiting_count -= 1
            self._note_queue()

    def _hold(self, place, user_id, how, stay, *, since=None, counted=False):
        """The lead is his from now on (from ``since``); ``counted``: the rule has counted up his load."""
        self._take_from_queue(place)
        if not counted:
            for load in self._loads_of(user_id, place):
                load.held.used += 1
        place.state, place.user_id, place.since = "held", user_id, since or self.moment
        place.exempt, place.converted_at = stay.exempt, None
        place.epoch += 1
        place.holding = Holding(place.lead.id, user_id, place.since, how)
        self.holdings.append(place.holding)
        self._note_load(user_id, 1)
        for time, what in self._deeds(stay, user_id):
            at = place.since + time
            if self.moment <= at <= self.history.end:
                self._push(at, self._deed, place, place.epoch, what)
        if not since:
            self._set_deadline(place)

    def _release(self, place, why):
        user_id, holding = place.user_id, place.holding
        for load in self._loads_of(user_id, place):
            load.held.used -= 1
        holding.until, holding.why = self.moment, why
        place.last_holder_id, place.last_held_until = user_id, self.moment
        place.former_holders |= {(user_id, self.moment)}
        place.user_id, place.since, place.due_at = 0, None, None
        place.epoch += 1
        place.version += 1
        self._note_load(user_id, -1)
        self._count_ended(self.moment, user_id, place.lead.kind, why == "converted")
        self._wake()

    def _give_back(self, place, why):
        self._release(place, why)
        place.state = "waiting"
        self._put_in_queue(place)
        self._wake()

    def _close(self, place, closed_as):
        if place.state == "held":
            self._release(place, closed_as)
        else:
            self._take_from_queue(place)
        place.state = closed_as

    # ── facts for the rules ───────────────────────────────────────────────────────────────────────

    def _facts(self, place):
        return Entry(
            place.lead.id,
            lead_id=place.lead.id,
            state=place.state,
            user_id=place.user_id,
            entered_at=place.entered_at,
            last_holder_id=place.last_holder_id,
            last_held_until=place.last_held_until,
            former_holders=place.former_holders,
            priority=place.lead.priority,
        )

    def _described(self, place):
        """As :meth:`_facts`, with what a distribution asks."""
        lead, known = place.lead, ()
        if self.rules.policy.affinity and lead.ties:
            known = self._known_by(lead)
        return Entry(
            lead.id,
            lead_id=lead.id,
            entered_at=place.entered_at,
            priority=lead.priority,
            matches=self._matches.get(lead.id, frozenset()),
            skilled=self._skilled.get(lead.id, frozenset()),
            known_by=tuple(user_id for user_id, _what in known),
            known_by_what=tuple(what for _user_id, what in known),
            kind=lead.kind,
        )

    def _known_by(self, lead):
        holders = defaultdict(list)
        converters = defaultdict(list)
        for tie in lead.ties:
            converters[tie] += self.history.converters.get(tie, ())
            for number in self._tied[tie]:
                other = self.places[number]
                if other.state == "held":
                    holders[tie].append((other.user_id, other.since))
                elif other.state == "converted" and other.last_holder_id:
                    converters[tie].append((other.last_holder_id, other.last_held_until))
        return affinity.known_by(lead.ties, holders, converters)

    def _member(self, user_id):
        seat = self._seats.get(user_id)
        return None if seat is None or (seat.since and seat.since > self.moment) else self._members[user_id]

    def _overall_of(self, user_id, company_id):
        if (user_id, company_id) not in self._overall:
            seat = self._seats.get(user_id)
            limits = seat.overall if seat else (0, 0, 0)
            self._overall[user_id, company_id] = Load(*(Counter(0, limit) for limit in limits))
        return self._overall[user_id, company_id]

    def _loads_of(self, user_id, place):
        member = self._members.get(user_id)
        return [self._overall_of(user_id, place.lead.company_id), *([member.load] if member else [])]

    def _elsewhere(self, user_id, company_id, change):
        self._overall_of(user_id, company_id).held.used += change
        if change < 0:
            self._wake()

    def _turn_page(self, user_id, member, overall):
        """A new day, a new hour: claims are counted from nothing."""
        day, hour, _next_day, _next_hour = windows(self.moment, self.rules.tz)
        last_day, last_hour = self._windows.get(user_id, (None, None))
        for load in (overall, *([member.load] if member else [])):
            load.day.used = load.day.used if day == last_day else 0
            load.hour.used = load.hour.used if hour == last_hour else 0
        self._windows[user_id] = (day, hour)
        seat = self._seats.get(user_id)
        if member and seat.ramp_days:
            member.load.held.limit = capacity_on(day, seat.capacity, seat.joined_on, seat.ramp_days)

    def _backlog(self, user_id):
        return sum(
            place.user_id == user_id and not place.holding.first_follow_up_at
            for place in self.places.values()
            if place.state == "held"
        )

    def _count_ended(self, at, user_id, kind, converted):
        self._ended.append((at, user_id, kind, converted))
        self._add_to_record(user_id, kind, converted, 1)

    def _forget_old_records(self):
        while self._ended and self._ended[0][0] <= self.moment - RECORD:
            _at, user_id, kind, converted = self._ended.popleft()
            self._add_to_record(user_id, kind, converted, -1)

    def _add_to_record(self, user_id, kind, converted, change):
        tally = self._record[user_id][kind]
        tally[0] += change * bool(converted)
        tally[1] += change

    def _note_load(self, user_id, change):
        changes = self.loads[user_id]
        changes.append((self.moment, (changes[-1][1] if changes else 0) + change))

    def _note_queue(self):
        self.queue_changes.append((self.moment, self._waiting_count))


def replay(history, rules, present=None):
    """Go through a history under these rules, to its end.

    :rtype: Replay
    """
    run = Replay(history, rules, present)
    run.step()
    return run


def _room(members, overall):
    """How many leads these members can take together, :data:`CHUNK` at most."""
    room = 0
    for member in members:
        load = overall[member.user_id].held
        if member.eligible and not load.full:
            left = [one.left() for one in (member.load.held, load) if one.limit]
            room += min(left, default=CHUNK)
            if room >= CHUNK:
                return CHUNK
    return room


def _gone(place):
    """Why somebody does not find a lead where he really found it."""
    return place.state if place and place.state == "waiting" else "taken" if place and place.open else "closed"


def _by_lead(sets):
    """``{number: {keys}}`` out of ``{key: {numbers}}``."""
    found = defaultdict(set)
    for key, numbers in sets.items():
        for number in numbers:
            found[number].add(key)
    return {number: frozenset(keys) for number, keys in found.items()}


# ── what comes out ────────────────────────────────────────────────────────────────────────────────

#: How a member came by a lead that the pool, or one of its admins, gave him or that he took.
GOT = ("claim", "assign", "distribute")


def figures(run):
    """What a finished replay shows, as JSON: numbers of leads and ids of users, no names.

    ``members``: ``{user: {leads, distributed, claimed, assigned, peak, capacity, weight, reclaimed, converted,
    first_hours, share, fair_share, loads}}``; ``first_hours`` is the median from the start of a holding to its first
    follow-up, ``share`` the part of all leads that members got, ``fair_share`` the part of the weights, ``loads`` the
    most leads in hand on each day. ``deviation``: the largest distance between a member's share and his fair share;
    0 is perfectly fair. ``steps``: of the leads that came, how many had their first follow-up within each of
    :data:`STEPS` hours of coming, later, and not in the period. ``reclaimed``: numbers of the leads taken back, once
    for each time.
    """
    history, rules = run.history, run.rules
    days = _days(history, rules.tz)
    got = [holding for holding in run.holdings if holding.how in GOT]
    total = len(got)
    weights = {seat.user_id: seat.weight for seat in rules.seats if seat.active and not seat.paused}
    total_weight = sum(weights.values())
    members = {}
    seats = {seat.user_id: seat for seat in rules.seats}
    by_user = defaultdict(list)
    for holding in run.holdings:
        by_user[holding.user_id].append(holding)
    for user_id in sorted({*by_user, *seats}):
        own, seat = by_user[user_id], seats.get(user_id)
        how = Tally(holding.how for holding in own)
        leads = sum(how[name] for name in GOT)
        weight = weights.get(user_id, 0)
        members[user_id] = {
            "leads": leads,
            "distributed": how["distribute"],
            "claimed": how["claim"],
            "assigned": how["assign"],
            "peak": max((used for _at, used in run.loads[user_id]), default=0),
            "capacity": seat.capacity if seat else 0,
            "weight": weight,
            "reclaimed": sum(holding.why == "reclaimed" for holding in own),
            "converted": sum(holding.why == "converted" for holding in own),
            "first_hours": _median(
                _hours(holding.first_follow_up_at - holding.since)
                for holding in own
                if holding.how != "start" and holding.first_follow_up_at
            ),
            "share": round(leads / total, 4) if total else 0.0,
            "fair_share": round(weight / total_weight, 4) if total_weight else 0.0,
            "loads": _peaks(run.loads[user_id], days, rules.tz),
        }
    first = _first_touches(run)
    waits = _waits(run)
    states = Tally(place.state for place in run.places.values())
    return {
        "days": [str(day) for day in days],
        "members": members,
        "arrived": len(run.arrivals),
        "leads": total,
        "distributed": sum(holding.how == "distribute" for holding in got),
        "waiting": states["waiting"],
        "held": states["held"],
        "converted": states["converted"],
        "closed": sum(states.values()) - states["waiting"] - states["held"] - states["converted"],
        "queue": _peaks(run.queue_changes, days, rules.tz),
        "queue_peak": max((used for _at, used in run.queue_changes), default=0),
        "wait_hours": _median(waits),
        "first_hours": _median(hours for hours in first if hours is not None),
        "steps": _steps(first),
        "reclaimed": sorted(holding.lead_id for holding in run.holdings if holding.why == "reclaimed"),
        "deviation": round(
            max((abs(row["share"] - row["fair_share"]) for row in members.values() if row["weight"]), default=0.0)
            if total
            else 0.0,
            4,
        ),
        "refused": dict(sorted(run.refused.items())),
    }


def compare(before, after):
    """Which leads go back under the edited rules only, and which under the present ones only.

    :param before: :func:`figures` under the present rules
    :param after: those under the edited ones
    :returns: ``{'caused', 'avoided'}``: numbers of leads, each once

    >>> compare({"reclaimed": [3, 4, 4]}, {"reclaimed": [4, 9]})
    {'caused': [9], 'avoided': [3]}
    """
    old, new = set(before["reclaimed"]), set(after["reclaimed"])
    return {"caused": sorted(new - old), "avoided": sorted(old - new)}


def agreement(run, given):
    """How well a replay under the present rules meets what the pool really did.

    :param given: ``{number: (user, …)}`` of the leads that it really gave out, each in order
    :returns: ``(leads given to the same member, leads given)``
    """
    replayed = defaultdict(list)
    for holding in run.holdings:
        if holding.how == "distribute":
            replayed[holding.lead_id].append(holding.user_id)
    same = sum(
        mine == theirs
        for number, users in given.items()
        for mine, theirs in zip(replayed.get(number, ()), users, strict=False)
    )
    return same, sum(map(len, given.values()))


def _days(history, tz):
    day, last = windows(history.begin, tz)[0], windows(history.end, tz)[0]
    return [day + number * DAY for number in range((last - day).days + 1)]


def _peaks(changes, days, tz):
    """The largest value of each day; a day begins with the last value of the one before."""
    peaks, value, at = [], 0, 0
    dated = [(windows(moment, tz)[0], used) for moment, used in changes]
    for day in days:
        peak = value
        while at < len(dated) and dated[at][0] <= day:
            value = dated[at][1]
            peak = max(peak, value)
            at += 1
        peaks.append(peak)
    return peaks


def _first_touches(run):
    """Hours from the coming of each lead that came in the period to its first follow-up; ``None``: none yet."""
    touched = {}
    for holding in run.holdings:
        came = run.arrivals.get(holding.lead_id)
        if came and holding.first_follow_up_at and holding.first_follow_up_at >= came:
            touched[holding.lead_id] = min(
                holding.first_follow_up_at, touched.get(holding.lead_id, holding.first_follow_up_at)
            )
    return [
        _hours(touched[number] - came) if number in touched else None for number, came in sorted(run.arrivals.items())
    ]


def _waits(run):
    """Hours from the coming of each lead to its first holder, of those that found one."""
    began = {}
    for holding in run.holdings:
        came = run.arrivals.get(holding.lead_id)
        if came and holding.since >= came:
            began.setdefault(holding.lead_id, holding.since - came)
    return [_hours(wait) for wait in began.values()]


def _steps(hours):
    counts = [0] * (len(STEPS) + 2)
    for value in hours:
        counts[len(STEPS) + 1 if value is None else bisect_left(STEPS, value)] += 1
    return counts


def _hours(span):
    return round(span / timedelta(hours=1), 2)


def _median(values):
    values = list(values)
    return round(median(values), 2) if values else None
