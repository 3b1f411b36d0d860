"""What a monitor asks every minute: a few figures, each from an index."""

from odoo import models
from odoo.tools import SQL

from ...rules import monitor
from .sentences import WARNINGS

MOST = 1000  # of a queue that are counted: more is as bad

#: What waits, and what was given up: ``(name, table, condition)``; each has an index.
QUEUES = (
    ("intake", "lead_pool_received", "state IN ('received', 'failed')"),
    ("robots", "lead_pool_robot_message", "state = 'waiting'"),
    ("webhooks", "lead_pool_webhook_delivery", "state = 'waiting'"),
    ("jobs", "lead_pool_job", "state IN ('waiting', 'running')"),
)
DEAD = (
    ("intake", "lead_pool_received", "state = 'dead'"),
    ("robots", "lead_pool_robot_message", "state = 'failed'"),
    ("webhooks", "lead_pool_webhook_delivery", "state = 'dead'"),
)


class LeadPoolHealthMonitor(models.AbstractModel):
    _name = "lead.pool.health.monitor"
    _description = "Health: For Monitors"

    def _monitored(self):
        """State and figures, nothing of a person.

        :returns: ``{'state', 'checked_at', 'stopped', 'problems', 'overdue_reclaim_seconds', 'late_crons_seconds',
            'queues', 'dead_letters'}``; ``state`` is ok, warning or error
        """
        this = self.sudo()
        codes = sorted({code for code, _values in this._check_quickly()})
        stopped = this._stopped()
        levels = ["warning" if code in WARNINGS else "error" for code in codes]
        return {
            "state": monitor.state_of([*levels, *(["warning"] if stopped else [])]),
            "checked_at": this._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "stopped": stopped,
            "problems": codes,
            "overdue_reclaim_seconds": 0 if stopped else this._overdue_reclaim(),
            "late_crons_seconds": this._late_crons(),
            "queues": this._lengths(QUEUES),
            "dead_letters": this._lengths(DEAD),
        }

    def _overdue_reclaim(self):
        """How long the lead that should have gone back first is still held; 0: none."""
        now = self._now()
        rows = self.env.execute_query(
            SQL(
                """SELECT e.reclaim_at FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id
                    WHERE e.state = 'held' AND e.reclaim_at <= %s AND e.locked IS NOT TRUE AND p.mode = 'active'
                    ORDER BY e.reclaim_at, e.id LIMIT 1""",
                now,
            )
        )
        return int((now - rows[0][0]).total_seconds()) if rows else 0

    def _late_crons(self):
        """``{name: seconds}`` of our scheduled actions, by how much the next call is late."""
        rows = self.env.execute_query(
            SQL(
                """SELECT d.name, GREATEST(0, extract(epoch FROM %s - c.nextcall))::int
                     FROM ir_model_data d JOIN ir_cron c ON c.id = d.res_id
                    WHERE d.model = 'ir.cron' AND d.module LIKE 'lead\\_pool%%' AND c.active ORDER BY d.name""",
                self._now(),
            )
        )
        return dict(rows)

    def _lengths(self, queues):
        """``{name: number}``, at most :data:`MOST` each."""
        counts = SQL(", ").join(
            SQL("(SELECT count(*) FROM (SELECT FROM %s WHERE %s LIMIT %s) q)", SQL.identifier(table), SQL(where), MOST)
            for _name, table, where in queues
        )
        [row] = self.env.execute_query(SQL("SELECT %s", counts))
        return dict(zip([name for name, _table, _where in queues], row, strict=True))
