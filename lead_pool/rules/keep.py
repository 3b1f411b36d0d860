"""What may the holder of a lead do about its deadline: lock it, unlock it, have it extended?

>>> from datetime import datetime
>>> noon = datetime(2026, 3, 2, 12)
>>> mine = Entry(1, state="held", user_id=7)
>>> may_lock(mine, 7, Terms(lock_limit=3), locked_now=3, now=noon).limit
3
>>> may_extend(mine, 7, 5, Terms(extend_days=7, approval="above", free_days=3), used=0, due_at=noon).code
''
>>> needs_approval(5, Terms(extend_days=7, approval="above", free_days=3))
True
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from .facts import OK, Entry, Verdict
from .working_time import CALENDAR

__all__ = [
    "Entry",
    "Terms",
    "extended_until",
    "lock_ends_at",
    "may_extend",
    "may_grant",
    "may_lock",
    "may_unlock",
    "needs_approval",
    "respite_until",
]

RESPITE_DAYS = 3  # a lead whose extension was asked for is not taken back for want of an answer so long


@dataclass(frozen=True, slots=True)
class Terms:
    """What a pool allows the holders of its leads."""

    lock_limit: int = 0  # leads a member may lock at the same time; 0: none
    lock_days: int = 0  # days a lead stays locked at most in one holding; 0: as long as it is held
    extend_days: int = 0  # days of one extension at most; 0: no extensions
    extend_limit: int = 0  # extensions in one holding; 0: as many as one likes
    approval: str = "always"  # never; above: of more than ``free_days``; always
    free_days: int = 0


def may_lock(entry, user_id, terms: Terms, *, locked_now, now, is_member=True, locked_until=None):
    """May this user lock the lead, so that it does not go back by itself?

    :param int locked_now: leads of the pool that he has locked already
    :param is_member: he has a place in the pool, on which his locks are counted
    :param locked_until: when the lock time of this holding ends, if it ever began
    :returns: ``Verdict``; a lead that is locked may be "locked" again: nothing happens

    >>> from datetime import datetime
    >>> mine = Entry(1, state="held", user_id=7)
    >>> may_lock(mine, 8, Terms(lock_limit=1), locked_now=0, now=datetime(2026, 3, 2)).code
    'not_holder'
    """
    verdict = _held_by(entry, user_id)
    if not verdict or entry.locked:
        return verdict
    if not terms.lock_limit:
        return Verdict("limit_reached", about="no_locks")
    if not is_member:
        return Verdict("not_member")
    if terms.lock_days and locked_until and locked_until <= now:
        return Verdict("limit_reached", about="lock_days", limit=terms.lock_days)
    if locked_now >= terms.lock_limit:
        return Verdict("limit_reached", about="locks", limit=terms.lock_limit)
    return OK


def may_unlock(entry, user_id, *, is_admin=False):
    """May this user let the clock of a locked lead go on? Its holder, and admins of the pool."""
    return _held_by(entry, user_id, is_admin)


def lock_ends_at(terms: Terms, now, locked_until=None):
    """When a lock that begins now ends by itself; ``None``: never.

    The time runs from the first lock of a holding: to unlock and lock again gains nothing.

    >>> from datetime import datetime
    >>> lock_ends_at(Terms(lock_days=2), datetime(2026, 3, 2))
    datetime.datetime(2026, 3, 4, 0, 0)
    >>> lock_ends_at(Terms(lock_days=2), datetime(2026, 3, 3), datetime(2026, 3, 4))
    datetime.datetime(2026, 3, 4, 0, 0)
    """
    if not terms.lock_days:
        return None
    return locked_until or now + timedelta(days=terms.lock_days)


def may_extend(entry, user_id, days, terms: Terms, *, used, due_at, is_admin=False):
    """May the deadline of this lead be moved by so many days (if need be with an admin's approval)?

    :param int days: 1 or more
    :param int used: extensions of this holding
    :param due_at: when the lead goes back; ``None``: it never does
    :param is_admin: an admin of the pool may, whatever the pool's figures say
    """
    verdict = may_grant(entry, user_id, due_at=due_at, is_admin=is_admin)
    if not verdict or is_admin:
        return verdict
    if not terms.extend_days:
        return Verdict("limit_reached", about="no_extensions")
    if days > terms.extend_days:
        return Verdict("limit_reached", about="extend_days", limit=terms.extend_days)
    if terms.extend_limit and used >= terms.extend_limit:
        return Verdict("limit_reached", about="extensions", limit=terms.extend_limit)
    return OK


def may_grant(entry, user_id, *, due_at, is_admin=False):
    """Is there still a deadline that can be moved, and does who asked still hold the lead?"""
    verdict = _held_by(entry, user_id, is_admin)
    if verdict and due_at is None:
        return Verdict("no_deadline")
    return verdict


def needs_approval(days, terms: Terms, *, is_admin=False):
    """Whether an admin has to say yes first."""
    if is_admin or terms.approval == "never":
        return False
    return terms.approval == "always" or days > terms.free_days


def extended_until(due_at, now, days, time=CALENDAR, *, working=False, promised=None) -> datetime:
    """The new deadline: so many days after the old one, or after now where that is over already.

    :param promised: until then the lead was to stay while an answer was waited for; a yes brings that no earlier

    >>> from datetime import datetime
    >>> extended_until(datetime(2026, 3, 2), datetime(2026, 3, 5), 2)
    datetime.datetime(2026, 3, 7, 0, 0)
    >>> extended_until(datetime(2026, 3, 5), datetime(2026, 3, 4), 1, promised=datetime(2026, 3, 7))
    datetime.datetime(2026, 3, 7, 0, 0)
    """
    until = time.add_days(max(due_at, now), days, working=working)
    return max(until, promised) if promised else until


def respite_until(now, asked_until=None):
    """Until when a lead is not taken back because its extension was asked for.

    Once a holding, whatever is asked afterwards: asking again and again must not hold a lead.
    """
    return asked_until or now + timedelta(days=RESPITE_DAYS)


def _held_by(entry, user_id, is_admin=False):
    if entry is None:
        return Verdict("unknown")
    if entry.state != "held":
        return Verdict("closed" if entry.state == "closed" else "waiting")
    if entry.user_id != user_id and not is_admin:
        return Verdict("not_holder")
    return OK
