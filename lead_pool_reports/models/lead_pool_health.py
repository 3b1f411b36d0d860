from datetime import datetime, timedelta

from odoo import models

DAYS = 7  # whose tallies are compared in one batch


class LeadPoolHealth(models.AbstractModel):
    """The tallies of the reports are compared with the events, too."""

    _inherit = "lead.pool.health"

    def _health_phases(self):
        return (*super()._health_phases(), "tallies")

    def _mendable(self):
        return (*super()._mendable(), "tally")

    def _compare_tallies(self, after, mend):
        """The tallies of the next days.

        :param after: number of the day (``date.toordinal``) on which the batch begins; 0: the first one of all
        """
        self.env.cr.execute("SELECT min(date), max(date) FROM lead_pool_event")
        first, last = self.env.cr.fetchone()
        if not first:
            return None, 0, []
        start = datetime.fromordinal(after or first.toordinal())
        stop = start + timedelta(days=DAYS)
        found = self.env["lead.pool.tally"].sudo()._differences(start, stop, mend)
        names = {pool.id: pool.name for pool in self.env["lead.pool"].sudo().with_context(active_test=False).search([])}
        differences = [
            ("tally", {"name": f"{hour:%Y-%m-%d %H}h {kind} {names.get(pool, pool)}", "was": was, "now": now})
            for hour, kind, pool, was, now in found
        ]
        return stop.toordinal() if stop <= last else None, 0, differences

    def _health_sentence(self, code, values):
        if code == "tally":
            return self.env._(
                "Reports by day: %(count)s counts of an hour differ from the events (%(leads)s). Press Repair: they "
                "are counted again.",
                count=values["count"],
                leads=values["leads"],
            )
        return super()._health_sentence(code, values)

    def _difference_sentence(self, code, values):
        if code == "tally":
            return self.env._("%(name)s: tally %(was)s, events %(now)s", **values)
        return super()._difference_sentence(code, values)
