"""A rep asks a colleague to help with his lead: what that colleague may do, and when it is over."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestHelp(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.reclaim_rule_ids = [
            Command.clear(),
            Command.create({"name": "3 days", "no_follow_up_days": 3, "working": False}),
        ]

    def _ask(self, lead, user, by=None, **more):
        [answer] = lead.with_user(by or self.li).action_ask_help(user.id, **more)
        self.env.invalidate_all()
        return answer

    def _asked(self, user=None, note="He wants a visit on Monday: can you go?"):
        lead = self._held(self.li)
        self.assertTrue(self._ask(lead, user or self.wang, note=note)["done"])
        return lead

    def _reads(self, user, lead):
        return lead.with_user(user).has_access("read")

    def test_a_colleague_who_is_asked_sees_the_lead_and_follows_it_up_in_his_own_name(self):
        lead = self._held(self.li)
        self.assertFalse(self._reads(self.wang, lead))
        answer = self._ask(lead, self.wang, note="Can you go on <Monday>?")
        self.assertEqual(answer, {"id": lead.id, "done": True, "code": False, "message": False, "retry_at": False})
        activity = lead.activity_ids.filtered(lambda activity: activity.user_id == self.wang)
        self.assertEqual(activity.summary, f"Li Na asks for your help with “{lead.name}”")
        self.assertIn("&lt;Monday&gt;", activity.note)
        theirs = lead.with_user(self.wang)
        self.assertTrue(self._reads(self.wang, lead))
        self.assertIn(theirs, self.env["crm.lead"].with_user(self.wang).search([]))
        self.assertEqual(theirs.search([("lp_helped", "=", True)]), theirs)
        self.assertEqual(lead.with_user(self.li).helper_user_ids, self.wang)
        self.assertTrue(lead.is_help_wanted)
        self.assertFalse(self._reads(self.zhao, lead), "only who was asked")
        with self.assertRaises(AccessError):
            theirs.write({"name": "Mine now"})
        with self.assertRaises(AccessError):
            theirs.user_id = self.wang
        before = lead.reclaim_at
        record = self.env["lead.follow.up"].browse(
            theirs.action_follow_up({"note": "Was there on Monday", "next_date": "2030-01-01"})
        )
        self.assertEqual((record.user_id, record.counts), (self.wang, True))
        self.env.invalidate_all()
        self.assertGreaterEqual(lead.reclaim_at, before)
        self.assertEqual(lead.user_id, self.li, "it stays in his hands")
        self.assertFalse(lead.is_help_wanted)
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id), ("kind", "=", "follow_up")])
        self.assertEqual((event.actor_name, event.user_name), ("Wang Wei", "Li Na"))
        self.assertTrue(theirs.follow_up_ids and theirs.pool_event_ids and theirs.pool_holding_ids)
        theirs.message_post(body="He was friendly", subtype_xmlid="mail.mt_note")
        self.assertFalse(activity.exists(), "he has helped: that task is done, and only the next one is planned")
        self.assertEqual(lead.activity_ids.mapped("date_deadline"), [date(2030, 1, 1)])
        self._balance()

    def test_the_question_stands_on_the_lead_and_the_answer_reaches_who_asked(self):
        lead = self._asked(note="Which discount may I offer?")
        theirs = lead.with_user(self.wang)
        self.assertEqual(theirs.help_question, "Li Na asks: Which discount may I offer?")
        self.assertFalse(lead.with_user(self.li).help_question, "it is not his question to himself")
        activity = lead.activity_ids.filtered(lambda activity: activity.user_id == self.wang)
        activity.with_user(self.wang).action_feedback("Five <percent>")
        self.env.invalidate_all()
        [told] = self._told(self.li)
        self.assertEqual(
            (told.subject, told.author_id), (f"Wang Wei has helped with “{lead.name}”", self.wang.partner_id)
        )
        self.assertIn("Five &lt;percent&gt;", told.body)
        self.assertFalse(theirs.help_question)
        theirs.action_follow_up({"note": "Sent him the list of prices"})
        self.assertEqual(self._told(self.li), told, "the question was answered already")

    def test_a_follow_up_answers_too_and_who_asked_no_longer_holds_the_lead_is_told_nothing(self):
        lead = self._asked()
        lead.with_user(self.wang).action_follow_up({"note": "Was there on Monday"})
        [told] = self._told(self.li)
        self.assertIn("Was there on Monday", told.body)
        other = self._asked()
        other.with_user(self.admin).pool_entry_ids.action_assign(self.zhao.id)
        self.env["lead.pool.helper"]._answered(other.ids, self.wang, "Too late")
        self.assertEqual(self._told(self.li), told)
        self.assertFalse(self._told(self.zhao).filtered(lambda message: "Too late" in message.body))

    def test_who_helps_and_once_held_the_lead_is_told_that_he_helps_and_sees_no_button_that_he_may_not_use(self):
        lead = self._held(self.wang)
        entry = self._entries(lead)
        self.assertTrue(entry.with_user(self.wang).action_return(self._reason("return").id)[0]["done"])
        self.assertTrue(entry.with_user(self.admin).action_assign(self.li.id)[0]["done"])
        self.env.invalidate_all()
        self.assertFalse(self._reads(self.wang, lead))
        self.assertTrue(self._ask(lead, self.wang)["done"])
        theirs = lead.with_user(self.wang)
        with self.assertRaisesRegex(AccessError, r"^You help with this lead: [^\n]*\nNothing was saved\.$"):
            theirs.write({"name": "Mine now"})
        for user, may in ((self.wang, False), (self.li, True), (self.admin, True)):
            with self.subTest(user.name):
                self.assertEqual(lead.with_user(user).pool_may_write, may)
        alone = self.env["crm.lead"].create({"name": "In no pool", "user_id": self.li.id})
        self.assertTrue(alone.with_user(self.li).pool_may_write)
        self._ask(alone, self.wang)
        self.assertFalse(alone.with_user(self.wang).pool_may_write)

    def test_one_answer_closes_the_task_to_help_and_none_of_somebody_else(self):
        lead = self._asked()
        self._ask(lead, self.zhao, note="Or you?")
        own = lead.activity_schedule("mail.mail_activity_data_call", user_id=self.wang.id)
        own.with_user(self.wang).action_feedback("Called him")
        self.env.invalidate_all()
        self.assertEqual(lead.activity_ids.user_id, self.zhao, "another task that he did is an answer, too")
        self.assertTrue(lead.is_help_wanted, "Zhao Min has not answered")
        lead.with_user(self.zhao).action_follow_up({"note": "Went there"})
        self.assertFalse(lead.activity_ids)

    def _told(self, user):
        """What waits in his inbox, or went to him by mail, about help."""
        return (
            self.env["mail.message"]
            .search([("notified_partner_ids", "in", user.partner_id.ids), ("message_type", "=", "user_notification")])
            .filtered(lambda message: "helped with" in (message.subject or ""))
        )

    def test_where_the_pool_says_so_only_the_holder_resets_the_clock(self):
        self.pool.follow_up_by_helper = False
        lead = self._asked()
        record = self.env["lead.follow.up"].browse(lead.with_user(self.wang).action_follow_up({"note": "Was there"}))
        self.assertEqual((record.counts, record.doubt), (False, "not_holder"))
        self.assertFalse(lead.is_help_wanted, "he has helped all the same")

    def test_who_cannot_be_asked_and_who_cannot_ask(self):
        lead = self._held(self.li)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        far = self._user("far", "sales_team.group_sale_salesman", "Far Away")
        far.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        portal = self._user("portal", "base.group_portal", "Customer")
        gone = self._user("gone", "sales_team.group_sale_salesman", "Gone")
        gone.action_archive()
        lead.company_id = self.company
        self._ask(lead, self.zhao)
        for user, code in (
            (self.li, "helper_self"),
            (far, "target_foreign"),
            (portal, "helper_no_rights"),
            (self.marketing, "helper_no_rights"),
            (gone, "user_inactive"),
            (self.zhao, "helping_already"),
        ):
            with self.subTest(user.name):
                answer = self._ask(lead, user)
                self.assertEqual((answer["done"], answer["code"]), (False, code))
                self.assertTrue(answer["message"])
        self.assertEqual(self._ask(lead, self.env["res.users"].browse(2**30))["code"], "user_inactive")
        waiting = self._leads()
        for user, on, code in (
            (self.wang, lead, "unknown"),
            (self.stranger, waiting, "unknown"),
            (self.all_docs, lead, "not_holder"),
            (self.zhao, lead, "not_holder"),  # a helper asks nobody
            (self.manager, lead, "not_holder"),
            (self.admin, waiting, "waiting"),
        ):
            with self.subTest(user.name):
                self.assertEqual(self._ask(on, self.wang, by=user)["code"], code)
        self.assertEqual(self._ask(lead, self.wang, by=self.marketing)["code"], "unknown")
        with self.assertRaises(AccessError):
            lead.with_user(portal).action_ask_help(self.wang.id)
        with self.assertRaises(AccessError):
            lead.with_user(portal).action_stop_help(self.zhao.id)
        for arguments in (("x",), (True,), (self.wang.id, 7), (self.wang.id, None, "1")):
            with self.assertRaises(UserError):
                lead.with_user(self.li).action_ask_help(*arguments)
        self.assertEqual(lead.helper_user_ids, self.zhao)

    def test_a_stale_screen_and_a_repeated_call(self):
        lead = self._held(self.li)
        seen = lead.pool_epoch
        first = lead.with_user(self.li).action_ask_help(self.wang.id, epoch=seen, request_uid="once")
        self.assertEqual(lead.with_user(self.li).action_ask_help(self.wang.id, epoch=seen, request_uid="once"), first)
        self.assertEqual(len(lead.activity_ids.filtered(lambda activity: activity.user_id == self.wang)), 1)
        self.assertEqual(self._ask(lead, self.zhao, epoch=seen - 1)["code"], "changed_hands")

    def test_who_is_let_go_sees_nothing_more(self):
        lead = self._asked()
        self.assertIn(self.wang.partner_id, lead.message_partner_ids)
        for user in (self.zhao, self.all_docs):
            answers = lead.with_user(user).action_stop_help(self.wang.id)
            self.assertEqual(self._codes(answers), ["unknown" if user == self.zhao else "not_holder"])
        [answer] = lead.with_user(self.li).action_stop_help(self.wang.id)
        self.env.invalidate_all()
        self.assertTrue(answer["done"])
        self._assert_forgotten(lead, self.wang)
        self.assertEqual(self._codes(lead.with_user(self.li).action_stop_help(self.wang.id)), ["not_helping"])
        self._ask(lead, self.wang)
        self.assertTrue(lead.with_user(self.wang).action_stop_help(self.wang.id)[0]["done"], "he may leave himself")
        self._ask(lead, self.wang)
        lead.with_user(self.li).helper_user_ids = [Command.unlink(self.wang.id)]
        self.env.invalidate_all()
        self._assert_forgotten(lead, self.wang)
        with self.assertRaises(UserError):
            lead.with_user(self.admin).helper_user_ids = [Command.link(self.wang.id)]
        self._balance()

    def _assert_forgotten(self, lead, user):
        self.assertFalse(self._reads(user, lead))
        self.assertNotIn(user.partner_id, lead.message_partner_ids)
        self.assertFalse(lead.activity_ids.filtered(lambda activity: activity.user_id == user))
        notices = self.env["mail.notification"].search([("res_partner_id", "=", user.partner_id.id)])
        self.assertNotIn(lead.id, notices.mail_message_id.filtered(lambda m: m.model == "crm.lead").mapped("res_id"))
        self.assertIn(f"#{lead.id}", lead.with_user(user).display_name)
        for model in ("lead.pool.helper", "lead.assessment", "lead.follow.up"):
            self.assertFalse(self.env[model].with_user(user).search([("lead_id", "=", lead.id)]), model)
        with self.assertRaises(AccessError):
            lead.with_user(user).action_follow_up({"note": "Still here"})
        lead.message_post(body="News", partner_ids=user.partner_id.ids)
        self.assertFalse(
            self.env["mail.notification"].search(
                [("res_partner_id", "=", user.partner_id.id), ("mail_message_id", "in", lead.message_ids.ids)]
            )
        )

    def test_help_is_over_when_the_lead_leaves_the_hands_of_who_asked(self):
        def entry(lead, user):
            return self._entries(lead).with_user(user)

        ways = {
            "return": lambda lead: entry(lead, self.li).action_return(self._reason("return").id),
            "reclaim": lambda lead: entry(lead, self.admin).action_reclaim(),
            "transfer": lambda lead: entry(lead, self.admin).action_transfer(self._pool("Far", []).id),
            "assign": lambda lead: entry(lead, self.admin).action_assign(self.zhao.id),
            "owner": lambda lead: lead.with_user(self.manager).write({"user_id": self.zhao.id}),
            "invalid": lambda lead: entry(lead, self.li).action_mark_invalid(self._reason("invalid").id, note="None"),
            "convert": lambda lead: lead.with_user(self.li).action_convert(),
            "lost": lambda lead: lead.with_user(self.li).action_set_lost(),
        }
        for name, way in ways.items():
            with self.subTest(name):
                lead = self._asked()
                lead.with_user(self.wang).action_follow_up({"note": f"Was there: {name}"})
                way(lead)
                self.env.invalidate_all()
                self.assertFalse(self._reads(self.wang, lead))
                self.assertFalse(self.env["lead.pool.helper"].search([("lead_id", "=", lead.id)]))
                self._assert_forgotten(lead, self.wang)
        self._balance()

    def test_the_same_holder_later_does_not_bring_his_helper_back(self):
        lead = self._asked()
        self._entries(lead).with_user(self.admin).action_reclaim()
        self._entries(lead).with_user(self.admin).action_assign(self.li.id)
        self.env.invalidate_all()
        self.assertFalse(self._reads(self.wang, lead))
        # even where a row was left behind
        self.env["lead.pool.helper"].create(
            {"lead_id": lead.id, "user_id": self.wang.id, "holder_id": self.li.id, "asked_at": self._later()}
        )
        self.env["res.users"]._forget_helped_lead_ids()
        self.assertFalse(self._reads(self.wang, lead))
        self.assertFalse(lead.helper_user_ids)

    def test_a_manager_who_helped_keeps_what_he_follows(self):
        lead = self._asked(self.manager)
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        self.env.invalidate_all()
        self.assertIn(self.manager.partner_id, lead.message_partner_ids)
        self.assertFalse(lead.activity_ids.filtered(lambda activity: activity.user_id == self.manager))

    def test_merge_and_delete(self):
        kept, gone = self._asked(), self._asked()
        merged = (kept | gone).with_user(self.li).merge_opportunity()
        self.env.invalidate_all()
        self.assertEqual(merged.helper_user_ids, self.wang, "of the one that is kept")
        self.assertEqual(len(self.env["lead.pool.helper"].search([("user_id", "=", self.wang.id)])), 1)
        merged.with_user(self.manager).unlink()
        self.assertFalse(self.env["lead.pool.helper"].search([("user_id", "=", self.wang.id)]))
        self._balance()

    def test_a_lead_in_no_pool(self):
        lead = self.env["crm.lead"].with_user(self.li).create({"name": "My own", "user_id": self.li.id})
        lead = lead.with_env(self.env)
        self.assertFalse(lead.pool_id)
        self.assertTrue(self._ask(lead, self.wang)["done"])
        self.assertTrue(self._reads(self.wang, lead))
        lead.with_user(self.wang).action_follow_up({"note": "Called"})
        lead.user_id = self.zhao
        self.env.invalidate_all()
        self.assertFalse(self._reads(self.wang, lead))
        self.assertFalse(lead.helper_ids)
        self.assertNotIn(self.wang.partner_id, lead.message_partner_ids)
        free = self.env["crm.lead"].create({"name": "Nobody's", "user_id": False, "pool_id": False})
        free.user_id = False
        if not free.pool_id:
            self.assertEqual(self._ask(free, self.wang)["code"], "waiting")

    def test_an_archived_helper_does_not_come_back_as_one(self):
        lead = self._asked()
        self.wang.action_archive()
        self.wang.action_unarchive()
        self.env.invalidate_all()
        self.assertFalse(self._reads(self.wang, lead))

    def test_what_the_leader_sees(self):
        lead = self._asked()
        self._held(self.li)
        member = self._member(self.li).with_user(self.admin)
        self.assertEqual(member.help_now, 1)
        action = member.with_context(lead_pool_figure="help").button_open_day()
        found = self.env[action["res_model"]].with_user(self.admin).search(action["domain"])
        self.assertEqual(found.lead_id, lead)
        self.assertEqual(self.env["crm.lead"].with_user(self.admin).search([("is_help_wanted", "=", True)]), lead)

    def test_a_helper_reaches_nothing_else_over_rpc(self):
        lead, other = self._asked(), self._held(self.li)
        Lead = self.env["crm.lead"].with_user(self.wang)
        self.assertFalse(Lead.search([("id", "=", other.id)]))
        self.assertFalse(self.env["lead.pool.helper"].with_user(self.zhao).search([]))
        for values in ({"user_id": self.zhao.id}, {"holder_id": self.wang.id}):
            with self.assertRaises(AccessError):
                lead.helper_ids.with_user(self.li).write(values)
        with self.assertRaises(AccessError):
            self.env["lead.pool.helper"].with_user(self.wang).create(
                {
                    "lead_id": other.id,
                    "user_id": self.wang.id,
                    "holder_id": self.li.id,
                    "holding_id": self._entries(other).lead_id.pool_holding_ids[:1].id,
                    "asked_at": self._later(),
                }
            )
        for verb, arguments in (
            ("action_convert", ()),
            ("action_ask_help", (self.zhao.id,)),
        ):
            with self.subTest(verb):
                try:
                    answers = getattr(lead.with_user(self.wang), verb)(*arguments)
                except AccessError:
                    continue
                self.assertEqual(self._codes(answers), ["not_holder"])
        answers = self._entries(lead).with_user(self.wang).action_return(self._reason("return").id)
        self.assertFalse(answers[0]["done"])
        self.assertEqual(lead.user_id, self.li)

    def test_the_wall_stays_quick(self):
        """Who helps nobody pays one read of an index; who does pays no more for more leads."""

        def queries(user):
            self.env.invalidate_all()
            self.env["res.users"]._forget_helped_lead_ids()
            self.env["crm.lead"].with_user(user).search([], limit=80)
            before = self.env.cr.sql_log_count
            self.env.invalidate_all()
            self.env["crm.lead"].with_user(user).search([], limit=80)
            return self.env.cr.sql_log_count - before

        alone = queries(self.wang)
        for _number in range(5):
            self._asked()
        self.assertEqual(queries(self.wang), alone)
