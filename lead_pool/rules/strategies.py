"""How a lead's holder is chosen among those who can take it: the strategies of a pool or of a distribution rule, and
who of the members can take leads while a batch is given out."""

from dataclasses import dataclass, replace
from itertools import zip_longest
from math import inf

from .facts import AssignRule

TIE = 1e-6  # leads; credit is stored with nine digits, so equal ones may differ in the last of them

#: Ended holdings that a newcomer is credited with, at the average of all members: as much as it
#: takes for his own record to weigh as much as theirs (a Beta prior, "shrinkage to the mean").
PRIOR = 5.0

#: A rule that names nobody names all.
ANYBODY = AssignRule(0, "rotation")


@dataclass(frozen=True, slots=True)
class Choice:
    """Who gets one lead (``user_id`` 0: nobody, see ``code``), and why."""

    entry_id: int
    user_id: int = 0
    code: str = ""  # why nobody got it
    rank: int = 0  # of the winner among all whom the rule names; more than 1: who stood before him cannot take leads
    tie_break: str = ""  # what decided between equals: credit, weight, user_id
    strategy: str = ""  # by which it was decided; affinity: he knows the company or customer
    known_as: str = ""  # of affinity: by what the winner knows the customer, see :attr:`Entry.known_by_what`
    rule_id: int = 0  # the distribution rule, 0: the pool's own strategy
    value: float | None = None  # what the strategy compares, of the winner
    unit: str = ""  # of it: credit (leads), share (of the capacity), leads (in hand), rate (of conversion)
    next_id: int = 0  # who came second
    next_value: float | None = None
    differs: tuple = ()  # ((user_id, code)) of who could take leads when the batch began, and no longer can
    passed: tuple = ()  # ((rule_id, code)) of the rules that held, but had nobody


def verdict_on(member):
    """Why a member is no candidate; ``''`` when he is one.

    >>> from lead_pool.rules.facts import Member
    >>> verdict_on(Member(1, paused=True))
    'paused'
    """
    if not member.active:
        return "user_inactive"
    if member.foreign:
        return "wrong_company"
    if member.paused:
        return "paused"
    if member.away_until:
        return "away"
    if member.weight <= 0:
        return "no_weight"
    if member.load.held.full:
        return "capacity_full"
    return ""


class Bench:
    """Who of the members can take leads, kept true while a batch is given out."""

    def __init__(self, members, overall):
        self.members = members
        self.overall = overall
        self.out = {member.user_id: code for member in members if (code := self._verdict(member))}
        self.differs = ()
        self.barred = frozenset()  # for the lead that is given out
        self._free = {}  # {user ids of a rule: [members]}
        self._rates = {}
        self._ranked = {}  # {weight function: (members, the same ranked, their shares)}

    def _verdict(self, member):
        load = self.overall.get(member.user_id)
        return verdict_on(member) or ("capacity_all_full" if load and load.held.full else "")

    def named(self, rule):
        """The members to whom a rule gives its leads."""
        return [member for member in self.members if not rule.user_ids or member.user_id in rule.user_ids]

    def free(self, rule):
        """Those of them who can take a lead now."""
        if rule.user_ids not in self._free:
            self._free[rule.user_ids] = [member for member in self.named(rule) if member.user_id not in self.out]
        free = self._free[rule.user_ids]
        return [member for member in free if member.user_id not in self.barred] if self.barred else free

    def absent(self, rule):
        """Those of them who cannot."""
        return [member for member in self.named(rule) if member.user_id in self.out] if self.out else []

    def ranked(self, free, weight):
        """These members in the order in which equals are chosen, and the share that each of them has of a lead.

        Equal credit goes to the larger weight, then to the older user. Weights do not change within a batch.

        :param free: from :meth:`free`, or some of them
        :param weight: callable ``member -> number``
        :returns: ``([Member], [share])``
        """
        if (known := self._ranked.get(weight)) and known[0] is free:
            return known[1:]
        total = sum(map(weight, free))
        members = sorted(free, key=lambda member: (-weight(member), member.user_id))
        self._ranked[weight] = free, members, [weight(member) / total for member in members]
        return self._ranked[weight][1:]

    def rates(self, kind):
        """``{user_id: expected conversion}`` of leads of one kind; records do not change within a batch."""
        if kind not in self._rates:
            self._rates[kind] = conversion_rates(self.members, kind)
        return self._rates[kind]

    def take(self, member):
        """``member`` has got a lead; he may be full by it."""
        member.load.held.used += 1
        if load := self.overall.get(member.user_id):
            load.held.used += 1
        if code := self._verdict(member):
            self.out[member.user_id] = code
            self.differs += ((member.user_id, code),)
            self._free.clear()


