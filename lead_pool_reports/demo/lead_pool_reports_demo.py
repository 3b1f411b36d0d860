"""What the sixty days of the demo cost and brought: campaign costs, targets, invoices and payments."""

from datetime import timedelta

from odoo import api, fields, models

#: Of each three orders: invoiced and paid, invoiced and paid in part, not invoiced yet.
PAID = (1, 0.4, None)
MOST_ORDERS = 12
DAYS_TO_INVOICE, DAYS_TO_PAY = timedelta(days=1), timedelta(days=6)


class LeadPoolReportsDemo(models.AbstractModel):
    _name = "lead.pool.reports.demo"
    _description = "Demo Figures of Reports"

    @api.model
    def _make_money(self):
        """Run once, after the history of the pools."""
        if self.env["lead.pool.campaign.cost"].search_count([], limit=1):
            return
        today = fields.Date.context_today(self)
        self._make_costs(today)
        self._make_targets(today)
        orders = self.env["sale.order"].search(
            [("state", "=", "sale"), ("opportunity_id.pool_id", "!=", False)],
            order="date_order desc",
            limit=MOST_ORDERS,
        )
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.env.company.id)], limit=1
        )
        if bank:
            for number, order in enumerate(orders):
                self._collect(order, PAID[number % len(PAID)], bank, today)

    def _make_costs(self, today):
        fair, intake = (self.env.ref(f"lead_pool.{name}") for name in ("campaign_fair", "campaign_intake"))
        self.env["lead.pool.campaign.cost"].create(
            [
                {"campaign_id": campaign.id, "date": today - timedelta(days=days), "name": name, **amounts}
                for campaign, days, name, amounts in (
                    (fair, 27, "Stand", {"planned_amount": 900, "actual_amount": 960}),
                    (fair, 20, "Leaflets", {"planned_amount": 150}),
                    (intake, 25, "Search ads", {"planned_amount": 1200, "actual_amount": 1180}),
                    (intake, 5, "Search ads", {"planned_amount": 1200}),
                )
            ]
        )

    def _make_targets(self, today):
        values = {"date_from": today, "span": "month"}
        reps = self.env["lead.pool.member"].search([("role", "=", "member")]).user_id
        pools = self.env["lead.pool"].search([("active", "=", True)])
        self.env["lead.pool.target"].create(
            [
                *({**values, "user_id": rep.id, "value": 20000} for rep in reps),
                *({**values, "subject": "pool", "pool_id": pool.id, "value": 60000} for pool in pools),
            ]
        )

    def _collect(self, order, share, bank, today):
        """Invoice an order and register what was paid, as soon after it as the demo has days."""
        for line in order.order_line:
            line.qty_delivered = line.product_uom_qty
        if share is None or not order.order_line.filtered("qty_to_invoice"):
            return
        day = min(order.date_order.date() + DAYS_TO_INVOICE, today)
        invoice = order._create_invoices()
        invoice.invoice_date = day
        invoice.action_post()
        paid_on = day + DAYS_TO_PAY
        if paid_on <= today:
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            )
            amount = invoice.currency_id.round(invoice.amount_total * share)
            wizard.create({"payment_date": paid_on, "amount": amount, "journal_id": bank.id})._create_payments()
