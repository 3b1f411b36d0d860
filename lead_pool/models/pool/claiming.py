"""Who may take leads of a pool, how many, and when."""

from odoo import fields, models


class LeadPoolClaiming(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.claiming"
    _description = "Claiming in a Pool"

    claimable = fields.Boolean(
        "Members May Claim", default=True, tracking=True, help="Off: leads are given out by the pool's admins only."
    )
    member_capacity = fields.Integer("Most Leads Held", default=30, help="Of a new member. 0: no limit.")
    member_daily_claim_limit = fields.Integer("Claims per Day", default=10, help="Of a new member. 0: no limit.")
    member_hourly_claim_limit = fields.Integer("Claims per Hour", help="Of a new member. 0: no limit.")
    cooling_days = fields.Integer(
        "Cooling-off", help="Days in which a former holder cannot take the lead again. 0: none."
    )
    cooling_of = fields.Selection(
        [("last", "The last holder"), ("any", "Any former holder")],
        "Cooling-off For",
        required=True,
        default="last",
        help="Who waits for the days of the cooling-off: only who had the lead last, or everybody who ever had it.",
    )
    protection_minutes = fields.Integer(
        "Protection", help="Minutes in which a lead that just entered cannot be claimed. 0: none."
    )
    card_limit = fields.Integer("Cards per Day", help="Cards a member may open a day. 0: no limit.")
