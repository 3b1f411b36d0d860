from odoo import fields, models
from odoo.tools import SQL

from ...rules import feed


class LeadPoolSettledMixin(models.AbstractModel):
    """A mark, one row, of who goes through the events in the order of their numbers and passes none over: see
    :mod:`rules.feed`."""

    _name = "lead.pool.settled.mixin"
    _description = "Mark in the Events"
    _log_access = False

    settled_to = fields.Integer(required=True, readonly=True, aggregator=None)
    next_to = fields.Integer(required=True, readonly=True, aggregator=None)
    waits_for = fields.Json(readonly=True, help="Transactions that may still write events up to the next number.")

    def _kept(self):
        return feed.Mark(self.settled_to, self.next_to, tuple(self.waits_for or ()))

    def _moved(self):
        """Where the mark is now; nothing is written.

        :returns: ``(last event seen, rules.feed.Mark)``
        """
        # in this order: who is given a number below the last one seen writes already when it is seen
        [(last,)] = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM lead_pool_event"))
        return last, feed.moved(self._kept(), last, self._writers())

    def _keep(self, mark):
        """Write the :class:`rules.feed.Mark` down, if it is another one."""
        if mark != self._kept():
            self.write({"settled_to": mark.settled_to, "next_to": mark.next_to, "waits_for": list(mark.waits_for)})
            self.flush_recordset()

    def _writers(self):
        """The transactions of others that write events at this moment."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT virtualtransaction FROM pg_locks
                    WHERE locktype = 'relation' AND relation = 'lead_pool_event'::regclass
                      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                      AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()"""
            )
        )
        return sorted(writer for (writer,) in rows)
