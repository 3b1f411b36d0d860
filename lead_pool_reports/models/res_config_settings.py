from odoo import fields, models

from .lead_pool_report_export import LIMIT, USUAL_LIMIT


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    lead_pool_export_rows = fields.Integer(
        "Rows of an Export without a Reason",
        config_parameter=LIMIT,
        default=USUAL_LIMIT,
        help="Exports of reports with more rows need a reason and are written down. 0: no limit.",
    )
