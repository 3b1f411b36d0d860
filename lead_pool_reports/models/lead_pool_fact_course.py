from odoo import fields, models
from odoo.tools import SQL

from .lead_pool_tally import day_of
from .reports.afterlife import STATE, hours_of, row_of

#: By what holdings are told apart.
KINDS = ("ordinal", "before", "age", "source")


class LeadPoolFactCourse(models.Model):
    """Which way holdings went that began in a month, and in a year, and after how many hours; what is held now by the
    hour in which it began, for its time goes on.

    Each holding counts twice in each kind: by its hours in any pool, and in its pool after any hours.
    """

    _name = "lead.pool.fact.course"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Course of Holdings for Reports"
    _log_access = False
    _rec_name = "key"
    _keys = ("tz", "kind", "span", "day", "key", "company_ref", "state", "pool_ref", "hours")
    _grain = tuple(key for key in _keys if key != "span")
    _figures = ("count",)

    tz = fields.Char(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True, help="Rows of Afterlife: ordinal, before, age or source.")
    span = fields.Char(required=True, readonly=True, default="month", help="month or year; what is held: day.")
    day = fields.Date(
        required=True, readonly=True, help="The first one of the month or year; what is held: the day, UTC."
    )
    key = fields.Char(required=True, readonly=True, help="Which row.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    state = fields.Char(required=True, readonly=True, help="converted, left, never or open; of a pool: open or ended.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: any pool.")
    hours = fields.Integer(
        required=True, readonly=True, aggregator=None, help="Since it began; what is held: the hour of the day, UTC."
    )
    count = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(tz, kind, span, day, key, company_ref, state, pool_ref, hours)")

    def _courses_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.holding``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT tz, kind, day, key, company_ref, state, pool_id AS pool_ref, hours, 1 AS count
                 FROM (SELECT h.*, z.tz, COALESCE(company_id, 0) AS company_ref,
                              CASE state WHEN 'open' THEN started_at::date
                                         ELSE date_trunc('month', %(began)s)::date END AS day,
                              CASE state WHEN 'open' THEN date_part('hour', started_at)::int WHEN 'never' THEN 0
                                         ELSE %(hours)s END AS hours
                         FROM (SELECT h.*, %(state)s AS state FROM %(rows)s h OFFSET 0) h
                        CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s OFFSET 0) h
                CROSS JOIN LATERAL (VALUES %(kinds)s) k(kind, key)""",
            state=STATE,
            began=day_of(SQL("started_at"), SQL("z.tz")),
            hours=hours_of(SQL("COALESCE(converted_at, ended_at) - started_at")),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
            kinds=SQL(", ").join(SQL("(%s, %s)", kind, row_of(kind)) for kind in KINDS),
        )

    def _spread(self, rows):
        return SQL(
            """SELECT tz, kind, span, date_trunc(span, day)::date AS day, key, company_ref, w.state, w.pool_ref,
                      w.hours, count
                 FROM (%s) d
                CROSS JOIN LATERAL (VALUES (d.state, 0, d.hours),
                                           (CASE d.state WHEN 'open' THEN 'open' ELSE 'ended' END, d.pool_ref, 0))
                      w(state, pool_ref, hours)
                 JOIN (VALUES ('day', TRUE), ('month', FALSE), ('year', FALSE)) s(span, is_open)
                   ON s.is_open = (d.state = 'open')""",
            rows,
        )
