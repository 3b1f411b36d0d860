from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.lead_pool.isolation import in_batches

from ..tables.pool_dynamics import KINDS

CHUNK = 100_000  # events of one step
FEW = 1_000  # events that wait for the next run


class LeadPoolTally(models.Model):
    """How many events of each kind an hour had, pool by pool: what a report adds up instead of millions of events.

    The tallies follow the ledger of events, and a report adds the events behind them, so that it is never old and never
    waits. An event is counted once, whenever it is committed: :meth:`_count` goes up to a number below which nobody can
    still write (``lead.pool.tally.mark``). A claim that was undone is none: its undoing takes it away again from the
    hour in which it was. So the tallies are at any time the sum over the events up to the mark, and the health check
    compares them with that.
    """

    _name = "lead.pool.tally"
    _description = "Tally of Events"
    _log_access = False

    hour = fields.Datetime(required=True, readonly=True, help="It begins then, UTC.")
    kind = fields.Char(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="Where the lead is afterwards.")
    from_pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: it stayed in its pool.")
    was_held = fields.Boolean(required=True, readonly=True, help="Somebody held the lead before.")
    is_held = fields.Boolean(required=True, readonly=True, help="Somebody holds it afterwards.")
    count = fields.Integer(required=True, readonly=True)

    _hour_uniq = models.UniqueIndex("(hour, kind, pool_ref, from_pool_ref, company_ref, was_held, is_held)")

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    @api.model
    def _counts_since(self, start):
        """What happened from this hour on, as an SQL query.

        :param start: naive UTC, a full hour
        :returns: SQL of rows ``(hour, kind, company_ref, pool_ref, from_pool_ref or NULL, was_held, is_held, n)``;
            several rows of one key are to be added
        """
        tail = SQL("e.id > (SELECT COALESCE(max(counted_to), 0) FROM lead_pool_tally_mark) AND e.date >= %s", start)
        return SQL(
            """SELECT hour, kind, company_ref, pool_ref, NULLIF(from_pool_ref, 0) AS from_pool_ref, was_held, is_held, n
                 FROM (SELECT hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count AS n
                         FROM lead_pool_tally WHERE hour >= %(start)s
                        UNION ALL
                       %(tail)s) t
                WHERE hour >= %(start)s""",
            start=start,
            tail=self._counts_of(tail, tail),
        )

    def _counts_of(self, events, undoings):
        """What these events count for, as an SQL query.

        :param SQL events: condition on the events ``e``
        :param SQL undoings: the same on the events by which claims were undone
        """
        return SQL(
            """SELECT %(key)s, count(*) AS n FROM lead_pool_event e
                WHERE e.kind = ANY(%(kinds)s) AND %(events)s
                GROUP BY 1, 2, 3, 4, 5, 6, 7
                UNION ALL
               SELECT %(key_of_claim)s, -count(*) AS n
                 FROM lead_pool_event e
                 JOIN lead_pool_event c
                   ON c.lead_ref = e.lead_ref AND c.epoch = e.epoch - 1 AND c.kind IN ('claimed', 'pulled')
                WHERE e.kind = 'claim_undone' AND %(undoings)s
                GROUP BY 1, 2, 3, 4, 5, 6, 7""",
            key=self._key(SQL("e")),
            key_of_claim=self._key(SQL("c")),
            kinds=list(KINDS),
            events=events,
            undoings=undoings,
        )

    def _key(self, event):
        """By what an event is counted."""
        return SQL(
            """date_trunc('hour', %(e)s.date) AS hour, %(e)s.kind, COALESCE(%(e)s.company_ref, 0) AS company_ref,
               COALESCE(%(e)s.pool_ref, 0) AS pool_ref, COALESCE(%(e)s.from_pool_ref, 0) AS from_pool_ref,
               %(e)s.from_user_ref IS NOT NULL OR %(e)s.kind = 'reassigned' AS was_held,
               %(e)s.user_ref IS NOT NULL AS is_held""",
            e=event,
        )

    # ------------------------------------------------------------
    # COUNT
    # ------------------------------------------------------------

    @api.model
    def _cron_count(self):
        """Count the events that have come, and tell the facts of their leads again."""
        changes = self.env["lead.pool.fact.change"]
        in_batches(self.env["ir.cron"], [self._count, changes._tell_events, changes._tell_changes])

    def _count(self):
        """The next events whose number is settled; ``(number of them, whether there are more)``."""
        counted_to, settled_to = self.env["lead.pool.tally.mark"]._next()
        upto = min(settled_to, counted_to + CHUNK)
        if upto > counted_to:
            of_these = SQL("e.id > %s AND e.id <= %s", counted_to, upto)
            self.env.cr.execute(
                SQL(
                    """INSERT INTO lead_pool_tally AS t
                              (hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count)
                       SELECT hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, sum(n)
                         FROM (%s) e GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
                           ON CONFLICT (hour, kind, pool_ref, from_pool_ref, company_ref, was_held, is_held)
                           DO UPDATE SET count = t.count + EXCLUDED.count""",
                    self._counts_of(of_these, of_these),
                )
            )
            self.invalidate_model()
        left, settled = self.env["lead.pool.tally.mark"]._move(upto)
        return upto - counted_to, settled or settled_to > upto or left > FEW and upto > counted_to

    # ------------------------------------------------------------
    # CHECK
    # ------------------------------------------------------------

    def _differences(self, start, stop, mend=False):
        """Tallies of these hours that are not the sum of the events.

        :param mend: count these hours again
        :returns: ``[(hour, kind, pool_ref, tally, recount)]``
        """
        counted_to, _settled_to = self.env["lead.pool.tally.mark"]._next()  # whoever counts waits
        recount = self._counts_of(
            SQL("e.id <= %s AND e.date >= %s AND e.date < %s", counted_to, start, stop),
            SQL("e.id <= %s AND c.date >= %s AND c.date < %s", counted_to, start, stop),
        )
        found = self.env.execute_query(
            SQL(
                """WITH recount AS (
                        SELECT hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, sum(n)::int AS n
                          FROM (%(recount)s) e GROUP BY 1, 2, 3, 4, 5, 6, 7),
                        tally AS (SELECT *, count AS n FROM lead_pool_tally WHERE hour >= %(start)s AND hour < %(stop)s)
                   SELECT COALESCE(t.hour, r.hour), COALESCE(t.kind, r.kind), COALESCE(t.pool_ref, r.pool_ref),
                          COALESCE(t.n, 0), COALESCE(r.n, 0)
                     FROM tally t
                     FULL JOIN recount r USING (hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held)
                    WHERE COALESCE(t.n, 0) <> COALESCE(r.n, 0)
                    ORDER BY 1, 2, 3""",
                recount=recount,
                start=start,
                stop=stop,
            )
        )
        if found and mend:
            self.env.cr.execute(SQL("DELETE FROM lead_pool_tally WHERE hour >= %s AND hour < %s", start, stop))
            self.env.cr.execute(
                SQL(
                    """INSERT INTO lead_pool_tally
                              (hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count)
                       SELECT hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, sum(n)
                         FROM (%s) e GROUP BY 1, 2, 3, 4, 5, 6, 7""",
                    recount,
                )
            )
            self.invalidate_model()
        return found


