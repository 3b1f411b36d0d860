from odoo import fields, models
from odoo.tools import SQL

from .lead_pool_tally import day_of
from .reports.campaign_cash import VALID
from .reports.cohort import CONVERTED, ENTERING, OF_SOURCE, TOUCHED
from .reports.funnel import AFTER, after_entering, of_lead


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
        "lead.pool.fact.step.day": "_steps_of",
    }
    _stocks = ("waiting", "held", "closed", "arrived")
    _moments = dict.fromkeys(set(_sums) - {"lead.pool.fact.stock"}, ("entered_at",))

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
    _is_converted_idx = models.Index("(lead_ref) WHERE is_converted")
    _outlook_idx = models.Index(
        "(lead_ref) INCLUDE (company_id, pool_id, source_id)"
        " WHERE is_converted AND entered_again_at IS NULL AND ordered_at IS NULL"
    )
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
                      CASE WHEN l.id IS NULL THEN e.campaign_id ELSE l.campaign_id END AS campaign_id,
                      CASE WHEN l.won_status = 'won' THEN l.expected_revenue END AS won_revenue, %(waits)s
                 FROM lead_pool_event b
                 JOIN lead_pool_entry e ON e.lead_ref = b.lead_ref
                 LEFT JOIN crm_lead l ON l.id = b.lead_ref
                CROSS JOIN LATERAL (%(moments)s) s
                CROSS JOIN LATERAL (%(after)s) a
                WHERE b.kind = ANY(%(kinds)s) AND %(which)s""",
            kinds=list(ENTERING),
            converted=CONVERTED,
            touched=TOUCHED,
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
        """Rows of ``lead.pool.fact.source.day``, as an SQL query; a lead that came in again counts on its last day.

        :param SQL rows: a relation with the columns of the model
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT z.tz, %(day)s AS day, COALESCE(source_id, 0) AS source_ref, company_id AS company_ref, %(figures)s
                 FROM %(rows)s e CROSS JOIN lead_pool_tally_zone z WHERE entered_again_at IS NULL AND %(zones)s""",
            day=day_of(SQL("entered_at"), SQL("z.tz")),
            figures=SQL(", ").join(
                SQL("COALESCE((%s)::int, 0) AS %s", condition, SQL.identifier(name))
                for name, condition in OF_SOURCE.items()
            ),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )

    def _campaign_days_of(self, rows, zones=None):
        """Rows of ``lead.pool.fact.campaign.day``, as an SQL query; parameters as of :meth:`_sources_of`."""
        return SQL(
            """SELECT z.tz, %(day)s AS day, COALESCE(company_id, 0) AS company_ref,
                      COALESCE(campaign_id, 0) AS campaign_ref, 1 AS leads, %(valid)s::int AS valid
                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z
                WHERE entered_again_at IS NULL AND %(zones)s""",
            day=day_of(SQL("entered_at"), SQL("z.tz")),
            valid=VALID,
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )

    def _steps_of(self, rows, zones=None):
        return self.env["lead.pool.fact.step.day"]._steps_of(rows, zones)

    def _sums_of_ledger(self, model):
        if model != "lead.pool.fact.stock":
            return super()._sums_of_ledger(model)
        return self._stock_of(SQL("(SELECT *, NULL AS entered_again_at FROM lead_pool_entry)"))
