from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        """A confirmed order closes the lead as converted, also where the pool keeps opportunities held."""
        result = super().action_confirm()
        if self.env["lead.pool"]._in_use():
            entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.opportunity_id.ids)])
            entries._converted(order_confirmed=True)
        return result
