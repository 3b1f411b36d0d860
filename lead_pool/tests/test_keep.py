"""What the holder of a lead does about its deadline."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from .keep import KeepCase


@tagged("post_install", "-at_install")
class TestLock(KeepCase):
    def test_a_locked_lead_does_not_go_back_by_itself(self):
        with freeze_time("2026-03-02 09:00:00"):
            lead, other = self._held(self.li, 2)
            [answer] = self._verb(self.li, lead, "lock")
            self.assertTrue(answer["done"])
            self.assertFalse(lead.reclaim_at)
            self.assertTrue(lead.pool_locked)
        with freeze_time("2026-03-20 09:00:00"):
            self.assertEqual(self._run_cron(), 1)
            self.assertEqual((lead + other).mapped("pool_state"), ["held", "waiting"])
            self._verb(self.li, lead, "unlock")
            self.assertEqual(lead.reclaim_at, self._at("2026-03-21 09:00:00"), "the grace")
            self.assertEqual(lead.deadline_reason, "no_follow_up")
            self.assertEqual(self._run_cron(), 0)
        with freeze_time("2026-03-21 09:00:00"):
            self.assertEqual(self._run_cron(), 1)
        self.assertEqual(self._kinds(lead), ["entered", "claimed", "locked", "unlocked", "reclaimed"])
        self._balance()

    def test_a_follow_up_after_an_unlock_keeps_the_grace(self):
        self.pool.reclaim_rule_ids.write({"no_follow_up_days": 0, "held_days": 2})
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
            self._verb(self.li, lead, "lock")
        with freeze_time("2026-03-20 09:00:00"):
            self._verb(self.li, lead, "unlock")
            lead.with_user(self.li).action_follow_up({"note": "Spoke to her at length"})
            self.env.invalidate_all()
            self.assertEqual(lead.reclaim_at, self._at("2026-03-21 09:00:00"))

    def test_no_more_locks_than_the_pool_allows_and_locking_twice_is_done(self):
        leads = self._held(self.li, 3)
        answers = self._verb(self.li, leads, "lock")
        self.assertEqual(self._codes(answers), [False, False, "limit_reached"])
        self.assertIn("(2)", answers[2]["message"])
        self.assertEqual(self._codes(self._verb(self.li, leads[0], "lock")), [False])
        self.assertEqual(self._kinds(leads[0]).count("locked"), 1, "no second event")
        self._verb(self.li, leads[0], "unlock")
        self.assertEqual(self._codes(self._verb(self.li, leads[0], "unlock")), [False])
        self.assertEqual(self._codes(self._verb(self.li, leads[2], "lock")), [False])
        self.assertEqual(self._codes(self._verb(self.wang, self._held(self.wang), "lock")), [False], "his own limit")

    def test_a_pool_without_locks_says_so(self):
        self.pool.lock_limit = 0
        [answer] = self._verb(self.li, self._held(self.li), "lock")
        self.assertEqual(answer["code"], "limit_reached")
        self.assertEqual(answer["message"], "“Beijing” has no locks. Have the deadline extended instead.")

    def test_a_limit_lowered_below_what_is_locked_unlocks_nothing_and_allows_nothing_new(self):
        leads = self._held(self.li, 3)
        self._verb(self.li, leads[:2], "lock")
        self.pool.lock_limit = 1
        self.assertEqual(leads.mapped("pool_locked"), [True, True, False])
        self._verb(self.li, leads[0], "unlock")
        self.assertEqual(self._codes(self._verb(self.li, leads[2], "lock")), ["limit_reached"])
        self._verb(self.li, leads[1], "unlock")
        self.assertEqual(self._codes(self._verb(self.li, leads[2], "lock")), [False])

    def test_who_does_not_hold_the_lead_cannot_lock_it(self):
        lead, waiting = self._held(self.li), self._leads()
        for user, code in ((self.wang, "not_holder"), (self.admin, "not_holder"), (self.stranger, "unknown")):
            self.assertEqual(self._codes(self._verb(user, lead, "lock")), [code])
        self.assertEqual(self._codes(self._verb(self.li, waiting, "lock")), ["waiting"])
        self.assertFalse((lead + waiting).pool_entry_ids.filtered("locked"))
        with self.assertRaises(AccessError), self.cr.savepoint():
            self._entries(lead).with_user(self.li).write({"locked": True})

    def test_an_admin_unlocks_what_a_rep_locked(self):
        lead = self._held(self.li)
        self._verb(self.li, lead, "lock")
        self.assertEqual(self._codes(self._verb(self.wang, lead, "unlock")), ["not_holder"])
        self.assertEqual(self._codes(self._verb(self.admin, lead, "unlock")), [False])
        self.assertTrue(lead.reclaim_at)

    def test_the_longest_lock_ends_by_itself_and_is_not_begun_again(self):
        self.pool.lock_days = 5
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
            self._verb(self.li, lead, "lock")
            self.assertEqual(lead.pool_locked_until, self._at("2026-03-07 09:00:00"))
        with freeze_time("2026-03-05 09:00:00"):
            self._verb(self.li, lead, "unlock")
            self._verb(self.li, lead, "lock")
            self.assertEqual(lead.pool_locked_until, self._at("2026-03-07 09:00:00"), "once a holding")
        with freeze_time("2026-03-07 09:00:00"):
            self.assertEqual(self._run_cron(), 0)
            self.assertFalse(lead.pool_locked)
            self.assertEqual(lead.reclaim_at, self._at("2026-03-08 09:00:00"), "never below the grace")
            [answer] = self._verb(self.li, lead, "lock")
            self.assertEqual((answer["code"], "(5 days)" in answer["message"]), ("limit_reached", True))
        with freeze_time("2026-03-08 09:00:00"):
            self.assertEqual(self._run_cron(), 1)
            self._claim(self.li, lead)
            self.assertEqual(self._codes(self._verb(self.li, lead, "lock")), [False], "a new holding")

    def test_a_lock_ends_with_the_holding(self):
        with freeze_time("2026-03-02 09:00:00"):
            returned, given = self._held(self.li, 2)
            self._verb(self.li, returned + given, "lock")
            self._verb(self.li, returned, "return", self._reason("return").id)
            self._verb(self.admin, given, "assign", self.wang.id)
            self.assertEqual((returned + given).pool_entry_ids.mapped("locked"), [False, False])
            self.assertEqual(given.reclaim_at, self._at("2026-03-05 09:00:00"), "the new holder's own deadline")
        leads = self._held(self.li, 2)
        self.assertEqual(self._codes(self._verb(self.li, leads, "lock")), [False, False], "places are free again")
        self._balance()

    def test_the_same_request_locks_once(self):
        lead = self._held(self.li)
        first = self._verb(self.li, lead, "lock", request_uid="tap")
        self._verb(self.li, lead, "unlock")
        self.assertEqual(self._verb(self.li, lead, "lock", request_uid="tap"), first)
        self.assertFalse(lead.pool_locked)

    def test_a_removed_member_locks_nothing_new(self):
        lead = self._held(self.li)
        self._member(self.li).unlink()
        [answer] = self._verb(self.li, lead, "lock")
        self.assertEqual(answer["code"], "not_member")

    def test_a_figure_that_is_none_is_refused(self):
        for name, value in (("lock_limit", -1), ("lock_days", 4000), ("extend_days", 366), ("extend_limit", "two")):
            with self.subTest(name), self.assertRaises(Exception) as raised, self.cr.savepoint():
                self.pool.write({name: value})
                self.env.flush_all()
            self.assertIn(
                type(raised.exception).__name__, ("ValidationError", "CheckViolation"), f"{name}: {raised.exception}"
            )


@tagged("post_install", "-at_install")
class TestExtend(KeepCase):
    def test_one_call_puts_the_deadline_off(self):
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
        with freeze_time("2026-03-04 09:00:00"):
            self.env["lead.pool.entry"]._warn_due()
            [answer] = self._verb(self.li, lead, "extend", 2, note="Back from the fair on Friday")
            self.assertTrue(answer["done"])
            self.assertEqual(lead.reclaim_at, self._at("2026-03-07 09:00:00"))
            self.assertEqual(lead.warn_at, self._at("2026-03-06 09:00:00"))
            self.assertFalse(lead.pool_entry_ids.warned, "he is warned of the new one as well")
        event = lead.pool_event_ids.sorted("seq")[-1]
        self.assertEqual((event.kind, event.note), ("extended", "Back from the fair on Friday"))
        self.assertEqual(event.detail, {"days": 2, "from": "2026-03-05 09:00:00", "to": "2026-03-07 09:00:00"})
        holding = self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)])
        self.assertEqual((holding.extension_count, holding.extended_days), (1, 2))
        self._balance()

    def test_an_extension_outlives_follow_ups_and_changed_rules(self):
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
            self._verb(self.li, lead, "extend", 7)
        promised = self._at("2026-03-12 09:00:00")
        with freeze_time("2026-03-03 09:00:00"):
            lead.with_user(self.li).action_follow_up({"note": "Spoke to her at length"})
            self.env.invalidate_all()
            self.assertEqual(lead.reclaim_at, promised, "the follow-up alone would give the 6th")
            self.pool.reclaim_rule_ids.no_follow_up_days = 1
            self.env["lead.pool.entry"]._refresh_stale_deadlines()
            self.env.invalidate_all()
            self.assertEqual(lead.reclaim_at, promised)
        with freeze_time("2026-03-11 20:00:00"):
            lead.with_user(self.li).action_follow_up({"note": "Spoke to her again"})
            self.env.invalidate_all()
            self.assertEqual(lead.reclaim_at, self._at("2026-03-12 20:00:00"), "a later one counts from itself")

    def test_working_days_where_the_rule_counts_them(self):
        self.pool.reclaim_rule_ids.working = True
        with freeze_time("2026-03-02 02:00:00"):  # Monday morning in Shanghai
            lead = self._held(self.li)
            self.assertEqual(lead.reclaim_at, self._at("2026-03-05 02:00:00"))
            self._verb(self.li, lead, "extend", 2)
            self.assertEqual(lead.reclaim_at, self._at("2026-03-09 02:00:00"), "Thursday to Monday")

    def test_the_limits_of_the_pool(self):
        lead = self._held(self.li)
        [answer] = self._verb(self.li, lead, "extend", 8)
        self.assertEqual(answer["code"], "limit_reached")
        self.assertIn("at most 7 days at once", answer["message"])
        self.assertEqual(self._codes(self._verb(self.li, lead, "extend", 7)), [False])
        self.assertEqual(self._codes(self._verb(self.li, lead, "extend", 7)), [False])
        [answer] = self._verb(self.li, lead, "extend", 1)
        self.assertEqual(answer["code"], "limit_reached")
        self.assertIn("as often as “Beijing” allows (2)", answer["message"])
        self.assertEqual(self._codes(self._verb(self.admin, lead, "extend", 30)), [False], "an admin may")
        self.pool.extend_days = 0
        [answer] = self._verb(self.li, lead, "extend", 1)
        self.assertIn("extends no deadlines", answer["message"])

    def test_each_holding_has_its_own_extensions(self):
        lead = self._held(self.li)
        self._verb(self.li, lead, "extend", 7)
        self._verb(self.li, lead, "return", self._reason("return").id)
        self._claim(self.wang, lead)
        entry = self._entries(lead)
        self.assertEqual((entry.extension_count, entry.keep_until), (0, False))

    def test_what_is_no_number_of_days(self):
        entry = self._entries(self._held(self.li)).with_user(self.li)
        for days in (0, -3, 366, 10**12, "3", 2.5, True, None, [3]):
            with self.subTest(days), self.assertRaisesRegex(UserError, "whole number of days, from 1 to 365"):
                entry.action_extend(days)
        with self.assertRaisesRegex(UserError, "note must be a text"):
            entry.action_extend(1, note=5)

    def test_what_never_goes_back_needs_none(self):
        lead, locked = self._held(self.li, 1, self.open_pool), self._held(self.li)
        self.open_pool.extend_approval = "never"
        self._verb(self.li, locked, "lock")
        for which in (lead, locked):
            [answer] = self._verb(self.li, which, "extend", 1)
            self.assertEqual(answer["code"], "no_deadline")
            self.assertIn("does not go back by itself", answer["message"])
        self.assertEqual(self._codes(self._verb(self.wang, locked, "extend", 1)), ["not_holder"])
        self.assertEqual(self._codes(self._verb(self.li, self._leads(), "extend", 1)), ["waiting"])

    def test_several_leads_are_answered_one_by_one(self):
        mine, foreign = self._held(self.li), self._held(self.wang)
        self.assertEqual(self._codes(self._verb(self.li, mine + foreign, "extend", 1)), [False, "not_holder"])


@tagged("post_install", "-at_install")
class TestExtensionByApproval(KeepCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.write({"extend_approval": "above", "extend_free_days": 2})

    def _ask(self, days=5):
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
        with freeze_time("2026-03-05 08:00:00"):  # an hour before it goes back
            [answer] = self._verb(self.li, lead, "extend", days, note="Waits for her boss")
        self.assertEqual((answer["done"], answer["code"]), (False, "approval_asked"))
        approval = self.env["lead.pool.approval"].search([("entry_id", "=", self._entries(lead).id)])
        self.assertEqual((approval.kind, approval.state, approval.note), ("extension", "open", "Waits for her boss"))
        return lead, approval

    def test_the_inbox_says_what_is_asked_and_what_follows(self):
        lead, approval = self._ask()
        shown = approval.with_user(self.admin)
        self.assertTrue(shown.sentence.startswith(f"Li Na asks for 5 more days for lead #{lead.id}"), shown.sentence)
        self.assertIn("put off by 5 days", shown.on_yes)
        self.assertIn("The deadline stays", shown.on_no)
        self.assertIn("5 more days", approval.with_user(self.li).sentence, "among his own requests too")

    def test_free_days_need_nobody(self):
        lead = self._held(self.li)
        self.assertEqual(self._codes(self._verb(self.li, lead, "extend", 2)), [False])

    def test_a_lead_that_was_asked_for_is_not_taken_back_because_an_admin_sleeps(self):
        lead, approval = self._ask()
        self.assertEqual(lead.reclaim_at, self._at("2026-03-08 08:00:00"), "three days from the request")
        with freeze_time("2026-03-08 07:00:00"):
            self.assertEqual(self._run_cron(), 0)
        with freeze_time("2026-03-08 08:00:00"):
            self.assertEqual(self._run_cron(), 1, "after three days it is")
        self.assertEqual(approval.state, "lapsed")
        self._balance()

    def test_approved_it_counts_from_the_deadline(self):
        lead, approval = self._ask()
        with freeze_time("2026-03-05 08:30:00"):
            [answer] = approval.with_user(self.admin).action_approve()
        self.assertTrue(answer["done"], answer)
        self.env.invalidate_all()
        self.assertEqual(lead.reclaim_at, self._at("2026-03-10 09:00:00"), "not from the three days of waiting")
        self.assertEqual(self._entries(lead).extension_count, 1)
        self._balance()

    def test_approved_late_it_counts_from_then(self):
        lead, approval = self._ask()
        with freeze_time("2026-03-07 08:00:00"):
            approval.with_user(self.admin).action_approve()
        self.env.invalidate_all()
        self.assertEqual(lead.reclaim_at, self._at("2026-03-12 08:00:00"))

    def test_declined_the_lead_stays_for_the_grace(self):
        lead, approval = self._ask()
        with freeze_time("2026-03-05 10:00:00"):
            approval.with_user(self.admin).action_decline("He had four weeks")
            self.env.invalidate_all()
            self.assertEqual(lead.reclaim_at, self._at("2026-03-06 10:00:00"))
            [answer] = self._verb(self.li, lead, "extend", 5)
            self.assertEqual(answer["code"], "approval_asked")
            self.assertEqual(lead.reclaim_at, self._at("2026-03-06 10:00:00"), "asking again gains nothing")

    def test_withdrawn_it_is_as_if_declined(self):
        lead, approval = self._ask()
        with freeze_time("2026-03-05 10:00:00"):
            [answer] = approval.with_user(self.li).action_withdraw()
        self.assertTrue(answer["done"], answer)
        self.env.invalidate_all()
        self.assertEqual(lead.reclaim_at, self._at("2026-03-06 10:00:00"))

    def test_an_approval_for_somebody_who_holds_it_no_longer_changes_nothing(self):
        lead, approval = self._ask()
        with freeze_time("2026-03-05 08:30:00"):
            self._verb(self.li, lead, "return", self._reason("return").id)
        self.assertEqual(approval.state, "lapsed")
        [answer] = approval.with_user(self.admin).action_approve()
        self.assertFalse(answer["done"])
        self.assertFalse(self._entries(lead).keep_until)

    def test_a_lead_that_was_locked_meanwhile_needs_no_approval(self):
        lead, approval = self._ask()
        with freeze_time("2026-03-05 08:30:00"):
            self._verb(self.li, lead, "lock")
            [answer] = approval.with_user(self.admin).action_approve()
        self.assertEqual((answer["code"], approval.state), ("no_deadline", "open"))

    def test_asking_twice_is_one_request(self):
        lead, approval = self._ask()
        self._verb(self.li, lead, "extend", 6)
        self.assertEqual(self.env["lead.pool.approval"].search([("entry_id", "=", self._entries(lead).id)]), approval)

    def test_a_pool_that_always_asks(self):
        self.pool.extend_approval = "always"
        self.assertEqual(self._codes(self._verb(self.li, self._held(self.li), "extend", 1)), ["approval_asked"])


@tagged("post_install", "-at_install")
class TestReasons(KeepCase):
    def test_a_reason_may_need_a_note(self):
        reason = self._reason("return")
        reason.note_required = True
        lead = self._held(self.li)
        [answer] = self._verb(self.li, lead, "return", reason.id, note="  ")
        self.assertEqual(answer["code"], "note_required")
        self.assertIn("write a few words", answer["message"])
        self.assertEqual(self._codes(self._verb(self.li, lead, "return", reason.id, note="Moved to Spain")), [False])

    def test_a_reason_of_other_pools_is_none_here(self):
        reason = self._reason("return")
        reason.pool_ids = self.open_pool
        leads = self._held(self.li) + self._held(self.li, 1, self.open_pool)
        self.assertEqual(self._codes(self._verb(self.li, leads, "return", reason.id)), ["wrong_reason", False])

    def test_a_reason_sends_a_lead_where_its_pool_lets_it_go(self):
        reason = self._reason("return")
        reason.to_pool_id = self.open_pool
        stays, goes = self._held(self.li, 2)
        self._verb(self.li, stays, "return", reason.id)
        self.assertEqual(stays.pool_id, self.pool, "the pool does not let leads go there")
        self.pool.return_pool_ids = self.open_pool
        self._verb(self.li, goes, "return", reason.id)
        self.assertEqual(goes.pool_id, self.open_pool)
        back = self._held(self.li)
        self._verb(self.li, back, "return", reason.id, pool_id=self.pool.id)
        self.assertEqual(back.pool_id, self.pool, "who says where to is obeyed")

    def test_only_a_return_has_a_destination(self):
        with self.assertRaisesRegex(ValidationError, "no reason to return"), self.cr.savepoint():
            self._reason("reclaim").to_pool_id = self.open_pool

    def test_in_another_pool_the_lead_shows_what_that_pool_opens(self):
        field = self.env["lead.pool.open.field"].search([("field_name", "=", "city")])
        self.assertIn(field, self.pool.open_field_ids)
        narrow = self._pool("Narrow", open_field_ids=[Command.clear()])
        self.pool.return_pool_ids = narrow
        lead = self._held(self.li, city="Wuhan")
        self._verb(self.li, lead, "return", self._reason("return").id, pool_id=narrow.id)
        self.assertFalse(self._entries(lead).city)

    def test_the_dialog_offers_where_the_reason_sends_it(self):
        self.pool.return_pool_ids = self.open_pool
        reason = self._reason("return")
        reason.write({"to_pool_id": self.open_pool.id, "note_required": True})
        lead = self._held(self.li)
        action = lead.with_user(self.li).button_return()
        with Form(self.env["lead.pool.return"].with_user(self.li).with_context(**action["context"])) as form:
            form.reason_id = reason
            self.assertEqual(form.pool_id, self.open_pool)
            form.note = "Not my region"
        form.record.action_confirm()
        self.env.invalidate_all()
        self.assertEqual((lead.pool_id, lead.pool_state), (self.open_pool, "waiting"))
