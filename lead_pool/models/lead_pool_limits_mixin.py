from odoo import models
from odoo.exceptions import ValidationError

LIMITS = ("capacity", "daily_claim_limit", "hourly_claim_limit")
LARGEST = 2**31 - 1  # of a column
LONGEST_RAMP = 3650  # days


class LeadPoolLimitsMixin(models.AbstractModel):
    """Rows that carry limits: what a program sends is a number before it is compared or stored."""

    _name = "lead.pool.limits.mixin"
    _description = "Limits"
    _limit_fields = (*LIMITS, "weight")
    _ramp_fields = ("ramp_days", "member_ramp_days")  # limits of a smaller range, see rules.ramp
    #: The largest value of limits from which a date is computed.
    _longest = {}

    def _without_defaults_of(self, names):
        """The same records; what the add-on itself keeps is no default that a client may choose either."""
        kept = {f"default_{name}" for name in names}
        if kept.isdisjoint(self.env.context):
            return self
        context = {key: value for key, value in self.env.context.items() if key not in kept}
        return self.with_env(self.env(context=context))

    def _check_limits(self, vals):
        """Refuse what is no limit.

        :raises ValidationError: with the field's name
        """
        for name in vals.keys() & {*self._limit_fields, *self._ramp_fields}:
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
            if name in self._longest and (value or 0) > self._longest[name]:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is at most %(most)s.",
                        field=self._fields[name]._description_string(self.env),
                        most=self._longest[name],
                    )
                )
            if name in self._ramp_fields and (value or 0) > LONGEST_RAMP:
                raise ValidationError(
                    self.env._(
                        "“%(field)s” is at most %(most)s days.",
                        field=self._fields[name]._description_string(self.env),
                        most=LONGEST_RAMP,
                    )
                )

    def _check_ramp(self, capacity, ramp_days):
        """Refuse a ramp that leads nowhere.

        :raises ValidationError: a ramp up to no limit
        """
        if ramp_days and not capacity:
            raise ValidationError(
                self.env._("A ramp needs a number of leads to grow to: enter the most leads held, or a ramp of 0 days.")
            )

    def _start_limits(self, vals, pool):
        """Complete the values of a new member, or of a rule that brings members, with what the pool says."""
        for name in LIMITS:
            vals.setdefault(name, pool["member_" + name])
        vals.setdefault("ramp_days", pool.member_ramp_days if vals["capacity"] else 0)
