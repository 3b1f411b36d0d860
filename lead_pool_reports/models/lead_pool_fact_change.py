from odoo import api, fields, models
from odoo.tools import SQL

from .lead_pool_fact import KIND
from .lead_pool_tally import FACTS

CHUNK = 10_000  # events, or changes, whose leads are told again in one step
#: Table -> the column with the number of the lead, and the columns that facts are made of.
WATCHED = {
    "crm_lead": ("id", ("source_id", "campaign_id", "won_status", "expected_revenue", "priority", "create_date")),
    "sale_order": ("opportunity_id", ("opportunity_id", "state", "date_order")),
    "lead_pool_conversion": ("lead_ref", ("date", "undone_at")),
    "lead_assessment": ("lead_id", ("decision", "is_current")),
    "lead_follow_up": ("lead_id", ("type_id", "level_id")),
}
#: Tables whose rows have a holding: it knows the number of the lead in whose ledger it is, also if it was merged since.
OF_HOLDING = {"lead_follow_up": "holding_id"}
#: Tables of which a new row comes with an event of its lead.
WITH_EVENT = ("crm_lead", "lead_follow_up")


class LeadPoolFactChange(models.Model):
    """Leads of which something has changed that is no event: triggers note it in the transaction that changes it."""

    _name = "lead.pool.fact.change"
    _description = "Change of a Fact for Reports"
    _log_access = False
    _rec_name = "lead_ref"

    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)

    def init(self):
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION lead_pool_fact_changed() RETURNS trigger AS $$
            DECLARE lead text := format('($1).%I', TG_ARGV[0]);
                    note text;
            BEGIN
                IF TG_NARGS > 1 THEN
                    lead := format('COALESCE((SELECT lead_ref FROM lead_pool_holding WHERE id = ($1).%I), %s)',
                                   TG_ARGV[1], lead);
                END IF;
                note := format('INSERT INTO lead_pool_fact_change (lead_ref)
                                SELECT r FROM (SELECT %s AS r) c WHERE r IS NOT NULL', lead);
                IF TG_OP <> 'INSERT' THEN EXECUTE note USING OLD; END IF;
                IF TG_OP <> 'DELETE' THEN EXECUTE note USING NEW; END IF;
                RETURN NULL;
            END $$ LANGUAGE plpgsql;
            """
        )
        for name, table, when in self._triggers():
            found = SQL("SELECT FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass", name, table)
            if not self.env.execute_query(found):  # it would lock the table for nothing
                columns = [SQL("%s", column) for column in (WATCHED[table][0], OF_HOLDING.get(table)) if column]
                self.env.cr.execute(
                    SQL(
                        "CREATE TRIGGER %s AFTER %s EXECUTE FUNCTION lead_pool_fact_changed(%s)",
                        SQL.identifier(name),
                        when,
                        SQL(", ").join(columns),
                    )
                )

    def _triggers(self):
        """``(name, table, when)`` of each trigger."""
        for table, (_column, watched) in WATCHED.items():
            on = SQL("ON %s FOR EACH ROW", SQL.identifier(table))
            names = [SQL.identifier(name) for name in watched]
            differs = SQL(" OR ").join(SQL("OLD.%s IS DISTINCT FROM NEW.%s", name, name) for name in names)
            yield "lead_pool_fact_updated", table, SQL(
                "UPDATE OF %s %s WHEN (%s)", SQL(", ").join(names), on, differs
            )  # fmt: skip
            yield "lead_pool_fact_deleted", table, SQL("DELETE %s", on)
            if table not in WITH_EVENT:
                yield "lead_pool_fact_inserted", table, SQL("INSERT %s", on)

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
