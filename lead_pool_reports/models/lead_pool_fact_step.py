from odoo import fields, models
from odoo.tools import SQL

from ..tables.funnel import STEPS
from ..tables.waits import WAITS
from .lead_pool_fact_sum import SPANS
from .lead_pool_fact_wait import are_waits, length_of
from .lead_pool_tally import day_of
from .reports.funnel import AFTER, REACHED

#: Kinds of rows -> of which pool or source they are.
REFS = {"all": 0, "pool": SQL("d.pool_ref"), "source": SQL("d.source_ref")}


class LeadPoolFactStepDay(models.Model):
    """How far the leads have got that came in on a day, in a month and in a year, and how long each step took: numbers
    of leads by the length of the time from the step before.

    Each lead counts three times: among all, of its pool, and of its source. The columns of the lengths are known to SQL
    alone, for nobody reads them one by one.
    """

    _name = "lead.pool.fact.step.day"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Day of the Funnel for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("tz", "kind", "span", "day", "ref", "company_ref", "step")
    _grain = ("tz", "day", "pool_ref", "source_ref", "company_ref", "step")
    _ways = tuple((span, {"kind": kind, "ref": ref}) for span in SPANS for kind, ref in REFS.items())
    _figures = ("leads", *WAITS)

    tz = fields.Char(required=True, readonly=True)
    kind = fields.Char(required=True, readonly=True, help="all, pool or source.")
    span = fields.Char(required=True, readonly=True, help="day, month or year.")
    day = fields.Date(required=True, readonly=True, help="The day, or the first one of the month or year.")
    ref = fields.Integer(required=True, readonly=True, aggregator=None, help="Of the pool or source; 0: none, or all.")
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    step = fields.Char(required=True, readonly=True)
    leads = fields.Integer(required=True, readonly=True, help="That got here, or further.")

    _day_uniq = models.UniqueIndex("(tz, kind, span, day, ref, company_ref, step)")

    def init(self):
        self._make_figures()

    def _steps_of(self, rows, zones=None):
        """Rows of this model by its grain, as an SQL query.

        :param SQL rows: a relation with the columns of ``lead.pool.fact.lead``
        :param SQL zones: condition on the zones ``z``; none: those of which days of reps are kept
        """
        steps = [("entered", SQL("TRUE"), SQL("NULL::float8"))]
        steps += [
            (step, REACHED[step], SQL.identifier(AFTER[step]) if step in AFTER else SQL("NULL")) for step in STEPS[1:]
        ]
        steps += [
            (step, SQL("%s IS NOT NULL", SQL.identifier(after)), SQL.identifier(after))
            for step, after in AFTER.items()
            if step not in STEPS
        ]
        return SQL(
            """SELECT tz, day, pool_ref, source_ref, company_ref, step, 1 AS leads, %(figures)s
                 FROM (SELECT f.*, step, %(length)s AS length
                         FROM (SELECT z.tz, %(day)s AS day, COALESCE(pool_ref, 0) AS pool_ref,
                                      COALESCE(source_id, 0) AS source_ref, COALESCE(company_ref, 0) AS company_ref,
                                      valid, taken_at AS taken, touched_at AS touched, converted_at AS converted,
                                      ordered_at AS ordered, %(after)s
                                 FROM %(rows)s f CROSS JOIN lead_pool_tally_zone z WHERE %(zones)s OFFSET 0) f
                        CROSS JOIN LATERAL (VALUES %(steps)s) s(step, reached, after)
                        WHERE reached OFFSET 0) f""",
            figures=SQL(", ").join(
                SQL("%s AS %s", is_one, SQL.identifier(name))
                for is_one, name in zip(are_waits(SQL("length")), WAITS, strict=True)
            ),
            length=length_of(SQL("after")),
            day=day_of(SQL("entered_at"), SQL("z.tz")),
            after=SQL(", ").join(map(SQL.identifier, AFTER.values())),
            rows=rows,
            zones=zones or SQL("z.by_rep"),
            steps=SQL(", ").join(SQL("(%s, %s, %s)", *step) for step in steps),
        )
