"""Which index answers questions about a span of the history, once there is one: by PostgreSQL's own plan."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .common import LeadPoolCase

EVENTS, DAYS = 20_000, 400


@tagged("post_install", "-at_install")
class TestHistoryPlans(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls._happened(EVENTS, DAYS)

    @classmethod
    def _happened(cls, count, days, first=1):
        cls.env.cr.execute(
            """INSERT INTO lead_pool_event (date, kind, lead_ref, seq, pool_ref, user_ref, epoch, hash)
               SELECT %s::timestamp - make_interval(days => %s) * (1 - (n - %s) / %s::float),
                      (ARRAY['entered', 'claimed', 'follow_up', 'follow_up', 'follow_up', 'card_opened',
                             'returned', 'reclaimed'])[1 + n %% 8],
                      -n, 1, (ARRAY[%s, %s])[1 + n %% 2], %s, 1, md5(n::text)
                 FROM generate_series(%s, %s) n""",
            [cls.now, days, first - 1, count, cls.pool.id, cls.open_pool.id, cls.li.id, first, first + count - 1],
        )
        cls.env.cr.execute("ANALYZE lead_pool_event")

    def _plan(self, query):
        rows = self.env.execute_query(SQL("EXPLAIN %s", query))
        return "\n".join(line for [line] in rows)

    def test_a_span_of_the_history_is_read_by_its_dates(self):
        day, week = self.now - timedelta(days=101), self.now - timedelta(days=94)
        span = SQL("date >= %s AND date < %s", day, week)
        quarter = SQL("date >= %s AND kind = 'claimed' AND pool_ref = %s", day, self.open_pool.id)
        for query in (
            SQL("SELECT count(*) FROM lead_pool_event WHERE %s", span),
            SQL("SELECT count(*) FROM lead_pool_event WHERE %s", quarter),
            SQL("SELECT * FROM lead_pool_event ORDER BY date DESC LIMIT 80"),
        ):
            plan = self._plan(query)
            self.assertRegex(plan, "Index.* using lead_pool_event_(_date_index|kind_date_idx)|"
                             "Bitmap Index Scan on lead_pool_event_(_date_index|kind_date_idx)")  # fmt: skip
            self.assertNotIn("Seq Scan on lead_pool_event", plan)
            self.assertRegex(plan, r"Index Cond: .*date|Limit", "the dates bound what is read")

    def test_what_went_back_and_was_told_is_not_read_again(self):
        self._happened(EVENTS, 5, first=EVENTS + 1)  # a busy week
        self.env["lead.pool"].search([]).tell_admins_of_reclaims = False
        self.pool.write({"tell_admins_of_reclaims": True, "reclaims_told_ref": 0})
        self.env.flush_all()
        self.env.cr.execute("ANALYZE lead_pool")
        plan = self._plan(self.env["lead.pool"]._went_back_query(self.now))
        self.assertIn("lead_pool_event_went_back_idx", plan)
        self.assertRegex(plan, r"Index Cond: .*id > p\.reclaims_told_ref")
