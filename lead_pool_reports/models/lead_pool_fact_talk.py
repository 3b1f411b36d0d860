from odoo import fields, models
from odoo.tools import SQL

from ..tables.follow_ups import ANYBODY
from .lead_pool_tally import day_of
from .reports.funnel import converted_at


class LeadPoolFactTalk(models.Model):
    """That a rep followed up a lead, with follow-ups that count; and that anybody did."""

    _name = "lead.pool.fact.talk"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Rep Followed Up a Lead"
    _log_access = False
    _key = "event_ref"
    _sums = {"lead.pool.fact.talk.day": "_days_of"}
    _moments = {"lead.pool.fact.talk.day": ("last_at", "useful_at")}

    event_ref = fields.Integer(
        required=True, readonly=True, aggregator=None, help="The first follow-up; with a minus, of whomever."
    )
    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="-1: whoever it was.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    last_at = fields.Datetime(readonly=True)
    useful_at = fields.Datetime(readonly=True, help="The last one before the lead was converted.")

    _event_uniq = models.UniqueIndex("(event_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _last_idx = models.Index("(user_ref, last_at) INCLUDE (lead_ref, company_ref, useful_at)")

    def _live(self, which):
        return SQL(
            """SELECT CASE WHEN GROUPING(b.user_ref) = 1 THEN -min(b.id) ELSE min(b.id) END AS event_ref, b.lead_ref,
                      CASE WHEN GROUPING(b.user_ref) = 1 THEN %(anybody)s ELSE COALESCE(b.user_ref, 0) END AS user_ref,
                      COALESCE(b.company_ref, 0) AS company_ref, max(b.date) AS last_at,
                      max(b.date) FILTER (WHERE b.date <= c.at) AS useful_at
                 FROM lead_pool_event b
                 LEFT JOIN LATERAL (SELECT (%(converted_at)s) AS at) c ON TRUE
                WHERE b.kind = 'follow_up' AND %(which)s
                GROUP BY GROUPING SETS ((b.lead_ref, b.company_ref, b.user_ref), (b.lead_ref, b.company_ref))""",
            anybody=ANYBODY,
            converted_at=converted_at(SQL("b.lead_ref")),
            which=which,
        )

    def _days_of(self, rows, zones=None):
        """Rows of ``lead.pool.fact.talk.day`` by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of the model
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, %(last)s AS day, user_ref, company_ref, 1 AS leads, 0 AS converted
                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s
                UNION ALL
               SELECT z.tz, %(useful)s, user_ref, company_ref, 0, 1
                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE useful_at IS NOT NULL AND %(zones)s""",
            last=day_of(SQL("last_at"), SQL("z.tz")),
            useful=day_of(SQL("useful_at"), SQL("z.tz")),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )
