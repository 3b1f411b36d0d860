from odoo.tests import tagged

from .test_ui import UiCase


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestCardOnThePhone(UiCase):
    """A rep meets somebody at a fair."""

    browser_size = "375x667"
    touch_enabled = True

    def test_rep_makes_a_lead_of_a_card(self):
        self.env["ir.config_parameter"].set_param("lead_pool.card_python", "/nonexistent/python")
        self.start_tour("/odoo/my-leads", "lead_pool_rep_scans_a_card", login="tour_rep")
        lead = self.env["crm.lead"].search([("contact_name", "=", "张晓明")])
        self.assertRecordValues(
            lead,
            [
                {
                    "user_id": self.rep.id,
                    "function": "大区总监",
                    "email_from": "zhang@xinghe.com",
                    "phone_carrier": "中国移动",
                }
            ],
        )


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestCardOfMarketing(UiCase):
    """Marketing lets the lead wait in a pool."""

    def test_marketing_makes_a_lead_of_a_card(self):
        user = self._user("tour_marketing", "Tour Marketing")
        user.group_ids = self.env.ref("lead_pool.group_marketing") | self.env.ref("base.group_user")
        self.start_tour("/odoo/lead-pool", "lead_pool_marketing_types_a_card", login="tour_marketing")
        lead = self.env["crm.lead"].search([("phone_sanitized", "=", "+14155552671")])
        self.assertRecordValues(lead, [{"pool_id": self.pool.id, "pool_state": "waiting", "user_id": False}])
