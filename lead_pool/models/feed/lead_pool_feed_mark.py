from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ...isolation import sees_what_is_committed


class LeadPoolFeedMark(models.Model):
    """Up to which event the feed and the webhooks read; one row, which every reader moves on."""

    _name = "lead.pool.feed.mark"
    _inherit = "lead.pool.settled.mixin"
    _description = "Mark of the Event Feed"
    _log_access = False

    def init(self):
        self.env.cr.execute(
            """INSERT INTO lead_pool_feed_mark (settled_to, next_to, waits_for)
               SELECT 0, 0, '[]' WHERE NOT EXISTS (SELECT FROM lead_pool_feed_mark)"""
        )

    def _settled(self):
        """The last event that can be read now such that no event before it can come any more.

        A transaction with one snapshot for all of its statements (REPEATABLE READ) may not see what ended after it
        began: it goes as far as others have come, and moves nothing.
        """
        afresh = sees_what_is_committed(self.env.cr)
        lock = SQL("FOR NO KEY UPDATE SKIP LOCKED") if afresh else SQL("")
        rows = self.env.execute_query(
            SQL("SELECT id, settled_to FROM lead_pool_feed_mark ORDER BY id LIMIT 1 %s", lock)
        )
        if not rows or not afresh:  # none: another reader is moving it this moment
            rows = rows or self.env.execute_query(
                SQL("SELECT id, settled_to FROM lead_pool_feed_mark ORDER BY id LIMIT 1")
            )
            return rows[0][1]
        this = self.sudo().browse(rows[0][0])
        this.invalidate_recordset()
        _last, mark = this._moved()
        if not mark.waits_for:  # nobody writes: all up to the last one is committed, and the next statement sees it
            mark = replace(mark, settled_to=mark.next_to)
        this._keep(mark)
        return mark.settled_to

    def _is_behind(self):
        """Whether events wait for those who were writing."""
        self.env.cr.execute("SELECT next_to > settled_to FROM lead_pool_feed_mark ORDER BY id LIMIT 1")
        return self.env.cr.fetchone()[0]
