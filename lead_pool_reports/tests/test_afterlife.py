from freezegun import freeze_time

from odoo.tests import tagged

from .common import ReportsCase

FRIDAY = "2026-03-06 12:00:00"


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestAfterlife(ReportsCase):
    """Eight leads were taken: Li's 3 and the restored one, Wang's 3, Zhao's own. One more is taken on Friday.

    | Taken           | Lead        | Holder | Before              | Became                                |
    |-----------------|-------------|--------|---------------------|---------------------------------------|
    | Mon 04:00 Li    | beijing 0   | 1st    | nobody              | converted Wed 03:00, after 47 hours   |
    | Mon 04:00 Li    | beijing 1   | 1st    | nobody              | lost Thu                              |
    | Mon 04:00 Li    | beijing 2   | 1st    | nobody              | returned Tue                          |
    | Tue 04:00 Wang  | beijing 3   | 1st    | nobody              | recalled Wed                          |
    | Thu 03:00 Wang  | shanghai 0  | 1st    | nobody              | invalid Thu                           |
    | Thu 03:00 Wang  | shanghai 1  | 1st    | nobody              | returned Thu                          |
    | Fri 05:00 Zhao  | own         | 1st    | nobody              | held                                  |
    | Fri 05:00 Li    | beijing 1   | 2nd    | lost                | held                                  |
    | Fri 06:00 Zhao  | beijing 2   | 2nd    | returned for `back` | converted Fri 10:00                   |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-03-06 06:00:00"):
            cls._do(cls.zhao, cls.beijing[2]).action_claim()
        with freeze_time("2026-03-06 10:00:00"):
            cls.beijing[2].with_user(cls.zhao).action_convert({})
        cls.env.flush_all()
        # leads are as old as the transaction that made them: these are of Sunday evening, one is of January
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = '2026-03-01 18:00' WHERE id = ANY(%s)",
            [[*cls.beijing.ids, *cls.shanghai.ids, *cls.own.ids]],
        )
        cls.env.cr.execute("UPDATE crm_lead SET create_date = '2026-01-01' WHERE id = %s", [cls.beijing[3].id])
        cls.env.invalidate_all()

    def _rows(self, rows="ordinal", user=None, **options):
        return self._figures(user or self.manager, "afterlife", rows=rows, **options)

    def _counts(self, figures, *codes):
        return {key: tuple(row[code] for code in codes) for key, row in figures.items() if row["taken"]}

    def test_by_holder(self):
        figures = self._rows()
        self.assertEqual(
            self._counts(figures, "taken", "open", "converted"),
            {"holder_1": (7, 1, 1), "holder_2": (2, 1, 1), "total": (9, 2, 2)},
        )
        self.assertEqual((figures["holder_2"]["rate"], figures["holder_2"]["part"]), (0.5, 0.5))

    def test_by_why_it_went_back(self):
        back = self._reason("return")
        figures = self._rows("before")
        self.assertEqual(
            self._counts(figures, "taken", "converted"),
            {"first": (7, 1), f"returned/{back.id}": (1, 1), "lost": (1, 0), "total": (9, 2)},
        )
        self.assertEqual(figures[f"returned/{back.id}"]["name"], f"Returned: {back.name}")

    def test_by_age_and_by_source(self):
        # Monday 04:00 is 10 hours after, Thursday 3.4 days, Friday 4.5; the lead of January is 61 days old
        self.assertEqual(
            self._counts(self._rows("age"), "taken", "converted"),
            {"day_1": (3, 1), "day_7": (5, 1), "day_90": (1, 0), "total": (9, 2)},
        )
        fair = self.env["utm.source"].create({"name": "Spring Fair"})
        self.beijing[:3].sudo().source_id = fair
        figures = self._rows("source")
        self.assertEqual(
            self._counts(figures, "taken", "converted"),
            {f"source/{fair.id}": (5, 2), "no_source": (4, 0), "total": (9, 2)},
        )
        self.assertEqual(figures[f"source/{fair.id}"]["name"], "Spring Fair")
        one = self._rows("source", source_ids=fair.ids)
        self.assertEqual(one["total"]["taken"], 5)

    def test_behind_each_figure_are_as_many_records(self):
        fair = self.env["utm.source"].create({"name": "Spring Fair"})
        self.beijing[:3].sudo().source_id = fair
        for user in (self.manager, self.admin, self.leader, self.li, self.zhao):
            for rows in ("ordinal", "before", "age", "source"):
                table = self._report(user, "afterlife", rows=rows)
                codes = [column["code"] for column in table["columns"]]
                opened = 0
                for row in [*table["rows"], table["total"]]:
                    for code in row["drill"]:
                        found = self._behind(user, "afterlife", row["key"], code, rows=rows)
                        value = row["cells"][codes.index(code)]
                        self.assertEqual(len(found), value, (user.name, rows, row["key"], code))
                        opened += 1
                self.assertGreater(opened, 1, user.name)

    def test_whose_figures(self):
        self.assertEqual(self._rows(user=self.zhao)["total"]["taken"], 2)
        self.assertEqual(self._rows(user=self.leader)["total"]["taken"], 3)
        self.assertEqual(self._rows(user=self.admin)["total"]["taken"], 9)

    def test_an_undone_claim_and_an_undone_conversion_are_none(self):
        before = self._rows()
        self._do(self.zhao, self.beijing[5]).action_claim()
        self._do(self.zhao, self.beijing[5]).action_undo_claim()
        self.assertEqual(self._rows(), before)
        self.beijing[0].with_user(self.admin).action_undo_conversion()
        self.env.invalidate_all()
        figures = self._rows()
        self.assertEqual(figures["total"]["converted"], 1)
        self.assertEqual(figures["total"]["taken"], 10, "it went back into the hands of who had it")
        [behind] = self._behind(self.manager, "afterlife", "total", "converted", rows="ordinal")
        self.assertEqual(behind.lead_ref, self.beijing[2].id)

    def test_an_opportunity_that_stays_held_is_converted(self):
        self.pool.opportunity_ends_holding = False
        self.own.with_user(self.zhao).action_convert({})
        self.env.invalidate_all()
        figures = self._rows()
        self.assertEqual(
            (figures["holder_1"]["converted"], figures["holder_1"]["open"], figures["total"]["taken"]), (2, 0, 9)
        )
        for code in ("converted", "open"):
            found = self._behind(self.manager, "afterlife", "total", code, rows="ordinal")
            self.assertEqual(len(found), figures["total"][code])

    def test_a_lead_deleted_since_keeps_its_place(self):
        self._do(self.zhao, self.beijing[3]).action_claim()
        self.beijing[3].sudo().unlink()
        self.env.invalidate_all()
        figures = self._rows("age")
        self.assertEqual(figures["unknown"]["taken"], 2)
        self.assertEqual(len(self._behind(self.manager, "afterlife", "unknown", "taken", rows="age")), 2)
        self.assertEqual(self._rows("before")["recalled"]["taken"], 1)

    def test_enough_days_beside_the_rules_of_today(self):
        """Forty leads of May: on each of 10 days 3 are converted, 10 go back untouched after 10 days."""
        self.env["lead.pool.reclaim.rule"].create(
            {"pool_id": self.pool.id, "name": "Not converted", "not_converted_days": 14, "no_first_touch_days": 3}
        )
        with freeze_time("2026-05-01 04:00:00"):
            leads = self._held(self.li, 40)
        for day in range(2, 12):
            with freeze_time(f"2026-05-{day:02d} 03:00:00"):
                for lead in leads[3 * (day - 2) : 3 * (day - 1)]:
                    lead.with_user(self.li).action_convert({})
        with freeze_time("2026-05-11 04:00:00"):
            self._do(self.li, leads[30:]).action_return(self._reason("return").id)
        with freeze_time("2026-06-30 12:00:00"):
            figures = self._rows(date_from="2026-05-01", date_to="2026-05-31", horizon="30")
        row = figures["holder_1"]
        # nobody was lost before day 10, so that the estimate is the plain share: 3/4, and 90 % of it come on day 9
        self.assertEqual((row["taken"], row["converted"], row["days"]), (40, 30, 9))
        self.assertAlmostEqual(row["expected_rate"], 0.75)
        # day 8: 0.6 against 0.9 x 0.75, sqrt((0.6 x 0.4 + 0.81 x 0.75 x 0.25 - 1.8 x 0.6 x 0.25) / 40) = 0.055: within
        # 1.96 of them; day 7: 0.525, 0.064, and day 10: 0.75, 0.007: beyond
        self.assertEqual((row["days_from"], row["days_to"]), (8, 9))
        self.assertEqual((row["term_from"], row["term_to"]), (14, 14))
        self.assertEqual(row["seen"], 10)
        with freeze_time("2026-06-30 12:00:00"):
            touched = self._rows(date_from="2026-05-01", date_to="2026-05-31", clock="first_touch")["holder_1"]
        self.assertEqual((touched["days"], touched["term_from"]), (9, 3), "the conversion was the first touch")

    def test_of_too_few_nothing_is_said(self):
        total = self._rows()["total"]
        self.assertEqual((total["days"], total["days_from"]), (None, None))
        nothing = self._rows(date_from="2020-01-01", date_to="2020-12-31")
        self.assertEqual((set(nothing), nothing["total"]["rate"]), ({"total"}, None))

    def test_more_leads_cost_no_more_queries(self):
        def queries():
            return sum(self._queries_of("afterlife", rows=rows) for rows in ("ordinal", "before", "source"))

        queries()  # fills the caches
        few = queries()
        self._claim(self.li, self._leads(20))
        self.assertLessEqual(queries(), few)
        self.assertLess(few, 44)  # three reports, with what tells the leads that have changed
