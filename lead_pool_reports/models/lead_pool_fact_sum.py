from odoo import fields, models
from odoo.tools import SQL

from ..tables.rep_status import ENDS
from ..tables.waits import ANY

#: Of what days are kept, and of what whole months and years around which a period is made up.
SPANS = ("day", "month", "year")
#: Leads count in any pool, and, in months and years alone, in their own.
IN_POOLS = (*((span, {"pool_ref": ANY}) for span in SPANS), ("month", {}), ("year", {}))


class LeadPoolFactSum(models.AbstractModel):
    """What facts add up to. Who tells facts again adds the difference, in the same statement.

    A fact that counts in several rows, as in its day, its month and its year, is added up once, by the grain, and what
    is left counts in each of them.
    """

    _name = "lead.pool.fact.sum"
    _description = "Sum of Facts for Reports"
    _log_access = False
    _keys = ()
    _figures = ()
    _grain = ()  # by what facts are added up first; none: by the keys
    #: The rows in which one of the grain counts: (span, {a key that is not its own: the value there, or SQL on ``d``}).
    _ways = ()
    _months = 1  # by so many months sums of days are compared with the facts

    def _in(self, period, spans=None):
        """The condition on rows of days, months and years that they make up this period.

        :param spans: others than its days, months and years
        """
        spans = (SQL("span = %s AND day BETWEEN %s AND %s", *span) for span in spans or period.years)
        return SQL("tz = %s AND (%s)", str(period.tz), SQL(" OR ").join(spans))

    def _has_years(self):
        return "span" in self._keys

    def _of_months(self, days):
        """The condition on rows that they are of these days, and of no longer span than a month.

        :param SQL days: condition on ``day``
        """
        return SQL("%s AND span <> 'year'", days) if self._has_years() else days

    def _years_of_months(self):
        """The rows of years, added up from those of months, as an SQL query."""
        keys = [name for name in self._keys if name not in ("span", "day")]
        return SQL(
            """SELECT %(own)s, %(added)s
                 FROM (SELECT %(keys)s, %(figures)s, 'year' AS span, date_trunc('year', day)::date AS day
                         FROM %(table)s WHERE span = 'month') s
                GROUP BY %(own)s""",
            own=self._names(self._keys),
            added=self._added(),
            keys=self._names(keys),
            figures=self._names(self._figures),
            table=SQL.identifier(self._table),
        )

    def _insert(self, rows):
        """
        :param SQL rows: query of rows of this model
        """
        columns = self._columns()
        table = SQL.identifier(self._table)
        self.env.cr.execute(SQL("INSERT INTO %s (%s) SELECT %s FROM (%s) r", table, columns, columns, rows))
        self.invalidate_model()

    def _make_figures(self):
        """The columns of the figures, where they are too many to be fields."""
        columns = [SQL("ADD COLUMN IF NOT EXISTS %s int DEFAULT 0", SQL.identifier(name)) for name in self._figures]
        self.env.cr.execute(SQL("ALTER TABLE %s %s", SQL.identifier(self._table), SQL(", ").join(columns)))

    def _named(self, values):
        """These values as the figures, in their order, as SQL."""
        return SQL(", ").join(
            SQL("%s AS %s", value, SQL.identifier(name)) for name, value in zip(self._figures, values, strict=True)
        )

    def _names(self, names):
        return SQL(", ").join(map(SQL.identifier, names))

    def _columns(self, keys=None, *, minus=False):
        """Keys and figures, as SQL; the figures with the other sign if they are taken off."""
        figures = SQL(", ").join(SQL("-%s AS %s", *[SQL.identifier(name)] * 2) for name in self._figures)
        return SQL("%s, %s", self._names(keys or self._keys), figures if minus else self._names(self._figures))

    def _typed(self):
        """Keys and figures with the types of the columns, as SQL: only so PostgreSQL looks for what a report asks in
        the kept sums before it appends others."""
        names = [
            SQL("%s::varchar AS %s" if self._fields[name].type == "char" else "%s AS %s", *[SQL.identifier(name)] * 2)
            for name in self._keys
        ]
        return SQL("%s, %s", SQL(", ").join(names), self._names(self._figures))

    def _added(self):
        """The figures added up: whole numbers, or exact amounts."""
        amounts = {name for name in self._figures if name in self._fields and self._fields[name].type == "float"}
        return SQL(", ").join(
            SQL("sum(%s)::%s AS %s", column, SQL("numeric" if name in amounts else "int"), column)
            for name, column in zip(self._figures, map(SQL.identifier, self._figures), strict=True)
        )

    def _filled(self, table):
        """The figures, 0 where there is no row."""
        return SQL(", ").join(SQL("COALESCE(%s, 0)", SQL.identifier(table, name)) for name in self._figures)

    def _grouped(self, rows, keys):
        """Rows added up by these keys, without those in which nothing is left, as an SQL query."""
        return SQL(
            "SELECT %(keys)s, %(added)s FROM (%(rows)s) s GROUP BY %(keys)s HAVING %(differs)s",
            keys=self._names(keys),
            added=self._added(),
            rows=rows,
            differs=SQL(" OR ").join(SQL("sum(%s) <> 0", SQL.identifier(name)) for name in self._figures),
        )

    def _spread(self, rows):
        """Rows of this model from those of the grain, as an SQL query; several rows of one key are to be added."""
        if not self._ways:
            return rows
        there = ["span", *dict.fromkeys(name for _span, way in self._ways for name in way)]
        ways = ({"span": span, **way} for span, way in self._ways)
        own = [name for name in (*self._keys, *self._figures) if name not in ("day", *there)]
        return SQL(
            """SELECT date_trunc(w.span, d.day)::date AS day, %(there)s, %(own)s
                 FROM (%(rows)s) d CROSS JOIN LATERAL (VALUES %(ways)s) w(%(names)s)""",
            there=SQL(", ").join(SQL.identifier("w", name) for name in there),
            own=SQL(", ").join(SQL.identifier("d", name) for name in own),
            rows=rows,
            ways=SQL(", ").join(
                SQL("(%s)", SQL(", ").join(SQL("%s", way.get(name, SQL.identifier("d", name))) for name in there))
                for way in ways
            ),
            names=self._names(there),
        )

    def _told_of(self, now, before=None):
        """What facts add up to, less what had been added up of them: rows of this model as an SQL query; several rows
        of one key are to be added.

        :param SQL now: query of rows by the grain; ``before``: of those that are taken off
        """
        grain = self._grain or self._keys
        if before is not None:
            taken_off = self._columns(grain, minus=True)
            now = SQL("SELECT %s FROM (%s) a UNION ALL SELECT %s FROM (%s) b", self._columns(grain), now, taken_off,
                      before)  # fmt: skip
        return self._spread(self._grouped(now, grain) if self._grain else now)

    def _adding(self, now, before):
        """The statement that adds the difference.

        :param SQL now: query of what is to be added up, by the grain; ``before``: of what had been added up
        """
        figures = [SQL.identifier(name) for name in self._figures]
        return SQL(
            """INSERT INTO %(table)s AS s (%(columns)s) %(rows)s ORDER BY %(keys)s
                   ON CONFLICT (%(keys)s) DO UPDATE SET %(set)s""",
            table=SQL.identifier(self._table),
            columns=self._columns(),
            keys=self._names(self._keys),
            rows=self._grouped(self._told_of(now, before), self._keys),
            set=SQL(", ").join(SQL("%s = s.%s + EXCLUDED.%s", *[name] * 3) for name in figures),
        )


