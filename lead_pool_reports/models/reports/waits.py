from dataclasses import replace
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ...tables.waits import ANY, GONE, HALF, TOUCHED, WAITS, between, places

#: The columns of what is told apart: in the sums, in the facts.
KEYS = {"rep": ("user_ref", "user_id"), "pool": ("pool_ref", "pool_id")}


class Waits(NamedTuple):
    """Where waits are kept one by one: the facts that have them, and by which of their columns.

    :param since: the moment that lies in the period; ``key``: what is told apart
    :param mine: the condition on the facts; ``of_one``: on those of one that is told apart, who is in the scope, so
        that there is nothing in it that makes PostgreSQL expect next to none
    """

    model: str
    since: str
    key: str
    mine: SQL
    of_one: SQL


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
                           WHERE tz = %(tz)s AND span = 'day' AND day BETWEEN %(first)s AND %(last)s
                             AND %(other)s = %(any)s AND %(mine)s
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
                "SELECT user_ref, %s FROM %s d WHERE %s AND pool_ref = %s AND %s GROUP BY user_ref",
                _sums(WAITS),
                self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.wait.day"),
                self.env["lead.pool.fact.wait.day"]._in(asked.period),
                ANY,
                asked.condition("user_ref", "0", "company_ref"),
            )
        )
        return {rep: counts for rep, *counts in rows}

    def _waits_of_holdings(self, asked, by):
        """Where the waits for the first follow-up are."""
        mine = asked.condition("user_id", "pool_id", "company_id")
        of_one = SQL("company_id = ANY(%s)", list(asked.scope.companies))
        return Waits("lead.pool.fact.holding", "started_at", KEYS[by][1], mine, of_one)

    def _within(self, waits, period, counts, shares=(HALF,)):
        """Within how many seconds these shares of the waits were over.

        :param Waits waits: where to look them up
        :param counts: ``{column of the seconds: {id of what is told apart: [n of each length of the wait]}}``; an id of
            0: of none
        :returns: ``{column: {id: [seconds or None for each share]}}``; ``None`` is the id of all together
        """
        counts = {
            column: {**of_ids, None: [sum(n) for n in zip(*of_ids.values(), strict=True)] or [0] * len(WAITS)}
            for column, of_ids in counts.items()
        }
        looked_up = [
            (column, number, share, place)
            for column, of_ids in counts.items()
            for number in of_ids
            for share in shares
            for place in places(of_ids[number], share)
        ]
        found = dict(self.env.execute_query(self._waits_at(waits, period, looked_up))) if looked_up else {}
        there = {}
        for which, (column, number, share, _place) in enumerate(looked_up):
            there.setdefault((column, number, share), []).extend(found[which])

        def seconds(column, number, share):
            here = there.get((column, number, share))
            return between(counts[column][number], share, here) if here else None

        return {
            column: {number: [seconds(column, number, share) for share in shares] for number in of_ids}
            for column, of_ids in counts.items()
        }

    def _waits_at(self, waits, period, looked_up):
        """Rows ``(number of the place, [seconds])`` as an SQL query.

        :param looked_up: ``[(column of the seconds, id or None, share, Place)]``
        """
        facts = self.env[waits.model]
        changed, table, key = facts._changed(), SQL.identifier(facts._table), SQL.identifier(waits.key)
        since = SQL.identifier(waits.since)
        then = SQL("%s >= %s AND %s < %s", since, period.start, since, period.stop)
        anew = SQL()
        if changed:
            anew = SQL("anew AS MATERIALIZED (%s),", facts._live(SQL("b.lead_ref = ANY(%s)", changed)))
            elsewhere = SQL("lead_ref NOT IN (SELECT unnest(%s::int[]))", changed)

        def at(after, whose):
            of_place = SQL("%s AND %s >= p.low AND %s < p.high AND %s", whose, after, after, then)
            query = SQL("SELECT %s AS after FROM %s WHERE %s", after, table, of_place)
            if not changed:
                return query
            return SQL("%s AND %s UNION ALL SELECT %s FROM anew WHERE %s", query, elsewhere, after, of_place)

        def looked(column, which, whose):
            return SQL(
                """SELECT p.number, ARRAY(SELECT after FROM (%s) w ORDER BY 1 OFFSET p.skip LIMIT p.take)
                     FROM place p WHERE p.after = %s AND %s""",
                at(SQL.identifier(column), whose),
                column,
                which,
            )

        kinds = {  # of an id -> which places these are, and their waits
            "some": (SQL("p.id <> 0"), SQL("%s = p.id AND %s", key, waits.of_one)),
            "none": (SQL("p.id = 0"), SQL("%s IS NULL AND %s", key, waits.mine)),
            "all": (SQL("p.id IS NULL"), waits.mine),
        }
        asked = {
            (column, "all" if number is None else "some" if number else "none") for column, number, *_ in looked_up
        }
        rows = [(which, column, number, *place) for which, (column, number, _share, place) in enumerate(looked_up)]
        return SQL(
            """WITH %s place AS (
                   SELECT * FROM unnest(%s::int[], %s::text[], %s::int[], %s::float8[], %s::float8[], %s::int[],
                                        %s::int[]) AS p(number, after, id, low, high, skip, take))
               %s""",
            anew,
            *map(list, zip(*rows, strict=True)),
            SQL(" UNION ALL ").join(looked(column, *kinds[kind]) for column, kind in sorted(asked)),
        )
