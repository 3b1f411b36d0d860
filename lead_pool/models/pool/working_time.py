"""When a pool works: its calendar, public holidays and exceptional days, and what it does outside of them."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...rules.distribution import verdict_on_pool
from ...rules.facts import OK, Verdict
from ...rules.working_time import ALL_DAY, MAX_DAYS, WorkingTime


class LeadPoolWorkingTime(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.working.time"
    _description = "Working Time of a Pool"

    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working Hours",
        check_company=True,
        tracking=True,
        help="When this pool works, with its public holidays; read on the pool's clock. Empty: those of the pool's "
        "company; of a pool for all companies, those of the first company in the database.",
    )
    distribute_when = fields.Selection(
        [("always", "At Any Time"), ("working", "In Working Hours Only")],
        "Distribute",
        required=True,
        default="always",
        tracking=True,
        help="In working hours only: what arrives in between waits until the pool opens, and members get leads in "
        "their own working hours only.",
    )
    leave_margin_hours = fields.Integer(
        "Before a Leave",
        help="Hours before a planned leave in which a member gets no new leads by distribution. 0: until it begins.",
    )

    _leave_margin_range = models.Constraint(
        "CHECK (COALESCE(leave_margin_hours, 0) BETWEEN 0 AND 8760)",
        "The hours before a leave are between 0 (none) and 8760 (a year).",
    )

    @api.constrains("distribute_when", "calendar_id", "company_id", "tz")
    def _check_ever_open(self):
        now = self.env["lead.pool"]._now()
        for pool in self.filtered(lambda pool: pool.distribute_when == "working"):
            if pool._working_time().next_open(now) is None:
                raise ValidationError(
                    self.env._(
                        "“%(pool)s” would never distribute: its working hours “%(calendar)s” are empty. Add hours to "
                        "them, choose other ones, or distribute at any time.",
                        pool=pool.name,
                        calendar=pool._calendar().name,
                    )
                )

    def _in_working_hours(self, now):
        """Whether the pool gives out leads at this time of day.

        :param datetime now: naive UTC
        :returns: a ``Verdict``; refused while it is closed, with the moment at which it opens (``None``: never)
        """
        self.ensure_one()
        if self.distribute_when == "always":
            return OK
        opens = self._working_time().next_open(now)
        code = verdict_on_pool(now, opens)
        return Verdict(code, retry_at=opens) if code else OK

    @api.model
    def _calendar_changed(self, company_ids):
        """Have deadlines that count working days computed again.

        :param company_ids: of the companies whose days changed; ``False`` among them: all companies
        """
        domain = ["|", ("reclaim_rule_ids.working", "=", True), ("ageing_rule_ids.working", "=", True)]
        if False not in company_ids:
            domain.append(("company_id", "in", [*company_ids, False]))
        self.sudo().search(domain)._rules_changed()

    # ------------------------------------------------------------
    # CALENDARS
    # ------------------------------------------------------------

    def _calendar(self):
        """The calendar that counts; empty: open day and night, as everywhere in Odoo."""
        return self.sudo().calendar_id or self._company_at_work().resource_calendar_id

    def _company_at_work(self):
        """The company whose exceptional days and public holidays count, and whose calendar where the pool has none:
        the same one whoever acts."""
        return self.sudo().company_id or self.env["res.company"].sudo().search([], order="id", limit=1)

    def _working_time(self):
        """The pool's working days and hours, on its own clock.

        :rtype: rules.working_time.WorkingTime
        """
        self.ensure_one()
        calendar = self._calendar()
        return self._working_times(calendar)[calendar]

    def _working_times(self, calendars):
        """``{calendar: WorkingTime}`` on the pool's clock, the empty calendar included; a query each for all hours,
        public holidays and exceptional days."""
        tz = ZoneInfo(self.tz or "UTC")
        company = self._company_at_work()
        hours = self._hours_of(calendars)
        leaves = (
            self.env["resource.calendar.leaves"]
            .sudo()
            .search_fetch(
                [
                    ("resource_id", "=", False),
                    ("time_type", "=", "leave"),
                    "|",
                    ("calendar_id", "in", calendars.ids),
                    "&",
                    ("calendar_id", "=", False),
                    ("company_id", "in", [company.id, False]),
                ],
                ["calendar_id", "date_from", "date_to"],
            )
        )
        days = self.env["lead.pool.working.day"]._as_facts(company)
        return {
            calendar: WorkingTime(
                tz=tz,
                hours=hours[calendar],
                closures=tuple(
                    self._closure(leave, tz, whole_days=calendar.flexible_hours)
                    for leave in leaves
                    if leave.calendar_id <= calendar
                ),
                **days,
            )
            for calendar in calendars or [calendars]
        }

    def _hours_of(self, calendars):
        """``{calendar: hours}`` of one week or, where weeks alternate, of two.

        Who works flexibly is open all day on the days of his calendar, all days if it names none.
        """
        lines = (
            self.env["resource.calendar.attendance"]
            .sudo()
            .search_fetch(
                [("calendar_id", "in", calendars.ids), ("day_period", "!=", "lunch"), ("display_type", "=", False)],
                ["calendar_id", "dayofweek", "week_type", "hour_from", "hour_to"],
            )
            .grouped("calendar_id")
        )
        hours = {calendars.browse(): (ALL_DAY,) * 7}
        for calendar in calendars:
            days = [[] for _day in range(14 if calendar.two_weeks_calendar else 7)]
            for line in lines.get(calendar, ()):
                if line.hour_from < line.hour_to:
                    second_week = calendar.two_weeks_calendar and line.week_type == "1"
                    days[int(line.dayofweek) + 7 * second_week].append((line.hour_from, line.hour_to))
            if calendar.flexible_hours:
                any_day = not any(days)
                days = [ALL_DAY if any_day or day else () for day in days]
            hours[calendar] = tuple(tuple(sorted(day)) for day in days)
        return hours

    @staticmethod
    def _closure(leave, tz, *, whole_days):
        """``(from, until)`` of a public holiday in UTC; Odoo lets whole days end a second before midnight.

        :param whole_days: where nobody keeps hours, a holiday of some hours is one of the whole day
        """
        start, end = leave.date_from, leave.date_to
        if end.second == 59:
            end += timedelta(seconds=1)
        if whole_days:
            utc = ZoneInfo("UTC")
            first, last = (moment.replace(tzinfo=utc).astimezone(tz).date() for moment in (start, leave.date_to))
            start, end = (
                datetime.combine(day, time(), tz).astimezone(utc).replace(tzinfo=None)
                for day in (first, last + timedelta(days=1))
            )
        return start, end

    # ------------------------------------------------------------
    # MEMBERS
    # ------------------------------------------------------------

    def _read_own_hours(self, members, now):
        """Members whose own working hours are not the pool's are away outside of them, in a pool that keeps hours.

        :param members: ``[Member]`` of this pool; completed in place
        """
        if self.distribute_when == "always":
            return
        closed_until = {}
        for user_id, own in self._own_times([member.user_id for member in members]).items():
            opens = own.next_open(now) or now + timedelta(days=MAX_DAYS)
            if verdict_on_pool(now, opens):
                closed_until[user_id] = opens
        for member in members:
            if opens := closed_until.get(member.user_id):
                member.away_until = max(opens, member.away_until or opens)

    def _own_times(self, user_ids):
        """``{user id: WorkingTime}`` of those of these users whose working hours are not the pool's."""
        resources = (
            self.env["resource.resource"]
            .sudo()
            .search_fetch(
                [
                    ("user_id", "in", user_ids),
                    ("company_id", "in", [self._company_at_work().id, False]),
                    ("calendar_id", "not in", [False, *self._calendar().ids]),
                ],
                ["user_id", "calendar_id", "tz"],
            )
        )
        if not resources:
            return {}
        times = self._working_times(resources.calendar_id)
        own = {}
        for calendar, tz in {(resource.calendar_id, resource.tz) for resource in resources}:
            own[calendar, tz] = replace(times[calendar], tz=ZoneInfo(tz))
        return {resource.user_id.id: own[resource.calendar_id, resource.tz] for resource in resources}
