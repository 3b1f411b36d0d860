from odoo import models
from odoo.tools import SQL

from ...tables import funnel
from ...tables.funnel import OWN_STEPS, STEPS, TIMED, WHOLE
from ...tables.waits import HALF, NINETY, WAITS
from .asked import Choice
from .names import names_of
from .waits import Waits

#: Who got to a step, by the moments of :func:`of_lead` and :func:`of_holding`.
REACHED = {
    "valid": SQL("valid"),
    "taken": SQL("(valid AND COALESCE(taken, touched, converted, ordered) IS NOT NULL)"),
    "touched": SQL("(valid AND COALESCE(touched, converted, ordered) IS NOT NULL)"),
    "converted": SQL("(valid AND COALESCE(converted, ordered) IS NOT NULL)"),
    "ordered": SQL("(valid AND ordered IS NOT NULL)"),
}
NO_LEADS = ["invalid", "merged", "deleted"]
#: Steps that take time -> the column of facts of leads with the seconds from the step before.
AFTER = {step: f"{step}_after" for step in (*TIMED, WHOLE)}


def converted_at(lead):
    """When a lead was converted, as a subquery of one value.

    :param SQL lead: the column of its number
    """
    return SQL(
        """
        SELECT LEAST(
                   (SELECT min(date) FROM lead_pool_conversion WHERE lead_ref = %(lead)s AND undone_at IS NULL),
                   converted_at, CASE WHEN closed_as = 'converted' THEN closed_at END)
          FROM lead_pool_entry WHERE lead_ref = %(lead)s
        """,
        lead=lead,
    )


def of_lead(lead):
    """The moments of the steps of one lead, as a subquery of one row.

    :param SQL lead: the column of its number
    """
    return SQL(
        """
        SELECT (e.closed_as IS NULL OR e.closed_as <> ALL(%(none)s)) AS valid, h.taken, h.touched,
               (%(converted_at)s) AS converted, o.at AS ordered
          FROM lead_pool_entry e
          LEFT JOIN LATERAL (
               SELECT min(started_at) AS taken, min(first_follow_up_at) AS touched FROM lead_pool_holding
                WHERE lead_ref = %(lead)s AND end_reason IS DISTINCT FROM 'undone') h ON TRUE
          LEFT JOIN LATERAL (
               SELECT min(date_order) AS at FROM sale_order
                WHERE opportunity_id = %(lead)s AND state = 'sale') o ON TRUE
         WHERE e.lead_ref = %(lead)s
        """,
        lead=lead,
        none=NO_LEADS,
        converted_at=converted_at(lead),
    )


def of_holding(holding):
    """The moments of the steps of one holding: what became of the lead in these hands.

    :param SQL holding: the alias of the table
    """
    return SQL(
        """
        SELECT (%(h)s.end_reason IS NULL OR %(h)s.end_reason <> ALL(%(none)s)) AS valid,
               NULL::timestamp AS taken, %(h)s.first_follow_up_at AS touched, c.at AS converted, o.at AS ordered
          FROM (SELECT LEAST(
                           min(date) FILTER (WHERE undone_at IS NULL),
                           CASE WHEN %(h)s.end_reason = 'converted' AND count(undone_at) = 0
                                THEN %(h)s.ended_at END) AS at
                  FROM lead_pool_conversion
                 WHERE lead_ref = %(h)s.lead_ref AND date >= %(h)s.started_at
                   AND (%(h)s.ended_at IS NULL OR date <= %(h)s.ended_at)) c
          LEFT JOIN LATERAL (
               SELECT min(date_order) AS at FROM sale_order
                WHERE c.at IS NOT NULL AND opportunity_id = %(h)s.lead_ref AND state = 'sale') o ON TRUE
        """,
        h=holding,
        none=NO_LEADS,
    )


