from odoo import api, fields, models
from odoo.tools import SQL

from .lead_pool_fact import KIND
from .lead_pool_tally import FACTS

CHUNK = 10_000  # events, or changes, whose leads are told again in one step
#: Of a row of ``crm_lead``: it, if it was converted, for of any other lead nobody is told of these.
CONVERTED = """SELECT {row}.id
                WHERE EXISTS (SELECT FROM lead_pool_entry e WHERE e.lead_id = {row}.id
                                 AND (e.closed_as = 'converted' OR e.converted_at IS NOT NULL))
                   OR EXISTS (SELECT FROM lead_pool_holding h
                               WHERE h.lead_ref = {row}.id AND h.end_reason = 'converted')"""
#: Of these invoices: the leads whose orders they are of.
OF_INVOICES = """SELECT o.opportunity_id FROM ({invoices}) i(id)
                   JOIN account_move_line item ON item.move_id = i.id
                   JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = item.id
                   JOIN sale_order_line line ON line.id = rel.order_line_id
                   JOIN sale_order o ON o.id = line.order_id"""
#: Invoices and credit notes.
INVOICE = "move_type IN ('out_invoice', 'out_refund')"
#: Of an entry in the journals: the invoices that are reconciled with it.
RECONCILED = f"""SELECT i.id FROM account_move_line mine
                   JOIN account_partial_reconcile p ON p.debit_move_id = mine.id
                   JOIN account_move_line theirs ON theirs.id = p.credit_move_id
                   JOIN account_move i ON i.id = theirs.move_id AND i.{INVOICE}
                  WHERE mine.move_id = {{entry}}
                 UNION
                 SELECT i.id FROM account_move_line mine
                   JOIN account_partial_reconcile p ON p.credit_move_id = mine.id
                   JOIN account_move_line theirs ON theirs.id = p.debit_move_id
                   JOIN account_move i ON i.id = theirs.move_id AND i.{INVOICE}
                  WHERE mine.move_id = {{entry}}"""
#: Of an invoice, or an entry that pays for some: these.
CONCERNED = f"""SELECT {{move}}.id WHERE {{move}}.{INVOICE}
                 UNION {RECONCILED.format(entry="{move}.id")}"""
