from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from ...tables import first_touch
from ...tables.waits import HALF, MOST, NINETY
from .asked import Choice
from .names import names_of
from .pool_days import due, join_day, worked_until
from .waits import KEYS

GROUPS = {"rep": "(user_id)", "pool": "(pool_id)", "both": "(user_id, pool_id)"}


class LeadPoolReportFirstTouch(models.AbstractModel):
    """How soon reps follow up what they receive."""

    _name = "lead.pool.report.first.touch"
    _inherit = ["lead.pool.report.pool.days", "lead.pool.report.waits"]
    _description = "Report: Time to First Touch"

    def _table_first_touch(self, asked):
        """The table; ``asked``: :class:`~.asked.Asked`."""
        facts, overall = self._facts_first_touch(self._sums_first_touch(asked) or self._rows_first_touch(asked))
        return first_touch.build(facts, overall, by=asked.further["by"], scope=asked.scope, period=asked.period)

    def _judged(self, first, mine, working=False):
        """Common table expressions: ``clock``, ``day``, and ``holding`` with what was received since this day.

        :param first: date
        :param SQL mine: the condition on ``h``, the facts of holdings
        :param working: tell also how long the pool had ``worked`` until the first follow-up
        """
        now = self.env["lead.pool"]._now()
        days, spans = self._days_of_pools(first, now.date() + timedelta(days=1))
        return SQL(
            """
            %(days)s, holding AS (
                SELECT h.holding_ref AS id, h.user_id, h.pool_id, h.started_at, h.first_follow_up_at,
                       %(seconds)s AS worked,
                       h.first_follow_up_at <= %(due)s AS kept,
                       h.first_follow_up_at <= %(due)s OR %(due)s <= LEAST(h.ended_at, %(now)s) AS due
                  FROM %(facts)s h
                  LEFT JOIN clock ON clock.pool_id = h.pool_id
                  %(received)s
                  %(touched)s
                 WHERE %(mine)s
            )
            """,
            days=days,
            facts=self.env["lead.pool.fact.holding"]._rows(),
            due=due(SQL("h.started_at"), SQL("b")),
            now=now,
            received=join_day(SQL("h.started_at"), "b"),
            touched=join_day(SQL("h.first_follow_up_at"), "f") if working else SQL(),
            seconds=SQL(
                "%s - %s",
                worked_until(SQL("h.first_follow_up_at"), SQL("f"), spans),
                worked_until(SQL("h.started_at"), SQL("b"), spans),
            )
            if working
            else SQL("NULL"),
            mine=mine,
        )

    def _sums_first_touch(self, asked):
        """The rows from the sums of days, if these tell what is asked for; else ``None``."""
        by = asked.further["by"]
        if by not in KEYS or asked.further["time"] != "calendar" or not self._serves_waits(asked, by):
            return None
        terms = self._terms_of_days(asked)
        if terms is None or any(days > MOST for days, _is_over in terms.values()):
            return None
        sums, judged = self._counts_of_waits(asked, by), self._judged_by_days(asked, by, terms)
        counts = {"touched_after": {key: counts for key, (counts, _received) in sums.items()}}
        [times] = self._within(self._waits_of_holdings(asked, by), asked.period, counts, (HALF, NINETY)).values()
        figures = {key: (received, *judged.get(key, (0, 0))) for key, (_counts, received) in sums.items()}
        figures[None] = [sum(column) for column in zip(*figures.values(), strict=True)] or [0, 0, 0]
        touched = {key: sum(counts) for key, (counts, _received) in sums.items()}
        touched[None] = sum(touched.values())
        return [
            {
                "user_id": key or 0 if by == "rep" else 0,
                "pool_id": key or 0 if by == "pool" else 0,
                "overall": key is None,
                "received": received,
                "touched": touched[key],
                "times": times[key] if touched[key] else None,
                "due": due,
                "kept": kept,
            }
            for key, (received, due, kept) in figures.items()
        ]

    def _rows_first_touch(self, asked):
        """One statement on holdings, beside the days of their pools."""
        by, period = asked.further["by"], asked.period
        mine = SQL(
            "h.started_at >= %s AND h.started_at < %s AND %s",
            period.start,
            period.stop,
            asked.of_facts(asked.condition("h.user_id", "h.pool_id", "h.company_id"), "h.source_id"),
        )
        working = asked.further["time"] == "working"
        seconds = SQL("worked") if working else SQL("date_part('epoch', first_follow_up_at - started_at)")
        return self.env.execute_query_dict(
            SQL(
                """
                WITH %(judged)s
                SELECT %(user)s AS user_id, %(pool)s AS pool_id, GROUPING(%(key)s) = 1 AS overall,
                       count(*) AS received, count(first_follow_up_at) AS touched,
                       percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY %(seconds)s)
                           FILTER (WHERE first_follow_up_at IS NOT NULL) AS times,
                       count(*) FILTER (WHERE due) AS due, count(*) FILTER (WHERE kept) AS kept
                  FROM holding
                 GROUP BY GROUPING SETS (%(group)s, ())
                """,
                judged=self._judged(self._first_day_on_record(period.start.date() - timedelta(days=1)), mine, working),
                user=SQL("user_id") if by != "pool" else SQL("0"),
                pool=SQL("pool_id") if by != "rep" else SQL("0"),
                key=SQL("pool_id") if by == "pool" else SQL("user_id"),
                seconds=seconds,
                group=SQL(GROUPS[by]),
            )
        )

    def _facts_first_touch(self, rows):
        """``([Facts] of the rows, Facts of all together)``."""
        reps = names_of(self.env["res.users"].browse({row["user_id"] for row in rows if row["user_id"]}))
        pools = names_of(self.env["lead.pool"].browse({row["pool_id"] for row in rows if row["pool_id"]}))
        promises = {pool.id: promise.days for pool, promise in self._promises().items()}
        facts, overall = [], first_touch.Facts()
        for row in rows:
            median, ninety = row.pop("times") or (None, None)
            is_overall, user_id, pool_id = row.pop("overall"), row["user_id"], row["pool_id"]
            one = first_touch.Facts(
                **row,
                rep=reps.get(user_id, ""),
                pool=pools.get(pool_id, ""),
                median=median,
                ninety=ninety,
                promised=promises.get(pool_id),
            )
            if is_overall:
                overall = one
            else:
                facts.append(one)
        return facts, overall

    def _further_first_touch(self):
        rows = {
            "rep": self.env._("Reps"),
            "pool": self.env._("Lead Pools"),
            "both": self.env._("Reps in Each Pool"),
        }
        times = {
            "calendar": self.env._("By the Calendar"),
            "working": self.env._("Working Hours"),
        }
        return [
            Choice("by", self.env._("Rows"), tuple(rows.items())),
            Choice("time", self.env._("Time"), tuple(times.items())),
        ]

    def _words_first_touch(self):
        """Title, headings and help, in the user's language."""
        _ = self.env._
        from_to = _(
            "From receiving a lead to the rep's first follow-up that counts; leads without one are left out. Working "
            "hours are those of the lead's pool, on its clock."
        )
        return {
            "title": _("Time to First Touch"),
            "help": _(
                "How soon reps follow up what they received in the period, and whether it was within what the pool "
                "asks for now: its first contact, else the term of its first reclaim rule without a condition."
            ),
            "empty": _("Nobody received a lead in this period. Choose another one."),
            "rows": {},
            "groups": {"time": _("Time to First Follow-up"), "promise": _("Against the Promise")},
            "columns": {
                "rep": (_("Rep"), ""),
                "pool": (_("Lead Pool"), ""),
                "promised": (
                    _("Promise (Days)"),
                    _("Days within which the pool wants a lead followed up, as it is set up now; empty: no promise."),
                ),
                "received": (_("Received"), _("Leads claimed by the rep or given to him in the period.")),
                "touched": (_("Touched"), _("Of them, those that this rep has followed up by now.")),
                "touched_share": (_("Touched, Share"), _("Touched, divided by received.")),
                "median": (_("Median"), from_to),
                "ninety": (_("90 % Within"), f"{_('Nine leads in ten took no longer.')} {from_to}"),
                "due": (
                    _("Due"),
                    _(
                        "Followed up within the term of the pool, or the term is over and the rep had the lead so "
                        "long. What left his hands before is not judged."
                    ),
                ),
                "kept": (_("In Time"), _("Followed up within the term of the pool.")),
                "kept_share": (_("In Time, Share"), _("In time, divided by due.")),
            },
            "series": {"median": _("Median"), "ninety": _("90 % Within")},
        }
