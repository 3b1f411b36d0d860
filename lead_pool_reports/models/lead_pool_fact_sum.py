from odoo import fields, models
from odoo.tools import SQL

from ..tables.rep_status import ENDS
from ..tables.waits import ANY


class LeadPoolFactSum(models.AbstractModel):
    """What facts add up to. Who tells facts again adds the difference, in the same statement."""

    _name = "lead.pool.fact.sum"
    _description = "Sum of Facts for Reports"
    _log_access = False
    _keys = ()
    _figures = ()
    _months = 1  # by so many months sums of days are compared with the facts

    def _in(self, period, spans=None):
        """The condition on rows of days and months that they make up this period.

        :param spans: others than its days and months
        """
        spans = (SQL("span = %s AND day BETWEEN %s AND %s", *span) for span in spans or period.spans)
        return SQL("tz = %s AND (%s)", str(period.tz), SQL(" OR ").join(spans))

    def _by_span(self, days):
        """Rows of days, once for the day and once for its month, as an SQL query.

        :param SQL days: query of rows of this model, without ``span``
        """
        names = [SQL.identifier("d", name) for name in (*self._keys, *self._figures) if name not in ("span", "day")]
        return SQL(
            """SELECT p.span, p.day, %s FROM (%s) d
                CROSS JOIN LATERAL (VALUES ('day', d.day), ('month', date_trunc('month', d.day)::date)) p(span, day)""",
            SQL(", ").join(names),
            days,
        )

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

    def _columns(self, *, minus=False):
        """Keys and figures, as SQL; the figures with the other sign if they are taken off."""
        figures = SQL(", ").join(SQL("-%s AS %s", *[SQL.identifier(name)] * 2) for name in self._figures)
        return SQL("%s, %s", self._names(self._keys), figures if minus else self._names(self._figures))

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

    def _adding(self, now, before):
        """The statement that adds the difference.

        :param SQL now: query of what is to be added up; ``before``: of what had been added up
        """
        figures = [SQL.identifier(name) for name in self._figures]
        return SQL(
            """INSERT INTO %(table)s AS s (%(columns)s)
               SELECT %(keys)s, %(added)s
                 FROM (SELECT %(columns)s FROM (%(now)s) a
                        UNION ALL SELECT %(taken_off)s FROM (%(before)s) b) both_sides
                GROUP BY %(keys)s HAVING %(differs)s ORDER BY %(keys)s
                   ON CONFLICT (%(keys)s) DO UPDATE SET %(set)s""",
            table=SQL.identifier(self._table),
            columns=self._columns(),
            keys=self._names(self._keys),
            added=self._added(),
            now=now,
            taken_off=self._columns(minus=True),
            before=before,
            differs=SQL(" OR ").join(SQL("sum(%s) <> 0", name) for name in figures),
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
    """What reps did on a day, and in a month, added up, in the time zones of pools."""

    _name = "lead.pool.fact.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Rep for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "user_ref", "company_ref")

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="day", help="day or month.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month.")
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)


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
    """What has become of the leads of a source that came in on a day, and in a month, in the time zones of pools: in
    any pool, and, in months alone, in the pool where a lead is now."""

    _name = "lead.pool.fact.source.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of a Source for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "span", "day", "pool_ref", "source_ref", "company_ref")
    _figures = ("leads", "valid", "touched", "held", "converted", "won")

    tz = fields.Char(required=True, readonly=True)
    span = fields.Char(required=True, readonly=True, default="day", help="day or month.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month.")
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
