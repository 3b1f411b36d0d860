from datetime import date, datetime, timedelta

from odoo import models
from odoo.tools import SQL

from .lead_pool_tally import FACTS

DAYS = 7  # whose tallies are compared in one batch
LEADS = 5_000  # whose facts are compared in one batch
SUMS = 10_000_000  # numbers of sums are so far apart: between them is room for days (``date.toordinal``)


def _in_words(figures):
    return "/".join(map(str, figures))


class LeadPoolHealth(models.AbstractModel):
    """What reports add up is compared with the ledgers, too."""

    _inherit = "lead.pool.health"

    def _health_phases(self):
        return (*super()._health_phases(), "tallies", "facts", "sums")

    def _mendable(self):
        return (*super()._mendable(), "tally", "fact", "stock")

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
        ends = stop > last
        days = [start.date() - timedelta(days=not after), (stop - timedelta(days=not ends)).date()]
        users = self.env["res.users"].sudo().with_context(active_test=False)
        reps = self.env["lead.pool.tally.rep"].sudo()
        for tz, day, user, was, now in reps._differences(*days, mend) + (reps._span_differences(mend) if ends else []):
            name = users.browse(user).exists().name or user
            differences.append(("tally", {"name": f"{day} ({tz}) {name}", "was": was, "now": now}))
        if not ends:
            return stop.toordinal(), 0, differences
        for tz, day, kind, pool, was, now in self.env["lead.pool.tally"].sudo()._day_differences(mend):
            differences.append(
                ("tally", {"name": f"{day} ({tz}) {kind} {names.get(pool, pool)}", "was": was, "now": now})
            )
        return None, 0, differences

    def _compare_facts(self, after, mend):
        """The facts of the next leads.

        :param after: number of the lead behind which the batch begins
        """
        query = SQL(
            """SELECT max(lead_ref), count(*) FROM (
                   SELECT lead_ref FROM lead_pool_entry WHERE lead_ref > %s ORDER BY lead_ref LIMIT %s) e""",
            after,
            LEADS,
        )
        [(upto, count)] = self.env.execute_query(query)
        if not count:
            return None, 0, []
        wrong = set()
        for model in FACTS:
            wrong |= set(self.env[model].sudo()._differences(after, upto, mend))
        return upto, 0, [("fact", {"lead": lead}) for lead in sorted(wrong)]

    def _compare_sums(self, after, mend):
        """What facts add up to, when these are right: the sums of one month, and at last of all years, one kind after
        the other.

        :param after: number of the sums, and of the day (``date.toordinal``) on which the month begins; 0: the first
            one of all
        """
        number, day = divmod(after, SUMS)
        which = [(facts, model) for facts in FACTS for model in self.env[facts]._sums]
        name, model = which[number]
        facts, month = self.env[name].sudo(), date.fromordinal(day) if day else None
        if facts._changed() is None:  # they are told first
            return None, 0, []
        behind = facts._month_behind(model, month)
        found = facts._sum_differences(model, mend, (month, behind))
        if not behind:
            found += facts._year_differences(model, mend)
        differences = [
            ("stock", {"name": " ".join(map(str, keys)), "was": _in_words(was), "now": _in_words(now)})
            for keys, was, now in found
        ]
        if behind:
            return number * SUMS + behind.toordinal(), 0, differences
        return (number + 1) * SUMS if number + 1 < len(which) else None, 0, differences

    def _health_sentence(self, code, values):
        if code == "tally":
            return self.env._(
                "Reports by day: %(count)s counts of an hour differ from the events (%(leads)s). Press Repair: they "
                "are counted again.",
                count=values["count"],
                leads=values["leads"],
            )
        if code == "stock":
            return self.env._(
                "Reports: %(count)s numbers of leads that are there now differ from a recount (%(leads)s). Press "
                "Repair: they are counted again.",
                count=values["count"],
                leads=values["leads"],
            )
        if code == "fact":
            return self.env._(
                "Reports: what is kept of %(count)s leads differs from their ledgers (%(leads)s). Press Repair: it is "
                "told again.",
                count=values["count"],
                leads=values["leads"],
            )
        return super()._health_sentence(code, values)

    def _difference_sentence(self, code, values):
        if code == "tally":
            return self.env._("%(name)s: tally %(was)s, events %(now)s", **values)
        if code == "stock":
            return self.env._("%(name)s: kept %(was)s, counted %(now)s", **values)
        if code == "fact":
            return self.env._("Lead #%(lead)s: reports tell something else than the ledgers", **values)
        return super()._difference_sentence(code, values)
