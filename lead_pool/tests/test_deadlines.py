"""When a lead goes back: what puts that date off, who is warned before, and what keeps a lead."""

from freezegun import freeze_time

from odoo import Command
from odoo.tests import tagged

from .test_reclaim import ReclaimCase, day


@tagged("post_install", "-at_install")
class TestLeaveStopsTheClock(ReclaimCase):
    def _leave(self, user, start, end):
        resource = self.env["resource.resource"].search([("user_id", "=", user.id)], limit=1) or self.env[
            "resource.resource"
        ].create({"name": user.name, "user_id": user.id, "tz": "UTC"})
        return self.env["resource.calendar.leaves"].create(
            {"name": "Leave", "resource_id": resource.id, "date_from": day(start), "date_to": day(end)}
        )

    def test_a_planned_leave_of_odoo_counts_from_the_first_day(self):
        self._rules({"no_follow_up_days": 3})
        self._leave(self.li, 1, 8)
        mine, other = self._held_on(0), self._held_on(0, self.wang)
        self.assertEqual((mine.reclaim_at, other.reclaim_at), (day(10), day(3)))

    def test_a_leave_entered_later_moves_the_deadline_and_one_ended_early_moves_it_back(self):
        self._rules({"no_follow_up_days": 3})
        lead = self._held_on(0)
        with freeze_time(day(1)):
            leave = self._leave(self.li, 2, 12)
            self.assertTrue(self.env["lead.pool.rep"].search([("user_id", "=", self.li.id)]).deadlines_stale)
        self._reclaim(1)
        self.assertEqual(lead.reclaim_at, day(13))
        with freeze_time(day(5)):
            leave.date_to = day(5)
        self._reclaim(5)
        self.assertEqual(lead.reclaim_at, day(6), "what was left, and the grace of a day")
        with freeze_time(day(5.25)):
            leave.unlink()
        self._reclaim(5.25)
        self.assertEqual(lead.reclaim_at, day(6), "never below what was promised")

    def test_the_leave_in_his_row_of_the_pool_stops_the_clock_of_this_pool(self):
        for pool in (self.pool, self.open_pool):
            self._rules({"held_days": 3}, pool=pool)
        here, there = self._held_on(0), self._held_on(0, pool=self.open_pool)
        with freeze_time(day(1)):
            self._member(self.li).write({"leave_from": day(2), "leave_until": day(6)})
        self._reclaim(1)
        self.assertEqual((here.reclaim_at, there.reclaim_at), (day(7), day(3)))
        with freeze_time(day(3)):
            self.assertIn("stands still until 2026-03-08 09:00: Li Na is on leave", here.deadline_words)
        with freeze_time(day(6.5)):
            here.invalidate_recordset()
            self.assertNotIn("stands still", here.deadline_words)

    def test_a_changed_calendar_or_public_holiday_makes_the_deadlines_of_working_days_stale(self):
        self._rules({"held_days": 2, "working": True})
        lead = self._held_on(0)
        self.assertEqual(lead.reclaim_at, day(2))
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "date_from": "2026-03-02 16:00",
                "date_to": "2026-03-03 15:59",
            }
        )
        self._reclaim(0.5)
        self.assertEqual(lead.reclaim_at, day(3), "Tuesday is off")
        calendar.attendance_ids.filtered(lambda line: line.dayofweek == "3").unlink()
        self.assertTrue(self.pool.deadlines_stale)
        self._reclaim(0.5)
        self.assertEqual(lead.reclaim_at, day(4), "and so is Thursday")


