"""Who helps with a lead, when it is handed over, when somebody leaves, and how he is told."""

from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .test_handover import HandoverCase
from .test_notices import NoticeCase

HELP = "lead_pool.mail_activity_help"


class HelpCase(HandoverCase):
    def _asked(self, *users, lead=None, by=None):
        lead = self._held(self.li) if lead is None else lead
        for user in users:
            [answer] = lead.with_user(by or self.li).action_ask_help(user.id, note="Can you go?")
            self.assertTrue(answer["done"], answer)
        self.env.invalidate_all()
        return lead

    def _reads(self, user, lead):
        self.env.invalidate_all()
        return lead.with_user(user).has_access("read")

    def _tasks(self, lead):
        """Whose activities ask for help on this lead."""
        kind = self.env.ref(HELP)
        return lead.activity_ids.filtered(lambda activity: activity.activity_type_id == kind).mapped("user_id.name")

    def _archive(self, user):
        user.action_archive()
        self._work(self.env["lead.pool.handover"].search([("source", "=", "archived")]).job_id)
        self.env.invalidate_all()
        return self.env["lead.pool.handover"].search([("source", "=", "archived")])


@tagged("post_install", "-at_install")
class TestHelpGoesAlong(HelpCase):
    def test_who_helps_goes_on_helping_who_takes_over(self):
        lead, other = self._asked(self.zhao), self._asked(self.zhao)
        other.with_user(self.zhao).action_follow_up({"note": "Was there"})
        self._run(self._handover())
        self.assertEqual((lead | other).user_id, self.wang)
        self.assertTrue(self._reads(self.zhao, lead) and self._reads(self.zhao, other))
        self.assertEqual(((lead | other).helper_user_ids, lead.is_help_wanted), (self.zhao, True))
        self.assertFalse(other.is_help_wanted, "he has answered")
        self.assertEqual(self._tasks(lead), ["Zhao Min"])
        lead.with_user(self.zhao).action_follow_up({"note": "Will go tomorrow"})
        self.assertTrue(lead.with_user(self.wang).action_stop_help(self.zhao.id)[0]["done"])
        self.assertFalse(self._reads(self.zhao, lead))
        self._undone(self.env["lead.pool.handover"].search([]))
        self.assertEqual((other.user_id, other.helper_user_ids), (self.li, self.zhao))
        self.assertTrue(self._reads(self.zhao, other))
        self._balance()

    def test_who_gets_the_lead_helps_no_more_until_it_goes_back(self):
        lead = self._asked(self.wang, self.zhao)
        handover = self._run(self._handover())
        self.assertEqual((lead.user_id, lead.helper_user_ids, self._tasks(lead)), (self.wang, self.zhao, ["Zhao Min"]))
        self._undone(handover)
        self.assertEqual((lead.user_id, lead.helper_user_ids), (self.li, self.wang | self.zhao))
        self.assertEqual(sorted(self._tasks(lead)), ["Wang Wei", "Zhao Min"])
        self.assertTrue(self._reads(self.wang, lead))
        self._balance()

    def test_on_a_lead_that_goes_to_the_pool_help_is_over_and_an_undo_brings_it_back(self):
        lead, answered = self._asked(self.zhao), self._asked(self.zhao)
        answered.with_user(self.zhao).action_follow_up({"note": "Was there"})
        handover = self._run(self._handover(mode="pool"))
        self.assertFalse(self._reads(self.zhao, lead) or self._reads(self.zhao, answered))
        self.assertFalse(self.env["lead.pool.helper"].search([]))
        self.assertFalse((lead | answered).activity_ids, "nobody is asked for help with it any more")
        self._undone(handover)
        self.assertEqual((lead | answered).user_id, self.li)
        self.assertTrue(self._reads(self.zhao, lead) and self._reads(self.zhao, answered))
        self.assertEqual((lead.is_help_wanted, answered.is_help_wanted), (True, False))
        self.assertEqual((self._tasks(lead), self._tasks(answered)), (["Zhao Min"], []))
        self.assertIn(self.zhao.partner_id, answered.message_partner_ids)
        self._balance()

    def test_who_covers_asks_too_and_after_the_leave_all_help_the_one_who_is_back(self):
        lead, borrowed = self._asked(self.zhao), self._held(self.li)
        own = self.env["crm.lead"].with_user(self.li).create({"name": "Own"}).sudo()
        self._asked(self.zhao, lead=own)
        until = fields.Datetime.now() + timedelta(days=7)
        cover = self._run(self._handover(kind="cover", cover_until=until, outside_user_id=self.wang.id))
        self.assertEqual((lead | borrowed | own).user_id, self.wang)
        self.assertTrue(self._reads(self.zhao, own))
        self.assertTrue(own.is_help_wanted)
        self._asked(self.zhao, lead=borrowed, by=self.wang)
        self._asked(self.stranger, lead=own, by=self.wang)
        self._asked(self.li, lead=lead, by=self.wang)
        self._undone(cover, "action_give_back")
        self.assertEqual((lead | borrowed | own).user_id, self.li)
        self.assertEqual((lead | borrowed).helper_user_ids, self.zhao, "and nobody helps himself")
        self.assertEqual(own.helper_user_ids, self.zhao | self.stranger)
        self.assertFalse(self._reads(self.wang, lead) or self._reads(self.wang, own))
        self._balance()

    def test_the_holder_is_archived_and_restored(self):
        lead = self._asked(self.zhao)
        handover = self._archive(self.li)
        self.assertFalse(self._reads(self.zhao, lead))
        self.li.action_unarchive()
        self._undone(handover)
        self.assertEqual((lead.user_id, lead.helper_user_ids), (self.li, self.zhao))
        self._balance()

    def test_an_opportunity_that_left_its_pool_changes_its_owner(self):
        lead = self._held(self.li)
        lead.with_user(self.li).action_convert()
        self._asked(self.zhao, lead=lead)
        lead.with_user(self.manager).user_id = self.wang
        self.assertFalse(self._reads(self.zhao, lead))
        self.assertFalse(self._tasks(lead))
        self.assertNotIn(self.zhao.partner_id, lead.message_partner_ids)

    def test_the_same_for_two_leads_and_for_twenty(self):
        def cost(count):
            for lead in self._held(self.li, count):
                self._asked(self.zhao, lead=lead)
            handover = self._handover()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            handover.action_run()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(2)
        few = cost(2)
        self.assertLessEqual(cost(20), few + 10)