def _give(entry, bench, member, rule, **words):
    bench.take(member)
    return Choice(entry.id, member.user_id, **{"rank": 1, "strategy": rule.strategy, "rule_id": rule.id, **words})


def _figure(number):
    """As it is kept with the event: six digits, and no minus before a zero."""
    return round(number, 6) + 0.0


def _nobody(entry, rule, *, code):
    return Choice(entry.id, code=code, strategy=rule.strategy, rule_id=rule.id)


def compared(strategy, entry, bench):
    """What the strategy compares, of each candidate."""
    free = bench.free(ANYBODY)
    if strategy == "least_loaded":
        limited = all(member.load.held.limit for member in free)
        return {member.user_id: round(_load(member, limited), 4) for member in free}
    if strategy == "conversion":
        rates = bench.rates(entry.kind)
        return {member.user_id: round(rates[member.user_id], 4) for member in free}
    if strategy in ("rotation", "round_robin", "skill"):
        return {member.user_id: round(member.credit, 4) for member in free}
    return {}


def affinity(entry, bench):
    """Who knows the company or customer, the latest first; ``None`` when none of them can take the lead."""
    free = {member.user_id: member for member in bench.free(ANYBODY)}
    for rank, (user_id, what) in enumerate(zip_longest(entry.known_by, entry.known_by_what, fillvalue=""), 1):
        if user_id in free:
            return _give(entry, bench, free[user_id], ANYBODY, strategy="affinity", known_as=what, rank=rank)
    return None


def _manual(entry, bench, rule):
    return _nobody(entry, rule, code="manual_pool")


def _default_assignee(entry, bench, rule):
    for member in bench.members:
        if member.user_id == rule.assignee_id:
            if code := bench.out.get(member.user_id) or ("cooling_off" if member.user_id in bench.barred else ""):
                return _nobody(entry, rule, code=code)
            return _give(entry, bench, member, rule)
    return _nobody(entry, rule, code="not_member")


def _by_weight(member):
    return member.weight


def _all_alike(_member):
    return 1.0


def _rotation(entry, bench, rule):
    """By weight: the smooth weighted round robin of :mod:`rules.distribution`."""
    return _rotate(entry, bench, rule, bench.free(rule), _by_weight)


def _round_robin(entry, bench, rule):
    """In turn: the same rotation, in which all weigh alike."""
    return _rotate(entry, bench, rule, bench.free(rule), _all_alike)


def _least_loaded(entry, bench, rule):
    """Who holds the smallest part of what he may; where somebody has no limit, who holds least. The rotation
    breaks ties."""
    limited = all(member.load.held.limit for member in bench.free(rule))
    loads = {member.user_id: -_load(member, limited) for member in bench.named(rule)}
    return _best(entry, bench, rule, loads, sign=-1, unit="share" if limited else "leads")


def _load(member, limited):
    """How full a member's hands are: a part of his capacity if all have one, else a number of leads."""
    held = member.load.held
    return held.used / held.limit if limited and held.limit else held.used


def _skill(entry, bench, rule):
    """Who is skilled for this lead; else who has no special skills; in rotation by weight."""
    free = bench.free(rule)
    skilled = [member for member in free if member.user_id in entry.skilled]
    general = [member for member in free if not member.skills]
    return _rotate(entry, bench, rule, skilled or general, _by_weight)


