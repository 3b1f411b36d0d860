from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lead_pool_honeypot = fields.Boolean(related="website_id.lead_pool_honeypot", readonly=False)
    lead_pool_form_seconds = fields.Integer(related="website_id.lead_pool_form_seconds", readonly=False)
    lead_pool_forms_per_minute = fields.Integer(related="website_id.lead_pool_forms_per_minute", readonly=False)
