import logging
from datetime import timedelta

from psycopg2.errors import LockNotAvailable

from odoo import SUPERUSER_ID, api, fields, models
from odoo.sql_db import Cursor
from odoo.tools import SQL

from ..isolation import read_committed
from ..logs import log_failure
from ..rules import reading

_logger = logging.getLogger(__name__)

KEEP_DAYS = 90
PATIENCE = "3s"  # of whoever reads, for other requests of his own that are at the same row
REST_SECONDS = 60  # after the log could not be written
DEFAULTS = {"reads_an_hour": 500, "export_limit": 0}
MEMORY = reading.Memory()


class LeadPoolReading(models.Model):
    """How many leads somebody read in an hour, and by which way: a row for each user and hour, exact.

    Of a lead nothing is kept but its number, and that only until his next hour, or the night.
    """

    _name = "lead.pool.reading"
    _description = "Leads Read"
    _log_access = False
    _order = "hour desc, lead_count desc, id desc"
    _rec_name = "user_id"

    user_id = fields.Many2one("res.users", "User", required=True, readonly=True, ondelete="cascade")
    hour = fields.Datetime(required=True, readonly=True, index=True, help="When the hour begins.")
    lead_count = fields.Integer("Leads", readonly=True, help="Different leads, however often and by whichever way.")
    screen_count = fields.Integer("On Screens", readonly=True, help="In lists, boards and forms.")
    program_count = fields.Integer("By Programs", readonly=True, help="Over JSON-2, XML-RPC or JSON-RPC.")
    export_count = fields.Integer("Exported", readonly=True, help="Into files.")
    print_count = fields.Integer("Printed", readonly=True, help="In reports such as the lead sheet.")
    refs = fields.Json(groups=fields.NO_ACCESS, help="{way: [lead]} of his last hour; emptied in the night.")
    told_on = fields.Date("Managers Told", readonly=True, help="They are told once a day of each user.")

    _reading_uniq = models.UniqueIndex("(user_id, hour)")
    _told_idx = models.Index("(user_id, told_on) WHERE told_on IS NOT NULL")

    @api.model
    def _setting(self, name):
        """A number of the settings; 0: no limit."""
        value = self.env["ir.config_parameter"].sudo().get_param(f"lead_pool.{name}", str(DEFAULTS[name]))
        return int(value) if value.isdecimal() else DEFAULTS[name]

    # ------------------------------------------------------------
    # AFTER THE REQUEST
    # ------------------------------------------------------------

    @classmethod
    def _tell_log(cls, registry, noted):
        """Add what a request read to the log, in a transaction of its own on the primary database; whatever fails, the
        request goes on, and the next one of this process tells it.

        :param noted: ``{user id: {way: {lead}}}``
        """
        now = fields.Datetime.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        for user_id, seen in noted.items():
            user = registry.db_name, user_id
            leads = MEMORY.untold(user, seen, hour)
            if not leads or MEMORY.rests(now):
                continue
            try:
                for step in ("_keep", "_tell_managers"):
                    with registry.cursor() as cr:
                        read_committed(cr)
                        if isinstance(cr, Cursor):
                            # waits neither long for a lock nor for the disk: a crash may forget the last pages
                            cr.execute(SQL("SET LOCAL lock_timeout = %s; SET LOCAL synchronous_commit = off", PATIENCE))
                        if not getattr(api.Environment(cr, SUPERUSER_ID, {})[cls._name], step)(user_id, leads):
                            break
                MEMORY.told(user, leads, hour)
            except LockNotAvailable:  # he reads in many windows at once: his next page of this process tells it
                continue
            except Exception as error:  # a read is never refused for want of the log
                MEMORY.rest(now + timedelta(seconds=REST_SECONDS))
                log_failure(_logger, logging.WARNING, "The log of leads read could not be written", error=error)

    @api.model
    def _keep(self, user_id, seen):
        """Add these leads to the user's present hour.

        :param seen: ``{way: {lead}}``
        :returns: whether managers are to be told, as far as one can know before asking whether they were
        """
        limit = self._setting("reads_an_hour")
        if not limit:
            return False
        self.env.cr.execute(
            SQL(
                """INSERT INTO lead_pool_reading (user_id, hour) VALUES (%s, date_trunc('hour', %s::timestamp))
                   ON CONFLICT (user_id, hour) DO UPDATE SET user_id = EXCLUDED.user_id RETURNING id""",
                user_id,
                self.env["lead.pool"]._now(),
            ),
            log_exceptions=False,  # here one waits for the others
        )
        [row_id] = self.env.cr.fetchone()
        row = self.browse(row_id)
        self.env.cr.execute(
            SQL(
                "UPDATE lead_pool_reading SET refs = NULL WHERE user_id = %s AND refs IS NOT NULL AND id <> %s",
                user_id,
                row_id,
            )
        )
        self.invalidate_model()
        refs, counts, total = reading.merged(row.refs, seen)
        row.write({"refs": refs, "lead_count": total, **{f"{way}_count": count for way, count in counts.items()}})
        return total > limit

    # ------------------------------------------------------------
    # MANAGERS
    # ------------------------------------------------------------

    @api.model
    def _tell_managers(self, user_id, _leads):
        """Tell the managers who share a company with the user that he reads very many leads; once a day."""
        row = self.search([("user_id", "=", user_id)], limit=1)
        user = row.user_id
        today = user.company_id._lead_pool_windows(self.env["lead.pool"]._now())[0]
        told = self.env.execute_query(
            SQL(
                """UPDATE lead_pool_reading r SET told_on = %(today)s
                    WHERE id = %(row)s AND told_on IS DISTINCT FROM %(today)s
                      AND NOT EXISTS (SELECT FROM lead_pool_reading o
                                       WHERE o.user_id = r.user_id AND o.told_on = %(today)s)
                RETURNING id""",
                today=today,
                row=row.id,
            )
        )
        if not told:  # by an earlier request, or by another process at this moment
            return
        for manager in self._managers_of(user):
            env = self.env["lead.pool.entry"]._env_of(manager)
            subject, lines = row.with_env(env)._words()
            env["lead.pool.notice"]._tell("mass_read", manager, subject, lines, about=row)

    def _managers_of(self, user):
        """Who is told: other managers of all pools; where there is none, the administrators."""
        for group in ("lead_pool.group_manager", "base.group_system"):
            told = self.env.ref(group).all_user_ids.filtered(
                lambda one: one.active and one != user and one.company_ids & user.company_ids
            )
            if told:
                return told
        return self.env["res.users"]

    def _words(self):
        """:returns: ``(subject, [line])``"""
        _ = self.env._
        return _("%(user)s has read %(count)s leads in an hour", user=self.user_id.name, count=self.lead_count), [
            _(
                "On screens %(screen)s, by programs %(program)s, exported %(export)s, printed %(print)s: more than the "
                "%(limit)s of which you want to be told.",
                **{way: self[f"{way}_count"] for way in reading.WAYS},
                limit=self._setting("reads_an_hour"),
            ),
            _("Nothing was refused. Lead Pool ▸ History ▸ Leads Read shows each hour."),
        ]

    @api.autovacuum
    def _gc_readings(self):
        """Old rows; and of hours that are over, the numbers of the leads."""
        limit, now = 10_000, self.env["lead.pool"]._now()
        self.env.cr.execute(
            SQL(
                "UPDATE lead_pool_reading SET refs = NULL WHERE refs IS NOT NULL AND hour <= %s",
                now - timedelta(hours=1),
            )
        )
        self.invalidate_model()
        old = self.search([("hour", "<", now - timedelta(days=KEEP_DAYS))], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