@tagged("post_install", "-at_install")
class TestLadder(ReclaimCase):
    def setUp(self):
        super().setUp()
        self.boss = self._user("boss", "sales_team.group_sale_salesman", "Boss")
        self.team.user_id = self.boss
        self._rules({"held_days": 10, "warn_days": 3, "warn_leader_days": 2, "warn_admin_days": 1})

    def test_rep_leader_and_admin_are_told_once_each_one_after_the_other(self):
        leads = self._held_on(0, count=3)
        since = self._last_message()
        for number in (6.9, 7, 7.5, 8, 8.5, 9, 9.5):
            self._reclaim(number)
            self._reclaim(number)
        self.assertEqual(self._inbox(self.li, since), ["3 of your leads go back soon"])
        self.assertEqual(self._inbox(self.boss, since), ["3 leads go back soon"])
        self.assertEqual(self._inbox(self.admin, since), ["3 leads go back soon"])
        events = self.env["lead.pool.event"].search([("lead_ref", "=", leads[0].id), ("kind", "=", "warned")])
        self.assertEqual([(e.date, e.detail["to"]) for e in events.sorted("seq")],
                         [(day(7), "rep"), (day(8), "leader"), (day(9), "admin")])  # fmt: skip
        self.assertEqual(self._reclaim(10), 3)
        self._balance()

    def test_without_a_leader_or_of_the_leader_himself_the_admins_are_told(self):
        self.team.user_id = self.li
        self._held_on(0)
        self._reclaim(7)
        since = self._last_message()
        self._reclaim(8)
        self.assertFalse(self._inbox(self.li, since))
        self.assertEqual(self._inbox(self.admin, since), ["1 leads go back soon"])

    def test_a_follow_up_starts_the_ladder_anew(self):
        self._rules({"no_follow_up_days": 4, "warn_days": 2, "warn_admin_days": 1})
        lead = self._held_on(0)
        self._reclaim(2)
        with freeze_time(day(2.5)):
            lead.with_user(self.li).action_follow_up({"note": "Called her"})
        entry = self._entries(lead)
        self.assertEqual((entry.warn_at, entry.warn_level, entry.warned), (day(4.5), 1, False))
        since = self._last_message()
        self._reclaim(4.5)
        self.assertEqual(self._inbox(self.li, since), ["1 of your leads go back soon"])

    def test_what_is_over_when_a_deadline_is_set_is_said_to_its_holder_only(self):
        lead = self._held_on(0)
        self._reclaim(5)
        with freeze_time(day(5)):
            self.pool.reclaim_rule_ids.held_days = 4
        since = self._last_message()
        self._reclaim(5)
        self.assertEqual(lead.reclaim_at, day(6), "grace")
        self.assertEqual(self._inbox(self.li, since), ["1 of your leads go back soon"])
        self.assertFalse(self._inbox(self.boss, since))
        self._reclaim(5.5)
        self.assertFalse(self._inbox(self.boss, since))
        self.assertEqual(self._inbox(self.admin, since), ["1 leads go back soon"], "a day before is now")

    def test_computing_again_warns_nobody_twice(self):
        self._held_on(0)
        self._reclaim(7)
        since = self._last_message()
        self.pool.reclaim_rule_ids.name = "Another name"
        self.pool.sudo().write({"deadlines_stale": True})
        self._reclaim(7.5)
        self.assertFalse(self._inbox(self.li, since))
        self._reclaim(8)
        self.assertEqual(self._inbox(self.boss, since), ["1 leads go back soon"])


@tagged("post_install", "-at_install")
class TestGrace(ReclaimCase):
    """Whatever changes the rules, nobody loses a lead earlier than promised and within the grace."""

    def _stricter(self, change, number=8, **first):
        """A deadline of ten days, then ``change`` on a day: when does it end?"""
        self._rules({"held_days": 10, **first})
        lead = self._held_on(0)
        with freeze_time(day(number)):
            change()
        self._reclaim(number)
        return lead.reclaim_at

    def test_by_a_figure(self):
        self.assertEqual(self._stricter(lambda: self.pool.reclaim_rule_ids.write({"held_days": 1})), day(9))
        self.assertEqual(
            self._stricter(lambda: self.pool.reclaim_rule_ids.write({"held_days": 1}), number=9.5), day(10)
        )
        self.assertEqual(self._stricter(lambda: self.pool.reclaim_rule_ids.write({"held_days": 20})), day(20))

    def test_by_a_rule_that_is_deleted_archived_reordered_or_given_a_condition(self):
        def change(what):
            self._rules({"held_days": 10}, {"held_days": 2})
            lead = self._held_on(0)
            with freeze_time(day(8)):
                what(self.pool.reclaim_rule_ids[0])
            self._reclaim(8)
            return lead.reclaim_at

        self.assertEqual(change(lambda rule: rule.unlink()), day(9))
        self.assertEqual(change(lambda rule: rule.write({"active": False})), day(9))
        self.assertEqual(change(lambda rule: rule.write({"sequence": 9})), day(9))
        self.assertEqual(change(lambda rule: rule.write({"domain": "[('city', '=', 'Nowhere')]"})), day(9))

    def test_by_an_imported_policy(self):
        self._rules({"held_days": 10})
        lead = self._held_on(0)
        file = self.pool.with_user(self.manager).action_export_policy()
        file["reclaim_rule_ids"][0]["held_days"] = 1
        with freeze_time(day(8)):
            self.pool.with_user(self.manager).action_import_policy(file, dry_run=False)
        self._reclaim(8)
        self.assertEqual(lead.reclaim_at, day(9))

    def test_by_a_pool_that_goes_to_work(self):
        self.pool.mode = "observe"
        self._rules({"held_days": 3, "warn_days": 1})
        lead = self._held_on(0)
        with freeze_time(day(8)):
            self.pool.mode = "active"
        self.assertEqual(lead.reclaim_at, day(9))
        self.assertEqual(self._reclaim(8), 0)
        self.assertEqual(self._reclaim(9), 1)

    def test_a_follow_up_after_a_stricter_rule_does_not_take_the_lead_away(self):
        self._rules({"held_days": 10})
        lead = self._held_on(0)
        with freeze_time(day(8)):
            self.pool.reclaim_rule_ids.held_days = 2
        self._reclaim(8)
        with freeze_time(day(8.5)):
            lead.with_user(self.li).action_follow_up({"note": "Called her"})
        self.assertEqual(lead.reclaim_at, day(9), "as it was promised")

    def test_by_another_value_of_the_lead(self):
        self._rules({"held_days": 2, "domain": "[('priority', '=', '3')]"}, {"held_days": 10})
        lead = self._held_on(0)
        with freeze_time(day(8)):
            lead.with_user(self.li).priority = "3"
            self.assertEqual(lead.reclaim_at, day(9), "at once, and with the grace")
            self.assertEqual(lead.deadline_reason, "held")
            lead.with_user(self.li).priority = "1"
            self.assertEqual(lead.reclaim_at, day(10))

    def test_a_transferred_lead_is_in_nobodys_hands(self):
        self._rules({"held_days": 10})
        self._rules({"held_days": 1}, pool=self.open_pool)
        lead = self._held_on(0)
        with freeze_time(day(8)):
            self._entries(lead).with_user(self.admin).action_transfer(self.open_pool.id)
            self.env.invalidate_all()
            self.assertFalse(self._entries(lead).reclaim_at)
            self._claim(self.wang, lead)
        self.assertEqual(lead.reclaim_at, day(9), "by the other pool's rules, from when it was claimed")


