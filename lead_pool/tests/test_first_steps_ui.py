from odoo import Command
from odoo.tests import tagged

from .test_ui import PageCase


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestFirstSteps(PageCase):
    """From a database without a pool to the first claim."""

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

    def test_manager_sets_up_and_claims_the_first_lead(self):
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_sets_up", login="tour_first")
        self.env.invalidate_all()
        lead = self.env["crm.lead"].create(
            {"name": "First", "user_id": False, "state_id": self.env.ref("base.state_cn_GD").id}
        )
        self.assertEqual(lead.pool_id.name, "South")
        self.start_tour("/odoo/lead-pool", "lead_pool_manager_claims_the_first_lead", login="tour_first")
        self.env.invalidate_all()
        self.assertEqual(lead.user_id, self.manager)
