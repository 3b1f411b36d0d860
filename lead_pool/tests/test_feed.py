import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestFeed(LeadPoolCase):
    """A program follows what happens to leads."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._alone()
        cls.program = cls._user("program", "lead_pool.group_integration", "Warehouse")
        cls.start = cls._follow(after="now")["next"]

    @classmethod
    def _follow(cls, user=None, **arguments):
        return cls.env["lead.pool.event"].with_user(user or cls.program).feed(**arguments)

    def _kinds(self, answer):
        return [(event["lead"], event["kind"]) for event in answer["events"]]

    def test_a_program_reads_what_happened_and_nothing_of_the_customer(self):
        [lead] = self._leads()
        self._claim(self.li, lead)
        reason = self._reason("return")
        [answer] = self._entries(lead).with_user(self.li).action_return(reason.id, note="Zhang hung up, 13800000000")
        self.assertTrue(answer["done"])
        answer = self._follow(after=self.start)
        self.assertEqual(self._kinds(answer), [(lead.id, "entered"), (lead.id, "claimed"), (lead.id, "returned")])
        self.assertEqual([event["seq"] for event in answer["events"]], [1, 2, 3])
        claimed, returned = answer["events"][1:]
        self.assertEqual(claimed["rep"], {"id": self.li.id, "name": "Li Na"})
        self.assertEqual(claimed["pool"], {"id": self.pool.id, "name": "Beijing"})
        self.assertEqual((returned["rep"], returned["from_rep"]["id"]), (None, self.li.id))
        self.assertEqual(returned["reason"], reason.with_context(lang=None).name)
        for private in ("Contact 0", "1380", "138 0000", "contact0@", "Lead 0", "Zhang"):
            self.assertNotIn(private, json.dumps(answer))
        with self.assertRaises(AccessError):
            self.env["lead.pool.event"].with_user(self.program).search([])

    def test_pages_follow_one_another_and_each_event_is_a_place_to_go_on_from(self):
        leads = self._leads(5)
        whole = self._follow(after=self.start)
        self.assertEqual([event["lead"] for event in whole["events"]], leads.ids)
        self.assertFalse(whole["more"])
        after, seen = self.start, []
        for more in (True, True, False):
            page = self._follow(after=after, limit=2)
            self.assertEqual(page["more"], more)
            seen += page["events"]
            after = page["next"]
        self.assertEqual(seen, whole["events"])
        self.assertEqual(self._follow(after=after), {"events": [], "next": after, "more": False})
        third = whole["events"][2]["cursor"]
        self.assertEqual([event["lead"] for event in self._follow(after=third)["events"]], leads[3:].ids)

    def test_some_kinds_only_and_the_others_are_not_looked_at_again(self):
        leads = self._leads(3)
        self._claim(self.wang, leads[1])
        answer = self._follow(after=self.start, kinds=["claimed"])
        self.assertEqual(self._kinds(answer), [(leads[1].id, "claimed")])
        self.assertFalse(self._follow(after=answer["next"])["events"])

    def test_a_program_of_one_company_reads_nothing_of_another(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids |= other
        self.admin.company_ids |= other
        team = self.env["crm.team"].create({"name": "Elsewhere", "company_id": other.id})
        pool = self._pool("Elsewhere", members=self.env["res.users"], company_id=other.id, team_id=team.id)
        [theirs], [ours] = self._leads(1, pool, company_id=other.id), self._leads()
        self.assertEqual(self._kinds(self._follow(after=self.start)), [(ours.id, "entered")])
        told = self._follow(self.manager, after=self.start)
        self.assertEqual(self._kinds(told), [(theirs.id, "entered"), (ours.id, "entered")])

    def test_nobody_else_reads_the_feed(self):
        portal = self._user("portal", "base.group_portal", "Portal")
        for user in (self.li, self.admin, self.all_docs, self.marketing, portal):
            with self.subTest(user=user.name), self.assertRaises(AccessError):
                self._follow(user)

    def test_what_is_no_argument_is_refused_with_a_sentence(self):
        for wrong in (
            {"after": "yesterday"},
            {"after": 7},
            {"after": "MS4tMQ"},
            {"limit": 0},
            {"limit": 1001},
            {"limit": "10"},
            {"limit": True},
            {"kinds": []},
            {"kinds": "claimed"},
            {"kinds": ["claimed", "stolen"]},
            {"kinds": [{}]},
        ):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self._follow(**wrong)

    def test_a_page_costs_the_same_however_many_events_are_on_it(self):
        self._leads(1)
        self.env.flush_all()
        self._follow(after=self.start)
        with self.assertQueryCount(5):
            self._follow(after=self.start)
        self._leads(20)
        self.env.flush_all()
        self._follow(after=self.start)
        with self.assertQueryCount(5):
            self.assertEqual(len(self._follow(after=self.start)["events"]), 21)
