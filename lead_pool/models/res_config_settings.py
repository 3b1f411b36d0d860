from odoo import api, fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lead_pool_stopped = fields.Boolean(
        "Stop Everything",
        config_parameter="lead_pool.stopped",
        help="Kill switch: no distribution and no reclaim until it is off again. Claims and returns go on.",
    )
    lead_pool_uninstall_drops_fields = fields.Boolean(
        "Uninstalling Removes Custom Fields",
        config_parameter="lead_pool.uninstall_drops_fields",
        help="Off: custom fields that hold values stay in the database when Lead Pool is uninstalled.",
    )
    lead_pool_default_id = fields.Many2one(related="company_id.lead_pool_default_id", readonly=False)
    lead_pool_capacity = fields.Integer(related="company_id.lead_pool_capacity", readonly=False)
    lead_pool_daily_claim_limit = fields.Integer(related="company_id.lead_pool_daily_claim_limit", readonly=False)
    lead_pool_hourly_claim_limit = fields.Integer(related="company_id.lead_pool_hourly_claim_limit", readonly=False)
    lead_pool_ids = fields.Many2many("lead.pool", string="Lead Pools", compute="_compute_lead_pool_ids")
    lead_pool_health = fields.Text("Health", compute="_compute_lead_pool_health")
    lead_pool_write_obstacle = fields.Char("Fast Writing", compute="_compute_lead_pool_health")

    @api.depends("company_id")
    def _compute_lead_pool_ids(self):
        for settings in self:
            settings.lead_pool_ids = self.env["lead.pool"].search(
                [("company_id", "in", [settings.company_id.id, False])]
            )

    @api.depends("company_id")
    def _compute_lead_pool_health(self):
        problems = self.env["lead.pool"]._health_problems()
        for settings in self:
            settings.lead_pool_health = "\n".join(problems) or False
            settings.lead_pool_write_obstacle = self.env["crm.lead"]._pool_write_obstacle()
