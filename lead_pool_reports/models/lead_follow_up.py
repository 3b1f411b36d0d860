from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .reports.funnel import converted_at


class LeadFollowUp(models.Model):
    _inherit = "lead.follow.up"

    led_to_conversion = fields.Boolean(store=False, search="_search_led_to_conversion", export_string_translation=False)

    def _search_led_to_conversion(self, operator, value):
        """Follow-ups of leads that were converted afterwards, whenever that was."""
        if operator != "in" or True not in value:
            return NotImplemented
        self.env["lead.pool.conversion"].flush_model()

        def to_sql(_model, alias, _query):
            converted = converted_at(SQL.identifier(alias, "lead_id"))
            return SQL("((%s) >= %s)", converted, SQL.identifier(alias, "date"))

        return Domain.custom(to_sql=to_sql)
