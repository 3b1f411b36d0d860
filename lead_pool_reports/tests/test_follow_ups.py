from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ReportsCase

COLUMNS = ("follow_ups", "leads", "converted")


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestFollowUps(ReportsCase):
    """Besides what the five days bring (Li follows up two leads on Tuesday, one of them twice, and converts that one on
    Wednesday), Li calls her restored lead on Friday, at first with a note that is too short to count."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls.env["lead.follow.up.type"].search([("is_call", "=", True)], limit=1)
        cls.level = cls.env["lead.follow.up.level"].search([], limit=1)
        cls.pool.follow_up_min_length = 10
        mine = cls.beijing[1].with_user(cls.li)
        with freeze_time("2026-03-06 06:00:00"):
            mine.action_follow_up({"note": "No", "type_id": cls.call.id})
        with freeze_time("2026-03-06 07:00:00"):
            mine.action_follow_up(
                {"note": "Wants to hear from us in April", "type_id": cls.call.id, "level_id": cls.level.id}
            )
        cls.env.invalidate_all()

    def _of(self, key, user=None, **options):
        row = self._figures(user or self.manager, "follow_ups", **options)[key]
        return [row[code] for code in COLUMNS]

    def test_by_rep(self):
        li = str(self.li.id)
        self.assertEqual(self._of(li), [4, 2, 1])
        row = self._figures(self.manager, "follow_ups")[li]
        self.assertEqual((row["per_lead"], row["conversion"]), (2, 0.5))
        self.assertEqual(self._of("total"), [4, 2, 1])

    def test_by_type_and_by_level(self):
        self.assertEqual(self._of(str(self.call.id), by="type"), [1, 1, 0])
        self.assertEqual(self._of("0", by="type"), [3, 2, 1])
        self.assertEqual(self._of(str(self.level.id), by="level"), [1, 1, 0])
        self.assertEqual(self._of("total", by="level"), [4, 2, 1], "a lead of two levels is one lead")

    def test_by_day_on_the_readers_clock(self):
        figures = self._figures(self.manager, "follow_ups", by="day")
        self.assertEqual(list(figures), [f"2026-03-0{day}" for day in range(2, 7)] + ["total"])
        self.assertEqual([figures[day]["follow_ups"] for day in figures], [0, 3, 0, 0, 1, 4])
        self.env = self.env(context={**self.env.context, "tz": "Pacific/Auckland"})  # Tuesday at 8 is in the evening
        self.assertEqual(self._of("2026-03-03", by="day"), [3, 2, 1])
        self.env = self.env(context={**self.env.context, "tz": "Pacific/Kiritimati"})  # and here ten
        self.assertEqual(self._of("2026-03-03", by="day"), [3, 2, 1])
        self.env = self.env(context={**self.env.context, "tz": "Pacific/Honolulu"})  # still Monday
        self.assertEqual(self._of("2026-03-02", by="day"), [3, 2, 1])
        with self.assertRaises(UserError):
            self._report(self.manager, "follow_ups", by="day", date_from="2020-01-01")

    def test_all_that_was_noted(self):
        li = self._figures(self.manager, "follow_ups", which="all")[str(self.li.id)]
        self.assertEqual((li["follow_ups"], li["counted"], li["counted_share"], li["leads"]), (5, 4, 0.8, 2))
        self.assertEqual(self._of(str(self.call.id), by="type", which="all"), [2, 1, 0])

    def test_a_conversion_before_the_follow_up_or_undone_is_none_afterwards(self):
        self.assertEqual(self._of("total", date_from="2026-03-05")[2], 0)
        self.beijing[0].with_user(self.admin).action_undo_conversion()
        self.assertEqual(self._of("total"), [4, 2, 0])

    def test_what_was_noted_on_a_deleted_lead_is_gone_and_that_it_counted_stays(self):
        self.beijing[1].with_user(self.manager).unlink()
        self.assertEqual(self._of("total"), [4, 2, 1])
        self.assertEqual(self._of("0", by="type"), [4, 2, 1], "of which type, nobody knows any more")
        self.assertEqual(len(self._behind(self.manager, "follow_ups", "0", "follow_ups", by="type")), 4)
        self.assertEqual(self._of("total", which="all"), [2, 1, 1])

    def test_who_may_see_what(self):
        for user, keys in ((self.li, {self.li}), (self.admin, {self.li}), (self.leader, set()), (self.zhao, set())):
            for which in ("counting", "all"):
                figures = self._figures(user, "follow_ups", which=which)
                self.assertEqual(set(figures), {*(str(key.id) for key in keys), "total"}, (user.name, which))

    def test_behind_each_figure_are_as_many_records(self):
        opened = set()
        for user in (self.manager, self.admin, self.li, self.leader):
            for by in ("rep", "type", "level", "day"):
                for which in ("counting", "all"):
                    options = {"by": by, "which": which}
                    table = self._report(user, "follow_ups", **options)
                    codes = [column["code"] for column in table["columns"]]
                    for row in [*table["rows"], table["total"]]:
                        opens = which == "counting" or user == self.manager
                        self.assertEqual(bool(row["drill"]), opens and bool(row["cells"][1]), (user.name, options, row))
                        for code in row["drill"]:
                            found = self._behind(user, "follow_ups", row["key"], code, **options)
                            self.assertEqual(len(found), row["cells"][codes.index(code)], (user.name, options, row))
                            opened.add(code)
        self.assertEqual(opened, {"follow_ups", "counted", "leads", "converted"})

    def test_behind_leads_stands_the_last_follow_up_of_each(self):
        found = self._behind(self.li, "follow_ups", str(self.li.id), "leads")
        self.assertEqual(
            {event.lead_ref: event.date.day for event in found}, {self.beijing[0].id: 3, self.beijing[1].id: 6}
        )
        self.assertEqual(
            self._behind(self.li, "follow_ups", "total", "converted").mapped("lead_ref"), self.beijing[0].ids
        )
        self.assertEqual(
            self._behind(self.manager, "follow_ups", "total", "leads", which="all"), self.beijing[0] | self.beijing[1]
        )
