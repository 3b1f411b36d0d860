from freezegun import freeze_time

from odoo.tests import tagged

from .common import ReportsCase

STEPS = ("entered", "valid", "taken", "touched", "converted", "ordered")
HOUR, DAY = 3600, 86400


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestFunnel(ReportsCase):
    """By hand, of the five days (see :class:`ReportsCase`):

    | Lead        | Entered | Taken  | First follow-up | Converted | Ends as                         |
    |-------------|---------|--------|-----------------|-----------|---------------------------------|
    | Beijing 0   | Mon 2h  | Mon 4h | Tue 6h          | Wed 3h    |                                 |
    | Beijing 1   | Mon 2h  | Mon 4h | Tue 6h          |           | held, restored                  |
    | Beijing 2   | Mon 2h  | Mon 4h |                 |           | returned, waits                 |
    | Beijing 3   | Mon 2h  | Tue 4h |                 |           | recalled, waits                 |
    | Beijing 4   | Mon 2h  |        |                 |           | waits in Shanghai               |
    | Beijing 5   | Mon 2h  |        |                 |           | waits                           |
    | Shanghai 0  | Mon 2h  | Thu 3h |                 |           | invalid                         |
    | Shanghai 1  | Mon 2h  | Thu 3h |                 |           | returned to Beijing, waits      |
    | Own         | Fri 5h  | Fri 5h |                 |           | held by Zhao                    |
    """

    def _steps(self, user=None, **options):
        return self._figures(user or self.manager, "funnel", **options)

    def _leads_at(self, figures):
        return [figures[step]["leads"] for step in figures if step != "total"]

    def test_the_steps_of_five_days(self):
        figures = self._steps()
        self.assertEqual(list(figures), [*STEPS, "total"])
        self.assertEqual(self._leads_at(figures), [9, 8, 6, 2, 1, 0])
        self.assertEqual(figures["taken"]["of_first"], 6 / 9)
        self.assertEqual(figures["taken"]["of_before"], 6 / 8)
        self.assertEqual(figures["total"]["leads"], 9)
        # taken after 0, 2, 2, 2, 26 and 73 hours (the invalid one is left out)
        self.assertEqual(figures["taken"]["median"], 2 * HOUR)
        self.assertEqual(figures["taken"]["ninety"], 49.5 * HOUR, "half-way between the last two of six")
        self.assertEqual((figures["touched"]["median"], figures["converted"]["median"]), (26 * HOUR, 21 * HOUR))
        self.assertIsNone(figures["valid"]["median"])
        self.assertIsNone(figures["ordered"]["median"])

    def test_an_order_is_the_last_step_and_a_cancelled_one_is_none(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.beijing[0].partner_id.id or self.env["res.partner"].create({"name": "Customer"}).id,
                "opportunity_id": self.beijing[0].id,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self._steps()["ordered"]["leads"], 0, "a quotation is no order")
        with freeze_time("2026-03-06 03:00:00"):
            order.action_confirm()
        figures = self._steps()
        self.assertEqual((figures["ordered"]["leads"], figures["ordered"]["median"]), (1, 2 * DAY))
        self.assertEqual(figures["total"]["median"], 4 * DAY + HOUR, "from Monday at 2 to Friday at 3")
        self.assertEqual(self._steps(self.li)["ordered"]["leads"], 1)
        order._action_cancel()
        self.assertEqual(self._steps()["ordered"]["leads"], 0)

    def test_who_was_converted_without_a_follow_up_counts_as_touched_and_has_no_time_there(self):
        with freeze_time("2026-03-06 08:00:00"):
            self.own.with_user(self.zhao).action_convert({})
        figures = self._steps()
        self.assertEqual(self._leads_at(figures), [9, 8, 6, 3, 2, 0])
        self.assertEqual((figures["touched"]["median"], figures["converted"]["median"]), (26 * HOUR, 21 * HOUR))

    def test_a_conversion_that_was_undone_is_none(self):
        self.beijing[0].with_user(self.admin).action_undo_conversion()
        for user, converted in ((self.manager, 0), (self.li, 0)):
            self.assertEqual(self._steps(user)["converted"]["leads"], converted, user.name)
        self.assertEqual(self._steps()["touched"]["leads"], 2)

    def test_a_claim_that_was_undone_is_none(self):
        before = self._steps()
        self._do(self.zhao, self.beijing[5]).action_claim()
        self.env.invalidate_all()
        self.assertEqual(self._steps()["taken"]["leads"], 7)
        self._do(self.zhao, self.beijing[5]).action_undo_claim()
        self.env.invalidate_all()
        self.assertEqual(self._steps(), before)

    def test_a_deleted_lead_entered_and_got_no_further(self):
        self.beijing[5].with_user(self.manager).unlink()
        self.assertEqual(self._leads_at(self._steps()), [9, 7, 6, 2, 1, 0])
        self.assertEqual(self._figures(self.manager, "funnel", by="source")["0"]["entered"], 9)
        self.assertEqual(len(self._behind(self.manager, "funnel", "0", "entered", by="source")), 9)

    def test_sources_and_pools_in_rows(self):
        fair = self.env["utm.source"].create({"name": "Spring Fair"})
        self.beijing[:4].sudo().source_id = fair
        figures = self._steps(by="source")
        self.assertEqual([figures[str(fair.id)][step] for step in STEPS], [4, 4, 4, 2, 1, 0])
        self.assertEqual([figures["0"][step] for step in STEPS], [5, 4, 2, 0, 0, 0])
        self.assertEqual((figures[str(fair.id)]["touched_of_first"], figures["0"]["source"]), (0.5, "Without a source"))
        figures = self._steps(by="pool")
        self.assertEqual([figures[str(self.open_pool.id)][step] for step in STEPS], [2, 1, 1, 0, 0, 0])
        self.assertEqual([figures["total"][step] for step in STEPS], [9, 8, 6, 2, 1, 0])

    def test_of_another_period_and_of_an_empty_one(self):
        self.assertEqual(self._leads_at(self._steps(date_from="2026-03-06")), [1, 1, 1, 0, 0, 0])
        table = self._report(self.manager, "funnel", date_from="2025-01-01", date_to="2025-01-31")
        self.assertEqual((table["rows"], table["total"]["cells"][1]), ([], 0))
        self.assertEqual(self._report(self.stranger, "funnel")["rows"], [])

    def test_a_rep_reads_what_became_of_what_he_received(self):
        figures = self._steps(self.li)
        # three claimed, one of them restored to him: four times received
        self.assertEqual(self._leads_at(figures), [4, 4, 2, 1, 0])
        self.assertEqual((figures["touched"]["median"], figures["converted"]["median"]), (26 * HOUR, 21 * HOUR))
        self.assertEqual(self._leads_at(self._steps(self.leader)), [3, 2, 0, 0, 0], "Wang's, one of them invalid")

    def test_behind_each_figure_are_as_many_records(self):
        for user in (self.manager, self.admin, self.li, self.leader):
            for by in ("step", "source", "pool"):
                table = self._report(user, "funnel", by=by)
                codes = [column["code"] for column in table["columns"]]
                for row in [*table["rows"], table["total"]]:
                    self.assertTrue(row["drill"] or not row["cells"][1], (user.name, by, row["key"]))
                    for code in row["drill"]:
                        found = self._behind(user, "funnel", row["key"], code, by=by)
                        value = row["cells"][codes.index(code)]
                        self.assertEqual(len(found), value, (user.name, by, row["key"], code))

    def test_the_leader_of_a_pools_team_sees_its_numbers_and_not_its_records(self):
        self.pool.team_id = self.south
        self.assertEqual(self._leads_at(self._steps(self.leader)), [7, 7, 5, 2, 1, 0])
        table = self._report(self.leader, "funnel")
        self.assertEqual({code for row in table["rows"] for code in row["drill"]}, set())
