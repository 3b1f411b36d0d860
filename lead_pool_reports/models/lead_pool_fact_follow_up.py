from odoo import fields, models
from odoo.tools import SQL

from ..tables.follow_ups import NEVER
from .lead_pool_tally import day_of
from .reports.funnel import converted_at


class LeadPoolFactFollowUp(models.Model):
    """A follow-up that counts, with what kind it was and whether its lead was converted afterwards."""

    _name = "lead.pool.fact.follow.up"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Follow-up That Counts"
    _log_access = False
    _key = "event_ref"
    _sums = {"lead.pool.fact.follow.up.day": "_days_of"}
    _moments = {"lead.pool.fact.follow.up.day": ("followed_at",)}

    event_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    followed_at = fields.Datetime(required=True, readonly=True)
    pool_ref = fields.Integer(readonly=True, aggregator=None)
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: nobody.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    type_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: none, or deleted with its lead.")
    level_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: none, or deleted with its lead.")
    led = fields.Boolean(readonly=True, help="The lead was converted afterwards.")

    _event_uniq = models.UniqueIndex("(event_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _followed_idx = models.Index(
        "(followed_at) INCLUDE (user_ref, pool_ref, company_ref, lead_ref, type_ref, level_ref, led)"
    )
    _user_followed_idx = models.Index(
        "(user_ref, followed_at) INCLUDE (pool_ref, company_ref, lead_ref, type_ref, level_ref, led)"
    )

    def _live(self, which):
        return SQL(
            """SELECT b.id AS event_ref, b.lead_ref, b.date AS followed_at, b.pool_ref,
                      COALESCE(b.user_ref, 0) AS user_ref, COALESCE(b.company_ref, 0) AS company_ref,
                      COALESCE(f.type_id, 0) AS type_ref, COALESCE(f.level_id, 0) AS level_ref,
                      COALESCE(b.date <= (%(converted_at)s), FALSE) AS led
                 FROM lead_pool_event b
                 LEFT JOIN lead_follow_up f ON f.id = (b.detail->>'follow_up')::int
                WHERE b.kind = 'follow_up' AND %(which)s""",
            converted_at=converted_at(SQL("b.lead_ref")),
            which=which,
        )

    def _facts_of(self, model, first, behind):
        """All follow-ups of the leads that were followed up in these months: the day before may be an earlier one."""
        return SQL(
            "(SELECT * FROM %(table)s f WHERE lead_ref IN (SELECT lead_ref FROM %(some)s s))",
            table=SQL.identifier(self._table),
            some=super()._facts_of(model, first, behind),
        )

    def _days_of(self, rows, zones=None):
        """Rows of ``lead.pool.fact.follow.up.day``, as an SQL query.

        :param SQL rows: a relation with the columns of the model
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT kind, tz, day, w.previous, ref, company_ref, w.follow_ups, w.day_leads, w.day_converted, w.leads,
                      w.converted
                 FROM (SELECT kind, tz, day, ref, company_ref, count(*)::int AS n, bool_or(led)::int AS led,
                              COALESCE(lag(day) OVER (PARTITION BY lead_ref, ref, company_ref, kind, tz ORDER BY day),
                                       %(never)s) AS previous
                         FROM (SELECT f.*, z.tz, %(day)s AS day
                                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s OFFSET 0) f
                        CROSS JOIN LATERAL (VALUES ('day', 0), ('type', type_ref), ('level', level_ref)) k(kind, ref)
                        GROUP BY lead_ref, ref, company_ref, kind, tz, day) d
                CROSS JOIN LATERAL (VALUES (%(never)s, n, 1, led, 0, 0), (previous, 0, 0, 0, 1, led))
                      w(previous, follow_ups, day_leads, day_converted, leads, converted)""",
            never=SQL("%s::date", NEVER),
            day=day_of(SQL("f.followed_at"), SQL("z.tz")),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )


class LeadPoolFactFollowUpDay(models.Model):
    """Follow-ups of a day and their leads, whoever did it: of all, by type and by level.

    Leads of several days do not add up, for one may be followed up on each of them. So they are kept by the day on
    which the lead had been followed up before (``previous``), with a follow-up of the same type or level: different
    leads of a period are those of its days that had not been followed up before since the period began.
    """

    _name = "lead.pool.fact.follow.up.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of Follow-ups for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("kind", "tz", "day", "previous", "ref", "company_ref")
    _figures = ("follow_ups", "day_leads", "day_converted", "leads", "converted")

    kind = fields.Char(required=True, readonly=True, help="day, type or level.")
    tz = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    previous = fields.Date(required=True, readonly=True, help="The day before this one; the year 1: there was none.")
    ref = fields.Integer(required=True, readonly=True, aggregator=None, help="Of the type or level; 0: none.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    follow_ups = fields.Integer(required=True, readonly=True, help="Whatever the day before.")
    day_leads = fields.Integer(required=True, readonly=True, help="Leads of this day, whatever the day before.")
    day_converted = fields.Integer(required=True, readonly=True)
    leads = fields.Integer(required=True, readonly=True)
    converted = fields.Integer(required=True, readonly=True, help="Of them, converted after a follow-up of this day.")

    _day_uniq = models.UniqueIndex("(kind, tz, day, previous, ref, company_ref)")
    _previous_idx = models.Index("(kind, tz, previous, day)")
