"""The one clock, and when days and hours of a pool begin on its own."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from odoo import api, fields, models, modules
from odoo.tools import SQL

from odoo.addons.base.models.res_partner import _tz_get

from ...rules.working_time import windows


class LeadPoolClock:
    """A clock for code that lives in the past (demo data). An object, so that no RPC client can send one."""

    def __init__(self, now):
        self.now = now


class LeadPoolOfClock(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.clock"
    _description = "Clock of a Pool"

    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        required=True,
        default=lambda self: self._default_tz(),
        help="Days and hours of the limits are counted on this clock.",
    )

    @api.model
    def _now(self, moment=None):
        """The one clock, naive UTC to the second: the database's; Python's in tests, so that they can freeze it.

        :param moment: by the database's clock, of a statement that has just run; else it is asked
        """
        clock = self.env.context.get("lead_pool_clock")
        if isinstance(clock, LeadPoolClock):
            return clock.now
        if modules.module.current_test:
            return fields.Datetime.now()
        if moment:
            return moment
        [[now]] = self.env.execute_query(SQL("SELECT date_trunc('second', clock_timestamp() AT TIME ZONE 'UTC')"))
        return now

    @api.model
    def _default_tz(self):
        """The company's clock. Odoo gives it that of UTC when nobody has signed in yet: then the caller's own."""
        zones = (self.env.company.sudo().resource_calendar_id.tz, self.env.user.tz)
        return next((tz for tz in zones if tz and tz != "UTC"), "UTC")

    def _windows(self, now: datetime):
        """The pool's present day and hour: ``(day, hour, next_day_utc, next_hour_utc)``."""
        self.ensure_one()
        return windows(now, ZoneInfo(self.tz or "UTC"))

    def _day_begins(self, day):
        """When this date begins on the pool's clock, in UTC."""
        self.ensure_one()
        midnight = datetime.combine(day, time(), ZoneInfo(self.tz or "UTC"))
        return midnight.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)

    @api.model
    def _today_of(self, user, now=None):
        """The date on the user's clock."""
        return (now or self._now()).replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(user.tz or "UTC")).date()

    def _date_in(self, now, days):
        """The date in so many days (working days of the pool's calendar), on the pool's clock."""
        self.ensure_one()
        then = self._working_time().add_days(now, days, working=True)
        return then.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(self.tz or "UTC")).date()
