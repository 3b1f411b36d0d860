from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.base.tests.test_ir_cron import CronMixinCase

from ..models.notice.lead_pool_notice import Quiet
from .common import LeadPoolCase

MONDAY = datetime(2026, 3, 2, 9)  # UTC, the clock of the reps
IDLE = 10  # queries of a run that finds nobody to remind


class NoticeCase(LeadPoolCase):
    def setUp(self):
        super().setUp()
        self.env.flush_all()
        self.since = self.env["mail.message"].search([], order="id desc", limit=1).id or 0
        self.env["bus.bus"].search([]).unlink()

    def _choose(self, owner, **ways):
        owner.lead_pool_notices = [{"kind": kind, "ways": list(chosen)} for kind, chosen in ways.items()]

    def _inbox(self, user):
        messages = self.env["mail.message"].search([("id", ">", self.since)], order="id")
        return messages.filtered(lambda message: user.partner_id in message.notified_partner_ids)

    def _live(self, user):
        self.env.cr.precommit.run()
        sent = self.env["bus.bus"].search([("message", "like", "simple_notification")])
        return sent.filtered(lambda one: f'"res.partner",{user.partner_id.id}' in one.channel)

    def _activities(self, user):
        return self.env["mail.activity"].search([("user_id", "=", user.id)])


