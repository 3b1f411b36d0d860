from freezegun import freeze_time

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from .cash import APRIL, CashCase
from .common import FactsReader


@freeze_time("2026-05-04 12:00:00")
@tagged("post_install", "-at_install")
class TestFactsOfDocuments(FactsReader, CashCase):
    """Invoices and payments are part of what is kept of a lead: whatever happens to them is seen at once."""

    REPORTS = ("campaign_cash",)
    PERIOD = APRIL
    READERS = ("manager", "admin", "leader")
    FURTHER = (
        *(("campaign_cash", {"attribution": attribution}) for attribution in ("last", "linear")),
        ("campaign_cash", {"taxes": "without"}),
    )

    def setUp(self):
        super().setUp()
        self.admin.tz = "Asia/Shanghai"
        self._tell()
        self.env.flush_all()
        self.assertEqual(self._waiting(), [])
        self.invoice = self.order.invoice_ids

    def _cash(self):
        """What the ledgers tell of the money of leads."""
        live = self.facts[0]._live(SQL("TRUE"))
        return self.env.execute_query(SQL("SELECT lead_ref, is_invoiced, cash FROM (%s) f ORDER BY 1", live))

    def _figures_of(self, campaign, *codes):
        row = self._figures(self.manager, "campaign_cash", **APRIL)[str(campaign.id)]
        return [row.get(code) for code in codes]

    def test_whatever_becomes_of_invoices_and_payments(self):
        """The life of some documents, with the verbs of Invoicing: kept, told and added up are what they say."""
        paid = self.three.order_ids.invoice_ids
        orders = self._order("2026-04-21", "a", 100, self.acme) | self._order("2026-04-21", "a", 200, self.again)
        unled = self._order("2026-04-21", "a", 700, campaign=self.search_ad)
        tax = self.env["account.tax"].create({"name": "A quarter", "amount": 25, "type_tax_use": "sale"})
        made = {}

        def pay(name, move, amount, **how):
            made[name] = self._pay("2026-04-24", move, amount, **how)

        happenings = (
            ("invoiced together", lambda: made.update(both=self._invoice("2026-04-22", orders | unled))),
            ("paid in part", lambda: pay("part", made["both"], 150)),
            ("the rest without an entry", lambda: pay("rest", made["both"], 850, entry=False)),
            ("the bank says so", lambda: made["rest"].action_validate()),
            ("it was a mistake", lambda: made["rest"].action_cancel()),
            ("both without an entry", lambda: pay("shared", made["both"] | self.invoice, 500, entry=False)),
            ("not reconciled any more", lambda: made["part"].move_id.line_ids.remove_move_reconcile()),
            ("payment deleted", lambda: (made["part"].action_draft(), made["part"].unlink())),
            ("back to draft", lambda: paid.button_draft()),
            ("dearer", lambda: paid.invoice_line_ids.write({"price_unit": 150, "tax_ids": [Command.set(tax.ids)]})),
            ("a line more", lambda: paid.write({"invoice_line_ids": [
                Command.create({"product_id": self.product.id, "price_unit": 50, "tax_ids": False})]})),
            ("posted again", lambda: paid.action_post()),
            ("credited", lambda: paid._reverse_moves(cancel=True)),
            ("draft again", lambda: self.foreign.invoice_ids.button_draft()),
            ("cancelled", lambda: self.foreign.invoice_ids.button_cancel()),
            ("deleted", lambda: self.foreign.invoice_ids.unlink()),
            ("order of another lead", lambda: orders[1].write({"opportunity_id": self.nothing.id})),
            ("order cancelled", lambda: orders[0]._action_cancel()),
        )  # fmt: skip
        counted_no_more = ("payment deleted", "dearer", "a line more", "cancelled", "deleted")
        for name, happen in happenings:
            with self.subTest(name):
                before = self._cash()
                happen()
                self.env.flush_all()
                if name not in counted_no_more:
                    self.assertNotEqual(self._cash(), before, name)
                self.assert_current()
        self.assert_told(further=self.FURTHER)
        # 700 of the invoice of 1,000; Search has no order of a lead
        self.assertEqual(self._figures_of(self.search_ad, "orders", "invoiced"), [2, 700])

    def test_each_column_that_money_is_made_of_is_watched(self):
        """Whoever writes it, also by SQL."""
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        invoice, payment = self.invoice, self.invoice.matched_payment_ids
        product_line = invoice.invoice_line_ids
        owed = invoice.line_ids.filtered(lambda item: item.account_type == "asset_receivable")
        partial, entry = owed.matched_credit_ids, payment.move_id
        settled, banked = partial.credit_move_id, entry.line_ids - partial.credit_move_id
        [refund] = self.again.order_ids.invoice_ids.filtered(lambda move: move.move_type == "out_refund")
        paid_back = refund.line_ids.matched_debit_ids.filtered(
            lambda one: one.debit_move_id.move_id.move_type == "entry"
        )
        unentered, billed = self.unentered, self.unentered.invoice_ids
        other = self.three.order_ids.invoice_ids
        income, bank = product_line.account_id, banked.account_id
        self.env.flush_all()
        half_open = f"UPDATE account_move SET amount_residual = 250, invoice_currency_rate = 2 WHERE id = {billed.id}"
        cash = self.env["account.account"].create({"name": "Till", "code": "TILL", "account_type": "asset_cash"})
        in_cash = f'{{"id": 2000000001, "account_id": {cash.id}, "balance": 100, "amount_currency": 100}}'
        self.assertTrue(paid_back)
        till = (
            f"INSERT INTO account_move_line SELECT (jsonb_populate_record(l, '{in_cash}')).*"
            f" FROM account_move_line l WHERE id = {banked.id}"
        )
        no_bank = f"UPDATE account_account SET account_type = 'asset_current' WHERE id = {bank.id}; {till}"
        line, order_line = product_line.id, self.three.order_ids.order_line.id
        changes = (
            ("account_move", invoice, "state", "'draft'"),
            ("account_move", invoice, "move_type", "'in_invoice'"),
            ("account_move", invoice, "company_id", elsewhere.id),
            ("account_move", invoice, "amount_total_signed", 2000),
            ("account_move", invoice, "amount_untaxed_signed", 2000),
            ("account_move", invoice, "amount_total", 2000),
            ("account_move", invoice, "amount_untaxed", 500),
            ("account_move", billed, "amount_residual", 50),
            ("account_move", billed, "currency_id", self.euro.id, half_open),
            ("account_move", billed, "invoice_currency_rate", 3, half_open + f"; UPDATE account_payment SET currency_id"
             f" = {self.euro.id} WHERE id = {unentered.id}"),
            ("account_move", entry, "state", "'draft'"),
            ("account_move", entry, "move_type", "'in_invoice'"),
            ("account_move", entry, "date", "'2026-04-28'"),
            ("account_move", entry, "origin_payment_id", "NULL", no_bank),
            ("account_move_line", product_line, "price_total", 1, "INSERT INTO account_move_line SELECT"
             f" (jsonb_populate_record(l, '{{\"id\": 2000000000}}')).* FROM account_move_line l WHERE id = {line}"),
            ("account_move_line", product_line, "price_subtotal", 1, "INSERT INTO account_move_line SELECT"
             f" (jsonb_populate_record(l, '{{\"id\": 2000000000}}')).* FROM account_move_line l WHERE id = {line}"),
            ("account_move_line", product_line, "display_type", "'rounding'"),
            ("account_move_line", product_line, "move_id", other.id),
            ("account_move_line", owed, "account_id", income.id),
            ("account_move_line", owed, "move_id", other.id),
            ("account_move_line", settled, "balance", "balance / 2"),
            ("account_move_line", settled, "amount_currency", "2 * amount_currency"),
            ("account_move_line", settled, "move_id", other.id),
            ("account_move_line", settled, "company_id", elsewhere.id),
            ("account_move_line", banked, "balance", "balance / 2"),
            ("account_move_line", banked, "account_id", income.id, till),
            ("account_partial_reconcile", partial, "credit_amount_currency", 7),
            ("account_partial_reconcile", paid_back, "debit_amount_currency", 7),
            ("account_partial_reconcile", partial, "credit_move_id", line),
            ("account_partial_reconcile", partial, "debit_move_id", line),
            ("account_payment", payment, "outstanding_account_id", "NULL", no_bank),
            ("account_payment", unentered, "move_id", entry.id),
            ("account_payment", unentered, "state", "'in_process'"),
            ("account_payment", unentered, "date", "'2026-04-28'"),
            ("account_payment", unentered, "company_id", elsewhere.id),
            ("account_payment", unentered, "amount", 300, half_open),
            ("account_payment", unentered, "amount_company_currency_signed", 300),
            ("account_payment", unentered, "currency_id", self.euro.id, half_open),
            ("account_account", bank, "account_type", "'income'", "UPDATE account_payment SET outstanding_account_id"
             f" = NULL WHERE id = {payment.id}; {till}"),
            ("sale_order_line", self.order.order_line, "order_id", self.foreign.id),
        )  # fmt: skip
        statements = [
            (f"UPDATE {table} SET {column} = {value} WHERE id = {record.id}", *before)
            for table, record, column, value, *before in changes
        ]
        links, shared = "sale_order_line_invoice_rel", "account_move__account_payment"
        statements += [
            (f"DELETE FROM {links} WHERE invoice_line_id = {line}",),
            (f"INSERT INTO {links} (invoice_line_id, order_line_id) VALUES ({line}, {order_line})",),
            (f"DELETE FROM {shared} WHERE payment_id = {unentered.id}",),
            (f"INSERT INTO {shared} (invoice_id, payment_id) VALUES ({invoice.id}, {unentered.id})",),
            (f"UPDATE account_move SET amount_total_signed = 9 WHERE id = {invoice.id}",
             f"INSERT INTO {shared} (invoice_id, payment_id) VALUES ({invoice.id}, {unentered.id})"),
            (f"DELETE FROM account_partial_reconcile WHERE id = {partial.id}",),
            (f"DELETE FROM account_move_line WHERE id = {line}",),
            (f"INSERT INTO account_move_line SELECT (jsonb_populate_record(l, '{{\"id\": 2000000000}}')).*"
             f" FROM account_move_line l WHERE id = {line}",),
            (f"DELETE FROM account_move WHERE id = {invoice.id}",
             f"DELETE FROM account_partial_reconcile WHERE id = {partial.id}"),
            (f"DELETE FROM account_payment WHERE id = {unentered.id}",),
            (f"DELETE FROM sale_order_line WHERE id = {self.order.order_line.id}",),
        ]  # fmt: skip
        facts = self.facts[0]
        for statement, *before in statements:
            with self.env.cr.savepoint(flush=False) as savepoint:
                for one in before:
                    self.env.cr.execute(one)
                self.changes._tell_changes()
                told = self._cash()
                self.env.cr.execute(statement)
                self.assertNotEqual(self._cash(), told, f"of no account: {statement}")
                self.assertEqual(self._sorted(facts._rows()), self._sorted(facts._live(SQL("TRUE"))), statement)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_payment_of_many_invoices_notes_each_lead_once(self):
        invoices = self.invoice | self.three.order_ids.invoice_ids | self.foreign.invoice_ids
        self.env.cr.execute(
            "INSERT INTO account_move__account_payment (invoice_id, payment_id) SELECT unnest(%s), %s",
            [invoices.ids, self.unentered.id],
        )
        self.env.cr.execute("SELECT lead_ref FROM lead_pool_fact_change ORDER BY 1")
        noted = [lead for [lead] in self.env.cr.fetchall()]
        again = self.unentered.invoice_ids.invoice_line_ids.sale_line_ids.order_id.opportunity_id
        self.assertEqual(noted, (self.acme | self.three | self.beta | again).sorted("id").ids)

    def test_drafts_and_entries_of_others_are_nobodys_news(self):
        draft = self._order("2026-04-21", "a", 100, self.acme)._create_invoices()
        self.env.flush_all()
        self._tell()
        draft.invoice_line_ids.price_unit = 120
        misc = self.env["account.journal"].search([("type", "=", "general")], limit=1)
        accounts = self.env["account.account"].search([("account_type", "=", "expense")], limit=1)
        entry = self.env["account.move"].create(
            {
                "journal_id": misc.id,
                "line_ids": [
                    Command.create({"account_id": accounts.id, "debit": debit, "credit": 5 - debit}) for debit in (0, 5)
                ],
            }
        )
        entry.action_post()
        self.env.flush_all()
        self.assertEqual(self._waiting(), [])
        draft.action_post()
        self.env.flush_all()
        self.assertEqual(self._waiting(), self.acme.ids)

    def test_a_document_of_another_company_counts_for_who_works_in_it(self):
        """Such money is in no sum: it is read of each lead."""
        abroad = self.env["res.company"].create({"name": "Abroad"})
        self.READERS = ("manager",)
        self.manager.company_ids |= abroad
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_move SET company_id = %s WHERE id = %s", [abroad.id, self.invoice.id])
        self.assertEqual(self._waiting(), self.acme.ids)
        for companies, invoiced in ((self.company, 700), (self.company | abroad, 1700)):
            self.env = self.env(context={**self.env.context, "allowed_company_ids": companies.ids})
            self.facts = [facts.with_env(self.env) for facts in self.facts]
            self.assert_told(further=self.FURTHER)
            # 600 + 100, and 1,000 abroad
            self.assertEqual(self._figures_of(self.fair, "invoiced"), [invoiced], companies.mapped("name"))
