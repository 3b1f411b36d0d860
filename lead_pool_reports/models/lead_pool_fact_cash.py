from odoo import fields, models
from odoo.tools import SQL

from .lead_pool_fact_sum import IN_POOLS
from .lead_pool_tally import day_of
from .reports import cohort
from .reports.money import NO_DAY, received_of


class LeadPoolFactCash(models.Model):
    """What was invoiced and received for the orders of leads that came in on a day, in a month and in a year, in the
    time zones of pools; keys are those of ``lead.pool.fact.campaign.day``, and what was collected counts on the day of
    the money.

    Without documents of another company than that of the lead: these are read each time.
    """

    _name = "lead.pool.fact.cash"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Money of a Campaign for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = (
        *("tz", "span", "day", "pool_ref", "company_ref", "campaign_ref", "attribution", "parts"),
        *("kind", "paid_on"),
    )
    _grain = tuple(key for key in _keys if key != "span")
    _ways = IN_POOLS
    _figures = ("amount", "untaxed", "loose")

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, help="day, month or year.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month or year.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="-1: any pool.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    campaign_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: none.")
    attribution = fields.Char(required=True, readonly=True, help="any, first, last or linear.")
    parts = fields.Integer(required=True, readonly=True, aggregator=None)
    kind = fields.Char(required=True, readonly=True, help="invoiced, in_process or collected.")
    paid_on = fields.Date(required=True, readonly=True, help="The day of the money; of other kinds 0001-01-01.")
    amount = fields.Float(
        required=True, readonly=True, digits=0, help="With taxes, in the currency of the company of the invoices."
    )
    untaxed = fields.Float(required=True, readonly=True, digits=0)
    loose = fields.Integer(
        required=True, readonly=True, help="Payments that were collected without an entry in the journals."
    )

    _day_uniq = models.UniqueIndex(
        "(tz, span, pool_ref, day, company_ref, campaign_ref, attribution, parts, kind, paid_on)"
    )

    def _credited(self, leads):
        """The rows of documents, one by one, and the leads' own columns; ``owner`` is the company of the document.

        :param SQL leads: a relation with the columns of ``lead.pool.fact.lead``
        """
        return SQL(
            """SELECT entered_at, entered_again_at, pool_id, company AS company_ref, campaign AS campaign_ref,
                      attribution, n AS parts, kind, COALESCE(m.day, %s) AS paid_on, k * amount AS amount,
                      k * untaxed AS untaxed, (kind = 'collected' AND m.id IS NULL)::int AS loose, m.id, owner, abroad
                 FROM %s""",
            NO_DAY,
            received_of(SQL("(%s)", cohort.credited(SQL("(SELECT * FROM %s few OFFSET 0)", leads)))),
        )

    def _days_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.lead``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, %(day)s AS day, pool_id AS pool_ref, company_ref, campaign_ref, attribution, parts, kind,
                      paid_on, %(figures)s
                 FROM (%(credited)s) c CROSS JOIN lead_pool_tally_zone z WHERE NOT abroad AND %(zones)s""",
            figures=self._names(self._figures),
            day=day_of(SQL("entered_at"), SQL("z.tz")),
            credited=self._credited(SQL("(SELECT * FROM %s f WHERE is_invoiced AND entered_again_at IS NULL)", rows)),
            zones=zones or SQL("z.by_rep"),
        )