@tagged("post_install", "-at_install")
class TestChoices(NoticeCase, CronMixinCase):
    def _give(self, user, count=2):
        self._entries(self._leads(count)).with_user(self.admin).action_assign(user.id)

    def test_who_chose_nothing_sees_new_leads_pass_by_and_no_more(self):
        self._give(self.li)
        self.assertEqual(len(self._live(self.li)), 1, "one for both leads")
        self.assertFalse(self._inbox(self.li) or self._activities(self.li))

    def test_each_way_alone_all_together_and_none(self):
        for ways in ([], ["message"], ["activity"], ["live", "activity", "message"]):
            with self.subTest(ways=ways):
                self.setUp()
                self._activities(self.li).unlink()
                self._choose(self.li, got=ways)
                self._give(self.li)
                told = (bool(self._live(self.li)), len(self._activities(self.li)), len(self._inbox(self.li)))
                self.assertEqual(told, ("live" in ways, 2 * ("activity" in ways), int("message" in ways)))

    def test_the_planned_first_contact_is_activity_enough(self):
        self.pool.first_contact_days = 2
        self._choose(self.li, got=["activity"])
        self._give(self.li)
        self.assertEqual(len(self._activities(self.li)), 2, "one for each lead")

    def test_a_message_goes_by_mail_to_who_wants_odoo_s_messages_by_mail(self):
        self._choose(self.li, got=["message"])
        self.li.notification_type = "email"
        self._give(self.li)
        kinds = self._inbox(self.li).notification_ids.mapped("notification_type")
        self.assertEqual(kinds, ["email"])

    def test_the_company_s_choice_holds_for_who_has_none_and_news_of_admins_are_theirs(self):
        self._choose(self.company, got=["message"], decision=[])
        self._choose(self.wang, got=["live"])
        self._give(self.li, 1)
        self._give(self.wang, 1)
        self.assertEqual((len(self._inbox(self.li)), len(self._inbox(self.wang))), (1, 0))
        self.pool._tell_admins("decision", lambda env, pool: ("A request waits", []))
        self.assertFalse(self._inbox(self.admin))
        self._choose(self.admin, decision=["activity"])
        for _time in range(2):
            self.pool._tell_admins("decision", lambda env, pool: ("A request waits", ["Of Li"]))
        self.assertEqual(len(self._activities(self.admin)), 1, "the second is added to the first")

    def _go_back(self, *held):
        """Leads of these ``(rep, pool)`` whose time is over go back, as the scheduled action takes them back."""
        leads = self.env["crm.lead"].union(*(self._held(user, pool=pool) for user, pool in held))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lead_pool_entry SET reclaim_at = %s, warned = true WHERE lead_id = ANY(%s)",
            [self._later(hours=-1), leads.ids],
        )
        self.env.invalidate_all()
        self.assertEqual(self.env["lead.pool.entry"]._reclaim_due(), len(held))
        return leads

    def _all_since(self):
        return self.env["mail.message"].search([("id", ">", self.since), ("model", "=", "lead.pool")], order="id")

    def test_many_are_told_what_one_is_told_and_odoo_delivers_it_after_the_commit(self):
        self.wang.notification_type = "inbox"
        self._go_back((self.li, self.pool))
        [alone] = self._all_since()
        self.assertEqual(alone.notified_partner_ids, self.li.partner_id)
        self.since = alone.id
        with self.capture_triggers("mail.ir_cron_send_scheduled_message") as capture:
            leads = self._go_back((self.li, self.pool), (self.wang, self.pool))
        self.assertEqual(len(capture.records), 1, "one for all")
        messages = self._all_since()
        self.assertEqual(messages.partner_ids, (self.li | self.wang).partner_id)
        same = (
            "model res_id author_id email_from is_internal message_type subtype_id subject email_add_signature "
            "email_layout_xmlid reply_to record_company_id record_alias_domain_id"
        ).split()
        for message, lead in zip(messages, leads, strict=True):
            self.assertIn(f"#{lead.id} ", message.body)
            self.assertEqual({name: message[name] for name in same}, {name: alone[name] for name in same})
        self.assertFalse(messages.notification_ids)
        with mute_logger("odoo.addons.mail.models.mail_mail"):
            self.env["mail.message.schedule"].search([]).force_send()
        kinds = {one.res_partner_id: one.notification_type for one in messages.notification_ids}
        self.assertEqual(kinds, {self.li.partner_id: "email", self.wang.partner_id: "inbox"})

    def test_news_of_two_pools_at_once_are_one_thing_to_do(self):
        self._choose(self.li, went_back=["activity"])
        leads = self._go_back((self.li, self.pool), (self.li, self.open_pool))
        [activity] = self._activities(self.li)
        for lead in leads:
            self.assertIn(f"#{lead.id} ", activity.note)
        more = self._go_back((self.li, self.pool))
        self.assertEqual(self._activities(self.li), activity)
        for lead in leads | more:
            self.assertIn(f"#{lead.id} ", activity.note)

    def test_nobody_is_told_in_a_trial(self):
        self._choose(self.admin, trouble=["live", "activity", "message"])
        pool = self.pool.with_context(lead_pool_quiet=Quiet())
        pool._tell_admins("trouble", lambda env, pool: ("Never said", []))
        self.assertFalse(self._inbox(self.admin) or self._activities(self.admin) or self._live(self.admin))

    def test_everybody_chooses_for_himself_over_rpc_too_and_nobody_for_others(self):
        mine = self.li.with_user(self.li)
        self.assertNotIn("decision", [row["kind"] for row in mine.lead_pool_notices])
        self.assertIn("decision", [row["kind"] for row in self.admin.with_user(self.admin).lead_pool_notices])
        mine.write({"lead_pool_notices": [{"kind": "got", "ways": []}]})
        self.assertEqual(self.li._lead_pool_ways("got"), ())
        with self.assertRaises(AccessError):
            self.wang.with_user(self.li).write({"lead_pool_notices": [{"kind": "got", "ways": []}]})
        for wrong in ({"got": []}, [{"kind": "got", "ways": ["fax"]}], [{"kind": 1, "ways": []}], "got"):
            with self.subTest(wrong=wrong), self.assertRaises(ValidationError):
                mine.write({"lead_pool_notices": wrong})
        mine.write({"lead_pool_notices": [{"kind": "got", "ways": ["live"]}]})
        self.assertFalse(self.li.sudo().lead_pool_chosen, "as usual is no choice")


