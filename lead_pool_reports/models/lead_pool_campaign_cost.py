from odoo import api, fields, models


class LeadPoolCampaignCost(models.Model):
    """What a campaign costs: planned first, spent later."""

    _name = "lead.pool.campaign.cost"
    _description = "Campaign Cost"
    _order = "date desc, id desc"
    _check_company_auto = True

    campaign_id = fields.Many2one("utm.campaign", required=True, ondelete="cascade", index=True)
    date = fields.Date(required=True, default=fields.Date.context_today)
    name = fields.Char("Note")
    planned_amount = fields.Monetary("Planned")
    actual_amount = fields.Monetary("Actual", help="As long as it is empty, the planned amount counts.")
    currency_id = fields.Many2one(
        "res.currency", required=True, compute="_compute_currency_id", store=True, readonly=False, precompute=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = fields.Monetary(
        "Cost",
        compute="_compute_amount",
        store=True,
        currency_field="company_currency_id",
        help="What was spent, else what was planned, in the currency of the company by the rate of the date.",
    )
    is_planned = fields.Boolean("Only Planned", compute="_compute_amount", store=True)

    _not_negative = models.Constraint(
        "CHECK (COALESCE(planned_amount, 0) >= 0 AND COALESCE(actual_amount, 0) >= 0)",
        "A cost cannot be negative. Reduce the line that was too high.",
    )

    @api.depends("company_id")
    def _compute_currency_id(self):
        for cost in self:
            cost.currency_id = cost.currency_id or cost.company_id.currency_id

    @api.depends("planned_amount", "actual_amount", "currency_id", "company_id", "date")
    def _compute_amount(self):
        for cost in self:
            cost.is_planned = not cost.actual_amount and bool(cost.planned_amount)
            amount = cost.actual_amount or cost.planned_amount
            if cost.currency_id and cost.company_id:
                day = cost.date or fields.Date.context_today(cost)
                amount = cost.currency_id._convert(amount, cost.company_currency_id, cost.company_id, day)
            cost.amount = amount
