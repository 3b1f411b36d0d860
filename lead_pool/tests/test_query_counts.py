from unittest.mock import patch

from odoo.tests import tagged

from .common import LeadPoolCase

#: Of one claim, follower included; over JSON-2 15: Odoo's signals, the key, and the message over the bus.
CLAIM = 10
TOO_LATE = 6  # one that a colleague has taken: thirty of thirty-two who click at the same moment
FOLLOW_UP = 21  # of one that is not the first of its lead
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

    def test_who_comes_too_late_reads_who_was_quicker_and_locks_nothing(self):
        entry = self._entries(self._held(self.li))
        entry.with_user(self.wang).action_claim()  # warm
        answers, cursor = [], type(self.env.cr)
        with patch.object(cursor, "execute", autospec=True, side_effect=cursor.execute) as execute:
            cost = self._count(lambda: answers.extend(entry.with_user(self.wang).action_claim()))
        self.assertLessEqual(cost, TOO_LATE)
        self.assertEqual(answers[0]["code"], "taken")
        self.assertIn(self.li.name, answers[0]["message"])
        statements = [str(call.args[1]) for call in execute.call_args_list]
        self.assertTrue(statements)
        self.assertFalse([statement for statement in statements if "FOR NO KEY UPDATE" in statement])

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

    def test_what_a_program_hands_in_does_not_grow(self):
        """As it runs: with Odoo's own messages and followers, of which a program is none."""
        program = self._user("handsin", "lead_pool.group_integration", "Program")
        loud = self.env(user=program, context={"allowed_company_ids": self.company.ids})

        def hand_in(first, count):
            answers = loud["lead.pool"].action_take_in(
                [
                    {"contact_name": f"Comer {n}", "phone": f"+86 137 {n:08}", "pool_id": self.pool.id}
                    for n in range(first, first + count)
                ]
            )
            self.assertEqual({answer["code"] for answer in answers}, {"created"})
            return self.env["crm.lead"].browse(answer["id"] for answer in answers)

        hand_in(0, 2)  # warm
        small = self._count(lambda: hand_in(100, 20))
        large = self._count(lambda: hand_in(200, 60))
        self.assertLessEqual((large - small) / 40, 0.2)
        leads = hand_in(300, 3)
        self.assertFalse(leads.message_follower_ids)
        self.assertEqual([len(lead.message_ids) for lead in leads], [1, 1, 1], "that they were made")
        self.assertEqual(leads.stage_id, leads._stage_find(domain=[("fold", "=", False)]))
