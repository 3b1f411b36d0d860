"""What would not pass a check that is new in this version."""

from odoo.tools.sql import table_exists


def migrate(cr, version):
    """A step of ageing is at least an hour after the one before; a shorter one never came earlier than that anyway."""
    if table_exists(cr, "lead_pool_ageing_rule"):
        cr.execute("UPDATE lead_pool_ageing_rule SET days = 0.04 WHERE days < 0.04")
