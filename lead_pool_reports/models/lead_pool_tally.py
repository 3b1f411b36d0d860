from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.lead_pool.isolation import in_batches

from ..tables.pool_dynamics import KINDS

CHUNK = 100_000  # events of one step
DAY = timedelta(days=1)
#: Models of facts; those of one lead are told together.
FACTS = ("lead.pool.fact.lead", "lead.pool.fact.holding", "lead.pool.fact.talk", "lead.pool.fact.follow.up")
FEW = 1_000  # events that wait for the next run
#: Facts, sums and tallies have many expressions: PostgreSQL would compile them for longer than they run.
INTERPRETED = "SET LOCAL jit = off"


def day_of(moment, tz):
    """The day of a moment, naive UTC, in this time zone."""
    return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, tz)


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
    def _counts_since(self, period):
        """What happened from the first day of this period on, as an SQL query.

        :param period: :class:`~..tables.period.Period` of days that begin with a full hour
        :returns: SQL of rows ``(day, kind, company_ref, pool_ref, from_pool_ref or NULL, was_held, is_held, n)``;
            several rows of one key are to be added
        """
        tz, start = str(period.tz), period.start
        # as a number, so that the few events behind it are looked up by theirs
        [[counted_to]] = self.env.execute_query(SQL("SELECT COALESCE(max(counted_to), 0) FROM lead_pool_tally_mark"))
        tail = SQL("e.id > %s AND e.date >= %s", counted_to, start)
        by_day = self.env["lead.pool.tally.zone"].sudo().search_count([("tz", "=", tz)])
        return SQL(
            """SELECT day, kind, company_ref, pool_ref, NULLIF(from_pool_ref, 0) AS from_pool_ref, was_held, is_held,
                      n
                 FROM (%(counted)s
                        UNION ALL
                       SELECT %(day)s, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, n
                         FROM (%(tail)s) hours) t
                WHERE day >= %(first)s""",
            counted=SQL(
                """SELECT day, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count AS n
                     FROM lead_pool_tally_day WHERE tz = %s AND day >= %s""",
                tz,
                period.first,
            )
            if by_day
            else SQL(
                """SELECT %s AS day, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count AS n
                     FROM lead_pool_tally WHERE hour >= %s""",
                day_of(SQL("hour"), tz),
                start,
            ),
            day=day_of(SQL("hour"), tz),
            first=period.first,
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
        steps = [self._open_zone, self._count, changes._tell_events, changes._tell_changes]
        in_batches(self.env["ir.cron"], steps)

    def _count(self):
        """The next events whose number is settled; ``(number of them, whether there are more)``."""
        counted_to, settled_to = self.env["lead.pool.tally.mark"]._next()
        upto = min(settled_to, counted_to + CHUNK)
        if upto > counted_to:
            of_these = SQL("e.id > %s AND e.id <= %s", counted_to, upto)
            self.env.cr.execute(
                SQL(
                    """WITH added AS MATERIALIZED (
                            SELECT hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held,
                                   sum(n) AS count
                              FROM (%(counts)s) e GROUP BY 1, 2, 3, 4, 5, 6, 7
                       ), of_days AS (
                            INSERT INTO lead_pool_tally_day AS t
                                   (tz, day, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count)
                            %(of_days)s ORDER BY 1, 2, 3, 4, 5, 6, 7, 8
                                ON CONFLICT (tz, day, kind, pool_ref, from_pool_ref, company_ref, was_held, is_held)
                                DO UPDATE SET count = t.count + EXCLUDED.count
                       ), of_reps AS (
                            INSERT INTO lead_pool_tally_rep AS t (tz, span, day, user_ref, company_ref, count)
                            %(of_reps)s ORDER BY 1, 2, 3, 4, 5
                                ON CONFLICT (tz, span, day, user_ref, company_ref)
                                DO UPDATE SET count = t.count + EXCLUDED.count)
                       INSERT INTO lead_pool_tally AS t
                              (hour, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count)
                       SELECT * FROM added ORDER BY 1, 2, 3, 4, 5, 6, 7
                           ON CONFLICT (hour, kind, pool_ref, from_pool_ref, company_ref, was_held, is_held)
                           DO UPDATE SET count = t.count + EXCLUDED.count""",
                    counts=self._counts_of(of_these, of_these),
                    of_days=self._of_days(SQL("added")),
                    of_reps=self.env["lead.pool.tally.rep"]._counts(of_these),
                )
            )
            self.invalidate_model()
            self.env["lead.pool.tally.day"].invalidate_model()
            self.env["lead.pool.tally.rep"].invalidate_model()
        left, settled = self.env["lead.pool.tally.mark"]._move(upto)
        return upto - counted_to, settled or settled_to > upto or left > FEW and upto > counted_to

    def _of_days(self, hours, zones=None):
        """Rows of ``lead.pool.tally.day``, as an SQL query.

        :param SQL hours: a relation with the columns of tallies
        :param SQL zones: condition on the zones ``z``; none: all that are kept
        """
        return SQL(
            """SELECT z.tz, %(day)s AS day, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held,
                      sum(count)::int AS count
                 FROM %(hours)s h CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s
                GROUP BY 1, 2, 3, 4, 5, 6, 7, 8""",
            day=SQL("(hour AT TIME ZONE 'UTC' AT TIME ZONE z.tz)::date"),
            hours=hours,
            zones=zones or SQL("TRUE"),
        )

    def _open_zone(self):
        """The days of one more time zone in which pools work; ``(1 or 0, whether there may be more)``."""
        zones = self.env["lead.pool.tally.zone"].sudo()
        counted_to, _settled_to = self.env["lead.pool.tally.mark"]._next()
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT tz FROM lead_pool WHERE tz IS NOT NULL
                   EXCEPT SELECT tz FROM lead_pool_tally_zone WHERE by_rep LIMIT 1"""
            )
        )
        for [tz] in rows:
            this = SQL("z.tz = %s", tz)
            zone = zones.search([("tz", "=", tz)])
            if not zone:
                zone = zones.create({"tz": tz})
                zone.flush_recordset()
                self._add_up_days(this)
            self.env["lead.pool.tally.rep"]._add_up(counted_to, this)
            for facts in FACTS:
                self.env[facts]._add_up_days(this)
            zone.by_rep = True
            zone.flush_recordset()
            # who waits for the mark knows nothing of this zone, and has to begin again
            self.env.cr.execute("UPDATE lead_pool_tally_mark SET counted_to = counted_to")
        return len(rows), bool(rows)

    def _add_up_days(self, zones):
        self.env.cr.execute(
            SQL(
                """INSERT INTO lead_pool_tally_day
                          (tz, day, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held, count) %s""",
                self._of_days(SQL("lead_pool_tally"), zones),
            )
        )
        self.env["lead.pool.tally.day"].invalidate_model()

    # ------------------------------------------------------------
    # CHECK
    # ------------------------------------------------------------

    def _day_differences(self, mend=False):
        """Tallies of days that are not the sum of their hours; both are counted at once, and compared as they are at
        one moment.

        :param mend: add them up again
        :returns: ``[(tz, day, kind, pool_ref, tally, recount)]``
        """
        self.env.cr.execute(INTERPRETED)
        found = self.env.execute_query(
            SQL(
                """SELECT tz, day, kind, pool_ref, COALESCE(t.count, 0), COALESCE(r.count, 0)
                     FROM lead_pool_tally_day t FULL JOIN (%s) r
                    USING (tz, day, kind, company_ref, pool_ref, from_pool_ref, was_held, is_held)
                    WHERE COALESCE(t.count, 0) <> COALESCE(r.count, 0) ORDER BY 1, 2, 3, 4""",
                self._of_days(SQL("lead_pool_tally")),
            )
        )
        if found and mend:
            self.env["lead.pool.tally.mark"]._next()  # whoever counts waits
            self.env.cr.execute("DELETE FROM lead_pool_tally_day")
            self._add_up_days(SQL("TRUE"))
        return found

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


class LeadPoolTallyDay(models.Model):
    """The hours of a day, added up, in the time zones of pools: a day has far fewer rows than its hours."""

    _name = "lead.pool.tally.day"
    _description = "Tally of a Day"
    _log_access = False

    tz = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    from_pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    was_held = fields.Boolean(required=True, readonly=True)
    is_held = fields.Boolean(required=True, readonly=True)
    count = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(tz, day, kind, pool_ref, from_pool_ref, company_ref, was_held, is_held)")


class LeadPoolTallyMark(models.Model):
    """Up to which event the tallies count; one row. What is settled is counted by a later transaction, which sees all
    that was written up to there."""

    _name = "lead.pool.tally.mark"
    _inherit = "lead.pool.settled.mixin"
    _description = "Mark of the Tallies"
    _log_access = False

    counted_to = fields.Integer(required=True, readonly=True, aggregator=None)
    facts_to = fields.Integer(readonly=True, aggregator=None, help="Of events up to this one the facts are told.")
    facts_kind = fields.Integer(readonly=True, aggregator=None, help="Which facts these are.")

    def _next(self):
        """Lock the mark; ``(last event counted, last event that can be counted)``. What is counted next is not
        compiled."""
        self.env.cr.execute(INTERPRETED)
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
