from odoo import fields, models
from odoo.tools import SQL

from ..tables.rep_status import ENDS
from .lead_pool_tally import day_of
from .reports.funnel import of_holding
from .reports.money import EXPECTED, orders_of

#: Events by which a rep gets a lead.
GIVING = ("claimed", "pulled", "assigned", "reassigned", "distributed", "reclaimed")


class LeadPoolFactHolding(models.Model):
    """A time that a rep held a lead, and what came before and after. A claim that was undone is none."""

    _name = "lead.pool.fact.holding"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Time That a Rep Held a Lead"
    _log_access = False
    _key = "holding_ref"
    _sums = {
        "lead.pool.fact.stock": "_stock_of",
        "lead.pool.fact.holding.day": "_days_of",
        "lead.pool.fact.wait.day": "_waits_of",
        "lead.pool.fact.wait.weekday": "_weekdays_of",
        "lead.pool.fact.hours": "_hours_of",
        "lead.pool.fact.open": "_open_of",
        "lead.pool.fact.ended": "_ended_of",
        "lead.pool.fact.course": "_courses_of",
        "lead.pool.fact.given": "_given_of",
        "lead.pool.fact.reason.day": "_reasons_of",
    }
    _stocks = ("untouched", "in_progress", "opportunity", "touched")
    _moments = {
        "lead.pool.fact.holding.day": ("started_at", "ended_at"),
        "lead.pool.fact.wait.day": ("started_at",),
        "lead.pool.fact.wait.weekday": ("started_at",),
        "lead.pool.fact.hours": ("first_follow_up_at",),
        "lead.pool.fact.ended": ("ended_at",),
        "lead.pool.fact.course": ("started_at",),
        "lead.pool.fact.given": ("started_at",),
        "lead.pool.fact.reason.day": ("ended_at",),
    }

    holding_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    pool_id = fields.Integer(readonly=True, aggregator=None)
    user_id = fields.Integer(readonly=True, aggregator=None)
    company_id = fields.Integer(readonly=True, aggregator=None)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    end_reason = fields.Char(readonly=True)
    reason_id = fields.Integer(readonly=True, aggregator=None)
    first_follow_up_at = fields.Datetime(readonly=True)
    origin = fields.Char(readonly=True)
    ordinal = fields.Integer(readonly=True, aggregator=None)
    over_capacity = fields.Boolean(readonly=True)
    is_opportunity = fields.Boolean(readonly=True)
    reached_at = fields.Datetime(readonly=True, help="Converted in these hands, as the funnel counts it.")
    ordered_at = fields.Datetime(readonly=True)
    converted_at = fields.Datetime(readonly=True, help="Converted in these hands.")
    previous_end = fields.Char(readonly=True)
    previous_reason_id = fields.Integer(readonly=True, aggregator=None)
    source_id = fields.Integer(readonly=True, aggregator=None)
    created_at = fields.Datetime(readonly=True, help="When the lead was created.")
    priority = fields.Char(readonly=True)
    decision = fields.Char(readonly=True)
    policy_ref = fields.Integer(readonly=True, aggregator=None, help="The rules by which the rep got it.")
    touched_after = fields.Float(readonly=True, aggregator=None, help="Seconds until the first follow-up.")
    won = fields.Boolean(readonly=True, help="The lead, which is still there, was converted then for the last time.")
    won_elsewhere = fields.Boolean(readonly=True, help="And it has a confirmed order in another company.")
    worth = fields.Float(
        readonly=True, digits=0, aggregator=None, help="Of its orders without taxes; without any, what is expected."
    )

    _holding_uniq = models.UniqueIndex("(holding_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _started_idx = models.Index(
        "(started_at) INCLUDE (user_id, pool_id, company_id, source_id, lead_ref, first_follow_up_at, policy_ref,"
        " origin, over_capacity, decision, priority)"
    )
    _ended_idx = models.Index("(ended_at)")
    _course_idx = models.Index("(started_at) WHERE ended_at IS NOT NULL OR converted_at IS NOT NULL")
    _taken_idx = models.Index(
        """(ended_at) INCLUDE (pool_id, user_id, company_id, source_id, lead_ref)
            WHERE end_reason IN ('reassigned', 'recalled', 'transferred')"""
    )
    _reasons_idx = models.Index(
        """(ended_at) INCLUDE (end_reason, reason_id, user_id, pool_id, company_id, source_id)
            WHERE end_reason IN ('returned', 'invalid')"""
    )
    _converted_idx = models.Index("(ended_at) INCLUDE (lead_ref, company_id) WHERE end_reason = 'converted'")
    _elsewhere_idx = models.Index("(ended_at) WHERE won_elsewhere")
    _open_idx = models.Index("(user_id) WHERE ended_at IS NULL")
    _user_started_idx = models.Index("(user_id, started_at)")
    _user_ended_idx = models.Index("(user_id, ended_at)")
    _after_idx = models.Index(
        "(touched_after) INCLUDE (started_at, user_id, pool_id, company_id, lead_ref) WHERE touched_after IS NOT NULL"
    )
    _user_after_idx = models.Index(
        "(user_id, touched_after) INCLUDE (started_at, company_id, lead_ref) WHERE touched_after IS NOT NULL"
    )
    _pool_after_idx = models.Index(
        "(pool_id, touched_after) INCLUDE (started_at, company_id, lead_ref) WHERE touched_after IS NOT NULL"
    )

    def _live(self, which):
        holding = self.env["lead.pool.holding"]
        return SQL(
            """SELECT b.id AS holding_ref, b.lead_ref, b.pool_id, b.user_id, b.company_id, b.started_at, b.ended_at,
                      b.end_reason, b.reason_id, b.first_follow_up_at, b.origin, b.ordinal, b.over_capacity,
                      (b.ended_at IS NULL AND e.converted_at IS NOT NULL) AS is_opportunity,
                      s.converted AS reached_at, s.ordered AS ordered_at, %(converted_at)s AS converted_at,
                      %(previous_end)s AS previous_end, %(previous_reason)s AS previous_reason_id, l.source_id,
                      l.create_date AS created_at, l.priority, a.decision,
                      (SELECT g.policy_ref FROM lead_pool_event g
                        WHERE g.lead_ref = b.lead_ref AND g.epoch = b.epoch AND g.user_ref = b.user_id
                          AND g.kind = ANY(%(giving)s) ORDER BY g.seq LIMIT 1) AS policy_ref,
                      date_part('epoch', b.first_follow_up_at - b.started_at) AS touched_after,
                      w.won, w.won AND COALESCE(o.elsewhere, FALSE) AS won_elsewhere,
                      CASE WHEN w.won THEN COALESCE(
                                CASE WHEN o.elsewhere IS NOT TRUE THEN o.order_amount_untaxed END,
                                CASE WHEN l.active THEN %(expected)s END, 0) END AS worth
                 FROM lead_pool_holding b
                 LEFT JOIN crm_lead l ON l.id = b.lead_ref
                 LEFT JOIN lead_pool_entry e ON e.lead_id = b.lead_id
                 LEFT JOIN lead_assessment a ON a.lead_id = b.lead_id AND a.is_current
                CROSS JOIN LATERAL (%(moments)s) s
                CROSS JOIN LATERAL (
                      SELECT COALESCE(b.end_reason = 'converted' AND l.id IS NOT NULL AND NOT EXISTS (
                             SELECT FROM lead_pool_holding later
                              WHERE later.lead_ref = b.lead_ref AND later.company_id IS NOT DISTINCT FROM b.company_id
                                AND later.end_reason = 'converted' AND later.epoch > b.epoch), FALSE) AS won) w
                CROSS JOIN LATERAL (%(orders)s) o
                WHERE b.end_reason IS DISTINCT FROM 'undone' AND %(which)s""",
            converted_at=holding._sql_of_lead("converted_at", "b"),
            previous_end=holding._sql_of_lead("previous_end", "b"),
            previous_reason=holding._sql_of_lead("previous_reason_id", "b"),
            giving=list(GIVING),
            moments=of_holding(SQL("b")),
            expected=EXPECTED,
            orders=orders_of(SQL("b.lead_ref"), SQL("b.company_id"), SQL("w.won")),
            which=which,
        )

    def _stock_of(self, rows):
        """Rows of ``lead.pool.fact.stock``: what reps have."""
        return SQL(
            """SELECT code, user_id AS user_ref, pool_id AS pool_ref, COALESCE(company_id, 0) AS company_ref, 1 AS count
                 FROM %s f CROSS JOIN LATERAL (
                      SELECT CASE WHEN first_follow_up_at IS NULL THEN 'untouched' ELSE 'in_progress' END AS code
                       UNION ALL SELECT 'opportunity' WHERE is_opportunity) c
                WHERE ended_at IS NULL""",
            rows,
        )

    def _sums_of_ledger(self, model):
        if model != "lead.pool.fact.stock":
            return super()._sums_of_ledger(model)
        return self._stock_of(
            SQL(
                """(SELECT b.*, EXISTS (SELECT FROM lead_pool_entry e WHERE e.lead_id = b.lead_id
                                           AND e.converted_at IS NOT NULL) AS is_opportunity
                      FROM lead_pool_holding b)"""
            )
        )

    def _waits_of(self, rows, zones=None):
        return self.env["lead.pool.fact.wait.day"]._waits_of(rows, zones)

    def _weekdays_of(self, rows, zones=None):
        return self.env["lead.pool.fact.wait.weekday"]._weekdays_of(rows, zones)

    def _hours_of(self, rows):
        columns = map(SQL, ("first_follow_up_at", "pool_id", "company_id"))
        return self.env["lead.pool.fact.hours"]._hours_of(rows, "touched", *columns)

    def _days_of(self, rows, zones=None):
        """Rows of ``lead.pool.fact.holding.day`` by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of the model
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        ends = SQL(", ").join(
            SQL("(end_reason = ANY(%s))::int AS %s", list(reasons), SQL.identifier(code))
            for code, reasons in ENDS.items()
        )
        return SQL(
            """SELECT z.tz, %(began)s AS day, user_id AS user_ref, COALESCE(company_id, 0) AS company_ref,
                      1 AS received,
                      (end_reason IS NOT DISTINCT FROM 'converted' OR is_opportunity)::int AS received_converted,
                      0 AS ended, %(none)s
                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s
                UNION ALL
               SELECT z.tz, %(ended)s, user_id, COALESCE(company_id, 0), 0, 0, 1, %(ends)s
                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE ended_at IS NOT NULL AND %(zones)s""",
            began=day_of(SQL("started_at"), SQL("z.tz")),
            ended=day_of(SQL("ended_at"), SQL("z.tz")),
            none=SQL(", ").join(SQL("0 AS %s", SQL.identifier(code)) for code in ENDS),
            ends=ends,
            rows=rows,
            zones=zones or SQL("z.by_rep"),
        )

    def _courses_of(self, rows, zones=None):
        return self.env["lead.pool.fact.course"]._courses_of(rows, zones)

    def _given_of(self, rows, zones=None):
        return self.env["lead.pool.fact.given"]._given_of(rows, zones)

    def _reasons_of(self, rows, zones=None):
        return self.env["lead.pool.fact.reason.day"]._reasons_of(rows, zones)

    def _open_of(self, rows):
        """Rows of ``lead.pool.fact.open``."""
        return SQL(
            """SELECT w.user_ref, w.pool_ref, COALESCE(company_id, 0) AS company_ref,
                      COALESCE(source_id, 0) AS source_ref, first_follow_up_at IS NOT NULL AS touched, 1 AS count
                 FROM %s f CROSS JOIN LATERAL (VALUES (user_id, 0), (0, pool_id)) w (user_ref, pool_ref)
                WHERE ended_at IS NULL AND NOT is_opportunity""",
            rows,
        )

    def _ended_of(self, rows):
        """Rows of ``lead.pool.fact.ended``."""
        return SQL(
            """SELECT ended_at::date AS day, COALESCE(company_id, 0) AS company_ref,
                      COALESCE(source_id, 0) AS source_ref, 1 AS ended,
                      (end_reason IS NOT DISTINCT FROM 'converted')::int AS converted,
                      (first_follow_up_at IS NOT NULL)::int AS touched,
                      (first_follow_up_at IS NOT NULL
                       AND end_reason IS NOT DISTINCT FROM 'converted')::int AS touched_converted,
                      (won AND NOT won_elsewhere)::int AS won,
                      CASE WHEN won AND NOT won_elsewhere THEN worth ELSE 0 END AS worth
                 FROM %s f WHERE ended_at IS NOT NULL""",
            rows,
        )
