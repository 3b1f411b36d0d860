from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.lead_pool_report import REPORTS
from ..models.lead_pool_report_dashboard import DASHBOARD
from .common import MARCH, ReportsCase

WEDNESDAY = {"date_from": "2026-03-04", "date_to": "2026-03-04"}


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestComparison(ReportsCase):
    def _changes(self, user, name, **options):
        """``{row key: {column: change}}``."""
        table = self._report(user, name, **options)
        codes = [column["code"] for column in table["columns"]]
        return {row["key"]: dict(zip(codes, row["changes"], strict=True)) for row in [*table["rows"], table["total"]]}

    def test_a_day_is_compared_with_the_day_before(self):
        """Tuesday: Li followed up three times and returned one; on Wednesday he converted one and followed up none."""
        li = self._changes(self.manager, "rep_status", compare="previous", **WEDNESDAY)[str(self.li.id)]
        self.assertEqual(li["follow_ups"], {"before": 3, "by": -1.0, "verdict": "worse"})
        self.assertEqual(li["returned"], {"before": 1, "by": -1.0, "verdict": "better"})
        self.assertEqual(li["converted"], {"before": 0, "by": None, "verdict": "better"})
        self.assertIsNone(li["untouched"], "what there is now is the same in each period")
        self.assertIsNone(li["rep"])

    def test_each_day_of_a_period_is_compared_with_its_own(self):
        changes = self._changes(self.manager, "pool_dynamics", compare="previous", **WEDNESDAY)
        self.assertEqual(changes["2026-03-04"]["followed"]["before"], 3)
        self.assertEqual(changes["total"]["followed"]["before"], 3)
        self.assertEqual(changes["total"]["waiting"], {"before": 5, "by": 0.2, "verdict": "worse"})

    def test_the_earlier_figures_are_those_of_a_report_on_the_earlier_period(self):
        for user in (self.manager, self.admin, self.leader, self.li):
            for name in REPORTS:
                changes = self._changes(user, name, compare="previous", **WEDNESDAY)
                before = self._figures(user, name, date_from="2026-03-03", date_to="2026-03-03")
                for code, change in changes["total"].items():
                    if change:
                        self.assertEqual(change["before"], before["total"][code], (user.name, name, code))

    def test_with_last_year_when_there_was_nothing(self):
        table = self._report(self.manager, "rep_status", compare="last_year")
        self.assertEqual(table["compared"], {"from": "2025-03-02", "to": "2025-03-06"})
        received = self._changes(self.manager, "rep_status", compare="last_year")["total"]["received"]
        self.assertEqual((received["before"], received["by"]), (0, None))

    def test_nothing_is_compared_unless_it_is_asked_for(self):
        table = self._report(self.manager, "rep_status")
        self.assertIsNone(table["compared"])
        self.assertEqual(table["total"]["changes"], [])

    def test_an_unknown_comparison_is_refused(self):
        with self.assertRaisesRegex(UserError, "nothing to compare"):
            self._report(self.manager, "rep_status", compare="midnight")


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestDashboard(ReportsCase):
    def _dashboard(self, user, **options):
        return self.env["lead.pool.report"].with_user(user).dashboard({**MARCH, **options})

    def _tiles(self, user, **options):
        return {
            (report["name"], tile["code"]): tile["value"]
            for report in self._dashboard(user, **options)["reports"]
            for tile in report["tiles"]
        }

    def test_its_tiles_are_the_totals_of_the_reports(self):
        for user in (self.manager, self.admin, self.leader, self.li):
            tiles = self._tiles(user, pool_ids=self.pool.ids)
            self.assertTrue(tiles)
            for (name, code), value in tiles.items():
                figures = self._figures(user, name, pool_ids=self.pool.ids)
                self.assertEqual(value, figures["total"][code], (user.name, name, code))

    def test_a_rep_sees_no_tile_of_what_waits(self):
        self.assertIn(("pool_dynamics", "waiting"), self._tiles(self.manager))
        self.assertNotIn(("pool_dynamics", "waiting"), self._tiles(self.li))

    def test_each_report_names_itself_and_can_be_opened(self):
        shown = [one.report for one in DASHBOARD if one.report in REPORTS]
        reports = self._dashboard(self.manager, compare="previous")["reports"]
        self.assertEqual([report["name"] for report in reports], shown)
        for report in reports:
            self.assertTrue(report["title"])
            self.assertTrue(report["chart"] or report["sentence"] or report["tiles"])
            action = self.env.ref(f"lead_pool_reports.{report['name']}_action")
            self.assertEqual(action.params, {"report": report["name"]})

    def test_what_is_empty_or_refused_says_so(self):
        with freeze_time("2026-03-01"):
            reports = self._dashboard(self.manager, date_from="2026-03-20", date_to="2026-03-21")["reports"]
        dynamics = next(report for report in reports if report["name"] == "pool_dynamics")
        self.assertIn("Choose an earlier one", dynamics["sentence"])
        self.assertEqual((dynamics["tiles"], dynamics["chart"]), ([], None))
        reports = self._dashboard(self.manager, date_from="2019-01-01", date_to="2026-03-06")["reports"]
        dynamics = next(report for report in reports if report["name"] == "pool_dynamics")
        self.assertIn("at most", dynamics["sentence"])
        self.assertTrue(next(report for report in reports if report["name"] == "rep_status")["tiles"])

    def test_who_does_not_sell_is_refused_and_marketing_sees_campaigns_and_sources(self):
        with self.assertRaises(AccessError):
            self._dashboard(self._user("outsider", "base.group_user", "Outsider"))
        reports = self._dashboard(self.marketing)["reports"]
        self.assertEqual([report["name"] for report in reports], ["campaign_cash", "sources"])

    def test_the_screen_asks_for_the_frame_and_then_for_each_report(self):
        Report = self.env["lead.pool.report"]
        for user in (self.manager, self.leader, self.li, self.marketing):
            asked = {**MARCH, "compare": "previous", "pool_ids": self.pool.ids}
            frame = Report.with_user(user).dashboard_frame(asked)
            panels = [Report.with_user(user).dashboard_panel(one["name"], asked) for one in frame["reports"]]
            self.assertEqual({**frame, "reports": panels}, Report.with_user(user).dashboard(asked))
            for room, panel in zip(frame["reports"], panels, strict=True):
                self.assertEqual((room["name"], room["title"]), (panel["name"], panel["title"]))
                self.assertLessEqual(len(panel["tiles"]), room["tiles"])

    def test_the_frame_costs_the_same_however_much_has_happened(self):
        Report = self.env["lead.pool.report"].with_user(self.manager)
        Report.dashboard_frame(MARCH)
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            Report.dashboard_frame(MARCH)

    def test_a_report_that_is_not_shown_to_the_reader_is_refused(self):
        Report = self.env["lead.pool.report"].with_user(self.marketing)
        for name in ("rep_status", "nothing", ["funnel"], None):
            with self.assertRaisesRegex(UserError, "There is no report"):
                Report.dashboard_panel(name, MARCH)
        with self.assertRaises(AccessError):
            outsider = self._user("outsider", "base.group_user", "Outsider")
            Report.with_user(outsider).dashboard_panel("rep_status", MARCH)

    def test_options_of_single_reports_are_none_of_the_dashboard(self):
        with self.assertRaisesRegex(UserError, "Unknown: by_pool"):
            self._dashboard(self.manager, by_pool=True)
        with self.assertRaisesRegex(UserError, "Unknown: by_pool"):
            self.env["lead.pool.report"].with_user(self.manager).dashboard_panel("rep_status", {"by_pool": True})
        with self.assertRaisesRegex(UserError, "no period"):
            self.env["lead.pool.report"].with_user(self.manager).dashboard({"period": "ever"})
