import json
import random
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.reports.funnel import converted_at
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


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestFollowUpsRecounted(ReportsCase):
    """What is kept of days, types and levels tells what the ledgers tell, counted here one by one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.types = cls.env["lead.follow.up.type"].search([], limit=3)
        cls.levels = cls.env["lead.follow.up.level"].search([], limit=2)
        cls.open_pool.tz = "America/New_York"
        cls.env.flush_all()

    def _tell(self):
        tally, changes = self.env["lead.pool.tally"].sudo(), self.env["lead.pool.fact.change"].sudo()
        while tally._open_zone()[1]:
            pass
        for _turn in range(4):
            tally._count()
        while changes._tell_events()[1]:
            pass
        changes._tell_changes()

    def _recount(self, user, by, first, last, tz):
        """``{row key: [follow-ups, leads, converted]}`` from events, follow-ups and conversions."""
        everything = user == self.manager
        people, run = set(user._lead_pool_people()), set(user._lead_pool_ids("admin"))
        found = {}
        rows = self.env.execute_query(
            SQL(
                """SELECT e.date, e.user_ref, e.pool_ref, e.lead_ref, f.type_id, f.level_id, (%s)
                     FROM lead_pool_event e LEFT JOIN lead_follow_up f ON f.id = (e.detail->>'follow_up')::int
                    WHERE e.kind = 'follow_up'""",
                converted_at(SQL("e.lead_ref")),
            )
        )
        for moment, rep, pool, lead, type_id, level_id, converted in rows:
            day = moment.replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz)).date()
            if first <= day <= last and (everything or rep in people or pool in run):
                key = {"rep": rep, "type": type_id or 0, "level": level_id or 0, "day": day}[by]
                for row in (str(key), "total"):
                    number, leads = found.setdefault(row, [0, {}])
                    found[row][0] = number + 1
                    leads[lead] = leads.get(lead) or bool(converted and moment <= converted)
        return {row: [number, len(leads), sum(leads.values())] for row, (number, leads) in found.items()}

    def _told(self, user, by, first, last, tz):
        """The same of the report."""
        report = self.env["lead.pool.report"].with_user(user).with_context(tz=tz)
        options = {"period": "custom", "date_from": str(first), "date_to": str(last), "by": by}
        table = report.table("follow_ups", options)
        codes = [column["code"] for column in table["columns"]]
        rows = {row["key"]: [row["cells"][codes.index(code)] for code in COLUMNS] for row in table["rows"]}
        rows["total"] = [table["total"]["cells"][codes.index(code)] for code in COLUMNS]
        return {row: figures for row, figures in rows.items() if figures[0]}

    def _live_on(self, dice, moment):
        """One step of a life by chance; a follow-up may be entered days late."""
        leads, records = (self.beijing | self.shanghai).exists(), self.env["lead.follow.up"].sudo().search([])
        lead = dice.choice(leads)
        step = dice.choice(
            ("follow", "follow", "follow", "follow", "type", "level", "convert", "undo", "merge", "delete")
        )
        if step == "follow":
            then = moment - timedelta(hours=dice.choice((0, 0, dice.randrange(120))))
            holdings = self.env["lead.pool.holding"].sudo().search([("lead_ref", "=", lead.id)], limit=1)
            record = records.create(
                {
                    "lead_id": lead.id,
                    "holding_id": holdings.id,
                    "user_id": self.li.id,
                    "date": then,
                    "type_id": dice.choice((False, *self.types.ids)),
                    "level_id": dice.choice((False, *self.levels.ids)),
                    "counts": True,
                }
            )
            self.env.flush_all()
            self.env.cr.execute(
                """INSERT INTO lead_pool_event
                          (date, kind, lead_ref, seq, pool_ref, user_ref, company_ref, epoch, detail, prev_hash, hash)
                   SELECT %s, 'follow_up', lead_ref, GREATEST(seq, 1000) + 1, %s, %s, company_ref, epoch, %s, hash,
                          md5(random()::text)
                     FROM lead_pool_event WHERE lead_ref = %s ORDER BY seq DESC LIMIT 1""",
                [
                    then,
                    dice.choice((self.pool.id, self.open_pool.id)),
                    dice.choice((self.li.id, self.wang.id, self.zhao.id)),
                    json.dumps({"follow_up": record.id}),
                    lead.id,
                ],
            )
        elif step in ("type", "level") and records:
            dice.choice(records)[f"{step}_id"] = dice.choice(self.types if step == "type" else self.levels)
        elif step == "convert":
            conversions = self.env["lead.pool.conversion"].sudo()
            conversions.create({"lead_id": lead.id, "lead_ref": lead.id, "date": moment, "user_id": self.li.id})
        elif step == "undo":
            self.env["lead.pool.conversion"].sudo().search([("lead_ref", "=", lead.id)]).undone_at = moment
        elif step == "merge" and len(leads) > 3:
            (lead | dice.choice(leads - lead)).with_user(self.manager).sudo().merge_opportunity()
        elif step == "delete" and len(leads) > 3 and dice.random() < 0.5:
            lead.sudo().unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        return step

    def test_whatever_happens_the_report_is_a_recount(self):
        """Two lives by chance; all combinations at the end of each, some after each step."""
        users, told = (self.manager, self.leader, self.li, self.admin), set()
        zones = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland")  # the days of the last one are not kept
        spans = [(date(2026, 3, first), date(2026, 3, last)) for first, last in ((1, 31), (5, 8), (7, 7), (3, 6))]
        for seed in range(2):
            dice, moment = random.Random(seed), datetime(2026, 3, 6, 12)
            with self.env.cr.savepoint(flush=False) as savepoint:
                for _step in range(30):
                    moment += timedelta(minutes=dice.randrange(500))
                    with freeze_time(moment), mute_logger("odoo.sql_db"):
                        told.add(self._live_on(dice, moment))
                        if dice.random() < 0.3:
                            self._tell()
                        asked = (dice.choice(users[:3]), dice.choice(("rep", "type", "level", "day")),
                                 *dice.choice(spans), dice.choice(zones))  # fmt: skip
                        self.assertEqual(self._told(*asked), self._recount(*asked), (seed, _step, asked))
                with freeze_time(moment):
                    self._tell()
                    for user in users:
                        for by in ("rep", "type", "level", "day"):
                            for span in spans[:2]:
                                asked = (user, by, *span, zones[0])
                                self.assertEqual(self._told(*asked), self._recount(*asked), (seed, asked))
                facts = self.env["lead.pool.fact.follow.up"].sudo()
                self.assertEqual(facts._differences(0, 2**31 - 1), [])
                self.assertEqual(facts._sum_differences("lead.pool.fact.follow.up.day"), [])
                savepoint.rollback()
            self.env.invalidate_all()
        self.assertEqual(told, {"follow", "type", "level", "convert", "undo", "merge", "delete"})

    def test_a_type_that_is_noted_later_or_gone_with_a_merged_lead_is_that_of_the_ledger(self):
        self._tell()
        kept, merged = self.beijing[0], self.beijing[1]
        [record] = self.env["lead.follow.up"].sudo().search([("lead_id", "=", merged.id)])
        asked = (self.manager, "type", date(2026, 3, 2), date(2026, 3, 6), "Asia/Shanghai")
        self.assertEqual(self._told(*asked), {"0": [3, 2, 1], "total": [3, 2, 1]})
        self.env.cr.execute("UPDATE lead_follow_up SET lead_id = %s WHERE id = %s", [kept.id, record.id])
        record.invalidate_recordset()
        record.type_id = self.types[0]
        self.env.flush_all()
        for _before_and_after in range(2):
            self.assertEqual(self._told(*asked), {str(self.types[0].id): [1, 1, 0], "0": [2, 1, 1], "total": [3, 2, 1]})
            self._tell()
        record.unlink()
        for _before_and_after in range(2):
            self.assertEqual(self._told(*asked), {"0": [3, 2, 1], "total": [3, 2, 1]})
            self._tell()

    def test_sums_are_read_whatever_the_number_of_follow_ups(self):
        """Of the whole company by day, type and level; wrong ones are found, and made again by the repair."""
        self._tell()
        sums = self.env["lead.pool.fact.follow.up.day"].sudo()
        asked = [
            (self.manager, by, date(2026, 3, 2), date(2026, 3, 4), "Asia/Shanghai") for by in ("day", "type", "level")
        ]
        before = [self._told(*one) for one in asked]
        self.env["lead.pool.fact.follow.up"].sudo().search([]).unlink()  # whoever reads these is found out
        self.env.flush_all()
        self.assertEqual([self._told(*one) for one in asked], before)
        self.assertNotEqual(self._told(self.li, *asked[0][1:]), before[0])
        self.env["lead.pool"].sudo()._compare("facts", 0, True)
        for one in sums.search([], limit=2):
            one.follow_ups += 7
        self.env.flush_all()
        self.assertTrue(self._compared("sums", mend=True))
        self.env.invalidate_all()
        self.assertEqual([self._told(*one) for one in asked], before)
        self.assertEqual(self._told(self.li, *asked[0][1:]), before[0])
        self.assertEqual(self._compared("sums"), [])
