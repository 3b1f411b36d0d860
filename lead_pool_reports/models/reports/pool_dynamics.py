from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.lead_pool.rules.sentences import paragraph

from ...tables import pool_dynamics
from ..lead_pool_tally import day_of
from .asked import Choice

MAX_DAYS = 400  # a year and a bit; longer periods are no matter of days
MAX_ROWS = 5000


class LeadPoolReportPoolDynamics(models.AbstractModel):
    """Pool dynamics by day."""

    _name = "lead.pool.report.pool.dynamics"
    _description = "Report: Pool Dynamics"

    def _table_pool_dynamics(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        scope = asked.scope
        days = asked.period.days(until=asked.today)
        pools = self._pools_in_rows(asked) if asked.further["by_pool"] else None
        if len(days) > MAX_DAYS:
            raise UserError(self.env._("Choose a period of at most %(days)s days.", days=MAX_DAYS))
        if len(days) * len(pools or [0]) > MAX_ROWS:
            raise UserError(
                self.env._(
                    "%(days)s days of %(pools)s pools are too many rows. Choose fewer pools or a shorter period.",
                    days=len(days),
                    pools=len(pools),
                )
            )
        facts, stocks = self._rows_pool_dynamics(asked)
        return pool_dynamics.build(
            facts, stocks, days, pools=pools, personal=scope.personal, scope=scope, period=asked.period
        )

    def _pools_in_rows(self, asked):
        """``[(id, name)]`` of the pools that get rows of their own, archived ones included."""
        ids = asked.scope.pools if asked.scope.personal else asked.scope.whole_pools
        domain = [("company_id", "in", [*asked.scope.companies, False])]
        if ids is not None:
            domain.append(("id", "in", ids))
        elif asked.scope.personal:
            domain.append(("id", "in", self.env.user._lead_pool_ids("member")))
        pools = self.env["lead.pool"].sudo().with_context(active_test=False).search(domain)
        return [(pool.id, pool.name) for pool in pools] or [(0, "")]

    def _rows_pool_dynamics(self, asked):
        """One statement on events (of the period and since) and on what there is now.

        :returns: ``([Fact], [Stock])``
        """
        scope, period = asked.scope, asked.period
        asked_pools = scope.pools if scope.personal else scope.whole_pools
        of_events = of_places = SQL("TRUE")
        if asked_pools is not None:
            ids = list(asked_pools)
            of_events = SQL("(pool_ref = ANY(%s) OR from_pool_ref = ANY(%s))", ids, ids)
            of_places = SQL("pool_ref = ANY(%s)", ids)

        def place(column):
            """The pool as the table knows it: its id, 0 when all are one, NULL when it is out of scope."""
            inside = SQL("TRUE") if asked_pools is None else SQL("%s = ANY(%s)", column, list(asked_pools))
            return SQL("CASE WHEN %s THEN %s END", inside, column if asked.further["by_pool"] else SQL("0"))

        tallied = not scope.personal and scope.sources is None and period.of_full_hours
        rows = self.env.execute_query(
            SQL(
                """
                SELECT kind, CASE WHEN day <= %(last)s THEN day END AS day,
                       %(pool)s AS pool, from_pool_ref IS NOT NULL AS moved,
                       CASE WHEN from_pool_ref IS NOT NULL THEN %(from_pool)s END AS from_pool,
                       was_held, is_held, sum(n)::int
                  FROM (%(events)s) e
                 WHERE company_ref = ANY(%(companies)s) AND %(of_events)s
                 GROUP BY 1, 2, 3, 4, 5, 6, 7
                HAVING sum(n) <> 0
                 UNION ALL
                SELECT code, NULL, %(entry_pool)s, NULL, NULL, NULL, NULL, sum(count)::int
                  FROM %(stock)s s
                 WHERE company_ref = ANY(%(companies)s) AND %(of_places)s
                 GROUP BY 1, 3
                """,
                events=self.env["lead.pool.tally"]._counts_since(period) if tallied else self._events(asked),
                last=period.last,
                pool=place(SQL("pool_ref")),
                from_pool=place(SQL("from_pool_ref")),
                entry_pool=place(SQL("pool_ref")),
                stock=self._stock_of_pools(asked),
                companies=list(scope.companies),
                of_events=of_events,
                of_places=of_places,
            )
        )
        facts, stocks = [], []
        for kind, day, pool, moved, from_pool, was_held, is_held, n in rows:
            if kind in pool_dynamics.STOCKS:
                stocks.append(pool_dynamics.Stock(pool, **{kind: n}))
            else:
                facts.append(pool_dynamics.Fact(day, kind, pool, moved, from_pool, was_held, is_held, n))
        return facts, stocks

    def _stock_of_pools(self, asked):
        """What is in the pools now, as ``lead.pool.fact.stock`` tells it; what it does not know, from the entries."""
        if not asked.scope.personal and asked.scope.sources is None:
            return self.env["lead.pool.fact.lead"]._summed("lead.pool.fact.stock")
        mine = SQL("TRUE")
        if asked.scope.personal:
            mine = SQL("state = 'held' AND user_id = ANY(%s)", list(asked.scope.people))
        return SQL(
            """(SELECT state AS code, pool_id AS pool_ref, company_id AS company_ref, 1 AS count
                  FROM lead_pool_entry WHERE %s AND %s)""",
            mine,
            asked.of_sources("lead_ref"),
        )

    def _events(self, asked):
        """What is asked for that the tallies do not know, from the events themselves; SQL of the same rows."""
        was_held, is_held, mine = (
            SQL("from_user_ref IS NOT NULL OR kind = 'reassigned'"),
            SQL("user_ref IS NOT NULL"),
            SQL("TRUE"),
        )
        if asked.scope.personal:
            people = list(asked.scope.people)
            was_held = SQL(
                """COALESCE(
                    COALESCE(from_user_ref, CASE WHEN kind = 'reassigned' THEN user_ref END) = ANY(%s), FALSE)""",
                people,
            )
            is_held = SQL("COALESCE(user_ref = ANY(%s), FALSE)", people)
            mine = SQL("(user_ref = ANY(%s) OR from_user_ref = ANY(%s))", people, people)
        return SQL(
            """SELECT %(day)s AS day, kind, company_ref, pool_ref, from_pool_ref, %(was_held)s AS was_held,
                      %(is_held)s AS is_held, 1 AS n
                 FROM lead_pool_event e
                WHERE date >= %(start)s AND kind = ANY(%(kinds)s) AND %(mine)s AND %(of_sources)s
                  AND NOT (kind IN ('claimed', 'pulled') AND EXISTS (
                      SELECT FROM lead_pool_holding h
                       WHERE h.lead_ref = e.lead_ref AND h.epoch = e.epoch AND h.end_reason = 'undone'))""",
            day=day_of(SQL("date"), str(asked.period.tz)),
            start=asked.period.start,
            kinds=list(pool_dynamics.KINDS),
            was_held=was_held,
            is_held=is_held,
            mine=mine,
            of_sources=asked.of_sources("lead_ref"),
        )

    def _further_pool_dynamics(self):
        return [Choice("by_pool", self.env._("By pool"))]

    def _words_pool_dynamics(self):
        """Title, headings and help, in the user's language."""
        worked_back = self.env._("Worked back from what there is now, so no list of leads opens.")
        return {
            "title": self.env._("Pool Dynamics by Day"),
            "help": self.env._("What came into the pools, what moved, and what was there each evening."),
            "empty": self.env._("No day of this period has come yet. Choose an earlier one."),
            "rows": {},
            "groups": {"day": self.env._("During the Day"), "evening": self.env._("At the End of the Day")},
            "columns": {
                "day": (self.env._("Day"), ""),
                "pool": (self.env._("Lead Pool"), ""),
                "entered": (self.env._("Entered"), self.env._("Leads that came in: created, imported, enrolled.")),
                "claimed": (self.env._("Claimed"), self.env._("Leads that reps took themselves.")),
                "assigned": (self.env._("Assigned"), self.env._("Leads given to a rep by hand.")),
                "distributed": (self.env._("Distributed"), self.env._("Leads given to a rep by the pool itself.")),
                "reassigned": (
                    self.env._("Given to Another Rep"),
                    self.env._("Held leads that changed hands within the pool."),
                ),
                "followed": (self.env._("Follow-ups"), self.env._("Follow-ups that count.")),
                "returned": (self.env._("Returned"), self.env._("Leads that reps sent back.")),
                "reclaimed": (self.env._("Reclaimed"), self.env._("Leads taken back by a rule or by an admin.")),
                "transferred_out": (self.env._("Transferred Out"), self.env._("Leads that left for another pool.")),
                "transferred_in": (self.env._("Transferred In"), self.env._("Leads that came from another pool.")),
                "converted": (
                    self.env._("Converted"),
                    self.env._("Leads converted that day."),
                ),
                "invalid": (self.env._("Invalid"), self.env._("Leads marked as invalid, held or not.")),
                "lost": (self.env._("Lost"), self.env._("Lost or archived.")),
                "gone": (self.env._("Merged or Deleted"), self.env._("Leads merged into another one, or deleted.")),
                "reopened": (self.env._("Reopened"), self.env._("Closed leads that came back.")),
                "entered_in_all": (
                    self.env._("Entered So Far"),
                    paragraph([self.env._("All leads of the pools: waiting, held and closed together."), worked_back]),
                ),
                "waiting": (
                    self.env._("Waiting"),
                    paragraph([self.env._("Held by nobody at the end of the day."), worked_back]),
                ),
                "held": (
                    self.env._("Held"),
                    paragraph([self.env._("Held by a rep at the end of the day."), worked_back]),
                ),
                "closed": (
                    self.env._("Closed"),
                    paragraph([self.env._("Converted, invalid, lost, merged or deleted."), worked_back]),
                ),
            },
            "series": {
                "entered": self.env._("Entered"),
                "taken": self.env._("Claimed, Assigned or Distributed"),
                "back": self.env._("Returned or Reclaimed"),
                "converted": self.env._("Converted"),
                "waiting": self.env._("Waiting in the Evening"),
                "held": self.env._("Held in the Evening"),
            },
        }