@tagged("post_install", "-at_install")
class TestWarningsInWorkingTime(NoticeCase):
    def _warn(self, moment):
        with freeze_time(moment):
            while self.env["lead.pool.entry"]._warn_due():
                pass
            self.env["lead.pool.notice.later"]._tell_due()
        return self._inbox(self.li).mapped("subject")

    def setUp(self):
        super().setUp()
        self.pool.reclaim_rule_ids = [Command.create({"name": "10 days", "held_days": 10, "warn_days": 4})]
        with freeze_time(MONDAY - timedelta(hours=7)):  # at night
            self.leads = self._held(self.li, 2)
        self.night = MONDAY + timedelta(days=6, hours=-7)  # a Sunday, 2 o'clock

    def test_at_night_the_warning_waits_until_the_morning_and_is_given_once(self):
        self.assertEqual(self._warn(self.night), [])
        self.assertEqual(self._warn(self.night + timedelta(hours=5)), [], "it is Sunday")
        told = ["2 of your leads go back soon"]
        self.assertEqual(self._warn(MONDAY + timedelta(days=7)), told)
        self.assertEqual(self._warn(MONDAY + timedelta(days=7, hours=1)), told)

    def test_what_was_returned_meanwhile_is_not_warned_of(self):
        self._warn(self.night)
        with freeze_time(self.night + timedelta(hours=1)):
            self._entries(self.leads[0]).with_user(self.li).action_return(self._reason("return").id)
        self.assertEqual(self._warn(MONDAY + timedelta(days=7)), ["1 of your leads go back soon"])

    def test_a_warning_that_would_come_too_late_is_given_at_night(self):
        self.pool.reclaim_rule_ids.write({"held_days": 6.9, "warn_days": 1})
        with freeze_time(self.night - timedelta(days=3)):
            while self.env["lead.pool.entry"]._refresh_stale_deadlines():
                pass
        self.assertEqual(self._warn(self.night), ["2 of your leads go back soon"])

    def test_a_company_may_have_everything_told_at_once(self):
        self.company.lead_pool_remind_working = False
        self.assertEqual(self._warn(self.night), ["2 of your leads go back soon"])


