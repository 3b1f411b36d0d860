from odoo import api, fields, models
from odoo.exceptions import UserError

#: Values of an order that decide whether it keeps a lead with its holder.
KEEPING = {"opportunity_id", "state"}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "lead.custom.screens"]

    follow_up_count = fields.Integer(
        "Follow-ups", compute="_compute_follow_up_count", help="Of the lead that became it, as far as the user may see."
    )

    def _compute_follow_up_count(self):
        counts = dict(
            self.env["lead.follow.up"]._read_group(
                [("lead_id", "in", self.opportunity_id.ids)], ["lead_id"], ["__count"]
            )
        )
        for order in self:
            order.follow_up_count = counts.get(order.opportunity_id, 0)

    def button_follow_ups(self):
        return self.env["lead.follow.up"]._open_list([("lead_id", "in", self.opportunity_id.ids)])

    def action_confirm(self):
        """A confirmed order closes the lead as converted, also where the pool keeps opportunities held. When the
        customer signs or pays it, it does so whoever has the lead by then; a person confirms those of his own leads."""
        self._check_may_order()
        result = super().action_confirm()
        if self.env["lead.pool"]._in_use():
            entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", self.opportunity_id.ids)])
            self.opportunity_id._fill_customers()
            entries._converted(order_confirmed=True)
        return result

    def _check_may_order(self):
        """An order closes the lead it names, or keeps it with its holder: it is for who may change that lead, and
        nobody names another one by its number.

        :raises UserError: which lead, and what to do
        """
        for lead in self.opportunity_id._of_others():
            raise UserError(
                self.env._(
                    "Lead #%(number)s is not yours, so that you cannot make an order for it. Claim it, or ask an admin "
                    "of its pool.",
                    number=lead.id,
                )
            )

    # ------------------------------------------------------------
    # A QUOTATION KEEPS A LEAD WITH ITS HOLDER, WHERE THE POOL SAYS SO
    # ------------------------------------------------------------

    @api.model
    def _lead_pool_ordered(self, lead_ids):
        """Those of these leads that have a quotation or order which is not cancelled."""
        orders = self._read_group([("opportunity_id", "in", lead_ids), ("state", "!=", "cancel")], ["opportunity_id"])
        return {lead.id for (lead,) in orders}

    def _lead_pool_refresh(self, leads):
        """The deadlines of these leads follow from other orders now."""
        pools = self.env["lead.pool"]._pools_exempting_orders() if self.env["lead.pool"]._in_use() else ()
        if pools and leads:
            self.env["lead.pool.entry"].sudo()._held_of(leads.ids, pools)._refresh_deadlines()

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._check_may_order()
        self._lead_pool_refresh(orders.opportunity_id)
        return orders

    def write(self, vals):
        if KEEPING.isdisjoint(vals):
            return super().write(vals)
        leads = self.opportunity_id
        result = super().write(vals)
        if vals.get("opportunity_id"):
            self._check_may_order()
        self._lead_pool_refresh(leads | self.opportunity_id)
        return result

    def unlink(self):
        leads = self.opportunity_id
        result = super().unlink()
        self._lead_pool_refresh(leads)
        return result
