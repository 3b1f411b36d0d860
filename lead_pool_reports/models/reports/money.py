"""Amounts of documents as SQL: orders, their invoices, and the money that was received for them.

Invoices and money follow the orders of a relation ``ordered`` with the columns ``key`` (whose they are) and ``id`` (of
the order). Amounts are in the currency of the company of the document, as the document
converted them: an order at the rate of its date, an invoice at its own rate, a payment at that of the payment.
"""

from odoo.tools import SQL


def ordered_amount(order, *, taxes):
    """The amount of the order with this alias in its company's currency."""
    column = SQL("amount_total" if taxes else "amount_untaxed")
    return SQL("%s.%s / COALESCE(NULLIF(%s.currency_rate, 0), 1)::numeric", SQL(order), column, SQL(order))


#: What is expected of the opportunity ``l``.
EXPECTED = SQL("l.expected_revenue * l.probability::numeric / 100")


def orders_of(lead, company, which):
    """The confirmed orders of one lead, as a subquery of one row: those of its company added up, whether there is one
    ``elsewhere``, and whether one of them ``is_invoiced``.

    :param SQL lead: the column of its number; ``company``: of its company
    :param SQL which: condition under which there may be one
    """
    return SQL(
        """SELECT count(*) FILTER (WHERE %(mine)s)::int AS orders,
                  sum(%(with_taxes)s) FILTER (WHERE %(mine)s) AS order_amount,
                  sum(%(untaxed)s) FILTER (WHERE %(mine)s) AS order_amount_untaxed,
                  bool_or(NOT %(mine)s) AS elsewhere,
                  bool_or(EXISTS (SELECT FROM sale_order_line line
                                    JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id
                                   WHERE line.order_id = o.id)) AS is_invoiced
             FROM sale_order o WHERE %(which)s AND o.opportunity_id = %(lead)s AND o.state = 'sale'""",
        mine=SQL("(o.company_id = %s)", company),
        with_taxes=ordered_amount("o", taxes=True),
        untaxed=ordered_amount("o", taxes=False),
        which=which,
        lead=lead,
    )


