from odoo import api, fields, models
from odoo.tools import SQL

from .lead_pool_tally import DAY, INTERPRETED, day_of


class LeadPoolTallyRep(models.Model):
    """How many follow-ups that count a rep had on a day, in a month and in a year."""

    _name = "lead.pool.tally.rep"
    _inherit = ["lead.pool.fact.day"]
    _description = "Tally of a Rep's Follow-ups"
    _log_access = False
    _figures = ("count",)

    count = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(tz, span, day, user_ref, company_ref)")

    @api.model
    def _follow_ups(self, period):
        """The follow-ups of a period, as an SQL query of rows ``(user_ref, company_ref, n)``; several rows of one key
        are to be added."""
        # as a number, so that the few events behind it are looked up by theirs
        [[counted_to]] = self.env.execute_query(SQL("SELECT COALESCE(max(counted_to), 0) FROM lead_pool_tally_mark"))
        return SQL(
            """SELECT user_ref, company_ref, count AS n FROM lead_pool_tally_rep WHERE %(counted)s
                UNION ALL
               SELECT COALESCE(user_ref, 0), COALESCE(company_ref, 0), 1 FROM lead_pool_event
                WHERE kind = 'follow_up' AND id > %(counted_to)s AND date >= %(start)s AND date < %(stop)s""",
            counted=self._in(period),
            counted_to=counted_to,
            start=period.start,
            stop=period.stop,
        )

    def _counts(self, events, zones=None):
        """Rows of the model, as an SQL query.

        :param SQL events: condition on the events ``e``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        days = SQL(
            """SELECT z.tz, %(day)s AS day, COALESCE(e.user_ref, 0) AS user_ref,
                      COALESCE(e.company_ref, 0) AS company_ref, 1 AS count
                 FROM lead_pool_event e CROSS JOIN lead_pool_tally_zone z
                WHERE e.kind = 'follow_up' AND %(events)s AND %(zones)s""",
            day=day_of(SQL("e.date"), SQL("z.tz")),
            events=events,
            zones=zones or SQL("z.by_rep"),
        )
        return self._grouped(self._told_of(days), self._keys)

    def _add_up(self, counted_to, zones):
        self._insert(self._counts(SQL("e.id <= %s", counted_to), zones))

    def _differences(self, first, last, mend=False):
        """Tallies of these days that are not the sum of the events.

        :param first: date; ``last``: date, both included
        :returns: ``[(tz, day, month or year as a text, user_ref, tally, recount)]``
        """
        counted_to, _settled_to = self.env["lead.pool.tally.mark"]._next()
        days = SQL("span = 'day' AND day BETWEEN %s AND %s", first, last)
        events = SQL("e.id <= %s AND e.date >= %s AND e.date < %s", counted_to, first - 2 * DAY, last + 3 * DAY)
        return self._unlike(days, SQL("SELECT * FROM (%s) e WHERE %s", self._counts(events), days), mend)

    def _span_differences(self, mend=False):
        """Tallies of months and years that are not the sum of their days; all are counted at once, and compared as
        they are at one moment.

        :param mend: add them up again
        :returns: as of :meth:`_differences`
        """
        self.env.cr.execute(INTERPRETED)
        longer = SQL("span <> 'day'")
        days = SQL("SELECT %s FROM lead_pool_tally_rep WHERE span = 'day'", self._columns(self._grain))
        recount = self._grouped(SQL("SELECT * FROM (%s) s WHERE %s", self._spread(days), longer), self._keys)
        return self._unlike(longer, recount, mend)

    def _unlike(self, which, recount, mend):
        """The kept rows of which this is true that are not those of the recount."""
        found = self.env.execute_query(
            SQL(
                """SELECT tz, to_char(day, CASE span WHEN 'year' THEN 'YYYY' WHEN 'month' THEN 'YYYY-MM'
                                                     ELSE 'YYYY-MM-DD' END),
                          user_ref, COALESCE(t.count, 0), COALESCE(r.count, 0)
                     FROM (SELECT * FROM lead_pool_tally_rep WHERE %s) t FULL JOIN (%s) r
                    USING (tz, span, day, user_ref, company_ref)
                    WHERE COALESCE(t.count, 0) <> COALESCE(r.count, 0) ORDER BY 1, 2, 3""",
                which,
                recount,
            )
        )
        if found and mend:
            self.env["lead.pool.tally.mark"]._next()  # whoever counts waits
            self.env.cr.execute(SQL("DELETE FROM lead_pool_tally_rep WHERE %s", which))
            self._insert(recount)
        return found
