from decimal import Decimal

import psycopg2
from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .cash import APRIL, CashCase
from .common import FactsReader


@freeze_time("2026-05-04 12:00:00")
@tagged("post_install", "-at_install")
class TestCampaignCash(FactsReader, CashCase):
    def _read(self, user, *codes, **options):
        """``{campaign: [figures]}``"""
        names = {str(campaign.id): campaign.title for campaign in (self.fair, self.mail, self.search_ad)}
        figures = self._figures(user, "campaign_cash", **{**APRIL, **options})
        return {names.get(key, key): [row.get(code) for code in codes] for key, row in figures.items()}

    def test_the_month_as_the_days_were_lived(self):
        self.assertFalse(self.unentered.move_id, "the payment that the journals do not know")
        self.assertRecordValues(self.order.invoice_ids, [{"payment_state": "partial"}])

    def test_the_first_campaign_has_all_of_its_leads(self):
        self.assertEqual(
            self._read(self.manager, "leads", "valid", "customers", "opportunities", "opportunity_amount", "orders"),
            {
                # acme, beta, three; expected revenue rises to the order's amount when it is confirmed in USD
                "Fair": [3, 3, 3, 3, 1100, 3],
                "Mail": [1, 1, 0, 1, 500, 2],  # again: Acme was a customer before
                "Search": [1, 0, 0, 0, 0, 1],  # bad; and the order of 50
                "none": [2, 2, 1, 1, 900, 0],  # nothing, idle
                "total": [7, 6, 4, 5, 2500, 6],
            },
        )

    def test_money_by_the_first_campaign(self):
        self.assertEqual(
            self._read(self.manager, "order_amount", "invoiced", "collected"),
            {
                "Fair": [1700, 1700, 1250],  # 1,000 + 600 + 100; 400 + 750 + 100
                "Mail": [700, 650, 650],  # 500 + 200 - 50, both invoiced and paid
                "Search": [50, 0, 0],
                "none": [0, 0, 0],  # the order over 900 was cancelled
                "total": [2450, 2350, 1900],
            },
        )

    def test_what_it_cost_and_when_it_had_paid_for_itself(self):
        self.assertEqual(
            self._read(self.manager, "cost", "planned", "cost_per_lead", "cost_per_valid", "gain", "roi", "payback"),
            {
                # 300 + 200; 1,250 - 500; 400 on April 10, 500 with the 100 of April 18: 17 days after April 1
                "Fair": [500, 300, 166.67, 166.67, 750, 1.5, 17],
                "Mail": [1000, 0, 1000, 1000, -350, -0.35, None],
                "Search": [None] * 7,
                "none": [None] * 7,
                # 1,500 for 4 leads; 1,900 collected: 1,150 with April 18, the 750 of April 20 cover it: 19 days
                "total": [1500, 300, 375, 375, 400, 400 / 1500, 19],
            },
        )

    def test_the_last_campaign(self):
        self.assertEqual(
            self._read(self.manager, "leads", "customers", "collected", attribution="last"),
            {
                "Fair": [1, 1, 400],
                "Mail": [2, 1, 1400],  # beta, again
                "Search": [2, 1, 100],  # bad, three
                "none": [2, 1, 0],
                "total": [7, 4, 1900],
            },
        )

    def test_in_equal_parts_they_add_up_to_the_whole(self):
        figures = self._read(self.manager, "leads", "collected", "invoiced", attribution="linear")
        self.assertEqual(
            figures,
            {
                # 1 + 1/2 + 1/3 leads; 650 + 375 + 33.33; the cent that is over goes to the first of equals
                "Mail": [1.84, 1058.34, 983.34],
                "Fair": [1.83, 808.33, 1333.33],
                "Search": [1.33, 33.33, 33.33],
                "none": [2, 0, 0],
                "total": [7, 1900, 2350],
            },
        )
        for column in range(3):
            parts = [Decimal(str(row[column])) for key, row in figures.items() if key != "total"]
            self.assertEqual(sum(parts), figures["total"][column])

    def test_an_inquiry_of_a_customer_brings_nothing(self):
        before = self._read(self.manager, "leads", "collected", attribution="last")
        self.env["lead.pool"].with_user(self.robot).action_take_in(
            [{"contact_name": "No. 0", "phone": "+8613900000000", "campaign_id": self.search_ad.id}]
        )
        self.assertEqual(self.acme.inquiry_count, 1)
        self.assertEqual(self._read(self.manager, "leads", "collected", attribution="last"), before)

    def test_one_invoice_of_two_orders_is_shared(self):
        """150 is paid of an invoice of 100 for one lead and 200 for another: 50 and 100."""
        orders = self._order("2026-04-21", "a", 100, self.acme) | self._order("2026-04-21", "a", 200, self.again)
        invoice = self._invoice("2026-04-22", orders)
        self.assertEqual(len(invoice), 1)
        self._pay("2026-04-23", invoice, 150)
        figures = self._read(self.manager, "invoiced", "collected")
        self.assertEqual((figures["Fair"], figures["Mail"]), ([1800, 1300], [850, 750]))

    def test_a_discount_is_no_money(self):
        """100 are open, 97 are paid and 3 written off."""
        invoice = self._invoice("2026-04-22", self._order("2026-04-21", "a", 100, self.acme))
        expense = self.env["account.account"].search([("account_type", "=", "expense")], limit=1)
        with freeze_time("2026-04-23 04:00:00"):
            wizard = (
                self.env["account.payment.register"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create({"amount": 97, "journal_id": self.bank.id, "payment_difference_handling": "reconcile"})
            )
            wizard.writeoff_account_id = expense
            wizard.payment_method_line_id.payment_account_id = self.bank.default_account_id
            wizard._create_payments()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._read(self.manager, "collected")["Fair"], [1347])

    def test_a_debt_that_is_written_off_or_moved_to_somebody_else_is_no_money(self):
        """100 are open: 40 are a bad debt, 60 are another customer's from now on. Collected stays 1250."""
        invoice = self._invoice("2026-04-22", self._order("2026-04-21", "a", 100, self.acme))
        open_item = invoice.line_ids.filtered(lambda item: item.account_type == "asset_receivable")
        expense = self.env["account.account"].search([("account_type", "=", "expense")], limit=1)
        somebody = self.env["res.partner"].create({"name": "Factor"})
        for amount, account, partner in ((40, expense, invoice.partner_id), (60, open_item.account_id, somebody)):
            entry = self.env["account.move"].create(
                {
                    "date": "2026-04-23",
                    "line_ids": [
                        Command.create(
                            {
                                "account_id": open_item.account_id.id,
                                "partner_id": invoice.partner_id.id,
                                "credit": amount,
                            }
                        ),
                        Command.create({"account_id": account.id, "partner_id": partner.id, "debit": amount}),
                    ],
                }
            )
            entry.action_post()
            (open_item | entry.line_ids.filtered("credit")).reconcile()
        self.assertEqual(invoice.amount_residual, 0)
        self.assertEqual(self._read(self.manager, "collected")["Fair"], [1250])

    def test_what_the_bank_has_not_confirmed_stands_apart_and_counts_once(self):
        invoice = self._invoice("2026-04-22", self._order("2026-04-21", "a", 100, self.acme))
        payment = self._pay("2026-04-23", invoice, 60, entry=False)
        self.assertEqual(payment.state, "in_process")
        codes = ("in_process", "collected")
        self.assertEqual(self._read(self.manager, *codes)["Fair"], [60, 1250])
        payment.action_validate()
        self.assertEqual(self._read(self.manager, *codes)["Fair"], [None, 1310])
        # the rest comes with the bank: what is reconciled and what was said to be paid are never more than the invoice
        self._pay("2026-04-24", invoice, 70)
        self.assertEqual(self._read(self.manager, *codes)["Fair"], [None, 1350])

    def test_taxes_are_left_out_of_all_amounts(self):
        tax = self.env["account.tax"].create({"name": "A quarter", "amount": 25, "type_tax_use": "sale"})
        order = self._order("2026-04-21", "a", 100, self.acme)
        order.order_line.tax_ids = tax
        self._pay("2026-04-23", self._invoice("2026-04-22", order), 50)
        codes = ("order_amount", "invoiced", "collected")
        self.assertEqual(self._read(self.manager, *codes)["Fair"], [1825, 1825, 1300])
        self.assertEqual(self._read(self.manager, *codes, taxes="without")["Fair"], [1800, 1800, 1290])

    def test_another_month_knows_nothing_of_it(self):
        march = {"date_from": "2026-03-01", "date_to": "2026-03-31"}
        self.assertEqual(self._read(self.manager, "leads", "collected", "roi", **march), {"total": [0, 0, None]})
        may = {"date_from": "2026-05-01", "date_to": "2026-05-31"}
        self.assertEqual(self._read(self.manager, "leads", "cost", "gain", **may)["Fair"], [0, 7777, -7777])

    def test_a_deleted_lead_was_one(self):
        self.idle.sudo().unlink()
        self.assertEqual(self._read(self.manager, "leads", "valid")["none"], [2, 1])

    def test_leads_of_one_pool_have_no_share_in_the_costs(self):
        figures = self._figures(self.manager, "campaign_cash", **APRIL, pool_ids=self.pool.ids)
        self.assertNotIn("cost", figures["total"])
        self.assertEqual(
            (figures["total"]["leads"], figures["total"]["orders"]), (7, 5), "not the order without a lead"
        )
        self.assertEqual(
            self._figures(self.manager, "campaign_cash", **APRIL, pool_ids=self.open_pool.ids)["total"]["leads"], 0
        )

    def test_another_currency_of_the_company_of_the_reader(self):
        """Amounts of companies with another currency are converted at the rate of today, as in Odoo's own analyses."""
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": self.euro.id})
        self.manager.company_ids |= abroad
        reports = self.env["lead.pool.report"].with_user(self.manager)
        table = reports.with_context(allowed_company_ids=[abroad.id, self.company.id]).table("campaign_cash", APRIL)
        self.assertEqual(table["currency_id"], self.euro.id)
        codes = [column["code"] for column in table["columns"]]
        self.assertEqual(table["total"]["cells"][codes.index("collected")], 760, "1,900 USD at 2.50")

    # ------------------------------------------------------------
    # WHO SEES MONEY
    # ------------------------------------------------------------

    def test_marketing_sees_all_figures_and_opens_no_record(self):
        codes = ("leads", "valid", "customers", "orders", "collected", "cost", "roi")
        for attribution in ("first", "last", "linear"):
            self.assertEqual(
                self._read(self.marketing, *codes, attribution=attribution),
                self._read(self.manager, *codes, attribution=attribution),
            )
        table = self._report(self.marketing, "campaign_cash", **APRIL)
        self.assertEqual({code for row in table["rows"] for code in row["drill"]}, {"cost", "planned"}, "its own lines")
        with self.assertRaises(UserError):
            self._behind(self.marketing, "campaign_cash", "total", "leads", **APRIL)
        self.assertIn(self.pool.id, {pool["id"] for pool in table["choices"]["pools"]})
        with self.assertRaises(AccessError):
            self._report(self.marketing, "rep_status")

    def test_a_rep_sees_what_came_of_his_leads_and_no_cost(self):
        self.assertEqual(
            self._read(self.li, "leads", "orders", "collected", "cost"),
            {
                "Fair": [2, 2, 1150, None],
                "Mail": [1, 2, 650, None],
                "total": [3, 4, 1800, None],
            },
        )
        self.assertEqual(self._read(self.zhao, "leads"), {"total": [0]})

    def test_a_leader_sees_his_teams_and_an_admin_his_pools(self):
        self.assertEqual(self._read(self.leader, "leads", "collected")["total"], [3, 100], "Wang's")
        self.assertEqual(self._read(self.admin, "leads", "collected")["total"], [7, 1900])
        self.pool.admin_ids.unlink()
        self.assertEqual(self._read(self.admin, "leads", "collected")["total"], [0, 0])

    def test_behind_each_figure_are_as_many_records(self):
        self.idle.sudo().unlink()
        self._assert_records()
        self._tell()
        self._assert_records()

    def _assert_records(self):
        for name, options in (
            ("campaign_cash", {**APRIL, "attribution": "first"}),
            ("campaign_cash", {**APRIL, "attribution": "last"}),
            ("sources", APRIL),
        ):
            for user in (self.manager, self.admin, self.leader, self.li):
                table = self._report(user, name, **options)
                codes = [column["code"] for column in table["columns"]]
                opened = 0
                for row in [*table["rows"], table["total"]]:
                    for code in row["drill"]:
                        found = self._behind(user, name, row["key"], code, **options)
                        figure = row["cells"][codes.index(code)]
                        self.assertEqual(self._worth(code, found), figure, (user.name, row["key"], code))
                        opened += 1
                self.assertGreater(opened, 3, user.name)

    @staticmethod
    def _worth(code, found):
        """What the records behind a figure come to."""
        found = found.sudo()
        if code == "order_amount":
            return sum(order.amount_total / order.currency_rate for order in found)
        if code == "invoiced":
            return sum(found.mapped("amount_total_signed"))
        if code in ("cost", "planned"):
            return sum(found.mapped("amount"))
        if code == "opportunity_amount":
            return sum(found.lead_id.mapped("expected_revenue"))
        if code == "won":
            orders = found.lead_id.order_ids.filtered(lambda order: order.state == "sale")
            return sum(order.amount_total / order.currency_rate for order in orders)
        return len(found)

    def test_orders_invoices_and_money_open_for_who_may_read_all_of_them(self):
        money = {"orders", "order_amount", "invoiced", "collected"}

        def opens(user, campaign):
            [row] = [
                row for row in self._report(user, "campaign_cash", **APRIL)["rows"] if row["key"] == str(campaign.id)
            ]
            return set(row["drill"]) & money

        self.assertEqual(opens(self.manager, self.fair), {"orders", "order_amount", "invoiced"}, "no accountant")
        self.assertEqual(opens(self.li, self.fair), {"orders", "order_amount", "invoiced"}, "her own")
        self.assertEqual(opens(self.li, self.mail), {"orders", "order_amount"}, "the credit note is not hers")
        self.assertEqual(opens(self.admin, self.fair), set(), "sold by others")
        self.order.user_id = self.wang
        self.assertEqual(opens(self.li, self.fair), {"invoiced"}, "one of her leads was sold by Wang")
        self.manager.group_ids |= self.env.ref("account.group_account_invoice")
        self.assertEqual(opens(self.manager, self.fair), money)
        items = self._behind(self.manager, "campaign_cash", str(self.fair.id), "collected", **APRIL)
        self.assertEqual(items.mapped("account_type"), ["asset_receivable"] * 3)
        self.assertEqual(-sum(items.mapped("balance")), 1250)
        self.assertEqual(opens(self.manager, self.mail), money - {"collected"}, "500 are in no journal item")
        shown = self._behind(self.manager, "campaign_cash", "total", "invoiced", **APRIL)
        self.assertEqual(len(shown), 6, "five invoices and a credit note")
        under_way = self._pay("2026-04-23", self._invoice("2026-04-22", self._order("2026-04-21", "a", 100, self.acme)),
                              60, entry=False)  # fmt: skip
        self.assertEqual(
            self._behind(self.manager, "campaign_cash", str(self.fair.id), "in_process", **APRIL), under_way
        )

    def test_behind_a_part_of_a_lead_is_the_lead(self):
        found = self._behind(self.manager, "campaign_cash", str(self.mail.id), "leads", **APRIL, attribution="linear")
        self.assertEqual(found.lead_id, self.beta | self.again | self.three, "those of which it has a part")
        self.assertEqual(found.filtered(lambda entry: entry.lead_id == self.three).lead_campaign_ids.mapped("title"),
                         ["Fair", "Mail", "Search"])  # fmt: skip

    def test_costs_are_for_marketing_and_managers(self):
        costs = self.env["lead.pool.campaign.cost"]
        for user in (self.li, self.admin, self.all_docs):
            with self.assertRaises(AccessError):
                costs.with_user(user).search([])
            with self.assertRaises(AccessError):
                self.fair.with_user(user).read(["lead_pool_cost_ids"])
        self.assertEqual(len(costs.with_user(self.marketing).search([("campaign_id", "=", self.fair.id)])), 3)
        self.assertEqual(self.fair.with_user(self.manager).lead_pool_cost_ids.mapped("amount"), [7777, 200, 300])
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = costs.sudo().create({"campaign_id": self.fair.id, "company_id": elsewhere.id, "actual_amount": 1})
        self.assertNotIn(hidden, costs.with_user(self.manager).search([]))

    def test_a_cost_is_no_negative_amount(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"):
            self.env["lead.pool.campaign.cost"].create({"campaign_id": self.fair.id, "actual_amount": -5})

    def test_more_leads_cost_no_more_queries(self):
        def queries(name):
            return self._queries_of(name, **APRIL)

        names = ("campaign_cash", "sources")
        few = {name: min(queries(name), queries(name)) for name in names}  # the first fills the caches
        with freeze_time("2026-04-20 04:00:00"):
            self._claim(self.li, self._leads(30, campaign_id=self.mail.id))
        for name in names:
            self.assertLessEqual(queries(name), few[name], name)
            self.assertLess(few[name], 25, name)

    # ------------------------------------------------------------
    # SOURCES
    # ------------------------------------------------------------

    def test_each_source_with_what_became_of_its_leads(self):
        web, phone = self.env["utm.source"].create([{"name": "Web Form"}, {"name": "Phone Call"}])
        (self.acme | self.beta | self.bad | self.idle).sudo().source_id = web
        (self.again | self.nothing).sudo().source_id = phone
        with freeze_time("2026-04-26 04:00:00"):
            self._do(self.zhao, self.idle).action_claim()
            self.idle.with_user(self.zhao).action_follow_up({"note": "Called, will think it over"})
            self.nothing.with_user(self.wang).action_set_won()
        codes = ("leads", "valid", "touched", "held", "converted", "conversion_rate", "won")
        figures = self._figures(self.manager, "sources", **APRIL)
        self.assertEqual(
            {key: [row[code] for code in codes] for key, row in figures.items()},
            {
                str(web.id): [4, 3, 1, 1, 2, 0.5, 1600],  # acme 1,000, beta 300 EUR at 2; bad; idle
                str(phone.id): [2, 2, 0, 0, 2, 1, 1600],  # again 500 + 200; nothing was won without an order: 900
                "none": [1, 1, 0, 0, 1, 1, 100],  # three
                "total": [7, 6, 1, 1, 5, 5 / 7, 3300],
            },
        )
        self.assertEqual(self._figures(self.marketing, "sources", **APRIL), figures)
        self.assertEqual(self._figures(self.manager, "sources", **APRIL, source_ids=phone.ids)["total"]["leads"], 2)
        self.assertEqual(
            {key: row["leads"] for key, row in self._figures(self.leader, "sources", **APRIL).items()},
            {str(web.id): 1, str(phone.id): 1, "none": 1, "total": 3},
        )
