from odoo import models
from odoo.tools import SQL

from ...tables import sources
from ...tables.campaign_cash import NOT_VALID
from .cohort import cohort
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
        """One statement on entries, holdings and orders: ``[Facts]``."""
        self.env["sale.order"].flush_model()
        companies = self.env["res.company"].browse(asked.scope.companies)
        rows = self.env.execute_query(
            SQL(
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
                SELECT e.source_id, count(*),
                       count(*) FILTER (WHERE e.closed_as IS NULL OR e.closed_as <> ALL(%(not_valid)s)),
                       count(*) FILTER (WHERE e.was_touched),
                       count(*) FILTER (WHERE e.state = 'held'),
                       count(*) FILTER (WHERE e.is_converted),
                       sum(COALESCE(ordered.amount, e.won_revenue * rate.factor))
                  FROM cohort e
                  JOIN rate ON rate.company_id = e.company_id
                  LEFT JOIN ordered ON ordered.lead_ref = e.lead_ref
                 GROUP BY e.source_id
                """,
                cohort=cohort(asked, self.env["lead.pool.fact.lead"]._rows()),
                rates=rates(companies, self.env.company.currency_id, asked.today),
                amount=ordered_amount("o", taxes=True),
                not_valid=list(NOT_VALID),
            )
        )
        names = {source.id: source.name for source in self.env["utm.source"].browse([row[0] for row in rows if row[0]])}
        return [sources.Facts(source or 0, names.get(source, ""), *figures, won or 0) for source, *figures, won in rows]

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
