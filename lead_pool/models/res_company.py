from zoneinfo import ZoneInfo

from odoo import fields, models

from ..rules.handover import GRACE_DAYS
from ..rules.working_time import windows


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["lead.pool.notice.choices", "res.company"]

    lead_pool_default_id = fields.Many2one(
        "lead.pool", "Default Pool", ondelete="set null", help="Takes new leads for which no entry condition holds."
    )
    lead_pool_capacity = fields.Integer("Most Leads Held by a Rep", help="In all pools together. 0: no limit.")
    lead_pool_daily_claim_limit = fields.Integer("Claims of a Rep per Day", help="In all pools together. 0: no limit.")
    lead_pool_hourly_claim_limit = fields.Integer(
        "Claims of a Rep per Hour", help="In all pools together. 0: no limit."
    )

    lead_pool_leaver = fields.Selection(
        [("pool", "Back to the pools"), ("leader", "To the team leader"), ("person", "To a person")],
        "Leads of an Archived User",
        default="pool",
        required=True,
        help="Where the leads of a user go who is archived without a hand-over.",
    )
    lead_pool_leaver_user_id = fields.Many2one(
        "res.users", "Leads of an Archived User To", ondelete="set null", domain="[('share', '=', False)]"
    )
    lead_pool_grace_days = fields.Integer(
        "Grace of a Hand-over",
        default=GRACE_DAYS,
        help="Days before which no lead goes back by itself that was handed over because its holder was archived.",
    )

    lead_pool_remind_working = fields.Boolean(
        "Remind in Working Hours Only",
        default=True,
        help="Warnings and reminders wait until the working time of whom they are for begins; what somebody did is "
        "told at once.",
    )

    _lead_pool_limits_positive = models.Constraint(
        """CHECK (COALESCE(lead_pool_capacity, 0) >= 0 AND COALESCE(lead_pool_daily_claim_limit, 0) >= 0
                  AND COALESCE(lead_pool_hourly_claim_limit, 0) >= 0)""",
        "A limit is 0 (no limit) or more.",
    )

    def write(self, vals):
        result = super().write(vals)
        if any(
            name in vals
            for name in ("lead_pool_capacity", "lead_pool_daily_claim_limit", "lead_pool_hourly_claim_limit")
        ):
            for company in self:
                reps = (
                    self.env["lead.pool.rep"]
                    .sudo()
                    .search([("company_id", "=", company.id), ("own_limits", "=", False)])
                )
                reps.write(company._lead_pool_rep_limits())
        return result

    def _lead_pool_rep_limits(self):
        """The limits of a rep who has none of his own."""
        self.ensure_one()
        return {
            "capacity": self.lead_pool_capacity,
            "daily_claim_limit": self.lead_pool_daily_claim_limit,
            "hourly_claim_limit": self.lead_pool_hourly_claim_limit,
        }

    def _lead_pool_windows(self, now):
        """The company's present day and hour, on which the limits over all pools are counted."""
        self.ensure_one()
        return windows(now, ZoneInfo(self._lead_pool_tz()))

    def _lead_pool_tz(self):
        """The company's clock, by the name of its time zone."""
        return self.resource_calendar_id.tz or self.partner_id.tz or "UTC"
