from odoo import fields, models


class UtmCampaign(models.Model):
    _inherit = "utm.campaign"

    lead_pool_cost_ids = fields.One2many(
        "lead.pool.campaign.cost",
        "campaign_id",
        "Costs",
        groups="lead_pool.group_marketing,lead_pool.group_manager",
    )
