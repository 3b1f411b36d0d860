from unittest.mock import patch

from freezegun import freeze_time

from odoo.tools import SQL

from odoo.addons.lead_pool.tests.common import LeadPoolCase

from ..models.lead_pool_report import REPORTS
from ..models.lead_pool_tally import FACTS, INTERPRETED

MARCH = {"period": "custom", "date_from": "2026-03-02", "date_to": "2026-03-06"}


class ReportReader:
    """Reads reports as a user does."""

    @classmethod
    def _do(cls, user, leads):
        """The entries of these leads in the hands of ``user``; verbs on them must not be refused."""
        cls.env.invalidate_all()
        return cls._entries(leads).with_user(user)

    def _report(self, user, name, **options):
        return self.env["lead.pool.report"].with_user(user).table(name, {**MARCH, **options})

    def _figures(self, user, name, **options):
        """``{row key: {column: value}}``, the total included."""
        table = self._report(user, name, **options)
        codes = [column["code"] for column in table["columns"]]
        return {row["key"]: dict(zip(codes, row["cells"], strict=True)) for row in [*table["rows"], table["total"]]}

    def _queries_of(self, name, **options):
        """How many queries a report takes; nothing is known from one before it in this transaction."""
        self.env.invalidate_all()
        self.env.cr.cache.clear()
        before = self.env.cr.sql_log_count
        self._report(self.manager, name, **options)
        return self.env.cr.sql_log_count - before

    def _behind(self, user, name, row, column, **options):
        """The records behind a figure, as ``user`` sees them."""
        action = self.env["lead.pool.report"].with_user(user).drill_down(name, row, column, {**MARCH, **options})
        return self.env[action["res_model"]].with_user(user).search(action["domain"])

    def _compared(self, phase, mend=False):
        """All that a phase of the health check finds."""
        pools = self.env["lead.pool"].sudo()
        self.assertIn(phase, pools._health_phases())
        self.env.flush_all()
        after, found = 0, []
        while after is not None:
            after, _count, some = pools._compare(phase, after, mend)
            found += some
        return found


class FactsReader(ReportReader):
    """Reads reports from facts that were told, and from the ledgers alone."""

    REPORTS = REPORTS
    PERIOD = MARCH
    READERS = ("manager", "admin", "leader", "li")

    def setUp(self):
        super().setUp()
        self.env.cr.execute(INTERPRETED)  # as reports do
        self.changes = self.env["lead.pool.fact.change"].sudo()
        self.facts = [self.env[model].sudo() for model in FACTS]
        for user in (self.manager, self.leader):
            user.tz = "Asia/Shanghai"  # as the pools: days of reps are kept

    def _tell(self):
        """What the scheduled action does."""
        self._settle()
        while self.changes._tell_events()[1]:  # many numbers may have been used up by others
            pass
        self.changes._tell_changes()

    def _settle(self):
        """Numbers of events are settled first."""
        tally = self.env["lead.pool.tally"].sudo()
        while tally._open_zone()[1]:
            pass
        for _turn in range(4):
            tally._count()

    def _waiting(self):
        return self.facts[0]._changed()

    def _figures_of_all(self, further=()):
        """The figures of every report, as all kinds of readers see them."""
        self.env.invalidate_all()
        return {
            (name, user.name, *map(str, options.values())): self._figures(user, name, **{**self.PERIOD, **options})
            for name in self.REPORTS
            for user in (getattr(self, reader) for reader in self.READERS)
            for options in ({}, *(options for report, options in further if report == name))
        }

    def _recount(self, further=()):
        """The same from the ledgers alone."""
        with (
            patch.object(type(self.facts[0]), "_changed", lambda _self: None),
            patch.object(type(self.facts[1]), "_changed", lambda _self: None),
        ):
            return self._figures_of_all(further)

    def assert_told(self, **further):
        """The figures are those of the ledgers: before what has happened is told again, and after."""
        recount = self._recount(**further)
        self.assertEqual(self._figures_of_all(**further), recount, "before it is told")
        self._tell()
        self.assertEqual(self._waiting(), [])
        self.assertEqual(self._figures_of_all(**further), recount, "after it was told")
        self.assert_no_difference()
        return recount

    def assert_current(self):
        """Facts and what they add up to are those of the ledgers, whatever was told of them."""
        for facts in self.facts:
            self.assertEqual(self._sorted(facts._rows()), self._sorted(facts._live(SQL("TRUE"))))
            for sums in facts._sums:
                self.assertEqual(self._added(facts._summed(sums), sums), self._added_up(facts, sums))

    def _sorted(self, rows):
        return sorted(map(repr, self.env.execute_query(SQL("SELECT * FROM (%s) r", rows))))

    def _added(self, rows, sums):
        """``{keys: figures}`` of rows of sums."""
        sums = self.env[sums]
        query = SQL("SELECT %s, %s FROM %s s GROUP BY %s", sums._names(sums._keys), sums._added(), rows,
                    sums._names(sums._keys))  # fmt: skip
        number = len(sums._keys)
        return {row[:number]: row[number:] for row in self.env.execute_query(query) if any(row[number:])}

    def _added_up(self, facts, sums):
        """The same of the ledgers."""
        return self._added(SQL("(%s)", facts._sums_of_ledger(sums)), sums)

    def assert_no_difference(self):
        for facts in self.facts:
            self.assertEqual(facts._differences(0, 2**31 - 1), [])
            for sums in facts._sums:
                self.assertEqual(facts._sum_differences(sums) + facts._year_differences(sums), [])


