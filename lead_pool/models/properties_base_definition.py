from odoo import models


class PropertiesBaseDefinition(models.Model):
    _inherit = "properties.base.definition"

    def write(self, vals):
        """Properties of customers are fields of the mapping."""
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result