def after_entering(moments, entered):
    """How long each step of one lead took, as a subquery of one row with the columns of :data:`AFTER`: of a valid lead
    that went through both steps, in this order.

    :param SQL moments: the alias of :func:`of_lead`; ``entered``: when the lead came in
    """
    return SQL(
        """
        SELECT CASE WHEN valid THEN date_part('epoch', taken - entered) END AS taken_after,
               CASE WHEN valid THEN date_part('epoch', touched - taken) END AS touched_after,
               CASE WHEN valid THEN date_part('epoch', converted - touched) END AS converted_after,
               CASE WHEN valid THEN date_part('epoch', ordered - converted) END AS ordered_after,
               CASE WHEN valid THEN date_part('epoch', ordered - entered) END AS whole_after
          FROM (SELECT %(m)s.valid, %(entered)s AS entered, %(m)s.ordered,
                       CASE WHEN %(m)s.taken <= LEAST(%(m)s.touched, %(m)s.converted, %(m)s.ordered, 'infinity')
                            THEN %(m)s.taken END AS taken,
                       CASE WHEN %(m)s.touched <= LEAST(%(m)s.converted, %(m)s.ordered, 'infinity')
                            THEN %(m)s.touched END AS touched,
                       CASE WHEN %(m)s.converted <= LEAST(%(m)s.ordered, 'infinity')
                            THEN %(m)s.converted END AS converted) went
        """,
        m=moments,
        entered=entered,
    )


