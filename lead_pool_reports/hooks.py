from odoo.tools import SQL

from .models.lead_pool_fact_change import WATCHED, function_of


def uninstall_hook(env):
    """Tables of others stay, so what notes their changes must go."""
    for watch in WATCHED:
        env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s() CASCADE", SQL.identifier(function_of(*watch))))
