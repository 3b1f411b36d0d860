from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.reports.documents import Documents
from .cash import APRIL, CashCase
from .common import FactsReader

#: A whole month and days around it.
AROUND = {"date_from": "2026-03-20", "date_to": "2026-05-02"}


@freeze_time("2026-05-04 12:00:00")
@tagged("post_install", "-at_install")
class TestFactsOfMoney(FactsReader, CashCase):
    """What became of converted leads is part of their facts, and adds up to the figures of a recount."""

    REPORTS = ("campaign_cash", "sources", "forecast")
    PERIOD = APRIL
    READERS = ("manager", "admin")
    FURTHER = (
        *(("campaign_cash", {"attribution": attribution}) for attribution in ("last", "linear")),
        ("campaign_cash", {"taxes": "without"}),
        ("forecast", {"subject": "pool", "learn": "90"}),
        ("sources", AROUND),
    )

    def setUp(self):
        super().setUp()
        (self.admin | self.marketing).tz = "Asia/Shanghai"

    def _total(self, name, code, **options):
        return self._figures(self.manager, name, **{**APRIL, **options})["total"][code]

    def test_what_changes_on_documents_customers_and_opportunities_is_seen_at_once(self):
        self.READERS = ("manager", "li")
        self._tell()
        self.env.flush_all()
        self.assertEqual(self._waiting(), [])
        inquiries = self.env["lead.pool.inquiry"].sudo().search([("lead_id", "=", self.three.id)])
        again, lead = self._order("2026-04-21", "c", 70, self.three), self.nothing.sudo()
        happenings = (
            ("price", self.acme, lambda: self.order.order_line.write({"price_unit": 1200})),
            ("invoice", self.three, lambda: self._invoice("2026-04-22", again)),
            ("other lead", self.three | self.nothing, lambda: again.write({"opportunity_id": self.nothing.id})),
            ("cancelled", self.nothing, lambda: again._action_cancel()),
            ("chance", self.nothing, lambda: lead.write({"probability": 20})),
            ("seller", self.nothing, lambda: lead.write({"user_id": self.li.id})),
            ("customer", self.nothing, lambda: lead.write({"partner_id": self.customers["b"].id})),
            ("campaign", self.three, lambda: inquiries[0].write({"campaign_id": False})),
            ("inquiry", self.three, lambda: inquiries[0].unlink()),
            ("archived", self.nothing, lambda: lead.write({"active": False})),
        )
        self.env.flush_all()
        self._tell()
        for name, leads, happen in happenings:
            with self.subTest(name):
                happen()
                self.env.flush_all()
                self.assertEqual(sorted(self._waiting()), sorted(leads.ids))
                self.assert_told(further=self.FURTHER)
        self.assertEqual(self._total("campaign_cash", "customers"), 3, "Dora's lead is Beta's now")
        self.assertEqual(self._total("forecast", "opportunities"), 0)

    def test_a_lead_that_waits_or_is_held_is_not_told_again_for_its_owner_and_chance(self):
        self._tell()
        self.idle.sudo().write({"probability": 33, "user_id": self.li.id, "partner_id": self.customers["d"].id})
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM lead_pool_fact_change")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_a_contact_that_becomes_one_of_another_customer(self):
        self._tell()
        self.assertEqual(self._total("campaign_cash", "customers"), 4)
        self.customers["d"].write({"is_company": False, "parent_id": self.customers["a"].id})
        self.env.flush_all()
        self.assertEqual(self._waiting(), self.nothing.ids)
        self.assert_told(further=self.FURTHER)
        self.assertEqual(self._total("campaign_cash", "customers"), 3)

    def test_an_earlier_lead_of_the_same_customer_takes_him_from_a_later_one(self):
        """Told long ago, the later lead is not told again."""
        self._tell()
        self.nothing.sudo().partner_id = self.customers["c"]
        self.env.flush_all()
        self.assertEqual(self._waiting(), self.nothing.ids)
        self.assert_told(further=self.FURTHER)
        figures = self._figures(self.manager, "campaign_cash", **APRIL)
        self.assertEqual((figures["none"]["customers"], figures[str(self.fair.id)]["customers"]), (1, 2))

    def test_an_order_in_another_company_counts_for_who_works_in_it(self):
        abroad = self.env["res.company"].create({"name": "Abroad", "currency_id": self.euro.id})
        self._tell()
        self.READERS = ("manager",)
        self.manager.company_ids |= abroad
        self.env.flush_all()
        for table in ("sale_order", "sale_order_line"):
            column = SQL.identifier("id" if table == "sale_order" else "order_id")
            self.env.cr.execute(
                SQL("UPDATE %s SET company_id = %s WHERE %s = %s", SQL.identifier(table), abroad.id, column,
                    self.foreign.id)
            )  # fmt: skip
        self.assertEqual(self._waiting(), self.beta.ids)
        fair = str(self.fair.id)
        for companies, orders, opens in ((self.company, 2, False), (self.company | abroad, 3, True)):
            self.env = self.env(context={**self.env.context, "allowed_company_ids": companies.ids})
            self.facts = [facts.with_env(self.env) for facts in self.facts]
            self.assert_told(further=self.FURTHER)
            self.assertEqual(self._figures(self.manager, "campaign_cash", **APRIL)[fair]["orders"], orders)
            [row] = [row for row in self._report(self.manager, "campaign_cash", **APRIL)["rows"] if row["key"] == fair]
            self.assertEqual("orders" in row["drill"], opens, companies.mapped("name"))

    def test_what_is_added_up_is_read_by_day_month_and_pool_and_made_again(self):
        self.READERS = ("manager", "admin", "leader", "marketing")
        self.REPORTS = ("campaign_cash", "sources")
        self.pool.team_id = self.env["crm.team"].search([("user_id", "=", self.leader.id)])  # he sees its numbers
        further = [*self.FURTHER, ("campaign_cash", AROUND), ("campaign_cash", {**AROUND, "attribution": "linear"})]
        self.assert_told(further=further)
        self.READERS, self.REPORTS = ("manager", "admin"), ("campaign_cash", "sources", "forecast")
        recount = self.assert_told(further=further)
        by_pool = ("forecast", {"subject": "pool", "learn": "90"})
        wrong = (
            *(("campaign.day", figure, ("campaign_cash", {}), code, ("manager", "admin", "leader", "marketing"))
              for figure, code in (("valid", "valid"), ("opportunities", "opportunities"), ("orders", "orders"),
                                   ("revenue", "opportunity_amount"), ("order_amount", "order_amount"))),
            ("campaign.day", "order_amount_untaxed", ("campaign_cash", {"taxes": "without"}), "order_amount",
             ("manager", "admin")),
            ("cash", "amount", ("campaign_cash", {}), "invoiced", ("manager", "admin", "leader", "marketing")),
            ("cash", "amount", ("campaign_cash", {}), "collected", ("manager", "admin", "leader", "marketing")),
            ("cash", "untaxed", ("campaign_cash", {"taxes": "without"}), "collected", ("manager", "admin")),
            ("source.day", "won", ("sources", {}), "won", ("manager", "marketing")),
            ("outlook", "amount", ("forecast", {}), "opportunities_amount", ("manager", "leader")),
            ("outlook", "count", by_pool, "opportunities", ("manager",)),
            ("ended", "worth", ("forecast", {}), "leads_amount", ("manager",)),
        )  # fmt: skip
        self._claim(self.li, self.idle)
        self._tell()
        for name, figure, (report, options), code, readers in wrong:
            sums = self.env[f"lead.pool.fact.{name}"].sudo()
            table, column = SQL.identifier(sums._table), SQL.identifier(figure)
            told = {one: self._figures(getattr(self, one), report, **{**APRIL, **options}) for one in readers}
            self.env.cr.execute(SQL("UPDATE %s SET %s = %s + 1000", table, column, column))
            self.env.invalidate_all()
            for one in readers:
                now = self._figures(getattr(self, one), report, **{**APRIL, **options})
                self.assertNotEqual(now["total"][code], told[one]["total"][code], (name, figure, one))
            self.assertTrue(self._compared("sums", mend=True), name)
            self.assertEqual(self._compared("sums"), [], name)
            self.env.invalidate_all()
            for one in readers:
                self.assertEqual(self._figures(getattr(self, one), report, **{**APRIL, **options}), told[one], name)
        self.env.cr.execute("UPDATE lead_pool_fact_customer SET leads = 1")
        told = recount["campaign_cash", "Manager"]["total"]["customers"]
        self.assertEqual(self._total("campaign_cash", "customers"), told + 1, "Acme, by the lead again")
        self.assertTrue(self._compared("sums", mend=True))
        self.assertEqual(self._total("campaign_cash", "customers"), told)

    def test_a_link_is_where_each_document_would_be_found_one_by_one(self):
        """Of who sees all that is his companies' nobody looks for each; the links are the same."""
        self._tell()
        accountant = self._user("accountant", "lead_pool.group_manager", "Accountant")
        accountant.group_ids |= self.env.ref("account.group_account_invoice")
        for name, options in (("campaign_cash", {}), ("campaign_cash", {"attribution": "linear"}), ("forecast", {})):
            for user in (self.manager, accountant, self.all_docs, self.admin, self.leader, self.li):
                links = self._links(user, name, **options)
                with (
                    patch.object(Documents, "_sees_all", lambda _self, _model: False),
                    patch.object(Documents, "_sees_none", lambda _self, _model: False),
                ):
                    self.assertEqual(links, self._links(user, name, **options), (name, user.name))
        with patch.object(Documents, "_may_open", side_effect=AssertionError):
            self.assertTrue(self._links(self.manager, "forecast"))
            links = dict(self._links(self.manager, "campaign_cash"))
            self.assertIn("invoiced", links["total"])
            self.assertNotIn("collected", links["total"], "journal items are for Invoicing")
            with self.assertRaises(AssertionError):  # a payment without an entry is behind one figure
                self._links(accountant, "campaign_cash")
        self.unentered.invoice_ids.button_draft()
        self.env.flush_all()
        self._tell()
        with patch.object(Documents, "_may_open", side_effect=AssertionError):
            self.assertIn("collected", dict(self._links(accountant, "campaign_cash"))["total"])
        hides = {"name": "No order of Acme", "domain_force": [("partner_id", "!=", self.customers["a"].id)]}
        self.env["ir.rule"].create({**hides, "model_id": self.env["ir.model"]._get_id("sale.order")})
        links = dict(self._links(self.manager, "campaign_cash"))
        self.assertNotIn("orders", links[str(self.fair.id)])
        self.assertIn("orders", links[str(self.search_ad.id)])

    def _links(self, user, name, **options):
        table = self._report(user, name, **{**APRIL, **options})
        return [(row["key"], row["drill"]) for row in [*table["rows"], table["total"]]]
