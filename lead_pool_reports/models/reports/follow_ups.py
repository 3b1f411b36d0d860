from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tables import follow_ups
from ...tables.follow_ups import ANYBODY
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
        by, period = asked.further["by"], asked.period
        by_day = by == "rep" and asked.further["which"] == "counting" and period.stop > self.env["lead.pool"]._now()
        if by_day and self.env["lead.pool.tally.zone"]._serves(asked):
            query = self._follow_ups_of_days(asked)
        else:
            query = self._follow_ups_one_by_one(asked)
        rows = self.env.execute_query_dict(query)
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

    def _follow_ups_of_days(self, asked):
        """The rows of reps from the sums of days: a lead is one of the period if its last follow-up is, for the period
        lasts until today."""
        period, scope = asked.period, asked.scope
        talks = self.env["lead.pool.fact.talk"]
        mine = asked.condition("user_ref", "0", "company_ref")
        if scope.everything and scope.reps is None and len(scope.companies) == 1:
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
                 WHERE tz = %(tz)s AND day >= %(first)s AND (%(mine)s OR user_ref = %(anybody)s AND %(companies)s)
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
            tz=str(period.tz),
            first=period.first,
            anybody=ANYBODY,
            companies=SQL("company_ref = ANY(%s)", list(scope.companies)),
            overall=overall,
        )

    def _follow_ups_one_by_one(self, asked):
        """The rows from one follow-up after the other."""
        by, scope, period = asked.further["by"], asked.scope, asked.period
        for model in ("crm.lead", "lead.follow.up", "lead.pool.conversion"):
            self.env[model].flush_model()
        if asked.further["which"] == "all":
            moment, rep, lead, counts = (
                SQL("f.date"),
                SQL("f.user_id"),
                SQL("f.lead_id"),
                SQL("COALESCE(f.counts, FALSE)"),
            )
            done = SQL(
                """lead_follow_up f JOIN crm_lead l ON l.id = f.lead_id
                   WHERE (l.company_id IS NULL OR l.company_id = ANY(%s)) AND %s""",
                list(scope.companies),
                asked.condition("f.user_id", "f.pool_id", lead="f.lead_id"),
            )
        else:
            moment, rep, lead, counts = SQL("e.date"), SQL("e.user_ref"), SQL("e.lead_ref"), SQL("TRUE")
            done = SQL(
                """lead_pool_event e %s WHERE e.kind = 'follow_up' AND %s""",
                SQL("LEFT JOIN lead_follow_up f ON f.id = (e.detail->>'follow_up')::int")
                if by in ("type", "level")
                else SQL(""),
                asked.condition("e.user_ref", "e.pool_ref", "e.company_ref", "e.lead_ref"),
            )
        group = {
            "rep": rep,
            "type": SQL("f.type_id"),
            "level": SQL("f.level_id"),
            "day": SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, str(period.tz)),
        }[by]
        return SQL(
            """
                WITH done AS (
                    SELECT %(group)s AS id, %(lead)s AS lead, count(*) AS n,
                           count(*) FILTER (WHERE %(counts)s) AS counted, min(%(moment)s) AS first
                      FROM %(done)s AND %(moment)s >= %(start)s AND %(moment)s < %(stop)s
                     GROUP BY 1, 2
                ), lead AS (
                    SELECT lead_ref, max(converted_at) AS converted FROM %(facts)s f
                     WHERE converted_at IS NOT NULL GROUP BY lead_ref
                ), one AS (
                    SELECT done.*, COALESCE(lead.converted >= first, FALSE) AS converted
                      FROM done LEFT JOIN lead ON lead.lead_ref = done.lead
                )
                SELECT id, FALSE AS overall, sum(n)::int AS follow_ups, sum(counted)::int AS counted, count(*) AS leads,
                       count(*) FILTER (WHERE converted) AS converted
                  FROM one GROUP BY id
                 UNION ALL
                SELECT NULL, TRUE, COALESCE(sum(n), 0)::int, COALESCE(sum(counted), 0)::int, count(*),
                       count(*) FILTER (WHERE converted)
                  FROM (SELECT lead, sum(n) AS n, sum(counted) AS counted, bool_or(converted) AS converted
                          FROM one GROUP BY lead) lead
                """,
            group=group,
            lead=lead,
            moment=moment,
            counts=counts,
            done=done,
            start=period.start,
            stop=period.stop,
            facts=self.env["lead.pool.fact.lead"]._rows(),
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
