from freezegun import freeze_time

from odoo.tests import tagged

from .common import ReportsCase


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestReasons(ReportsCase):
    """In the five days Li returns one lead, Wang returns one and marks one as invalid; on Friday the admin marks one as
    invalid that waits."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.back, cls.bad = cls._reason("return"), cls._reason("invalid")
        with freeze_time("2026-03-06 06:00:00"):
            cls._do(cls.admin, cls.beijing[5]).action_mark_invalid(cls.bad.id)
        cls.env.invalidate_all()

    def _of(self, key, user=None, **options):
        row = self._figures(user or self.manager, "reasons", **options)[key]
        return [row.get(code) for code in ("returned", "invalid", "in_pool", "all")]

    def test_by_reason(self):
        self.assertEqual(self._of(f"0/{self.back.id}"), [2, 0, 0, 2])
        self.assertEqual(self._of(f"0/{self.bad.id}"), [0, 1, 1, 2])
        self.assertEqual(self._of("total"), [2, 1, 1, 4])
        row = self._figures(self.manager, "reasons")[f"0/{self.back.id}"]
        self.assertEqual((row["reason"], row["share"]), (self.back.name, 0.5))

    def test_by_rep(self):
        options = {"by": "rep"}
        self.assertEqual(self._of(f"{self.li.id}/{self.back.id}", **options), [1, 0, 0, 1])
        self.assertEqual(self._of(f"{self.wang.id}/{self.bad.id}", **options), [0, 1, 0, 1])
        self.assertEqual(self._of(f"0/{self.bad.id}", **options), [0, 0, 1, 1])
        row = self._figures(self.manager, "reasons", **options)[f"{self.wang.id}/{self.bad.id}"]
        self.assertEqual((row["rep"], row["share"]), ("Wang Wei", 0.5))

    def test_by_source(self):
        fair = self.env["utm.source"].create({"name": "Spring Fair"})
        (self.beijing[2] | self.beijing[5]).sudo().source_id = fair
        options = {"by": "source"}
        self.assertEqual(self._of(f"{fair.id}/{self.back.id}", **options), [1, 0, 0, 1])
        self.assertEqual(self._of(f"{fair.id}/{self.bad.id}", **options), [0, 0, 1, 1])
        self.assertEqual(self._of(f"0/{self.back.id}", **options), [1, 0, 0, 1])
        self.assertEqual(self._of("total", source_ids=fair.ids), [1, 0, 1, 2])

    def test_a_reason_that_is_no_longer_offered_keeps_its_name(self):
        name = self.back.name
        self.back.active = False
        self.assertEqual(self._figures(self.manager, "reasons")[f"0/{self.back.id}"]["reason"], name)

    def test_what_was_marked_in_the_pool_keeps_the_words_of_then(self):
        old = self.bad.with_context(lang=None).name
        self.bad.with_context(lang=None).name = "No lead at all"
        figures = self._figures(self.manager, "reasons")
        self.assertEqual((figures[f"0/={old}"]["in_pool"], figures[f"0/{self.bad.id}"]["invalid"]), (1, 1))
        self.assertEqual(figures[f"0/{self.bad.id}"]["reason"], "No lead at all")
        self.assertEqual(len(self._behind(self.manager, "reasons", f"0/={old}", "in_pool")), 1)

    def test_a_rep_reads_his_own_and_a_team_has_nothing_of_the_pool(self):
        self.assertEqual(self._of("total", self.li), [1, 0, None, 1])
        self.assertEqual(self._of("total", self.leader), [1, 1, None, 2])
        self.assertEqual(self._of("total", team_ids=self.south.ids), [1, 1, 0, 2])
        self.assertEqual(self._report(self.zhao, "reasons")["rows"], [])

    def test_of_another_period(self):
        self.assertEqual(self._of("total", date_to="2026-03-03"), [1, 0, 0, 1])
        self.assertEqual(self._report(self.manager, "reasons", date_to="2026-03-02")["rows"], [])

    def test_behind_each_figure_are_as_many_records(self):
        for user in (self.manager, self.admin, self.li, self.leader):
            for by in ("reason", "source", "rep"):
                table = self._report(user, "reasons", by=by)
                codes = [column["code"] for column in table["columns"]]
                for row in [*table["rows"], table["total"]]:
                    self.assertTrue(row["drill"], (user.name, by, row["key"]))
                    for code in row["drill"]:
                        found = self._behind(user, "reasons", row["key"], code, by=by)
                        self.assertEqual(len(found), row["cells"][codes.index(code)], (user.name, by, row["key"], code))

    def test_more_leads_cost_no_more_queries(self):
        names = ("funnel", "first_touch", "arrival_heat", "follow_ups", "reasons")
        for name in names:
            self._queries_of(name)  # fills the caches
        few = {name: self._queries_of(name) for name in names}
        self._claim(self.li, self._leads(30))
        for name in names:
            self.assertLessEqual(self._queries_of(name), few[name], name)
        self.assertLess(max(few.values()), 40, few)

    def test_nothing_of_other_companies(self):
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        self.manager.company_ids |= other
        elsewhere = self.env["lead.pool.report"].with_user(self.manager).with_context(allowed_company_ids=other.ids)
        for name in ("funnel", "first_touch", "arrival_heat", "follow_ups", "reasons"):
            self.assertEqual(elsewhere.table(name, {"period": "this_month"})["rows"], [], name)
