"""What converted leads bought, written by SQL as copies of what Odoo made once: half of them have an order, with the
campaign and the source of the lead. Of six orders one has no invoice; of seven invoices one is not paid, and one by a
payment without an entry in the journals. One order in fifty names a campaign and comes from no lead.
"""

from market import copies

from odoo.fields import Command

#: The numbers of the documents are known before there are any: those of the pattern come before.
ORDERS = """CREATE TABLE past_order AS
    SELECT o.*, amount * 0.9 AS untaxed, n %% 6 <> 0 AS is_invoiced,
           n %% 6 <> 0 AND n %% 7 > 1 AS is_paid, n %% 6 <> 0 AND n %% 7 = 1 AS is_unentered,
           %(order)s + n AS order_id, %(order_line)s + n AS order_line_id, %(move)s + n AS invoice_id,
           %(move)s + number_of + n AS entry_id, %(item)s + 4 * n AS item_id, %(payment)s + n AS payment_id
      FROM (SELECT CASE WHEN lead_ref %% 100 < 98 THEN lead_ref END AS lead_ref, c.user_id, c.campaign_id, c.source_id,
                   date + interval '1 day' AS ordered_at, (date + interval '4 days')::date AS invoiced_on,
                   LEAST((date + interval '10 days')::date + lead_ref %% 40, now()::date) AS paid_on,
                   1000 + lead_ref %% 9000 AS amount, count(*) OVER () AS number_of,
                   row_number() OVER (ORDER BY date, lead_ref) AS n
              FROM (SELECT c.lead_ref, c.user_id, c.date, l.campaign_id, l.source_id
                      FROM lead_pool_conversion c JOIN crm_lead l ON l.id = c.lead_ref
                     WHERE c.lead_ref %% 2 = 0) c) o"""


def sell(env):
    """Orders, invoices and payments of the leads that were converted."""
    order, invoice, payment = _paid_for(env)
    entry, items = payment.move_id, _items(invoice) + _items(payment.move_id)
    env.flush_all()
    patterns = {"order": order, "order_line": order.order_line, "move": entry, "item": items[0], "payment": payment}
    last = {}
    for name, pattern in patterns.items():
        env.cr.execute(f"SELECT max(id) FROM {pattern._table}")
        [last[name]] = env.cr.fetchone()
    env.cr.execute(ORDERS, last)
    for pattern, which, values in _documents(order, invoice, payment, *items):
        copies(env, pattern, f"(SELECT * FROM past_order WHERE {which})", values)
    env.cr.execute(
        """INSERT INTO sale_order_line_invoice_rel (invoice_line_id, order_line_id)
           SELECT item_id, order_line_id FROM past_order WHERE is_invoiced"""
    )
    env.cr.execute(
        """INSERT INTO account_move__account_payment (invoice_id, payment_id)
           SELECT invoice_id, payment_id FROM past_order WHERE is_paid OR is_unentered"""
    )
    env.cr.execute(
        "UPDATE account_payment p SET move_id = o.entry_id FROM past_order o WHERE o.payment_id = p.id AND o.is_paid"
    )
    env.cr.execute("DROP TABLE past_order")
    env.invalidate_all()


def _paid_for(env):
    """``(order, invoice, payment)`` of the company by itself, as the patterns."""
    product = env["product.product"].create(
        {"name": "Course", "type": "service", "invoice_policy": "order", "taxes_id": False}
    )
    line = Command.create({"product_id": product.id, "price_unit": 1000, "tax_ids": False})
    order = env["sale.order"].create({"partner_id": env.company.partner_id.id, "order_line": [line]})
    order.action_confirm()
    invoice = order._create_invoices()
    invoice.action_post()
    bank = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", env.company.id)], limit=1)
    wizard = (
        env["account.payment.register"]
        .with_context(active_model="account.move", active_ids=invoice.ids)
        .create({"journal_id": bank.id})
    )
    wizard.payment_method_line_id.payment_account_id = bank.default_account_id
    payment = wizard._create_payments()
    assert payment.move_id, "a payment with an entry in the journals"
    return order, invoice, payment