@tagged("post_install", "-at_install")
class TestHelpIsTold(HelpCase, NoticeCase):
    def test_who_is_asked_is_told_in_the_ways_that_he_chose(self):
        for ways in ([], ["message"], ["live"], ["live", "activity", "message"]):
            with self.subTest(ways=ways):
                self.setUp()
                self._choose(self.zhao, help=ways)
                lead = self._asked(self.zhao)
                self.assertTrue(self._reads(self.zhao, lead))
                self.assertIn(self.zhao.partner_id, lead.message_partner_ids)
                self.assertTrue(lead.is_help_wanted)
                told = (bool(self._live(self.zhao)), len(self._tasks(lead)), len(self._inbox(self.zhao)))
                self.assertEqual(told, ("live" in ways, int("activity" in ways), int("message" in ways)))
                lead.with_user(self.li).action_stop_help(self.zhao.id)
                self.assertFalse(self._tasks(lead))
                self.assertFalse(self._inbox(self.zhao), "of what he may not read any more")

    def test_usually_it_is_an_activity_and_no_more(self):
        lead = self._asked(self.zhao)
        activity = lead.activity_ids
        self.assertEqual(activity.summary, f"Li Na asks for your help with “{lead.name}”")
        self.assertIn("Can you go?", activity.note)
        self.assertFalse(self._inbox(self.zhao) or self._live(self.zhao))

    def test_a_helper_leaves_and_who_waits_for_him_is_told(self):
        lead, answered = self._asked(self.zhao), self._asked(self.zhao)
        answered.with_user(self.zhao).action_follow_up({"note": "Was there"})
        own = self._held(self.zhao)
        self._archive(self.zhao)
        self.assertFalse((lead | answered).helper_user_ids or (lead | answered).activity_ids)
        self.assertEqual(own.pool_state, "waiting")
        [told] = self._activities(self.li)
        self.assertEqual(told.summary, "Zhao Min cannot help you any more: ask somebody else")
        self.assertIn(f"#{lead.id} ", told.note)
        self.assertNotIn(f"#{answered.id} ", told.note)
        self._balance()
