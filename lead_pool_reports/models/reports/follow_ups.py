from dataclasses import replace
from datetime import date

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tables import follow_ups
from ...tables.follow_ups import ANYBODY
from ..lead_pool_tally import day_of
from .asked import Choice
from .names import names_of
from .pool_dynamics import MAX_DAYS

MODELS = {"rep": "res.users", "type": "lead.follow.up.type", "level": "lead.follow.up.level"}


class LeadPoolReportFollowUps(models.AbstractModel):
    """Follow-ups by rep, type, level or day."""

    _name = "lead.pool.report.follow.ups"
    _description = "Report: Follow-ups"

    def _table_follow_ups(self, asked):
        """The table; ``asked``: :class:`~.asked.Asked`."""
        by, days = asked.further["by"], asked.period.days(until=asked.today)
        if by == "day" and len(days) > MAX_DAYS:
            raise UserError(self.env._("Choose a period of at most %(days)s days.", days=MAX_DAYS))
        facts, overall = self._rows_follow_ups(asked)
        return follow_ups.build(
            facts,
            overall,
            by=by,
            everything=asked.further["which"] == "all",
            days=days,
            scope=asked.scope,
            period=asked.period,
        )

    def _rows_follow_ups(self, asked):
        """One statement on the follow-ups of the period and what became of their leads.

        :returns: ``([Facts] of the rows, Facts of all together)``
        """
        by = asked.further["by"]
        rows = self.env.execute_query_dict(self._query_follow_ups(asked))
        names = names_of(self.env[MODELS[by]].browse({row["id"] for row in rows if row["id"]})) if by in MODELS else {}
        facts, overall = [], follow_ups.Facts()
        for row in rows:
            is_overall, number = row.pop("overall"), row.pop("id")
            one = follow_ups.Facts(number or 0, names.get(number, self.env._("None")), **row)
            if is_overall:
                overall = one
            else:
                facts.append(one)
        return facts, overall

    def _query_follow_ups(self, asked):
        """The rows, and that of all together, as an SQL query: from sums where they tell what is asked for."""
        if asked.further["which"] == "counting" and self.env["lead.pool.tally.zone"]._serves(asked):
            if asked.further["by"] != "rep":
                if self._is_whole_company(asked):
                    return self._follow_ups_of_company(asked)
            elif asked.period.stop > self.env["lead.pool"]._now():
                return self._follow_ups_of_days(asked)
        return self._follow_ups_one_by_one(asked)

    @staticmethod
    def _is_whole_company(asked):
        """Whether all follow-ups of one company are asked for: their leads are kept, each once."""
        scope = asked.scope
        return scope.everything and scope.reps is None and len(scope.companies) == 1

    def _follow_ups_of_company(self, asked):
        """The rows of days, types or levels from the sums of days, see ``lead.pool.fact.follow.up.day``."""
        by, of_day = asked.further["by"], asked.further["by"] == "day"
        return SQL(
            """
            WITH kept AS (
                SELECT * FROM %(days)s d
                 WHERE tz = %(tz)s AND day BETWEEN %(first)s AND %(last)s AND previous < %(first)s
                   AND kind = ANY(%(kinds)s) AND company_ref = ANY(%(companies)s)
            )
            SELECT %(group)s AS id, FALSE AS overall, sum(follow_ups)::int AS follow_ups,
                   sum(follow_ups)::int AS counted, sum(%(leads)s)::int AS leads, sum(%(converted)s)::int AS converted
              FROM kept WHERE kind = %(by)s GROUP BY 1 HAVING sum(follow_ups) > 0
             UNION ALL
            SELECT NULL, TRUE, COALESCE(sum(follow_ups), 0)::int, COALESCE(sum(follow_ups), 0)::int,
                   COALESCE(sum(leads), 0)::int, COALESCE(sum(converted), 0)::int
              FROM kept WHERE kind = 'day'
            """,
            days=self.env["lead.pool.fact.follow.up"]._summed("lead.pool.fact.follow.up.day"),
            tz=str(asked.period.tz),
            first=asked.period.first,
            last=asked.period.last,
            kinds=list({by, "day"}),
            companies=list(asked.scope.companies),
            group=SQL("day") if of_day else SQL("NULLIF(ref, 0)"),
            leads=SQL("day_leads") if of_day else SQL("leads"),
            converted=SQL("day_converted") if of_day else SQL("converted"),
            by=by,
        )

    def _follow_ups_of_days(self, asked):
        """The rows of reps from the sums of days: a lead is one of the period if its last follow-up is, for the period
        lasts until today."""
        period, scope = asked.period, asked.scope
        talks = self.env["lead.pool.fact.talk"]
        mine = asked.condition("user_ref", "0", "company_ref")
        if self._is_whole_company(asked):
            overall = SQL(
                """SELECT COALESCE(sum(leads), 0)::int AS leads, COALESCE(sum(converted), 0)::int AS converted
                     FROM day WHERE user_ref = %s""",
                ANYBODY,
            )
        else:
            overall = SQL(
                """SELECT count(DISTINCT lead_ref), count(DISTINCT lead_ref) FILTER (WHERE useful_at >= %(start)s)
                     FROM %(talks)s t WHERE last_at >= %(start)s AND user_ref <> %(anybody)s AND %(mine)s""",
                start=period.start,
                talks=talks._rows(),
                anybody=ANYBODY,
                mine=mine,
            )
        return SQL(
            """
            WITH done AS (
                SELECT user_ref, sum(n)::int AS n FROM (%(follow_ups)s) f WHERE %(mine)s
                 GROUP BY user_ref HAVING sum(n) > 0
            ), day AS (
                SELECT user_ref, sum(leads)::int AS leads, sum(converted)::int AS converted FROM %(days)s d
                 WHERE %(since)s AND (%(mine)s OR user_ref = %(anybody)s AND %(companies)s)
                 GROUP BY user_ref
            ), overall (leads, converted) AS (%(overall)s)
            SELECT user_ref AS id, FALSE AS overall, n AS follow_ups, n AS counted, COALESCE(leads, 0) AS leads,
                   COALESCE(converted, 0) AS converted
              FROM done LEFT JOIN day USING (user_ref)
             UNION ALL
            SELECT NULL, TRUE, (SELECT COALESCE(sum(n), 0)::int FROM done), (SELECT COALESCE(sum(n), 0)::int FROM done),
                   leads, converted
              FROM overall
            """,
            follow_ups=self.env["lead.pool.tally.rep"]._follow_ups(period),
            mine=mine,
            days=talks._summed("lead.pool.fact.talk.day"),
            since=self.env["lead.pool.fact.talk.day"]._in(replace(period, last=date.max)),
            anybody=ANYBODY,
            companies=SQL("company_ref = ANY(%s)", list(scope.companies)),
            overall=overall,
        )

    def _follow_ups_one_by_one(self, asked):
        """The rows from one follow-up after the other."""
        by, period = asked.further["by"], asked.period
        done = self._all_follow_ups(asked) if asked.further["which"] == "all" else self._counting_follow_ups(asked)
        group = {
            "rep": SQL("user_ref"),
            "type": SQL("NULLIF(type_ref, 0)"),
            "level": SQL("NULLIF(level_ref, 0)"),
            "day": day_of(SQL("followed_at"), str(period.tz)),
        }[by]
        return SQL(
            """
                WITH one AS (
                    SELECT %(group)s AS id, lead_ref, count(*) AS n, count(*) FILTER (WHERE counts) AS counted,
                           bool_or(led) AS led
                      FROM (%(done)s) f
                     WHERE followed_at >= %(start)s AND followed_at < %(stop)s
                     GROUP BY 1, 2
                )
                SELECT id, FALSE AS overall, sum(n)::int AS follow_ups, sum(counted)::int AS counted, count(*) AS leads,
                       count(*) FILTER (WHERE led) AS converted
                  FROM one GROUP BY id
                 UNION ALL
                SELECT NULL, TRUE, COALESCE(sum(n), 0)::int, COALESCE(sum(counted), 0)::int, count(*),
                       count(*) FILTER (WHERE led)
                  FROM (SELECT sum(n) AS n, sum(counted) AS counted, bool_or(led) AS led
                          FROM one GROUP BY lead_ref) lead
                """,
            group=group,
            done=done,
            start=period.start,
            stop=period.stop,
        )

    def _counting_follow_ups(self, asked):
        """Follow-ups that count, as an SQL query."""
        return SQL(
            """SELECT followed_at, user_ref, lead_ref, type_ref, level_ref, TRUE AS counts, led FROM %s f WHERE %s""",
            self.env["lead.pool.fact.follow.up"]._rows(),
            asked.condition("user_ref", "pool_ref", "company_ref", "lead_ref"),
        )

    def _all_follow_ups(self, asked):
        """All that were noted, as an SQL query of the same rows."""
        for model in ("crm.lead", "lead.follow.up", "lead.pool.conversion"):
            self.env[model].flush_model()
        return SQL(
            """SELECT f.date AS followed_at, f.user_id AS user_ref, f.lead_id AS lead_ref, f.type_id AS type_ref,
                      f.level_id AS level_ref, COALESCE(f.counts, FALSE) AS counts,
                      COALESCE(f.date <= lead.converted_at, FALSE) AS led
                 FROM lead_follow_up f
                 JOIN crm_lead l ON l.id = f.lead_id
                 LEFT JOIN (SELECT lead_ref, max(converted_at) AS converted_at FROM %(facts)s facts
                             WHERE converted_at IS NOT NULL GROUP BY lead_ref) lead ON lead.lead_ref = f.lead_id
                WHERE (l.company_id IS NULL OR l.company_id = ANY(%(companies)s)) AND %(mine)s""",
            facts=self.env["lead.pool.fact.lead"]._rows(),
            companies=list(asked.scope.companies),
            mine=asked.condition("f.user_id", "f.pool_id", lead="f.lead_id"),
        )

    def _further_follow_ups(self):
        rows = {
            "rep": self.env._("Reps"),
            "type": self.env._("Types"),
            "level": self.env._("Levels"),
            "day": self.env._("Days"),
        }
        kinds = {
            "counting": self.env._("Those That Count"),
            "all": self.env._("All That Were Noted"),
        }
        return [
            Choice("by", self.env._("Rows"), tuple(rows.items())),
            Choice("which", self.env._("Follow-ups"), tuple(kinds.items())),
        ]

    def _words_follow_ups(self):
        """Title, headings and help, in the user's language."""
        _ = self.env._
        return {
            "title": _("Follow-ups"),
            "help": _(
                "Follow-ups that count, for the rep who held the lead; or all that were noted, by who noted them, with "
                "those that do not reset the clock and those on leads of no pool."
            ),
            "empty": _("Nobody followed up a lead in this period. Choose another one."),
            "rows": {},
            "groups": {},
            "columns": {
                "rep": (_("Rep"), ""),
                "type": (_("Type"), ""),
                "level": (_("Level"), ""),
                "day": (_("Day"), ""),
                "follow_ups": (_("Follow-ups"), _("Follow-ups of the period.")),
                "counted": (_("That Count"), _("Of them, those that reset the lead's clock.")),
                "counted_share": (_("That Count, Share"), _("Those that count, divided by all.")),
                "leads": (
                    _("Leads"),
                    _("Leads followed up, each once in a row and once in the total: rows do not add up."),
                ),
                "per_lead": (_("For Each Lead"), _("Follow-ups, divided by leads.")),
                "converted": (
                    _("Converted Afterwards"),
                    _("Of these leads, those converted after such a follow-up, whenever that was."),
                ),
                "conversion": (_("Converted, Share"), _("Converted afterwards, divided by leads.")),
            },
            "series": {
                "follow_ups": _("Follow-ups"),
                "leads": _("Leads"),
                "converted": _("Converted Afterwards"),
            },
        }
