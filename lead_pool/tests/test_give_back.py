from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestReturn(LeadPoolCase):
    def test_a_rep_returns_a_lead_with_a_reason(self):
        lead = self._held(self.li)
        lead.activity_schedule("mail.mail_activity_data_call", user_id=self.li.id)
        reason = self._reason("return")
        [answer] = self._entries(lead).with_user(self.li).action_return(reason.id, note="No answer in a week")
        self.assertTrue(answer["done"])
        self.env.invalidate_all()
        self.assertRecordValues(lead, [{"user_id": False, "team_id": self.team.id, "pool_state": "waiting"}])
        self.assertRecordValues(
            self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)]),
            [{"end_reason": "returned", "reason_id": reason.id}],
        )
        self.assertEqual(self._entries(lead).recycled, 1)
        self.assertFalse(lead.activity_ids)
        with self.assertRaises(AccessError):
            lead.with_user(self.li).read(["phone"])
        self._balance()

    def test_what_has_an_external_id_is_deleted_when_the_add_on_goes(self):
        """As Odoo does it, before the tables: it was refused, with errors in the log. Reasons have one, and with demo
        data pools and custom fields."""
        lead = self._held(self.li)
        option = Command.create({"name": "Exam"})
        goals = self.env["lead.custom.field"].create({"name": "Goals", "field_type": "multi", "option_ids": [option]})
        lead[goals.technical_name] = goals.option_ids
        for one in (self.pool, goals):
            self.env["ir.model.data"].create(
                {"module": "lead_pool", "name": f"demo_{one._table}", "model": one._name, "res_id": one.id}
            )
        lead.with_user(self.li).action_follow_up(
            {"note": "Nobody answers", "type_id": self.env["lead.follow.up.type"].search([], limit=1).id}
        )
        self._entries(lead).with_user(self.li).action_return(self._reason("return").id)
        uninstall_hook(self.env)
        ours = [("module", "=", "lead_pool"), ("model", "=like", "lead.%")]
        for model in {data.model for data in self.env["ir.model.data"].search(ours)} & set(self.env.registry):
            numbers = self.env["ir.model.data"].search([*ours, ("model", "=", model)]).mapped("res_id")
            self.env[model].browse(numbers).exists().with_context(_force_unlink=True).unlink()
        self.env.flush_all()

    def test_returns_that_are_refused(self):
        mine, foreign, waiting = self._held(self.li), self._held(self.wang), self._leads()
        entries = self._entries(mine) + self._entries(foreign) + self._entries(waiting)
        wrong = entries.with_user(self.li).action_return(self._reason("invalid").id)
        self.assertEqual(self._codes(wrong), ["wrong_reason", "not_holder", "waiting"])
        self.assertEqual(self._codes(entries[0].with_user(self.li).action_return(False)), ["reason_required"])
        self.assertEqual(self._codes(entries[0].with_user(self.li).action_mark_invalid(False)), ["reason_required"])
        self.assertEqual(
            self._codes(
                entries[0].with_user(self.li).action_return(self._reason("return").id, pool_id=self.open_pool.id)
            ),
            ["wrong_pool"],
        )
        self.pool.return_pool_ids = self.open_pool
        [answer] = entries[0].with_user(self.li).action_return(self._reason("return").id, pool_id=self.open_pool.id)
        self.assertTrue(answer["done"])
        self.assertEqual(mine.pool_id, self.open_pool)
        self._balance()

    def test_an_admin_takes_leads_back(self):
        leads = self._held(self.li, 2)
        entries = self._entries(leads)
        self.assertEqual(self._codes(entries.with_user(self.wang).action_reclaim()), ["not_admin"] * 2)
        answers = entries.with_user(self.admin).action_reclaim(self._reason("reclaim").id)
        self.assertTrue(all(answer["done"] for answer in answers))
        self.assertEqual(self._member(self.li).held, 0)
        told = self.env["mail.message"].search([("model", "=", "lead.pool"), ("res_id", "=", self.pool.id)], limit=1)
        self.assertIn(self.li.partner_id, told.notified_partner_ids)
        self.assertNotIn("Lead 0", told.body)
        self._balance()

    def test_transfer_by_admins_of_the_source_pool_only(self):
        waiting, held = self._leads(), self._held(self.li)
        entries = self._entries(waiting + held)
        target = self._pool("South", members=self.zhao)
        self.assertEqual(self._codes(entries.with_user(self.li).action_transfer(target.id)), ["not_admin"] * 2)
        answers = entries.with_user(self.admin).action_transfer(target.id, self._reason("transfer").id)
        self.assertTrue(all(answer["done"] for answer in answers))
        self.assertEqual((waiting + held).pool_id, target)
        self.assertFalse((waiting + held).user_id)
        self.assertEqual(self._codes(entries.with_user(self.admin).action_transfer(target.id)), ["wrong_pool"] * 2)
        self.assertEqual(self._codes(entries.with_user(self.admin).action_transfer(10**9)), ["wrong_pool"] * 2)
        self.assertEqual(self._codes(self._claim(self.zhao, waiting)), [False])
        self._balance()

    def test_invalid_by_the_holder_or_an_admin(self):
        held, waiting = self._held(self.li), self._leads()
        reason = self._reason("invalid")
        self.assertEqual(
            self._codes(self._entries(waiting).with_user(self.li).action_mark_invalid(reason.id)), ["not_admin"]
        )
        self._entries(held).with_user(self.li).action_mark_invalid(reason.id)
        self._entries(waiting).with_user(self.admin).action_mark_invalid(reason.id)
        self.env.invalidate_all()
        self.assertEqual((held + waiting).mapped("pool_state"), ["invalid", "invalid"])
        self.assertEqual(held.with_user(self.li).name, held.name, "the holder still reads what he marked")
        self._balance()


