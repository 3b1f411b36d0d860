from datetime import datetime, time, timedelta

from odoo import models
from odoo.tools import SQL

from ...tables import afterlife
from .asked import Choice, began_between

DAY, MOMENT = timedelta(days=1), timedelta(microseconds=1)
HORIZONS = (90, 30, 60, 180)  # days, the usual one first
#: The clock -> the terms of a reclaim rule that end it.
TERMS = {
    "conversion": ("not_converted_days", "not_won_days", "held_days"),
    "first_touch": ("no_first_touch_days", "no_follow_up_days"),
}
#: Of the facts ``h`` of a holding: it is held now, and nobody knows what becomes of it.
OPEN = SQL("(h.ended_at IS NULL AND h.converted_at IS NULL)")
NOT_OPEN = SQL("(h.ended_at IS NOT NULL OR h.converted_at IS NOT NULL)")
#: Of the same facts: which way it went.
STATE = SQL(
    """CASE WHEN h.converted_at IS NOT NULL THEN 'converted' WHEN h.ended_at IS NULL THEN 'open'
            WHEN h.end_reason = ANY(%s) THEN 'never' ELSE 'left' END""",
    list(afterlife.NEVER),
)


def _midnight(moment):
    """The beginning of its day, UTC."""
    return datetime.combine(moment.date(), time())


def _or(conditions):
    return SQL(" OR ").join(conditions) if conditions else SQL("FALSE")


def row_of(rows):
    """What holdings of a row have in common, as SQL on the facts ``h``: a text."""
    if rows == "ordinal":
        return SQL("LEAST(h.ordinal, %s)::text", len(afterlife.ORDINALS))
    if rows == "source":
        return SQL("COALESCE(h.source_id, 0)::text")
    if rows == "age":
        whens = SQL(" ").join(
            SQL("WHEN h.started_at - h.created_at < make_interval(days => %s) THEN %s", span[1], code)
            for code, span in afterlife.AGES.items()
            if span and span[1]
        )
        return SQL("CASE WHEN h.created_at IS NULL THEN 'unknown' %s ELSE 'older' END", whens)
    return SQL(
        """CASE WHEN h.previous_end IS NULL THEN 'first'
                WHEN h.previous_end = 'returned' AND h.previous_reason_id IS NOT NULL
                THEN 'returned/' || h.previous_reason_id ELSE h.previous_end END"""
    )


def name_of(rows, text):
    """The key of the row of which :func:`row_of` tells this."""
    if rows == "ordinal":
        return afterlife.ORDINALS[int(text) - 1]
    if rows == "source":
        return f"source/{text}" if text != "0" else afterlife.NO_SOURCE
    return text


def hours_of(span):
    """The whole hours of a span of time, as SQL."""
    return SQL("GREATEST(floor(date_part('epoch', %s) / 3600), 0)::int", span)