HAPPENINGS = {"inserted": "INSERT", "deleted": "DELETE"}
#: What a statement has inserted, or deleted, is noted at once where a query asks for ``{rows}``: its rows.
ROWS = {"inserted": "NEW", "deleted": "OLD"}
#: Name of a trigger, table -> the query of the numbers of leads that a row is about, the columns that facts are made
#: of, and what else than an UPDATE of these is noted: a new row of some tables comes with an event of its lead. A
#: follow-up knows the number of the lead in whose ledger it is by its holding, also if the lead was merged since.
#: Of journals only what is posted counts: drafts are not looked into.
WATCHED = {
    ("lead_pool_fact", "crm_lead"): (
        "SELECT {row}.id",
        ("source_id", "campaign_id", "won_status", "expected_revenue", "priority", "create_date"),
        "deleted",
    ),
    ("lead_pool_fact_converted", "crm_lead"): (
        CONVERTED,
        ("user_id", "company_id", "partner_id", "type", "active", "probability"),
        "",
    ),
    ("lead_pool_fact", "res_partner"): (
        "SELECT l.id FROM crm_lead l WHERE l.partner_id = {row}.id",
        ("commercial_partner_id",),
        "",
    ),
    ("lead_pool_fact", "sale_order"): (
        "SELECT {row}.opportunity_id",
        ("opportunity_id", "state", "date_order", "company_id", "currency_rate", "amount_total", "amount_untaxed"),
        "inserted deleted",
    ),
    ("lead_pool_fact", "sale_order_line"): (
        "SELECT o.opportunity_id FROM sale_order o WHERE o.id = {row}.order_id AND o.state = 'sale'",
        ("order_id",),
        "deleted",
    ),
    ("lead_pool_fact", "sale_order_line_invoice_rel"): (  # a line of an invoice is shared by lines of orders
        """SELECT DISTINCT o.opportunity_id FROM (
                  SELECT order_line_id FROM {rows} r
                   UNION SELECT shared.order_line_id FROM {rows} r JOIN sale_order_line_invoice_rel shared
                      ON shared.invoice_line_id = r.invoice_line_id) linked
             JOIN sale_order_line line ON line.id = linked.order_line_id
             JOIN sale_order o ON o.id = line.order_id""",
        (),
        "inserted deleted",
    ),
    ("lead_pool_fact", "account_move"): (
        OF_INVOICES.format(invoices=CONCERNED.format(move="{row}")) + " WHERE {row}.state = 'posted'",
        (
            *("state", "move_type", "company_id", "date", "origin_payment_id", "amount_total", "amount_total_signed"),
            *("amount_untaxed", "amount_untaxed_signed", "amount_residual", "currency_id", "invoice_currency_rate"),
        ),
        "",
    ),
    ("lead_pool_fact_paid_together", "account_move"): (  # a payment without an entry is shared by invoices
        OF_INVOICES.format(
            invoices="""SELECT DISTINCT others.invoice_id FROM account_move__account_payment link
                          JOIN account_move__account_payment others ON others.payment_id = link.payment_id
                         WHERE link.invoice_id = {row}.id"""
        ),
        ("amount_total_signed",),
        "",
    ),
    ("lead_pool_fact", "account_move_line"): (
        f"""SELECT lead FROM account_move m
             CROSS JOIN LATERAL ({OF_INVOICES.format(invoices=CONCERNED.format(move="m"))}) l(lead)
             WHERE m.id = {{row}}.move_id AND m.state = 'posted'""",
        (
            *("move_id", "account_id", "company_id", "display_type", "balance", "amount_currency"),
            *("price_total", "price_subtotal"),
        ),
        "inserted deleted",
    ),
    ("lead_pool_fact", "account_partial_reconcile"): (
        OF_INVOICES.format(
            invoices=f"""SELECT i.id FROM account_move_line side
                           JOIN account_move i ON i.id = side.move_id AND i.{INVOICE}
                          WHERE side.id IN ({{row}}.debit_move_id, {{row}}.credit_move_id)"""
        ),
        ("debit_move_id", "credit_move_id", "debit_amount_currency", "credit_amount_currency"),
        "inserted deleted",
    ),
    ("lead_pool_fact", "account_payment"): (
        OF_INVOICES.format(
            invoices=f"""SELECT link.invoice_id FROM account_move__account_payment link
                          WHERE link.payment_id = {{row}}.id
                          UNION SELECT r.id FROM account_move entry
                           CROSS JOIN LATERAL ({RECONCILED.format(entry="entry.id")}) r
                          WHERE entry.origin_payment_id = {{row}}.id"""
        ),
        (
            *("move_id", "state", "date", "company_id", "currency_id", "amount", "amount_company_currency_signed"),
            "outstanding_account_id",
        ),
        "",
    ),
    ("lead_pool_fact", "account_move__account_payment"): (
        OF_INVOICES.format(
            invoices="""SELECT invoice_id FROM {rows} r
                         UNION SELECT others.invoice_id FROM {rows} r
                          JOIN account_move__account_payment others ON others.payment_id = r.payment_id"""
        ),
        (),
        "inserted deleted",
    ),
    ("lead_pool_fact", "account_account"): (
        "SELECT f.lead_ref FROM lead_pool_fact_lead f WHERE f.is_invoiced",
        ("account_type",),
        "",
    ),
    ("lead_pool_fact", "lead_pool_conversion"): ("SELECT {row}.lead_ref", ("date", "undone_at"), "inserted deleted"),
    ("lead_pool_fact", "lead_pool_inquiry"): (
        "SELECT {row}.lead_id",
        ("lead_id", "campaign_id", "date", "after_end"),
        "inserted deleted",
    ),
    ("lead_pool_fact", "lead_assessment"): (
        "SELECT {row}.lead_id",
        ("decision", "is_current"),
        "inserted deleted",
    ),
    ("lead_pool_fact", "lead_follow_up"): (
        "SELECT COALESCE((SELECT h.lead_ref FROM lead_pool_holding h WHERE h.id = {row}.holding_id), {row}.lead_id)",
        ("type_id", "level_id"),
        "deleted",
    ),
}


def function_of(name, table):
    """The name of the function that the triggers of this name on this table call."""
    return f"{name}_of_{table}"


def _notes(query, watched):
    """The body of a trigger's function: what it notes of a row, before and after. Its statements are its own, and
    their plans generic, so that PostgreSQL plans them once in a session and not for each row."""
    note = "INSERT INTO lead_pool_fact_change (lead_ref) SELECT r FROM ({query}) c(r) WHERE r IS NOT NULL;"
    if "{rows}" in query:
        return f"BEGIN {note.format(query=query.format(rows='changed'))} RETURN NULL; END"
    old, new = (note.format(query=query.format(row=row)) for row in ("OLD", "NEW"))
    moves = [column for column in watched if f"{{row}}.{column}" in query]  # from one lead to another
    moved = " OR ".join(["FALSE", *(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in moves)])
    before = f"TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ({moved})"
    return f"BEGIN IF {before} THEN {old} END IF; IF TG_OP <> 'DELETE' THEN {new} END IF; RETURN NULL; END"


