"""What happens to a lead that waits too long, and when?

A pool has steps, always taken in this order: raise the priority, widen to another pool, distribute, archive. The next
step is data: its date is computed when a wait begins and after each step, and the scheduled action obeys it.

>>> from datetime import datetime
>>> monday = datetime(2026, 3, 2, 9)
>>> steps = [Step(2, "archive", 30), Step(1, "raise", 3)]
>>> next_step(steps, monday, (), CALENDAR)
Due(step_id=1, at=datetime.datetime(2026, 3, 5, 9, 0))
>>> next_step(steps, monday, (1,), CALENDAR)
Due(step_id=2, at=datetime.datetime(2026, 4, 1, 9, 0))
>>> next_step(steps, monday, (1, 2), CALENDAR)
Due(step_id=0, at=None)
"""

from dataclasses import dataclass
from datetime import datetime

from .working_time import CALENDAR, WorkingTime

#: The shortest wait before a step: about an hour. Steps are taken by a scheduled action, not to the second.
LEAST_DAYS = 0.04
#: Steps that take a lead out of its pool: after such a one came or changed, what waits already gets the pool's grace.
GRACEFUL = ("widen", "archive")
#: What a step may do, in the order in which steps are taken.
ACTIONS = ("raise", "widen", "distribute", "archive")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pool; ``days`` from the beginning of the wait."""

    id: int
    action: str  # of ACTIONS
    days: float
    working: bool = False  # days are working days


@dataclass(frozen=True, slots=True)
class Due:
    """The next step of a lead; ``step_id`` 0: none."""

    step_id: int = 0
    at: datetime | None = None


def in_order(steps):
    """Steps as they are taken: by their action, then by their days."""
    return sorted(steps, key=lambda step: (ACTIONS.index(step.action), step.days, step.id))


def next_step(steps, waiting_since, taken, time: WorkingTime = CALENDAR, *, holds=None, earliest=None, floors=None):
    """The next step of one lead, and when it is due.

    :param steps: ``[Step]`` of the pool
    :param datetime waiting_since: when this wait began, naive UTC
    :param taken: ids of the steps of the pool that were taken in this wait, the latest last
    :param holds: ids of the steps whose conditions hold for the lead; all when ``None``
    :param earliest: not due before this moment
    :param floors: ``{id of a step: not due before this moment}``
    :returns: :class:`Due`
    """
    order = in_order(steps)
    last = max((place for place, step in enumerate(order) if step.id in taken), default=-1)
    for step in order[last + 1 :]:
        if holds is None or step.id in holds:
            at = time.add_days(waiting_since, max(step.days, LEAST_DAYS), working=step.working)
            return Due(step.id, max(filter(None, (at, earliest, (floors or {}).get(step.id)))))
    return Due()


def try_again(step_id, following, at):
    """A step that could not be taken is tried again at ``at``, until the one after it is due: that one must not wait
    for what never succeeds.

    :param Due following: what :func:`next_step` says after this step
    :returns: :class:`Due`, or ``None`` when the step gives way to the following one

    >>> tomorrow = datetime(2026, 3, 3, 9)
    >>> try_again(1, Due(2, datetime(2026, 4, 1)), tomorrow)
    Due(step_id=1, at=datetime.datetime(2026, 3, 3, 9, 0))
    >>> try_again(1, Due(2, datetime(2026, 3, 3)), tomorrow)
    """
    return None if following.at and following.at <= at else Due(step_id, at)


__all__ = ["ACTIONS", "GRACEFUL", "LEAST_DAYS", "Due", "Step", "in_order", "next_step", "try_again"]
