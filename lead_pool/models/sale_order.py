from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "lead.custom.screens"]

    def action_confirm(self):
        """A confirmed order closes the lead as converted, also where the pool keeps opportunities held."""
        result = super().action_confirm()
        if self.env["lead.pool"]._in_use():
            entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.opportunity_id.ids)])
            entries._converted(order_confirmed=True)
        return result
