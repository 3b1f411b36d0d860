from odoo import models
from odoo.tools import SQL

from ...tables import rep_status

FIGURES = ("received", "received_converted", *rep_status.ENDS)
#: Half of the first follow-ups came within this time, in seconds.
MEDIAN = SQL("percentile_cont(0.5) WITHIN GROUP (ORDER BY date_part('epoch', first_follow_up_at - started_at))")


def is_opportunity(holding):
    """Whether a lead was converted and is still held, as pools may have it.

    :param SQL holding: the alias of the table
    """
    return SQL(
        """(%(h)s.ended_at IS NULL AND EXISTS (
               SELECT FROM lead_pool_entry WHERE lead_id = %(h)s.lead_id AND converted_at IS NOT NULL))""",
        h=holding,
    )


class LeadPoolReportRepStatus(models.AbstractModel):
    """Reps: status and conversion."""

    _name = "lead.pool.report.rep.status"
    _inherit = ["lead.pool.report.waits"]
    _description = "Report: Reps"

    def _table_rep_status(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        reps, overall, waiting = self._rows_rep_status(asked)
        return rep_status.build(reps, overall, asked.scope, asked.period, waiting)

    def _rows_rep_status(self, asked):
        """One statement on holdings, follow-ups and members.

        :returns: ``([Facts] of the reps, Facts of all together, number of leads that wait or None)``
        """
        scope = asked.scope
        by_day = self.env["lead.pool.tally.zone"]._serves(asked)
        for model in ("lead.pool.member", "crm.team.member", "res.users", "res.partner"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH %(figures)s, now AS (
                    SELECT user_ref AS user_id, GROUPING(user_ref) = 1 AS overall,
                           sum(count) FILTER (WHERE code = 'untouched')::int AS untouched,
                           sum(count) FILTER (WHERE code = 'in_progress')::int AS in_progress,
                           sum(count) FILTER (WHERE code = 'opportunity')::int AS opportunities
                      FROM %(stock)s s
                     WHERE %(of_stock)s
                     GROUP BY GROUPING SETS ((user_ref), ())
                ), follow_up AS (
                    SELECT user_ref AS user_id, sum(n)::int AS follow_ups
                      FROM %(follow_ups)s e
                     GROUP BY user_ref HAVING sum(n) > 0
                ), rep AS (
                    SELECT user_id FROM figures WHERE NOT overall
                     UNION SELECT user_id FROM now
                            WHERE NOT overall AND COALESCE(untouched, 0) + COALESCE(in_progress, 0) > 0
                     UNION SELECT user_id FROM follow_up
                     UNION SELECT m.user_id
                             FROM lead_pool_member m
                             JOIN lead_pool p ON p.id = m.pool_id AND p.active
                             JOIN res_users u ON u.id = m.user_id AND u.active
                            WHERE m.role = 'member' AND %(of_members)s
                              AND (p.company_id IS NULL OR p.company_id = ANY(%(companies)s))
                )
                SELECT rep.user_id AS rep_id, p.name, f.*, now.*, follow_up.follow_ups
                  FROM rep
                  JOIN res_users u ON u.id = rep.user_id
                  JOIN res_partner p ON p.id = u.partner_id
                  LEFT JOIN figures f ON f.user_id = rep.user_id
                  LEFT JOIN now ON now.user_id = rep.user_id
                  LEFT JOIN follow_up ON follow_up.user_id = rep.user_id
                 UNION ALL
                SELECT 0, '', f.*, now.*, (%(waiting)s)
                  FROM figures f, now WHERE f.overall AND now.overall
                """,
                figures=self._figures_of_days(asked) if by_day else self._figures_of_holdings(asked),
                companies=list(scope.companies),
                follow_ups=self._follow_ups_of_reps(asked, by_day=by_day),
                of_members=asked.condition("m.user_id", "m.pool_id"),
                stock=self._stock_of_reps(asked),
                of_stock=asked.condition("user_ref", "pool_ref", "company_ref"),
                waiting=self._waiting_of_pools(asked),
            )
        )
        medians = {}
        if by_day:
            counts = {rep: counts for rep, (counts, _received) in self._counts_of_waits(asked, "rep").items()}
            [medians] = self._within(
                self._waits_of_holdings(asked, "rep"), asked.period, {"touched_after": counts}
            ).values()
        facts, waiting = {}, None
        for row in rows:
            values = {name: row[name] or 0 for name in rep_status.Facts.__slots__ if name in row}
            [median] = medians.get(row["rep_id"] or None, [row["first_follow_up"]])
            values["first_follow_up"] = median
            facts[row["rep_id"]] = rep_status.Facts(**{**values, "user_id": row["rep_id"], "name": row["name"]})
            if not row["rep_id"]:
                waiting = row["follow_ups"]
        overall = facts.pop(0)
        return list(facts.values()), overall, None if scope.personal else waiting

    def _figures_of_days(self, asked):
        """What reps got and gave, as the common table expression ``figures``, from the sums of days."""
        sums = [SQL("sum(%s)::int AS %s", *[SQL.identifier(code)] * 2) for code in FIGURES]
        return SQL(
            """figures AS (
                   SELECT user_ref AS user_id, GROUPING(user_ref) = 1 AS overall, %(sums)s,
                          NULL::float8 AS first_follow_up
                     FROM %(days)s d
                    WHERE %(period)s AND %(of_days)s
                    GROUP BY GROUPING SETS ((user_ref), ())
                   HAVING GROUPING(user_ref) = 1 OR sum(received) + sum(ended) > 0)""",
            sums=SQL(", ").join(sums),
            days=self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.holding.day"),
            period=self.env["lead.pool.fact.holding.day"]._in(asked.period),
            of_days=asked.condition("user_ref", "0", "company_ref"),
        )

    def _figures_of_holdings(self, asked):
        """The same from one holding after the other."""
        ends = SQL(", ").join(
            SQL("count(*) FILTER (WHERE in_period AND end_reason = ANY(%s)) AS %s", list(reasons), SQL.identifier(code))
            for code, reasons in rep_status.ENDS.items()
        )
        return SQL(
            """holding AS (
                   SELECT user_id, ended_at, end_reason, first_follow_up_at, started_at, is_opportunity,
                          started_at >= %(start)s AND started_at < %(stop)s AS received,
                          ended_at >= %(start)s AND ended_at < %(stop)s AS in_period
                     FROM %(facts)s h
                    WHERE (started_at >= %(start)s AND started_at < %(stop)s
                           OR ended_at >= %(start)s AND ended_at < %(stop)s) AND %(of_holdings)s
               ), figures AS (
                   SELECT user_id, GROUPING(user_id) = 1 AS overall,
                          count(*) FILTER (WHERE received) AS received,
                          count(*) FILTER (WHERE received AND (end_reason = 'converted' OR is_opportunity))
                              AS received_converted, %(ends)s,
                          %(median)s FILTER (WHERE received AND first_follow_up_at IS NOT NULL) AS first_follow_up
                     FROM holding
                    GROUP BY GROUPING SETS ((user_id), ()))""",
            start=asked.period.start,
            stop=asked.period.stop,
            facts=self.env["lead.pool.fact.holding"]._rows(),
            of_holdings=asked.of_facts(asked.condition("user_id", "pool_id", "company_id"), "source_id"),
            ends=ends,
            median=MEDIAN,
        )

    def _follow_ups_of_reps(self, asked, *, by_day):
        """Rows ``(user_ref, n)``, several of one rep are to be added, as SQL in brackets.

        :param by_day: from the sums of days
        """
        if by_day:
            return SQL(
                "(SELECT user_ref, n FROM (%s) d WHERE %s)",
                self.env["lead.pool.tally.rep"]._follow_ups(asked.period),
                asked.condition("user_ref", "0", "company_ref"),
            )
        return SQL(
            """(SELECT user_ref, 1 AS n FROM lead_pool_event
                 WHERE kind = 'follow_up' AND date >= %s AND date < %s AND %s)""",
            asked.period.start,
            asked.period.stop,
            asked.condition("user_ref", "pool_ref", "company_ref", "lead_ref"),
        )

    def _stock_of_reps(self, asked):
        """What reps hold now, as ``lead.pool.fact.stock`` tells it; leads of some sources are counted one by one."""
        facts = self.env["lead.pool.fact.holding"]
        if asked.scope.sources is None:
            return facts._summed("lead.pool.fact.stock")
        of_sources = SQL("(SELECT * FROM %s f WHERE %s)", facts._rows(), asked.of_facts(SQL("TRUE"), "f.source_id"))
        return SQL("(%s)", facts._stock_of(of_sources))

    def _waiting_of_pools(self, asked):
        """The number of leads that wait, as an SQL query."""
        if asked.scope.sources is None:
            return SQL(
                "SELECT COALESCE(sum(count), 0)::int FROM %s s WHERE code = 'waiting' AND %s",
                self.env["lead.pool.fact.lead"]._summed("lead.pool.fact.stock"),
                asked.pool_condition("pool_ref", "company_ref"),
            )
        return SQL(
            "SELECT count(*)::int FROM lead_pool_entry WHERE state = 'waiting' AND %s",
            asked.pool_condition("pool_id", "company_id", "lead_ref"),
        )

    def _words_rep_status(self):
        """Title, headings and help, in the user's language."""
        return {
            "title": self.env._("Reps: Status and Conversion"),
            "help": self.env._("What each rep holds now, what he got and gave in the period, and what became of it."),
            "empty": self.env._(
                "No rep has held a lead yet. Once leads are claimed or assigned, their figures appear here."
            ),
            "rows": {rep_status.NOBODY: self.env._("Waiting, held by nobody")},
            "groups": {
                "now": self.env._("Now"),
                "period": self.env._("In the Period"),
                "cohort": self.env._("Of Those Received"),
            },
            "columns": {
                "rep": (self.env._("Rep"), ""),
                "waiting": (self.env._("Waiting"), self.env._("Leads in a pool that nobody holds.")),
                "untouched": (self.env._("Untouched"), self.env._("Leads held now and not followed up yet.")),
                "in_progress": (self.env._("In Progress"), self.env._("Leads held now and followed up.")),
                "opportunities": (
                    self.env._("Opportunities"),
                    self.env._("Leads held now that were converted already: they are untouched or in progress, too."),
                ),
                "received": (
                    self.env._("Received"),
                    self.env._("Leads claimed by the rep or given to him in the period."),
                ),
                "follow_ups": (
                    self.env._("Follow-ups"),
                    self.env._("Follow-ups of the period that count, on leads the rep held."),
                ),
                "returned": (self.env._("Returned"), self.env._("Leads the rep sent back to a pool.")),
                "reclaimed": (self.env._("Reclaimed"), self.env._("Leads taken back by a rule or by an admin.")),
                "converted": (
                    self.env._("Converted"),
                    self.env._("Leads converted in the period, whenever they were received."),
                ),
                "invalid": (self.env._("Invalid"), self.env._("Leads the rep held that were marked invalid.")),
                "lost": (self.env._("Lost"), self.env._("Leads the rep held that were lost or archived.")),
                "passed_on": (
                    self.env._("Passed On"),
                    self.env._("Leads given to another rep or transferred to another pool."),
                ),
                "gone": (
                    self.env._("Merged or Deleted"),
                    self.env._("Leads the rep held that were merged or deleted."),
                ),
                "received_converted": (
                    self.env._("Converted So Far"),
                    self.env._("Of the leads received in the period, those the rep has converted by now."),
                ),
                "conversion_rate": (
                    self.env._("Conversion Rate"),
                    self.env._("Converted so far, divided by received."),
                ),
                "first_follow_up": (
                    self.env._("First Follow-up After"),
                    self.env._(
                        "Median time from receiving a lead to its first follow-up; leads without one are left out."
                    ),
                ),
            },
            "series": {
                "received": self.env._("Received"),
                "converted": self.env._("Converted"),
                "back": self.env._("Returned or Reclaimed"),
            },
        }
