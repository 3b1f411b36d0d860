from odoo import fields, models
from odoo.tools import SQL

from .lead_pool_fact_sum import SPANS
from .lead_pool_tally import day_of


class LeadPoolFactReasonDay(models.Model):
    """Leads that reps returned or marked as invalid on a day, in a month and in a year, by reason and source, in the
    time zones of pools."""

    _name = "lead.pool.fact.reason.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Source: Reasons"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "source_ref", "company_ref", "reason_ref")
    _grain = tuple(key for key in _keys if key != "span")
    _ways = tuple((span, {}) for span in SPANS)
    _figures = ("returned", "invalid")

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="day", help="day, month or year.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month or year.")
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of none.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    reason_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: none.")
    returned = fields.Integer(required=True, readonly=True)
    invalid = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(tz, span, day, source_ref, company_ref, reason_ref)")

    def _reasons_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.holding``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, %(day)s AS day, COALESCE(source_id, 0) AS source_ref,
                      COALESCE(company_id, 0) AS company_ref, COALESCE(reason_id, 0) AS reason_ref,
                      (end_reason = 'returned')::int AS returned, (end_reason = 'invalid')::int AS invalid
                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z
                WHERE end_reason IN ('returned', 'invalid') AND %(zones)s""",
            day=day_of(SQL("ended_at"), SQL("z.tz")),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )
