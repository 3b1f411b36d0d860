from odoo.tests import tagged

from .common import LeadPoolCase

CLAIM = 30  # queries of one claim, its bus message and follower included
FOLLOW_UP = 30
CONVERSION = 60  # one that makes a customer and its contact
OF_MANY = 45  # each of many


@tagged("post_install", "-at_install")
class TestQueryCounts(LeadPoolCase):
    """Budgets; what matters most is that they do not grow with the number of leads."""

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_a_claim_costs_the_same_for_one_lead_and_for_forty(self):
        self._held(self.li)  # warm
        one, many = self._entries(self._leads(1)), self._entries(self._leads(40))
        cost = self._count(lambda: one.with_user(self.li).action_claim())
        self.assertLessEqual(cost, CLAIM)
        self.assertLessEqual(self._count(lambda: many.with_user(self.li).action_claim()), cost + 2)

    def test_distribution_and_reclaim_do_not_grow(self):
        self.pool.strategy = "rotation"
        self._leads(3)
        small = self._count(lambda: self.pool._distribute())
        self._leads(60)
        self.assertLessEqual(self._count(lambda: self.pool._distribute()), small + 5)

    def test_the_board_does_not_grow(self):
        self._leads(3)
        Entry = self.env["lead.pool.entry"].with_user(self.li)
        fields = ["lead_ref", "city", "source_id", "tag_ids", "can_claim", "claim_refusal", "entered_at"]
        spec = {name: {} for name in fields}
        self._count(lambda: Entry.web_search_read([("state", "=", "waiting")], spec))
        small = self._count(lambda: Entry.web_search_read([("state", "=", "waiting")], spec))
        self._leads(60)
        self.assertLessEqual(self._count(lambda: Entry.web_search_read([("state", "=", "waiting")], spec)), small)

    def test_a_follow_up(self):
        lead = self._held(self.li).with_user(self.li)
        lead.action_follow_up({"note": "First call"})
        cost = self._count(lambda: lead.action_follow_up({"note": "Second call"}))
        self.assertLessEqual(cost, FOLLOW_UP)

    def _to_convert(self, count):
        leads = self._held(self.li, count)
        for lead in leads:
            lead.write(
                {
                    "partner_name": f"Firm {lead.id}",
                    "email_from": f"of{lead.id}@firm.example",
                    "phone": f"+86 138 {lead.id:08}",
                }
            )
        return leads.with_user(self.li)

    def test_a_conversion_and_many_of_them(self):
        self._to_convert(1).action_convert()  # warm
        one, few, many = self._to_convert(1), self._to_convert(5), self._to_convert(25)
        self.assertLessEqual(self._count(one.action_convert), CONVERSION)
        small, large = self._count(few.action_convert_many), self._count(many.action_convert_many)
        self.assertLessEqual((large - small) / 20, OF_MANY)
        self.assertEqual(len((few + many).partner_id.parent_id), 30)
        self._balance()

    def test_an_import_costs_a_bounded_number_of_queries_for_each_lead(self):
        self._leads(5)
        self.env.flush_all()
        small = self._count(lambda: self._leads(20))
        large = self._count(lambda: self._leads(60))
        self.assertLessEqual((large - small) / 40, 6)

    def test_giving_back_many_costs_what_one_costs(self):
        reason = self._reason("return")
        one, many = self._held(self.li), self._held(self.li, 40)
        cost = self._count(lambda: self._entries(one).with_user(self.li).action_return(reason.id))
        self.assertLessEqual(
            self._count(lambda: self._entries(many).with_user(self.li).action_return(reason.id)), cost + 3
        )
