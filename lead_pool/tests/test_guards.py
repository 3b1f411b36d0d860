from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestGuards(LeadPoolCase):
    """Every way in which plain Odoo changes an owner keeps entry, ledgers and limits true."""

    def test_a_member_does_not_write_himself_as_owner(self):
        masked, shown = self._leads(), self._leads(pool=self.open_pool)
        with self.assertRaises(AccessError):
            masked.with_user(self.li).write({"user_id": self.li.id})
        self.assertEqual(shown.with_user(self.li).name, shown.name)
        with self.assertRaises(AccessError):
            shown.with_user(self.li).write({"user_id": self.li.id})
        with self.assertRaises(AccessError):
            shown.with_user(self.li).write({"phone": "1"})

    def test_an_admins_edit_of_the_salesperson_is_an_assignment(self):
        lead = self._leads()
        lead.with_user(self.admin).user_id = self.li
        self.assertEqual(lead.pool_state, "held")
        lead.with_user(self.admin).write({"user_id": self.wang.id})
        lead.with_user(self.admin).write({"user_id": False})
        self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "waiting")
        events = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], order="seq")
        self.assertEqual(events.mapped("kind"), ["entered", "assigned", "reassigned", "recalled"])
        self._balance()

    def test_an_admins_edit_obeys_capacity_and_membership(self):
        lead = self._leads()
        self._member(self.li).capacity = 1
        self._held(self.li)
        with self.assertRaisesRegex(UserError, "Li Na holds as many"):
            lead.with_user(self.admin).user_id = self.li
        with self.assertRaisesRegex(UserError, "not a member"):
            lead.with_user(self.admin).user_id = self.stranger
        self.assertEqual(lead.pool_state, "waiting")
        self._balance()

    def test_the_holder_uses_the_buttons(self):
        lead = self._held(self.li)
        with self.assertRaisesRegex(UserError, "Return"):
            lead.with_user(self.li).user_id = False
        with self.assertRaisesRegex(UserError, "admin"):
            lead.with_user(self.li).user_id = self.wang
        lead.with_user(self.li).write({"phone": "+86 13900000000", "priority": "2"})
        self._balance()

    def test_a_bulk_edit_is_one_batch(self):
        leads = self._leads(3)
        leads.with_user(self.admin).write({"user_id": self.wang.id, "priority": "1"})
        self.assertEqual(self._member(self.wang).held, 3)
        self._balance()

    def test_an_automation_is_recorded_and_not_refused(self):
        self._member(self.li).capacity = 1
        leads = self._leads(2)
        leads.sudo().write({"user_id": self.li.id})
        self.assertTrue(self._member(self.li).over_capacity)
        self.assertEqual(set(leads.mapped("pool_state")), {"held"})
        self._balance()

    def test_the_pool_field_is_a_transfer(self):
        lead = self._leads()
        lead.with_user(self.admin).pool_id = self.open_pool
        self.env.invalidate_all()
        self.assertEqual(self._entries(lead).pool_id, self.open_pool)
        with self.assertRaisesRegex(UserError, "Transfer"):
            lead.with_user(self.admin).pool_id = False
        mine = self._held(self.li)
        with self.assertRaises(UserError):
            mine.with_user(self.li).pool_id = self.open_pool
        self._balance()

    def test_an_unpooled_lead_enters_by_the_pool_field(self):
        lead = self.env["crm.lead"].with_user(self.manager).create({"name": "Plain", "user_id": self.li.id})
        lead.with_user(self.manager).pool_id = self.pool
        self.env.invalidate_all()
        self.assertRecordValues(lead, [{"pool_state": "held", "user_id": self.li.id}])
        self._balance()

    def test_deleting_a_lead_leaves_its_numbers_in_the_ledgers(self):
        """ATK-74: deleted while it is held."""
        lead = self._held(self.li)
        number = lead.id
        lead.with_user(self.manager).unlink()
        self.assertRecordValues(
            self.env["lead.pool.entry"].search([("lead_ref", "=", number)]),
            [{"state": "closed", "closed_as": "deleted", "lead_id": False}],
        )
        holding = self.env["lead.pool.holding"].search([("lead_ref", "=", number)])
        self.assertRecordValues(holding, [{"end_reason": "deleted", "lead_id": False}])
        self.assertEqual(self._member(self.li).held, 0)
        self._balance()

    def test_merging_closes_the_tail_as_merged(self):
        """ATK-74: merged while both are held."""
        head, tail = self._held(self.li, 2)
        number = {head.id, tail.id}
        merged = (head + tail).with_user(self.li).merge_opportunity()
        [gone] = number - {merged.id}
        self.assertEqual(self.env["lead.pool.entry"].search([("lead_ref", "=", gone)]).closed_as, "merged")
        self.assertEqual(merged.pool_state, "held")
        self.assertEqual(self._member(self.li).held, 1)
        self._balance()

    def test_a_rep_does_not_merge_a_waiting_lead_into_his_own(self):
        mine = self._held(self.li, pool=self.open_pool)
        waiting = self._leads(pool=self.open_pool)
        with self.assertRaises(UserError):
            (mine + waiting).with_user(self.li).merge_opportunity()
        foreign = self._held(self.wang)
        with self.assertRaises(UserError):
            (mine + foreign).with_user(self.all_docs).merge_opportunity()
        self._balance()

    def test_atk_04_an_order_takes_no_lead_out_of_its_pool(self):
        """ATK-04 by another door: a confirmed order closes its lead, so nobody names a lead that is not his."""
        customer = self.env["res.partner"].create({"name": "Some customer"})
        waiting, shown, foreign = self._leads(), self._leads(pool=self.open_pool), self._held(self.wang)
        mine = self._held(self.li)
        Order = self.env["sale.order"].with_user(self.li)
        own = Order.create({"partner_id": customer.id, "opportunity_id": mine.id})
        for lead in (waiting, shown, foreign):
            with self.subTest(lead=lead.id):
                with self.assertRaisesRegex(UserError, f"Lead #{lead.id} is not yours"), self.env.cr.savepoint():
                    Order.create({"partner_id": customer.id, "opportunity_id": lead.id})
                with self.assertRaisesRegex(UserError, "is not yours"), self.env.cr.savepoint():
                    Order.with_context(default_opportunity_id=lead.id).create({"partner_id": customer.id})
                with self.assertRaisesRegex(UserError, "is not yours"), self.env.cr.savepoint():
                    own.opportunity_id = lead
        own.action_confirm()
        self.env.invalidate_all()
        self.assertRecordValues(self._entries(waiting + shown + foreign).sorted("lead_ref"), [
            {"state": "waiting"}, {"state": "waiting"}, {"state": "held"}
        ])  # fmt: skip
        self.assertEqual(self._entries(mine).closed_as, "converted")
        self._balance()

    def _order(self, user, lead):
        customer = self.env["res.partner"].create({"name": "Some customer"})
        return self.env["sale.order"].with_user(user).create({"partner_id": customer.id, "opportunity_id": lead.id})

    def test_the_former_holder_confirms_no_order_for_a_lead_that_went(self):
        """ATK-04: a quotation from his time closes the lead in other hands only when the customer accepts it."""
        back, others, signed = leads = self._held(self.li, 3)
        orders = [self._order(self.li, lead) for lead in leads]
        self._entries(leads).with_user(self.admin).action_reclaim()
        self._claim(self.wang, others + signed)
        for order, lead in zip(orders, leads, strict=True):
            with self.assertRaisesRegex(UserError, f"Lead #{lead.id} is not yours"), self.env.cr.savepoint():
                order.action_confirm()
        self.assertEqual([order.state for order in orders], ["draft"] * 3)
        self.assertEqual(leads.mapped("pool_state"), ["waiting", "held", "held"])
        orders[2].sudo()._validate_order()  # signed or paid in the portal
        orders[0].with_user(self.manager).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(leads.mapped("pool_state"), ["converted", "held", "converted"])
        self.assertEqual(signed.user_id, self.wang)
        last = self.env["lead.pool.event"].search([("lead_ref", "=", signed.id)], order="seq desc", limit=1)
        self.assertEqual((last.kind, last.from_user_ref), ("converted", self.wang.id))
        self._balance()

    def test_nobody_plans_a_meeting_on_a_lead_that_is_not_his(self):
        """Nor keeps a colleague from undoing his claim by one."""
        waiting, shown, foreign = self._leads(), self._leads(pool=self.open_pool), self._held(self.wang)
        mine = self._held(self.li)
        Meeting = self.env["calendar.event"].with_user(self.li)
        when = {"start": "2031-01-01 09:00:00", "stop": "2031-01-01 10:00:00"}
        own = Meeting.create({"name": "Visit", "opportunity_id": mine.id, **when})
        of_herself = {"res_model_id": self.env["ir.model"]._get_id("res.partner"), "res_id": self.li.partner_id.id}
        on_activity = {"activity_ids": [(0, 0, of_herself)]}  # then Odoo does not log it on the lead
        on_page = {"default_res_model": "crm.lead"}
        for lead in (waiting, shown, foreign):
            with self.subTest(lead=lead.id):
                for values in ({}, on_activity):
                    with self.assertRaises(UserError), self.env.cr.savepoint():
                        Meeting.create({"name": "Visit", "opportunity_id": lead.id, **when, **values})
                with self.assertRaises(UserError), self.env.cr.savepoint():
                    Meeting.with_context(**on_page, default_res_id=lead.id).create({"name": "Visit", **when})
                with self.assertRaisesRegex(UserError, f"Lead #{lead.id} is not yours"), self.env.cr.savepoint():
                    own.opportunity_id = lead
        self.assertFalse((waiting + shown + foreign).calendar_event_ids)
        for user in (self.admin, self.manager):
            Meeting.with_user(user).create({"name": "Visit", "opportunity_id": waiting.id, **when})

    def test_a_copy_is_a_lead_of_its_own(self):
        lead = self._held(self.li)
        twin = lead.with_user(self.li).copy()
        self.assertRecordValues(twin, [{"user_id": self.li.id, "pool_id": False, "pool_state": "none"}])
        self._balance()

    def test_dragging_a_card_to_another_stage_moves_nothing_else(self):
        lead = self._held(self.li)
        stage = self.env["crm.stage"].create({"name": "Next"})
        lead.with_user(self.li).stage_id = stage
        self.assertEqual(lead.pool_state, "held")
        self._balance()

    def test_forged_context_opens_nothing(self):
        lead = self._leads()
        for context in ({"lead_pool_pass": True}, {"lead_pool_pass": "PASS"}, {"lead_pool_channel": "x"}):
            with self.assertRaises(AccessError):
                lead.with_user(self.li).with_context(**context).write({"user_id": self.li.id})

    def test_ledgers_are_not_written_by_hand(self):
        """ATK-67: by the ORM, also with all rights."""
        lead = self._held(self.li)
        entry = self._entries(lead)
        event = self.env["lead.pool.event"].search([("lead_ref", "=", lead.id)], limit=1)
        with self.assertRaises(AccessError):
            entry.with_user(self.manager).write({"user_id": self.wang.id})
        with self.assertRaises(AccessError):
            entry.sudo().unlink()
        with self.assertRaises(AccessError):
            event.sudo().write({"note": "x"})
        with self.assertRaises(AccessError):
            event.sudo().unlink()

    def test_the_database_itself_refuses_to_change_an_event(self):
        """ATK-67: by SQL."""
        from psycopg2.errors import RaiseException

        from odoo.tools import mute_logger

        self._held(self.li)
        for statement in (
            "UPDATE lead_pool_event SET note = 'x'",
            "DELETE FROM lead_pool_event",
            "TRUNCATE lead_pool_event",
        ):
            with mute_logger("odoo.sql_db"), self.assertRaises(RaiseException), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    def test_a_changed_event_breaks_the_chain(self):
        """ATK-68: by whoever may switch the trigger off."""
        lead = self._held(self.li)
        self.env.cr.execute("ALTER TABLE lead_pool_event DISABLE TRIGGER lead_pool_event_append_only")
        self.env.cr.execute("UPDATE lead_pool_event SET user_name = 'x' WHERE lead_ref = %s AND seq = 2", [lead.id])
        self.assertEqual(self.env["lead.pool.event"]._broken_chains([lead.id]), {lead.id: 2})
