"""A leader reads what his people do, and says something to it."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools.safe_eval import safe_eval

from .common import LeadPoolCase

CANARY = "Zyzzyva"


@tagged("post_install", "-at_install")
class TestTeamFeed(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref("lead_pool.lead_follow_up_action_feed")
        cls.leader = cls._user("leader", "sales_team.group_sale_salesman_all_leads", "Leader")
        cls.other_leader = cls._user("otherleader", "sales_team.group_sale_salesman_all_leads", "Other Leader")
        cls.south = cls.env["crm.team"].create({"name": "South", "user_id": cls.leader.id})
        cls.env["crm.team"].create({"name": "West", "user_id": cls.other_leader.id})
        cls.env["crm.team.member"].create({"crm_team_id": cls.south.id, "user_id": cls.li.id})

    def _feed(self, user):
        return self.env["lead.follow.up"].with_user(user).search(safe_eval(self.action.domain))

    def test_each_leader_sees_his_people_and_the_newest_first(self):
        ours, theirs = self._held(self.li), self._held(self.wang)
        first = self.env["lead.follow.up"].browse(ours.with_user(self.li).action_follow_up({"note": "Called"}))
        second = self.env["lead.follow.up"].browse(theirs.with_user(self.wang).action_follow_up({"note": "Visited"}))
        self.assertEqual(self._feed(self.leader), first)
        self.assertFalse(self._feed(self.other_leader))
        self.assertEqual(self._feed(self.manager)[:2].ids, [second.id, first.id])
        self.assertEqual(self._feed(self.admin)[:2].ids, [second.id, first.id], "of the pools that he runs")
        for user in (self.li, self.wang, self.stranger):
            self.assertFalse(self._feed(user), "a rep leads nobody")

    def test_what_the_leader_may_not_read_is_not_in_the_feed_by_any_way(self):
        lead = self._held(self.li)
        lead.with_user(self.li).action_follow_up({"note": CANARY})
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        self.env.invalidate_all()
        hidden = [("note", "ilike", CANARY)]
        (self.leader | self.reps | self.stranger).group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]
        for user in (self.leader, self.wang, self.li, self.stranger):
            FollowUp = self.env["lead.follow.up"].with_user(user)
            with self.subTest(user.name):
                self.assertFalse(FollowUp.search(hidden))
                self.assertFalse(FollowUp._read_group(hidden, ["user_id"], ["__count"]))
                self.assertFalse(FollowUp.formatted_read_group([], ["lead_id"], ["__count"]))
                self.assertFalse(FollowUp.name_search(lead.name))
                self.assertFalse(FollowUp.search([("lead_id.name", "ilike", lead.name)]))
                counts = FollowUp.search_panel_select_range("user_id", enable_counters=True)["values"]
                self.assertFalse([value for value in counts if value.get("__count")])
                follow_up = lead.follow_up_ids.with_user(user)
                for method, arguments in (("read", (["note"],)), ("export_data", (["note", "lead_id/name"],))):
                    with self.assertRaises(AccessError):
                        getattr(follow_up, method)(*arguments)
                comment = self.env["lead.pool.comment"].with_user(user)
                with self.assertRaises(AccessError):
                    comment.create({"follow_up_id": follow_up.id, "body": "x"}).action_post()
        self.assertTrue(self._feed(self.manager).filtered(lambda f: f.note == CANARY))

    def test_follow_ups_of_another_company_are_none_of_ours(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        boss = self._user("boss", "lead_pool.group_manager", "Boss")
        boss.company_ids = [Command.link(other.id)]
        lead = self.env["crm.lead"].create(
            {"name": "Far", "company_id": other.id, "user_id": boss.id, "team_id": False}
        )
        lead.with_user(boss).with_context(allowed_company_ids=other.ids).action_follow_up({"note": CANARY})
        here = self.env["lead.follow.up"].with_user(boss).with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(here.search([("note", "=", CANARY)]))
        self.assertTrue(here.with_context(allowed_company_ids=other.ids).search([("note", "=", CANARY)]))

    def test_a_comment_is_in_the_chatter_and_told_to_the_rep(self):
        lead = self._held(self.li)
        follow_up = self.env["lead.follow.up"].browse(lead.with_user(self.li).action_follow_up({"note": "Called"}))
        action = follow_up.with_user(self.leader).button_comment()
        form = Form(self.env[action["res_model"]].with_user(self.leader).with_context(**action["context"]))
        self.assertEqual(form.user_ids.ids, self.li.ids)
        form.body = "Well done, <b>go on</b>"
        form.user_ids.add(self.stranger)
        form.save().action_post()
        message = lead.message_ids[0]
        self.assertIn("&lt;b&gt;", message.body)
        self.assertTrue(message.is_internal or message.subtype_id.internal)
        self.assertEqual(message.notified_partner_ids, self.li.partner_id, "the stranger does not read the lead")
        self.assertEqual(follow_up.with_user(self.leader).button_open_lead()["res_id"], lead.id)

    def test_a_page_costs_a_few_queries_however_many_there_are(self):
        names = ("user_id", "lead_id", "type_id", "level_id", "pool_id")
        spec = {name: {"fields": {"display_name": {}}} for name in names}
        spec |= {name: {} for name in ("date", "note", "result", "doubt", "counts", "channel")}

        def queries():
            self.env.invalidate_all()
            FollowUp = self.env["lead.follow.up"].with_user(self.leader)
            before = self.env.cr.sql_log_count
            page = FollowUp.web_search_read(safe_eval(self.action.domain), spec, limit=40)
            return self.env.cr.sql_log_count - before, page["length"]

        for lead in self._held(self.li, 3):
            lead.with_user(self.li).action_follow_up({"note": "Called"})
        queries()
        few, _count = queries()
        for number, lead in enumerate(self._held(self.li, 10)):
            lead.with_user(self.li).action_follow_up({"note": f"Called again {number}"})
        queries()
        many, count = queries()
        self.assertEqual((many, count), (few, 13))
        self.assertLessEqual(few, 10)
