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