class ReportsCase(ReportReader, LeadPoolCase):
    """Five days in two pools, lived through with the real verbs.

    | Day       | What happens                                                                        |
    |-----------|-------------------------------------------------------------------------------------|
    | Mon Mar 2 | 6 leads enter Beijing, 2 Shanghai; Li claims 3 of Beijing                            |
    | Tue Mar 3 | the admin assigns 1 to Wang; Li follows up 2, one of them twice, and returns the third |
    | Wed Mar 4 | Li converts 1; the admin transfers 1 waiting lead to Shanghai and recalls Wang's      |
    | Thu Mar 5 | Wang claims 2 of Shanghai, marks 1 invalid, returns 1 to Beijing; Li's 2nd is lost   |
    | Fri Mar 6 | Zhao makes a lead of his own; the lost one is restored                                |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._user("leader", "sales_team.group_sale_salesman", "Leader")
        cls.south = cls.env["crm.team"].create(
            {"name": "South", "company_id": cls.company.id, "user_id": cls.leader.id, "member_ids": [(4, cls.wang.id)]}
        )
        cls.open_pool.return_pool_ids = cls.pool
        cls.env["lead.pool.rep"].sudo()._ensure({(cls.zhao.id, cls.company.id)})
        cls.env["lead.pool.rep"].sudo().search([("user_id", "=", cls.zhao.id)]).default_pool_id = cls.pool
        back, bad = cls._reason("return"), cls._reason("invalid")
        with freeze_time("2026-03-02 02:00:00"):
            cls.beijing, cls.shanghai = cls._leads(6), cls._leads(2, cls.open_pool)
        with freeze_time("2026-03-02 04:00:00"):
            cls._do(cls.li, cls.beijing[:3]).action_claim()
        with freeze_time("2026-03-03 04:00:00"):
            cls._do(cls.admin, cls.beijing[3]).action_assign(cls.wang.id)
        with freeze_time("2026-03-03 06:00:00"):
            for lead in cls.beijing[:2]:
                lead.with_user(cls.li).action_follow_up({"note": "Called, will think it over"})
        with freeze_time("2026-03-03 08:00:00"):
            cls.beijing[0].with_user(cls.li).action_follow_up({"note": "Called again, wants an offer"})
            cls._do(cls.li, cls.beijing[2]).action_return(back.id)
        with freeze_time("2026-03-04 03:00:00"):
            cls.beijing[0].with_user(cls.li).action_convert({})
            cls._do(cls.admin, cls.beijing[4]).action_transfer(cls.open_pool.id)
            cls._do(cls.admin, cls.beijing[3]).action_reclaim()
        with freeze_time("2026-03-05 03:00:00"):
            cls._do(cls.wang, cls.shanghai).action_claim()
        with freeze_time("2026-03-05 09:00:00"):
            cls._do(cls.wang, cls.shanghai[0]).action_mark_invalid(bad.id)
            cls._do(cls.wang, cls.shanghai[1]).action_return(back.id, pool_id=cls.pool.id)
            cls.beijing[1].with_user(cls.li).action_set_lost()
        with freeze_time("2026-03-06 05:00:00"):
            cls.own = cls.env["crm.lead"].with_user(cls.zhao).create({"name": "Own", "user_id": cls.zhao.id})
            cls.beijing[1].with_user(cls.admin).action_restore()
        cls.env.invalidate_all()
