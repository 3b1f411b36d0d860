from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.lead_pool.models.lead_pool_entry import CLOSED_AS, STATES


class LeadPoolAnalysisLead(models.Model):
    """One row for each lead that is or was in a pool, as it is now.

    It is the lead of who holds it, or of who held it when it was closed; one that waits is nobody's.
    """

    _name = "lead.pool.analysis.lead"
    _inherit = ["lead.pool.analysis"]
    _description = "Analysis: Leads"
    _auto = False
    _order = "created_at desc, id desc"

    created_at = fields.Datetime("Created", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    closed_as = fields.Selection(CLOSED_AS, readonly=True)
    closed_at = fields.Datetime("Closed", readonly=True)
    holders = fields.Integer("Holders So Far", readonly=True, aggregator="avg")
    recycled = fields.Integer("Times Gone Back", readonly=True, aggregator="avg")
    valid = fields.Integer(readonly=True, help="Not marked invalid, not merged, not deleted.")
    valid_rate = fields.Float("Valid (%)", readonly=True, aggregator="avg", help="Valid leads, of all leads.")
    touched = fields.Integer("Followed Up", readonly=True, help="Leads with at least one follow-up that counts.")
    converted = fields.Integer(readonly=True, help="A conversion that was undone is none.")
    conversion_rate = fields.Float(
        "Conversion Rate (%)", readonly=True, aggregator="avg", help="Converted leads, of all leads."
    )
    response_hours = fields.Float(
        "Hours to First Follow-up",
        readonly=True,
        aggregator="avg",
        help="Mean from the lead's creation, over the leads that were followed up; calendar time.",
    )

    def _view(self):
        return SQL(
            """
            SELECT e.id, e.lead_ref, e.pool_id, e.company_id, e.state, e.closed_as, e.closed_at, e.holders, e.recycled,
                   CASE WHEN e.state = 'held' THEN e.user_id
                        WHEN e.state = 'closed' AND e.last_held_until = e.closed_at THEN e.last_holder_id
                   END AS user_id,
                   (COALESCE(e.closed_as, '') NOT IN %(void)s)::int AS valid,
                   CASE WHEN COALESCE(e.closed_as, '') NOT IN %(void)s THEN 100.0 ELSE 0.0 END AS valid_rate,
                   (%(converted)s)::int AS converted,
                   CASE WHEN %(converted)s THEN 100.0 ELSE 0.0 END AS conversion_rate,
                   (t.at IS NOT NULL)::int AS touched,
                   EXTRACT(epoch FROM t.at - l.create_date)::float / 3600 AS response_hours,
                   l.create_date AS created_at, l.source_id, l.campaign_id, l.medium_id
              FROM lead_pool_entry e
             CROSS JOIN LATERAL (
                 SELECT (SELECT min(h.first_follow_up_at) FROM lead_pool_holding h WHERE h.lead_ref = e.lead_ref) AS at
                 OFFSET 0) t
              LEFT JOIN crm_lead l ON l.id = e.lead_id
            """,
            void=("invalid", "merged", "deleted"),
            converted=SQL("(e.closed_as IS NOT DISTINCT FROM 'converted' OR e.converted_at IS NOT NULL)"),
        )
