"""What is added up anew; facts and their sums are told again, for they are of another kind (``KIND``)."""


def migrate(cr, version):
    """Months of the follow-ups of reps: the sums of their days."""
    cr.execute(
        """INSERT INTO lead_pool_tally_rep (tz, span, day, user_ref, company_ref, count)
           SELECT tz, 'month', date_trunc('month', day)::date, user_ref, company_ref, sum(count)
             FROM lead_pool_tally_rep WHERE span = 'day' GROUP BY 1, 2, 3, 4, 5
               ON CONFLICT (tz, span, day, user_ref, company_ref) DO NOTHING"""
    )
