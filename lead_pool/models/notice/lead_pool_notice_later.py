from odoo import api, fields, models
from odoo.tools import SQL

CHUNK = 200  # notices a transaction


class LeadPoolNoticeLater(models.Model):
    """A reminder that waits for the working time of whom it is for; gone in the transaction that tells him."""

    _name = "lead.pool.notice.later"
    _description = "Reminder That Waits"
    _order = "due_at, id"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    pool_id = fields.Many2one("lead.pool", ondelete="cascade", readonly=True)
    subject = fields.Char(readonly=True)
    lines = fields.Json(readonly=True)
    entries = fields.Json(readonly=True, help="[[entry, epoch]]: told of those that nobody has moved since.")
    due_at = fields.Datetime(required=True, index=True, readonly=True)

    @api.model
    def _keep(self, kind, user_id, pool_id, due_at, **values):
        """Have somebody told at ``due_at``.

        :param values: ``subject`` and ``lines``, or ``entries`` of which the words are made then
        """
        self._keep_each([{"kind": kind, "user_id": user_id, "pool_id": pool_id, "due_at": due_at, **values}])

    @api.model
    def _keep_each(self, vals_list):
        """As :meth:`_keep`, of several people."""
        if vals_list and not self.env["lead.pool.notice"]._is_quiet():
            self.sudo().create(vals_list)

    @api.model
    def _tell_due(self):
        """Tell those whose working time has begun; one message to each of what is the same kind of news.

        :returns: the number of reminders told, and whether there are more
        """
        now = self.env["lead.pool"]._now()
        self.flush_model()
        ids = [
            row[0]
            for row in self.env.execute_query(
                SQL(
                    """SELECT id FROM lead_pool_notice_later WHERE due_at <= %s
                        ORDER BY user_id, id LIMIT %s FOR UPDATE SKIP LOCKED""",
                    now,
                    CHUNK,
                )
            )
        ]
        due = self.sudo().browse(ids)
        for (user, kind), reminders in due.grouped(lambda one: (one.user_id, one.kind)).items():
            if kind == "going_back":
                reminders._tell_what_still_goes_back(user, now)
                continue
            for one in reminders:
                self.env["lead.pool.notice"]._tell(kind, user, one.subject, one.lines or [], about=one.pool_id)
        due.unlink()
        return len(ids), len(ids) == CHUNK

    def _tell_what_still_goes_back(self, user, now):
        """Of leads that were returned, followed up or taken away meanwhile nothing is said."""
        epochs = {entry: epoch for one in self for entry, epoch in one.entries or []}
        Entry = self.env["lead.pool.entry"].sudo()
        rows = [
            row
            for row in Entry.browse(epochs)._read_rows().values()
            if row.state == "held" and row.epoch == epochs[row.id] and row.reclaim_at and row.reclaim_at > now
        ]
        if rows:
            Entry._tell_going_back({user.id: rows})
