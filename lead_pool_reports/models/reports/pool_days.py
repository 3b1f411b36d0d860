"""The days of pools as tables that SQL can join: when each is open, and until when a rep has to be in touch."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ...tables.arrival_heat import SLOT, SLOTS

DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1)
NO_CLOCK = -1  # of a pool that is gone


@dataclass(frozen=True, slots=True)
class Promise:
    """Within what time a rep follows up a lead that he received.

    :param working: days are those on which the pool works
    :param until_evening: the last day counts until it ends
    """

    days: float
    working: bool = False
    until_evening: bool = False


def due(received, day):
    """The moment until which a lead that was received at this moment of this day has to be followed up."""
    return SQL("COALESCE(%(day)s.due, %(moment)s + %(day)s.wait)", moment=received, day=day)


def is_open(moment, day, spans):
    """Whether the pool works at this moment of this day, which has at most so many spans of working hours."""
    return SQL(
        "(%s)",
        SQL(" OR ").join(
            SQL(
                "COALESCE(%(moment)s >= %(day)s.bounds[%(i)s] AND %(moment)s < %(day)s.bounds[%(i)s + 1], FALSE)",
                moment=moment,
                day=day,
                i=2 * number + 1,
            )
            for number in range(max(spans, 1))
        ),
    )


def worked_until(moment, day, spans):
    """The seconds that the pool has worked until this moment of this day, from some day on."""
    return SQL(
        "(%s.worked%s)",
        day,
        SQL("").join(
            SQL(
                """ + COALESCE(GREATEST(extract(
                       epoch FROM LEAST(%(moment)s, %(day)s.bounds[%(i)s + 1]) - %(day)s.bounds[%(i)s]), 0), 0)""",
                moment=moment,
                day=day,
                i=2 * number + 1,
            )
            for number in range(spans)
        ),
    )


def join_day(moment, day):
    """``LEFT JOIN`` of ``day``, the day of this moment on the pool's ``clock``.

    Its number is found first, so that what is joined does not carry the midnights with it.
    """
    return SQL(
        """LEFT JOIN LATERAL (SELECT width_bucket(%(moment)s, clock.midnights) AS number OFFSET 0) %(found)s ON TRUE
           LEFT JOIN day %(day)s ON %(day)s.clock = clock.number AND %(day)s.number = %(found)s.number""",
        moment=moment,
        day=SQL.identifier(day),
        found=SQL.identifier(f"number_of_{day}"),
    )


class LeadPoolReportPoolDays(models.AbstractModel):
    """The pools' working time and promises, for reports that measure by them."""

    _name = "lead.pool.report.pool.days"
    _description = "Report: Days of Pools"

    def _pools_at_work(self):
        """The pools of the reader's companies, archived ones included."""
        pools = self.env["lead.pool"].sudo().with_context(active_test=False)
        return pools.search([("company_id", "in", [*self.env.companies.ids, False])])

    def _promises(self):
        """``{pool: Promise}`` of the pools that have one, as they are set up now."""
        found = {}
        for pool in self._pools_at_work():
            if pool.first_contact_days:
                found[pool] = Promise(pool.first_contact_days, working=True, until_evening=True)
                continue
            rules = pool.reclaim_rule_ids.filtered(lambda rule: rule.active and rule._lead_domain().is_true())
            for rule in rules.sorted()[:1]:
                terms = [days for days in (rule.no_first_touch_days, rule.no_follow_up_days) if days]
                if terms and rule.match == "any":
                    found[pool] = Promise(min(terms), working=rule.working)
        return found

    def _days_of_pools(self, first, last):
        """Two tables as common table expressions: ``clock`` (pool_id, number, midnights: when its days begin) and
        ``day`` (clock, number: from 1 on, worked seconds before it, bounds of its hours, due, wait).

        :param first: date; ``last``: date, both included
        :returns: ``(SQL, the most spans of working hours that a day has)``
        """
        promises = self._promises()
        times, clocks, days = {}, {}, []
        for pool in self._pools_at_work():
            place = (pool.tz, pool._company_at_work(), pool._calendar())
            if place not in times:
                times[place] = pool._working_time()
            clocks.setdefault((place, promises.get(pool)), []).append(pool)
        midnights = []
        for number, (place, promise) in enumerate(clocks):
            days += _days(number, times[place], promise, first, last)
            begins = (_moment(times[place], first + n * DAY) for n in range((last - first).days + 2))
            midnights.append(SQL("(%s, %s::timestamp[])", number, list(begins)))
        columns = list(zip(*days, strict=True)) or [()] * 6
        kinds = ("int", "int", "float8", "text", "timestamp", "interval")
        mapped = [(pool.id, number) for number, some in enumerate(clocks.values()) for pool in some]
        spans = max((bounds.count('"') // 4 for _clock, _day, _worked, bounds, *_promised in days), default=0)
        return SQL(
            """
            clock AS MATERIALIZED (
                SELECT c.pool_id, c.number, m.midnights
                  FROM unnest(%s::int[], %s::int[]) AS c(pool_id, number)
                  JOIN (VALUES %s) m(number, midnights) ON m.number = c.number
            ), day AS MATERIALIZED (
                SELECT clock, number, worked, bounds::timestamp[] AS bounds, due, wait
                  FROM unnest(%s) AS d(clock, number, worked, bounds, due, wait)
            )
            """,
            *(list(column) for column in (zip(*mapped, strict=True) if mapped else [()] * 2)),
            SQL(", ").join(midnights or [SQL("(0, NULL::timestamp[])")]),
            SQL(", ").join(
                SQL("%s::%s[]", list(column), SQL(kind)) for column, kind in zip(columns, kinds, strict=True)
            ),
        ), spans

    def _meanings_of_slots(self, period, first, last):
        """What the half hours of days in UTC mean.

        :param first: date in UTC; ``last``: date, both included
        :returns: ``({pool id: number of its clock}, [(clock, day, number of its kind)], [kind])``; a kind is for each
            half hour ``(weekday, hour, whether the pool is open)`` on the reader's clock, or ``None`` outside of the
            period. ``None``: somewhere a half hour does not mean one thing
        """
        clocks = {}
        for pool in self._pools_at_work():
            clocks.setdefault((pool.tz, pool._company_at_work(), pool._calendar()), []).append(pool)
        opened = {
            number: _open_slots(some[0]._working_time(), first, last) for number, some in enumerate(clocks.values())
        }
        opened[NO_CLOCK] = {}
        hours = [_hours_of_slots(period, first + n * DAY) for n in range((last - first).days + 1)]
        if None in opened.values() or None in hours:
            return None
        days, numbers = [], {}
        for clock, masks in opened.items():
            for offset, meant in enumerate(hours):
                day = first + offset * DAY
                days.append((clock, day, numbers.setdefault((meant, masks.get(day, 0)), len(numbers))))
        kinds = [[hour and (*hour, mask >> slot & 1) for slot, hour in enumerate(meant)] for meant, mask in numbers]
        return {pool.id: number for number, some in enumerate(clocks.values()) for pool in some}, days, kinds

    def _terms_of_days(self, asked):
        """Within how many days what was received on a day of the period has to be followed up, where this is the same
        in all pools and lasts until an evening on the reader's clock.

        :returns: ``{day: (days, whether they are over)}``, empty if no pool has a promise; ``None``: it is not so
        """
        promises, pools = self._promises(), self._pools_at_work()
        if not promises:
            return {}
        if len({(pool.tz, pool._company_at_work(), pool._calendar(), promises.get(pool)) for pool in pools}) > 1:
            return None
        times, promise = pools[0]._working_time(), promises[pools[0]]
        if not promise.until_evening or str(asked.period.tz) != pools[0].tz:
            return None
        now, terms = self.env["lead.pool"]._now(), {}
        first = self._first_day_on_record(asked.period.first)
        for day in (first + n * DAY for n in range((min(asked.period.last, asked.today) - first).days + 1)):
            due, _wait = _promised(times, promise, day)
            last = due.replace(tzinfo=timezone.utc).astimezone(times.tz).date()
            terms[day] = (last - day).days, due <= now
        return terms

    def _first_day_on_record(self, day):
        """The later one of this date and the day before the very first event; the day of today if there is none."""
        [[first]] = self.env.execute_query(SQL("SELECT min(date)::date - 1 FROM lead_pool_event"))
        return max(day, first or self.env["lead.pool"]._now().date())


def _slot(moment):
    """The number of the half hour that begins at this moment, naive UTC; ``None``: none begins then."""
    number, rest = divmod(moment - EPOCH, timedelta(seconds=SLOT))
    return None if rest else number


def _open_slots(times, first, last):
    """``{day in UTC: its half hours as bits}`` while it is open; ``None``: it opens or closes within one."""
    opened = defaultdict(int)
    for day in (first + n * DAY for n in range(-1, (last - first).days + 2)):
        for span in times.spans(day):
            start, stop = map(_slot, span)
            if start is None or stop is None:
                return None
            while start < stop:
                number, slot = divmod(start, len(SLOTS))
                until = min(stop, start - slot + len(SLOTS))
                opened[EPOCH.date() + number * DAY] |= ((1 << until - start) - 1) << slot
                start = until
    return opened


def _hours_of_slots(period, day):
    """``(weekday, hour)`` on the reader's clock of each half hour of a day in UTC, ``None`` outside of the period, as a
    tuple; ``None``: an hour begins within one, or the period does."""
    begins = datetime.combine(day, time())
    ends = begins + DAY
    if period.start <= begins and ends <= period.stop:
        offsets = {moment.replace(tzinfo=timezone.utc).astimezone(period.tz).utcoffset() for moment in (begins, ends)}
        if len(offsets) == 1:
            return _local_hours(day.isoweekday(), offsets.pop())
    meant = []
    for slot in range(len(SLOTS)):
        moment = begins + slot * timedelta(seconds=SLOT)
        local = moment.replace(tzinfo=timezone.utc).astimezone(period.tz)
        meant.append((local.isoweekday(), local.hour) if period.start <= moment < period.stop else None)
        if local.minute % 30 or local.second:
            return None
    return tuple(meant)


@lru_cache
def _local_hours(weekday, offset):
    """The same for a whole day on which clocks do not change, by their offset from UTC."""
    begins = datetime(2024, 1, weekday) + offset  # a Monday is the first one
    if (begins - EPOCH) % timedelta(seconds=SLOT):
        return None
    moments = (begins + slot * timedelta(seconds=SLOT) for slot in range(len(SLOTS)))
    return tuple((moment.isoweekday(), moment.hour) for moment in moments)


def _days(number, times, promise, first, last):
    """Rows of the table ``day`` for one clock and promise."""
    worked = 0.0
    for offset in range((last - first).days + 1):
        day = first + offset * DAY
        spans = times.spans(day)
        bounds = "{" + ",".join(f'"{moment}"' for span in spans for moment in span) + "}"
        yield (number, offset + 1, worked, bounds, *_promised(times, promise, day))
        worked += sum((end - start).total_seconds() for start, end in spans)


def _moment(times, day, hour=0):
    """When it is this hour of this day there, naive UTC."""
    return datetime.combine(day, time(hour), times.tz).astimezone(timezone.utc).replace(tzinfo=None)


def _promised(times, promise, day):
    """``(due, wait)`` for what is received on this day: the moment until which to follow it up, the same whenever it
    came; or how long after it came."""
    if promise is None:
        return None, None
    if promise.until_evening:
        then = times.add_days(_moment(times, day, 12), promise.days, working=True)
        last = then.replace(tzinfo=timezone.utc).astimezone(times.tz).date()
        return _moment(times, last + DAY), None
    if not promise.working:
        return None, timedelta(days=promise.days)
    if times.works_on(day):
        return None, times.add_days(_moment(times, day), promise.days, working=True) - _moment(times, day)
    return times.add_days(_moment(times, day, 12), promise.days, working=True), None
