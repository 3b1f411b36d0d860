from odoo import models
from odoo.tools import SQL

from ...tables import sources
from .cohort import OF_SOURCE, cohort, told_by_sums
from .money import ordered_amount, rates


class LeadPoolReportSources(models.AbstractModel):
    """Sources of leads."""

    _name = "lead.pool.report.sources"
    _description = "Report: Sources"

    def _table_sources(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        currency = self.env.company.currency_id
        return sources.build(
            self._rows_sources(asked), asked.scope, asked.period, digits=currency.decimal_places, currency=currency.id
        )

    def _rows_sources(self, asked):
        """``[Facts]``: numbers of leads, and what those with an order or a won opportunity brought."""
        counts, won = self._counts_of_sources(asked)
        names = {source.id: source.name for source in self.env["utm.source"].browse(filter(None, counts))}
        return [
            sources.Facts(source, names.get(source, ""), *figures, won.get(source) or 0)
            for source, figures in counts.items()
        ]

    def _counts_of_sources(self, asked):
        """``{id of the source or 0: [figures]}`` and ``{id: amount}``; from the sums of days, if these tell what is
        asked for."""
        facts = self.env["lead.pool.fact.lead"]
        changed = facts._waiting()
        rows = facts._rows(changed, often=True)
        figures = SQL(", ").join(
            SQL("count(*) FILTER (WHERE %s)::int AS %s", condition, SQL.identifier(name))
            for name, condition in OF_SOURCE.items()
        )
        source = SQL("COALESCE(source_id, 0) AS source_ref")
        days = self.env["lead.pool.fact.source.day"]
        told = told_by_sums(asked, days)
        if told is None:
            counts = SQL("SELECT %s, %s FROM (%s) e GROUP BY 1", source, figures, cohort(asked, rows))
            won = dict(self.env.execute_query(self._won_of_sources(asked, rows)))
            return {source: figures for source, *figures in self.env.execute_query(counts)}, won
        # who came in again after the period counts in it, and in the sums on a later day
        kept, once = told
        others = cohort(asked, SQL("(SELECT * FROM %s f WHERE %s)", rows, once))
        names = [SQL.identifier(name) for name in OF_SOURCE]
        counts = SQL(
            """WITH rate (company_id, factor) AS (%(rates)s)
               SELECT source_ref, sum(won * COALESCE(factor, 0)), %(sums)s FROM (
                   SELECT source_ref, company_ref, won, %(names)s FROM %(days)s d
                    WHERE %(kept)s AND %(mine)s
                    UNION ALL SELECT %(source)s, NULL, 0, %(figures)s FROM (%(others)s) e GROUP BY 1) s
                 LEFT JOIN rate ON rate.company_id = company_ref
                GROUP BY source_ref HAVING sum(leads) > 0""",
            rates=self._rates_of_sources(asked),
            sums=SQL(", ").join(SQL("sum(%s)::int", name) for name in names),
            names=SQL(", ").join(names),
            days=facts._summed(days._name, changed),
            kept=kept,
            mine=asked.of_facts(SQL("company_ref = ANY(%s)", list(asked.scope.companies)), "source_ref"),
            source=source,
            figures=figures,
            others=others,
        )
        counted = self.env.execute_query(counts)
        apart = dict(self.env.execute_query(self._won_of_sources(asked, facts._apart(rows, once))))
        won = {source: (amount or 0) + (apart.get(source) or 0) for source, amount, *_figures in counted}
        return {source: figures for source, _amount, *figures in counted}, won

    def _rates_of_sources(self, asked):
        return rates(self.env["res.company"].browse(asked.scope.companies), self.env.company.currency_id, asked.today)

    def _won_of_sources(self, asked, facts):
        """Rows ``(id of the source or 0, amount)`` of these facts, as an SQL query."""
        won = SQL("(SELECT * FROM %s f WHERE ordered_at IS NOT NULL OR won_revenue IS NOT NULL)", facts)
        return SQL(
            """
            WITH cohort AS MATERIALIZED (%(cohort)s
            ), rate (company_id, factor) AS (%(rates)s
            ), ordered AS (
                SELECT o.opportunity_id AS lead_ref, sum(%(amount)s * rate.factor) AS amount
                  FROM cohort c
                  JOIN sale_order o ON o.opportunity_id = c.lead_ref AND o.state = 'sale'
                  JOIN rate ON rate.company_id = o.company_id
                 GROUP BY o.opportunity_id
            )
            SELECT COALESCE(e.source_id, 0), sum(COALESCE(ordered.amount, e.won_revenue * rate.factor))
              FROM cohort e
              JOIN rate ON rate.company_id = e.company_id
              LEFT JOIN ordered ON ordered.lead_ref = e.lead_ref
             GROUP BY 1
            """,
            cohort=cohort(asked, won),
            rates=self._rates_of_sources(asked),
            amount=ordered_amount("o", taxes=True),
        )

    def _words_sources(self):
        """Title, headings and help, in the user's language."""
        return {
            "title": self.env._("Sources"),
            "help": self.env._("The leads that entered in the period, by source, and what has become of them by now."),
            "empty": self.env._("No lead entered in this period. Choose a longer one."),
            "rows": {sources.NONE: self.env._("No source")},
            "groups": {},
            "columns": {
                "source": (self.env._("Source"), ""),
                "leads": (self.env._("Leads"), self.env._("Leads that entered a pool in the period.")),
                "valid": (
                    self.env._("Valid Leads"),
                    self.env._("Of these, all that were not marked invalid, merged into another one or deleted."),
                ),
                "valid_rate": (self.env._("Share of Valid Leads"), self.env._("Valid leads, divided by leads.")),
                "touched": (
                    self.env._("Touched"),
                    self.env._("Leads with at least one follow-up that counts, by whomever."),
                ),
                "held": (self.env._("Held Now"), self.env._("Leads that a rep holds now.")),
                "converted": (
                    self.env._("Converted"),
                    self.env._("Leads whose conversion was not undone, whenever it was."),
                ),
                "conversion_rate": (self.env._("Conversion Rate"), self.env._("Converted leads, divided by leads.")),
                "won": (
                    self.env._("Won Amount"),
                    self.env._(
                        "Confirmed orders of these leads with taxes; of opportunities won without an order, their "
                        "expected revenue."
                    ),
                ),
            },
            "series": {
                "leads": self.env._("Leads"),
                "valid": self.env._("Valid Leads"),
                "converted": self.env._("Converted"),
            },
        }
