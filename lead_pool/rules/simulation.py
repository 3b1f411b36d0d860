"""What would have happened under other rules?

A replay, in memory, of what really happened: leads arrive when they did, and the very rules of this package
(:func:`.distribution.allocate`, :func:`.claim.may_claim`, :func:`.distribution.may_assign`,
:func:`.reclaim.deadline`) say what becomes of them. Nothing is drawn by lot: the same history under the same rules
gives the same answer.

What people would have done under other rules is not known; it is assumed, and said here once:

- What people did whatever the rules (a claim, an assignment, a recall, a transfer, a deletion) they do at the same
  moment, if it is still possible: who finds the lead gone, or may not claim it under the new rules, takes none
  instead. In a pool with an order, and where somebody asks for the next lead, he gets the one that the rules give him
  then, be it the one that he really got or not.
- Who holds a lead deals with it as he really did: follow-ups, return, conversion come after the same time from the
  start of his holding. Who gets a lead that he did not really get deals with it as he dealt with his own ones, taken in
  turn; who had none as his colleagues did with theirs.
- Where reality cut a holding off (the lead was taken back, or the period ended), it goes on as the next of his
  holdings that lasted longer ("hot deck", as statisticians fill the gaps of a survey).
- Leaves stop the clock of deadlines, as they are known at the end of the period. Extensions, requests for them, locks
  and disputes come at their real moments, and count if who held the lead then holds it in the replay too; their limits
  are not asked again. A claim that was undone is as if it had never been.
- A lead that begins to wait is looked at by the next distribution that really ran, if one came as soon as they
  usually did; else at once. The same holds for deadlines and the scheduled action that takes leads back. At the same
  second first comes what holders do, then what was recorded in its order, then what was not.
- A lead that a rule sends to another pool leaves the replay; when it really came back, it comes back.

Not replayed: conditions, exemptions, priorities and scores as they were (they are as told, of today); entry conditions;
steps of what waits too long, but for what they really did; the brake on many reclaims; what a lead must have to be
claimed; claims that were refused or never tried.

>>> from datetime import datetime
>>> from .facts import Policy
>>> from .history import Act, History, Lead, Rules, Seat
>>> monday = datetime(2026, 3, 2, 9)
>>> history = History(monday, monday + timedelta(days=7), leads={n: Lead(n) for n in range(4)}, acts=[
...     Act(monday + timedelta(hours=n), n, "arrive", n) for n in range(4)])
>>> rules = Rules(Policy(strategy="rotation"), seats=[Seat(1, weight=3), Seat(2)])
>>> [holding.user_id for holding in replay(history, rules).holdings]
[1, 1, 2, 1]
"""

from bisect import bisect_left
from collections import Counter as Tally
from collections import defaultdict, deque
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from itertools import count, islice

from . import affinity, claim, conversion, distribution, keep, reclaim
from .facts import Counter, Entry, Load, Member
from .history import Holding, Lead, Stay
from .ramp import capacity_on
from .waiting import Waiting
from .working_time import WorkingTime, windows

CHUNK = 100  # leads given out together, if there is room for so many
RECORD = timedelta(days=180)  # of a member's ended holdings that count for "who converts such leads best"
#: How a holder ends his holding himself, and what the lead is afterwards.
DEEDS = {"returned": "waiting", "won": "converted", "invalid": "invalid", "lost": "lost", "left": "left"}
KIN_OF = 100  # a pull looks for the customers of so many of his leads, the latest

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
    locked: bool = False
    keep_until: datetime | None = None
    asked_until: datetime | None = None
    disputes: int = 0  # that are open
    frozen_since: datetime | None = None
    frozen: tuple = ()  # spans of disputes that are over
    due_at: datetime | None = None
    rule_id: int = 0  # by which it goes back
    epoch: int = 0  # goes up with each change of hands
    version: int = 0  # of the deadline
    holding: Holding | None = None
    given: list = field(default_factory=list)

    @property
    def open(self):
        return self.state in ("waiting", "held")


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


