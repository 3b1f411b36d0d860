"""When held leads go back to a pool, and where else they may go."""

from odoo import fields, models


class LeadPoolGivingBack(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.giving.back"
    _description = "Giving Back in a Pool"

    reclaim_rule_ids = fields.One2many(
        "lead.pool.reclaim.rule",
        "pool_id",
        "Reclaim Rules",
        help="When a held lead goes back by itself. The first one whose condition holds counts.",
    )
    grace_hours = fields.Integer(
        "Grace", default=24, help="Hours that a holder keeps at least when a changed rule brings his deadline forward."
    )
    opportunity_ends_holding = fields.Boolean(
        "Opportunity Ends the Holding", default=True, help="Off: a converted lead stays held until it is won or lost."
    )
    return_pool_ids = fields.Many2many(
        "lead.pool",
        "lead_pool_return_rel",
        "pool_id",
        "return_pool_id",
        "Return Also To",
        help="Pools to which a holder may return a lead besides this one.",
    )
    deadlines_stale = fields.Boolean(
        copy=False, readonly=True, help="The rules changed: deadlines of held leads are being computed again."
    )
    stale_from = fields.Integer(copy=False, readonly=True, help="Entry up to which deadlines were computed again.")
