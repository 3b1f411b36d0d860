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


#: ``WITH`` queries ``part`` and ``money``.
#:
#: ``part``: of each ``key`` and posted invoice or credit note (``move_id``) of its orders the ``share`` that these
#: orders have in it, and what was ``invoiced`` by that; credit notes are negative. ``money``: of each ``key`` what was
#: ``invoiced``, and what was ``collected`` on a ``day``, less what was paid back; ``in_process`` is on its way: a
#: payment without an entry in the journals which the bank has not confirmed yet. Each row (its ``kind``) is of one
#: document: the invoice, the journal item that was reconciled with it, or the payment in process; the ``id`` of what
#: was collected without an entry is NULL. ``owner`` is the company of that document, ``company_id`` that of the
#: invoice. Amounts are with taxes, and ``untaxed``.
#:
#: A credit note that was set against an invoice moves no money, nor does a write-off, a discount for early payment or
#: a difference of rates: of what is reconciled with the invoice only what has reached a bank, a cash register or an
#: account for payments under way is money.
MONEY = SQL(
    """
        line AS (
            SELECT o.key, aml.move_id, sum(aml.price_total / links.n) AS price,
                   sum(aml.price_subtotal / links.n) AS untaxed
              FROM ordered o
              JOIN sale_order_line sol ON sol.order_id = o.id
              JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sol.id
              JOIN account_move_line aml ON aml.id = rel.invoice_line_id
              JOIN account_move m ON m.id = aml.move_id AND m.state = 'posted'
                                 AND m.move_type IN ('out_invoice', 'out_refund')
             CROSS JOIN LATERAL (SELECT count(*) AS n FROM sale_order_line_invoice_rel links
                                  WHERE links.invoice_line_id = aml.id) links
             GROUP BY o.key, aml.move_id
        ), whole AS (
            SELECT aml.move_id, sum(aml.price_total) AS price, sum(aml.price_subtotal) AS untaxed
              FROM account_move_line aml
             WHERE aml.move_id IN (SELECT move_id FROM line) AND aml.display_type = 'product'
             GROUP BY aml.move_id
        ), part AS MATERIALIZED (
            SELECT line.key, line.move_id, m.company_id, share.whole * m.amount_total_signed AS invoiced,
                   share.untaxed * m.amount_untaxed_signed AS invoiced_untaxed, share.whole AS share_of_money,
                   share.untaxed * COALESCE(m.amount_untaxed / NULLIF(m.amount_total, 0), 0) AS untaxed_share_of_money
              FROM line
              JOIN whole ON whole.move_id = line.move_id
              JOIN account_move m ON m.id = line.move_id
             CROSS JOIN LATERAL (SELECT COALESCE(line.price / NULLIF(whole.price, 0), 0) AS whole,
                                        COALESCE(line.untaxed / NULLIF(whole.untaxed, 0), 0) AS untaxed) share
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
                   SELECT GREATEST(0, LEAST(1, COALESCE(-sum(x.balance) FILTER (
                              WHERE xa.account_type IN ('asset_cash', 'liability_credit_card')
                                 OR x.account_id = payment.outstanding_account_id)
                          / NULLIF(sum(x.balance) FILTER (
                              WHERE xa.account_type IN ('asset_receivable', 'liability_payable')), 0), 0))) AS share
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
        ), money AS MATERIALIZED (
            SELECT key, 'invoiced' AS kind, move_id AS id, company_id AS owner, company_id, NULL::date AS day,
                   invoiced AS amount, invoiced_untaxed AS untaxed
              FROM part
             UNION ALL
            SELECT part.key, CASE WHEN in_process THEN 'in_process' ELSE 'collected' END,
                   CASE WHEN in_process THEN payment_id ELSE item_id END, received.company_id, part.company_id,
                   CASE WHEN NOT in_process THEN day END, received.amount * part.share_of_money,
                   received.amount * part.untaxed_share_of_money
              FROM part
              JOIN received ON received.move_id = part.move_id
             WHERE received.amount <> 0
        )"""
)


def cash_of(lead, company):
    """The rows of ``money`` of the confirmed orders of one lead, as an SQL value to be kept, see :func:`received_of`;
    those on which a company is another one than that of the lead are ``abroad``.

    :param SQL lead: the column of its number; ``company``: of its company
    """
    return SQL(
        """(WITH ordered AS (
                SELECT o.opportunity_id AS key, o.id FROM sale_order o
                 WHERE o.opportunity_id = %(lead)s AND o.state = 'sale'
            ), %(money)s
            SELECT jsonb_agg(jsonb_build_object(
                       'kind', kind, 'id', id, 'owner', owner, 'company', company_id, 'day', day, 'amount', amount,
                       'untaxed', untaxed, 'abroad', (owner = %(company)s AND company_id = %(company)s) IS NOT TRUE)
                       ORDER BY kind, id, owner, company_id, day, amount, untaxed)
              FROM money)""",
        lead=lead,
        company=company,
        money=MONEY,
    )


def received_of(leads):
    """What these leads have brought in money, document by document: their columns, and as ``m`` those of ``money``.

    :param SQL leads: a relation with the columns of facts of leads
    """
    return SQL(
        """%s f CROSS JOIN LATERAL jsonb_to_recordset(f.cash) AS m(
               kind text, id int, owner int, company int, day date, amount numeric, untaxed numeric, abroad bool)""",
        leads,
    )


#: In place of a day in sums: what was invoiced is asked for whenever it was.
NO_DAY = SQL("'0001-01-01'::date")
#: Of facts of leads: of their money there is a document in another company than theirs.
PAID_ABROAD = """cash @> '[{"abroad": true}]'"""


#: ``{model: {path of a field: {values}}}`` that all documents of ``money`` have.
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
    "account.account",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
)
