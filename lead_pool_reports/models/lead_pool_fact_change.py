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
HAPPENINGS = {"inserted": "INSERT", "deleted": "DELETE"}
#: Name of a trigger, table -> the query of the numbers of leads that a row is about, the columns that facts are made
#: of, and what else than an UPDATE of these is noted: a new row of some tables comes with an event of its lead. A
#: follow-up knows the number of the lead in whose ledger it is by its holding, also if the lead was merged since.
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
    ("lead_pool_fact", "sale_order_line_invoice_rel"): (
        """SELECT o.opportunity_id FROM sale_order_line line JOIN sale_order o ON o.id = line.order_id
            WHERE line.id = {row}.order_line_id""",
        (),
        "inserted deleted",
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
    """The body of a trigger's function: what it notes of a row, before and after. Its statements are its own, so that
    PostgreSQL plans them once in a session and not for each row."""
    note = "INSERT INTO lead_pool_fact_change (lead_ref) SELECT r FROM ({query}) c(r) WHERE r IS NOT NULL;"
    old, new = (note.format(query=query.format(row=row)) for row in ("OLD", "NEW"))
    moves = any(f"{{row}}.{column}" in query for column in watched)  # from one lead to another
    before = "TG_OP <> 'INSERT'" if moves else "TG_OP = 'DELETE'"
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
            function, on = function_of(name, table), SQL("ON %s FOR EACH ROW", SQL.identifier(table))
            self.env.cr.execute(
                SQL(
                    "CREATE OR REPLACE FUNCTION %s() RETURNS trigger AS %s LANGUAGE plpgsql",
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
                when = SQL("%s %s", SQL(HAPPENINGS[happening]), on)
                self._make_trigger(f"{name}_{happening}", table, function, (), when)
        self.env.cr.execute("DROP FUNCTION IF EXISTS lead_pool_fact_changed()")  # of an earlier version

    def _make_trigger(self, name, table, function, columns, when):
        """A trigger that calls this function; if it is there, it stays, for making it locks the table."""
        found = SQL(
            """SELECT FROM pg_trigger t
                WHERE tgname = %s AND tgrelid = %s::regclass AND tgfoid = %s::regproc
                  AND ARRAY(SELECT attname::text FROM pg_attribute a
                             WHERE a.attrelid = t.tgrelid AND a.attnum = ANY(t.tgattr) ORDER BY 1) = %s::text[]""",
            name,
            table,
            function,
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
