"""What is kept no more; facts and sums are told anew, for they are of another kind (``KIND``)."""

from odoo.tools.sql import table_exists


def migrate(cr, version):
    """How many leads a rep received on a day is kept in place of those of them that he has not touched."""
    if table_exists(cr, "lead_pool_fact_wait_day"):
        cr.execute("ALTER TABLE lead_pool_fact_wait_day DROP COLUMN IF EXISTS untouched")
