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

from dataclasses import dataclass
from datetime import datetime

from .facts import OK, Verdict
from .working_time import CALENDAR, WorkingTime


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
    warn_days: float = 0  # warn so many days before

    def parts(self):
        """``[(reason, days)]`` of what is switched on."""
        return [
            (name, getattr(self, name + "_days"))
            for name in ("no_first_touch", "no_follow_up", "not_converted", "not_won", "held")
            if getattr(self, name + "_days")
        ]


@dataclass(frozen=True, slots=True)
class Tenure:
    """What happened while the present holder has had the lead."""

    started_at: datetime
    last_follow_up_at: datetime | None = None
    converted_at: datetime | None = None
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """``reclaim_at`` None: the lead never goes back by itself."""

    reclaim_at: datetime | None = None
    warn_at: datetime | None = None
    reason: str = ""
    rule_id: int = 0


NEVER = Deadline()


def deadline(rule, tenure, time: WorkingTime = CALENDAR, *, not_before=None):
    """When the lead goes back under this rule.

    :param Rule rule: the first rule of the pool whose condition holds, or ``None``
    :param Tenure tenure: of the present holder
    :param WorkingTime time: how days are counted
    :param not_before: a changed rule never brings a deadline below this moment
    :rtype: Deadline
    """
    if rule is None or tenure.exempt:
        return NEVER
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
        due.append((time.add_days(begin, days, working=rule.working), reason))
    if not due or (rule.match == "all" and len(due) < len(rule.parts())):
        return NEVER
    reclaim_at, reason = max(due) if rule.match == "all" else min(due)
    if not_before and reclaim_at < not_before:
        reclaim_at = not_before
    warn_at = None
    if rule.warn_days:
        warn_at = max(started, time.add_days(reclaim_at, -rule.warn_days, working=rule.working))
    return Deadline(reclaim_at, warn_at, reason, rule.id)


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
