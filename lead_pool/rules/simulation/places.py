"""Where each lead is at one moment of a replay, in whose hands, and what the rules are told of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .. import affinity
from ..facts import Counter, Entry, Load
from ..history import Holding, Lead
from ..ramp import capacity_on
from ..working_time import windows

RECORD = timedelta(days=180)  # of a member's ended holdings that count for "who converts such leads best"


@dataclass(slots=True)
class Place:
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


class Places:
    """The ledgers of a :class:`~.replay.Replay`: leads move, loads and records are counted."""

    # ── moves ─────────────────────────────────────────────────────────────────────────────────────

    def _new_place(self, number, entered_at):
        lead = self.history.leads[number]
        place = self.places[number] = Place(lead, entered_at, given=list(self.history.given.get(number, ())))
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
