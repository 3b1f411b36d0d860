"""Years of the follow-ups of reps: the sums of their days; what facts add up to is told anew."""


def migrate(cr, version):
    cr.execute(
        """INSERT INTO lead_pool_tally_rep (tz, span, day, user_ref, company_ref, count)
           SELECT tz, 'year', date_trunc('year', day)::date, user_ref, company_ref, sum(count)
             FROM lead_pool_tally_rep WHERE span = 'day' GROUP BY 1, 2, 3, 4, 5
               ON CONFLICT (tz, span, day, user_ref, company_ref) DO NOTHING"""
    )
