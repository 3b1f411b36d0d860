"""Days as people count them: calendar days, or days on which the company works.

>>> from datetime import datetime
>>> friday = datetime(2026, 3, 6, 15)
>>> CALENDAR.add_days(friday, 1)
datetime.datetime(2026, 3, 7, 15, 0)
>>> week = WorkingTime(frozenset(range(5)))
>>> week.add_days(friday, 1, working=True)
datetime.datetime(2026, 3, 9, 15, 0)
>>> week.add_days(datetime(2026, 3, 9, 15), -1, working=True)
datetime.datetime(2026, 3, 6, 15, 0)
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo

MAX_DAYS = 3660  # a calendar without a working day must not loop for ever


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Which days are worked: weekdays (Monday is 0), less holidays, plus exceptional ones."""

    weekdays: frozenset[int] = frozenset(range(7))
    holidays: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()
    tz: tzinfo = timezone.utc

    def works_on(self, day):
        if day in self.extra_days:
            return True
        return day.weekday() in self.weekdays and day not in self.holidays

    def add_days(self, moment: datetime, days: float, *, working=False):
        """The same time of day, ``days`` later (earlier when negative).

        With ``working`` only worked days count, and a day off has no length: what happens on it
        counts from the midnight (of ``tz``) that ends it, so that a later moment never has an
        earlier deadline. A fraction of a day is always calendar time. Without any worked day, and
        beyond ``MAX_DAYS``, the calendar is used, so that a deadline exists.

        >>> week = WorkingTime(frozenset(range(5)))
        >>> saturday = datetime(2026, 3, 7, 10)
        >>> week.add_days(saturday, 1, working=True)
        datetime.datetime(2026, 3, 10, 0, 0)
        """
        if not working or not (self.weekdays or self.extra_days):
            return moment + timedelta(days=days)
        whole, rest = int(days), days - int(days)
        step = 1 if whole >= 0 else -1
        local = moment.replace(tzinfo=timezone.utc).astimezone(self.tz)
        left, walked = abs(whole), 0
        if left and not self.works_on(local.date()):
            local = local.replace(hour=0, minute=0, second=0, microsecond=0)
            left += step > 0  # forwards, the next worked day only begins the count
        while left:
            local += timedelta(days=step)
            walked += 1
            if walked > MAX_DAYS:
                return moment + timedelta(days=days)
            if self.works_on(local.date()):
                left -= 1
        return local.astimezone(timezone.utc).replace(tzinfo=None) + timedelta(days=rest)


CALENDAR = WorkingTime()


def windows(now, tz):
    """When the current day and hour began and end on the wall clock of ``tz``.

    :param datetime now: naive UTC
    :returns: ``(day, hour, next_day_utc, next_hour_utc)``; ``day`` is a date, ``hour`` a number
        that is another one in each hour, also where the clock is half an hour off (India) or goes
        back in autumn
    """
    local = now.replace(tzinfo=timezone.utc).astimezone(tz)
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    shift = local.utcoffset() % timedelta(hours=1)
    begun = (now + shift).replace(minute=0, second=0, microsecond=0)
    next_hour = begun + timedelta(hours=1) - shift
    hour = int(begun.replace(tzinfo=timezone.utc).timestamp() // 3600)
    return local.date(), hour, midnight.astimezone(timezone.utc).replace(tzinfo=None), next_hour
