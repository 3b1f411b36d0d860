"""What a pool calls forgotten and too long, and when its people are reminded."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo import fields, models


class LeadPoolReminding(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.reminding"
    _description = "Reminders of a Pool"

    forgotten_days = fields.Integer(
        "Forgotten After",
        default=14,
        tracking=True,
        help="Working days without a follow-up after which a holder is reminded of the lead every morning. 0: never.",
    )
    waits_too_long_days = fields.Integer(
        "Waits Too Long After",
        default=7,
        tracking=True,
        help="Days of waiting after which the admins are told of the lead every morning. 0: never.",
    )

    _reminding_range = models.Constraint(
        """CHECK (COALESCE(forgotten_days, 0) BETWEEN 0 AND 3650
                  AND COALESCE(waits_too_long_days, 0) BETWEEN 0 AND 3650)""",
        "The days after which somebody is reminded are between 0 (never) and 3650.",
    )

    def _forgotten_before(self, now):
        """``(moment, moment)``: a lead was forgotten that was last followed up before the first one, and is late that
        was got before the second one and never contacted; ``None``: the pool has no such term."""
        self.ensure_one()
        terms = (self.forgotten_days, self.first_contact_days)
        times = self._working_time() if any(terms) else None
        return tuple(times.add_days(now, -days, working=True) if days else None for days in terms)

    def _opens_for(self, user_ids, now):
        """``{user id: moment}`` from which on these people of one pool may be reminded: ``now`` in their working time,
        else when it begins. Hours are their own, or the pool's on their clock."""
        self.ensure_one()
        if not self._company_at_work().lead_pool_remind_working:
            return dict.fromkeys(user_ids, now)
        usual, own = self._working_time(), self._own_times(list(user_ids))
        leaves = self.env["lead.pool.entry"]._leaves({(user_id, self.id): now for user_id in user_ids})
        opens = {}
        for user in self.env["res.users"].sudo().browse(user_ids):
            times = own.get(user.id) or (replace(usual, tz=ZoneInfo(user.tz)) if user.tz else usual)
            opens[user.id] = replace(times, absences=leaves[user.id, self.id]).next_open(now) or now
        return opens

    def _opens_for_each(self, pairs, now):
        """As :meth:`_opens_for`, of several pools.

        :param pairs: ``{(pool id, user id)}``
        :returns: ``{(pool id, user id): moment}``
        """
        return {
            (pool.id, user_id): opens
            for pool in self
            for user_id, opens in pool._opens_for([user for of, user in pairs if of == pool.id], now).items()
        }

    def _waits_since(self, now):
        """``[(pool id, moment)]`` of pools that say what waits too long: since before then."""
        pools = self.sudo().search([("waits_too_long_days", ">", 0)])
        return [(pool.id, now - timedelta(days=pool.waits_too_long_days)) for pool in pools]