@tagged("post_install", "-at_install")
class TestReclaim(LeadPoolCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pool.reclaim_rule_ids = [
            Command.create(
                {"name": "Hot", "domain": "[('priority', '=', '3')]", "no_first_touch_days": 1, "sequence": 1}
            ),
            Command.create({"name": "All", "no_follow_up_days": 3, "warn_days": 1, "sequence": 2}),
        ]

    def test_the_first_rule_whose_condition_holds_gives_the_deadline(self):
        with freeze_time("2026-03-02 09:00:00"):
            hot = self._held(self.li, priority="3")
            cold = self._held(self.li)
        self.assertEqual(hot.reclaim_at, fields.Datetime.to_datetime("2026-03-03 09:00:00"))
        self.assertEqual(hot.deadline_reason, "no_first_touch")
        self.assertEqual(cold.reclaim_at, fields.Datetime.to_datetime("2026-03-05 09:00:00"))

    def test_due_leads_go_back_and_the_rep_is_told_why(self):
        with freeze_time("2026-03-02 09:00:00"):
            due, kept = self._held(self.li, 2)
        with freeze_time("2026-03-04 09:00:00"):
            kept.with_user(self.li).action_follow_up({"note": "Spoke to her"})
            self.assertEqual(self.env["lead.pool.entry"]._warn_due(), 1)
            self.assertEqual(self.env["lead.pool.entry"]._warn_due(), 0, "warned once")
        with freeze_time("2026-03-05 09:00:00"):
            self.assertEqual(self.env["lead.pool.entry"]._reclaim_due(), 1)
        self.env.invalidate_all()
        self.assertEqual((due + kept).mapped("pool_state"), ["waiting", "held"])
        event = self.env["lead.pool.event"].search([("lead_ref", "=", due.id)], order="seq desc", limit=1)
        self.assertEqual((event.kind, event.note, event.from_user_name), ("reclaimed", "No follow-up", "Li Na"))
        self._balance()

    def test_a_stricter_rule_never_goes_below_the_grace(self):
        with freeze_time("2026-03-02 09:00:00"):
            lead = self._held(self.li)
        with freeze_time("2026-03-04 09:00:00"):
            self.pool.reclaim_rule_ids[1].no_follow_up_days = 1
            self.assertTrue(self.pool.deadlines_stale)
            self.env["lead.pool.entry"]._refresh_stale_deadlines()
            self.env.invalidate_all()
            # one day would be over already; two days of the old promise are left, the grace is 24 hours
            self.assertEqual(lead.reclaim_at, fields.Datetime.to_datetime("2026-03-05 09:00:00"))
        self.assertFalse(self.pool.deadlines_stale)

    def test_working_days_skip_the_weekend_and_public_holidays(self):
        self.pool.reclaim_rule_ids = [
            Command.clear(),
            Command.create({"name": "Two working days", "no_follow_up_days": 2, "working": True, "warn_days": 0}),
        ]
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.company.resource_calendar_id.id,
                "date_from": "2026-03-08 16:00:00",  # Monday the 9th in Shanghai
                "date_to": "2026-03-09 15:59:59",
            }
        )
        with freeze_time("2026-03-06 02:00:00"):  # Friday morning in Shanghai
            lead = self._held(self.li)
        self.assertEqual(lead.reclaim_at, fields.Datetime.to_datetime("2026-03-11 02:00:00"))

    def test_the_kill_switch_stops_distribution_and_reclaim(self):
        self.pool.strategy = "rotation"
        self.env["ir.config_parameter"].set_param("lead_pool.stopped", "True")
        self._leads(2)
        answers = self.pool.with_user(self.admin).action_distribute()
        self.assertEqual(self._codes(answers), ["stopped", "stopped"])