class LeadPoolReportFunnel(models.AbstractModel):
    """How far the leads of a period got, and how long it took."""

    _name = "lead.pool.report.funnel"
    _inherit = ["lead.pool.report.waits"]
    _description = "Report: Funnel"

    def _table_funnel(self, asked):
        """The table; ``asked``: :class:`~.asked.Asked`."""
        overall, groups = self._rows_funnel(asked)
        steps = OWN_STEPS if asked.scope.personal else STEPS
        return funnel.build(
            overall,
            groups,
            steps,
            self._names_of_steps(),
            by=asked.further["by"],
            scope=asked.scope,
            period=asked.period,
        )

    def _rows_funnel(self, asked):
        """From the sums of days, months and years, if these tell what is asked for, else from each lead.

        :returns: ``(Facts of all together, [Facts] of each source or pool)``
        """
        by, kind = asked.further["by"], self._kind_of_steps(asked)
        rows = self._counted_funnel(asked) if kind is None else self._sums_funnel(asked, kind)
        names = self._names_of_groups(by, [row["id"] for row in rows if row["id"]])
        overall, groups = funnel.Facts(), []
        for row in rows:
            number = row["id"] or 0
            name = names.get(number, self.env._("Without a source"))
            facts = funnel.Facts(number, name, row["leads"], row["times"])
            if row["overall"]:
                overall = facts
            else:
                groups.append(facts)
        return overall, groups

    def _kind_of_steps(self, asked):
        """Which rows of ``lead.pool.fact.step.day`` tell what is asked for: ``all``, ``pool`` or ``source``; ``None``:
        none of them."""
        scope, by = asked.scope, asked.further["by"]
        of_pools = scope.whole_pools is not None or by == "pool"
        of_sources = scope.sources is not None or by == "source"
        if scope.personal or of_pools and of_sources or not self.env["lead.pool.tally.zone"]._keeps(asked.period):
            return None
        return "pool" if of_pools else "source" if of_sources else "all"

    def _sums_funnel(self, asked, kind):
        """The rows of :meth:`_counted_funnel`, from the sums of days, months and years."""
        by, scope, period = asked.further["by"], asked.scope, asked.period
        refs = {"pool": scope.whole_pools, "source": scope.sources}.get(kind)
        found = self.env.execute_query(
            SQL(
                """SELECT %(id)s AS id, step, sum(leads)::int, %(waits)s FROM %(days)s d
                    WHERE %(period)s AND kind = %(kind)s AND company_ref = ANY(%(companies)s) AND %(refs)s
                    GROUP BY 1, 2 HAVING sum(leads) > 0""",
                id=SQL("NULL::int") if by == "step" else SQL("ref"),
                waits=SQL(", ").join(SQL("sum(%s)::int", SQL.identifier(name)) for name in WAITS),
                days=self.env["lead.pool.fact.lead"]._summed("lead.pool.fact.step.day"),
                period=self.env["lead.pool.fact.step.day"]._in(period),
                kind=kind,
                companies=list(scope.companies),
                refs=SQL("TRUE") if refs is None else SQL("ref = ANY(%s)", list(refs)),
            )
        )
        timed = {step: after for step, after in AFTER.items() if step != WHOLE or by == "step"}
        leads, counts = {None: dict.fromkeys(STEPS, 0)}, {after: {} for after in timed.values()}
        for key, step, number, *lengths in found:
            if step in STEPS:
                leads.setdefault(key, dict.fromkeys(STEPS, 0))[step] = number
                if key is not None:
                    leads[None][step] += number
            if step in timed:
                counts[timed[step]][key] = lengths
        mine = asked.of_facts(asked.pool_condition("pool_ref", "company_ref"), "source_id")
        of_one = SQL("company_ref = ANY(%s)", list(scope.companies))
        waits = Waits("lead.pool.fact.lead", "entered_at", "source_id" if by == "source" else "pool_ref", mine, of_one)
        within = self._within(waits, period, counts, (HALF, NINETY))
        times = {key: {} for key in leads}
        for step, after in timed.items():
            for key, seconds in within[after].items():
                if None not in seconds:
                    times[key][step] = seconds
        return [{"id": key, "overall": key is None, "leads": leads[key], "times": times[key]} for key in leads]

    def _counted_funnel(self, asked):
        """One statement: the leads that entered, with the moments of their steps.

        :returns: ``[{id, overall, leads: {step: n}, times: {step: [median, 90 %]}}]``
        """
        by, personal = asked.further["by"], asked.scope.personal
        if personal:
            steps, first, pool, facts = OWN_STEPS, SQL("b.started_at"), SQL("b.pool_id"), "lead.pool.fact.holding"
            mine = asked.of_facts(asked.condition("b.user_id", "b.pool_id", "b.company_id"), "b.source_id")
            moments = SQL(
                """(b.end_reason IS NULL OR b.end_reason <> ALL(%s)) AS valid, NULL::timestamp AS taken,
                   b.first_follow_up_at AS touched, b.reached_at AS converted, b.ordered_at AS ordered""",
                NO_LEADS,
            )
        else:
            steps, first, pool, facts = STEPS, SQL("b.entered_at"), SQL("b.pool_ref"), "lead.pool.fact.lead"
            mine = asked.of_facts(asked.pool_condition("b.pool_ref", "b.company_ref"), "b.source_id")
            moments = SQL(
                """b.valid, b.taken_at AS taken, b.touched_at AS touched, b.converted_at AS converted,
                   b.ordered_at AS ordered"""
            )
        source = SQL("COALESCE(b.source_id, 0)")
        since = {"taken": "entered", "touched": "entered" if personal else "taken_at"}
        since |= {"converted": "touched_at", "ordered": "converted_at", WHOLE: "entered"}
        timed = [step for step in (*steps, WHOLE) if step in since]
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH came AS (
                    SELECT %(group)s AS id, %(first)s AS entered, %(moments)s
                      FROM %(facts)s b
                     WHERE %(mine)s AND %(first)s >= %(start)s AND %(first)s < %(stop)s
                ), went AS (
                    SELECT id, entered, valid,
                           CASE WHEN taken <= LEAST(touched, converted, ordered, 'infinity') THEN taken END AS taken_at,
                           CASE WHEN touched <= LEAST(converted, ordered, 'infinity') THEN touched END AS touched_at,
                           CASE WHEN converted <= LEAST(ordered, 'infinity') THEN converted END AS converted_at,
                           ordered AS ordered_at, ordered AS whole_at, %(reached)s
                      FROM came
                )
                SELECT %(which)s, count(*) AS %(begun)s, %(numbers)s, %(times)s
                  FROM went %(groups)s
                """,
                which=SQL("NULL AS id, TRUE AS overall" if by == "step" else "id, GROUPING(id) = 1 AS overall"),
                groups=SQL("" if by == "step" else "GROUP BY GROUPING SETS ((id), ())"),
                group={"step": SQL("0"), "source": source, "pool": pool}[by],
                first=first,
                facts=self.env[facts]._rows(),
                moments=moments,
                mine=mine,
                start=asked.period.start,
                stop=asked.period.stop,
                begun=SQL.identifier(steps[0]),
                reached=SQL(", ").join(
                    SQL("%s AS %s", REACHED[step], SQL.identifier(f"is_{step}")) for step in steps[1:]
                ),
                numbers=SQL(", ").join(
                    SQL("count(*) FILTER (WHERE %s) AS %s", SQL.identifier(f"is_{step}"), SQL.identifier(step))
                    for step in steps[1:]
                ),
                times=SQL(", ").join(
                    SQL(
                        """percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY date_part('epoch', %s - %s))
                               FILTER (WHERE valid) AS %s""",
                        SQL.identifier(f"{step}_at"),
                        SQL.identifier(since[step]),
                        SQL.identifier(f"{step}_times"),
                    )
                    for step in timed
                ),
            )
        )
        return [
            {
                "id": row["id"],
                "overall": row["overall"],
                "leads": {step: row[step] for step in steps},
                "times": {step: row[f"{step}_times"] for step in timed if row[f"{step}_times"]},
            }
            for row in rows
        ]

    def _names_of_groups(self, by, ids):
        """``{id: name}`` of the sources or pools."""
        if by == "source":
            return names_of(self.env["utm.source"].browse(ids))
        gone = self.env._("A deleted pool")
        return names_of(self.env["lead.pool"].browse(ids), gone) if by == "pool" else {}

    def _further_funnel(self):
        rows = {
            "step": self.env._("Steps"),
            "source": self.env._("Sources"),
            "pool": self.env._("Lead Pools"),
        }
        return [
            Choice("by", self.env._("Rows"), tuple(rows.items())),
        ]

    def _names_of_steps(self):
        return {
            "entered": self.env._("Entered"),
            "received": self.env._("Received"),
            "valid": self.env._("Valid"),
            "taken": self.env._("Taken"),
            "touched": self.env._("Touched"),
            "converted": self.env._("Converted"),
            "ordered": self.env._("Ordered"),
        }

    def _words_funnel(self):
        """Title, headings and help, in the user's language."""
        names = self._names_of_steps()
        _ = self.env._
        of_first, of_before = _("Share of All"), _("Share of the Step Before")
        median, ninety = _("Median"), _("90 % Within")
        helps = {
            "entered": _("Leads that came in during the period: created, imported, enrolled."),
            "received": _("Leads claimed by the rep or given to him in the period."),
            "valid": _("Not marked as invalid, not merged, not deleted since. What is none has got no further."),
            "taken": _("Leads that a rep has held, or that got further."),
            "touched": _("Leads with a follow-up that counts, or that got further."),
            "converted": _("Leads that were converted by now, whenever that was."),
            "ordered": _("Leads with a confirmed order by now."),
        }
        half = _("From the step before (being valid takes no time), on leads that went through both in this order.")
        most = _("Nine leads in ten took no longer.")
        columns = {
            "step": (_("Step"), ""),
            "source": (_("Source"), ""),
            "pool": (_("Lead Pool"), _("The pool in which the lead came in.")),
            "leads": (_("Leads"), _("Of the leads of the period, those that got here by now, or further.")),
            "of_first": (of_first, _("Divided by the leads of the first step.")),
            "of_before": (of_before, _("Divided by the leads of the step before.")),
            "median": (median, half),
            "ninety": (ninety, f"{most} {half}"),
        }
        for step, name in names.items():
            columns[step] = (name, helps[step])
            columns[f"{step}_of_first"] = (name, _("Divided by the leads of the first step."))
            columns[f"{step}_of_before"] = (name, _("Divided by the leads of the step before."))
            columns[f"{step}_median"] = (name, half)
            columns[f"{step}_ninety"] = (name, f"{most} {half}")
        return {
            "title": _("Funnel"),
            "help": _(
                "How far the leads of the period got by now. Who got further got through the steps before: a lead "
                "converted without a follow-up counts as touched. Who runs no pool reads it of the leads that his "
                "people received."
            ),
            "empty": _("No lead came in during this period. Choose another one."),
            "rows": {},
            "groups": {
                "time": _("Time from the Step Before"),
                "leads": _("Leads"),
                "of_first": of_first,
                "of_before": of_before,
                "median": _("Median Time from the Step Before"),
                "ninety": _("90 % Within, from the Step Before"),
            },
            "columns": columns,
            "series": {"leads": _("Leads"), **names},
        }
