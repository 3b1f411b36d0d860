from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.http import SessionExpiredException
from odoo.tools import SQL

KEPT_DAYS = 7


class LeadPoolRequest(models.Model):
    """What was answered to a call with a ``request_uid``, so that a repeated call does nothing twice."""

    _name = "lead.pool.request"
    _description = "Answered Request"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    request_uid = fields.Char(required=True)
    verb = fields.Char(required=True)
    answer = fields.Json()
    date = fields.Datetime(required=True, index=True)

    _request_uniq = models.UniqueIndex("(user_id, request_uid)")

    @api.model
    def _once(self, verb, request_uid, work):
        """Run ``work`` unless this user's call of this uid was answered before.

        :param str verb: model, method and what it was called for; another one under the same uid is an error
        :param str request_uid: chosen by the caller, at most 128 characters; ``None``: no protection
        :param work: callable without arguments; its answer must be JSON
        :raises UserError: the uid is no text, or was used for another call
        :raises SessionExpiredException: the screen that sent it (``lead_pool_sender`` in the context) was opened by
            another user, who has logged out since
        """
        if request_uid is None:
            return work()
        if self.env.context.get("lead_pool_sender", self.env.uid) != self.env.uid:
            raise SessionExpiredException("Another user is logged in now")
        if not isinstance(request_uid, str) or not 0 < len(request_uid) <= 128:
            raise UserError(self.env._("request_uid must be a text of 1 to 128 characters."))
        now = self.env["lead.pool"]._now()
        fresh = self.env.execute_query(
            SQL(
                """INSERT INTO lead_pool_request (user_id, request_uid, verb, date)
                   VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id""",
                self.env.uid,
                request_uid,
                verb,
                now,
            )
        )
        if not fresh:
            self.invalidate_model()
            done = self.sudo().search([("user_id", "=", self.env.uid), ("request_uid", "=", request_uid)])
            if done.verb != verb:
                raise UserError(self.env._("The request_uid “%(uid)s” was used for another call.", uid=request_uid))
            return done.answer or []  # an empty list is kept as nothing
        answer = work()
        self.sudo().browse(fresh[0]).answer = answer
        return answer

    @api.autovacuum
    def _gc_requests(self):
        limit = 10_000
        old = self.search([("date", "<", fields.Datetime.now() - timedelta(days=KEPT_DAYS))], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
