from odoo import models
from odoo.tools import SQL

from ...tables import reasons
from .asked import Choice
from .names import names_of

MODELS = {"source": "utm.source", "rep": "res.users"}


class LeadPoolReportReasons(models.AbstractModel):
    """Why leads were returned or marked as invalid."""

    _name = "lead.pool.report.reasons"
    _description = "Report: Reasons"

    def _table_reasons(self, asked):
        """The table; ``asked``: :class:`~.asked.Asked`."""
        by = asked.further["by"]
        return reasons.build(
            self._rows_reasons(asked),
            by=by if by in MODELS else "",
            personal=asked.scope.personal,
            scope=asked.scope,
            period=asked.period,
        )

    def _rows_reasons(self, asked):
        """One statement: holdings that ended so, and what was marked while nobody held it.

        :returns: ``[Fact]``
        """
        by, scope, period = asked.further["by"], asked.scope, asked.period
        for model in ("crm.lead", "lead.pool.reason"):
            self.env[model].flush_model()
        ended = self._sums_reasons(asked) if self._serves_reasons(asked) else self._counted_reasons(asked)
        in_pools = scope.reps is None and not scope.personal
        source = SQL("COALESCE((SELECT source_id FROM crm_lead WHERE id = lead_ref), 0)")
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT h.group_id, h.reason_id, r.name->>'en_US' AS text, h.returned,
                       h.invalid, 0 AS in_pool
                  FROM (%(ended)s) h
                  LEFT JOIN lead_pool_reason r ON r.id = h.reason_id
                 UNION ALL
                SELECT %(of_none)s, COALESCE(r.id, 0), e.reason, 0, 0, count(*)
                  FROM lead_pool_event e
                  LEFT JOIN lead_pool_reason r ON r.kind = 'invalid' AND r.name->>'en_US' = e.reason
                 WHERE e.kind = 'invalid' AND from_user_ref IS NULL AND date >= %(start)s AND date < %(stop)s
                   AND %(in_pools)s AND %(of_pools)s
                 GROUP BY 1, 2, 3
                """,
                ended=ended,
                of_none=source if by == "source" else SQL("0"),
                start=period.start,
                stop=period.stop,
                in_pools=in_pools,
                of_pools=asked.pool_condition("e.pool_ref", "e.company_ref", "e.lead_ref"),
            )
        )
        named = names_of(self.env["lead.pool.reason"].browse({row["reason_id"] for row in rows} - {0}))
        groups, nobody = {}, ""
        if by in MODELS:
            groups = names_of(self.env[MODELS[by]].browse({row["group_id"] for row in rows} - {0}))
            nobody = self.env._("Without a source") if by == "source" else self.env._("Nobody held it")
        return [
            reasons.Fact(
                **{**row, "text": row["text"] or ""},
                group=groups.get(row["group_id"], nobody),
                reason=named.get(row["reason_id"]) or row["text"] or self.env._("Without a reason"),
            )
            for row in rows
        ]

    def _serves_reasons(self, asked):
        """Whether ``lead.pool.fact.reason.day`` tells what is asked for: sources, whoever the reps are."""
        scope = asked.scope
        everybody = scope.everything and scope.reps is None and scope.pools is None
        return everybody and asked.further["by"] != "rep" and self.env["lead.pool.tally.zone"]._keeps(asked.period)

    def _sums_reasons(self, asked):
        """What ended so, from the sums of days, months and years, as an SQL query."""
        days = self.env["lead.pool.fact.reason.day"]
        return SQL(
            """SELECT %(group)s AS group_id, reason_ref AS reason_id, sum(returned)::int AS returned,
                      sum(invalid)::int AS invalid
                 FROM %(sums)s s
                WHERE %(period)s AND %(mine)s
                GROUP BY 1, 2 HAVING sum(returned + invalid) > 0""",
            group=SQL("source_ref" if asked.further["by"] == "source" else "0"),
            sums=self.env["lead.pool.fact.holding"]._summed(days._name),
            period=days._in(asked.period),
            mine=asked.of_facts(SQL("company_ref = ANY(%s)", list(asked.scope.companies)), "source_ref"),
        )

    def _counted_reasons(self, asked):
        """The same from one holding after the other."""
        of_rep = {"source": SQL("COALESCE(h.source_id, 0)"), "rep": SQL("h.user_id")}
        return SQL(
            """SELECT %(of_rep)s AS group_id, COALESCE(h.reason_id, 0) AS reason_id,
                      count(*) FILTER (WHERE end_reason = 'returned') AS returned,
                      count(*) FILTER (WHERE end_reason = 'invalid') AS invalid
                 FROM %(facts)s h
                WHERE end_reason IN ('returned', 'invalid') AND ended_at >= %(start)s AND ended_at < %(stop)s
                  AND %(mine)s
                GROUP BY 1, 2""",
            of_rep=of_rep.get(asked.further["by"], SQL("0")),
            facts=self.env["lead.pool.fact.holding"]._rows(),
            start=asked.period.start,
            stop=asked.period.stop,
            mine=asked.of_facts(asked.condition("h.user_id", "h.pool_id", "h.company_id"), "h.source_id"),
        )

    def _further_reasons(self):
        rows = {
            "reason": self.env._("Reasons"),
            "source": self.env._("Reasons of Each Source"),
            "rep": self.env._("Reasons of Each Rep"),
        }
        return [
            Choice("by", self.env._("Rows"), tuple(rows.items())),
        ]

    def _words_reasons(self):
        """Title, headings and help, in the user's language."""
        _ = self.env._
        returned, invalid, in_pool = _("Returned"), _("Invalid"), _("Invalid in the Pool")
        return {
            "title": _("Return and Invalid Reasons"),
            "help": _("Why reps sent leads back, and why leads were found to be none, in the period."),
            "empty": _("No lead was returned or marked as invalid in this period. Choose another one."),
            "rows": {},
            "groups": {},
            "columns": {
                "source": (_("Source"), ""),
                "rep": (_("Rep"), _("Who held the lead.")),
                "reason": (_("Reason"), _("As it is called now, also when it is no longer offered.")),
                "returned": (returned, _("Leads the rep sent back to a pool.")),
                "invalid": (invalid, _("Leads the rep held that were marked invalid.")),
                "in_pool": (in_pool, _("Leads marked as invalid while nobody held them.")),
                "all": (_("All"), _("These figures together; each of them opens its own list.")),
                "share": (
                    _("Share"),
                    _("Of all that were returned or invalid; of the source's or rep's, if it has rows."),
                ),
            },
            "series": {"returned": returned, "invalid": invalid, "in_pool": in_pool},
        }
