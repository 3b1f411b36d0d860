"""When does a lead go back, and may this person send it back?

The deadline is data: it is computed here at each event, stored on the entry and shown to the rep,
and the scheduled action obeys the very same date.

>>> from datetime import datetime
>>> claimed = datetime(2026, 3, 2, 9)
>>> rule = Rule(no_follow_up_days=3, warn_days=1)
>>> deadline(rule, Tenure(claimed), CALENDAR).reclaim_at
datetime.datetime(2026, 3, 5, 9, 0)
>>> deadline(rule, Tenure(claimed, last_follow_up_at=datetime(2026, 3, 4, 9)), CALENDAR).reclaim_at
datetime.datetime(2026, 3, 7, 9, 0)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .facts import OK, Verdict
from .working_time import CALENDAR, WorkingTime

#: What a term counts from; the names of the figures of a rule.
PARTS = ("no_first_touch", "no_follow_up", "not_converted", "not_won", "held")
#: Who is warned before a lead goes back, one after the other.
REP, LEADER, ADMIN = 1, 2, 3
#: Why a lead never goes back by itself, the first one is told.
EXEMPTIONS = ("dispute", "locked", "converted", "order", "tag", "condition")
#: The shortest term and warning; leads are taken back every ten minutes.
SHORTEST_HOURS = 1


@dataclass(frozen=True, slots=True)
class Rule:
    """One reclaim rule; a figure of 0 switches its part off. All figures in days."""

    id: int = 0
    no_first_touch_days: float = 0
    no_follow_up_days: float = 0
    not_converted_days: float = 0
    not_won_days: float = 0
    held_days: float = 0
    match: str = "any"  # any: the first part that is due; all: the last one
    working: bool = False  # days are working days
    warn_days: float = 0  # warn the holder so many days before
    warn_leader_days: float = 0  # then the leader of the lead's sales team
    warn_admin_days: float = 0  # then the admins of the pool

    def parts(self):
        """``[(reason, days)]`` of what is switched on."""
        return [(name, getattr(self, name + "_days")) for name in PARTS if getattr(self, name + "_days")]

    def ladder(self):
        """``[(who, days before)]`` of the warnings that are switched on."""
        steps = ((REP, self.warn_days), (LEADER, self.warn_leader_days), (ADMIN, self.warn_admin_days))
        return [(who, days) for who, days in steps if days]


@dataclass(frozen=True, slots=True)
class Tenure:
    """What happened while the present holder has had the lead."""

    started_at: datetime
    last_follow_up_at: datetime | None = None
    converted_at: datetime | None = None
    exempt: str = ""  # why the lead never goes back, one of EXEMPTIONS
    away: tuple[tuple[datetime, datetime], ...] = ()  # [from, until) on leave or in dispute: no time runs
    keep_until: datetime | None = None  # promised: it does not go back before (an extension, a lock that ended)
    due: tuple[datetime, float] | None = None  # from then on it has so many days left at most, see :func:`days_left`


@dataclass(frozen=True, slots=True)
class Deadline:
    """``reclaim_at`` None: the lead never goes back by itself."""

    reclaim_at: datetime | None = None
    warn_at: datetime | None = None  # of its holder
    reason: str = ""
    rule_id: int = 0
    warnings: tuple[tuple[int, datetime], ...] = ()  # (who, when), the holder's included
    exempt: str = ""  # why it never goes back, one of EXEMPTIONS


NEVER = Deadline()


def deadline(rule, tenure, time: WorkingTime = CALENDAR, *, not_before=None):
    """When the lead goes back under this rule.

    :param Rule rule: the first rule of the pool whose condition holds, or ``None``
    :param Tenure tenure: of the present holder; while he is away the clock stands still
    :param WorkingTime time: how days are counted
    :param not_before: a changed rule never brings a deadline below this moment
    :rtype: Deadline

    >>> monday = datetime(2026, 3, 2, 9)
    >>> leave = (datetime(2026, 3, 3, 9), datetime(2026, 3, 10, 9))
    >>> deadline(Rule(held_days=3), Tenure(monday, away=(leave,))).reclaim_at
    datetime.datetime(2026, 3, 12, 9, 0)

    What was merged into it had to be followed up earlier:

    >>> deadline(Rule(held_days=9), Tenure(monday, away=(leave,), due=(monday, 2))).reclaim_at
    datetime.datetime(2026, 3, 11, 9, 0)
    """
    if tenure.exempt:
        return Deadline(exempt=tenure.exempt)
    if rule is None:
        return NEVER
    clock = _Clock(time, tenure.away, working=rule.working)
    started = tenure.started_at
    due = []
    for reason, days in rule.parts():
        if reason == "no_first_touch":
            if tenure.last_follow_up_at and tenure.last_follow_up_at >= started:
                continue
            begin = started
        elif reason == "no_follow_up":
            begin = max(started, tenure.last_follow_up_at or started)
        elif reason == "not_converted":
            if tenure.converted_at:
                continue
            begin = started
        else:
            begin = started
        due.append((clock.after(begin, days), reason))
    if not due or (rule.match == "all" and len(due) < len(rule.parts())):
        return NEVER
    reclaim_at, reason = max(due) if rule.match == "all" else min(due)
    if tenure.due:
        reclaim_at = min(reclaim_at, _Clock(CALENDAR, tenure.away, working=False).after(*tenure.due))
    if not_before and reclaim_at < not_before:
        reclaim_at = not_before
    if tenure.keep_until and reclaim_at < tenure.keep_until:
        reclaim_at = tenure.keep_until
    warnings = _ladder(rule, clock, started, reclaim_at)
    return Deadline(reclaim_at, dict(warnings).get(REP), reason, rule.id, warnings)


def days_left(moment, until, away=()):
    """How many days run from one moment to another one, leaves left out.

    >>> monday, friday, weekend = datetime(2026, 3, 2), datetime(2026, 3, 6), datetime(2026, 3, 7)
    >>> days_left(monday, weekend, [(datetime(2026, 3, 1), datetime(2026, 3, 3)), (friday, datetime(2026, 4, 1))])
    3.0
    """
    spans = ((max(start, moment), min(end, until)) for start, end in merged(away))
    still = sum((end - start for start, end in spans if end > start), timedelta())
    return (until - moment - still) / timedelta(days=1)


def warnings(rule, tenure, time, reclaim_at):
    """``((who, when))`` before a deadline that is set already."""
    return _ladder(rule, _Clock(time, tenure.away, working=rule.working), tenure.started_at, reclaim_at)


def _ladder(rule, clock, started, reclaim_at):
    return tuple((who, max(started, clock.before(reclaim_at, days))) for who, days in rule.ladder())


class _Clock:
    """Days as a rule counts them, of a holder who is away now and then."""

    def __init__(self, time, away, *, working):
        self.away = merged(away)
        self.working = working
        self.week = replace(time, absences=self.away) if working and self.away else time

    def after(self, moment, days):
        """The moment at which so many days have run."""
        moment, left = self._whole_days(moment, days)
        for start, end in self.away:
            if end <= moment:
                continue
            if moment + left <= start:
                break
            left -= max(start - moment, timedelta())
            moment = end
        return moment + left

    def before(self, moment, days):
        """The moment from which so many days have run until ``moment``; none within a leave."""
        moment, left = self._whole_days(moment, -days)
        left = -left
        for start, end in reversed(self.away):
            if start >= moment:
                continue
            if moment - left >= end:
                break
            left -= max(moment - end, timedelta())
            moment = start
        return moment - left

    def _whole_days(self, moment, days):
        """Whole working days are those on which the holder is at work; what is left is counted by the hour."""
        if not self.working:
            return moment, timedelta(days=days)
        whole = int(days)
        return self.week.add_days(moment, whole, working=True), timedelta(days=days - whole)


def merged(intervals):
    """Leaves as one list without overlaps, in order.

    >>> merged([(3, 5), (1, 2), (2, 4), (7, 7)])
    ((1, 5),)
    """
    result = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return tuple(result)


def stands_until(away, now):
    """Until when the clock of somebody with these leaves stands still; ``None`` when it runs."""
    return next((end for start, end in merged(away) if start <= now < end), None)


def next_warning(plan, *, since, warned=0):
    """The next step of the ladder, rep, leader, admin.

    What was to be said before ``since`` (the deadline was set later, or is a grace) is left out, but for the holder's
    own warning: he is told at once.

    :param plan: :attr:`Deadline.warnings`
    :param since: when the deadline was set, or for when the last warning was planned
    :param int warned: who was warned last
    :returns: ``(when, who)``, ``(None, 0)`` if nobody is to be warned any more

    >>> day = [datetime(2026, 3, day) for day in range(1, 9)]
    >>> plan = (REP, day[2]), (LEADER, day[4]), (ADMIN, day[6])
    >>> next_warning(plan, since=day[0]) == (day[2], REP)
    True
    >>> next_warning(plan, since=day[5]) == (day[5], REP)
    True
    >>> next_warning(plan, since=day[5], warned=REP) == (day[6], ADMIN)
    True
    """
    for who, moment in plan:
        if who > warned and (who == REP or moment >= since):
            return max(moment, since), who
    return None, 0


def exempt_for(facts, switched_on):
    """Why a lead never goes back, ``''`` when it may.

    :param facts: those of :data:`EXEMPTIONS` that hold for the lead
    :param switched_on: those that its pool grants; a lock counts everywhere

    >>> exempt_for({"tag", "converted"}, {"tag"})
    'tag'
    """
    return next((name for name in EXEMPTIONS if name in facts and (name == "locked" or name in switched_on)), "")


def impossible(rule):
    """Why a rule can never do what it says, as codes; it is not saved.

    - ``too_short``: a term or warning shorter than an hour
    - ``warning_too_early``: the holder would always be warned the moment he gets the lead
    - ``ladder``: somebody would be warned before who stands before him
    """
    codes = []
    figures = [days for _what, days in (*rule.parts(), *rule.ladder())]
    if any(days * 24 < SHORTEST_HOURS - 1e-6 for days in figures):
        codes.append("too_short")
    longest = max((days for _reason, days in rule.parts()), default=0)
    ladder = [days for _who, days in rule.ladder()]
    if longest and ladder and max(ladder) > longest:
        codes.append("warning_too_early")
    if ladder != sorted(ladder, reverse=True):
        codes.append("ladder")
    return codes


def doubtful(rule, *, grace_hours=0, opportunity_ends_holding=False):
    """What a rule does that its author hardly meant, as codes; the admin reads them while he edits.

    - ``nothing``: no term at all: what it holds for never goes back
    - ``warned_at_once``: with its shortest term the holder is warned the moment he gets the lead
    - ``grace_longer``: the grace is longer than the shortest term
    - ``never_won``: an opportunity ends the holding, so that nothing held is ever won
    """
    if not rule.parts():
        return ["nothing"]
    codes = []
    shortest = min(days for _reason, days in rule.parts())
    if rule.match == "any" and any(days > shortest for _who, days in rule.ladder()):
        codes.append("warned_at_once")
    if grace_hours > shortest * 24:
        codes.append("grace_longer")
    if rule.not_won_days and opportunity_ends_holding:
        codes.append("never_won")
    return codes


def never_tried(conditions):
    """Of rules in order, which are never tried, because one before them holds for every lead.

    :param conditions: ``[bool]``, whether the rule has a condition
    :returns: ``[index]``

    >>> never_tried([True, False, True])
    [2]
    """
    for number, condition in enumerate(conditions):
        if not condition:
            return list(range(number + 1, len(conditions)))
    return []


def brake(due, *, most, taken=0):
    """How many of ``due`` leads of one pool go back now; the others wait for an admin's word.

    :param int most: leads taken back within an hour, 0: no brake
    :param int taken: of them so far

    >>> brake(300, most=100), brake(300, most=0), brake(30, most=100, taken=90)
    (100, 300, 10)
    """
    return min(due, max(most - taken, 0)) if most else due


def going_back(deadlines, until):
    """``(leads, people)`` of those ``[(user id, reclaim_at)]`` that go back until a moment."""
    users = [user for user, moment in deadlines if moment and moment <= until]
    return len(users), len(set(users))


def may_return(entry, user_id, *, is_admin=False, reason_ok=True, destination_ok=True):
    """May this user send the lead back to its pool (or to ``destination``)?

    >>> from .facts import Entry
    >>> may_return(Entry(1, state="held", user_id=7), 8).code
    'not_holder'
    """
    if entry is None:
        return Verdict("unknown")
    verdict = _open_and_held(entry)
    if not verdict:
        return verdict
    if entry.user_id != user_id and not is_admin:
        return Verdict("not_holder")
    if not reason_ok:
        return Verdict("wrong_reason")
    if not destination_ok:
        return Verdict("wrong_pool")
    return OK


def may_recall(entry, *, is_admin):
    """May an admin take the lead back from its holder?"""
    if entry is None:
        return Verdict("unknown")
    if not is_admin:
        return Verdict("not_admin")
    return _open_and_held(entry)


def may_reclaim(entry, *, due_at, now, locked=False):
    """Is this held lead still due, seen under its lock?"""
    verdict = _open_and_held(entry)
    if not verdict:
        return verdict
    if locked or entry.locked:
        return Verdict("locked")
    if due_at is None or due_at > now:
        return Verdict("not_due", due_at)
    return OK


def may_transfer(entry, pool_id, *, is_admin, target_ok=True, reason_ok=True):
    """May the lead move to another pool?"""
    if entry is None:
        return Verdict("unknown")
    if not is_admin:
        return Verdict("not_admin")
    if entry.state == "closed":
        return Verdict("closed")
    if not target_ok or entry.pool_id == pool_id:
        return Verdict("wrong_pool")
    if not reason_ok:
        return Verdict("wrong_reason")
    return OK


def may_mark_invalid(entry, user_id, *, is_admin, reason_ok=True):
    """May this user say that the lead is no lead at all?"""
    if entry is None:
        return Verdict("unknown")
    if entry.state == "closed":
        return Verdict("closed")
    if not is_admin and entry.user_id != user_id:
        return Verdict("not_holder" if entry.state == "held" else "not_admin")
    if not reason_ok:
        return Verdict("wrong_reason")
    return OK


def _open_and_held(entry):
    if entry.state == "closed":
        return Verdict("closed")
    if entry.state == "waiting":
        return Verdict("waiting")
    return OK
