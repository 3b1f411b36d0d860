from odoo import fields, models
from odoo.tools import SQL

from ..tables.waits import ANY, EDGES, GONE, MOST, TOUCHED, WAITS
from .lead_pool_fact_sum import SPANS
from .lead_pool_tally import day_of


def length_of(seconds):
    """The number of the length of a wait, as SQL."""
    return SQL("width_bucket(%s, %s::float8[])", seconds, list(EDGES))


def are_waits(length):
    """Whether a wait is of each length in turn, 1 or 0, as SQL.

    :param SQL length: its number, or NULL
    """
    return [SQL("(%s IS NOT DISTINCT FROM %s)::int", length, number) for number in range(len(WAITS))]


def received_by_days(rows, zones):
    """What was received on a day, with the length of the wait, and the days until it was ``touched``, or was ``gone``
    untouched: a relation of SQL, ``f``.

    :param SQL rows: a relation with the columns of ``lead.pool.fact.holding``
    :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
    """
    return SQL(
        """(SELECT z.tz, %(began)s AS day, COALESCE(company_id, 0) AS company_ref, user_id AS user_ref,
                   pool_id AS pool_ref, %(wait)s AS wait,
                   CASE WHEN first_follow_up_at IS NOT NULL
                        THEN LEAST(GREATEST(%(touched)s - %(began)s, 0), %(most)s) END AS touched,
                   CASE WHEN first_follow_up_at IS NULL AND ended_at IS NOT NULL
                        THEN LEAST(%(ended)s - %(began)s, %(most)s) END AS gone
              FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s OFFSET 0) f""",
        began=day_of(SQL("started_at"), SQL("z.tz")),
        wait=length_of(SQL("touched_after")),
        # who calls at midnight sharp calls in time
        touched=day_of(SQL("(first_follow_up_at - interval '1 microsecond')"), SQL("z.tz")),
        ended=day_of(SQL("ended_at"), SQL("z.tz")),
        most=MOST,
        rows=rows,
        zones=zones or SQL("z.by_rep"),
    )


def are_days():
    """Of :func:`received_by_days`: the figures ``TOUCHED`` and ``GONE``, 1 or 0, as SQL."""
    return [
        SQL("(%s IS NOT DISTINCT FROM %s)::int", SQL.identifier("f", name), number)
        for name in ("touched", "gone")
        for number in range(MOST + 1)
    ]


class LeadPoolFactWaitDay(models.Model):
    """How long leads that a rep, or anybody in a pool, received on a day, in a month and in a year waited for their
    first follow-up: numbers of leads by the length of the wait, and by the days that it took.

    Each holding counts twice, for its rep in any pool and for its pool with any rep. The columns of figures are known
    to SQL alone, for nobody reads them one by one.
    """

    _name = "lead.pool.fact.wait.day"
    _inherit = ["lead.pool.fact.day"]
    _description = "Day of a Rep or Pool: Waits for the First Follow-up"
    _log_access = False
    _keys = ("tz", "span", "day", "user_ref", "pool_ref", "company_ref")
    _grain = ("tz", "day", "user_ref", "pool_ref", "company_ref")
    _ways = tuple((span, {key: ANY}) for span in SPANS for key in ("pool_ref", "user_ref"))
    _figures = (*WAITS, *TOUCHED, *GONE, "received")

    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)

    _day_uniq = models.UniqueIndex("(tz, span, day, user_ref, pool_ref, company_ref)")

    def init(self):
        self._make_figures()

    def _waits_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.holding``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            "SELECT %s, %s FROM %s",
            self._names(self._grain),
            self._named([*are_waits(SQL("f.wait")), *are_days(), SQL("1")]),
            received_by_days(rows, zones),
        )


class LeadPoolFactWaitWeekday(models.Model):
    """The same of a quarter, by the day of the week on which the leads were received: until when they have to be
    followed up is the same for most of its Mondays, and so on; where it is not, the day itself tells."""

    _name = "lead.pool.fact.wait.weekday"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Weekday of a Rep or Pool: Days until the First Follow-up"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "day", "weekday", "user_ref", "pool_ref", "company_ref")
    _grain = _keys
    _ways = tuple(("quarter", {key: ANY}) for key in ("pool_ref", "user_ref"))
    _figures = (*TOUCHED, *GONE, "received")
    _months = 3

    tz = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, help="The first one of the quarter.")
    weekday = fields.Integer(required=True, readonly=True, aggregator=None, help="1 (Monday) to 7.")
    user_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)

    _weekday_uniq = models.UniqueIndex("(tz, pool_ref, day, weekday, user_ref, company_ref)")

    def init(self):
        self._make_figures()

    def _weekdays_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.holding``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        return SQL(
            """SELECT tz, date_trunc('quarter', day)::date AS day, date_part('isodow', day)::int AS weekday, user_ref,
                      pool_ref, company_ref, %s
                 FROM %s""",
            self._named([*are_days(), SQL("1")]),
            received_by_days(rows, zones),
        )