def invoices(*, taxes):
    """``WITH`` queries ``part`` and ``receipt``.

    ``part``: of each ``key`` and posted invoice or credit note (``move_id``) of its orders the ``share`` that these
    orders have in it, and what was ``invoiced`` by that; credit notes are negative. ``receipt``: money received by
    ``key`` and ``day``, less what was paid back. ``in_process`` is on its way: a payment without an entry in the
    journals which the bank has not confirmed yet. And ``received``: the same of each invoice, by the journal item
    (``item_id``) that was reconciled with it, or the payment (``payment_id``) that has none; ``company_id`` is theirs.

    A credit note that was set against an invoice moves no money, nor does a write-off, a discount for early payment or
    a difference of rates: of what is reconciled with the invoice only what has reached a bank, a cash register or an
    account for payments under way is money.
    """
    price = SQL("price_total" if taxes else "price_subtotal")
    amount = SQL("amount_total_signed" if taxes else "amount_untaxed_signed")
    without_taxes = SQL("1") if taxes else SQL("COALESCE(m.amount_untaxed / NULLIF(m.amount_total, 0), 0)")
    return SQL(
        """
        line AS (
            SELECT o.key, aml.move_id,
                   sum(aml.%(price)s / (SELECT count(*) FROM sale_order_line_invoice_rel links
                                         WHERE links.invoice_line_id = aml.id)) AS price
              FROM ordered o
              JOIN sale_order_line sol ON sol.order_id = o.id
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sol.id
              JOIN account_move_line aml ON aml.id = rel.invoice_line_id
              JOIN account_move m ON m.id = aml.move_id AND m.state = 'posted'
                                 AND m.move_type IN ('out_invoice', 'out_refund')
             GROUP BY o.key, aml.move_id
        ), whole AS (
            SELECT aml.move_id, sum(aml.%(price)s) AS price
              FROM account_move_line aml
             WHERE aml.move_id IN (SELECT move_id FROM line) AND aml.display_type = 'product'
             GROUP BY aml.move_id
        ), part AS MATERIALIZED (
            SELECT line.key, line.move_id, m.company_id, part.share, part.share * m.%(amount)s AS invoiced,
                   part.share * %(without_taxes)s AS share_of_money
              FROM line
              JOIN whole ON whole.move_id = line.move_id
              JOIN account_move m ON m.id = line.move_id
             CROSS JOIN LATERAL (SELECT COALESCE(line.price / NULLIF(whole.price, 0), 0) AS share) part
        ), move AS MATERIALIZED (
            SELECT DISTINCT move_id FROM part
        ), reconciled AS (
            SELECT move.move_id, cl.company_id, entry.date AS day, cl.id AS item_id,
                   side.sign * side.amount * COALESCE(abs(cl.balance / NULLIF(cl.amount_currency, 0)), 1)
                       * cash.share AS amount
              FROM move
              JOIN account_move_line il ON il.move_id = move.move_id
              JOIN account_account ia ON ia.id = il.account_id AND ia.account_type = 'asset_receivable'
             CROSS JOIN LATERAL (
                   SELECT p.credit_move_id AS counterpart, p.credit_amount_currency AS amount, 1 AS sign
                     FROM account_partial_reconcile p WHERE p.debit_move_id = il.id
                    UNION ALL
                   SELECT p.debit_move_id, p.debit_amount_currency, -1
                     FROM account_partial_reconcile p WHERE p.credit_move_id = il.id) side
              JOIN account_move_line cl ON cl.id = side.counterpart
              JOIN account_move entry ON entry.id = cl.move_id AND entry.move_type = 'entry' AND entry.state = 'posted'
              LEFT JOIN account_payment payment ON payment.id = entry.origin_payment_id
             CROSS JOIN LATERAL (
                   SELECT GREATEST(0, LEAST(1, -sum(x.balance) FILTER (
                              WHERE xa.account_type IN ('asset_cash', 'liability_credit_card')
                                 OR x.account_id = payment.outstanding_account_id)
                          / NULLIF(sum(x.balance) FILTER (
                              WHERE xa.account_type IN ('asset_receivable', 'liability_payable')), 0))) AS share
                     FROM account_move_line x
                     JOIN account_account xa ON xa.id = x.account_id
                    WHERE x.move_id = entry.id) cash
             WHERE cash.share > 0
        ), unentered AS (
            SELECT m.id AS move_id, p.company_id, p.id AS payment_id, p.date AS day, p.state,
                   p.amount_company_currency_signed * total.share AS amount, m.amount_residual,
                   sum(total.share * CASE WHEN p.currency_id = m.currency_id THEN p.amount
                                          ELSE abs(p.amount_company_currency_signed) * m.invoice_currency_rate::numeric
                                     END) OVER (PARTITION BY m.id) AS paid
              FROM move
              JOIN account_move m ON m.id = move.move_id
              JOIN account_move__account_payment link ON link.invoice_id = m.id
              JOIN account_payment p ON p.id = link.payment_id AND p.move_id IS NULL
                                    AND p.state IN ('paid', 'in_process')
             CROSS JOIN LATERAL (
                   SELECT COALESCE(abs(m.amount_total_signed) / NULLIF(sum(abs(o.amount_total_signed)), 0), 0) AS share
                     FROM account_move__account_payment others
                     JOIN account_move o ON o.id = others.invoice_id
                    WHERE others.payment_id = p.id) total
        ), received AS (
            SELECT move_id, company_id, day, amount, FALSE AS in_process, item_id, NULL::int AS payment_id
              FROM reconciled
             UNION ALL
            -- what the bank has brought since is reconciled: it leaves nothing open that such a payment could pay
            SELECT move_id, company_id, day, amount * LEAST(1, amount_residual / NULLIF(paid, 0)),
                   state = 'in_process', NULL, payment_id
              FROM unentered
        ), receipt AS MATERIALIZED (
            SELECT part.key, part.company_id, received.day, received.in_process,
                   sum(received.amount * part.share_of_money) AS amount
              FROM part
              JOIN received ON received.move_id = part.move_id
             GROUP BY part.key, part.company_id, received.day, received.in_process
        )""",
        price=price,
        amount=amount,
        without_taxes=without_taxes,
    )


#: ``{model: {path of a field: {values}}}`` that all documents of ``part`` and ``received`` have.
KNOWN = {
    "account.move": {"move_type": {"out_invoice", "out_refund"}},
    "account.move.line": {"move_id.move_type": {"entry"}},
}


def rates(companies, currency, today):
    """``VALUES``: the id of each company, and the factor from its currency to the one of the report, as of today."""
    rows = [SQL("(%s, %s::numeric)", company.id, _factor(company, currency, today)) for company in companies] or [
        SQL("(0, 1::numeric)")
    ]
    return SQL("(VALUES %s)", SQL(", ").join(rows))


def _factor(company, currency, today):
    if company.currency_id == currency:
        return "1"
    return repr(company.env["res.currency"]._get_conversion_rate(company.currency_id, currency, company, today))


#: Models that are read here, to be flushed before.
READ = (
    "sale.order",
    "sale.order.line",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
)