@tagged("post_install", "-at_install")
class TestExemptions(ReclaimCase):
    def setUp(self):
        super().setUp()
        self._rules({"held_days": 3})
        self.vip, self.other = self.env["crm.tag"].create([{"name": "VIP"}, {"name": "Other"}])

    def _exempts(self, **values):
        self.pool.write(values)
        self._reclaim(0)

    def test_a_tag_keeps_a_lead_and_without_it_there_is_a_grace(self):
        self._exempts(exempt_tag_ids=[Command.set(self.vip.ids)])
        lead = self._held_on(0, tag_ids=[Command.set(self.other.ids)])
        self.assertEqual(lead.reclaim_at, day(3))
        with freeze_time(day(1)):
            lead.with_user(self.li).tag_ids = self.vip
        entry = self._entries(lead)
        self.assertEqual((lead.reclaim_at, entry.stays_because), (False, "tag"))
        self.assertEqual(lead.deadline_words, "Never goes back by itself: Has a tag that keeps it.")
        self.assertEqual(self._reclaim(9), 0)
        with freeze_time(day(9)):
            lead.with_user(self.li).tag_ids = False
        self.assertEqual((lead.reclaim_at, entry.stays_because), (day(10), False))
        self.assertEqual(self._reclaim(10), 1)

    def test_a_condition_keeps_a_lead(self):
        self._exempts(exempt_domain="[('city', '=', 'Suzhou')]")
        kept, other = self._held_on(0, city="Suzhou"), self._held_on(0, city="Wuxi")
        self.assertEqual((kept.reclaim_at, other.reclaim_at), (False, day(3)))
        self.assertEqual(self._entries(kept).stays_because, "condition")
        with freeze_time(day(1)):
            (kept | other).with_user(self.manager).city = "Suzhou"
        self.assertEqual(self._entries(other).stays_because, "condition")

    def test_a_quotation_keeps_a_lead_until_it_is_cancelled(self):
        self._exempts(exempt_order=True)
        lead = self._held_on(0)
        partner = self.env["res.partner"].create({"name": "Customer"})
        with freeze_time(day(1)):
            order = self.env["sale.order"].create({"partner_id": partner.id, "opportunity_id": lead.id})
            self.env.flush_all()
        self.assertEqual((lead.reclaim_at, self._entries(lead).stays_because), (False, "order"))
        with freeze_time(day(5)):
            order._action_cancel()
        self.assertEqual(lead.reclaim_at, day(6))
        with freeze_time(day(5)):
            order.action_draft()
        self.assertFalse(lead.reclaim_at)
        with freeze_time(day(5)):
            order.opportunity_id = False
        self.assertEqual(lead.reclaim_at, day(6))

    def test_a_converted_lead_that_stays_held_is_kept_where_the_pool_says_so(self):
        self._exempts(exempt_converted=True, opportunity_ends_holding=False)
        lead = self._held_on(0)
        with freeze_time(day(1)):
            lead.with_user(self.li).action_convert({"create_partner": True})
        self.assertEqual((lead.pool_state, lead.reclaim_at), ("held", False))
        self.assertEqual(self._entries(lead).stays_because, "converted")

    def test_a_pool_without_exemptions_asks_nothing(self):
        lead = self._held_on(0).with_user(self.manager)
        partner = self.env["res.partner"].create({"name": "Customer"})
        order = self.env["sale.order"].create({"partner_id": partner.id, "opportunity_id": lead.id})
        self.pool._deadline_fields()
        self.pool._pools_exempting_orders()
        self.env.flush_all()
        self.assertEqual(order.opportunity_id, lead.sudo(False))
        before = self.env.cr.sql_log_count
        order._lead_pool_refresh(order.opportunity_id)
        self.assertFalse(lead._deadlines_concerned({"tag_ids": [], "city": "Suzhou"}))
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_a_condition_that_breaks_keeps_rather_too_many(self):
        self._exempts(exempt_domain="[('city', '=', 'Suzhou')]")
        lead = self._held_on(0)
        self.env.cr.execute("UPDATE lead_pool SET exempt_domain = %s", ["[('gone', '=', 1)]"])
        self.env.invalidate_all()
        self.pool.sudo().write({"deadlines_stale": True})
        self._reclaim(1)
        self.assertFalse(lead.reclaim_at)
        self.assertTrue(self.pool.exempt_broken)
        self.assertIn("cannot be evaluated", self.pool.with_user(self.admin).warnings)
        self.pool.exempt_domain = False
        self._reclaim(1)
        self.assertEqual(lead.reclaim_at, day(3))


