import json

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from odoo.addons.lead_pool_reports.tests.common import ReportsCase
from odoo.addons.spreadsheet.utils.validate_data import fields_in_spreadsheet, menus_xml_ids_in_spreadsheet


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestDashboard(ReportsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dashboard = cls.env.ref("lead_pool_spreadsheet.spreadsheet_dashboard_lead_pool")
        cls.data = json.loads(cls.dashboard.spreadsheet_data)

    def _served(self, user):
        self.authenticate(user.login, user.login)
        return self.url_open(f"/spreadsheet/dashboard/data/{self.dashboard.id}").json()

    def test_what_it_shows_is_there(self):
        for data in (self.data, self.dashboard._get_sample_dashboard()):
            for model, names in fields_in_spreadsheet(data).items():
                self.assertLessEqual(names, set(self.env[model]._fields), model)
            for menu in menus_xml_ids_in_spreadsheet(data):
                self.assertTrue(self.env.ref(menu).action, menu)

    def test_each_filter_reaches_each_pivot_and_chart(self):
        filters = {one["id"] for one in self.data["globalFilters"]}
        charts = [figure["data"] for figure in self.data["sheets"][0]["figures"]]
        charts = [chart for chart in charts if chart["type"].startswith("odoo_")]
        self.assertEqual(len(charts), 4)
        for source in (*self.data["pivots"].values(), *charts):
            model = source.get("model") or source["metaData"]["resModel"]
            self.assertEqual(set(source["fieldMatching"]), filters)
            for match in source["fieldMatching"].values():
                self.assertEqual(self.env[model]._fields[match["chain"]].type, match["type"])

    def test_who_sells_sees_his_own_figures_in_it(self):
        """As the browser asks for them: a rep has the leads in his hands or closed there, a manager all nine."""
        pivot = self.data["pivots"]["1"]
        measures = [measure["id"] for measure in pivot["measures"]]
        found = {}
        for user in (self.manager, self.li, self.wang, self.leader):
            self.assertFalse(self._served(user).get("is_sample"), user.name)
            [group] = self.env[pivot["model"]].with_user(user).formatted_read_group([], [], measures)
            found[user.name] = (group["__count"], group["converted:sum"])
        self.assertEqual(found, {"Manager": (9, 1), "Li Na": (2, 1), "Wang Wei": (1, 0), "Leader": (1, 0)})

    def test_who_has_no_lead_sees_a_sample_and_who_does_not_sell_nothing(self):
        newcomer = self._user("newcomer", "sales_team.group_sale_salesman", "Newcomer")
        self.assertTrue(self._served(newcomer)["is_sample"])
        clerk = self._user("clerk", "base.group_user", "Clerk")
        with self.assertRaises(AccessError):
            self.dashboard.with_user(clerk).read(["name"])
        self.assertEqual(self.dashboard.with_user(self.li).name, "Lead Pools")
