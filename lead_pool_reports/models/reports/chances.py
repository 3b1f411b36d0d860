from datetime import datetime, time, timedelta

from odoo import models
from odoo.tools import SQL

from ...tables.forecast import Chances
from .money import ordered_amount

UNKNOWN = -1  # in place of a source: one of which nothing is known


def rows_of(chances):
    """Rows ``(source, followed up, chance)`` as SQL, also those of a source of which nothing is known."""
    sources = {source for source, _touched in chances.ended if source is not None} | {UNKNOWN}
    for source in sorted(sources):
        for touched in (False, True):
            yield SQL("(%s, %s, %s::numeric)", source, touched, repr(chances.of(source, touched)))


class LeadPoolReportChances(models.AbstractModel):
    """What to expect of a lead in hands: learnt from the holdings that ended lately."""

    _name = "lead.pool.report.chances"
    _description = "Report: Chances of Leads"

    def _learnt(self, asked, rate, holdings, changed):
        """How often leads were converted lately, and what a conversion was worth.

        :param SQL holdings: the facts of holdings; ``changed``: of their :meth:`_waiting`
        :returns: ``(Chances, mean amount)``
        """
        since = self.env["lead.pool"]._now() - timedelta(days=int(asked.further["learn"]))
        whole_days = (since + timedelta(days=1, microseconds=-1)).date()
        model = self.env["lead.pool.fact.holding"]
        first_day = SQL(
            "(SELECT * FROM %s h WHERE ended_at >= %s AND ended_at < %s)",
            holdings,
            since,
            datetime.combine(whole_days, time()),
        )
        rows = self.env.execute_query(
            SQL(
                """
                WITH rate (company_id, factor) AS (%(rate)s
                )
                SELECT GROUPING(source_ref) = 1, source_ref, COALESCE(sum(ended), 0)::int,
                       COALESCE(sum(converted), 0)::int, COALESCE(sum(touched), 0)::int,
                       COALESCE(sum(touched_converted), 0)::int, COALESCE(sum(won), 0)::int, sum(worth * factor)
                  FROM (SELECT * FROM %(sums)s s WHERE day >= %(whole_days)s
                         UNION ALL
                        %(first_day)s) e
                  JOIN rate ON rate.company_id = e.company_ref
                 GROUP BY GROUPING SETS ((source_ref), ())
                """,
                rate=rate,
                sums=model._summed("lead.pool.fact.ended", changed),
                whole_days=whole_days,
                first_day=model._ended_of(first_day),
            )
        )
        ended = {}
        for whole, source, count, converted, touched, touched_converted, *worth in rows:
            source = None if whole else source
            ended[source, False] = (converted, count)
            ended[source, True] = (touched_converted, touched)
            if whole:
                won, amount = worth
        # what was ordered of another company, by the rates of today
        [(more, amount_elsewhere)] = self.env.execute_query(
            SQL(
                """
                WITH rate (company_id, factor) AS (%(rate)s
                )
                SELECT count(*), sum(COALESCE(ordered.amount, h.worth * rate.factor, 0))
                  FROM %(holdings)s h
                  JOIN rate ON rate.company_id = h.company_id
                 CROSS JOIN LATERAL (
                       SELECT sum(%(amount)s * r.factor) AS amount
                         FROM sale_order o JOIN rate r ON r.company_id = o.company_id
                        WHERE o.opportunity_id = h.lead_ref AND o.state = 'sale') ordered
                 WHERE h.won_elsewhere AND h.ended_at >= %(since)s
                """,
                rate=rate,
                holdings=holdings,
                since=since,
                amount=ordered_amount("o", taxes=False),
            )
        )
        won, amount = won + more, (amount or 0) + (amount_elsewhere or 0)
        return Chances(ended), float(amount / won) if won else 0.0
