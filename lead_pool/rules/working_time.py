"""Days and hours as people count them: calendar days, or days on which the company works, and when it is open.

>>> from datetime import datetime
>>> friday = datetime(2026, 3, 6, 15)
>>> CALENDAR.add_days(friday, 1)
datetime.datetime(2026, 3, 7, 15, 0)
>>> week = WorkingTime(frozenset(range(5)))
>>> week.add_days(friday, 1, working=True)
datetime.datetime(2026, 3, 9, 15, 0)
>>> week.add_days(datetime(2026, 3, 9, 15), -1, working=True)
datetime.datetime(2026, 3, 6, 15, 0)

>>> office = WorkingTime(hours=(((9, 12), (13, 17.5)),) * 5 + ((), ()))
>>> office.is_open(friday), office.is_open(datetime(2026, 3, 6, 12, 30))
(True, False)
>>> office.next_open(datetime(2026, 3, 6, 17, 30))
datetime.datetime(2026, 3, 9, 9, 0)
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone, tzinfo

MAX_DAYS = 3660  # a calendar without a working day must not loop for ever
DAY = timedelta(days=1)

#: Opening hours of one day: ``(start, end)`` in hours on the wall clock, in order; 8.5 is half past eight.
Hours = tuple[tuple[float, float], ...]

ALL_DAY: Hours = ((0, 24),)


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """Which days are worked, and when on them: a week, less holidays and closures, plus exceptional days.

    A day of which the closures leave nothing is no worked day.
    """

    weekdays: frozenset[int] = frozenset(range(7))  # Monday is 0; all day. Only without ``hours``
    holidays: frozenset[date] = frozenset()
    extra_days: frozenset[date] = frozenset()  # worked whatever the week, the holidays and the closures say
    tz: tzinfo = timezone.utc
    hours: tuple[Hours, ...] = ()  # of the seven days from Monday, or of 14: weeks that alternate as Odoo's do
    extra_hours: Mapping[date, Hours] = field(default_factory=dict)  # of extra days that have others than the usual
    closures: tuple[tuple[datetime, datetime], ...] = ()  # [from, until) in UTC
    absences: tuple[tuple[datetime, datetime], ...] = ()  # as closures, of one person: also on extra days

    def works_on(self, day):
        """Whether this local date is worked, be it for a part of the day."""
        return bool(self._hours_on(day)) and (not self._closures_near(day) or bool(self.spans(day)))

    def is_open(self, moment: datetime):
        """Whether ``moment`` (naive UTC) is within the working hours.

        Where the clock goes back, hours begin at the first reading of their start and last until the last one of
        their end; hours that begin in the gap of a clock going forward begin by so much later.
        """
        return any(start <= moment < end for start, end in self.spans(self._local(moment).date()))

    def next_open(self, moment: datetime):
        """The first moment from ``moment`` on at which it is open.

        :param datetime moment: naive UTC
        :returns: naive UTC, ``moment`` itself when it is open then; ``None`` when it is not within ``MAX_DAYS``

        >>> WorkingTime(frozenset()).next_open(datetime(2026, 3, 6)) is None
        True
        """
        today = self._local(moment).date()
        for walked in range(MAX_DAYS + 1):
            for start, end in self.spans(today + walked * DAY):
                if end > moment:
                    return max(start, moment)
        return None

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
        if not working or not (self._has_worked_weekday or self.extra_days):
            return moment + timedelta(days=days)
        whole, rest = int(days), days - int(days)
        step = 1 if whole >= 0 else -1
        local = self._local(moment)
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
        return _utc(local) + timedelta(days=rest)

    # ── the parts of a day ────────────────────────────────────────────────────────────────────────

    @property
    def _has_worked_weekday(self):
        return any(self.hours) if self.hours else bool(self.weekdays)

    def _hours_on(self, day):
        """The hours of a local date on the wall, before closures; empty when it is off."""
        if day in self.extra_days:
            return self.extra_hours.get(day) or self._usual_hours()
        return () if day in self.holidays else self._hours_of_week(day)

    def _hours_of_week(self, day):
        if not self.hours:
            return ALL_DAY if day.weekday() in self.weekdays else ()
        return self.hours[(day.toordinal() - 1) % len(self.hours)]  # day 1 of the calendar was a Monday

    def _usual_hours(self):
        """Those of most days of the week; of equally many, those of the first."""
        worked = Counter(filter(None, self.hours)).most_common(1)
        return worked[0][0] if worked else ALL_DAY

    def _closures_near(self, day):
        """Closures that may touch a local date, wherever on Earth it is; an exceptional day knows absences only."""
        closures = self.absences if day in self.extra_days else self.closures + self.absences
        if not closures:
            return ()
        noon = datetime.combine(day, time(12))
        return [(start, end) for start, end in closures if start < noon + 2 * DAY and end > noon - 2 * DAY]

    def spans(self, day):
        """When it is open on a local date: ``[(from, until)]`` in naive UTC, in order."""
        midnight = self._instant(day, 24)
        spans = [
            (self._instant(day, start), min(self._instant(day, end, last=end < 24), midnight))
            for start, end in self._hours_on(day)
        ]
        for closed_from, closed_until in self._closures_near(day):
            spans = [
                part
                for start, end in spans
                for part in ((start, min(end, closed_from)), (max(start, closed_until), end))
                if part[0] < part[1]
            ]
        return [(start, end) for start, end in spans if start < end]

    def _instant(self, day, hours, *, last=False):
        """When the wall clock shows ``hours`` on a local date, in naive UTC.

        :param last: where the clock goes back and shows it twice, the second time
        """
        wall = datetime.combine(day, time(), self.tz) + timedelta(minutes=round(hours * 60))
        first = _utc(wall)
        return max(first, _utc(wall.replace(fold=1))) if last else first

    def _local(self, moment):
        return moment.replace(tzinfo=timezone.utc).astimezone(self.tz)


def _utc(local):
    return local.astimezone(timezone.utc).replace(tzinfo=None)


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
