from odoo import fields, models
from odoo.tools import SQL


class LeadPoolReminder(models.Model):
    """Until which day, on his own calendar, somebody was told what is to be done: nobody is told twice a day."""

    _name = "lead.pool.reminder"
    _description = "Daily Reminder Told"
    _log_access = False

    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", readonly=True)
    day = fields.Date(required=True, readonly=True)

    _user_uniq = models.UniqueIndex("(user_id)")

    def _claim_days(self, days):
        """Note that these people are told for these days, in the transaction that tells them.

        :param days: ``{user id: date}``
        :returns: ids of those who had not been told
        """
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO lead_pool_reminder AS r (user_id, day)
                   SELECT * FROM unnest(%s::int[], %s::date[])
                   ON CONFLICT (user_id) DO UPDATE SET day = EXCLUDED.day WHERE r.day < EXCLUDED.day
                   RETURNING user_id""",
                list(days),
                list(days.values()),
            )
        )
        self.invalidate_model()
        return {user_id for [user_id] in rows}