def _items(move):
    """Of an entry first what it is about, then what it leaves open, or closes."""
    return [*move.line_ids.sorted(lambda item: item.account_id.account_type == "asset_receivable")]


def _documents(order, invoice, payment, sold, owed, banked, settled):
    """``(pattern, condition on past_order, columns)`` of each table."""
    partial = owed.matched_credit_ids
    yield (
        order,
        "TRUE",
        {
            "id": "order_id",
            "name": "'S' || order_id",
            "opportunity_id": "lead_ref",
            "campaign_id": "campaign_id",
            "source_id": "source_id",
            "user_id": "user_id",
            "date_order": "ordered_at",
            "amount_total": "amount",
            "amount_untaxed": "untaxed",
        },
    )
    yield (
        order.order_line,
        "TRUE",
        {
            "id": "order_line_id",
            "order_id": "order_id",
            "price_unit": "amount",
            "price_total": "amount",
            "price_subtotal": "untaxed",
        },
    )
    yield (
        invoice,
        "is_invoiced",
        {
            "id": "invoice_id",
            "name": "'INV/' || invoice_id",
            "invoice_user_id": "user_id",
            "date": "invoiced_on",
            "invoice_date": "invoiced_on",
            "amount_total": "amount",
            "amount_total_signed": "amount",
            "amount_untaxed": "untaxed",
            "amount_untaxed_signed": "untaxed",
            "amount_residual": "CASE WHEN is_paid THEN 0 ELSE amount END",
            "payment_state": "CASE WHEN is_paid THEN 'paid' WHEN is_unentered THEN 'in_payment' ELSE 'not_paid' END",
        },
    )
    yield (
        payment,
        "is_paid OR is_unentered",
        {
            "id": "payment_id",
            "name": "'P' || payment_id",
            "move_id": "NULL::int",  # its entry comes after it
            "state": "CASE WHEN n %% 2 = 0 THEN 'paid' ELSE 'in_process' END",
            "date": "paid_on",
            "amount": "amount",
            "amount_company_currency_signed": "amount",
        },
    )
    yield (
        payment.move_id,
        "is_paid",
        {
            "id": "entry_id",
            "name": "'PBNK/' || entry_id",
            "origin_payment_id": "payment_id",
            "date": "paid_on",
            "amount_total": "amount",
            "amount_total_signed": "amount",
        },
    )
    yield (
        sold,
        "is_invoiced",
        {
            "id": "item_id",
            **_of_item("invoice_id", "invoiced_on", "-amount"),
            "price_unit": "amount",
            "price_total": "amount",
            "price_subtotal": "untaxed",
        },
    )
    yield (
        owed,
        "is_invoiced",
        {
            "id": "item_id + 1",
            **_of_item("invoice_id", "invoiced_on", "amount"),
            "amount_residual": "CASE WHEN is_paid THEN 0 ELSE amount END",
            "full_reconcile_id": "NULL::int",
        },
    )
    yield banked, "is_paid", {"id": "item_id + 2", **_of_item("entry_id", "paid_on", "amount")}
    yield (
        settled,
        "is_paid",
        {
            "id": "item_id + 3",
            **_of_item("entry_id", "paid_on", "-amount"),
            "full_reconcile_id": "NULL::int",
        },
    )
    yield (
        partial,
        "is_paid",
        {
            "debit_move_id": "item_id + 1",
            "credit_move_id": "item_id + 3",
            "full_reconcile_id": "NULL::int",
            "max_date": "paid_on",
            **dict.fromkeys(("amount", "debit_amount_currency", "credit_amount_currency"), "amount"),
        },
    )


def _of_item(move, day, balance):
    """Columns of a journal item."""
    return {
        "move_id": move,
        "date": day,
        "balance": balance,
        "amount_currency": balance,
        "debit": f"GREATEST({balance}, 0)",
        "credit": f"GREATEST(-({balance}), 0)",
    }
