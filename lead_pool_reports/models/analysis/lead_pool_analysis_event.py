from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.lead_pool.models.lead_pool_event import KINDS


class LeadPoolAnalysisEvent(models.Model):
    """One row for each thing that happened; claims that were undone are none."""

    _name = "lead.pool.analysis.event"
    _inherit = ["lead.pool.analysis"]
    _description = "Analysis: Events"
    _auto = False
    _order = "date desc, id desc"
    _people_fields = ("user_id", "from_user_id")
    _pool_fields = ("pool_id", "from_pool_id")

    date = fields.Datetime(readonly=True)
    kind = fields.Selection(KINDS, "What", readonly=True)
    from_pool_id = fields.Many2one("lead.pool", "From Pool", readonly=True)
    from_user_id = fields.Many2one("res.users", "Former Rep", readonly=True)
    actor_id = fields.Many2one("res.users", "Done By", readonly=True)
    reason = fields.Char(readonly=True)

    def _view(self):
        """The ledger knows people and pools by their numbers; who was deleted since is nobody."""
        return SQL(
            """
            SELECT e.id, e.date, e.kind, e.lead_ref, e.reason, p.id AS pool_id, f.id AS from_pool_id, u.id AS user_id,
                   b.id AS from_user_id, a.id AS actor_id, e.company_ref AS company_id,
                   l.source_id, l.campaign_id, l.medium_id
              FROM lead_pool_event e
              LEFT JOIN lead_pool p ON p.id = e.pool_ref
              LEFT JOIN lead_pool f ON f.id = e.from_pool_ref
              LEFT JOIN res_users u ON u.id = e.user_ref
              LEFT JOIN res_users b ON b.id = e.from_user_ref
              LEFT JOIN res_users a ON a.id = e.actor_ref
              LEFT JOIN crm_lead l ON l.id = e.lead_ref
             WHERE e.kind <> 'claim_undone'
               AND NOT (e.kind IN ('claimed', 'pulled') AND EXISTS (
                   SELECT FROM lead_pool_holding h
                    WHERE h.lead_ref = e.lead_ref AND h.epoch = e.epoch AND h.end_reason = 'undone'))
            """
        )
