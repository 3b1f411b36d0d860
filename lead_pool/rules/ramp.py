"""How many leads a new member may hold on his way up to his capacity.

>>> [ramped(30, day, 10) for day in range(0, 12, 2)]
[1, 6, 12, 18, 24, 30]
"""

from datetime import timedelta


def ramped(capacity, days_in, ramp_days):
    """The capacity of a member so many days after he joined: linear from 1 to the full one, whole leads.

    :param int capacity: leads he may hold in the end; 0: no limit, and then no ramp either
    :param int days_in: days since he joined; a day still to come counts as the first
    :param int ramp_days: days until he has the full capacity; 0: from the first day
    :returns: leads he may hold today, at least 1; 0 when there is no limit

    >>> ramped(30, 0, 0), ramped(30, 45, 30), ramped(0, 3, 30)
    (30, 30, 0)
    """
    days_in = max(days_in, 0)
    if not capacity or days_in >= ramp_days:
        return capacity
    return 1 + (capacity - 1) * days_in // ramp_days


def capacity_on(today, capacity, joined_on, ramp_days):
    """The capacity of a member on this day.

    :param date today: on the pool's clock
    :param joined_on: the first day of the ramp; ``None``: he was there before it, and has the full capacity

    >>> from datetime import date
    >>> capacity_on(date(2026, 3, 6), 30, date(2026, 3, 2), 10), capacity_on(date(2026, 3, 6), 30, None, 10)
    (12, 30)
    """
    if not joined_on:
        return capacity
    return ramped(capacity, (today - joined_on).days, ramp_days)


def room_on(held, capacity, joined_on, ramp_days):
    """The first day on which a member on the ramp may hold more than ``held``; ``None`` when that day never comes.

    >>> from datetime import date
    >>> room_on(12, 30, date(2026, 3, 2), 10), room_on(30, 30, date(2026, 3, 2), 10)
    (datetime.date(2026, 3, 7), None)
    >>> [capacity_on(date(2026, 3, day), 30, date(2026, 3, 2), 10) for day in (6, 7)]
    [12, 15]
    """
    if not joined_on or not ramp_days or held >= capacity:
        return None
    return joined_on + timedelta(days=-(-held * ramp_days // (capacity - 1)) if held else 0)
