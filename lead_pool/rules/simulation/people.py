"""What people did, done again in a replay: claims, assignments, extensions; and what holders do with their leads."""

from dataclasses import replace
from itertools import islice

from .. import claim, conversion, keep
from ..assigning import may_assign
from ..facts import Entry
from ..history import Stay

#: How a holder ends his holding himself, and what the lead is afterwards.
DEEDS = {"returned": "waiting", "won": "converted", "invalid": "invalid", "lost": "lost", "left": "left"}
KIN_OF = 100  # a pull looks for the customers of so many of his leads, the latest


class People:
    """The acts of a :class:`~.replay.Replay`."""

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
        verdict = may_assign(
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


def _gone(place):
    """Why somebody does not find a lead where he really found it."""
    return place.state if place and place.state == "waiting" else "taken" if place and place.open else "closed"
