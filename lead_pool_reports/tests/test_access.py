from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.lead_pool_report import REPORTS
from .common import MARCH, ReportsCase

#: Report -> its counts and amounts without a drill-down: worked out of others, or back from what there is now.
WORKED_OUT = {
    "pool_dynamics": {"entered_in_all", "waiting", "held", "closed"},
    "arrival_heat": {"working"},
    "reasons": {"all"},
    "campaign_cash": {"cost_per_lead", "cost_per_valid", "gain", "payback"},
    "forecast": {"expected", "left", "outlook"},
}


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestAccess(ReportsCase):
    def _reps(self, user, **options):
        """Logins of the reps whose rows ``user`` gets."""
        keys = set(self._figures(user, "rep_status", **options)) - {"total", "nobody"}
        return set(self.env["res.users"].browse(map(int, keys)).mapped("login"))

    def test_a_rep_sees_his_own_figures_alone(self):
        self.assertEqual(self._reps(self.li), {"li"})
        figures = self._figures(self.li, "rep_status")
        self.assertEqual(figures["total"]["received"], 4)
        self.assertNotIn("waiting", figures["total"])

    def test_a_leader_sees_his_sales_team(self):
        self.assertEqual(self._reps(self.leader), {"wang"})
        self.assertEqual(self._figures(self.leader, "rep_status")["total"]["received"], 3)

    def test_the_leader_of_a_pools_team_sees_the_numbers_of_the_pool_and_not_its_records(self):
        self.pool.team_id = self.south
        figures = self._figures(self.leader, "pool_dynamics")
        self.assertEqual(figures["2026-03-02"]["entered"], 6)
        table = self._report(self.leader, "pool_dynamics")
        self.assertEqual({code for row in table["rows"] for code in row["drill"]}, set())
        with self.assertRaises(UserError):
            self._behind(self.leader, "pool_dynamics", "2026-03-02", "entered")

    def test_a_pool_admin_sees_his_pools(self):
        self.assertEqual(self._reps(self.admin), {"li", "wang", "zhao"})
        other = self._pool("Elsewhere")
        other.admin_ids.unlink()
        self._claim(self.zhao, self._leads(1, other))
        figures = self._figures(self.admin, "rep_status")
        self.assertEqual(figures[str(self.zhao.id)]["received"], 1, "his own lead, not that of the other pool")
        dynamics = self._figures(self.admin, "pool_dynamics")
        self.assertEqual(dynamics["2026-03-06"]["entered"], 1)
        self.assertEqual(self._figures(self.manager, "pool_dynamics")["2026-03-06"]["entered"], 2)

    def test_a_former_admin_sees_no_more(self):
        self.pool.admin_ids.unlink()
        self.open_pool.admin_ids.unlink()
        self.assertEqual(self._reps(self.admin), set())

    def test_filters_narrow_and_never_widen(self):
        """ATK-41: figures of others, by the options of a report."""
        elsewhere = self._pool("Elsewhere", members=self.wang)
        for pools in ([], self.pool.ids, elsewhere.ids, [999999]):
            self.assertLessEqual(self._reps(self.li, pool_ids=pools), {"li"})
        self.assertEqual(self._reps(self.li, team_ids=self.south.ids), set(), "he is not in that team")

    def test_who_does_not_sell_is_refused(self):
        for user in (self.marketing, self._user("outsider", "base.group_user", "Outsider")):
            for name in ("rep_status", "pool_dynamics"):
                with self.assertRaises(AccessError):
                    self._report(user, name)
                with self.assertRaises(AccessError):
                    self.env["lead.pool.report"].with_user(user).drill_down(name, "total", "received", MARCH)

    def test_a_rep_sees_no_holding_of_others_and_his_leader_does(self):
        holdings = self.env["lead.pool.holding"]
        mine = holdings.with_user(self.li).search([("user_id", "!=", self.li.id)])
        self.assertFalse(mine, "of leads that he does not hold now")
        self.assertEqual(holdings.with_user(self.leader).search([]).user_id, self.wang)

    def test_follow_ups_of_ones_own_stay_visible_and_nothing_else(self):
        self.env.invalidate_all()
        event = self.env["lead.pool.event"]
        gone = self.beijing[0]
        self._do(self.admin, self.beijing[1]).action_assign(self.wang.id)
        seen = event.with_user(self.li).search([("lead_ref", "=", self.beijing[1].id)])
        self.assertEqual(set(seen.mapped("kind")), {"follow_up"})
        self.assertFalse(event.with_user(self.zhao).search([("lead_ref", "=", gone.id)]))

    def test_where_a_waiting_lead_came_from_is_told_to_the_admins_of_its_pool_alone(self):
        """ATK-41: what a pool does not open, by the fields of the reports."""
        fair = self.env["utm.source"].create({"name": "Spring Fair"})
        self.beijing[5].sudo().source_id = fair
        self.env.invalidate_all()
        entry = self._entries(self.beijing[5])
        elsewhere = self._pool("Elsewhere", members=self.li)
        elsewhere.admin_ids.unlink()
        self.env["lead.pool.member"].create({"pool_id": elsewhere.id, "user_id": self.li.id, "role": "admin"})
        for user, told in ((self.li, False), (self.admin, True), (self.manager, True)):
            with self.subTest(user=user.name):
                seen = entry.with_user(user)
                self.env.invalidate_all()
                self.assertEqual(seen.state, "waiting")
                self.assertEqual(seen.lead_source_id, fair if told else fair.browse())
                by_source = seen.search([("lead_source_id", "=", fair.id), ("id", "=", entry.id)])
                self.assertEqual(bool(by_source), told)
                without = seen.search([("lead_campaign_id", "=", False), ("id", "=", entry.id)])
                self.assertEqual(bool(without), told)
                touched = seen.search([("lead_is_opportunity", "=", True), ("id", "=", entry.id)])
                self.assertLessEqual(bool(touched), told)

    def test_nothing_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        self.manager.company_ids |= other
        figures = self.env["lead.pool.report"].with_user(self.manager).with_context(allowed_company_ids=other.ids)
        table = figures.table("pool_dynamics", MARCH)
        self.assertEqual(sum(cell for row in table["rows"] for cell in row["cells"][1:]), 0)
        self.assertEqual(figures.table("rep_status", MARCH)["rows"][0]["key"], "nobody")

    def test_each_figure_has_a_drill_down_or_says_what_it_is_worked_out_of(self):
        reports = self.env["lead.pool.report"].with_user(self.manager)
        for name in REPORTS:
            table, words = reports._build(name, reports._asked(name, MARCH)), reports._words(name)
            counted = [column for column in table.columns if column.kind in ("count", "money") and not column.of]
            without = {column.code for column in counted if not column.drill}
            self.assertEqual(without, WORKED_OUT.get(name, set()), name)
            self.assertEqual([code for code in without if not words["columns"][code][1]], [], name)

    def test_behind_a_figure_a_lead_opens_only_for_whom_it_is(self):
        returned = self._behind(self.li, "rep_status", str(self.li.id), "returned")
        self.assertEqual(returned.button_open_lead()["tag"], "display_notification")
        self.assertEqual(returned.read(["lead_id"])[0]["lead_id"][1], f"Lead #{returned.lead_ref}")
        received = self._behind(self.li, "rep_status", str(self.li.id), "untouched")
        self.assertEqual(received.button_open_lead()["res_id"], self.beijing[1].id)