class LeadPoolFactStock(models.Model):
    """What there is now, added up: leads in a pool by their state, and leads in a rep's hands."""

    _name = "lead.pool.fact.stock"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Stock for Reports"
    _log_access = False
    _rec_name = "code"
    _keys = ("code", "user_ref", "pool_ref", "company_ref")
    _figures = ("count",)

    code = fields.Char(required=True, readonly=True)
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None, help="0: of all reps, or of none.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    count = fields.Integer(required=True, readonly=True)

    _key_uniq = models.UniqueIndex("(code, user_ref, pool_ref, company_ref)")


class LeadPoolFactDay(models.AbstractModel):
    """What reps did on a day, in a month and in a year, added up, in the time zones of pools."""

    _name = "lead.pool.fact.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Rep for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "user_ref", "company_ref")
    _grain = ("tz", "day", "user_ref", "company_ref")
    _ways = tuple((span, {}) for span in SPANS)

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="day", help="day, month or year.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month or year.")
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)

    _user_day_idx = models.Index("(user_ref, tz, span, day)")


class LeadPoolFactHoldingDay(models.Model):
    """Leads that a rep received on a day, and those that left his hands."""

    _name = "lead.pool.fact.holding.day"
    _inherit = ["lead.pool.fact.day"]
    _description = "Day of a Rep: Leads Received and Gone"
    _log_access = False
    _figures = ("received", "received_converted", "ended", *ENDS)

    received = fields.Integer(required=True, readonly=True)
    received_converted = fields.Integer(required=True, readonly=True, help="Of those received on this day, by now.")
    ended = fields.Integer(required=True, readonly=True)
    returned = fields.Integer(required=True, readonly=True)
    reclaimed = fields.Integer(required=True, readonly=True)
    converted = fields.Integer(required=True, readonly=True)
    invalid = fields.Integer(required=True, readonly=True)
    lost = fields.Integer(required=True, readonly=True)
    passed_on = fields.Integer(required=True, readonly=True)
    gone = fields.Integer(required=True, readonly=True)

    _day_uniq = models.UniqueIndex("(tz, span, day, user_ref, company_ref)")


class LeadPoolFactTalkDay(models.Model):
    """Leads that a rep followed up for the last time on a day: from any day on, that is one for each lead."""

    _name = "lead.pool.fact.talk.day"
    _inherit = ["lead.pool.fact.day"]
    _description = "Day of a Rep: Last Follow-ups"
    _log_access = False
    _figures = ("leads", "converted")

    leads = fields.Integer(required=True, readonly=True)
    converted = fields.Integer(
        required=True, readonly=True, help="Leads with their last follow-up before the conversion on this day."
    )

    _day_uniq = models.UniqueIndex("(tz, span, day, user_ref, company_ref)")


class LeadPoolFactSourceDay(models.Model):
    """What has become of the leads of a source that came in on a day, in a month and in a year, in the time zones of
    pools: in any pool, and, in months and years alone, in the pool where a lead is now."""

    _name = "lead.pool.fact.source.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Source for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "pool_ref", "source_ref", "company_ref")
    _grain = ("tz", "day", "pool_ref", "source_ref", "company_ref")
    _ways = IN_POOLS
    _figures = ("leads", "valid", "touched", "held", "converted", "won")

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="day", help="day, month or year.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month or year.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None, default=ANY, help="-1: any pool.")
    source_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    leads = fields.Integer(required=True, readonly=True)
    valid = fields.Integer(required=True, readonly=True)
    touched = fields.Integer(required=True, readonly=True)
    held = fields.Integer(required=True, readonly=True)
    converted = fields.Integer(required=True, readonly=True)
    won = fields.Float(
        required=True,
        readonly=True,
        digits=0,
        default=0,
        help="Amount in the currency of the company; without leads that have an order of another company.",
    )

    _day_uniq = models.UniqueIndex("(tz, span, pool_ref, day, source_ref, company_ref)")
