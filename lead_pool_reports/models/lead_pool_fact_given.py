from odoo import fields, models
from odoo.tools import SQL

from .lead_pool_tally import day_of
from .reports.fairness import GOOD


class LeadPoolFactGiven(models.Model):
    """Leads that a rep got out of a pool in a month, and in a year, by the version of the pool's rules and by the
    way."""

    _name = "lead.pool.fact.given"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Leads Given in a Month or Year for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "pool_ref", "user_ref", "policy_ref", "company_ref", "origin")
    _grain = ("tz", "day", "pool_ref", "user_ref", "policy_ref", "company_ref", "origin")
    _ways = (("month", {}), ("year", {}))
    _figures = ("leads", "over", *GOOD)

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="month", help="month or year.")
    day = fields.Date(required=True, readonly=True, help="The first one of the month or year.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    policy_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: not known.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    origin = fields.Char(required=True, readonly=True)
    leads = fields.Integer(required=True, readonly=True)
    over = fields.Integer(required=True, readonly=True, help="Of them, given although he was full.")
    either = fields.Integer(required=True, readonly=True, help="Of them, assessed as Go or of high priority.")
    assessed = fields.Integer(required=True, readonly=True, help="Of them, assessed as Go.")
    priority = fields.Integer(required=True, readonly=True, help="Of them, of high priority.")

    _day_uniq = models.UniqueIndex("(tz, span, day, pool_ref, user_ref, policy_ref, company_ref, origin)")

    def _given_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.holding``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, date_trunc('month', %(began)s)::date AS day, pool_id AS pool_ref, user_id AS user_ref,
                      COALESCE(policy_ref, 0) AS policy_ref, COALESCE(company_id, 0) AS company_ref,
                      COALESCE(origin, '') AS origin, 1 AS leads, COALESCE(over_capacity, FALSE)::int AS over, %(good)s
                 FROM %(rows)s h CROSS JOIN lead_pool_tally_zone z
                WHERE %(zones)s""",
            began=day_of(SQL("started_at"), SQL("z.tz")),
            good=SQL(", ").join(
                SQL("COALESCE(%s, FALSE)::int AS %s", is_good, SQL.identifier(name)) for name, is_good in GOOD.items()
            ),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )
