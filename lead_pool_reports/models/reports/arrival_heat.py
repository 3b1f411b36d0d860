from collections import Counter
from datetime import time, timedelta

from babel.dates import format_skeleton, get_day_names

from odoo import models
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse

from ...tables import arrival_heat
from ...tables.arrival_heat import HOURS, SLOTS
from .asked import Choice
from .pool_days import NO_CLOCK, is_open, join_day

#: What is shown -> whose half hours are added up.
FACTS = {"arrived": "lead.pool.fact.lead", "touched": "lead.pool.fact.holding"}


class LeadPoolReportArrivalHeat(models.AbstractModel):
    """When leads come, and when they are first touched."""

    _name = "lead.pool.report.arrival.heat"
    _inherit = ["lead.pool.report.pool.days"]
    _description = "Report: Hours of the Week"

    def _table_arrival_heat(self, asked):
        """The table; ``asked``: :class:`~.asked.Asked`."""
        return arrival_heat.build(
            self._rows_arrival_heat(asked),
            self._weekdays(),
            what=asked.further["what"],
            scope=asked.scope,
            period=asked.period,
        )

    def _weekdays(self):
        """The days of the week, 1 is Monday, in the reader's order."""
        first = int(self.env["res.lang"]._get_data(code=self.env.lang or "en_US").week_start or 1)
        return tuple((first + number - 1) % 7 + 1 for number in range(7))

    def _rows_arrival_heat(self, asked):
        """What came, by hour of the week: ``[Fact]``."""
        facts = self._sums_arrival_heat(asked)
        return self._counted_arrival_heat(asked) if facts is None else facts

    def _sums_arrival_heat(self, asked):
        """From the sums of half hours, if these tell what is asked for; else ``None``.

        Days of which each half hour means the same, on the reader's clock and for whether the pool is open, are added
        up together.
        """
        scope, period = asked.scope, asked.period
        code = asked.further["what"]
        if scope.personal or scope.sources is not None:
            return None
        facts = self.env[FACTS[code]]
        if facts._changed() is None:
            return None
        today = self.env["lead.pool"]._now().date()
        first = self._first_day_on_record(period.start.date())
        last = min(period.stop.date(), today + timedelta(days=1))
        meanings = self._meanings_of_slots(period, first, last)
        if meanings is None:
            return None
        pools, days, kinds = meanings
        if not days:
            return []  # nothing is on record yet
        rows = self.env.execute_query(
            SQL(
                """SELECT %(kind)s AS kind, %(sums)s FROM %(hours)s h
                    WHERE code = %(code)s AND day BETWEEN %(first)s AND %(last)s AND %(mine)s GROUP BY 1""",
                kind=self._kind_of_day(pools, days, first),
                sums=SQL(", ").join(SQL("sum(%s)::int", SQL.identifier(name)) for name in SLOTS),
                hours=facts._summed("lead.pool.fact.hours"),
                code=code,
                first=first,
                last=last,
                mine=asked.pool_condition("pool_ref", "company_ref"),
            )
        )
        leads, working = Counter(), Counter()
        for number, *counts in rows:
            for meaning, count in zip(kinds[number], counts, strict=True):
                if meaning and count:
                    weekday, hour, is_open = meaning
                    leads[weekday, hour] += count
                    working[weekday, hour] += count * is_open
        return [arrival_heat.Fact(*when, leads[when], working[when]) for when in leads]

    @staticmethod
    def _kind_of_day(pools, days, first):
        """The number of the kind of a day in a pool, as SQL: looked up, for its many figures are slow to join.

        :param pools: ``{pool id: number of its clock}``; ``days``: ``[(clock, day, kind)]`` in the order of days
        :param first: the first day
        """
        kinds, of_clock = {}, {}
        for clock, _day, kind in days:
            kinds.setdefault(clock, []).append(kind)
        for pool_id, clock in pools.items():
            of_clock.setdefault(clock, []).append(pool_id)
        nowhere = SQL("(%s::int[])[day - %s + 1]", kinds[NO_CLOCK], first)
        if not of_clock:
            return nowhere
        whens = (
            SQL("WHEN pool_ref = ANY(%s) THEN (%s::int[])[day - %s + 1]", pool_ids, kinds[clock], first)
            for clock, pool_ids in of_clock.items()
        )
        return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), nowhere)

    def _counted_arrival_heat(self, asked):
        """One statement, that reads each lead."""
        period, personal, arrived = asked.period, asked.scope.personal, asked.further["what"] == "arrived"
        if arrived and not personal:
            facts, moment, pool = FACTS["arrived"], SQL("b.entered_at"), SQL("b.pool_ref")
            mine = asked.pool_condition("b.pool_ref", "b.company_ref")
        else:
            facts, pool = FACTS["touched"], SQL("b.pool_id")
            moment = SQL("b.started_at") if arrived else SQL("b.first_follow_up_at")
            condition = asked.condition if personal else lambda _user, *of: asked.pool_condition(*of)
            mine = condition("b.user_id", "b.pool_id", "b.company_id")
        first = self._first_day_on_record(period.start.date() - timedelta(days=1))
        today = self.env["lead.pool"]._now().date()
        days, spans = self._days_of_pools(first, min(period.stop.date(), today) + timedelta(days=1))
        local = SQL("(to_timestamp(quarter * 900) AT TIME ZONE %s)", str(period.tz))
        rows = self.env.execute_query(
            SQL(
                """
                WITH %(days)s, came AS ( -- clocks differ by quarters of an hour, and there are few of them
                    SELECT floor(date_part('epoch', %(moment)s) / 900) AS quarter, count(*) AS n,
                           count(*) FILTER (WHERE %(is_open)s) AS within
                      FROM %(facts)s b
                      LEFT JOIN clock ON clock.pool_id = %(pool)s
                      %(join_day)s
                     WHERE %(moment)s >= %(start)s AND %(moment)s < %(stop)s AND %(mine)s
                     GROUP BY 1
                )
                SELECT extract(isodow FROM %(local)s)::int, extract(hour FROM %(local)s)::int, sum(n)::int,
                       sum(within)::int
                  FROM came GROUP BY 1, 2
                """,
                days=days,
                local=local,
                is_open=is_open(moment, SQL("day"), spans),
                facts=self.env[facts]._rows(),
                pool=pool,
                join_day=join_day(moment, "day"),
                moment=moment,
                start=period.start,
                stop=period.stop,
                mine=asked.of_facts(mine, "b.source_id"),
            )
        )
        return [arrival_heat.Fact(*row) for row in rows]

    def _further_arrival_heat(self):
        shown = {
            "arrived": self.env._("Leads That Came"),
            "touched": self.env._("First Follow-ups"),
        }
        return [
            Choice("what", self.env._("Show"), tuple(shown.items())),
        ]

    def _words_arrival_heat(self):
        """Title, headings and help, in the user's language."""
        _ = self.env._
        locale = babel_locale_parse(self.env.lang)
        names = get_day_names("wide", locale=locale)
        days = {str(number + 1): name for number, name in names.items()}
        return {
            "title": _("Hours of the Week"),
            "help": _(
                "When leads came into the pools (without a pool of one's own: when one's people received them), or "
                "when they were followed up first, on your clock."
            ),
            "empty": _("Nothing of the kind happened in this period. Choose another one."),
            "rows": days,
            "groups": {"hours": _("Hour of the Day")},
            "columns": {
                "weekday": (_("Weekday"), ""),
                "all": (_("All"), ""),
                "working": (
                    _("In Working Hours"),
                    _(
                        "While the lead's pool was open, by its calendar and holidays, on its own clock. Reckoned from "
                        "the calendar as it is today, so no list of leads opens."
                    ),
                ),
                "working_share": (_("In Working Hours, Share"), _("In working hours, divided by all.")),
                **{f"h{hour}": (format_skeleton("H", time(hour), locale=locale), "") for hour in HOURS},
            },
            "series": days,
        }
