from odoo.tests import HttpCase, tagged

from .common import ReportsCase


class ReportsUiCase(ReportsCase, HttpCase):
    """A manager at the reports, in a browser; he chooses the five days of March himself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.odoobot_state = "disabled"


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestReportsUi(ReportsUiCase):
    def test_a_manager_reads_filters_and_opens_what_is_behind_a_figure(self):
        self.start_tour("/odoo/lead-pool-reps", "lead_pool_reports_table", login=self.manager.login)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestReportsPhoneUi(ReportsUiCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_on_a_phone_the_table_scrolls_and_the_names_stay(self):
        self.start_tour("/odoo/lead-pool-reps", "lead_pool_reports_table_phone", login=self.manager.login)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDashboardUi(ReportsUiCase):
    def test_a_manager_reads_the_dashboard_and_opens_a_report(self):
        self.start_tour("/odoo/lead-pool-dashboard", "lead_pool_reports_dashboard", login=self.manager.login)


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestDashboardPhoneUi(TestDashboardUi):
    browser_size = "375x667"
    touch_enabled = True


class MoneyUiCase(ReportsUiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["utm.campaign"].create({"title": "Spring Fair"})


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestMoneyUi(MoneyUiCase):
    def test_a_manager_notes_a_cost_and_sets_a_target_and_finds_both_in_the_reports(self):
        self.start_tour("/odoo/lead-pool-campaign-costs", "lead_pool_reports_money", login=self.manager.login)
        self.assertRecordValues(self.env["lead.pool.campaign.cost"].search([]), [{"amount": 1200, "is_planned": True}])
        self.assertRecordValues(self.env["lead.pool.target"].search([]), [{"user_id": self.li.id, "value": 500}])


@tagged("post_install", "-at_install", "lead_pool_ui")
class TestMoneyPhoneUi(MoneyUiCase):
    browser_size = "375x667"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["lead.pool.target"].create({"user_id": cls.li.id, "value": 500})
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.env["ir.module.module"]._load_module_terms(["lead_pool_reports"], ["zh_CN"], overwrite=True)
        cls.li.write({"lang": "zh_CN", "odoobot_state": "disabled"})

    def test_a_rep_reads_his_forecast_and_his_target_in_chinese(self):
        self.start_tour("/odoo/lead-pool-forecast", "lead_pool_reports_forecast_phone", login=self.li.login)