@tagged("post_install", "-at_install")
class TestMerged(ReclaimCase):
    """Merging is no way to more time."""

    def _merge(self, leads, number, **values):
        with freeze_time(day(number)):
            merged = leads.with_user(self.admin).merge_opportunity(**values)
        self.env.invalidate_all()
        return merged.sudo()

    def _old_and_new(self, user=None):
        """The new one stays: it is further on."""
        further = self.env["crm.stage"].search([("is_won", "=", False)], order="sequence desc", limit=1)
        old = self._held_on(0, user, name="Old")
        return old, self._held_on(4, name="New", stage_id=further.id)

    def test_the_earlier_deadline_holds_until_the_next_follow_up(self):
        self._rules({"no_follow_up_days": 7})
        old, new = self._old_and_new()
        with freeze_time(day(5)):
            new.with_user(self.li).action_follow_up({"note": "Talked about prices"})
        self.assertEqual((old.reclaim_at, new.reclaim_at), (day(7), day(12)))
        merged = self._merge(old | new, 5)
        self.assertEqual(merged, new)
        self.assertEqual((merged.reclaim_at, merged.held_since), (day(7), day(0)))
        self.pool.reclaim_rule_ids.warn_days = 1
        self._reclaim(5)
        self.assertEqual(merged.reclaim_at, day(7), "also when all deadlines are computed again")
        with freeze_time(day(5)):
            self._member(self.li).write({"leave_from": day(6), "leave_until": day(8)})
        self._reclaim(5)
        self.assertEqual(merged.reclaim_at, day(9))
        with freeze_time(day(8)):
            merged.with_user(self.li).action_follow_up({"note": "Talked about dates"})
        self.assertEqual(merged.reclaim_at, day(15))
        self._balance()

    def test_what_a_follow_up_does_not_put_off_is_not_put_off_by_a_merge(self):
        self._rules({"held_days": 10})
        old, new = self._old_and_new()
        merged = self._merge(old | new, 5)
        self.assertEqual(merged.reclaim_at, day(10))
        with freeze_time(day(6)):
            merged.with_user(self.li).action_follow_up({"note": "Talked about dates"})
        self.assertEqual(merged.reclaim_at, day(10))

    def test_never_before_the_grace(self):
        self._rules({"no_follow_up_days": 7})
        old, new = self._old_and_new()
        self.pool.grace_hours = 48
        merged = self._merge(old | new, 6)
        self.assertEqual(merged.reclaim_at, day(8))
        self.assertEqual(self._reclaim(7), 0)
        self.assertEqual(self._reclaim(8), 1)
        self._balance()

    def test_of_another_rep_or_for_another_rep_nothing_is_taken_over(self):
        self._rules({"no_follow_up_days": 7})
        old, new = self._old_and_new(self.wang)
        merged = self._merge(old | new, 5, user_id=self.li.id)
        self.assertEqual((merged.user_id, merged.reclaim_at), (self.li, day(11)))
        old, new = self._old_and_new()
        merged = self._merge(old | new, 5, user_id=self.zhao.id)
        self.assertEqual((merged.user_id, merged.reclaim_at), (self.zhao, day(12)))
        self._balance()
