from odoo import fields, models
from odoo.tools import SQL

from ..tables.arrival_heat import SLOT, SLOTS


class LeadPoolFactHours(models.Model):
    """What came into a pool in each half hour of a day in UTC: leads (``arrived``), first follow-ups (``touched``).

    The columns of figures are known to SQL alone, for nobody reads them one by one.
    """

    _name = "lead.pool.fact.hours"
    _inherit = ["lead.pool.fact.sum"]
    _description = "Hours of a Day for Reports"
    _log_access = False
    _rec_name = "day"
    _keys = ("code", "day", "pool_ref", "company_ref")
    _figures = SLOTS

    code = fields.Char(required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, help="In UTC.")
    pool_ref = fields.Integer(required=True, readonly=True, aggregator=None)
    company_ref = fields.Integer(required=True, readonly=True, aggregator=None)

    _key_uniq = models.UniqueIndex("(code, day, pool_ref, company_ref)")

    def init(self):
        self._make_figures()

    def _hours_of(self, rows, code, moment, pool, company):
        """Rows of this model, as an SQL query.

        :param SQL rows: a relation with the columns of facts
        :param SQL moment: the column of the moment that is counted; ``pool``, ``company``: of their numbers
        """
        return SQL(
            """SELECT %(code)s AS code, day, pool_ref, company_ref, %(figures)s
                 FROM (SELECT %(moment)s::date AS day, COALESCE(%(pool)s, 0) AS pool_ref,
                              COALESCE(%(company)s, 0) AS company_ref,
                              floor(date_part('epoch', %(moment)s - %(moment)s::date) / %(slot)s)::int AS slot
                         FROM %(rows)s f WHERE %(moment)s IS NOT NULL OFFSET 0) f""",
            figures=SQL(", ").join(
                SQL("(slot = %s)::int AS %s", number, SQL.identifier(name)) for number, name in enumerate(SLOTS)
            ),
            code=code,
            moment=moment,
            pool=pool,
            company=company,
            slot=SLOT,
            rows=rows,
        )