def _conversion(entry, bench, rule):
    """Who converted most of such leads, a newcomer counted as the average. The rotation breaks ties."""
    return _best(entry, bench, rule, bench.rates(entry.kind), unit="rate")


def conversion_rates(members, kind):
    """``{user_id: expected conversion}`` for leads of one kind: each member's own record, shrunk to
    the average of all by :data:`PRIOR` holdings.

    >>> from lead_pool.rules.facts import Member
    >>> team = [Member(1, record={7: (8, 10)}), Member(2, record={7: (1, 1)}), Member(3)]
    >>> {user: round(rate, 2) for user, rate in conversion_rates(team, 7).items()}
    {1: 0.81, 2: 0.85, 3: 0.82}
    """
    records = {member.user_id: member.record.get(kind, (0, 0)) for member in members}
    converted = sum(won for won, _tried in records.values())
    ended = sum(tried for _won, tried in records.values())
    average = converted / ended if ended else 0.0
    return {user: (won + PRIOR * average) / (tried + PRIOR) for user, (won, tried) in records.items()}


def _best(entry, bench, rule, scores, *, unit, sign=1):
    """The best by ``scores``; of equals the rotation chooses, so that nobody is left out.

    :param scores: ``{user_id: number}``, the largest is the best
    :param sign: -1 where the number that people know is the smaller the better
    """
    free = bench.free(rule)
    if not free:
        return _nobody(entry, rule, code="no_eligible_member")
    order = sorted(free, key=lambda member: (-scores[member.user_id], -member.weight, member.user_id))
    best = scores[order[0].user_id]
    tied = [member for member in order if scores[member.user_id] > best - TIE]
    before = sum(scores[member.user_id] > best + TIE for member in bench.absent(rule))
    if len(tied) == 1:
        second = order[1] if len(order) > 1 else None
        choice = _give(entry, bench, order[0], rule)
    else:
        choice = _rotate(entry, bench, rule, tied, _by_weight)
        choice = choice if choice.tie_break else replace(choice, tie_break="credit")
        second = next(member for member in tied if member.user_id != choice.user_id)
    return replace(
        choice,
        rank=before + 1,
        value=_figure(sign * best),
        unit=unit,
        next_id=second.user_id if second else 0,
        next_value=_figure(sign * scores[second.user_id]) if second else None,
    )


def _rotate(entry, bench, rule, free, weight):
    if not free:
        return _nobody(entry, rule, code="no_eligible_member")
    members, shares = bench.ranked(free, weight)
    for member, share in zip(members, shares, strict=True):
        member.credit += share
    owed = [member.credit for member in members]
    first, equal = _first(owed)
    winner, owed[first] = members[first], -inf
    second = members[_first(owed)[0]] if len(members) > 1 else None
    # who cannot take leads keeps his credit, and his place
    before = sum(member.credit > winner.credit + TIE for member in bench.absent(rule))
    credit, winner.credit = winner.credit, winner.credit - 1
    tie_break = ""
    if equal:
        tie_break = "weight" if weight(second) != weight(winner) else "user_id"
    return _give(
        entry,
        bench,
        winner,
        rule,
        rank=before + 1,
        tie_break=tie_break,
        value=_figure(credit),
        unit="credit",
        next_id=second.user_id if second else 0,
        next_value=_figure(second.credit) if second else None,
    )


def _first(owed):
    """Where in this list the first one of the most credit is, and whether others have as much."""
    least = max(owed) - TIE
    tied = [place for place, credit in enumerate(owed) if credit > least]
    return tied[0], len(tied) > 1


#: How a pool, or a distribution rule, chooses among its members.
STRATEGIES = {
    "manual": _manual,
    "default_assignee": _default_assignee,
    "round_robin": _round_robin,
    "rotation": _rotation,
    "least_loaded": _least_loaded,
    "skill": _skill,
    "conversion": _conversion,
}
