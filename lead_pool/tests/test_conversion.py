from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestConversion(LeadPoolCase):
    def test_converting_makes_a_customer_and_ends_the_holding(self):
        lead = self._held(self.li, partner_name="Shenzhen Boyuan")
        result = lead.with_user(self.li).action_convert({"create_order": True})
        self.env.invalidate_all()
        self.assertEqual(lead.partner_id.id, result["partner_id"])
        self.assertEqual(result["opportunity_id"], lead.id)
        order = self.env["sale.order"].browse(result["order_id"])
        self.assertEqual((order.opportunity_id, order.partner_id), (lead, lead.partner_id))
        self.assertRecordValues(
            lead, [{"pool_state": "converted", "user_id": self.li.id, "type": "opportunity", "reclaim_at": False}]
        )
        self.assertEqual(self.env["lead.pool.holding"].search([("lead_id", "=", lead.id)]).end_reason, "converted")
        self.assertEqual(self._member(self.li).held, 0)
        self._balance()

    def test_odoos_own_wizard_ends_the_holding_too(self):
        lead = self._held(self.li, type="lead")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.li)
            .with_context(active_model="crm.lead", active_id=lead.id, active_ids=lead.ids)
            .create({"name": "convert", "action": "create"})
        )
        wizard.action_apply()
        self.env.invalidate_all()
        self.assertRecordValues(lead, [{"type": "opportunity", "pool_state": "converted", "user_id": self.li.id}])
        self._balance()

    def test_a_pool_may_keep_opportunities_held_until_the_order(self):
        self.pool.opportunity_ends_holding = False
        lead = self._held(self.li, partner_name="Buyer")
        result = lead.with_user(self.li).action_convert({"create_order": True})
        self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "held")
        order = self.env["sale.order"].browse(result["order_id"])
        product = self.env["product.product"].create({"name": "Course", "list_price": 100})
        order.order_line = [Command.create({"product_id": product.id})]
        order.with_user(self.li).action_confirm()
        self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "converted")
        self._balance()

    def test_a_converted_lead_that_stays_held_is_not_reclaimed_as_unconverted(self):
        self.pool.opportunity_ends_holding = False
        self.pool.reclaim_rule_ids = [Command.create({"name": "10 days", "not_converted_days": 10})]
        lead = self._held(self.li)
        self.assertTrue(lead.reclaim_at)
        lead.with_user(self.li).action_convert({})
        self.env.invalidate_all()
        self.assertEqual(lead.pool_state, "held")
        self.assertFalse(lead.reclaim_at)
        self._balance()

    def test_winning_closes_as_converted_and_losing_as_lost(self):
        won, lost, archived = self._held(self.li, 3)
        won.with_user(self.li).action_set_won()
        lost.with_user(self.li).action_set_lost()
        archived.with_user(self.li).action_archive()
        self.env.invalidate_all()
        self.assertEqual((won + lost + archived).mapped("pool_state"), ["converted", "lost", "lost"])
        self._balance()
        lost.with_user(self.li).action_unarchive()
        self.env.invalidate_all()
        self.assertEqual(lost.pool_state, "held")
        self.assertEqual(self._member(self.li).held, 1)
        self._balance()

    def test_what_cannot_be_converted(self):
        lead = self._held(self.li)
        with self.assertRaises(UserError):
            lead.with_user(self.li).action_convert({"stage_id": 1})
        with self.assertRaises(UserError):
            lead.with_user(self.li).action_convert({"create_partner": False, "create_order": True})
        lead.with_user(self.li).action_convert({})
        with self.assertRaises(UserError):
            lead.with_user(self.li).action_convert({})
        entry = self._entries(lead)
        self.assertEqual(self._codes(entry.with_user(self.li).action_return(self._reason("return").id)), ["closed"])
