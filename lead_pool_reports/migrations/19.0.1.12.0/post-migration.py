"""Years, from their months; and what is added up anew, from the facts. These stay as they are."""

from odoo import SUPERUSER_ID
from odoo.api import Environment
from odoo.tools import SQL

from odoo.addons.lead_pool_reports.models.lead_pool_fact import KIND
from odoo.addons.lead_pool_reports.models.lead_pool_tally import FACTS

#: Sums that were not there, or had another key; ``lead.pool.fact.given`` had its years.
ANEW = ("lead.pool.fact.course", "lead.pool.fact.reason.day")


def migrate(cr, version):
    env = Environment(cr, SUPERUSER_ID, {})
    cr.execute("DELETE FROM lead_pool_tally_rep WHERE span = 'year'")
    env["lead.pool.tally.rep"]._insert(env["lead.pool.tally.rep"]._years_of_months())
    cr.execute("SELECT FROM lead_pool_tally_mark WHERE facts_to > 0 AND facts_kind = %s", [KIND])
    if not cr.rowcount:  # facts of an earlier version are all told again, and what they add up to as well
        return
    for facts in map(env.get, FACTS):
        for model in facts._sums:
            sums = env[model]
            if model in ANEW:
                facts._add_up(model)
            elif sums._has_years():
                cr.execute(SQL("DELETE FROM %s WHERE span = 'year'", SQL.identifier(sums._table)))
                sums._insert(sums._years_of_months())
