from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tables.period import beginning
from .lead_pool_tally import INTERPRETED

KIND = 8  # raised when there are other facts: all are told again
MOST = 20_000  # leads that a report tells from the ledgers, beside the facts of the others
FEW = 500  # leads of which it asks the ledgers once, and not wherever their facts are read
#: Models whose pending changes are part of the facts.
READ = (
    "crm.lead",
    "res.partner",
    "sale.order",
    "sale.order.line",
    "account.account",
    "account.move",
    "account.move.line",
    "account.partial.reconcile",
    "account.payment",
    "lead.pool.conversion",
    "lead.pool.inquiry",
    "lead.assessment",
    "lead.follow.up",
)
ZONES = timedelta(days=1)  # clocks are no further apart


class Changed(list):
    """Numbers of the leads that are to be told again.

    :param told: ``{model: its facts of these leads, as SQL in brackets}`` of this transaction; ``None``: they were
        asked for once
    """

    def __init__(self, lead_refs, told):
        super().__init__(lead_refs)
        self.told = told


def _between(day, first, behind):
    """The condition that a day or moment lies from ``first`` to before ``behind``; ``None``: there is no such end."""
    parts = [SQL("%s %s %s", day, SQL(than), end) for than, end in ((">=", first), ("<", behind)) if end]
    return SQL(" AND ").join(parts) if parts else SQL("TRUE")


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
    _sums = {}  # what the facts add up to: model -> the method that tells it of some facts, by the grain of that model
    _stocks = ()  # codes of what there is now, see lead.pool.fact.stock
    _moments = {}  # sums of days -> the columns of the moments by which facts count in them

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    @api.model
    def _waiting(self):
        """:meth:`_changed`, when what is pending is written; one answer serves several queries of a report."""
        for model in READ:
            self.env[model].flush_model()
        return self._changed()

    @api.model
    def _rows(self, changed=..., often=False):
        """All facts as they are now: an SQL query, in brackets.

        :param changed: of :meth:`_waiting`, if that is known
        :param often: the query is read in several places
        """
        changed = self._waiting() if changed is ... else changed
        if changed is None:  # so it is until the scheduled action has told what was there at the installation
            return SQL("(%s)", self._live(SQL("TRUE")))
        columns = self._columns()
        if not changed:
            return SQL("(SELECT %s FROM %s)", columns, SQL.identifier(self._table))
        return SQL(
            "(SELECT %s FROM %s WHERE lead_ref NOT IN (SELECT unnest(%s::int[])) UNION ALL %s)",
            columns,
            SQL.identifier(self._table),
            changed,
            self._anew(changed, often),
        )

    @api.model
    def _anew(self, changed, often=False):
        """The facts of these leads from the ledgers: an SQL query, in brackets.

        PostgreSQL plans what tells a fact for longer than it tells a few of them, though of a query that stands in a
        statement it leaves out what nobody reads. So what is asked for a second time is told then, and read as values
        wherever a report reads facts or what they add up to.

        :param Changed changed: of :meth:`_waiting`
        :param often: as of :meth:`_rows`
        """
        if anew := changed.told.get(self._name):
            return anew
        often = (often or self._name in changed.told) and len(changed) <= FEW
        anew = SQL("(%s)", self._live(SQL("b.lead_ref = ANY(%s)", changed)))
        changed.told[self._name] = None
        if often:
            [[rows]] = self.env.execute_query(SQL("SELECT jsonb_agg(to_jsonb(f))::text FROM %s f", anew))
            table = SQL.identifier(self._table)
            anew = SQL(
                "(SELECT %s FROM jsonb_populate_recordset(NULL::%s, %s::jsonb))", self._columns(), table, rows
            )  # fmt: skip
            changed.told[self._name] = anew
        return anew

    @api.model
    def _changed(self):
        """Numbers of the leads that are to be told again, as :class:`Changed`; ``None``: too many to name them."""
        [(facts_to, last, last_change, of_other_kind)] = self.env.execute_query(
            SQL(
                """SELECT (SELECT COALESCE(max(facts_to), 0) FROM lead_pool_tally_mark),
                          (SELECT COALESCE(max(id), 0) FROM lead_pool_event),
                          (SELECT COALESCE(max(id), 0) FROM lead_pool_fact_change),
                          EXISTS (SELECT FROM lead_pool_tally_mark
                                   WHERE facts_to > 0 AND facts_kind IS DISTINCT FROM %s)""",
                KIND,
            )
        )
        if of_other_kind or last - facts_to > 5 * MOST:  # a lead has about five events
            return None
        rows = self.env.execute_query(
            SQL(
                """SELECT lead_ref FROM lead_pool_event WHERE id > %s
                    UNION SELECT lead_ref FROM lead_pool_fact_change LIMIT %s""",
                facts_to,
                MOST + 1,
            )
        )
        if len(rows) > MOST:
            return None
        lead_refs = [lead_ref for [lead_ref] in rows]
        of_now = (last, last_change, *lead_refs)  # while these are the same, so are the facts
        state, told = self.env.cr.cache.get("lead_pool_fact_told", (None, {}))
        if state != of_now:
            told = {}
            self.env.cr.cache["lead_pool_fact_told"] = of_now, told
        return Changed(lead_refs, told)

    def _columns(self, table=None):
        names = [name for name in self._fields if name not in ("id", "display_name")]
        return SQL(", ").join(SQL.identifier(table, name) if table else SQL.identifier(name) for name in names)

    def _live(self, which):
        """The facts from the ledgers, as an SQL query with the columns of the model in their order.

        :param SQL which: condition on the row ``b`` that a fact is about
        """
        raise NotImplementedError

    @api.model
    def _summed(self, model, changed=...):
        """What the facts add up to now: an SQL query, in brackets, of rows with the keys and figures of the model of
        sums; several rows of one key are to be added.

        :param model: one of :attr:`_sums`
        :param changed: of :meth:`_waiting`, if that is known
        """
        changed, sums = self._waiting() if changed is ... else changed, self.env[model]
        if changed is None:
            return SQL("(SELECT %s FROM (%s) s)", sums._columns(), self._sums_of_ledger(model))
        columns = sums._columns()
        kept = SQL("SELECT %s FROM %s WHERE %s", columns, SQL.identifier(sums._table), self._own(sums))
        if not changed:
            return SQL("(%s)", kept)
        sums_of = getattr(self, self._sums[model])
        told = SQL("(SELECT * FROM %s WHERE lead_ref = ANY(%s))", SQL.identifier(self._table), changed)
        return SQL(
            "(%s UNION ALL SELECT %s FROM (%s) s)",
            kept,
            sums._typed(),
            sums._told_of(sums_of(self._anew(changed)), sums_of(told)),
        )

    def _own(self, sums):
        """The condition on sums that they are of these facts."""
        return SQL("code = ANY(%s)", list(self._stocks)) if "code" in sums._fields else SQL("TRUE")

    def _sums_of_ledger(self, model):
        """The sums without the facts."""
        return self.env[model]._told_of(getattr(self, self._sums[model])(SQL("(%s)", self._live(SQL("TRUE")))))

    # ------------------------------------------------------------
    # TELL
    # ------------------------------------------------------------

    @api.model
    def _tell(self, lead_refs):
        """Write the facts of these leads anew."""
        self.env.cr.execute(INTERPRETED)
        self.env.cr.execute("SET LOCAL random_page_cost = 1.1")  # a few leads are looked up, not all of them read
        key = SQL.identifier(self._key)
        names = [name for name in self._fields if name not in ("id", "display_name", self._key)]
        self.env.cr.execute(
            SQL(
                """WITH live AS MATERIALIZED (%(live)s), kept AS MATERIALIZED (
                        SELECT * FROM %(table)s WHERE lead_ref = ANY(%(leads)s)
                   ), %(counted)s gone AS (
                        DELETE FROM %(table)s WHERE lead_ref = ANY(%(leads)s)
                           AND %(key)s NOT IN (SELECT %(key)s FROM live))
                   INSERT INTO %(table)s AS f (%(columns)s) SELECT %(columns)s FROM live ORDER BY %(key)s
                       ON CONFLICT (%(key)s) DO UPDATE SET %(set)s
                    WHERE (%(old)s) IS DISTINCT FROM (%(new)s)""",
                live=self._live(SQL("b.lead_ref = ANY(%s)", lead_refs)),
                counted=SQL("").join(
                    SQL(
                        "%s AS (%s), ",
                        SQL.identifier(f"counted_{number}"),
                        self.env[model]._adding(
                            getattr(self, sums_of)(SQL("live")), getattr(self, sums_of)(SQL("kept"))
                        ),
                    )
                    for number, (model, sums_of) in enumerate(self._sums.items())
                ),
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

    @api.model
    def _forget(self):
        """Facts that are no longer what is kept of a lead, and what they add up to."""
        self.env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(self._table)))
        self.invalidate_model()
        for model in self._sums:
            sums = self.env[model]
            self.env.cr.execute(SQL("DELETE FROM %s WHERE %s", SQL.identifier(sums._table), self._own(sums)))
            sums.invalidate_model()

    # ------------------------------------------------------------
    # CHECK
    # ------------------------------------------------------------

    @api.model
    def _differences(self, after, upto, mend=False):
        """Leads with numbers in this span whose facts are not what the ledgers tell, though nothing waits to be told.

        :param mend: tell them again
        :returns: ``[number of the lead]``
        """
        self.env.cr.execute(INTERPRETED)
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
    def _sum_differences(self, model, mend=False, months=(None, None)):
        """Sums that are not those of the facts. One statement compares both as they are at one moment, and whoever
        tells facts changes both at once: so it finds each difference and no other, and nobody waits for it.

        :param mend: add up again; whoever tells waits for that
        :param months: the first day of a month, and of the month behind the last one: only sums of these, and none of
            years; ``None``: of all before, or all from there on
        :returns: ``[(keys, sums, recount)]``, each a tuple
        """
        sums = self.env[model]
        of_months = sums._of_months(_between(SQL("day"), *months))
        recount = self._sums_of_facts(model, months, of_months)
        return self._unlike(sums, SQL("%s AND %s", self._own(sums), of_months), recount, mend)

    @api.model
    def _year_differences(self, model, mend=False):
        """Sums of years that are not those of their months, as of :meth:`_sum_differences`."""
        sums = self.env[model]
        return self._unlike(sums, SQL("span = 'year'"), sums._years_of_months(), mend) if sums._has_years() else []

    def _unlike(self, sums, which, recount, mend):
        """The kept sums of which this is true that are not those of the recount."""
        self.env.cr.execute(INTERPRETED)
        keys, figures, table = sums._names(sums._keys), len(sums._figures), SQL.identifier(sums._table)
        found = self.env.execute_query(
            SQL(
                """SELECT %(keys)s, %(kept)s, %(told)s
                     FROM (SELECT * FROM %(table)s WHERE %(which)s) s FULL JOIN (%(recount)s) r USING (%(keys)s)
                    WHERE (%(kept)s) <> (%(told)s) ORDER BY %(keys)s""",
                keys=keys,
                kept=sums._filled("s"),
                told=sums._filled("r"),
                table=table,
                which=which,
                recount=recount,
            )
        )
        if found and mend:
            self.env["lead.pool.tally.mark"]._next()  # whoever tells waits
            self.env.cr.execute(SQL("DELETE FROM %s WHERE %s", table, which))
            sums._insert(recount)
        return [(row[: -2 * figures], row[-2 * figures : -figures], row[-figures:]) for row in found]

    @api.model
    def _month_behind(self, model, month):
        """The months, or quarters, in which sums are compared: the first day of the next one, ``None`` if this is the
        last one.

        :param month: its first day; ``None``: that of the first one of all
        """
        if model not in self._moments:
            return None  # the sums are of no day, and few
        sums = self.env[model]
        bounds = "SELECT min(day) AS low, max(day) AS high FROM %s WHERE %s"
        parts = [SQL(bounds, SQL.identifier(sums._table), sums._of_months(SQL("TRUE")))]
        for moment in map(SQL.identifier, self._moments[model]):
            table = SQL.identifier(self._table)
            parts.append(SQL("SELECT min(%s)::date - 1, max(%s)::date + 1 FROM %s", moment, moment, table))
        [(low, high)] = self.env.execute_query(
            SQL("SELECT min(low), max(high) FROM (%s) bounds", SQL(" UNION ALL ").join(parts))
        )
        month, months = month or low, sums._months
        if not high or beginning(month, months) >= beginning(high, months):
            return None  # also if all were forgotten meanwhile, to be told anew
        return beginning(beginning(month, months) + timedelta(days=31 * months), months)

    def _add_up(self, model):
        """The sums of a model, from the kept facts, in place of what there is."""
        sums = self.env[model]
        self.env.cr.execute(INTERPRETED)
        self.env.cr.execute(SQL("DELETE FROM %s WHERE %s", SQL.identifier(sums._table), self._own(sums)))
        sums._insert(self._sums_of_facts(model))

    def _add_up_days(self, zones):
        """The days of one more time zone.

        :param SQL zones: condition on the zones ``z``
        """
        self.env.cr.execute(INTERPRETED)
        for model in self._sums:
            sums = self.env[model]
            if "tz" in sums._fields:
                sums._insert(self._sums_of_facts(model, zones=zones))

    def _sums_of_facts(self, model, months=(None, None), of_months=None, **which):
        """The sums of the kept facts, as an SQL query.

        :param months: as of :meth:`_sum_differences`; ``of_months``: the condition on sums that they are of these
        """
        sums, facts = self.env[model], SQL.identifier(self._table)
        if months != (None, None):
            facts = self._facts_of(model, *months)
        told = sums._told_of(getattr(self, self._sums[model])(facts, **which))
        return sums._grouped(SQL("SELECT * FROM (%s) s WHERE %s", told, of_months or SQL("TRUE")), sums._keys)

    def _facts_of(self, model, first, behind):
        """The facts that may count in sums of these months, as an SQL query in brackets: whatever the time zone."""
        first, behind = first and first - ZONES, behind and behind + ZONES
        moments = (_between(SQL.identifier(moment), first, behind) for moment in self._moments[model])
        return SQL("(SELECT * FROM %s f WHERE %s)", SQL.identifier(self._table), SQL(" OR ").join(moments))
