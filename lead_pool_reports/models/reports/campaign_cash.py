from odoo import models
from odoo.tools import SQL

from ...tables import campaign_cash
from ...tables.campaign_cash import Cost, Fact, Receipt, Terms
from .asked import Choice
from .cohort import FIRST_OF_CUSTOMER, cohort, credit_of
from .documents import Documents
from .money import READ, invoices, ordered_amount, rates

#: Of a lead: another campaign than its own may have brought it.
CAME_AGAIN = SQL(
    "(lead_ref IN (SELECT lead_id FROM lead_pool_inquiry WHERE campaign_id IS NOT NULL AND after_end IS NOT TRUE))"
)
#: Of a lead: it has become a real one.
VALID = SQL("(closed_as IS NULL OR closed_as <> ALL(%s))", list(campaign_cash.NOT_VALID))


class LeadPoolReportCampaignCash(models.AbstractModel):
    """Campaign to cash."""

    _name = "lead.pool.report.campaign.cash"
    _description = "Report: Campaign to Cash"

    def _table_campaign_cash(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        scope, currency = asked.scope, self.env.company.currency_id
        terms = Terms(
            attribution=asked.further["attribution"],
            with_costs=scope.everything and scope.pools is None and scope.reps is None and scope.sources is None,
            digits=currency.decimal_places,
            currency=currency.id,
            scope=scope,
            period=asked.period,
            documents=None
            if scope.numbers_only
            else Documents(self.sudo(False).env, lambda: self._documents_campaign_cash(asked)),
        )
        facts, receipts = self._rows_campaign_cash(asked)
        costs = self._rows_campaign_costs(asked) if terms.with_costs else []
        ids = {row.campaign for row in (*facts, *costs)} - {0}
        names = {campaign.id: campaign.display_name for campaign in self.env["utm.campaign"].browse(ids)}
        return campaign_cash.build(facts, receipts, costs, names, terms)

    def _rows_campaign_cash(self, asked):
        """One statement on entries, touches, orders, invoices and payments.

        :returns: ``([Fact], [Receipt])``
        """
        for model in ("crm.lead", "lead.pool.inquiry", "res.partner", *READ):
            self.env[model].flush_model()
        taxes, attribution = asked.further["taxes"] == "with", asked.further["attribution"]
        amount = ordered_amount("o", taxes=taxes)
        companies = self.env["res.company"].browse(asked.scope.companies)
        changed = self.env["lead.pool.fact.lead"]._waiting()
        facts = self.env["lead.pool.fact.lead"]._rows(changed)
        rows = self.env.execute_query(
            SQL(
                """
                WITH cohort AS MATERIALIZED (%(cohort)s
                ), rate (company_id, factor) AS (%(rates)s
                ), ordered AS MATERIALIZED (
                    SELECT c.lead_ref AS key, NULL::int AS campaign_id, o.id, o.company_id, %(amount)s AS amount
                      FROM cohort c
                      JOIN sale_order o ON o.opportunity_id = c.lead_ref AND o.state = 'sale'
                     UNION ALL
                    SELECT -o.id, o.campaign_id, o.id, o.company_id, %(amount)s
                      FROM sale_order o
                     WHERE %(of_campaigns)s
                ), chosen AS MATERIALIZED (
                    SELECT lead_ref, campaign_id FROM cohort
                     WHERE is_converted OR lead_ref IN (SELECT key FROM ordered WHERE campaign_id IS NULL)
                ), credit AS MATERIALIZED (
                    SELECT lead_ref AS key, campaign_id, 1 AS k, 1 AS n FROM chosen WHERE NOT %(came_again)s
                     UNION ALL
                    SELECT lead_ref, campaign_id, k, n FROM (%(credit)s) credit
                     UNION ALL
                    SELECT DISTINCT key, campaign_id, 1, 1 FROM ordered WHERE campaign_id IS NOT NULL
                ), %(invoices)s, converted AS (
                    SELECT c.lead_ref AS key, %(customer)s::int AS customers,
                           (l.type = 'opportunity')::int AS opportunities,
                           CASE WHEN l.type = 'opportunity' THEN l.expected_revenue * rate.factor END AS revenue
                      FROM cohort c
                      JOIN rate ON rate.company_id = c.company_id
                      JOIN crm_lead l ON l.id = c.lead_ref
                     WHERE c.is_converted
                ), orders AS (
                    SELECT key, count(*) AS orders, sum(amount * factor) AS order_amount
                      FROM ordered JOIN rate USING (company_id) GROUP BY key
                ), invoiced AS (
                    SELECT key, sum(invoiced * factor) AS invoiced
                      FROM part JOIN rate USING (company_id) GROUP BY key
                ), money AS (
                    SELECT key, sum(amount * factor) FILTER (WHERE in_process) AS in_process,
                           sum(amount * factor) FILTER (WHERE NOT in_process) AS collected
                      FROM receipt JOIN rate USING (company_id) GROUP BY key
                )
                SELECT campaign_id, 1 AS n, NULL::date AS day, sum(leads) AS leads, sum(valid) AS valid,
                       0 AS customers, 0 AS opportunities, 0 AS revenue, 0 AS orders, 0 AS order_amount,
                       0 AS invoiced, 0 AS in_process, 0 AS collected
                  FROM (%(entered)s
                         UNION ALL
                        SELECT campaign_id, -1, -%(valid)s::int FROM cohort WHERE %(came_again)s) entered
                 GROUP BY campaign_id HAVING sum(leads) > 0
                 UNION ALL
                SELECT credit.campaign_id, n, NULL, sum(k), sum(k) FILTER (WHERE %(valid)s), 0, 0, 0, 0, 0, 0, 0, 0
                  FROM (%(credit_of_all)s) credit JOIN cohort USING (lead_ref)
                 GROUP BY credit.campaign_id, n
                 UNION ALL
                SELECT campaign_id, n, NULL, 0, 0, sum(k * customers), sum(k * opportunities), sum(k * revenue),
                       sum(k * orders), sum(k * order_amount), sum(k * invoiced), sum(k * in_process),
                       sum(k * collected)
                  FROM credit
                  LEFT JOIN converted USING (key)
                  LEFT JOIN orders USING (key)
                  LEFT JOIN invoiced USING (key)
                  LEFT JOIN money USING (key)
                 GROUP BY campaign_id, n
                 UNION ALL
                SELECT campaign_id, n, day, 0, 0, 0, 0, 0, 0, 0, 0, 0, sum(k * amount * factor)
                  FROM credit JOIN receipt USING (key) JOIN rate USING (company_id)
                 WHERE NOT in_process
                 GROUP BY campaign_id, n, day
                """,
                cohort=cohort(asked, self._looked_at(facts)),
                entered=self._entered(asked, facts, changed),
                rates=rates(companies, self.env.company.currency_id, asked.today),
                amount=amount,
                of_campaigns=self._orders_of_campaigns(asked),
                came_again=CAME_AGAIN,
                credit=credit_of(self._came_again("chosen"), attribution),
                credit_of_all=credit_of(self._came_again("cohort"), attribution),
                invoices=invoices(taxes=taxes),
                valid=VALID,
                customer=FIRST_OF_CUSTOMER,
            )
        )
        facts, receipts = [], []
        for campaign, parts, day, *values in rows:
            if day:
                receipts.append(Receipt(campaign or 0, day, values[-1], int(parts)))
            else:
                facts.append(Fact(campaign or 0, int(parts), *(value or 0 for value in values)))
        return facts, receipts

    def _looked_at(self, facts):
        """Of these facts those of leads that are looked at one by one; the others are only counted."""
        return SQL("(SELECT * FROM %s f WHERE is_converted OR ordered_at IS NOT NULL OR %s)", facts, CAME_AGAIN)

    def _entered(self, asked, facts, changed):
        """Rows ``(campaign_id, leads, valid)``, several of one campaign are to be added, of all leads of the cohort:
        from the days of campaigns where all leads are asked for, else from the facts."""
        scope, period = asked.scope, asked.period
        everything = scope.everything and scope.pools is None and scope.reps is None and scope.sources is None
        if not everything or not self.env["lead.pool.tally.zone"]._serves(asked):
            return SQL("SELECT campaign_id, 1 AS leads, %s::int AS valid FROM (%s) e", VALID, cohort(asked, facts))
        return SQL(
            """SELECT NULLIF(campaign_ref, 0) AS campaign_id, leads, valid FROM %(days)s d
                WHERE tz = %(tz)s AND day BETWEEN %(first)s AND %(last)s AND company_ref = ANY(%(companies)s)
                UNION ALL
               SELECT campaign_id, 1, %(valid)s::int FROM (%(again)s) e""",
            days=self.env["lead.pool.fact.lead"]._summed("lead.pool.fact.campaign.day", changed),
            tz=str(period.tz),
            first=period.first,
            last=period.last,
            companies=list(scope.companies),
            valid=VALID,
            again=cohort(asked, SQL("(SELECT * FROM %s f WHERE entered_again_at >= %s)", facts, period.stop)),
        )

    def _came_again(self, leads):
        """Of these leads those that another campaign than their own may have brought."""
        return SQL("(SELECT lead_ref, campaign_id FROM %s WHERE %s)", SQL.identifier(leads), CAME_AGAIN)

    def _documents_campaign_cash(self, asked):
        """One statement on the orders of the leads: ``[(row key, model, ids)]`` of orders, invoices, journal items of
        the money received, and payments under way."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH ordered AS MATERIALIZED (
                    SELECT c.lead_ref AS key, c.campaign_id AS brought_by, NULL::int AS campaign_id, o.id, o.company_id,
                           0 AS amount
                      FROM (%(cohort)s) c
                      JOIN sale_order o ON o.opportunity_id = c.lead_ref AND o.state = 'sale'
                     UNION ALL
                    SELECT -o.id, NULL, o.campaign_id, o.id, o.company_id, 0
                      FROM sale_order o
                     WHERE %(of_campaigns)s
                ), bought AS (
                    SELECT DISTINCT key AS lead_ref, brought_by AS campaign_id FROM ordered WHERE key > 0
                ), credit AS MATERIALIZED (
                    SELECT lead_ref AS key, campaign_id AS campaign FROM (%(credit)s) credit
                     UNION ALL
                    SELECT DISTINCT key, campaign_id FROM ordered WHERE campaign_id IS NOT NULL
                ), %(invoices)s
                SELECT campaign, 'sale.order', id FROM credit JOIN ordered USING (key)
                 UNION
                SELECT campaign, 'account.move', move_id FROM credit JOIN part USING (key)
                 UNION
                SELECT campaign, CASE WHEN in_process THEN 'account.payment' ELSE 'account.move.line' END,
                       CASE WHEN in_process THEN payment_id ELSE item_id END
                  FROM credit JOIN part USING (key) JOIN received USING (move_id)
                 WHERE amount <> 0
                """,
                cohort=cohort(asked, self._looked_at(self.env["lead.pool.fact.lead"]._rows())),
                of_campaigns=self._orders_of_campaigns(asked),
                credit=credit_of(SQL("bought"), asked.further["attribution"]),
                invoices=invoices(taxes=asked.further["taxes"] == "with"),
            )
        )
        return [
            (str(campaign) if campaign else campaign_cash.NONE, model, [number]) for campaign, model, number in rows
        ]

    def _orders_of_campaigns(self, asked):
        """The condition on orders ``o`` that name a campaign and come from no lead of a pool."""
        scope, period = asked.scope, asked.period
        if not scope.everything or scope.pools is not None:
            return SQL("FALSE")
        parts = [
            SQL("o.state = 'sale' AND o.campaign_id IS NOT NULL"),
            SQL("o.date_order >= %s AND o.date_order < %s", period.start, period.stop),
            SQL("o.company_id = ANY(%s)", list(scope.companies)),
            SQL("NOT EXISTS (SELECT FROM lead_pool_entry e WHERE e.lead_ref = o.opportunity_id)"),
        ]
        if scope.reps is not None:
            parts.append(SQL("o.user_id = ANY(%s)", list(scope.reps)))
        if scope.sources is not None:
            parts.append(SQL("o.source_id = ANY(%s)", list(scope.sources)))
        return SQL(" AND ").join(parts)

    def _rows_campaign_costs(self, asked):
        """``[Cost]`` of the period."""
        self.env["lead.pool.campaign.cost"].flush_model()
        companies = self.env["res.company"].browse(asked.scope.companies)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT c.campaign_id, c.date, sum(c.amount * rate.factor), c.is_planned
                  FROM lead_pool_campaign_cost c
                  JOIN %s AS rate (company_id, factor) USING (company_id)
                 WHERE c.date BETWEEN %s AND %s
                 GROUP BY c.campaign_id, c.date, c.is_planned
                """,
                rates(companies, self.env.company.currency_id, asked.today),
                asked.period.first,
                asked.period.last,
            )
        )
        return [Cost(campaign, day, amount, bool(planned)) for campaign, day, amount, planned in rows if amount]

    def _further_campaign_cash(self):
        return [
            Choice(
                "attribution",
                self.env._("Attribution"),
                tuple(
                    {
                        "first": self.env._("First campaign"),
                        "last": self.env._("Last campaign"),
                        "linear": self.env._("All in equal parts"),
                    }.items()
                ),
            ),
            Choice(
                "taxes",
                self.env._("Amounts"),
                tuple({"with": self.env._("With taxes"), "without": self.env._("Without taxes")}.items()),
            ),
        ]

    def _words_campaign_cash(self):
        """Title, headings and help, in the user's language."""
        opens = self.env._("It opens for who may read all of these documents.")
        return {
            "title": self.env._("Campaign to Cash"),
            "help": self.env._(
                "The leads that entered in the period, by the campaign that brought them, and what has become of them "
                "by now, down to the money received. Costs are those of whole campaigns dated in the period: they are "
                "shown when neither pools nor teams nor sources are chosen."
            ),
            "empty": self.env._(
                "No lead entered in this period, and no campaign had a cost. Choose a longer one, or give leads a "
                "campaign when they are imported."
            ),
            "rows": {campaign_cash.NONE: self.env._("Without a campaign")},
            "groups": {
                "leads": self.env._("Leads"),
                "business": self.env._("Business"),
                "cash": self.env._("Money"),
                "cost": self.env._("Cost"),
                "return": self.env._("Result"),
            },
            "columns": {
                "campaign": (self.env._("Campaign"), ""),
                "leads": (self.env._("Leads"), self.env._("Leads that entered a pool in the period.")),
                "valid": (
                    self.env._("Valid Leads"),
                    self.env._("Of these, all that were not marked invalid, merged into another one or deleted."),
                ),
                "customers": (
                    self.env._("Customers"),
                    self.env._(
                        "Customers of converted leads; a customer that several leads led to counts once, for the first."
                    ),
                ),
                "opportunities": (
                    self.env._("Opportunities"),
                    self.env._("Leads that were converted into an opportunity, whether open, won or lost."),
                ),
                "opportunity_amount": (
                    self.env._("Expected Revenue"),
                    self.env._("Of these opportunities."),
                ),
                "orders": (
                    self.env._("Orders"),
                    " ".join(
                        [
                            self.env._(
                                "Confirmed orders of these leads, and those of the period that name the campaign and "
                                "come from no lead of a pool."
                            ),
                            opens,
                        ]
                    ),
                ),
                "order_amount": (
                    self.env._("Order Amount"),
                    " ".join([self.env._("At the rate of the day of the order."), opens]),
                ),
                "invoiced": (
                    self.env._("Invoiced"),
                    " ".join([self.env._("Posted invoices of these orders less their credit notes."), opens]),
                ),
                "in_process": (
                    self.env._("In Process"),
                    self.env._("Payments that the bank has not confirmed yet; not part of what was collected."),
                ),
                "collected": (
                    self.env._("Collected"),
                    " ".join(
                        [
                            self.env._(
                                "Money received for these invoices less money paid back, at the rate of the payment. "
                                "Discounts, write-offs and credit notes are no money."
                            ),
                            opens,
                        ]
                    ),
                ),
                "cost": (
                    self.env._("Cost"),
                    self.env._("What was spent; where that is not known yet, what was planned."),
                ),
                "planned": (self.env._("Only Planned"), self.env._("The part of the cost that is only planned.")),
                "cost_per_lead": (
                    self.env._("Cost per Lead"),
                    self.env._("Cost divided by leads; in the total, of the campaigns whose cost is known."),
                ),
                "cost_per_valid": (
                    self.env._("Cost per Valid Lead"),
                    self.env._("Cost divided by valid leads; in the total, of the campaigns whose cost is known."),
                ),
                "gain": (
                    self.env._("Gain"),
                    self.env._("Collected less cost; in the total, of the campaigns whose cost is known."),
                ),
                "roi": (self.env._("ROI"), self.env._("Gain divided by cost.")),
                "payback": (
                    self.env._("Payback (Days)"),
                    self.env._(
                        "From the first cost to the day since which the money collected has covered the cost; empty as "
                        "long as it does not."
                    ),
                ),
            },
            "series": {
                "order_amount": self.env._("Order Amount"),
                "collected": self.env._("Collected"),
                "cost": self.env._("Cost"),
            },
        }
