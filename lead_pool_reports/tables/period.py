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

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone, tzinfo

DAY = timedelta(days=1)
#: The names of the presets, in the order in which they are offered; ``custom`` names its days.
PRESETS = (
    "today",
    "this_week",
    "last_week",
    "this_month",
    "last_month",
    "this_quarter",
    "last_quarter",
    "this_year",
    "last_7_days",
    "last_30_days",
    "last_90_days",
)
#: What a period can be compared with.
COMPARISONS = ("previous", "last_year")


@dataclass(frozen=True, slots=True)
class Period:
    """Days ``first`` to ``last``, both included, as they begin and end in the time zone ``tz``.

    :param months: it is a part, up to today, of so many months of the calendar; 0: of a week, or of nothing
    :param span: number of days from its beginning to that of the next one of its kind; 0: as many as it has
    :param until_now: its last day is today or later, so nothing has happened after it
    """

    first: date
    last: date
    tz: tzinfo
    months: int = 0
    span: int = 0
    until_now: bool = False

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
    def quarters(self):
        """Its whole quarters of the calendar and the days around them: ``[(quarter or day, first day, last day)]``;
        the quarter of today is a whole one.

        >>> for span in Period(date(2025, 12, 30), date(2026, 8, 2), None).quarters:
        ...     print(*span)
        day 2025-12-30 2025-12-31
        quarter 2026-01-01 2026-06-30
        day 2026-07-01 2026-08-02
        >>> [span for span, _first, _last in Period(date(2026, 1, 2), date(2026, 6, 29), None).quarters]
        ['day']
        >>> for span in Period(date(2026, 2, 1), date(2026, 4, 2), None, until_now=True).quarters:
        ...     print(*span)
        day 2026-02-01 2026-03-31
        quarter 2026-04-01 2026-06-30
        """
        return self._spans("quarter", 3)

    @property
    def years(self):
        """Its whole years, the whole months around them, and the days around these; those of today are whole ones.

        >>> for span in Period(date(2024, 11, 30), date(2026, 2, 2), None).years:
        ...     print(*span)
        day 2024-11-30 2024-11-30
        month 2024-12-01 2024-12-31
        year 2025-01-01 2025-12-31
        month 2026-01-01 2026-01-31
        day 2026-02-01 2026-02-02
        >>> for span in Period(date(2025, 12, 30), date(2026, 2, 2), None, until_now=True).years:
        ...     print(*span)
        day 2025-12-30 2025-12-31
        year 2026-01-01 2026-12-31
        >>> for span in Period(date(2026, 1, 30), date(2026, 4, 2), None).years:
        ...     print(*span)
        day 2026-01-30 2026-01-31
        month 2026-02-01 2026-03-31
        day 2026-04-01 2026-04-02
        >>> [span for span, _first, _last in Period(date(2026, 1, 2), date(2026, 1, 31), None).years]
        ['day']
        >>> [span for span, _first, _last in Period(date(2026, 1, 1), date(9999, 12, 31), None).years]
        ['year']
        """
        return [
            part
            for span, first, last in self._spans("year", 12)
            for part in (
                replace(self, first=first, last=last, until_now=self.until_now and last >= self.last)._spans("month", 1)
                if span == "day"
                else [(span, first, last)]
            )
        ]

    def _spans(self, name, months):
        begins = beginning(self.first, months)
        if begins < self.first:
            begins = _month(begins, months)
        after = beginning(self.last, months)  # what has begun on the last day
        month = after.month + months - 1
        end = after.replace(month=month, day=monthrange(after.year, month)[1])
        ends = end if self.until_now or self.last == end else after - DAY
        if begins > ends:
            return [("day", self.first, self.last)]
        spans = [(name, begins, ends)]
        if self.first < begins:
            spans.insert(0, ("day", self.first, begins - DAY))
        if ends < self.last:
            spans.append(("day", after, self.last))
        return spans

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

    def previous(self):
        """The period before it: of whole months as many months, of a month up to today the same days of the last one;
        of anything else as many days.

        >>> def before(*args, **kinds):
        ...     period = Period(*(date.fromisoformat(day) for day in args), None, **kinds).previous()
        ...     return str(period.first), str(period.last)
        >>> before("2026-03-10", "2026-03-12")
        ('2026-03-07', '2026-03-09')
        >>> before("2026-03-01", "2026-03-31")
        ('2026-02-01', '2026-02-28')
        >>> before("2026-01-01", "2026-03-31")
        ('2025-10-01', '2025-12-31')
        >>> before("2026-03-01", "2026-03-30", months=1)
        ('2026-02-01', '2026-02-28')
        >>> before("2026-03-09", "2026-03-10", span=7)  # Monday and Tuesday of a week
        ('2026-03-02', '2026-03-03')
        """
        months = self.months or self._whole_months
        if months:
            return self._months_ago(months)
        days = (self.span or (self.last - self.first).days + 1) * DAY
        return Period(self.first - days, self.last - days, self.tz)

    def last_year(self):
        """The same days a year ago.

        >>> leap = Period(date(2028, 2, 1), date(2028, 2, 29), None).last_year()
        >>> str(leap.first), str(leap.last)
        ('2027-02-01', '2027-02-28')
        """
        return self._months_ago(12)

    @property
    def _whole_months(self):
        """How many whole months of the calendar it is; 0: it is something else."""
        if self.first.day != 1 or (self.last + DAY).day != 1:
            return 0
        return (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1

    def _months_ago(self, months):
        last = _month(self.last, -months)
        if self._whole_months:
            last = last.replace(day=monthrange(last.year, last.month)[1])
        return Period(_month(self.first, -months), last, self.tz)


def beginning(day, months):
    """The first day of the month, of the quarter (3 months) or of the year in which this day lies.

    >>> [str(beginning(date(2026, 6, 30), months)) for months in (1, 3, 12)]
    ['2026-06-01', '2026-04-01', '2026-01-01']
    """
    return day.replace(month=(day.month - 1) // months * months + 1, day=1)


def _month(day, months):
    """The same day so many months later, or the last one of a shorter month.

    >>> str(_month(date(2026, 1, 31), 1)), str(_month(date(2026, 1, 31), -2))
    ('2026-02-28', '2025-11-30')
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = number // 12, number % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def preset(name, today, tz, week_start=1):
    """The period of a preset; ``None`` for an unknown one. What is called *this* ends today.

    :param name: one of :data:`PRESETS`
    :param week_start: day on which weeks begin, 1 (Monday) to 7

    >>> monday = date(2026, 3, 2)
    >>> for name in PRESETS:
    ...     period = preset(name, monday, None)
    ...     print(name, period.first, period.last)
    today 2026-03-02 2026-03-02
    this_week 2026-03-02 2026-03-02
    last_week 2026-02-23 2026-03-01
    this_month 2026-03-01 2026-03-02
    last_month 2026-02-01 2026-02-28
    this_quarter 2026-01-01 2026-03-02
    last_quarter 2025-10-01 2025-12-31
    this_year 2026-01-01 2026-03-02
    last_7_days 2026-02-24 2026-03-02
    last_30_days 2026-02-01 2026-03-02
    last_90_days 2025-12-03 2026-03-02
    >>> str(preset("this_week", monday, None, week_start=7).first)
    '2026-03-01'
    """
    week = today - (today.isoweekday() - week_start) % 7 * DAY
    month = today.replace(day=1)
    quarter = beginning(today, 3)
    periods = {
        "today": Period(today, today, tz),
        "this_week": Period(week, today, tz, span=7),
        "last_week": Period(week - 7 * DAY, week - DAY, tz),
        "this_month": Period(month, today, tz, months=1),
        "last_month": Period(_month(month, -1), month - DAY, tz),
        "this_quarter": Period(quarter, today, tz, months=3),
        "last_quarter": Period(_month(quarter, -3), quarter - DAY, tz),
        "this_year": Period(month.replace(month=1), today, tz, months=12),
    }
    for days in (7, 30, 90):
        periods[f"last_{days}_days"] = Period(today - (days - 1) * DAY, today, tz)
    return periods.get(name)