class LeadPoolTallyMark(models.Model):
    """Up to which event the tallies count; one row. What is settled is counted by a later transaction, which sees all
    that was written up to there."""

    _name = "lead.pool.tally.mark"
    _inherit = "lead.pool.settled.mixin"
    _description = "Mark of the Tallies"
    _log_access = False

    counted_to = fields.Integer(required=True, readonly=True, aggregator=None)
    facts_to = fields.Integer(readonly=True, aggregator=None, help="Of events up to this one the facts are told.")

    def _next(self):
        """Lock the mark; ``(last event counted, last event that can be counted)``."""
        query = SQL("SELECT counted_to, settled_to FROM lead_pool_tally_mark ORDER BY id LIMIT 1 FOR UPDATE")
        rows = self.env.execute_query(query)
        if not rows:
            self.sudo().create({"counted_to": 0, "settled_to": 0, "next_to": 0, "waits_for": []})
            self.flush_model()
            rows = self.env.execute_query(query)
        return rows[0]

    def _move(self, counted_to):
        """The tallies count up to this event. What was waited for is settled if nobody can write it any more, and then
        the next aim is what is there now.

        :returns: ``(how many numbers of events are behind the mark, whether something was settled)``
        """
        [this] = self.sudo().search([], limit=1)
        last, mark = this._moved()
        settled = mark.settled_to > this.settled_to
        this.counted_to = counted_to
        this._keep(mark)
        this.flush_recordset()
        return last - counted_to, settled
