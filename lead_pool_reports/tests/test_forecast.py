import psycopg2
from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .cash import APRIL, CashCase
from .common import FactsReader


@freeze_time("2026-04-30 12:00:00")
@tagged("post_install", "-at_install")
class TestForecast(FactsReader, CashCase):
    """The month of :class:`CashCase`, on its last day. Besides, Zhao has claimed the lead idle."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.web = cls.env["utm.source"].create({"name": "Web Form"})
        (cls.acme | cls.bad | cls.idle).sudo().source_id = cls.web
        cls.nothing.sudo().probability = 50
        with freeze_time("2026-04-26 04:00:00"):
            cls._do(cls.zhao, cls.idle).action_claim()
        cls.Target = cls.env["lead.pool.target"]
        cls.south = cls.env["crm.team"].search([("user_id", "=", cls.leader.id)])
        cls._target(cls.manager, value=3000, user_id=cls.li.id)
        cls._target(cls.leader, value=500, user_id=cls.wang.id)
        cls.env.invalidate_all()

    @classmethod
    def _target(cls, user, **values):
        return cls.Target.with_user(user).create({"date_from": "2026-04-30", **values})

    def _read(self, user, *codes, **options):
        figures = self._figures(user, "forecast", **{**APRIL, **options})
        names = {str(rep.id): rep.login for rep in self.reps}
        return {names.get(key, key): [row[code] for code in codes] for key, row in figures.items()}

    def test_what_is_expected_of_what_is_open(self):
        """Six holdings ended, five of them as converted: 5/6. Of the source Web Form one of two: with ten cases at 5/6
        beside them that is (1 + 8.33) / 12 = 0.778. Five conversions brought 1,000 + 600 + 700 + 100 in orders, and
        one without an order is worth 900 at 50 %: 2,850 / 5 = 570. 570 x 0.778 = 443.33."""
        self.assertEqual(
            self._read(self.manager, "leads", "leads_amount", "opportunities", "opportunities_amount", "expected"),
            {
                "li": [0, 0, 0, 0, 0],  # his opportunities have orders
                "wang": [0, 0, 1, 450, 450],  # 900 at 50 %
                "zhao": [1, 443.33, 0, 0, 443.33],
                "total": [1, 443.33, 1, 450, 893.33],
            },
        )

    def test_how_far_the_targets_are_reached(self):
        self.assertEqual(
            self._read(self.manager, "target", "achieved", "attainment", "left", "outlook"),
            {
                "li": [3000, 2300, 2300 / 3000, 700, 2300],  # 1,000 + 300 EUR at 2 + 500 + 200
                "wang": [500, 100, 0.2, 400, 550],
                "zhao": [None, 0, None, None, 443.33],
                "total": [3500, 2400, 2400 / 3500, 1100, 3293.33],
            },
        )
        self._target(self.admin, subject="pool", pool_id=self.pool.id, measure="converted", value=10)
        figures = self._read(
            self.admin, "target", "achieved", "attainment", "left", "outlook", subject="pool", measure="converted"
        )
        self.assertEqual(figures[str(self.pool.id)], [10, 5, 0.5, 5, 5.78])

    def test_the_follow_ups_of_a_pool_are_those_in_the_ledger_counted_or_not(self):
        """Of this month until now, and of nobody else's: one was in March, one comes in May."""
        with freeze_time("2026-03-30 04:00:00"):
            lead = self._held(self.zhao)
        for moment, note in (
            ("2026-03-31 15:59:00", "Wants to visit us in the first week"),
            ("2026-03-31 16:00:00", "Asked for the plan of the second floor"),
            ("2026-04-26 04:30:00", "Compares our offer with two others"),
            ("2026-04-30 16:00:00", "Decides after the holidays with his wife"),
        ):
            with freeze_time(moment):
                lead.with_user(self.zhao).action_follow_up({"note": note})
        events = self.env["lead.pool.event"].sudo()
        of_april = [("date", ">=", "2026-03-31 16:00:00"), ("date", "<", "2026-04-30 16:00:00")]
        expected = {
            str(pool.id): events.search_count([("kind", "=", "follow_up"), ("pool_ref", "=", pool.id), *of_april])
            for pool in self.pool | self.open_pool
        }
        self.assertGreaterEqual(expected[str(self.pool.id)], 2)
        self._target(self.admin, subject="pool", pool_id=self.pool.id, measure="follow_ups", value=5)
        for _before_and_after in range(2):
            for user in (self.manager, self.admin):
                figures = self._read(user, "achieved", subject="pool", measure="follow_ups")
                for pool, number in expected.items():
                    self.assertEqual(figures.get(pool, [0]), [number], (user.name, pool))
            for _turn in range(4):
                self.env["lead.pool.tally"].sudo()._count()
        [(counted_to,)] = self.env.execute_query(SQL("SELECT counted_to FROM lead_pool_tally_mark"))
        self.assertGreaterEqual(counted_to, events.search([], order="id desc", limit=1).id, "all is counted")

    def test_a_team_is_what_its_members_do(self):
        self._target(self.leader, subject="team", team_id=self.south.id, value=1000)
        figures = self._read(self.manager, "target", "achieved", "outlook", subject="team")
        self.assertEqual(figures[str(self.south.id)], [1000, 100, 550])
        self.assertEqual(figures["none"], [None, 2300, 2743.33])

    def test_a_quarter_begins_where_quarters_do(self):
        target = self._target(self.manager, user_id=self.li.id, span="quarter", value=9000)
        self.assertEqual((str(target.date_from), str(target.date_to)), ("2026-04-01", "2026-06-30"))
        target.write({"date_from": "2026-05-20"})
        self.assertEqual(str(target.date_from), "2026-04-01")
        self.assertEqual(self._read(self.manager, "target", "achieved", span="quarter")["li"], [9000, 2300])
        july = {"date_from": "2026-07-01", "date_to": "2026-07-31"}
        self.assertEqual(self._read(self.manager, "target", "achieved", span="quarter", **july)["zhao"], [None, 0])

    def test_who_sees_what(self):
        self.assertEqual(self._read(self.li, "target", "achieved"), {"li": [3000, 2300], "total": [3000, 2300]})
        self.assertEqual(self._read(self.leader, "target", "achieved")["total"], [500, 100])
        self.assertEqual(self._read(self.admin, "target", "achieved")["total"], [None, 2400], "reps' are not his")
        with self.assertRaises(AccessError):
            self._report(self.marketing, "forecast", **APRIL)

    def test_who_may_set_targets(self):
        for user, values in (
            (self.li, {"user_id": self.li.id}),
            (self.leader, {"user_id": self.li.id}),
            (self.leader, {"subject": "pool", "pool_id": self.pool.id}),
            (self.admin, {"user_id": self.li.id}),
            (self.admin, {"subject": "team", "team_id": self.south.id}),
            (self.marketing, {"subject": "team", "team_id": self.south.id}),
        ):
            with self.assertRaises(AccessError):
                self._target(user, measure="follow_ups", value=5, **values)
        own = self.Target.with_user(self.li).search([])
        self.assertEqual(own.user_id, self.li)
        with self.assertRaises(AccessError):
            own.value = 1
        self.pool.admin_ids.unlink()
        with self.assertRaises(AccessError):
            self._target(self.admin, subject="pool", pool_id=self.pool.id, value=5)

    def test_one_target_each_and_more_than_nothing(self):
        for values in ({"user_id": self.li.id, "value": 5}, {"user_id": self.zhao.id, "value": 0}, {"value": 5}):
            with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self._target(self.manager, **values)

    def test_behind_each_figure_are_as_many_records(self):
        with freeze_time("2026-04-27 04:00:00"):
            self.idle.with_user(self.zhao).action_follow_up({"note": "Called, will think it over"})
        self._target(self.admin, subject="pool", pool_id=self.pool.id, measure="converted", value=9)
        self._assert_records()
        self._tell()
        self._assert_records()

    def _assert_records(self):
        everywhere = set()
        for user in (self.manager, self.admin, self.leader, self.li, self.zhao):
            opened = 0
            for subject in ("rep", "team", "pool"):
                for measure in ("orders", "converted", "follow_ups"):
                    options = {**APRIL, "subject": subject, "measure": measure}
                    table = self._report(user, "forecast", **options)
                    codes = [column["code"] for column in table["columns"]]
                    for row in [*table["rows"], table["total"]]:
                        for code in row["drill"]:
                            found = self._behind(user, "forecast", row["key"], code, **options)
                            counted = codes.index(code.removesuffix("_amount"))
                            self.assertEqual(self._worth(found), row["cells"][counted], (user.name, options, code))
                            everywhere.add((user.name, code, found._name))
                            opened += 1
            self.assertGreater(opened, 3, user.name)
        self.assertIn(("Manager", "achieved", "sale.order"), everywhere)
        self.assertIn(("Li Na", "achieved", "sale.order"), everywhere)
        self.assertIn(("Manager", "opportunities_amount", "crm.lead"), everywhere)
        self.assertIn(("Pool Admin", "target", "lead.pool.target"), everywhere)
        self.assertNotIn(("Pool Admin", "achieved", "sale.order"), everywhere, "sold by others")

    @staticmethod
    def _worth(found):
        """What the records behind a figure come to."""
        if found._name == "sale.order":
            return sum(order.amount_untaxed / order.currency_rate for order in found)
        return sum(found.mapped("value")) if found._name == "lead.pool.target" else len(found)

    def test_nothing_lived_yet_is_nothing_expected(self):
        fresh = self.env["res.company"].create({"name": "Fresh"})
        self.manager.company_ids |= fresh
        table = self.env["lead.pool.report"].with_user(self.manager).with_context(allowed_company_ids=fresh.ids)
        self.assertEqual(table.table("forecast", APRIL)["rows"], [])

    def test_more_leads_cost_no_more_queries(self):
        def queries():
            return self._queries_of("forecast", **APRIL)

        few = min(queries(), queries())  # the first fills the caches
        self._claim(self.li, self._leads(30))
        self.assertLessEqual(queries(), few)
        self.assertLess(few, 32)  # with those for the documents behind the figures
