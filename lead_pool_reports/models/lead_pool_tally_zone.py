from odoo import api, fields, models


class LeadPoolTallyZone(models.Model):
    """A time zone of which days are kept."""

    _name = "lead.pool.tally.zone"
    _description = "Time Zone of Tallies"
    _log_access = False
    _rec_name = "tz"

    tz = fields.Char(required=True, readonly=True)
    by_rep = fields.Boolean(readonly=True, help="Days of reps are kept, too.")

    _tz_uniq = models.UniqueIndex("(tz)")

    @api.model
    def _serves(self, asked):
        """Whether the sums of days by rep tell what is asked for."""
        return asked.by_rep and self._keeps(asked.period)

    @api.model
    def _keeps(self, period):
        """Whether sums of the days of this period are kept, in its time zone."""
        if self.env["lead.pool.fact.holding"]._changed() is None:
            return False
        return bool(self.sudo().search_count([("tz", "=", str(period.tz)), ("by_rep", "=", True)]))