class Replay:
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

    def _act_claim(self, act, pulls=False):
        policy, user_id = self.rules.policy, act.user_id
        member = self._member(user_id)
        first_ids = None
        if pulls or policy.order != "free":
            place = member and self._next_for(user_id)
            if not place:
                self.refused["no_lead" if member else "not_member"] += 1
                return
            first_ids = {place.lead.id}
        else:
            place = self.places.get(act.lead_id)
            if not place or place.state != "waiting":
                self.refused[_gone(place)] += 1
                return
            if not self._may_work_in(user_id, place.lead.company_id):
                self.refused["wrong_company"] += 1
                return
        overall = self._overall_of(user_id, place.lead.company_id)
        self._turn_page(user_id, member, overall)
        backlog = self._backlog(user_id) if policy.backlog_limit else 0
        facts = self._facts(place)
        verdict = claim.may_claim(
            facts, member, overall, policy, now=self.moment, backlog=backlog, first_ids=first_ids
        )  # fmt: skip
        if not verdict:
            self.refused[verdict.code] += 1
            return
        member.load.take()
        overall.take()
        self._hold(place, user_id, "claim", self._stay_of_claim(place, act), counted=True)

    def _act_pull(self, act):
        self._act_claim(act, pulls=True)

    def _stay_of_claim(self, place, act):
        """How he deals with a lead that he claims: as he did with it if he really claimed it at any time."""
        if place.lead.id == act.lead_id:
            return act.stay
        own = self._claims.get((place.lead.id, act.user_id))
        return own[0] if own else next(self._next_stays(act.user_id), Stay(act.user_id))

    def _next_for(self, user_id):
        """The lead that the pool gives him who claims now: the first one of its line, or the best one for him; see
        ``models/verbs/line.py``."""
        order = self.rules.policy.order
        if order in ("free", "pull"):
            best, freshest, kin = self.rules.pull_from
            candidates = {
                number: None
                for numbers in (
                    islice(self._line(user_id, "score"), best),
                    islice(self._line(user_id, "newest"), freshest),
                    islice(self._kin(user_id), kin),
                )
                for number in numbers
            }
            described = [self._told_to_who_pulls(self.places[number], user_id) for number in candidates]
            first = next((entry.lead_id for entry in claim.best_first(described, user_id, self.moment)), None)
        else:
            first = next(self._line(user_id, order), None)
        return None if first is None else self.places[first]

    def _line(self, user_id, order):
        """Numbers of the leads that wait for him, in this order."""
        return (number for number in self._waiting.ordered(order) if self._stands_in_line(number, user_id))

    def _kin(self, user_id):
        """Those that share a customer or a key with leads in his hands."""
        numbers = {
            kin
            for number in list(self._held[user_id])[-KIN_OF:]
            for tie in self.places[number].lead.ties
            for kin in self._tied[tie]
            if self.places[kin].state == "waiting"
        }
        return (number for number in sorted(numbers) if self._stands_in_line(number, user_id))

    def _stands_in_line(self, number, user_id):
        place = self.places[number]
        return self._may_work_in(user_id, place.lead.company_id) and claim.lead_verdict(
            self._facts(place), user_id, self.rules.policy, self.moment
        )

    def _told_to_who_pulls(self, place, user_id):
        lead = place.lead
        return Entry(
            lead.order,
            lead_id=lead.id,
            entered_at=place.entered_at,
            priority=lead.stars,
            score=lead.score,
            known_by=tuple(user for user, _what in self._known_by(lead) if user == user_id),
        )

    def _may_work_in(self, user_id, company_id):
        seat = self._seats.get(user_id)
        return seat is None or seat.companies is None or company_id in seat.companies

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

    # ── deadlines that are put off ────────────────────────────────────────────────────────────────

    def _kept_by(self, act):
        """The place of the lead if who held it then holds it here too."""
        place = self.places.get(act.lead_id)
        return place if place and place.state == "held" and place.user_id == act.user_id else None

    def _act_extend(self, act):
        if not (place := self._kept_by(act)) or place.due_at is None:
            return
        asked, place.asked_until = place.asked_until, None  # that an answer is waited for puts nothing off
        answer = self._deadline_by(self.rules, place)
        working = any(rule.id == answer.rule_id and rule.working for rule, _leads in self.rules.reclaim)
        due_at = answer.reclaim_at if asked and place.due_at <= asked else place.due_at
        place.keep_until = keep.extended_until(
            due_at, self.moment, act.days, self.rules.calendar, working=working, promised=asked
        )
        place.asked_until = asked
        self._set_deadline(place)

    def _act_ask(self, act):
        if place := self._kept_by(act):
            place.asked_until = keep.respite_until(self.moment, place.asked_until)
            self._set_deadline(place)

    def _act_decline(self, act):
        if (place := self._kept_by(act)) and place.asked_until:
            place.asked_until = min(place.asked_until, self.moment + self.rules.grace)
            self._set_deadline(place)

    def _act_lock(self, act):
        if place := self._kept_by(act):
            self._lock(place, act.until)
            self._set_deadline(place)

    def _act_unlock(self, act):
        if place := self._kept_by(act):
            self._unlock(place, place.epoch)

    def _act_freeze(self, act):
        if place := self._kept_by(act):
            self._freeze(place, self.moment, act.until)
            self._set_deadline(place)

    def _lock(self, place, until):
        place.locked = True
        if until:
            self._push(max(until, self.moment), self._unlock, place, place.epoch)

    def _unlock(self, place, epoch):
        if place.epoch == epoch and place.locked:
            place.locked = False
            place.keep_until = max(filter(None, (place.keep_until, self.moment + self.rules.grace)))
            self._set_deadline(place)

    def _freeze(self, place, since, until):
        place.disputes += 1
        place.frozen_since = place.frozen_since or since
        if until:
            self._push(max(until, self.moment), self._thaw, place, place.epoch)

    def _thaw(self, place, epoch):
        if place.epoch != epoch:
            return
        place.disputes -= 1
        if not place.disputes:
            place.frozen += ((place.frozen_since, self.moment),)
            place.frozen_since = None
            self._set_deadline(place)

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
        if self.rules.policy.strategy == "manual" or not self._waiting.count:
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
        if not self._dirty or not self._waiting.count or self.rules.policy.strategy == "manual":
            return
        if self.rules.working_only and distribution.verdict_on_pool(self.moment, self._opens()):
            self._wake()
            return
        self._dirty = False
        members = self._at_work()
        for company_id in sorted(self._waiting.by_company):
            self._give_out(company_id, members)
        if self._waiting.count:
            self._look_again(members)

    def _give_out(self, company_id, members):
        overall = self._loads_in(company_id, members)
        looked_at = 0
        while (room := _room(members, overall)) and looked_at < len(queue := self._waiting.by_company[company_id]):
            places = [self.places[number] for _urgency, number in queue[looked_at : looked_at + room]]
            entries = [self._described(place) for place in places]
            choices = distribution.allocate(entries, members, self.rules.policy, overall=overall)
            for place, choice in zip(places, choices, strict=True):
                if choice.user_id:
                    stay = self._stay_of(place, choice.user_id)
                    self._hold(place, choice.user_id, "distribute", stay, counted=True)
                else:
                    looked_at += 1

    def _loads_in(self, company_id, members):
        """What they hold in all pools of this company; who may not work there is marked."""
        for member in members:
            member.foreign = not self._may_work_in(member.user_id, company_id)
        return {member.user_id: self._overall_of(member.user_id, company_id) for member in members}

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

    def _reclaim(self, place, version, rank, order):
        if place.version != version or place.state != "held":
            return
        if not reclaim.may_reclaim(self._facts(place), due_at=place.due_at, now=self.moment):
            return
        goes_to = self.rules.destinations.get(place.rule_id)
        if goes_to and goes_to.where == "next":
            if not self._following:
                self._push(self.moment, self._give_to_next, rank=rank, order=order)
            self._following.append((place, place.epoch))
        elif goes_to and goes_to.company_id in (0, place.lead.company_id):
            self._close(place, "left", why="reclaimed")
        else:
            self._give_back(place, "reclaimed")

    def _give_to_next(self):
        """Leads that are due together go to the next rep, as the pool distributes; without anybody they wait. See
        ``_prepare_next`` in ``models/verbs/reclaim.py``."""
        due = [place for place, epoch in self._following if place.epoch == epoch and place.state == "held"]
        places = sorted(due, key=lambda place: place.lead.order)
        self._following = []
        choices = {}
        if not self.rules.working_only or not distribution.verdict_on_pool(self.moment, self._opens()):
            policy, members = self.rules.policy, self._at_work()
            if policy.strategy == "manual":
                policy = replace(policy, strategy="rotation")
            for company_id in sorted({place.lead.company_id for place in places}):
                batch = [place for place in places if place.lead.company_id == company_id]
                described = [self._described(place, barred=self._barred(place)) for place in batch]
                overall = self._loads_in(company_id, members)
                answers = distribution.allocate(described, members, policy, overall=overall)
                choices.update((choice.entry_id, choice.user_id) for choice in answers)
        for place in places:
            user_id = choices.get(place.lead.id)
            if not user_id:
                self._give_back(place, "reclaimed")
                continue
            self._release(place, "reclaimed")
            self._hold(place, user_id, "distribute", self._stay_of(place, user_id), counted=True)

    def _barred(self, place):
        """Who does not get a lead that has just been taken back."""
        facts, policy = self._facts(place), self.rules.policy
        cooling = {user for user in self._members if claim.cooling_until(facts, user, policy, self.moment)}
        return frozenset({place.user_id, *cooling})

    def _set_deadline(self, place, not_before=None, running=True):
        """:param running: a deadline that does not come forward below the grace, see ``models/verbs/deadline.py``"""
        place.version += 1
        answer, old = self._deadline_by(self.rules, place, not_before), place.due_at
        if running and answer.reclaim_at and (not old or answer.reclaim_at < old):
            floor = min(filter(None, (self.moment + self.rules.grace, old)))
            answer = self._deadline_by(self.rules, place, not_before=floor)
        place.due_at, place.rule_id = answer.reclaim_at, answer.rule_id
        if place.due_at is None or place.due_at > self.history.end:
            return
        at, sweeps = max(place.due_at, self.moment), self.history.sweeps
        latest = place.due_at + self.history.sweep_lag
        rank, order = 2, 0
        following = bisect_left(sweeps, (at, 0))
        if following < len(sweeps) and sweeps[following][0] <= latest:
            rank, (at, order) = 1, sweeps[following]
        elif latest > self.history.end:
            return  # the scheduled action may come after the period
        self._push(at, self._reclaim, place, place.version, rank, order, rank=rank, order=order)

    def _deadline_by(self, rules, place, not_before=None):
        number = place.lead.id
        exempt = "dispute" if place.disputes else "locked" if place.locked else ""
        if not exempt and rules.exempt:
            kinds = {kind for kind, numbers in rules.exempt.items() if number in numbers}
            kinds |= {"converted"} if place.converted_at else set()
            exempt = reclaim.exempt_for(kinds, rules.exempt.keys())
        rule = next((rule for rule, leads in rules.reclaim if leads is None or number in leads), None)
        seat = self._seats.get(place.user_id)
        leaves = tuple(leave for leave in seat.leaves if leave[1] > place.since) if seat else ()
        tenure = reclaim.Tenure(
            place.since,
            last_follow_up_at=place.last_follow_up_at,
            converted_at=place.converted_at,
            exempt=exempt,
            away=(*place.frozen, *leaves),
            keep_until=max(filter(None, (place.keep_until, place.asked_until)), default=None),
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
        self._waiting.add(place)
        self._note_queue()

    def _take_from_queue(self, place):
        if self._waiting.remove(place):
            self._note_queue()

    def _hold(self, place, user_id, how, stay, *, since=None, counted=False):
        """The lead is his from now on (from ``since``); ``counted``: the rule has counted up his load."""
        if place.state == "waiting":
            self._take_from_queue(place)
        if not counted:
            for load in self._loads_of(user_id, place):
                load.held.used += 1
        place.state, place.user_id, place.since = "held", user_id, since or self.moment
        place.converted_at = place.keep_until = place.asked_until = place.frozen_since = place.due_at = None
        place.locked, place.disputes, place.frozen = False, 0, ()
        place.epoch += 1
        self._held[user_id][place.lead.id] = None
        place.holding = Holding(place.lead.id, user_id, place.since, how)
        self.holdings.append(place.holding)
        self._note_load(user_id, 1)
        for time, what in self._deeds(stay, user_id):
            at = place.since + time
            if self.moment <= at <= self.history.end:
                self._push(at, self._deed, place, place.epoch, what)
        if not since:
            self._set_deadline(place, running=False)

    def _release(self, place, why):
        user_id, holding = place.user_id, place.holding
        del self._held[user_id][place.lead.id]
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

    def _close(self, place, closed_as, why=""):
        if place.state == "held":
            self._release(place, why or closed_as)
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
            claim_matches=self._claim_matches.get(place.lead.id, frozenset()),
        )

    def _described(self, place, barred=frozenset()):
        """As :meth:`_facts`, with what a distribution asks."""
        lead, known = place.lead, ()
        if self.rules.policy.affinity and lead.ties:
            known = self._known_by(lead)
        return Entry(
            lead.id,
            lead_id=lead.id,
            entered_at=place.entered_at,
            priority=lead.priority,
            barred=barred,
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

    def _elsewhere_untouched(self, user_id, change):
        self._untouched[user_id] += change

    def _backlog(self, user_id):
        """Leads in his hands, of all pools, that he has not followed up since he got them."""
        here = (self.places[number] for number in self._held[user_id])
        untouched = sum(not place.holding.first_follow_up_at and not place.converted_at for place in here)
        return untouched + self._untouched[user_id]

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
        self.queue_changes.append((self.moment, self._waiting.count))


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


def _without_warnings(rules):
    """A replay warns nobody, and counts many days."""
    silent = {"warn_days": 0, "warn_leader_days": 0, "warn_admin_days": 0}
    return replace(
        rules,
        calendar=_Days.of(rules.calendar),
        reclaim=tuple((replace(rule, **silent), leads) for rule, leads in rules.reclaim),
    )


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
