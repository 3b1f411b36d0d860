"""What the rules do in a replay: leads are given out, go back when they are due, and their deadlines are set."""

from bisect import bisect_left
from dataclasses import replace

from .. import claim, distribution, reclaim
from ..ramp import capacity_on
from ..working_time import windows

CHUNK = 100  # leads given out together, if there is room for so many


class RulesAtWork:
    """The scheduled actions of a :class:`~.replay.Replay`."""

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
