from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEEP_DAYS = 90


class LeadPoolRefusal(models.Model):
    """How often a member was refused leads on one day, by reason: why he could not take any yesterday.

    One row for each user, pool, day and code, counted up by one statement. Only his own claims write it, so that
    nobody waits for anybody; a claim in which nothing is refused writes nothing.
    """

    _name = "lead.pool.refusal"
    _description = "Refused Claims"
    _log_access = False
    _order = "last_at desc, id desc"
    _rec_name = "code"

    user_id = fields.Many2one(
        "res.users", "Rep", required=True, readonly=True, ondelete="cascade", help="Who wanted the leads."
    )
    pool_id = fields.Many2one(
        "lead.pool", "Lead Pool", required=True, readonly=True, index=True, ondelete="cascade", help="Where they wait."
    )
    day = fields.Date(required=True, readonly=True, index=True, help="On the pool's clock.")
    code = fields.Char(required=True, readonly=True, help="Of the refusal, as programs get it.")
    count = fields.Integer("Refused", required=True, readonly=True, help="Leads that were refused for this reason.")
    last_at = fields.Datetime("Last Time", readonly=True, help="When the last one was refused.")
    last_lead_ref = fields.Integer("Last Lead", readonly=True, aggregator=None, help="Number of the last one.")
    last_message = fields.Char("What He Was Told", readonly=True, help="In his own language, the last time.")

    _refusal_uniq = models.UniqueIndex("(user_id, pool_id, day, code)")

    @api.model
    def _keep(self, answers, locked):
        """Count what a verb refused the caller; a query, and none when it refused nothing.

        :param answers: of the verb
        :param Locked locked: from :meth:`lead.pool.locks._lock`
        :returns: the same answers
        """
        counts, last = defaultdict(int), {}
        for answer in answers:
            row = locked.rows.get(answer["id"]) or locked.before.get(answer["id"])
            if answer["code"] and row and answer["code"] != "unknown":
                key = (row.pool_id, answer["code"])
                counts[key] += 1
                last[key] = (row.lead_ref, answer["message"] or None)
        if not counts:
            return answers
        keys = sorted(counts)  # in one order, so that two tabs of his do not wait for each other
        uid = self.env.uid
        self.env.cr.execute(
            SQL(
                """INSERT INTO lead_pool_refusal AS r
                          (user_id, pool_id, day, code, count, last_at, last_lead_ref, last_message)
                   SELECT %s, n.pool_id, n.day, n.code, n.count, %s, n.lead_ref, n.message
                     FROM unnest(%s::int[], %s::date[], %s::varchar[], %s::int[], %s::int[], %s::varchar[])
                          n(pool_id, day, code, count, lead_ref, message)
                   ON CONFLICT (user_id, pool_id, day, code) DO UPDATE
                      SET count = r.count + EXCLUDED.count, last_at = EXCLUDED.last_at,
                          last_lead_ref = EXCLUDED.last_lead_ref, last_message = EXCLUDED.last_message""",
                uid,
                locked.now,
                [pool_id for pool_id, _code in keys],
                [locked.window("lead_pool_member", (uid, pool_id))[0] for pool_id, _code in keys],
                [code for _pool_id, code in keys],
                [counts[key] for key in keys],
                [last[key][0] for key in keys],
                [last[key][1] for key in keys],
            )
        )
        self.invalidate_model()
        return answers

    @api.autovacuum
    def _gc_refusals(self):
        limit = 10_000
        before = (self.env["lead.pool"]._now() - timedelta(days=KEEP_DAYS)).date()
        old = self.search([("day", "<", before)], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
