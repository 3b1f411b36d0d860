"""Who may take leads of a pool, how many, and when."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...rules.facts import Policy

ORDERS = [
    ("free", "Free choice"),
    ("oldest", "The oldest first"),
    ("newest", "The newest first"),
    ("score", "The best first: stars, then score"),
    ("pull", "Pull: the pool picks for who asks"),
]
#: Orders that need the score of a lead, which the entry has where it is an open field.
BY_SCORE = ("score", "pull")


class LeadPoolClaiming(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.claiming"
    _description = "Claiming in a Pool"

    claimable = fields.Boolean(
        "Members May Claim", default=True, tracking=True, help="Off: leads are given out by the pool's admins only."
    )
    claim_order = fields.Selection(
        ORDERS,
        "Order of Claims",
        required=True,
        default="free",
        tracking=True,
        help="Free: members choose. In an order: each may take only the lead that is next for him. Pull: nobody "
        "chooses; who asks for the next lead gets the best one for him: of customers he knows, by stars, score and "
        "freshness.",
    )
    claim_rule_ids = fields.One2many(
        "lead.pool.claim.rule",
        "pool_id",
        "Claim Rules",
        help="Who may claim which leads. The first rule that holds for a lead decides; without one, every member.",
    )
    backlog_limit = fields.Integer(
        "Untouched Leads at Most",
        help="Nobody claims more while he holds more leads than this, in all pools together, that he has not followed "
        "up since he got them. 0: no limit.",
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

    _claiming_within_range = models.Constraint(
        """CHECK (COALESCE(backlog_limit, 0) >= 0 AND COALESCE(cooling_days, 0) <= 3650
                  AND COALESCE(protection_minutes, 0) <= 5256000)""",
        "Days and minutes are 0 (none) or more, and no more than ten years; a number of leads is 0 (no limit) or more.",
    )

    @api.constrains("claim_order", "open_field_ids")
    def _check_order_has_score(self):
        """The score is known of waiting leads where it is an open field: an order by it is no secret."""
        for pool in self.filtered(lambda pool: pool.claim_order in BY_SCORE):
            names = pool.open_field_ids.mapped("field_name")
            if "probability" not in names:
                field = self.env.ref("lead_pool.open_field_probability", raise_if_not_found=False)
                raise ValidationError(
                    self.env._(
                        "“%(pool)s” gives its leads by their score, so members must see it: add “%(field)s” to the "
                        "open fields, or choose another order.",
                        pool=pool.name,
                        field=field.name or "probability",
                    )
                )

    def _claiming_values(self):
        """The settings about claims, by their names in the rules' ``Policy``."""
        return {
            "pool_id": self.id,
            "claimable": self.claimable,
            "order": self.claim_order,
            "cooling_days": self.cooling_days,
            "cooling_of": self.cooling_of,
            "protection_minutes": self.protection_minutes,
            "backlog_limit": self.backlog_limit,
        }

    def _claim_policy(self, without_rules=()):
        """``{pool id: Policy}``: what the rules need to know for the claims of the caller.

        :param without_rules: ids of pools that are known to have no claim rule in force
        """
        policies = {}
        for pool in self.sudo():
            rules = () if pool.id in without_rules else pool.claim_rule_ids.filtered("active")
            policies[pool.id] = Policy(
                **pool._claiming_values(), claim_rules=tuple(rule._as_rule(self.env.user) for rule in rules)
            )
        return policies
