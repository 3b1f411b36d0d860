from odoo import fields, models
from odoo.tools import SQL

from ..tables.waits import ANY
from .lead_pool_tally import day_of
from .reports.cohort import CONVERTED, ENTERING, OF_SOURCE, OPPORTUNITY, TOUCHED, credits_of
from .reports.funnel import AFTER, after_entering, of_lead
from .reports.money import EXPECTED, PAID_ABROAD, cash_of, orders_of

#: What a lead brought, if it has no order of another company.
WON_IN_COMPANY = SQL("CASE WHEN NOT elsewhere THEN COALESCE(order_amount, won_revenue) END")


def _waits(after, *of):
    """The index in which a wait of this length is looked up: of all, or of one pool or source."""
    return models.Index(
        f"({', '.join([*of, after])}) INCLUDE (entered_at, pool_ref, company_ref, source_id, lead_ref)"
        f" WHERE {after} IS NOT NULL"
    )


class LeadPoolFactLead(models.Model):
    """A lead that came in, and how far it has got."""

    _name = "lead.pool.fact.lead"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Lead That Came In"
    _log_access = False
    _key = "event_ref"
    _sums = {
        "lead.pool.fact.stock": "_stock_of",
        "lead.pool.fact.hours": "_hours_of",
        "lead.pool.fact.source.day": "_sources_of",
        "lead.pool.fact.campaign.day": "_campaign_days_of",
        "lead.pool.fact.cash": "_cash_of",
        "lead.pool.fact.step.day": "_steps_of",
        "lead.pool.fact.outlook": "_outlook_of",
        "lead.pool.fact.customer": "_customers_of",
    }
    _stocks = ("waiting", "held", "closed", "arrived")
    _moments = {
        "lead.pool.fact.hours": ("entered_at",),
        "lead.pool.fact.source.day": ("entered_at",),
        "lead.pool.fact.campaign.day": ("entered_at",),
        "lead.pool.fact.cash": ("entered_at",),
        "lead.pool.fact.step.day": ("entered_at",),
    }

    event_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="The event by which it came in.")
    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    entered_at = fields.Datetime(required=True, readonly=True)
    entered_again_at = fields.Datetime(readonly=True, help="The next time that this lead came in.")
    pool_ref = fields.Integer(readonly=True, aggregator=None, help="Where it came in.")
    company_ref = fields.Integer(readonly=True, aggregator=None)
    valid = fields.Boolean(readonly=True)
    taken_at = fields.Datetime(readonly=True)
    touched_at = fields.Datetime(readonly=True)
    converted_at = fields.Datetime(readonly=True)
    ordered_at = fields.Datetime(readonly=True)
    pool_id = fields.Integer(readonly=True, aggregator=None, help="Where it is now.")
    company_id = fields.Integer(readonly=True, aggregator=None)
    state = fields.Char(readonly=True)
    closed_as = fields.Char(readonly=True)
    is_converted = fields.Boolean(readonly=True)
    was_touched = fields.Boolean(readonly=True)
    source_id = fields.Integer(readonly=True, aggregator=None)
    campaign_id = fields.Integer(readonly=True, aggregator=None)
    won_revenue = fields.Float(readonly=True, digits=0, aggregator=None)
    credits = fields.Json(
        readonly=True, help="Campaigns that brought it, by each attribution, where an inquiry names one."
    )
    customer_ref = fields.Integer(readonly=True, aggregator=None, help="The customer that it was converted into.")
    is_opportunity = fields.Boolean(readonly=True, help="It was converted into one.")
    revenue = fields.Float(readonly=True, digits=0, aggregator=None, help="Expected of that opportunity.")
    user_id = fields.Integer(readonly=True, aggregator=None, help="Whose open opportunity it is.")
    outlook = fields.Float(readonly=True, digits=0, aggregator=None, help="Expected of it while it is open.")
    is_abroad = fields.Boolean(readonly=True, help="That opportunity is one of another company.")
    orders = fields.Integer(readonly=True, aggregator=None, help="Confirmed, in the company of the lead.")
    order_amount = fields.Float(readonly=True, digits=0, aggregator=None)
    order_amount_untaxed = fields.Float(readonly=True, digits=0, aggregator=None)
    elsewhere = fields.Boolean(readonly=True, help="It has a confirmed order in another company.")
    is_invoiced = fields.Boolean(readonly=True, help="Of an order there is an invoice.")
    cash = fields.Json(readonly=True, help="What was invoiced and received for its orders, by document.")
    taken_after = fields.Float(readonly=True, aggregator=None, help="Seconds since it came in.")
    touched_after = fields.Float(readonly=True, aggregator=None, help="Seconds since it was taken.")
    converted_after = fields.Float(readonly=True, aggregator=None, help="Seconds since it was touched.")
    ordered_after = fields.Float(readonly=True, aggregator=None, help="Seconds since it was converted.")
    whole_after = fields.Float(readonly=True, aggregator=None, help="Seconds from when it came in until the order.")

    _event_uniq = models.UniqueIndex("(event_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _entered_idx = models.Index("(entered_at)")
    _again_idx = models.Index("(entered_again_at) WHERE entered_again_at IS NOT NULL")
    _won_idx = models.Index("(entered_at) WHERE ordered_at IS NOT NULL OR won_revenue IS NOT NULL")
    _pool_entered_idx = models.Index("(pool_ref, entered_at)")
    _ordered_idx = models.Index("(lead_ref) WHERE ordered_at IS NOT NULL")
    _is_converted_idx = models.Index("(lead_ref) WHERE is_converted")
    _customer_idx = models.Index("(customer_ref, lead_ref) WHERE customer_ref IS NOT NULL")
    _seller_idx = models.Index("(user_id) WHERE outlook IS NOT NULL")
    _elsewhere_idx = models.Index("(entered_at) WHERE elsewhere")
    _invoiced_idx = models.Index("(entered_at) WHERE is_invoiced")
    _paid_abroad_idx = models.Index(f"(entered_at) WHERE {PAID_ABROAD}")
    _converted_idx = models.Index("(lead_ref) INCLUDE (converted_at) WHERE converted_at IS NOT NULL")

    _taken_after_idx = _waits("taken_after")
    _taken_after_pool_idx = _waits("taken_after", "pool_ref")
    _taken_after_source_idx = _waits("taken_after", "source_id")
    _touched_after_idx = _waits("touched_after")
    _touched_after_pool_idx = _waits("touched_after", "pool_ref")
    _touched_after_source_idx = _waits("touched_after", "source_id")
    _converted_after_idx = _waits("converted_after")
    _converted_after_pool_idx = _waits("converted_after", "pool_ref")
    _converted_after_source_idx = _waits("converted_after", "source_id")
    _ordered_after_idx = _waits("ordered_after")
    _ordered_after_pool_idx = _waits("ordered_after", "pool_ref")
    _ordered_after_source_idx = _waits("ordered_after", "source_id")
    _whole_after_idx = _waits("whole_after")
    _whole_after_pool_idx = _waits("whole_after", "pool_ref")
    _whole_after_source_idx = _waits("whole_after", "source_id")

    def _live(self, which):
        return SQL(
            """SELECT b.id AS event_ref, b.lead_ref, b.date AS entered_at,
                      (SELECT n.date FROM lead_pool_event n
                        WHERE n.lead_ref = b.lead_ref AND n.seq > b.seq AND n.kind = ANY(%(kinds)s)
                        ORDER BY n.seq LIMIT 1) AS entered_again_at,
                      b.pool_ref, b.company_ref, s.valid, s.taken AS taken_at, s.touched AS touched_at,
                      s.converted AS converted_at, s.ordered AS ordered_at, e.pool_id, e.company_id, e.state,
                      e.closed_as, %(converted)s AS is_converted, %(touched)s AS was_touched, l.source_id,
                      c.campaign_id,
                      CASE WHEN l.won_status = 'won' THEN l.expected_revenue END AS won_revenue,
                      %(credits)s AS credits,
                      CASE WHEN %(converted)s
                           THEN (SELECT COALESCE(commercial_partner_id, id) FROM res_partner WHERE id = l.partner_id)
                       END AS customer_ref,
                      COALESCE(%(opportunity)s, FALSE) AS is_opportunity,
                      CASE WHEN %(opportunity)s THEN l.expected_revenue END AS revenue,
                      CASE WHEN %(open)s THEN l.user_id END AS user_id,
                      CASE WHEN %(open)s THEN COALESCE(%(expected)s, 0) END AS outlook,
                      COALESCE(%(open)s AND l.company_id <> e.company_id, FALSE) AS is_abroad,
                      o.orders, o.order_amount, o.order_amount_untaxed, COALESCE(o.elsewhere, FALSE) AS elsewhere,
                      COALESCE(o.is_invoiced, FALSE) AS is_invoiced,
                      CASE WHEN o.is_invoiced THEN %(cash)s END AS cash, %(waits)s
                 FROM lead_pool_event b
                 JOIN lead_pool_entry e ON e.lead_ref = b.lead_ref
                 LEFT JOIN crm_lead l ON l.id = b.lead_ref
                CROSS JOIN LATERAL (
                      SELECT CASE WHEN l.id IS NULL THEN e.campaign_id ELSE l.campaign_id END AS campaign_id) c
                CROSS JOIN LATERAL (%(moments)s) s
                CROSS JOIN LATERAL (%(after)s) a
                CROSS JOIN LATERAL (%(orders)s) o
                WHERE b.kind = ANY(%(kinds)s) AND %(which)s""",
            kinds=list(ENTERING),
            converted=CONVERTED,
            touched=TOUCHED,
            credits=credits_of(SQL("b.lead_ref"), SQL("c.campaign_id")),
            opportunity=OPPORTUNITY,
            open=SQL("(%s AND l.active AND l.won_status = 'pending' AND s.ordered IS NULL)", OPPORTUNITY),
            expected=EXPECTED,
            orders=orders_of(SQL("b.lead_ref"), SQL("e.company_id"), SQL("s.ordered IS NOT NULL")),
            cash=cash_of(SQL("b.lead_ref"), SQL("e.company_id")),
            moments=of_lead(SQL("b.lead_ref")),
            after=after_entering(SQL("s"), SQL("b.date")),
            waits=SQL(", ").join(SQL.identifier("a", name) for name in AFTER.values()),
            which=which,
        )

    def _stock_of(self, rows):
        """Rows of ``lead.pool.fact.stock``: where leads are."""
        return SQL(
            """SELECT state AS code, 0 AS user_ref, pool_id AS pool_ref, company_id AS company_ref, 1 AS count
                 FROM %s f WHERE entered_again_at IS NULL""",
            rows,
        )

    def _hours_of(self, rows):
        columns = map(SQL, ("entered_at", "pool_ref", "company_ref"))
        return self.env["lead.pool.fact.hours"]._hours_of(rows, "arrived", *columns)

    def _sources_of(self, rows, zones=None):
        """Rows of ``lead.pool.fact.source.day`` by its grain, as an SQL query; a lead that came in again counts on its
        last day.

        :param SQL rows: a relation with the columns of the model
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, %(day)s AS day, pool_id AS pool_ref, COALESCE(source_id, 0) AS source_ref,
                      company_id AS company_ref, %(figures)s, COALESCE(%(won)s, 0) AS won
                 FROM %(rows)s e CROSS JOIN lead_pool_tally_zone z
                WHERE entered_again_at IS NULL AND %(zones)s""",
            day=day_of(SQL("entered_at"), SQL("z.tz")),
            figures=SQL(", ").join(
                SQL("COALESCE((%s)::int, 0) AS %s", condition, SQL.identifier(name))
                for name, condition in OF_SOURCE.items()
            ),
            won=WON_IN_COMPANY,
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )

    def _campaign_days_of(self, rows, zones=None):
        return self.env["lead.pool.fact.campaign.day"]._days_of(rows, zones)

    def _cash_of(self, rows, zones=None):
        return self.env["lead.pool.fact.cash"]._days_of(rows, zones)

    def _steps_of(self, rows, zones=None):
        return self.env["lead.pool.fact.step.day"]._steps_of(rows, zones)

    def _outlook_of(self, rows):
        """Rows of ``lead.pool.fact.outlook``."""
        return SQL(
            """SELECT w.user_ref, w.pool_ref, company_id AS company_ref, COALESCE(source_id, 0) AS source_ref,
                      1 AS count, outlook AS amount, is_abroad::int AS abroad
                 FROM %s f CROSS JOIN LATERAL (
                      VALUES (COALESCE(user_id, 0), %s), (%s, COALESCE(pool_id, 0))) w(user_ref, pool_ref)
                WHERE outlook IS NOT NULL AND entered_again_at IS NULL""",
            rows,
            ANY,
            ANY,
        )

    def _customers_of(self, rows):
        """Rows of ``lead.pool.fact.customer``."""
        return SQL(
            """SELECT customer_ref, 1 AS leads FROM %s f
                WHERE customer_ref IS NOT NULL AND entered_again_at IS NULL""",
            rows,
        )

    def _again_of_customer(self, leads, changed):
        """Of these facts those of leads whose customer an earlier lead had brought, as SQL in brackets."""
        several = SQL("SELECT customer_ref FROM lead_pool_fact_customer WHERE leads > 1")
        if changed is None:
            several = SQL("SELECT customer_ref FROM (%s) s", self._sums_of_ledger("lead.pool.fact.customer"))
        elif changed:  # perhaps there are several now
            anew = self._customers_of(self._anew(changed))
            several = SQL("%s UNION SELECT customer_ref FROM (%s) s", several, anew)
        return SQL(
            """(SELECT * FROM %(leads)s f WHERE lead_ref IN (
                       SELECT lead_ref FROM (
                              SELECT lead_ref, min(lead_ref) OVER (PARTITION BY customer_ref) AS first
                                FROM %(leads)s c WHERE customer_ref IS NOT NULL AND customer_ref IN (%(several)s)) c
                        WHERE lead_ref > first))""",
            leads=leads,
            several=several,
        )

    def _apart(self, facts, once):
        """Of these facts those that sums of days do not tell, or not all of it: of which ``once`` is true, see
        :func:`~.reports.cohort.told_by_sums`, and of leads that have an order of another company."""
        return SQL(
            """(SELECT * FROM %(facts)s f WHERE elsewhere
                 UNION ALL SELECT * FROM %(facts)s f WHERE %(once)s AND NOT elsewhere)""",
            facts=facts,
            once=once,
        )

    def _sums_of_ledger(self, model):
        if model != "lead.pool.fact.stock":
            return super()._sums_of_ledger(model)
        return self._stock_of(SQL("(SELECT *, NULL AS entered_again_at FROM lead_pool_entry)"))
