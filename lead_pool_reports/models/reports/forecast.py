from dataclasses import replace

from odoo import models
from odoo.tools import SQL

from odoo.addons.lead_pool.rules.sentences import paragraph

from ...tables import forecast
from ...tables.forecast import NONE, Fact, Terms
from ...tables.waits import ANY
from .asked import Choice
from .chances import UNKNOWN, rows_of
from .documents import Documents
from .money import ordered_amount, rates


class LeadPoolReportForecast(models.AbstractModel):
    """Forecast and targets."""

    _name = "lead.pool.report.forecast"
    _inherit = ["lead.pool.report.chances"]
    _description = "Report: Forecast and Targets"

    def _table_forecast(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        currency = self.env.company.currency_id
        span = forecast.month_of if asked.further["span"] == "month" else forecast.quarter_of
        terms = Terms(
            span=span(asked.period.last, asked.period.tz),
            subject=asked.further["subject"],
            measure=asked.further["measure"],
            teams=self._teams_of_reps(),
            digits=currency.decimal_places,
            currency=currency.id,
            scope=asked.scope,
        )
        facts, whole = self._rows_forecast(asked, terms)
        found = self._targets_of_rows(asked, terms)
        targets = self._values_of_targets(found, asked, terms)
        documents = Documents(
            self.sudo(False).env, lambda model: self._documents_forecast(asked, terms, found, model), lambda: whole
        )
        terms = replace(terms, documents=documents, opens=documents.opens)
        keys = {terms.row_of(fact) for fact in facts} | set(targets)
        return forecast.build(facts, targets, self._names_of_rows(keys - {NONE}, terms.subject), terms)

    def _teams_of_reps(self):
        """``{user: team}``; of a rep in several teams the one he joined first."""
        members = self.env["crm.team.member"].search([("active", "=", True)], order="id desc")
        return {member.user_id.id: member.crm_team_id.id for member in members}

    def _names_of_rows(self, keys, subject):
        model = {"rep": "res.users", "team": "crm.team", "pool": "lead.pool"}[subject]
        records = self.env[model].with_context(active_test=False).browse(map(int, keys)).exists()
        return {str(record.id): record.name for record in records}

    def _values_of_targets(self, found, asked, terms):
        """``{row key: value}`` of the targets ``[(row key, target)]``."""
        companies = self.env["res.company"].browse(asked.scope.companies)
        rate = {company.id: self._rate_to_reader(company, asked) for company in companies}
        targets = {}
        for key, target in found:
            value = target.value * rate[target.company_id.id] if terms.measure == "orders" else int(target.value)
            targets[key] = targets.get(key, 0) + value
        return targets

    def _targets_of_rows(self, asked, terms):
        """``[(row key, target)]`` of the targets that the caller may see."""
        scope = asked.scope
        if scope.sources is not None:
            return []  # targets are of all sources
        domain = [
            ("subject", "=", terms.subject),
            ("measure", "=", terms.measure),
            ("span", "=", asked.further["span"]),
            ("date_from", "=", terms.span.first),
            ("company_id", "in", scope.companies),
        ]
        if terms.subject == "pool" and scope.whole_pools is not None:
            domain.append(("pool_id", "in", scope.whole_pools))
        if terms.subject != "pool" and scope.pools is not None:
            return []  # what counts in some pools is not all that counts
        if terms.subject == "rep" and scope.reps is not None:
            domain.append(("user_id", "in", scope.reps))
        if terms.subject == "team" and scope.reps is not None:
            teams = {team for rep, team in terms.teams.items() if rep in scope.reps}
            domain.append(("team_id", "in", sorted(teams)))
        caller = self.env["lead.pool.target"].with_user(self.env.uid)
        targets = caller.search(domain)
        return [(str((target.user_id or target.team_id or target.pool_id).id), target) for target in targets]

    def _rate_to_reader(self, company, asked):
        currency = self.env.company.currency_id
        if company.currency_id == currency:
            return 1
        return self.env["res.currency"]._get_conversion_rate(company.currency_id, currency, company, asked.today)

    # ------------------------------------------------------------
    # FIGURES
    # ------------------------------------------------------------

    def _rows_forecast(self, asked, terms):
        """What each rep, or pool, has: one statement on holdings, leads, orders and follow-ups, one on what the
        holdings that ended lately say.

        :returns: ``([Fact], [name of a model])``, the latter of those whose documents are all of the reader's companies
        """
        self.env["sale.order"].flush_model()
        companies = self.env["res.company"].browse(asked.scope.companies)
        rate = rates(companies, self.env.company.currency_id, asked.today)
        changed = self.env["lead.pool.fact.holding"]._waiting()
        holdings = self.env["lead.pool.fact.holding"]._rows(changed)
        chances, mean = self._learnt(asked, rate, holdings, changed)
        of_holdings = asked.of_facts(asked.condition("h.user_id", "h.pool_id", "h.company_id"), "h.source_id")
        by_pool = terms.subject == "pool"
        rows = self.env.execute_query(
            SQL(
                """
                WITH rate (company_id, factor) AS (%(rate)s
                ), chance (source_id, touched, share) AS (%(chances)s
                ), open_lead AS (
                    SELECT whose, source_id, touched, sum(n) AS n FROM %(open_leads)s o
                     GROUP BY 1, 2, 3 HAVING sum(n) > 0
                )
                SELECT 'leads', whose, sum(n)::int, sum(n * COALESCE(chance.share, common.share)), 0
                  FROM open_lead
                  JOIN chance common ON common.source_id = %(unknown)s AND common.touched = open_lead.touched
                  LEFT JOIN chance ON chance.source_id = open_lead.source_id AND chance.touched = open_lead.touched
                 GROUP BY whose
                 UNION ALL
                SELECT 'opportunities', whose, sum(n)::int, sum(amount * rate.factor), sum(abroad)::int
                  FROM %(opportunities)s e
                  JOIN rate ON rate.company_id = e.company_ref
                 GROUP BY whose HAVING sum(n) > 0
                 UNION ALL
                SELECT 'orders', %(buyer)s, count(*), sum(%(amount)s * rate.factor), 0
                  FROM sale_order o
                  JOIN lead_pool_entry e ON e.lead_ref = o.opportunity_id
                  JOIN rate ON rate.company_id = o.company_id
                 WHERE %(orders)s
                 GROUP BY 2
                 UNION ALL
                SELECT 'converted', %(whose)s, count(*), NULL, 0
                  FROM %(holdings)s h
                 WHERE h.end_reason = 'converted' AND h.ended_at >= %(start)s AND h.ended_at < %(stop)s
                   AND %(of_holdings)s
                 GROUP BY 2
                 UNION ALL
                SELECT 'follow_ups', whose, sum(n)::int, NULL, 0
                  FROM %(follow_ups)s f
                 GROUP BY whose HAVING sum(n) > 0
                """,
                rate=rate,
                chances=SQL("VALUES %s", SQL(", ").join(rows_of(chances))),
                unknown=UNKNOWN,
                whose=SQL("h.pool_id" if by_pool else "h.user_id"),
                buyer=self._buyer(terms),
                holdings=holdings,
                open_leads=self._open_leads_of_forecast(asked, terms, holdings, changed),
                opportunities=self._opportunities_of_forecast(asked, terms, changed),
                amount=ordered_amount("o", taxes=False),
                start=terms.span.start,
                stop=terms.span.stop,
                of_holdings=of_holdings,
                orders=self._orders_of_forecast(asked, terms),
                follow_ups=self._follow_ups_of_forecast(asked, terms),
            )
        )
        facts, whole = [], {"crm.lead", "sale.order"}
        for code, whose, count, amount, abroad in rows:
            values = {code: count}
            if code == "leads":
                values |= {"leads_converting": amount, "leads_amount": amount * mean}
            elif code == "opportunities":
                values["opportunities_amount"] = amount or 0
            elif code == "orders":
                values = {"orders": amount or 0}
            facts.append(Fact(*((0, whose or 0) if by_pool else (whose or 0, 0)), **values))
            if abroad:
                whole.discard("crm.lead")
        return facts, whole

    def _documents_forecast(self, asked, terms, targets, model):
        """``[(row key, model, ids)]`` of targets, opportunities or orders.

        :param targets: ``[(row key, target)]``
        """
        if model == "lead.pool.target":
            return [(key, model, target.ids) for key, target in targets]
        if model == "sale.order":
            query = SQL(
                """SELECT %s, array_agg(o.id) FROM sale_order o JOIN lead_pool_entry e ON e.lead_ref = o.opportunity_id
                    WHERE %s AND o.company_id = ANY(%s) GROUP BY 1""",
                self._buyer(terms),
                self._orders_of_forecast(asked, terms),
                list(asked.scope.companies),
            )
        else:
            query = SQL("SELECT whose, array_agg(lead_ref) FROM (%s) e GROUP BY 1", self._open_one_by_one(asked, terms))
        by_pool = terms.subject == "pool"
        return [
            (terms.row_of(Fact(*((0, whose or 0) if by_pool else (whose or 0, 0)))), model, ids)
            for whose, ids in self.env.execute_query(query)
        ]

    def _buyer(self, terms):
        """Whose an order ``o`` of the entry ``e`` is."""
        return SQL("e.pool_id" if terms.subject == "pool" else "o.user_id")

    def _open_one_by_one(self, asked, terms, changed=...):
        """Rows ``(whose, lead_ref, company_ref, n, amount, abroad)`` of the open opportunities, as an SQL query."""
        return SQL(
            """SELECT %s AS whose, e.lead_ref, e.company_id AS company_ref, 1 AS n, e.outlook AS amount,
                      e.is_abroad::int AS abroad
                 FROM %s e WHERE e.outlook IS NOT NULL AND e.entered_again_at IS NULL AND %s""",
            SQL("e.pool_id" if terms.subject == "pool" else "e.user_id"),
            self.env["lead.pool.fact.lead"]._rows(changed),
            asked.of_facts(asked.condition("e.user_id", "e.pool_id", "e.company_id"), "e.source_id"),
        )

    def _opportunities_of_forecast(self, asked, terms, changed):
        """Rows ``(whose, company_ref, n, amount, abroad)``, several of one key are to be added, as SQL in brackets."""
        if not self._added_up(asked, terms):
            return SQL("(%s)", self._open_one_by_one(asked, terms, changed))
        by_pool = terms.subject == "pool"
        return SQL(
            """(SELECT NULLIF(%(whose)s, 0) AS whose, company_ref, count AS n, amount, abroad FROM %(sums)s s
                 WHERE %(any)s = %(none)s AND %(condition)s)""",
            whose=SQL("pool_ref" if by_pool else "user_ref"),
            any=SQL("user_ref" if by_pool else "pool_ref"),
            none=ANY,
            sums=self.env["lead.pool.fact.lead"]._summed("lead.pool.fact.outlook", changed),
            condition=asked.of_facts(asked.condition("user_ref", "pool_ref", "company_ref"), "source_ref"),
        )

    def _added_up(self, asked, terms):
        """Whether what is open is told by what is added up by rep, or by pool."""
        scope = asked.scope
        if terms.subject == "pool":
            return scope.everything and scope.reps is None
        return scope.pools is None and (scope.everything or not scope.pools_run)

    def _open_leads_of_forecast(self, asked, terms, holdings, changed):
        """Rows ``(whose, source_id, touched, n)``, several of one key are to be added, as SQL in brackets."""
        by_pool = terms.subject == "pool"
        if self._added_up(asked, terms):
            return SQL(
                """(SELECT %(whose)s AS whose, source_ref AS source_id, touched, count AS n FROM %(sums)s s
                     WHERE %(level)s AND %(condition)s)""",
                whose=SQL("pool_ref" if by_pool else "user_ref"),
                sums=self.env["lead.pool.fact.holding"]._summed("lead.pool.fact.open", changed),
                level=SQL("user_ref = 0" if by_pool else "pool_ref = 0"),
                condition=asked.of_facts(asked.condition("user_ref", "pool_ref", "company_ref"), "source_ref"),
            )
        return SQL(
            """(SELECT %s AS whose, COALESCE(h.source_id, 0) AS source_id, h.first_follow_up_at IS NOT NULL AS touched,
                       1 AS n
                  FROM %s h WHERE h.ended_at IS NULL AND NOT h.is_opportunity AND %s)""",
            SQL("h.pool_id" if by_pool else "h.user_id"),
            holdings,
            asked.of_facts(asked.condition("h.user_id", "h.pool_id", "h.company_id"), "h.source_id"),
        )

    def _follow_ups_of_forecast(self, asked, terms):
        """Rows ``(whose, n)``, several of one are to be added, as SQL in brackets."""
        if terms.subject == "pool" and self._tallied(asked, terms):
            return SQL(
                """(SELECT NULLIF(pool_ref, 0) AS whose, n FROM (%s) d
                     WHERE kind = 'follow_up' AND day <= %s AND %s)""",
                self.env["lead.pool.tally"]._counts_since(terms.span),
                terms.span.last,
                asked.condition("0", "pool_ref", "company_ref"),
            )
        if terms.subject != "pool" and self.env["lead.pool.tally.zone"]._serves(asked):
            return SQL(
                "(SELECT user_ref AS whose, n FROM (%s) d WHERE %s)",
                self.env["lead.pool.tally.rep"]._follow_ups(terms.span),
                asked.condition("user_ref", "0", "company_ref"),
            )
        return SQL(
            """(SELECT %s AS whose, 1 AS n FROM %s f
                 WHERE followed_at >= %s AND followed_at < %s AND %s)""",
            SQL("pool_ref" if terms.subject == "pool" else "NULLIF(user_ref, 0)"),
            self.env["lead.pool.fact.follow.up"]._rows(),
            terms.span.start,
            terms.span.stop,
            asked.condition("user_ref", "pool_ref", "company_ref", "lead_ref"),
        )

    def _tallied(self, asked, terms):
        """Whether what happened in pools is told by the tallies of events."""
        return self._added_up(asked, terms) and asked.scope.sources is None and terms.span.of_full_hours

    def _orders_of_forecast(self, asked, terms):
        """The condition on the orders ``o`` of entries ``e`` that they are counted."""
        return SQL(
            "o.state = 'sale' AND o.date_order >= %s AND o.date_order < %s AND %s",
            terms.span.start,
            terms.span.stop,
            asked.condition("o.user_id", "e.pool_id", "o.company_id", "e.lead_ref"),
        )

    def _further_forecast(self):
        return [
            Choice(
                "subject",
                self.env._("Rows"),
                tuple(
                    {
                        "rep": self.env._("By rep"),
                        "team": self.env._("By sales team"),
                        "pool": self.env._("By lead pool"),
                    }.items()
                ),
            ),
            Choice(
                "measure",
                self.env._("Target"),
                tuple(
                    {
                        "orders": self.env._("Order Amount"),
                        "converted": self.env._("Converted Leads"),
                        "follow_ups": self.env._("Follow-ups"),
                    }.items()
                ),
            ),
            Choice(
                "span",
                self.env._("Target Period"),
                tuple({"month": self.env._("Month"), "quarter": self.env._("Quarter")}.items()),
            ),
            Choice(
                "learn",
                self.env._("Learnt From"),
                tuple((str(days), self.env._("%(days)s days", days=days)) for days in forecast.LEARNT_FROM),
            ),
        ]

    def _words_forecast(self):
        """Title, headings and help, in the user's language."""
        opens = self.env._("It opens for who may read all of these documents.")
        return {
            "title": self.env._("Forecast and Targets"),
            "help": self.env._(
                "What is open now and may be expected of it, and how far the targets of the month or quarter, in which "
                "the period ends, are reached."
            ),
            "empty": self.env._("Nobody holds a lead, and there is no target. Set targets under Reporting / Targets."),
            "rows": {NONE: self.env._("None")},
            "groups": {
                "leads": self.env._("Leads"),
                "opportunities": self.env._("Opportunities"),
                "expected": self.env._("Together"),
                "target": self.env._("Target"),
            },
            "columns": {
                "subject": (self.env._("Name"), ""),
                "leads": (self.env._("Open Leads"), self.env._("Held now and not converted yet.")),
                "leads_amount": (
                    self.env._("Expected of Leads"),
                    self.env._(
                        "The chance that such a lead is converted, learnt from those of the last days by source and by "
                        "whether they were followed up, times the mean amount of a conversion."
                    ),
                ),
                "opportunities": (
                    self.env._("Open Opportunities"),
                    paragraph([self.env._("Converted, neither won nor lost, and without a confirmed order."), opens]),
                ),
                "opportunities_amount": (
                    self.env._("Expected of Opportunities"),
                    self.env._("Expected revenue by probability."),
                ),
                "expected": (self.env._("Expected"), self.env._("Of leads and of opportunities, whenever it comes.")),
                "target": (self.env._("Target"), self.env._("Of the month or quarter.")),
                "achieved": (
                    self.env._("Achieved"),
                    paragraph(
                        [
                            self.env._(
                                "In the month or quarter so far: confirmed orders of leads without taxes, by the "
                                "salesperson of the order; conversions, or follow-ups that count."
                            ),
                            opens,
                        ]
                    ),
                ),
                "attainment": (
                    self.env._("Attainment"),
                    self.env._("Achieved, divided by the target; in the total, of those who have one."),
                ),
                "left": (self.env._("Left"), self.env._("What is missing to the target.")),
                "outlook": (self.env._("With What Is Expected"), self.env._("Achieved and expected together.")),
            },
            "series": {
                "achieved": self.env._("Achieved"),
                "outlook": self.env._("With What Is Expected"),
                "target": self.env._("Target"),
            },
        }
