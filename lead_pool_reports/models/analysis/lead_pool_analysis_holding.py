from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.lead_pool.models.lead_pool_holding import END_REASONS, ORIGINS


class LeadPoolAnalysisHolding(models.Model):
    """One row for each time a rep had a lead; claims that were undone are none."""

    _name = "lead.pool.analysis.holding"
    _inherit = ["lead.pool.analysis"]
    _description = "Analysis: Holdings"
    _auto = False
    _order = "started_at desc, id desc"

    started_at = fields.Datetime("From", readonly=True)
    ended_at = fields.Datetime("Until", readonly=True)
    origin = fields.Selection(ORIGINS, readonly=True)
    end_reason = fields.Selection(END_REASONS, "Ended", readonly=True)
    reason_id = fields.Many2one("lead.pool.reason", "Reason", readonly=True)
    previous_end = fields.Selection(
        END_REASONS, "Former Holder", readonly=True, help="How the holding before this one ended."
    )
    ordinal = fields.Integer("Holder No.", readonly=True, aggregator="avg")
    over_capacity = fields.Integer(readonly=True, help="Leads given although the rep held as many as he may.")
    follow_up_count = fields.Integer("Follow-ups", readonly=True)
    touched = fields.Integer("Followed Up", readonly=True, help="Leads with a follow-up by this holder.")
    converted = fields.Integer(
        readonly=True, help="Leads this holder converted by now. A conversion that was undone is none."
    )
    conversion_rate = fields.Float(
        "Conversion Rate (%)", readonly=True, aggregator="avg", help="Converted so far, of all that were taken."
    )
    response_hours = fields.Float(
        "Hours to First Follow-up",
        readonly=True,
        aggregator="avg",
        help="Mean over the leads that were followed up; calendar time.",
    )
    held_days = fields.Float(
        "Days Held", readonly=True, aggregator="avg", help="Mean over the leads that are held no more; calendar time."
    )

    def _view(self):
        """OFFSET 0 has what is asked for several times computed once, and not at all when it is not asked for."""
        Holding = self.env["lead.pool.holding"]
        return SQL(
            """
            SELECT h.id, h.lead_ref, h.pool_id, h.user_id, h.company_id, h.started_at, h.ended_at, h.origin,
                   h.end_reason, h.reason_id, h.ordinal, h.over_capacity::int AS over_capacity, h.follow_up_count,
                   (h.first_follow_up_at IS NOT NULL)::int AS touched,
                   EXTRACT(epoch FROM h.first_follow_up_at - h.started_at)::float / 3600 AS response_hours,
                   EXTRACT(epoch FROM h.ended_at - h.started_at)::float / 86400 AS held_days,
                   (c.at IS NOT NULL)::int AS converted,
                   CASE WHEN c.at IS NOT NULL THEN 100.0 ELSE 0.0 END AS conversion_rate,
                   %(previous_end)s AS previous_end,
                   l.source_id, l.campaign_id, l.medium_id
              FROM lead_pool_holding h
             CROSS JOIN LATERAL (SELECT %(converted_at)s AS at OFFSET 0) c
              LEFT JOIN crm_lead l ON l.id = h.lead_id
             WHERE h.end_reason IS DISTINCT FROM 'undone'
            """,
            converted_at=Holding._sql_of_lead("converted_at", "h"),
            previous_end=Holding._sql_of_lead("previous_end", "h"),
        )
