from collections import Counter
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ...tables.period import DAY, beginning
from ...tables.waits import ANY, GONE, HALF, TOUCHED, WAITS, between, places

#: The columns of what is told apart: in the sums, in the facts.
KEYS = {"rep": ("user_ref", "user_id"), "pool": ("pool_ref", "pool_id")}
NOT_OVER = (0, False)


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


def _until(names):
    """These columns added up as far as their number is less than that of the ``days``."""
    return SQL(
        "(%s)",
        SQL(" + ").join(
            SQL("CASE WHEN days > %s THEN %s ELSE 0 END", number, SQL.identifier(name))
            for number, name in enumerate(names)
        ),
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

    def _counts_of_waits(self, asked, by):
        """Numbers of leads that were received in the period, of each rep or pool.

        :returns: ``{id: ([n of each length of the wait], received)}``
        """
        key, _column = KEYS[by]
        rows = self.env.execute_query(
            SQL(
                """SELECT %(key)s, sum(received)::int, %(sums)s FROM %(days)s d
                    WHERE %(period)s AND %(mine)s GROUP BY %(key)s HAVING sum(received) > 0""",
                key=SQL(key),
                sums=_sums(WAITS),
                days=self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.wait.day"),
                period=self.env["lead.pool.fact.wait.day"]._in(asked.period),
                mine=self._told_apart(asked, by),
            )
        )
        return {number: (counts, received) for number, received, *counts in rows}

    def _told_apart(self, asked, by):
        """The condition on sums of waits that they are of reps, or of pools, and in the scope."""
        other = SQL("%s = %s", SQL("pool_ref" if by == "rep" else "user_ref"), ANY)
        return SQL("%s AND %s", other, asked.condition("user_ref", "pool_ref" if by == "pool" else "0", "company_ref"))

    def _judged_by_days(self, asked, by, terms):
        """What was due and what was done in time of the leads that were received in the period, of each rep or pool.

        Whole quarters are judged by the day of the week, as most of its days in them are; what other days are judged
        otherwise, as around holidays, is added from their own sums, and what the weekday says of them taken off.

        :param terms: ``{day: (days, is over)}``: within how many days a lead of this day has to be followed up, and
            whether they are over; what was received on any other day is not judged
        :returns: ``{id: (due, kept)}``
        """
        if not terms:
            return {}
        (key, _column), period = KEYS[by], asked.period
        first, last = next((span[1:] for span in period.quarters if span[0] == "quarter"), (date.max, date.min))
        first = max(first, beginning(min(terms), 3))
        whole = [first + n * DAY for n in range((min(last, max(terms)) - first).days + 1)]
        often = Counter((day.isoweekday(), terms[day][0]) for day in whole if terms.get(day, NOT_OVER)[1])
        usual = {weekday: days for (weekday, days), _n in reversed(often.most_common())}
        judged = [(day, *term, 1) for day, term in terms.items() if not first <= day <= last]
        for day in whole:
            days = usual.get(day.isoweekday())
            if days is not None and terms.get(day) != (days, True):
                judged.append((day, days, True, -1))
            if day in terms and terms[day] != (days, True):
                judged.append((day, *terms[day], 1))
        most = max(days for days, _is_over in terms.values())
        counted = (*TOUCHED[:most], *GONE[:most])
        kept, early = _until(TOUCHED[:most]), _until(GONE[:most])
        summed, mine = self.env["lead.pool.fact.holding"]._summed, self._told_apart(asked, by)
        rows = self.env.execute_query(
            SQL(
                """WITH added AS MATERIALIZED (
                       SELECT %(key)s, days, TRUE AS is_over, 1 AS times, %(sums)s
                         FROM %(weekdays)s d JOIN unnest(%(weekday)s::int[], %(usual)s::int[]) AS u(weekday, days)
                        USING (weekday)
                        WHERE tz = %(tz)s AND day >= %(first)s AND day <= %(last)s AND %(mine)s
                        GROUP BY 1, 2
                        UNION ALL
                       SELECT %(key)s, days, is_over, times, %(sums)s
                         FROM %(days)s d
                         JOIN unnest(%(judged)s::date[], %(terms)s::int[], %(over)s::bool[], %(times)s::int[])
                              AS j(day, days, is_over, times) USING (day)
                        WHERE tz = %(tz)s AND span = 'day' AND day = ANY(%(judged)s) AND %(mine)s
                        GROUP BY 1, 2, 3, 4)
                   SELECT %(key)s, sum(times * CASE WHEN is_over THEN received - %(early)s ELSE %(kept)s END)::int,
                          sum(times * %(kept)s)::int
                     FROM added GROUP BY 1""",
                key=SQL(key),
                sums=_sums((*counted, "received")),
                weekdays=summed("lead.pool.fact.wait.weekday"),
                weekday=list(usual),
                usual=list(usual.values()),
                tz=str(period.tz),
                first=first,
                last=last,
                mine=mine,
                days=summed("lead.pool.fact.wait.day"),
                judged=[day for day, *_term in judged],
                terms=[days for _day, days, *_over in judged],
                over=[is_over for *_days, is_over, _times in judged],
                times=[times for *_term, times in judged],
                early=early,
                kept=kept,
            )
        )
        return {number: figures for number, *figures in rows}

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
            anew = SQL("anew AS MATERIALIZED %s,", facts._anew(changed))
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
