from odoo import Command
from odoo.tests import tagged

from .test_ui import PageCase


class FirstStepsCase(PageCase):
    """A manager in a database without a pool."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._user("tour_first", "Tour First")
        cls.manager.group_ids |= cls.env.ref("lead_pool.group_manager")
        cls.env.company.country_id = cls.env.ref("base.cn")
        team = cls.env["crm.team"].create(
            {
                "name": "First",
                "company_id": cls.env.company.id,
                "sequence": -1,
                "member_ids": [Command.link(cls.manager.id)],
            }
        )
        cls.manager.sale_team_id = team


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestFirstSteps(FirstStepsCase):
    def test_manager_sets_up_and_claims_the_first_lead(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_sets_up", login="tour_first")
        self.env.invalidate_all()
        lead = self.env["crm.lead"].create(
            {"name": "First", "user_id": False, "state_id": self.env.ref("base.state_cn_GD").id}
        )
        self.assertEqual(lead.pool_id.name, "South China")
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_claims_the_first_lead", login="tour_first")
        self.env.invalidate_all()
        self.assertEqual(lead.user_id, self.manager)

    def test_manager_loads_the_sample_keeps_what_became_real_and_removes_it(self):
        leads = self.env["crm.lead"].search_count([])
        tour = "lead_pool_manager_tries_the_sample"
        self.start_tour("/odoo/lead-pool-first-steps", tour, login="tour_first", timeout=180)
        self.env.invalidate_all()
        real = self.env["crm.lead"].search([("user_id", "=", self.manager.id)], limit=1)
        real.name = "Real Customer"
        own = self.env["lead.pool"].create({"name": "Own", "team_id": self.manager.sale_team_id.id})
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_removes_the_sample", login="tour_first", timeout=180)
        self.env.invalidate_all()
        self.assertEqual(self.env["crm.lead"].search_count([]), leads + 1)
        self.assertEqual((real.pool_id, self.env["lead.pool"].search([])), (own, own))


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestFirstStepsOnThePhone(FirstStepsCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_manager_makes_pools_from_a_template(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_sets_up_on_the_phone", login="tour_first")
        self.assertEqual(len(self.env["lead.pool"].search([])), 8)
        self.assertTrue(self.env["lead.pool"].search([("name", "=", "Silk Road")]).entry_rule_ids)
