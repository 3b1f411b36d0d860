"""Sums with other keys are made anew; all are told again, for they are of another kind (``KIND``)."""


def migrate(cr, version):
    cr.execute("DROP TABLE IF EXISTS lead_pool_fact_course")
