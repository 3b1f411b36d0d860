"""From which day to which, on whose clock.

>>> from datetime import date
>>> from zoneinfo import ZoneInfo
>>> march = Period(date(2026, 3, 1), date(2026, 3, 31), ZoneInfo("Asia/Shanghai"))
>>> str(march.start), str(march.stop)
('2026-02-28 16:00:00', '2026-03-31 16:00:00')

On a day on which clocks change there are 23 or 25 hours:

>>> spring = Period(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Paris"))
>>> str(spring.stop - spring.start)
'23:00:00'
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days ``first`` to ``last``, both included, as they begin and end in the time zone ``tz``."""

    first: date
    last: date
    tz: tzinfo

    @property
    def start(self):
        """The first moment of the period, naive UTC."""
        return self.midnight(self.first)

    @property
    def stop(self):
        """The first moment after the period, naive UTC."""
        return self.midnight(self.last + DAY)

    def midnight(self, day):
        """When this day begins, naive UTC."""
        local = datetime.combine(day, time.min, tzinfo=self.tz)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    def only(self, day):
        """This one day."""
        return Period(day, day, self.tz)

    def days(self, until=None):
        """Its days in order; none after ``until``."""
        last = min(self.last, until) if until else self.last
        return [self.first + n * DAY for n in range((last - self.first).days + 1)]

    @property
    def of_full_hours(self):
        """Whether each of its days begins with a full hour UTC, so that figures by the hour can be added up.

        >>> from zoneinfo import ZoneInfo
        >>> [Period(date(2026, 3, 1), date(2026, 3, 2), ZoneInfo(zone)).of_full_hours
        ...  for zone in ("Asia/Shanghai", "Asia/Kolkata")]
        [True, False]
        """
        return all(self.midnight(day).minute == 0 for day in [*self.days(), self.last + DAY])

    def terms(self, field):
        """The domain ``field`` lies in the period."""
        return ((field, ">=", str(self.start)), (field, "<", str(self.stop)))


def preset(name, today, tz, week_start=1):
    """The period of a preset; ``None`` for an unknown one.

    :param name: ``this_week``, ``this_month``, ``last_30_days``
    :param week_start: day on which weeks begin, 1 (Monday) to 7

    >>> monday = date(2026, 3, 2)
    >>> [str(preset(name, monday, None).first) for name in ("this_week", "this_month", "last_30_days")]
    ['2026-03-02', '2026-03-01', '2026-02-01']
    >>> str(preset("this_week", monday, None, week_start=7).first)
    '2026-03-01'
    """
    if name == "this_week":
        return Period(today - (today.isoweekday() - week_start) % 7 * DAY, today, tz)
    if name == "this_month":
        return Period(today.replace(day=1), today, tz)
    if name == "last_30_days":
        return Period(today - 29 * DAY, today, tz)
    return None
