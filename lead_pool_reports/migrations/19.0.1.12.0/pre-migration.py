"""Sums with another key are made anew."""


def migrate(cr, version):
    cr.execute("DROP TABLE IF EXISTS lead_pool_fact_course")
