"""Living through days that are over: the verbs at work under a moved clock, and what they made dated by it."""

from datetime import timedelta

from odoo.tools import SQL

from ..pool.clock import LeadPoolClock

#: Columns that Odoo fills with the real time: what is newer than the history's start gets the history's time.
DATED = {
    "crm_lead": ("create_date", "write_date", "date_open", "date_closed", "date_conversion", "date_last_stage_update"),
    "lead_follow_up": ("create_date", "write_date"),
    "lead_pool_policy": ("create_date", "write_date"),
    "mail_message": ("date", "create_date", "write_date"),
    "mail_activity": ("create_date", "write_date"),
    "res_partner": ("create_date", "write_date"),
    "sale_order": ("create_date", "write_date", "date_order"),
    "lead_pool_import": ("create_date", "write_date"),
    "lead_pool_intake": ("create_date", "write_date"),
    "lead_pool_handover": ("create_date", "write_date"),
    "lead_pool_duplicate": ("create_date", "write_date"),
    "lead_pool_job": ("create_date", "write_date"),
}


class Past:
    """A moved clock, and what was there before it began to run."""

    def __init__(self, env, days, tables=tuple(DATED)):
        """
        :param int days: how long ago the clock stands at first
        :param tables: of :data:`DATED`, in which something happens
        """
        self.real_now = env["lead.pool"]._now()
        self.clock = LeadPoolClock(self.real_now - timedelta(days=days))
        self.env = env(context={**env.context, "lead_pool_clock": self.clock, "mail_notify_force_send": False})
        self.first_ids = {table: self._max_id(table) for table in tables}

    def _max_id(self, table):
        [[top]] = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table)))
        return top

    def _date_what_is_new(self):
        """Whatever has the real time on it since the last look gets the clock's."""
        self.env.flush_all()
        began = self.env.cr.now()  # of the transaction: what the ORM writes as create_date
        for table, first_id in self.first_ids.items():
            columns = DATED[table]
            setting = SQL(", ").join(
                SQL(
                    "%s = CASE WHEN %s >= %s THEN %s ELSE %s END",
                    SQL.identifier(column),
                    SQL.identifier(column),
                    began,
                    self.clock.now,
                    SQL.identifier(column),
                )
                for column in columns
            )
            newest = SQL("GREATEST(%s)", SQL(", ").join(map(SQL.identifier, columns)))
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET %s WHERE id > %s AND %s >= %s",
                    SQL.identifier(table),
                    setting,
                    first_id,
                    newest,
                    began,
                )
            )
            if self.env.cr.rowcount:
                self.env[table.replace("_", ".")].invalidate_model(columns, flush=False)
