from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL

from ..models import lead_pool_tally
from ..models.lead_pool_report import REPORTS
from . import common

#: The same days of the week, long enough ago.
YEAR = "2020"
MARCH = {"period": "custom", "date_from": f"{YEAR}-03-02", "date_to": f"{YEAR}-03-06"}
FURTHER = {"pool_dynamics": ({}, {"by_pool": True}), "reasons": ({}, {"by": "source"})}


def years_ago(moment):
    return freeze_time(moment.replace("2026", YEAR))


@tagged("post_install", "-at_install")
class TestArchivedFigures(common.ReportsCase):
    """The events of years ago go into files, and no figure of these years changes, counted again or not."""

    @classmethod
    def setUpClass(cls):
        with patch.object(common, "freeze_time", years_ago):
            super().setUpClass()
        cls._alone()
        with years_ago("2026-03-06 09:00:00"):
            cls.beijing[1].with_user(cls.li).action_set_lost()
            for lead in cls.beijing[2:]:
                cls._do(cls.admin, lead).action_mark_invalid(cls._reason("invalid").id, note="Nobody there")
            cls.own.with_user(cls.zhao).action_set_lost()
        for user in (cls.manager, cls.leader):
            user.tz = "Asia/Shanghai"
        cls.env.flush_all()

    def _count(self):
        """What the scheduled action does."""
        tally, changes = self.env["lead.pool.tally"].sudo(), self.env["lead.pool.fact.change"].sudo()
        while tally._open_zone()[1]:
            pass
        for _turn in range(4):
            tally._count()
        while changes._tell_events()[1]:
            pass
        changes._tell_changes()

    def _all(self):
        self.env.invalidate_all()
        return {
            (name, user.name, str(options)): self._figures(user, name, **MARCH, **options)
            for name in REPORTS
            for user in (self.manager, self.li)
            for options in FURTHER.get(name, ({},))
        }

    def _of_ledgers(self):
        """The same without what was added up before."""
        of_ledgers = {"_changed": lambda _self: None}
        facts = [type(self.env[model]) for model in lead_pool_tally.FACTS]
        with patch.multiple(facts[0], **of_ledgers), patch.multiple(facts[1], **of_ledgers):
            return self._all()

    def _records(self):
        """How many records open behind each figure of the reports that open on events."""
        found = {}
        for name in ("pool_dynamics", "follow_ups", "reasons", "funnel", "rep_status", "fairness"):
            table = self._report(self.manager, name, **MARCH)
            for row in [*table["rows"], table["total"]]:
                for column in row["drill"]:
                    behind = self._behind(self.manager, name, row["key"], column, **MARCH)
                    found[name, row["key"], column] = behind._name, len(behind)
        return found

    def _archive(self):
        answer = self.env["lead.pool"].with_user(self.manager).action_archive_events(3, dry_run=False)
        self._work(self.env["lead.pool.job"].sudo().browse(answer["job_id"]))
        self.assertEqual(sum(self.env["lead.pool.archive"].search([]).mapped("lead_count")), 8)

    def _differences(self):
        return [self._compared(phase) for phase in ("tallies", "facts", "sums")]

    def test_no_figure_changes_and_each_recount_is_the_same(self):
        before, records = self._all(), self._records()
        self.assertTrue(before["pool_dynamics", "Manager", "{}"]["2020-03-03"]["followed"])
        self.assertIn(("lead.pool.event", 3), records.values(), "the follow-ups of a day")
        self._count()
        self._archive()
        self.assertEqual(self._all(), before)
        self.assertEqual(self._records(), records, "a figure opens on its records")
        self.assertEqual(self._differences(), [[], [], []])
        # all is told again from what is left, as after an upgrade
        for table in ("tally", "tally_day", "tally_rep"):
            self.env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(f"lead_pool_{table}")))
        self.env.cr.execute("UPDATE lead_pool_tally_mark SET counted_to = 0, facts_to = 0")
        self._count()
        self.assertEqual(self._of_ledgers(), before)
        self.assertEqual(self._differences(), [[], [], []])
