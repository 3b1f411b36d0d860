from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEEP_DAYS = 90


class LeadPoolIntakeMinute(models.Model):
    """How many requests an endpoint got in a minute; counted in the database, so that all workers count together.

    The counter is a row of its own, so that a busy source never blocks who edits its endpoint.
    """

    _name = "lead.pool.intake.minute"
    _description = "Requests of an Intake in a Minute"
    _log_access = False
    _order = "minute desc"
    _rec_name = "minute"

    intake_id = fields.Many2one("lead.pool.intake", required=True, readonly=True, ondelete="cascade")
    minute = fields.Datetime(required=True, readonly=True, index=True, help="When it began.")
    asked = fields.Integer("Requests", readonly=True, help="That proved themselves.")
    forged = fields.Integer("Refused", readonly=True, help="That did not, or were not readable.")

    _minute_uniq = models.UniqueIndex("(intake_id, minute)")

    @api.model
    def _count(self, intake, now, forged, number=1):
        """Count one request, or as many as it is as good as.

        :returns: how many of its kind there were in this minute, this one included
        """
        [[asked, bad]] = self.env.execute_query(
            SQL(
                """INSERT INTO lead_pool_intake_minute AS m (intake_id, minute, asked, forged) VALUES (%s, %s, %s, %s)
                   ON CONFLICT (intake_id, minute)
                   DO UPDATE SET asked = m.asked + EXCLUDED.asked, forged = m.forged + EXCLUDED.forged
                   RETURNING asked, forged""",
                intake.id,
                now.replace(second=0, microsecond=0),
                0 if forged else number,
                number if forged else 0,
            )
        )
        self.invalidate_model()
        return bad if forged else asked

    @api.autovacuum
    def _gc_minutes(self):
        limit = 10_000
        old = self.search([("minute", "<", self.env["lead.pool"]._now() - timedelta(days=KEEP_DAYS))], limit=limit)
        old.unlink()
        return len(old), len(old) == limit
