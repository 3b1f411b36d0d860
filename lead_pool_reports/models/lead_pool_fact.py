from odoo import api, models
from odoo.tools import SQL

MOST = 20_000  # leads that a report tells from the ledgers, beside the facts of the others
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
