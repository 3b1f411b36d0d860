from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from ...tables.waits import ANY, GONE, HALF, TOUCHED, WAITS, between, places

#: The columns of what is told apart: in the sums, in the facts.
KEYS = {"rep": ("user_ref", "user_id"), "pool": ("pool_ref", "pool_id")}


def _sums(names):
    return SQL(", ").join(SQL("sum(%s)::int AS %s", *[SQL.identifier(name)] * 2) for name in names)


def _added(names, when=None):
    """These columns added up; with a condition on their number, those for which it is true."""
    names = map(SQL.identifier, names)
    if when is None:
        return SQL("(%s)", SQL(" + ").join(names))
    return SQL(
        "(%s)",
        SQL(" + ").join(SQL("CASE WHEN %s THEN %s ELSE 0 END", SQL(when, n), name) for n, name in enumerate(names)),
    )


class LeadPoolReportWaits(models.AbstractModel):
    """How long leads waited for their first follow-up, from what is kept added up by day and by length of the wait.

    The length in which a median lies is known from the sums; the one or two leads from which it is reckoned are looked
    up in the index of the waits.
    """

    _name = "lead.pool.report.waits"
    _description = "Report: Waits"

    def _serves_waits(self, asked, by):
        """Whether the sums tell what is asked for, by ``rep`` or ``pool``."""
        scope = asked.scope
        if by == "pool" and scope.everything and scope.reps is None:
            asked = replace(asked, scope=replace(scope, pools=None))  # they are told apart here
        elif by != "rep":
            return False
        return self.env["lead.pool.tally.zone"]._serves(asked)

    def _sums_of_waits(self, asked, by, terms):
        """Numbers of leads that were received in the period, of each rep or pool.

        :param terms: ``{day: (days, is over)}``: within how many days a lead of this day has to be followed up, and
            whether they are over
        :returns: ``{id: ([n of each length of the wait], received, due, kept)}``
        """
        key, _column = KEYS[by]
        period = asked.period
        days = (*TOUCHED, *GONE, "untouched")
        received, kept, late = _added(days), _added(TOUCHED, "days > %s"), _added(GONE, "days <= %s")
        rows = self.env.execute_query(
            SQL(
                """WITH term AS (SELECT * FROM unnest(%(term)s::date[], %(days)s::int[], %(over)s::bool[])
                                     AS t(day, days, is_over)),
                        added AS MATERIALIZED (
                          SELECT %(key)s, days, is_over, %(sums)s
                            FROM %(kept_sums)s d LEFT JOIN term USING (day)
                           WHERE tz = %(tz)s AND day BETWEEN %(first)s AND %(last)s AND %(other)s = %(any)s AND %(mine)s
                           GROUP BY %(key)s, days, is_over)
                   SELECT %(key)s, %(waits)s, sum(%(received)s)::int,
                          COALESCE(sum(CASE WHEN is_over THEN %(touched)s + untouched + %(late)s ELSE %(kept)s END),
                                   0)::int,
                          COALESCE(sum(CASE WHEN days IS NOT NULL THEN %(kept)s END), 0)::int
                     FROM added GROUP BY %(key)s HAVING sum(%(received)s) > 0""",
                term=list(terms),
                days=[days for days, _is_over in terms.values()],
                over=[is_over for _days, is_over in terms.values()],
                key=SQL(key),
                other=SQL("pool_ref" if by == "rep" else "user_ref"),
                any=ANY,
                sums=_sums((*WAITS, *days)),
                kept_sums=self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.wait.day"),
                tz=str(period.tz),
                first=period.first,
                last=period.last,
                mine=asked.condition("user_ref", "pool_ref" if by == "pool" else "0", "company_ref"),
                waits=_sums(WAITS),
                received=received,
                touched=_added(TOUCHED),
                late=late,
                kept=kept,
            )
        )
        return {row[0]: (list(row[1 : len(WAITS) + 1]), *row[len(WAITS) + 1 :]) for row in rows}

    def _counts_of_waits(self, asked):
        """``{id of the rep: [n of each length of the wait]}``."""
        rows = self.env.execute_query(
            SQL(
                """SELECT user_ref, %s FROM %s d
                    WHERE tz = %s AND day BETWEEN %s AND %s AND pool_ref = %s AND %s GROUP BY user_ref""",
                _sums(WAITS),
                self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.wait.day"),
                str(asked.period.tz),
                asked.period.first,
                asked.period.last,
                ANY,
                asked.condition("user_ref", "0", "company_ref"),
            )
        )
        return {rep: counts for rep, *counts in rows}

    def _within(self, asked, by, counts, shares=(HALF,)):
        """Within how many seconds these shares of the leads were followed up.

        :param counts: ``{id of the rep or pool: [n of each length of the wait]}``
        :param shares: half of them is the median
        :returns: ``{id: [seconds or None for each share]}``; ``None`` is the key of all together
        """
        counts = {**counts, None: [sum(column) for column in zip(*counts.values(), strict=True)] or [0] * len(WAITS)}
        looked_up = [(key, share, place) for key in counts for share in shares for place in places(counts[key], share)]
        found = dict(self.env.execute_query(self._waits_at(asked, by, looked_up))) if looked_up else {}
        waits = {}
        for number, (key, share, _place) in enumerate(looked_up):
            waits.setdefault((key, share), []).extend(found[number])
        return {
            key: [between(counts[key], share, waits[key, share]) if (key, share) in waits else None for share in shares]
            for key in counts
        }

    def _waits_at(self, asked, by, looked_up):
        """Rows ``(number of the place, [seconds])`` as an SQL query.

        :param looked_up: ``[(id or None, share, Place)]``
        """
        _key, column = KEYS[by]
        facts = self.env["lead.pool.fact.holding"]
        changed = facts._changed()
        mine = SQL(
            "started_at >= %s AND started_at < %s AND %s",
            asked.period.start,
            asked.period.stop,
            asked.condition("user_id", "pool_id", "company_id"),
        )
        kept, anew = SQL("lead_pool_fact_holding WHERE TRUE"), SQL()
        if changed:
            kept = SQL("lead_pool_fact_holding WHERE lead_ref NOT IN (SELECT unnest(%s::int[]))", changed)
            anew = SQL("anew AS MATERIALIZED (%s),", facts._live(SQL("b.lead_ref = ANY(%s)", changed)))

        def waits(of_one):
            of_place = SQL("%s AND touched_after >= p.low AND touched_after < p.high AND %s", of_one, mine)
            query = SQL("SELECT touched_after FROM %s AND %s", kept, of_place)
            return SQL("%s UNION ALL SELECT touched_after FROM anew WHERE %s", query, of_place) if changed else query

        def looked(which, of_one):
            return SQL(
                """SELECT p.number, ARRAY(SELECT touched_after FROM (%s) w ORDER BY 1 OFFSET p.skip LIMIT p.take)
                     FROM place p WHERE %s""",
                waits(of_one),
                which,
            )

        rows = [(number, key, *place) for number, (key, _share, place) in enumerate(looked_up)]
        return SQL(
            """WITH %s place AS (
                   SELECT * FROM unnest(%s::int[], %s::int[], %s::float8[], %s::float8[], %s::int[], %s::int[])
                                     AS p(number, id, low, high, skip, take))
               %s UNION ALL %s""",
            anew,
            *map(list, zip(*rows, strict=True)),
            looked(SQL("p.id IS NOT NULL"), SQL("%s = p.id", SQL(column))),
            looked(SQL("p.id IS NULL"), SQL("TRUE")),
        )
