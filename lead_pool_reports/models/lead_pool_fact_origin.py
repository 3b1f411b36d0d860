from odoo import fields, models
from odoo.tools import SQL

from ..tables.waits import ANY
from .lead_pool_fact_sum import IN_POOLS
from .lead_pool_tally import day_of
from .reports import cohort
from .reports.campaign_cash import VALID


class LeadPoolFactOpen(models.Model):
    """Leads in hands that are no opportunity yet, added up by where they came from: by rep, and by pool."""

    _name = "lead.pool.fact.open"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Open Leads for Reports"
    _log_access = False
    _rec_name = "source_ref"
    _keys = ("user_ref", "pool_ref", "company_ref", "source_ref", "touched")
    _figures = ("count",)

    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all reps of a pool.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all pools of a rep.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of none.")
    touched = fields.Boolean(required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(user_ref, pool_ref, company_ref, source_ref, touched)")


class LeadPoolFactEnded(models.Model):
    """Leads that left the hands of reps on a day, UTC, by where they came from: what chances are learnt from."""

    _name = "lead.pool.fact.ended"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Ended Holdings for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("day", "company_ref", "source_ref")
    _figures = ("ended", "converted", "touched", "touched_converted", "won", "worth")

    day = fields.Date(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of none.")
    ended = fields.Integer(required=True, readonly=True)
    converted = fields.Integer(required=True, readonly=True)
    touched = fields.Integer(required=True, readonly=True, help="Followed up before they ended.")
    touched_converted = fields.Integer(required=True, readonly=True)
    won = fields.Integer(
        required=True,
        readonly=True,
        default=0,
        help="Leads that were converted for the last time on this day; without those that have an order elsewhere.",
    )
    worth = fields.Float(
        required=True, readonly=True, digits=0, default=0, help="Of these, in the currency of the company."
    )

    _day_uniq = models.UniqueIndex("(day, company_ref, source_ref)")


class LeadPoolFactOutlook(models.Model):
    """Open opportunities that leads were converted into, added up by where the leads came from: by rep, and by pool."""

    _name = "lead.pool.fact.outlook"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Open Opportunities for Reports"
    _log_access = False
    _rec_name = "source_ref"
    _keys = ("user_ref", "pool_ref", "company_ref", "source_ref")
    _figures = ("count", "amount", "abroad")

    user_ref = fields.Integer(
        required=True, readonly=True, aggregator=None, help="0: of nobody; -1: of all reps of a pool."
    )
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="-1: of all pools of a rep.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of none.")
    count = fields.Integer(required=True, readonly=True)
    amount = fields.Float(
        required=True, readonly=True, digits=0, help="Expected of them, in the currency of the company."
    )
    abroad = fields.Integer(required=True, readonly=True, help="Of them, opportunities of another company.")

    _key_uniq = models.UniqueIndex("(user_ref, pool_ref, company_ref, source_ref)")


class LeadPoolFactCustomer(models.Model):
    """How many leads were converted into a customer: of most it is one, and who has several is found at once."""

    _name = "lead.pool.fact.customer"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Leads of a Customer for Reports"
    _log_access = False
    _rec_name = "customer_ref"
    _keys = ("customer_ref",)
    _figures = ("leads",)

    customer_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    leads = fields.Integer(required=True, readonly=True)

    _customer_uniq = models.UniqueIndex("(customer_ref)")
    _several_idx = models.Index("(customer_ref) WHERE leads > 1")


class LeadPoolFactCampaignDay(models.Model):
    """What has become of the leads that came in on a day, in a month and in a year, by the campaign that is credited
    with them, in the time zones of pools; a lead that came in again later is none of that day.

    A lead counts in any pool, and, in months and years alone, in the pool where it is now. Where an inquiry names a
    campaign, it counts by each attribution, and of what it brought ``parts`` are made: figures are to be divided by
    their number.
    """

    _name = "lead.pool.fact.campaign.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Campaign for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "pool_ref", "company_ref", "campaign_ref", "attribution", "parts")
    _grain = ("tz", "day", "pool_ref", "company_ref", "campaign_ref", "attribution", "parts")
    _ways = IN_POOLS
    _figures = (
        *("leads", "valid", "customers", "opportunities", "revenue"),
        *("orders", "order_amount", "order_amount_untaxed"),
    )

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="day", help="day, month or year.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month or year.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, default=ANY, help="-1: any pool.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    campaign_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: none.")
    attribution = fields.Char(required=True, readonly=True, default=cohort.ANY, help="any, first, last or linear.")
    parts = fields.Integer(required=True, readonly=True, aggregator=None, default=1)
    leads = fields.Integer(required=True, readonly=True)
    valid = fields.Integer(required=True, readonly=True)
    customers = fields.Integer(
        required=True,
        readonly=True,
        default=0,
        help="Leads with a customer, also one that an earlier lead had brought.",
    )
    opportunities = fields.Integer(required=True, readonly=True, default=0)
    revenue = fields.Float(required=True, readonly=True, digits=0, default=0, help="Expected of the opportunities.")
    orders = fields.Integer(required=True, readonly=True, default=0, help="In the company of the lead.")
    order_amount = fields.Float(required=True, readonly=True, digits=0, default=0)
    order_amount_untaxed = fields.Float(required=True, readonly=True, digits=0, default=0)

    _day_uniq = models.UniqueIndex("(tz, span, pool_ref, day, company_ref, campaign_ref, attribution, parts)")

    def _credited(self, leads):
        """The rows of leads, one by one, and the leads' own columns.

        :param SQL leads: a relation with the columns of ``lead.pool.fact.lead``
        """
        figures = {
            "leads": SQL("1"),
            "valid": SQL("%s::int", VALID),
            "customers": SQL("(customer_ref IS NOT NULL)::int"),
            "opportunities": SQL("is_opportunity::int"),
            "revenue": SQL("COALESCE(revenue, 0)"),
            **{name: SQL("COALESCE(f.%s, 0)", SQL.identifier(name)) for name in self._figures[-3:]},
        }
        return SQL(
            """SELECT lead_ref, entered_at, pool_id, company_id AS company_ref, campaign AS campaign_ref, attribution,
                      n AS parts, %s
                 FROM (%s) f""",
            SQL(", ").join(SQL("k * %s AS %s", figures[name], SQL.identifier(name)) for name in self._figures),
            cohort.credited(leads),
        )

    def _days_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.lead``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, %(day)s AS day, pool_id AS pool_ref, company_ref, campaign_ref, attribution, parts,
                      %(figures)s
                 FROM (%(credited)s) c CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s""",
            figures=self._names(self._figures),
            day=day_of(SQL("entered_at"), SQL("z.tz")),
            credited=self._credited(SQL("(SELECT * FROM %s f WHERE entered_again_at IS NULL)", rows)),
            zones=zones or SQL("z.by_rep"),
        )
