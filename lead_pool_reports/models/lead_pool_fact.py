from odoo import api, fields, models
from odoo.tools import SQL

from .reports.cohort import CONVERTED, ENTERING, TOUCHED
from .reports.funnel import of_holding, of_lead

CHUNK = 10_000  # events, or changes, whose leads are told again in one step
MOST = 20_000  # leads that a report tells from the ledgers, beside the facts of the others
#: Events by which a rep gets a lead.
GIVING = ("claimed", "pulled", "assigned", "reassigned", "distributed", "reclaimed")
#: Models whose pending changes are part of the facts.
READ = ("crm.lead", "sale.order", "lead.pool.conversion", "lead.assessment")


class LeadPoolFact(models.AbstractModel):
    """What the ledgers tell of a lead, told once: a slim row that reports read instead of looking it up in many tables.

    A fact is a query on the ledgers, kept as a row (``_live`` is the query). Whatever happens to a lead is an event, or
    is noted in ``lead.pool.fact.change``; until the scheduled action has told such a lead again, a report tells it from
    the ledgers (:meth:`_rows`). So figures are those of this moment, always, and equal to a recount.
    """

    _name = "lead.pool.fact"
    _description = "Fact for Reports"
    _log_access = False
    _key = ""  # the column that is unique
    _stocks = ()  # codes of what there is now, see lead.pool.fact.stock

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    @api.model
    def _rows(self):
        """All facts as they are now: an SQL query, in brackets."""
        for model in READ:
            self.env[model].flush_model()
        changed = self._changed()
        if changed is None:  # so it is until the scheduled action has told what was there at the installation
            return SQL("(%s)", self._live(SQL("TRUE")))
        columns = self._columns()
        if not changed:
            return SQL("(SELECT %s FROM %s)", columns, SQL.identifier(self._table))
        return SQL(
            "(SELECT %s FROM %s WHERE lead_ref NOT IN (SELECT unnest(%s::int[])) UNION ALL (%s))",
            columns,
            SQL.identifier(self._table),
            changed,
            self._live(SQL("b.lead_ref = ANY(%s)", changed)),
        )

    @api.model
    def _changed(self):
        """Numbers of the leads that are to be told again; ``None``: too many to name them."""
        [(facts_to, last)] = self.env.execute_query(
            SQL(
                """SELECT (SELECT COALESCE(max(facts_to), 0) FROM lead_pool_tally_mark),
                          (SELECT COALESCE(max(id), 0) FROM lead_pool_event)"""
            )
        )
        if last - facts_to > 5 * MOST:  # a lead has about five events
            return None
        rows = self.env.execute_query(
            SQL(
                """SELECT lead_ref FROM lead_pool_event WHERE id > %s
                    UNION SELECT lead_ref FROM lead_pool_fact_change LIMIT %s""",
                facts_to,
                MOST + 1,
            )
        )
        return [lead_ref for [lead_ref] in rows] if len(rows) <= MOST else None

    def _columns(self, table=None):
        names = [name for name in self._fields if name not in ("id", "display_name")]
        return SQL(", ").join(SQL.identifier(table, name) if table else SQL.identifier(name) for name in names)

    def _live(self, which):
        """The facts from the ledgers, as an SQL query with the columns of the model in their order.

        :param SQL which: condition on the row ``b`` that a fact is about
        """
        raise NotImplementedError

    @api.model
    def _stock(self):
        """What there is now, added up: an SQL query, in brackets.

        Its rows are ``(code, user_ref, pool_ref, company_ref, n)``; several of one key are to be added."""
        for model in READ:
            self.env[model].flush_model()
        changed = self._changed()
        if changed is None:
            return SQL("(SELECT s.*, 1 AS n FROM (%s) s)", self._stock_of_ledger())
        kept = SQL("SELECT * FROM %s WHERE lead_ref = ANY(%s)", SQL.identifier(self._table), changed)
        live = self._live(SQL("b.lead_ref = ANY(%s)", changed))
        return SQL(
            """(SELECT code, user_ref, pool_ref, company_ref, count AS n FROM lead_pool_fact_stock
                 WHERE code = ANY(%(codes)s) %(changes)s)""",
            codes=list(self._stocks),
            changes=SQL(
                "UNION ALL SELECT s.*, 1 FROM (%s) s UNION ALL SELECT s.*, -1 FROM (%s) s",
                self._stock_of(SQL("(%s)", live)),
                self._stock_of(SQL("(%s)", kept)),
            )
            if changed
            else SQL(),
        )

    def _stock_of(self, rows):
        """What there is of some facts: an SQL query of rows ``(code, user_ref, pool_ref, company_ref)``.

        :param SQL rows: a relation with the columns of the model
        """
        raise NotImplementedError

    def _stock_of_ledger(self):
        """The same rows of everything, without the facts."""
        raise NotImplementedError

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    @api.model
    def _tell(self, lead_refs):
        """Write the facts of these leads anew."""
        self.env.cr.execute("SET LOCAL random_page_cost = 1.1")  # a few leads are looked up, not all of them read
        key = SQL.identifier(self._key)
        names = [name for name in self._fields if name not in ("id", "display_name", self._key)]
        self.env.cr.execute(
            SQL(
                """WITH live AS MATERIALIZED (%(live)s), kept AS MATERIALIZED (
                        SELECT * FROM %(table)s WHERE lead_ref = ANY(%(leads)s)
                   ), counted AS (
                        INSERT INTO lead_pool_fact_stock AS s (code, user_ref, pool_ref, company_ref, count)
                        SELECT code, user_ref, pool_ref, company_ref, sum(n)
                          FROM (SELECT a.*, 1 AS n FROM (%(is_there)s) a
                                 UNION ALL SELECT b.*, -1 FROM (%(was_there)s) b) both_sides
                         GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
                            ON CONFLICT (code, user_ref, pool_ref, company_ref)
                            DO UPDATE SET count = s.count + EXCLUDED.count
                   ), gone AS (
                        DELETE FROM %(table)s WHERE lead_ref = ANY(%(leads)s)
                           AND %(key)s NOT IN (SELECT %(key)s FROM live))
                   INSERT INTO %(table)s AS f (%(columns)s) SELECT %(columns)s FROM live ORDER BY %(key)s
                       ON CONFLICT (%(key)s) DO UPDATE SET %(set)s
                    WHERE (%(old)s) IS DISTINCT FROM (%(new)s)""",
                live=self._live(SQL("b.lead_ref = ANY(%s)", lead_refs)),
                is_there=self._stock_of(SQL("live")),
                was_there=self._stock_of(SQL("kept")),
                table=SQL.identifier(self._table),
                leads=lead_refs,
                key=key,
                columns=self._columns(),
                set=SQL(", ").join(SQL("%s = EXCLUDED.%s", *[SQL.identifier(name)] * 2) for name in names),
                old=SQL(", ").join(SQL.identifier("f", name) for name in names),
                new=SQL(", ").join(SQL("EXCLUDED.%s", SQL.identifier(name)) for name in names),
            )
        )
        self.invalidate_model()

    # ------------------------------------------------------------
    # CHECK
    # ------------------------------------------------------------

    @api.model
    def _differences(self, after, upto, mend=False):
        """Leads with numbers in this span whose facts are not what the ledgers tell, though nothing waits to be told.

        :param mend: tell them again
        :returns: ``[number of the lead]``
        """
        self.env["lead.pool.tally.mark"]._next()  # whoever tells waits
        changed = self._changed()
        if changed is None:
            return []
        told = SQL(
            "lead_ref > %s AND lead_ref <= %s AND lead_ref NOT IN (SELECT unnest(%s::int[]))", after, upto, changed
        )
        kept = SQL("SELECT %s FROM %s WHERE %s", self._columns(), SQL.identifier(self._table), told)
        live = SQL(
            "SELECT * FROM (%s) live WHERE %s",
            self._live(SQL("b.lead_ref > %s AND b.lead_ref <= %s", after, upto)),
            told,
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT lead_ref FROM (
                       ((%(kept)s) EXCEPT ALL (%(live)s)) UNION ALL ((%(live)s) EXCEPT ALL (%(kept)s))) d
                    ORDER BY lead_ref""",
                kept=kept,
                live=live,
            )
        )
        meanwhile = set(self._changed() or ())
        wrong = [lead_ref for [lead_ref] in rows if lead_ref not in meanwhile]
        if wrong and mend:
            self._tell(wrong)
        return wrong

    @api.model
    def _stock_differences(self, mend=False):
        """What there is, where it is not the sum of the facts.

        :param mend: add up again
        :returns: ``[(code, pool number, stock, recount)]``
        """
        self.env["lead.pool.tally.mark"]._next()
        recount = SQL(
            "SELECT code, user_ref, pool_ref, company_ref, count(*)::int AS count FROM (%s) s GROUP BY 1, 2, 3, 4",
            self._stock_of(SQL.identifier(self._table)),
        )
        stock = SQL("SELECT * FROM lead_pool_fact_stock WHERE code = ANY(%s)", list(self._stocks))
        found = self.env.execute_query(
            SQL(
                """SELECT code, pool_ref, COALESCE(s.count, 0), COALESCE(r.count, 0)
                     FROM (%s) s FULL JOIN (%s) r USING (code, user_ref, pool_ref, company_ref)
                    WHERE COALESCE(s.count, 0) <> COALESCE(r.count, 0) ORDER BY 1, 2""",
                stock,
                recount,
            )
        )
        if found and mend:
            self.env.cr.execute(SQL("DELETE FROM lead_pool_fact_stock WHERE code = ANY(%s)", list(self._stocks)))
            self.env.cr.execute(
                SQL("INSERT INTO lead_pool_fact_stock (code, user_ref, pool_ref, company_ref, count) %s", recount)
            )
            self.env["lead.pool.fact.stock"].invalidate_model()
        return found


class LeadPoolFactLead(models.Model):
    """A lead that came in, and how far it has got."""

    _name = "lead.pool.fact.lead"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Lead That Came In"
    _log_access = False
    _key = "event_ref"
    _stocks = ("waiting", "held", "closed")

    event_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="The event by which it came in.")
    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    entered_at = fields.Datetime(required=True, readonly=True)
    entered_again_at = fields.Datetime(readonly=True, help="The next time that this lead came in.")
    pool_ref = fields.Integer(readonly=True, aggregator=None, help="Where it came in.")
    company_ref = fields.Integer(readonly=True, aggregator=None)
    valid = fields.Boolean(readonly=True)
    taken_at = fields.Datetime(readonly=True)
    touched_at = fields.Datetime(readonly=True)
    converted_at = fields.Datetime(readonly=True)
    ordered_at = fields.Datetime(readonly=True)
    pool_id = fields.Integer(readonly=True, aggregator=None, help="Where it is now.")
    company_id = fields.Integer(readonly=True, aggregator=None)
    state = fields.Char(readonly=True)
    closed_as = fields.Char(readonly=True)
    is_converted = fields.Boolean(readonly=True)
    was_touched = fields.Boolean(readonly=True)
    source_id = fields.Integer(readonly=True, aggregator=None)
    campaign_id = fields.Integer(readonly=True, aggregator=None)
    won_revenue = fields.Float(readonly=True, digits=0, aggregator=None)

    _event_uniq = models.UniqueIndex("(event_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _entered_idx = models.Index("(entered_at)")
    _pool_entered_idx = models.Index("(pool_ref, entered_at)")
    _is_converted_idx = models.Index("(lead_ref) WHERE is_converted")
    _converted_idx = models.Index("(lead_ref) INCLUDE (converted_at) WHERE converted_at IS NOT NULL")

    def _live(self, which):
        return SQL(
            """SELECT b.id AS event_ref, b.lead_ref, b.date AS entered_at,
                      (SELECT n.date FROM lead_pool_event n
                        WHERE n.lead_ref = b.lead_ref AND n.seq > b.seq AND n.kind = ANY(%(kinds)s)
                        ORDER BY n.seq LIMIT 1) AS entered_again_at,
                      b.pool_ref, b.company_ref, s.valid, s.taken AS taken_at, s.touched AS touched_at,
                      s.converted AS converted_at, s.ordered AS ordered_at, e.pool_id, e.company_id, e.state,
                      e.closed_as, %(converted)s AS is_converted, %(touched)s AS was_touched, l.source_id,
                      CASE WHEN l.id IS NULL THEN e.campaign_id ELSE l.campaign_id END AS campaign_id,
                      CASE WHEN l.won_status = 'won' THEN l.expected_revenue END AS won_revenue
                 FROM lead_pool_event b
                 JOIN lead_pool_entry e ON e.lead_ref = b.lead_ref
                 LEFT JOIN crm_lead l ON l.id = b.lead_ref
                CROSS JOIN LATERAL (%(moments)s) s
                WHERE b.kind = ANY(%(kinds)s) AND %(which)s""",
            kinds=list(ENTERING),
            converted=CONVERTED,
            touched=TOUCHED,
            moments=of_lead(SQL("b.lead_ref")),
            which=which,
        )

    def _stock_of(self, rows):
        return SQL(
            """SELECT state AS code, 0 AS user_ref, pool_id AS pool_ref, company_id AS company_ref
                 FROM %s f WHERE entered_again_at IS NULL""",
            rows,
        )

    def _stock_of_ledger(self):
        return SQL(
            "SELECT state AS code, 0 AS user_ref, pool_id AS pool_ref, company_id AS company_ref FROM lead_pool_entry"
        )


class LeadPoolFactHolding(models.Model):
    """A time that a rep held a lead, and what came before and after. A claim that was undone is none."""

    _name = "lead.pool.fact.holding"
    _inherit = ["lead.pool.fact"]
    _description = "Fact: A Time That a Rep Held a Lead"
    _log_access = False
    _key = "holding_ref"
    _stocks = ("untouched", "in_progress", "opportunity")

    holding_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    lead_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    pool_id = fields.Integer(readonly=True, aggregator=None)
    user_id = fields.Integer(readonly=True, aggregator=None)
    company_id = fields.Integer(readonly=True, aggregator=None)
    started_at = fields.Datetime(readonly=True)
    ended_at = fields.Datetime(readonly=True)
    end_reason = fields.Char(readonly=True)
    reason_id = fields.Integer(readonly=True, aggregator=None)
    first_follow_up_at = fields.Datetime(readonly=True)
    origin = fields.Char(readonly=True)
    ordinal = fields.Integer(readonly=True, aggregator=None)
    over_capacity = fields.Boolean(readonly=True)
    is_opportunity = fields.Boolean(readonly=True)
    reached_at = fields.Datetime(readonly=True, help="Converted in these hands, as the funnel counts it.")
    ordered_at = fields.Datetime(readonly=True)
    converted_at = fields.Datetime(readonly=True, help="Converted in these hands.")
    previous_end = fields.Char(readonly=True)
    previous_reason_id = fields.Integer(readonly=True, aggregator=None)
    source_id = fields.Integer(readonly=True, aggregator=None)
    created_at = fields.Datetime(readonly=True, help="When the lead was created.")
    priority = fields.Char(readonly=True)
    decision = fields.Char(readonly=True)
    policy_ref = fields.Integer(readonly=True, aggregator=None, help="The rules by which the rep got it.")

    _holding_uniq = models.UniqueIndex("(holding_ref)")
    _lead_idx = models.Index("(lead_ref)")
    _started_idx = models.Index("(started_at)")
    _ended_idx = models.Index("(ended_at)")
    _open_idx = models.Index("(user_id) WHERE ended_at IS NULL")
    _user_started_idx = models.Index("(user_id, started_at)")
    _user_ended_idx = models.Index("(user_id, ended_at)")

    def _live(self, which):
        holding = self.env["lead.pool.holding"]
        return SQL(
            """SELECT b.id AS holding_ref, b.lead_ref, b.pool_id, b.user_id, b.company_id, b.started_at, b.ended_at,
                      b.end_reason, b.reason_id, b.first_follow_up_at, b.origin, b.ordinal, b.over_capacity,
                      (b.ended_at IS NULL AND e.converted_at IS NOT NULL) AS is_opportunity,
                      s.converted AS reached_at, s.ordered AS ordered_at, %(converted_at)s AS converted_at,
                      %(previous_end)s AS previous_end, %(previous_reason)s AS previous_reason_id, l.source_id,
                      l.create_date AS created_at, l.priority, a.decision,
                      (SELECT g.policy_ref FROM lead_pool_event g
                        WHERE g.lead_ref = b.lead_ref AND g.epoch = b.epoch AND g.user_ref = b.user_id
                          AND g.kind = ANY(%(giving)s) ORDER BY g.seq LIMIT 1) AS policy_ref
                 FROM lead_pool_holding b
                 LEFT JOIN crm_lead l ON l.id = b.lead_ref
                 LEFT JOIN lead_pool_entry e ON e.lead_id = b.lead_id
                 LEFT JOIN lead_assessment a ON a.lead_id = b.lead_id AND a.is_current
                CROSS JOIN LATERAL (%(moments)s) s
                WHERE b.end_reason IS DISTINCT FROM 'undone' AND %(which)s""",
            converted_at=holding._sql_of_lead("converted_at", "b"),
            previous_end=holding._sql_of_lead("previous_end", "b"),
            previous_reason=holding._sql_of_lead("previous_reason_id", "b"),
            giving=list(GIVING),
            moments=of_holding(SQL("b")),
            which=which,
        )

    def _stock_of(self, rows):
        return SQL(
            """SELECT code, user_id AS user_ref, pool_id AS pool_ref, COALESCE(company_id, 0) AS company_ref
                 FROM %s f CROSS JOIN LATERAL (
                      SELECT CASE WHEN first_follow_up_at IS NULL THEN 'untouched' ELSE 'in_progress' END AS code
                       UNION ALL SELECT 'opportunity' WHERE is_opportunity) c
                WHERE ended_at IS NULL""",
            rows,
        )

    def _stock_of_ledger(self):
        return self._stock_of(
            SQL(
                """(SELECT b.*, EXISTS (SELECT FROM lead_pool_entry e WHERE e.lead_id = b.lead_id
                                           AND e.converted_at IS NOT NULL) AS is_opportunity
                      FROM lead_pool_holding b)"""
            )
        )


class LeadPoolFactStock(models.Model):
    """What there is now, added up: leads in a pool by their state, and leads in a rep's hands."""

    _name = "lead.pool.fact.stock"
    _description = "Stock for Reports"
    _log_access = False
    _rec_name = "code"

    code = fields.Char(required=True, readonly=True)
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all reps, or of none.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    count = fields.Integer(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(code, user_ref, pool_ref, company_ref)")


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
            DECLARE note text := format('INSERT INTO lead_pool_fact_change (lead_ref)
                                         SELECT r FROM (SELECT ($1).%I AS r) c WHERE r IS NOT NULL', TG_ARGV[0]);
            BEGIN
                IF TG_OP <> 'INSERT' THEN EXECUTE note USING OLD; END IF;
                IF TG_OP <> 'DELETE' THEN EXECUTE note USING NEW; END IF;
                RETURN NULL;
            END $$ LANGUAGE plpgsql;
            """
        )
        for name, table, when in self._triggers():
            found = SQL("SELECT FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass", name, table)
            if not self.env.execute_query(found):  # it would lock the table for nothing
                column = SQL("%s", WATCHED[table][0])
                self.env.cr.execute(
                    SQL(
                        "CREATE TRIGGER %s AFTER %s EXECUTE FUNCTION lead_pool_fact_changed(%s)",
                        SQL.identifier(name),
                        when,
                        column,
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
            if table != "crm_lead":  # a lead that comes into a pool is an event
                yield "lead_pool_fact_inserted", table, SQL("INSERT %s", on)

    @api.model
    def _tell_events(self):
        """The leads of the next events whose number is settled; ``(number of events, whether there are more)``."""
        mark = self.env["lead.pool.tally.mark"]
        mark._next()
        [(facts_to, settled_to)] = self.env.execute_query(
            SQL("SELECT COALESCE(facts_to, 0), settled_to FROM lead_pool_tally_mark ORDER BY id LIMIT 1")
        )
        upto = min(settled_to, facts_to + CHUNK)
        if upto <= facts_to:
            return 0, False
        self._tell_leads(
            SQL(  # a lead with a later event is told when that is reached; until then it waits
                """SELECT DISTINCT lead_ref FROM lead_pool_event e WHERE id > %(facts_to)s AND id <= %(upto)s
                      AND NOT EXISTS (SELECT FROM lead_pool_event later
                                       WHERE later.lead_ref = e.lead_ref AND later.id > %(upto)s)""",
                facts_to=facts_to,
                upto=upto,
            )
        )
        self.env.cr.execute(SQL("UPDATE lead_pool_tally_mark SET facts_to = %s", upto))
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


#: Table -> the column with the number of the lead, and the columns that facts are made of.
WATCHED = {
    "crm_lead": ("id", ("source_id", "campaign_id", "won_status", "expected_revenue", "priority", "create_date")),
    "sale_order": ("opportunity_id", ("opportunity_id", "state", "date_order")),
    "lead_pool_conversion": ("lead_ref", ("date", "undone_at")),
    "lead_assessment": ("lead_id", ("decision", "is_current")),
}
FACTS = ("lead.pool.fact.lead", "lead.pool.fact.holding")
