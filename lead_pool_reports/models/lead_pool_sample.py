from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from .lead_pool_tally import DAY, FACTS


class LeadPoolSample(models.Model):
    """What reports have added up of the sample is added up again without it."""

    _inherit = "lead.pool.sample"

    def _forget_leads(self, numbers):
        query = SQL("SELECT min(date), max(date) FROM lead_pool_event WHERE lead_ref = ANY(%s)", numbers)
        [(first, last)] = self.env.execute_query(query)
        super()._forget_leads(numbers)
        if first and self.env["lead.pool.tally.mark"].sudo().search_count([], limit=1):  # somebody counts
            self._add_up_again(numbers, first, last)
        self._delete("lead_pool_fact_change", SQL("lead_ref = ANY(%s)", numbers))

    def _add_up_again(self, numbers, first, last):
        """Tallies of the time in which the sample lived, and the facts of its leads, of which nothing is left."""
        tally, rep = self.env["lead.pool.tally"].sudo(), self.env["lead.pool.tally.rep"].sudo()
        tally._differences(first.replace(minute=0, second=0), last + timedelta(seconds=1), mend=True)
        tally._day_differences(mend=True)
        rep._differences(first.date() - DAY, last.date() + DAY, mend=True)
        rep._span_differences(mend=True)
        for model in FACTS:
            self.env[model].sudo()._tell(numbers)
            for sums in map(self.env.get, self.env[model]._sums):
                nothing = SQL(" AND ").join(SQL("COALESCE(%s, 0) = 0", SQL.identifier(name)) for name in sums._figures)
                self._delete(sums._table, nothing)
