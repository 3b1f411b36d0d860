from odoo import models
from odoo.tools import SQL

from odoo.addons.lead_pool.rules.sentences import paragraph

from ...tables import campaign_cash
from ...tables.campaign_cash import Cost, Fact, Receipt, Terms
from . import cohort as of_cohort
from .asked import Choice
from .cohort import cohort, credited, told_by_sums
from .documents import Documents
from .money import KNOWN, MONEY, NO_DAY, PAID_ABROAD, READ, ordered_amount, rates

#: Of a lead: it has become a real one.
VALID = SQL("(closed_as IS NULL OR closed_as <> ALL(%s))", list(campaign_cash.NOT_VALID))


class LeadPoolReportCampaignCash(models.AbstractModel):
    """Campaign to cash."""

    _name = "lead.pool.report.campaign.cash"
    _description = "Report: Campaign to Cash"

    def _table_campaign_cash(self, asked):
        """The table; ``asked``: :class:`~..lead_pool_report.Asked`."""
        scope, currency = asked.scope, self.env.company.currency_id
        changed = self.env["lead.pool.fact.lead"]._waiting()
        leads = self.env["lead.pool.fact.lead"]._rows(changed, often=True)
        facts, receipts, whole = self._rows_campaign_cash(asked, leads, changed)
        documents = Documents(
            self.sudo(False).env,
            lambda model: self._documents_campaign_cash(asked, leads, model),
            lambda: [*whole, *self._whole_in_campaign_cash(asked, leads)],
            KNOWN,
        )
        terms = Terms(
            attribution=asked.further["attribution"],
            with_costs=scope.everything and scope.pools is None and scope.reps is None and scope.sources is None,
            digits=currency.decimal_places,
            currency=currency.id,
            scope=scope,
            period=asked.period,
            documents=None if scope.numbers_only else documents,
            opens=None if scope.numbers_only else documents.opens,
        )
        costs = self._rows_campaign_costs(asked) if terms.with_costs else []
        ids = {row.campaign for row in (*facts, *costs)} - {0}
        names = {campaign.id: campaign.display_name for campaign in self.env["utm.campaign"].browse(ids)}
        return campaign_cash.build(facts, receipts, costs, names, terms)

    def _rows_campaign_cash(self, asked, leads, changed):
        """One statement on what is kept of leads, and on the invoices and payments of their orders.

        :param SQL leads: the facts of leads; ``changed``: of their :meth:`_waiting`
        :returns: ``([Fact], [Receipt], [name of a model])``, the last of those of whose documents of money there is one
            behind each figure, and all are of the reader's companies
        """
        for model in READ:
            self.env[model].flush_model()
        taxes = asked.further["taxes"] == "with"
        companies = self.env["res.company"].browse(asked.scope.companies)
        rows = self.env.execute_query(
            SQL(
                """
                WITH rate (company_id, factor) AS (%(rates)s
                ), %(unbrought)s, cash AS MATERIALIZED (
                    SELECT campaign_ref, parts, kind, NULLIF(paid_on, %(no_day)s) AS day, company_ref,
                           %(cash_amount)s AS amount, loose, abroad
                      FROM %(received)s c WHERE %(attribution)s
                     UNION ALL
                    SELECT campaign_id, 1, kind, day, company_id, %(cash_amount)s,
                           (kind = 'collected' AND id IS NULL)::int, %(abroad)s
                      FROM money_unbrought
                )
                SELECT campaign_ref, parts, NULL::date AS day, sum(leads), sum(valid), sum(customers),
                       sum(opportunities), sum(revenue * factor), sum(orders), sum(%(lead_amount)s * factor),
                       0 AS invoiced, 0 AS in_process, 0 AS collected
                  FROM %(came)s came JOIN rate ON rate.company_id = came.company_ref
                 WHERE %(attribution)s
                 GROUP BY campaign_ref, parts HAVING sum(leads) > 0
                 UNION ALL
                SELECT campaign, n, NULL, 0, 0, -sum(k), 0, 0, 0, 0, 0, 0, 0
                  FROM (%(no_new_customer)s) e WHERE %(attribution)s GROUP BY campaign, n
                 UNION ALL
                SELECT campaign, n, NULL, 0, 0, 0, 0, 0, sum(k), sum(k * %(order_amount)s * factor), 0, 0, 0
                  FROM (%(elsewhere)s) e
                  JOIN sale_order o ON o.opportunity_id = e.lead_ref AND o.state = 'sale'
                                   AND o.company_id <> e.company_id
                  JOIN rate ON rate.company_id = o.company_id
                 WHERE %(attribution)s
                 GROUP BY campaign, n
                 UNION ALL
                SELECT campaign_id, 1, NULL, 0, 0, 0, 0, 0, count(*), sum(%(order_amount)s * factor), 0, 0, 0
                  FROM unbrought o JOIN rate USING (company_id) GROUP BY campaign_id
                 UNION ALL
                SELECT campaign_ref, parts, day, 0, 0, 0, 0, 0, 0, 0, %(summed)s
                  FROM cash JOIN rate ON rate.company_id = company_ref
                 GROUP BY campaign_ref, parts, day HAVING (%(summed)s) <> (0, 0, 0)
                 UNION ALL
                SELECT NULL, 0, NULL, sum(abroad) FILTER (WHERE kind = 'invoiced'),
                       sum(loose + abroad) FILTER (WHERE kind = 'collected'),
                       sum(abroad) FILTER (WHERE kind = 'in_process'), 0, 0, 0, 0, 0, 0, 0
                  FROM cash
                """,
                rates=rates(companies, self.env.company.currency_id, asked.today),
                order_amount=ordered_amount("o", taxes=taxes),
                lead_amount=SQL("order_amount" if taxes else "order_amount_untaxed"),
                unbrought=self._unbrought(asked),
                attribution=self._attributed(asked),
                came=self._came_in(asked, leads, changed),
                no_new_customer=credited(
                    SQL("(%s)", cohort(asked, self.env["lead.pool.fact.lead"]._again_of_customer(leads, changed)))
                ),
                elsewhere=credited(self._of_cohort(asked, leads, SQL("elsewhere"))),
                cash_amount=SQL("amount" if taxes else "untaxed"),
                received=self._received(asked, leads, changed),
                no_day=NO_DAY,
                abroad=self._abroad(asked),
                summed=SQL(", ").join(
                    SQL("COALESCE(sum(amount * factor) FILTER (WHERE kind = %s), 0)", kind)
                    for kind in ("invoiced", "in_process", "collected")
                ),
            )
        )
        facts, receipts, whole = [], [], []
        for campaign, parts, day, *values in rows:
            if campaign is None:
                models = ("account.move", "account.move.line", "account.payment")
                whole = [model for model, apart in zip(models, values, strict=False) if not apart]
                continue
            facts.append(Fact(campaign, int(parts), *(value or 0 for value in values)))
            if day:
                receipts.append(Receipt(campaign, day, values[-1], int(parts)))
        return facts, receipts, whole

    def _of_cohort(self, asked, leads, condition):
        """The leads of the cohort of which this is true, as SQL in brackets."""
        return SQL("(%s)", cohort(asked, SQL("(SELECT * FROM %s f WHERE %s)", leads, condition)))

    def _attributed(self, asked):
        """The condition on rows of :func:`~.cohort.credited`, or their sums, that they are by the attribution that is
        asked for."""
        return SQL("attribution IN (%s, %s)", of_cohort.ANY, asked.further["attribution"])

    def _came_in(self, asked, leads, changed):
        """What has become of the leads of the cohort by campaign, but for customers and money, as SQL in brackets: the
        rows of ``lead.pool.fact.campaign.day``, several of one key are to be added; from the sums of days, months
        and years where these tell what is asked for, else from the facts."""
        days = self.env["lead.pool.fact.campaign.day"]
        told = None if asked.scope.sources is not None else told_by_sums(asked, days)
        if told is None:
            return SQL("(%s)", days._credited(SQL("(%s)", cohort(asked, leads))))
        kept, once = told
        names = days._names((*days._keys[4:], *days._figures))
        return SQL(
            "(SELECT %(names)s FROM %(sums)s s WHERE %(kept)s UNION ALL SELECT %(names)s FROM (%(others)s) c)",
            names=names,
            sums=self.env["lead.pool.fact.lead"]._summed(days._name, changed),
            kept=kept,
            others=days._credited(self._of_cohort(asked, leads, once)),
        )

    def _received(self, asked, leads, changed):
        """What was invoiced and received for the orders of the leads of the cohort, as SQL in brackets: the rows of
        ``lead.pool.fact.cash``, several of one key are to be added, and how many documents are ``abroad``, that is of
        another company than the reader's; from the sums where these tell what is asked for, else from the facts."""
        cash = self.env["lead.pool.fact.cash"]
        told = None if asked.scope.sources is not None else told_by_sums(asked, cash)
        kept, once = told or (SQL("FALSE"), SQL("TRUE"))
        names = cash._names((*cash._keys[4:], *cash._figures))
        others = SQL(
            "SELECT %s, %s AS abroad FROM (%s) c WHERE abroad OR %s",
            names,
            self._abroad(asked),
            cash._credited(self._of_cohort(asked, leads, SQL("is_invoiced AND (%s OR %s)", SQL(PAID_ABROAD), once))),
            once,
        )
        if told is None:
            return SQL("(%s)", others)
        sums = self.env["lead.pool.fact.lead"]._summed(cash._name, changed)
        return SQL("(SELECT %s, 0 AS abroad FROM %s s WHERE %s UNION ALL %s)", names, sums, kept, others)

    def _abroad(self, asked):
        """Whether a document is of another company than the reader's, by its ``owner``: 1 or 0."""
        return SQL("((owner = ANY(%s)) IS NOT TRUE)::int", list(asked.scope.companies))

    def _whole_in_campaign_cash(self, asked, leads):
        """The models of which all documents are of the companies of the leads, which are the reader's."""
        elsewhere = self._of_cohort(asked, leads, SQL("elsewhere"))
        [[found]] = self.env.execute_query(SQL("SELECT EXISTS (SELECT FROM %s e)", elsewhere))
        return [] if found else ["sale.order"]

    def _documents_campaign_cash(self, asked, leads, model):
        """``[(row key, model, ids)]`` of orders; or of invoices, journal items of the money received, and payments
        under way."""
        query = self._orders_behind(asked, leads) if model == "sale.order" else self._money_behind(asked, leads)
        rows = self.env.execute_query(
            SQL("SELECT campaign, of, array_agg(DISTINCT id) FROM (%s) d GROUP BY campaign, of", query)
        )
        return [
            (str(campaign) if campaign else campaign_cash.NONE, campaign_cash.DOCUMENTS[of], ids)
            for campaign, of, ids in rows
        ]

    def _orders_behind(self, asked, leads):
        """The orders behind the figures, as an SQL query of ``campaign``, which figure they are ``of``, and ``id``."""
        return SQL(
            """SELECT campaign, 'orders' AS of, o.id FROM (%s) c
                 JOIN (SELECT id, opportunity_id FROM sale_order WHERE state = 'sale') o ON o.opportunity_id = lead_ref
                WHERE %s
                UNION ALL
               SELECT o.campaign_id, 'orders', o.id FROM (%s) o""",
            credited(self._of_cohort(asked, leads, SQL("ordered_at IS NOT NULL"))),
            self._attributed(asked),
            self._orders_of_campaigns(asked),
        )

    def _money_behind(self, asked, leads):
        """The same of the documents of money."""
        return SQL(
            """(WITH %s
                SELECT campaign_ref AS campaign, kind AS of, id FROM (%s) c WHERE %s
                 UNION ALL
                SELECT campaign_id, kind, id FROM money_unbrought)""",
            self._unbrought(asked),
            self.env["lead.pool.fact.cash"]._credited(self._of_cohort(asked, leads, SQL("is_invoiced"))),
            self._attributed(asked),
        )

    def _unbrought(self, asked):
        """``WITH`` queries ``unbrought``, see :meth:`_orders_of_campaigns`, and ``money_unbrought``: the rows of
        :data:`~.money.MONEY` of these orders, with their ``campaign_id``."""
        orders = self._orders_of_campaigns(asked)
        if not asked.scope.everything or asked.scope.pools is not None:  # these need not even be planned
            return SQL(
                """unbrought AS (%s), money_unbrought AS (
                       SELECT NULL::int AS campaign_id, NULL AS kind, NULL::int AS id, NULL::int AS owner,
                              NULL::int AS company_id, NULL::date AS day, 0 AS amount, 0 AS untaxed WHERE FALSE)""",
                orders,
            )
        return SQL(
            """unbrought AS MATERIALIZED (%s), ordered AS MATERIALIZED (SELECT id AS key, id FROM unbrought), %s,
               money_unbrought AS (SELECT money.*, campaign_id FROM money JOIN unbrought ON unbrought.id = key)""",
            orders,
            MONEY,
        )

    def _orders_of_campaigns(self, asked):
        """The orders that name a campaign and come from no lead of a pool, as an SQL query."""
        scope, period = asked.scope, asked.period
        parts = [
            SQL("TRUE" if scope.everything and scope.pools is None else "FALSE"),
            SQL("o.state = 'sale' AND o.campaign_id IS NOT NULL"),
            SQL("o.date_order >= %s AND o.date_order < %s", period.start, period.stop),
            SQL("o.company_id = ANY(%s)", list(scope.companies)),
            # of most it is known at once that their lead was in a pool
            SQL(
                """NOT EXISTS (SELECT FROM lead_pool_fact_lead f
                                WHERE f.lead_ref = o.opportunity_id AND f.ordered_at IS NOT NULL)"""
            ),
        ]
        if scope.reps is not None:
            parts.append(SQL("o.user_id = ANY(%s)", list(scope.reps)))
        if scope.sources is not None:
            parts.append(SQL("o.source_id = ANY(%s)", list(scope.sources)))
        return SQL(
            """SELECT o.id, o.campaign_id, o.company_id, o.amount_total, o.amount_untaxed, o.currency_rate
                 FROM (SELECT o.* FROM sale_order o WHERE %s OFFSET 0) o
                WHERE NOT EXISTS (SELECT FROM lead_pool_entry e WHERE e.lead_ref = o.opportunity_id)""",
            SQL(" AND ").join(parts),
        )

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
                    paragraph(
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
                    paragraph([self.env._("At the rate of the day of the order."), opens]),
                ),
                "invoiced": (
                    self.env._("Invoiced"),
                    paragraph([self.env._("Posted invoices of these orders less their credit notes."), opens]),
                ),
                "in_process": (
                    self.env._("In Process"),
                    self.env._("Payments that the bank has not confirmed yet; not part of what was collected."),
                ),
                "collected": (
                    self.env._("Collected"),
                    paragraph(
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