class LeadPoolReportAfterlife(models.AbstractModel):
    """What becomes of leads that are taken a second and a third time, and how long it takes."""

    _name = "lead.pool.report.afterlife"
    _description = "Report: Afterlife"

    def _table_afterlife(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        rows, clock = asked.further["rows"], asked.further["clock"]
        facts = self._rows_afterlife(asked)
        return afterlife.build(
            facts,
            self._names_of_afterlife(rows, {fact.row for fact in facts}),
            self._terms_of_today(afterlife.pools_of(facts), clock),
            asked.scope,
            asked.period,
            rows=rows,
            horizon=int(asked.further["horizon"]),
        )

    def _rows_afterlife(self, asked):
        """One statement on holdings, with what came before and after; hours are whole ones.

        :returns: ``[tables.afterlife.Fact]``
        """
        rows, period = asked.further["rows"], asked.period
        if self._serves_afterlife(asked):
            watched = self._summed_afterlife(asked)
        else:
            watched = self._counted_afterlife(asked, began_between(period.start, period.stop))
        found = self.env.execute_query(
            SQL(
                """SELECT key, state, hours, sum(n)::int, pool_id FROM (%s) watched
                    GROUP BY GROUPING SETS ((key, state, hours), (key, pool_id))
                   HAVING sum(n) > 0 AND CASE WHEN GROUPING(state) = 0 THEN state IS NOT NULL
                                              ELSE pool_id IS NOT NULL END""",
                watched,
            )
        )
        pools = {}
        for key, state, _hours, _count, pool_id in found:
            if state is None:
                pools.setdefault(key, set()).add(pool_id)
        pools = {key: frozenset(ids) for key, ids in pools.items()}
        return [
            afterlife.Fact(name_of(rows, key), state, hours, count, pools[key])
            for key, state, hours, count, _pool in found
            if state is not None
        ]

    def _serves_afterlife(self, asked):
        """Whether ``lead.pool.fact.course`` tells what is asked for."""
        scope = asked.scope
        everything = scope.everything and scope.pools is None and scope.reps is None and scope.sources is None
        of_conversions = asked.further["clock"] == "conversion"
        return everything and of_conversions and self.env["lead.pool.tally.zone"]._keeps(asked.period)

    def _this_hour(self):
        """Until then it is watched what is still held, from the hour on in which it began: so it can be counted."""
        return self.env["lead.pool"]._now().replace(minute=0, second=0, microsecond=0)

    def _counted_afterlife(self, asked, which):
        """Rows ``(key, pool_id, state, hours, n)`` from one holding after the other, as an SQL query.

        :param SQL which: condition on the facts ``h``
        """
        if asked.further["clock"] == "conversion":
            began = SQL("CASE WHEN state = 'open' THEN date_trunc('hour', started_at) ELSE started_at END")
            until, watched = SQL("h.converted_at"), SQL("COALESCE(h.ended_at, %s)", self._this_hour())
        else:
            began, until = SQL("started_at"), SQL("LEAST(h.first_follow_up_at, h.converted_at)")
            watched = SQL("LEAST(h.first_follow_up_at, h.ended_at, %s)", self.env["lead.pool"]._now())
        return SQL(
            """SELECT key, pool_id, state, CASE WHEN state = 'never' THEN 0 ELSE %(hours)s END AS hours, 1 AS n
                 FROM (SELECT %(key)s AS key, h.pool_id, h.started_at, %(state)s AS state,
                              CASE WHEN h.converted_at IS NOT NULL THEN %(until)s ELSE %(watched)s END AS until
                         FROM %(facts)s h
                        WHERE %(which)s AND %(of_holdings)s OFFSET 0) state""",
            key=row_of(asked.further["rows"]),
            hours=hours_of(SQL("until - %s", began)),
            state=STATE,
            until=until,
            watched=watched,
            facts=self.env["lead.pool.fact.holding"]._rows(),
            which=which,
            of_holdings=asked.of_facts(asked.condition("h.user_id", "h.pool_id", "h.company_id"), "h.source_id"),
        )

    def _summed_afterlife(self, asked):
        """The same from the sums of whole months and years, of whole days of what is still held, and from the holdings
        of the days around them; a row of sums tells either the state or the pool."""
        period = asked.period
        longer = [SQL("span = %s AND day BETWEEN %s AND %s", *span) for span in period.years if span[0] != "day"]
        ended = [
            began_between(period.midnight(first), period.midnight(last + DAY))
            for span, first, last in period.years
            if span == "day"
        ]
        first, behind = _midnight(period.start + DAY - MOMENT), _midnight(period.stop)
        held = [began_between(period.start, period.stop)]
        if first < behind:
            held = [began_between(period.start, first), began_between(behind, period.stop)]
        which = SQL("(%s AND (%s) OR %s AND (%s))", NOT_OPEN, _or(ended), OPEN, _or(held))
        return SQL(
            """SELECT key, NULLIF(pool_ref, 0) AS pool_id, CASE WHEN pool_ref = 0 THEN state END AS state,
                      CASE WHEN pool_ref <> 0 THEN NULL WHEN state = 'open' THEN %(hours)s ELSE hours END AS hours,
                      count AS n
                 FROM %(sums)s s
                WHERE tz = %(tz)s AND kind = %(kind)s AND company_ref = ANY(%(companies)s)
                  AND (span = 'day' AND day >= %(first)s AND day < %(behind)s OR %(longer)s)
                UNION ALL
               (%(others)s)""",
            hours=hours_of(SQL("%s - (day + make_interval(hours => hours))", self._this_hour())),
            sums=self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.course"),
            tz=str(period.tz),
            kind=asked.further["rows"],
            companies=list(asked.scope.companies),
            first=first.date(),
            behind=behind.date(),
            longer=_or(longer),
            others=self._counted_afterlife(asked, which),
        )

    def _names_of_afterlife(self, rows, keys):
        """``{row key: name}`` of what has a name of its own."""
        if rows == "source":
            ids = [int(key.partition("/")[2]) for key in keys if key != afterlife.NO_SOURCE]
            return {f"source/{source.id}": source.name for source in self.env["utm.source"].sudo().browse(ids)}
        ids = {key: int(key.partition("/")[2]) for key in keys if rows == "before" and "/" in key}
        reasons = {reason.id: reason.name for reason in self.env["lead.pool.reason"].sudo().browse(ids.values())}
        return {
            key: self.env._("Returned: %(reason)s", reason=reasons[reason_id])
            for key, reason_id in ids.items()
        }  # fmt: skip

    def _terms_of_today(self, pool_ids, clock):
        """``{pool id: [days]}`` after which rules that are in force take a lead back."""
        rules = self.env["lead.pool.reclaim.rule"].sudo().search(
            [("pool_id", "in", sorted(pool_ids)), ("pool_id.active", "=", True)]
        )  # fmt: skip
        terms = {}
        for rule in rules:
            days = [rule[name] for name in TERMS[clock] if rule[name]]
            if days:
                last = max(days) if rule.match == "all" else min(days)
                terms.setdefault(rule.pool_id.id, []).append(last)
        return terms

    def _further_afterlife(self):
        rows = {
            "ordinal": self.env._("Holder"),
            "before": self.env._("Why It Went Back"),
            "age": self.env._("Age of the Lead"),
            "source": self.env._("Source"),
        }
        clock = {
            "conversion": self.env._("Conversion"),
            "first_touch": self.env._("First follow-up, of those converted"),
        }
        horizon = {str(days): self.env._("%(days)s days", days=days) for days in HORIZONS}
        return [
            Choice("rows", self.env._("Rows"), tuple(rows.items())),
            Choice("clock", self.env._("Time Until"), tuple(clock.items())),
            Choice("horizon", self.env._("Within"), tuple(horizon.items())),
        ]

    def _words_afterlife(self):
        """Title, headings and help, in the user's language."""
        ends = dict(self.env["lead.pool.holding"]._fields["end_reason"]._description_selection(self.env))
        words = {
            "all": self.env._("All"),
            "holder_1": self.env._("First Holder"),
            "holder_2": self.env._("Second Holder"),
            "holder_3": self.env._("Third Holder"),
            "holder_4": self.env._("Fourth and Later"),
        }
        return {
            "title": self.env._("Afterlife"),
            "help": self.env._(
                "What became of the leads that reps took in the period, the first time and again. Enough days are "
                "those by which 90 % of the conversions had come that come within the horizon."
            ),
            "empty": self.env._("Nobody took a lead in this period. Choose a longer one."),
            "rows": {
                **words,
                **{code: label for code, label in ends.items() if code in afterlife.ENDS},
                "first": self.env._("Nobody Before"),
                "day_1": self.env._("Less than a day"),
                "day_3": self.env._("1 to 3 days"),
                "day_7": self.env._("3 to 7 days"),
                "day_14": self.env._("1 to 2 weeks"),
                "day_30": self.env._("2 weeks to 30 days"),
                "day_90": self.env._("30 to 90 days"),
                "older": self.env._("Older than 90 days"),
                "unknown": self.env._("Deleted since"),
                afterlife.NO_SOURCE: self.env._("No Source"),
            },
            "groups": {
                "cohort": self.env._("Of Those Taken"),
                "estimate": self.env._("Within the Horizon"),
                "enough": self.env._("Enough Days"),
                "today": self.env._("Rules of Today"),
            },
            "columns": {
                "name": (self.env._("Leads"), ""),
                "taken": (
                    self.env._("Taken"),
                    self.env._("Leads claimed by reps or given to them in the period; a lead counts each time."),
                ),
                "open": (self.env._("Still Held"), self.env._("Held now by who took it, and not converted.")),
                "converted": (
                    self.env._("Converted"),
                    self.env._("Converted by who took it, by now. A conversion that was undone is none."),
                ),
                "rate": (self.env._("Conversion Rate"), self.env._("Converted so far, divided by taken.")),
                "part": (self.env._("Of All Conversions"), self.env._("Share of this row in all that was converted.")),
                "expected": (
                    self.env._("Expected"),
                    self.env._(
                        "Conversions to expect within the horizon, had nobody lost a lead before (Kaplan and Meier); "
                        "lost and invalid leads convert no more. Empty: too few, at least 20 have to be converted."
                    ),
                ),
                "expected_rate": (self.env._("Expected Rate"), self.env._("Expected, divided by taken.")),
                "seen": (
                    self.env._("Seen for (Days)"),
                    self.env._("The horizon, or the last day on which at least 10 of these leads were still held."),
                ),
                "days": (
                    self.env._("Enough Days"),
                    self.env._(
                        "By this day 90 % of what comes within the horizon had come. Empty: too few, at least 20 have "
                        "to be converted."
                    ),
                ),
                "days_from": (self.env._("From"), self.env._("The true figure lies in between with 95 % confidence.")),
                "days_to": (self.env._("To"), self.env._("The true figure lies in between with 95 % confidence.")),
                "term_from": (
                    self.env._("Shortest Term"),
                    self.env._(
                        "Days after which the pools' rules of today take such a lead back, as the rules count them."
                    ),
                ),
                "term_to": (self.env._("Longest Term"), self.env._("Of the same pools, where rules differ.")),
            },
            "series": words,
        }