class LeadPoolFactChange(models.Model):
    """Leads of which something has changed that is no event: triggers note it in the transaction that changes it."""

    _name = "lead.pool.fact.change"
    _description = "Change of a Fact for Reports"
    _log_access = False
    _rec_name = "lead_ref"

    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)

    def init(self):
        for (name, table), (query, watched, others) in WATCHED.items():
            function, at_once = function_of(name, table), "{rows}" in query
            on = SQL("ON %s FOR EACH ROW", SQL.identifier(table))
            self.env.cr.execute(
                SQL(
                    """CREATE OR REPLACE FUNCTION %s() RETURNS trigger AS %s
                       LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan""",
                    SQL.identifier(function),
                    _notes(query, watched),
                )
            )
            if watched:
                names = [SQL.identifier(column) for column in watched]
                differs = SQL(" OR ").join(SQL("OLD.%s IS DISTINCT FROM NEW.%s", name, name) for name in names)
                when = SQL("UPDATE OF %s %s WHEN (%s)", SQL(", ").join(names), on, differs)
                self._make_trigger(f"{name}_updated", table, function, watched, when)
            for happening in others.split():
                if at_once:
                    rows = SQL("REFERENCING %s TABLE AS changed FOR EACH STATEMENT", SQL(ROWS[happening]))
                    on = SQL("ON %s %s", SQL.identifier(table), rows)
                when = SQL("%s %s", SQL(HAPPENINGS[happening]), on)
                self._make_trigger(f"{name}_{happening}", table, function, (), when, at_once)
        self.env.cr.execute("DROP FUNCTION IF EXISTS lead_pool_fact_changed()")  # of an earlier version

    def _make_trigger(self, name, table, function, columns, when, at_once=False):
        """A trigger that calls this function; if it is there, it stays, for making it locks the table."""
        found = SQL(
            """SELECT FROM pg_trigger t
                WHERE tgname = %s AND tgrelid = %s::regclass AND tgfoid = %s::regproc AND (tgtype & 1 = 0) = %s
                  AND ARRAY(SELECT attname::text FROM pg_attribute a
                             WHERE a.attrelid = t.tgrelid AND a.attnum = ANY(t.tgattr) ORDER BY 1) = %s::text[]""",
            name,
            table,
            function,
            at_once,
            sorted(columns),
        )
        if not self.env.execute_query(found):
            trigger, on = SQL.identifier(name), SQL.identifier(table)
            self.env.cr.execute(SQL("DROP TRIGGER IF EXISTS %s ON %s", trigger, on))
            self.env.cr.execute(
                SQL("CREATE TRIGGER %s AFTER %s EXECUTE FUNCTION %s()", trigger, when, SQL.identifier(function))
            )

    @api.model
    def _tell_events(self):
        """The leads of the next events whose number is settled; ``(number of events, whether there are more)``."""
        mark = self.env["lead.pool.tally.mark"]
        mark._next()
        [(facts_to, settled_to)] = self.env.execute_query(
            SQL(
                """SELECT CASE WHEN facts_kind = %s THEN COALESCE(facts_to, 0) ELSE 0 END, settled_to
                     FROM lead_pool_tally_mark ORDER BY id LIMIT 1""",
                KIND,
            )
        )
        upto = min(settled_to, facts_to + CHUNK)
        if upto <= facts_to:
            return 0, False
        if not facts_to:  # there are none, or others than we tell
            for model in FACTS:
                self.env[model]._forget()
        self._tell_leads(
            SQL(  # a lead with a later event is told when that is reached; until then it waits
                """SELECT DISTINCT lead_ref FROM lead_pool_event e WHERE id > %(facts_to)s AND id <= %(upto)s
                      AND NOT EXISTS (SELECT FROM lead_pool_event later
                                       WHERE later.lead_ref = e.lead_ref AND later.id > %(upto)s)""",
                facts_to=facts_to,
                upto=upto,
            )
        )
        self.env.cr.execute(SQL("UPDATE lead_pool_tally_mark SET facts_to = %s, facts_kind = %s", upto, KIND))
        mark.invalidate_model()
        return upto - facts_to, settled_to > upto

    @api.model
    def _tell_changes(self):
        """The leads of the next changes; ``(number of them, whether there are more)``."""
        self.env["lead.pool.tally.mark"]._next()  # one at a time
        gone = self.env.execute_query(
            SQL(
                """DELETE FROM lead_pool_fact_change WHERE id IN (
                       SELECT id FROM lead_pool_fact_change ORDER BY id LIMIT %s) RETURNING lead_ref""",
                CHUNK,
            )
        )
        if gone:  # in a later statement, which sees what these transactions have changed
            self._tell_leads(SQL("SELECT DISTINCT unnest(%s)", [lead_ref for [lead_ref] in gone]))
        self.invalidate_model()
        return len(gone), len(gone) == CHUNK

    def _tell_leads(self, query):
        leads = sorted(lead_ref for [lead_ref] in self.env.execute_query(query))
        for model in FACTS:
            self.env[model]._tell(leads)
