from odoo import models
from odoo.exceptions import ValidationError

LIMITS = ("capacity", "daily_claim_limit", "hourly_claim_limit")
LARGEST = 2**31 - 1  # of a column


class LeadPoolLimitsMixin(models.AbstractModel):
    """Rows that carry limits: what a program sends is a number before it is compared or stored."""

    _name = "lead.pool.limits.mixin"
    _description = "Limits"
    _limit_fields = (*LIMITS, "weight")

    def _check_limits(self, vals):
        """Refuse what is no limit.

        :raises ValidationError: with the field's name
        """
        for name in vals.keys() & set(self._limit_fields):
            value = vals[name]
            whole = value in (None, False) or type(value) is int
            number = whole or (name == "weight" and type(value) is float)
            if not number or not 0 <= (value or 0) <= LARGEST:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” must be a number, 0 (no limit) or more.",
                        field=self._fields[name]._description_string(self.env),
                    )
                )
