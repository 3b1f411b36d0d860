import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged

from .common import LeadPoolCase

#: Of one claim, follower included; over JSON-2 15: Odoo's signals, the key, and the message over the bus.
CLAIM = 10
RULED = 3  # more where leads go back by themselves: the rules, leaves of the holder, tags that keep a lead
TOO_LATE = 6  # one that a colleague has taken: thirty of thirty-two who click at the same moment
RETURN = 20
FIRST_FOLLOW_UP, FOLLOW_UP, FOLLOW_UP_NEXT = 15, 15, 22  # with a next date
RECLAIM = 30  # of a batch, whatever it takes back from whomever
BOARD, MY_LEADS = 7, 3  # of a page, with the count of all
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

    def test_a_rule_by_which_leads_go_back_costs_a_claim_three_questions(self):
        self._held(self.li)  # warm
        plain, ruled = self._entries(self._leads(1)), self._entries(self._leads(1))
        cost = self._count(lambda: plain.with_user(self.li).action_claim())
        self.pool.reclaim_rule_ids = [(0, 0, {"name": "No follow-up", "no_follow_up_days": 30})]
        self._held(self.li)  # warm again: what was kept in mind is forgotten
        self.assertEqual(self._count(lambda: ruled.with_user(self.li).action_claim()), cost + RULED)
        self.assertTrue(ruled.reclaim_at)

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

    def _due(self, holders, count):
        """``count`` leads of each of these reps whose time is over."""
        leads = self.env["crm.lead"].union(*(self._held(holder, count) for holder in holders))
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE lead_pool_entry SET reclaim_at = now() AT TIME ZONE 'UTC' - interval '1 hour', warned = true
                WHERE lead_id = ANY(%s)""",
            [leads.ids],
        )
        self.env.invalidate_all()
        return leads

    def test_a_batch_goes_back_by_as_many_queries_whatever_it_is_and_whosever(self):
        many = self._users(*((f"rep{n}", "sales_team.group_sale_salesman", f"Rep {n}") for n in range(20)))
        self.env["lead.pool.member"].create([{"pool_id": self.pool.id, "user_id": rep.id} for rep in many])
        self._due(many[:2], 1)
        self.env["lead.pool.entry"]._reclaim_due()  # warm
        costs = {}
        for holders, count in ((2, 5), (2, 25), (20, 1)):
            leads = self._due(many[:holders], count)
            costs[holders, count] = self._count(lambda: self.env["lead.pool.entry"]._reclaim_due())
            self.assertFalse(leads.user_id)
        self.assertEqual(set(costs.values()), {RECLAIM}, costs)

    def _look(self, model, names, domain):
        """The cost of a first page of 10 and of 50 records."""
        records, spec = self.env[model].with_user(self.li), {name: {} for name in names.split()}
        costs = []
        for size in (10, 10, 50):  # the first one warms up
            page = {"limit": size, "count_limit": 10_001}
            costs.append(self._count(lambda page=page: records.web_search_read(domain, spec, **page)))
            self.assertEqual(len(records.search(domain, limit=size)), size)
        return costs[1:]

    def test_the_board_does_not_grow(self):
        self._leads(60)
        names = "lead_ref city source_id tag_ids can_claim claim_refusal entered_at"
        costs = self._look("lead.pool.entry", names, [("state", "=", "waiting"), ("pool_id", "=", self.pool.id)])
        self.assertEqual(costs, [BOARD, BOARD])

    def test_my_leads_do_not_grow(self):
        self._held(self.li, 60)
        names = "name partner_name phone city stage_id reclaim_at user_id"
        costs = self._look("crm.lead", names, [("user_id", "=", self.li.id), ("pool_state", "=", "held")])
        self.assertEqual(costs, [MY_LEADS, MY_LEADS])

    @contextmanager
    def _statements(self):
        said, execute = [], Cursor.execute

        def listen(cr, query, *args, **kwargs):
            said.append(query.code if hasattr(query, "code") else str(query))
            return execute(cr, query, *args, **kwargs)

        with patch.object(Cursor, "execute", listen):
            yield said

    def test_a_follow_up(self):
        first, other = self._held(self.li).with_user(self.li), self._held(self.li).with_user(self.li)
        first.action_follow_up({"note": "First call", "next_date": "2099-01-15"})  # warm
        costs = [
            self._count(lambda: other.action_follow_up({"note": "First call of the other one"})),
            self._count(lambda: first.action_follow_up({"note": "Second call, they asked for a price"})),
            self._count(lambda: first.action_follow_up({"note": "Price sent", "next_date": "2099-02-15"})),
        ]
        self.assertEqual(costs, [FIRST_FOLLOW_UP, FOLLOW_UP, FOLLOW_UP_NEXT])
        self.assertEqual((first | other).sudo().follow_up_ids.mapped("counts"), [True] * 4)

    def test_a_follow_up_does_not_write_the_lead(self):
        """Each UPDATE of crm_lead that is no small one touches all its indexes."""
        lead = self._held(self.li).with_user(self.li)
        with self._statements() as said:
            lead.action_follow_up({"note": "First call", "next_date": "2099-01-15"})
            self.env.flush_all()
        self.assertTrue([one for one in said if "lead_follow_up" in one and "INSERT" in one])
        self.assertFalse([one for one in said if re.search(r'UPDATE\s+"?crm_lead\b', one)])

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
        self._entries(self._held(self.li)).with_user(self.li).action_return(reason.id)  # warm
        costs = []
        for count in (1, 10, 50):
            entries = self._entries(self._held(self.li, count)).with_user(self.li)
            costs.append(self._count(lambda entries=entries: entries.action_return(reason.id)))
        self.assertEqual(costs, [RETURN] * 3)

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
