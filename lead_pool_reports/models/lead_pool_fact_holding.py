from odoo import fields, models
from odoo.tools import SQL

from .reports.funnel import of_holding

#: Events by which a rep gets a lead.
GIVING = ("claimed", "pulled", "assigned", "reassigned", "distributed", "reclaimed")


class LeadPoolFactHolding(models.Model):
    """A time that a rep held a lead, and what came before and after. A claim that was undone is none."""

    _name = "lead.pool.fact.holding"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Time That a Rep Held a Lead"
    _log_access = False
    _key = "holding_ref"
    _stocks = ("untouched", "in_progress", "opportunity")

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

    _holding_uniq = models.UniqueIndex("(holding_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _started_idx = models.Index("(started_at)")
    _ended_idx = models.Index("(ended_at)")
    _open_idx = models.Index("(user_id) WHERE ended_at IS NULL")
    _user_started_idx = models.Index("(user_id, started_at)")
    _user_ended_idx = models.Index("(user_id, ended_at)")

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
                          AND g.kind = ANY(%(giving)s) ORDER BY g.seq LIMIT 1) AS policy_ref
                 FROM lead_pool_holding b
                 LEFT JOIN crm_lead l ON l.id = b.lead_ref
                 LEFT JOIN lead_pool_entry e ON e.lead_id = b.lead_id
                 LEFT JOIN lead_assessment a ON a.lead_id = b.lead_id AND a.is_current
                CROSS JOIN LATERAL (%(moments)s) s
                WHERE b.end_reason IS DISTINCT FROM 'undone' AND %(which)s""",
            converted_at=holding._sql_of_lead("converted_at", "b"),
            previous_end=holding._sql_of_lead("previous_end", "b"),
            previous_reason=holding._sql_of_lead("previous_reason_id", "b"),
            giving=list(GIVING),
            moments=of_holding(SQL("b")),
            which=which,
        )

    def _stock_of(self, rows):
        return SQL(
            """SELECT code, user_id AS user_ref, pool_id AS pool_ref, COALESCE(company_id, 0) AS company_ref
                 FROM %s f CROSS JOIN LATERAL (
                      SELECT CASE WHEN first_follow_up_at IS NULL THEN 'untouched' ELSE 'in_progress' END AS code
                       UNION ALL SELECT 'opportunity' WHERE is_opportunity) c
                WHERE ended_at IS NULL""",
            rows,
        )

    def _stock_of_ledger(self):
        return self._stock_of(
            SQL(
                """(SELECT b.*, EXISTS (SELECT FROM lead_pool_entry e WHERE e.lead_id = b.lead_id
                                           AND e.converted_at IS NOT NULL) AS is_opportunity
                      FROM lead_pool_holding b)"""
            )
        )