@tagged("post_install", "-at_install")
class TestMorning(NoticeCase, CronMixinCase):
    """One message in the morning of a working day, with what is to be done."""

    def setUp(self):
        super().setUp()
        self.company.resource_calendar_id.tz = "UTC"
        self.pool.write({"tz": "UTC", "forgotten_days": 3, "first_contact_days": 1, "waits_too_long_days": 5})
        with freeze_time(MONDAY):
            self.due, self.forgotten, self.late = self._held(self.li, 3)
            self.due.with_user(self.li).action_follow_up({"note": "Called", "next_date": "2026-03-05"})
            self.forgotten.with_user(self.li).action_follow_up({"note": "Called him too"})
            self.waiting = self._leads(2)

    def _morning(self, moment):
        self.env.cr.precommit.run()
        with freeze_time(moment), self.enter_registry_test_mode():
            self.env.ref("lead_pool.ir_cron_remind").method_direct_trigger()
        self.env.invalidate_all()
        return self._inbox(self.li)

    def test_one_message_says_what_is_due_late_forgotten_and_unplanned_with_links(self):
        told = self._morning(MONDAY + timedelta(days=7))
        self.assertEqual(told.mapped("subject"), ["Today in your lead pools"])
        for link, words in (
            ("my-leads-due", f"1 next actions are due</a>: #{self.due.id}"),
            ("my-leads-late", f"1 new leads were not contacted in time</a>: #{self.late.id}"),
            ("my-leads-forgotten", f"2 leads have had no follow-up for long</a>: #{self.due.id}, #{self.forgotten.id}"),
            ("my-leads-unplanned", f"2 leads have no next action</a>: #{self.forgotten.id}, #{self.late.id}"),
        ):
            self.assertIn(f'href="/odoo/{link}"', told.body)
            self.assertIn(words, told.body)
        self.assertNotIn("Lead 0", told.body, "numbers, no names")
        self.assertIn("2 leads of “Beijing” have waited for more than 5 days", self._inbox(self.admin).body)
        self.assertFalse(self._inbox(self.wang), "who has nothing to do hears nothing")

    def test_the_links_open_the_leads_that_were_counted(self):
        with freeze_time(MONDAY + timedelta(days=7)):
            Lead = self.env["crm.lead"].with_user(self.li)
            found = {name: Lead.search([(name, "=", True)]) for name in ("is_late", "is_forgotten")}
            self.assertEqual(found, {"is_late": self.late, "is_forgotten": self.due | self.forgotten})
            self.assertTrue(self.late.is_late and not self.late.is_forgotten)
            waits = self.env["lead.pool.entry"].with_user(self.admin).search([("waits_too_long", "=", True)])
            self.assertEqual(waits.lead_id, self.waiting)
        for name in ("due", "untouched", "forgotten", "unplanned", "going_back"):
            action = self.env.ref(f"lead_pool.my_leads_action_{name}").with_user(self.li).run()
            self.assertEqual(action["res_model"], "crm.lead")
            search = self.env.ref("lead_pool.crm_lead_view_search_mine").arch
            for chosen in action["context"]:
                self.assertIn(f'name="{chosen.removeprefix("search_default_")}"', search)

    def test_nobody_is_told_twice_a_day_early_at_night_or_on_a_sunday(self):
        self.assertFalse(self._morning(MONDAY + timedelta(days=6)), "Sunday")
        self.assertFalse(self._morning(MONDAY + timedelta(days=7, hours=-3)), "6 o'clock")
        for hours in (0, 1, 5):
            self.assertEqual(len(self._morning(MONDAY + timedelta(days=7, hours=hours))), 1)
        self.assertEqual(len(self._morning(MONDAY + timedelta(days=8))), 2, "the next day")

    def test_on_leave_nobody_is_reminded_and_each_kind_is_told_as_it_was_chosen(self):
        self._member(self.li).write(
            {"leave_from": MONDAY + timedelta(days=5), "leave_until": MONDAY + timedelta(days=9, hours=-2)}
        )
        self.assertFalse(self._morning(MONDAY + timedelta(days=7)))
        self._choose(self.li, due=["activity"], no_plan=[], untouched=[], forgotten=["message"], going_back=[])
        self.assertIn("no follow-up for long", self._morning(MONDAY + timedelta(days=9)).body)
        self.assertNotIn("are due", self._inbox(self.li).body)
        mine = self._activities(self.li).filtered("lead_pool_notice")
        self.assertIn("1 next actions are due", mine.note)
        self._morning(MONDAY + timedelta(days=10))
        self.assertEqual(self._activities(self.li).filtered("lead_pool_notice"), mine, "the same, with today's words")

    def test_a_run_with_nobody_to_remind_costs_little_and_the_kill_switch_stops_it(self):
        Notice = self.env["lead.pool.notice"]
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self.assertFalse(self._morning(MONDAY + timedelta(days=7)))
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", False)
        self._morning(MONDAY + timedelta(days=7))
        with freeze_time(MONDAY + timedelta(days=7, hours=1)), self.assertQueryCount(IDLE):
            self.env["lead.pool.notice.later"]._tell_due()
            self.assertEqual(Notice._remind_some(), (0, False))

    def test_reminding_costs_the_same_for_few_leads_and_for_many(self):
        def cost(day):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(MONDAY + timedelta(days=day)):
                self.env["lead.pool.notice"]._remind_some()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(7)
        few = cost(8)
        with freeze_time(MONDAY):
            self._held(self.li, 40)
        self.assertLessEqual(cost(9), few + 2)
