from ast import literal_eval
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..tables.pool_dynamics import STOCKS
from .common import MARCH, ReportsCase

FRIDAY = "2026-03-06 12:00:00"
CLOSING = {"converted", "invalid", "lost", "merged", "deleted"}


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestRepStatus(ReportsCase):
    def _li(self, **options):
        return self._figures(self.manager, "rep_status", **options)[str(self.li.id)]

    def test_a_rep_is_shown_with_what_he_holds_got_did_and_made_of_it(self):
        li = self._li()
        self.assertEqual(
            {code: li[code] for code in ("received", "follow_ups", "returned", "converted", "lost", "untouched")},
            # the restored lead began a new holding, not followed up yet
            {"received": 4, "follow_ups": 3, "returned": 1, "converted": 1, "lost": 1, "untouched": 1},
        )
        self.assertEqual((li["received_converted"], li["conversion_rate"]), (1, 0.25))
        self.assertEqual(li["first_follow_up"], 26 * 3600, "claimed Monday at 4, both followed up Tuesday at 6")

    def test_a_rep_who_lost_his_leads_to_the_admin_and_the_bin(self):
        wang = self._figures(self.manager, "rep_status")[str(self.wang.id)]
        self.assertEqual(wang["received"], 3)
        self.assertEqual((wang["reclaimed"], wang["invalid"], wang["returned"], wang["untouched"]), (1, 1, 1, 0))
        self.assertEqual(wang["conversion_rate"], 0)
        self.assertIsNone(wang["first_follow_up"])

    def test_a_lead_of_ones_own_is_received(self):
        zhao = self._figures(self.manager, "rep_status")[str(self.zhao.id)]
        self.assertEqual((zhao["received"], zhao["untouched"]), (1, 1))

    def test_totals_add_up_and_what_waits_is_there(self):
        figures = self._figures(self.manager, "rep_status")
        total = figures["total"]
        self.assertEqual((total["received"], total["follow_ups"], total["conversion_rate"]), (8, 3, 1 / 8))
        waiting = self.env["lead.pool.entry"].search_count([("state", "=", "waiting")])
        self.assertEqual((figures["nobody"]["waiting"], total["waiting"]), (waiting, waiting))

    def test_all_that_was_received_is_held_or_ended(self):
        for key, row in self._figures(self.manager, "rep_status").items():
            if key == "nobody":
                continue
            ended = sum(row[c] for c in "returned reclaimed converted invalid lost passed_on gone".split())
            self.assertEqual(row["received"], row["untouched"] + row["in_progress"] + ended, key)

    def test_a_converted_lead_that_stays_held_is_an_opportunity_and_converted(self):
        self.pool.opportunity_ends_holding = False
        self.beijing[1].with_user(self.li).action_convert({})
        for user in (self.manager, self.admin, self.li):
            li = self._figures(user, "rep_status")[str(self.li.id)]
            self.assertEqual((li["opportunities"], li["untouched"], li["received_converted"]), (1, 1, 2))
            for code in ("opportunities", "received_converted"):
                self.assertEqual(len(self._behind(user, "rep_status", str(self.li.id), code)), li[code])

    def test_figures_of_another_period(self):
        li = self._li(date_from="2026-03-04", date_to="2026-03-04")
        self.assertEqual((li["received"], li["converted"], li["follow_ups"], li["untouched"]), (0, 1, 0, 1))
        self.assertIsNone(li["conversion_rate"], "nothing was received that day")

    def test_figures_of_one_pool_and_of_one_team(self):
        wang = str(self.wang.id)
        figures = self._figures(self.manager, "rep_status", pool_ids=self.open_pool.ids)
        self.assertEqual((figures[wang]["received"], figures[str(self.li.id)]["received"]), (2, 0))
        figures = self._figures(self.manager, "rep_status", team_ids=self.south.ids)
        self.assertIn(wang, figures)
        self.assertNotIn(str(self.li.id), figures)

    def test_figures_of_one_source(self):
        fair, mail = self.env["utm.source"].create([{"name": "Spring Fair"}, {"name": "Newsletter"}])
        self.beijing[:2].sudo().source_id, self.beijing[3].sudo().source_id = fair, mail
        li, wang = str(self.li.id), str(self.wang.id)
        for user in (self.manager, self.admin):
            figures = self._figures(user, "rep_status", source_ids=fair.ids)
            self.assertEqual((figures[li]["received"], figures[wang]["received"]), (3, 0), "one of them twice")
            self.assertEqual(figures["total"]["follow_ups"], 3)
            self.assertEqual(len(self._behind(user, "rep_status", li, "received", source_ids=fair.ids)), 3)
            self.assertEqual(len(self._behind(user, "rep_status", li, "follow_ups", source_ids=fair.ids)), 3)
            dynamics = self._figures(user, "pool_dynamics", source_ids=[*fair.ids, *mail.ids])
            self.assertEqual((dynamics["2026-03-02"]["entered"], dynamics["2026-03-02"]["claimed"]), (3, 2))
            for code in ("entered", "claimed"):
                behind = self._behind(user, "pool_dynamics", "2026-03-02", code, source_ids=[*fair.ids, *mail.ids])
                self.assertEqual(len(behind), dynamics["2026-03-02"][code])
        choices = self._report(self.li, "rep_status")["choices"]
        self.assertLessEqual({fair.id, mail.id}, {source["id"] for source in choices["sources"]})

    def test_a_rep_meets_the_source_of_a_lead_that_left_him_and_nothing_else_of_it(self):
        fair = self.env["utm.source"].create({"name": "Spring Fair"})
        self.beijing[2].sudo().source_id = fair
        returned = self._behind(self.li, "rep_status", str(self.li.id), "returned", source_ids=fair.ids)
        self.assertEqual(returned.lead_source_id, fair)
        self.assertEqual(returned.button_open_lead()["tag"], "display_notification")

    def test_behind_each_figure_are_as_many_records(self):
        for user in (self.manager, self.li, self.admin, self.leader):
            table = self._report(user, "rep_status")
            codes = [column["code"] for column in table["columns"]]
            opened = 0
            for row in [*table["rows"], table["total"]]:
                for code in row["drill"]:
                    if code == "first_follow_up":
                        continue
                    value = row["cells"][codes.index(code)]
                    found = self._behind(user, "rep_status", row["key"], code)
                    self.assertEqual(len(found), value, (user.name, row["key"], code))
                    opened += 1
            self.assertGreater(opened, 3, user.name)


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestPoolDynamics(ReportsCase):
    def _recount(self, tz="UTC"):
        """Flows and evenings of each pool by walking through each lead's events, one by one."""
        flows, place, last = Counter(), {}, {}
        events = self.env["lead.pool.event"].sudo().search([("pool_ref", "in", (self.pool | self.open_pool).ids)])
        evenings = defaultdict(dict)
        for event in events.sorted(lambda e: (e.date, e.id)):
            day = event.date.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(tz)).date()
            was = place.get(event.lead_ref)
            flows[str(day), was[0] if was else event.pool_ref, event.kind] += 1
            if event.kind in CLOSING:
                state = "closed"
            else:
                state = "held" if event.user_ref else "waiting"
            if was and was[0] != event.pool_ref:
                flows[str(day), was[0], "out"] += 1
                flows[str(day), event.pool_ref, "in"] += 1
            if event.kind != "follow_up":
                place[event.lead_ref] = (event.pool_ref, state)
            last[day] = dict(place)
        known = {}
        first = min(last)
        for number in range(10):
            day = first + timedelta(days=number)
            known = last.get(day, known)
            evenings[str(day)] = Counter(known.values())
        return flows, evenings

    def _assert_balanced(self, figures):
        for key, row in figures.items():
            self.assertEqual(row["entered_in_all"], sum(row[code] for code in STOCKS), key)

    def test_each_day_tells_what_happened(self):
        figures = self._figures(self.manager, "pool_dynamics", pool_ids=(self.pool | self.open_pool).ids)
        interesting = (
            "entered claimed assigned followed returned reclaimed transferred_in converted invalid lost reopened "
            "waiting held closed"
        ).split()
        self.assertEqual(
            {day: [row[code] for code in interesting] for day, row in figures.items()},
            {
                "2026-03-02": [8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 3, 0],
                "2026-03-03": [0, 0, 1, 3, 1, 0, 0, 0, 0, 0, 0, 5, 3, 0],
                "2026-03-04": [0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 6, 1, 1],
                "2026-03-05": [0, 2, 0, 0, 1, 0, 1, 0, 1, 1, 0, 5, 0, 3],
                "2026-03-06": [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5, 2, 2],
                "total": [9, 5, 1, 3, 2, 1, 2, 1, 1, 1, 1, 5, 2, 2],
            },
        )
        self._assert_balanced(figures)

    def test_figures_of_each_pool_equal_a_recount_of_each_leads_events(self):
        flows, evenings = self._recount()
        figures = self._figures(self.manager, "pool_dynamics", by_pool=True, pool_ids=(self.pool | self.open_pool).ids)
        self.assertEqual(len(figures), 5 * 2 + 1)
        for key, row in figures.items():
            if key == "total":
                continue
            day, _slash, pool = key.partition("/")
            pool = int(pool)
            for code, kinds in {
                "entered": ["entered"], "claimed": ["claimed"], "assigned": ["assigned"], "returned": ["returned"],
                "followed": ["follow_up"], "reclaimed": ["reclaimed", "recalled"], "converted": ["converted"],
                "invalid": ["invalid"], "lost": ["lost"], "reopened": ["reopened"], "transferred_out": ["out"],
                "transferred_in": ["in"],
            }.items():  # fmt: skip
                self.assertEqual(row[code], sum(flows[day, pool, kind] for kind in kinds), (key, code))
            for state in STOCKS:
                self.assertEqual(row[state], evenings[day][pool, state], (key, state))
        self._assert_balanced(figures)

    def test_the_last_evening_is_what_the_entries_say(self):
        figures = self._figures(self.manager, "pool_dynamics")
        for state in STOCKS:
            count = self.env["lead.pool.entry"].search_count([("state", "=", state)])
            self.assertEqual(figures["2026-03-06"][state], count)

    def test_a_past_period_is_not_changed_by_what_came_later(self):
        before = self._figures(self.manager, "pool_dynamics", date_to="2026-03-04")
        with freeze_time("2026-03-09 09:00:00"):
            self._do(self.zhao, self.beijing[5]).action_claim()
            self._leads(3)
            self.assertEqual(self._figures(self.manager, "pool_dynamics", date_to="2026-03-04"), before)

    def test_a_day_ends_at_midnight_where_the_reader_is(self):
        with freeze_time("2026-03-03 16:30:00"):  # half past midnight in Shanghai
            self._leads(1)
        pools = self.pool.ids
        utc = self._figures(self.manager, "pool_dynamics", pool_ids=pools)
        self.env = self.env(context={**self.env.context, "tz": "Asia/Shanghai"})
        shanghai = self._figures(self.manager, "pool_dynamics", pool_ids=pools)
        self.assertEqual((utc["2026-03-03"]["entered"], utc["2026-03-04"]["entered"]), (1, 0))
        self.assertEqual((shanghai["2026-03-03"]["entered"], shanghai["2026-03-04"]["entered"]), (0, 1))
        self._assert_balanced(shanghai)
        period = self.env["lead.pool.report"].with_user(self.manager)._asked("pool_dynamics", MARCH).period
        self.assertEqual(period.start, datetime(2026, 3, 1, 16))

    def test_no_day_is_shown_that_has_not_come(self):
        figures = self._figures(self.manager, "pool_dynamics", date_to="2026-03-31")
        self.assertEqual(list(figures)[-2:], ["2026-03-06", "total"])
        self.assertEqual(
            list(self._figures(self.manager, "pool_dynamics", date_from="2026-03-20", date_to="2026-03-31")), ["total"]
        )

    def test_behind_each_figure_are_as_many_records(self):
        for user in (self.manager, self.li, self.admin, self.wang):
            for by_pool in (False, True):
                table = self._report(user, "pool_dynamics", by_pool=by_pool)
                codes = [column["code"] for column in table["columns"]]
                opened = 0
                for row in [*table["rows"], table["total"]]:
                    for code in row["drill"]:
                        found = self._behind(user, "pool_dynamics", row["key"], code, by_pool=by_pool)
                        value = row["cells"][codes.index(code)]
                        self.assertEqual(len(found), value, (user.name, row["key"], code))
                        opened += 1
                self.assertGreater(opened, 3, user.name)

    def test_a_rep_reads_his_own_comings_and_goings(self):
        figures = self._figures(self.li, "pool_dynamics")
        self.assertEqual([figures[f"2026-03-0{n}"]["held"] for n in range(2, 7)], [3, 2, 1, 0, 1])
        total = figures["total"]
        self.assertEqual(
            [total[c] for c in ("claimed", "followed", "returned", "converted", "lost", "reopened")],
            [3, 3, 1, 1, 1, 1],
        )
        self.assertNotIn("waiting", total)

    def test_a_reassigned_lead_leaves_one_rep_for_the_other(self):
        with freeze_time("2026-03-06 07:00:00"):
            answers = self._do(self.admin, self.beijing[1]).action_assign(self.wang.id)
            self.assertTrue(answers[0]["done"], answers)
        self.assertEqual(self._figures(self.li, "pool_dynamics")["2026-03-06"]["reassigned"], 1)
        self.assertEqual(self._figures(self.li, "pool_dynamics")["2026-03-06"]["held"], 0)
        self.assertEqual(self._figures(self.wang, "pool_dynamics")["2026-03-06"]["assigned"], 1)
        self.assertEqual(self._figures(self.manager, "pool_dynamics")["2026-03-06"]["reassigned"], 1)
        self._assert_balanced(self._figures(self.manager, "pool_dynamics"))


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestUndoneClaims(ReportsCase):
    """A claim that was undone is none: not taken, not returned, not lost, in no report and behind no figure."""

    def _all(self):
        """Every figure of every reader, whole and by pool, and how many records are behind each."""
        figures = {}
        for user in (self.manager, self.admin, self.leader, self.li, self.zhao):
            for name, by_pool in (("rep_status", False), ("pool_dynamics", False), ("pool_dynamics", True)):
                options = {"by_pool": True} if by_pool else {}
                table = self._report(user, name, **options)
                for row in [*table["rows"], table["total"]]:
                    figures[user.name, name, by_pool, row["key"]] = row["cells"]
                    for code in row["drill"]:
                        found = self._behind(user, name, row["key"], code, **options)
                        figures[user.name, name, by_pool, row["key"], code] = len(found)
        return figures

    def test_no_figure_knows_of_it(self):
        before = self._all()
        claimed, pulled = self.beijing[5], self.beijing[4]
        for user, lead, verb in ((self.zhao, claimed, "claim"), (self.wang, pulled, "pull")):
            entry = self._do(user, lead)
            [answer] = entry.action_claim() if verb == "claim" else lead.pool_id.with_user(user).action_pull_next()
            self.assertTrue(answer["done"], answer)
            entry = entry.browse(answer["id"])
            self.env.invalidate_all()
            self.assertNotEqual(self._all(), before)
            [answer] = entry.action_undo_claim()
            self.assertTrue(answer["done"], answer)
            self.env.invalidate_all()
            self.assertEqual(self._all(), before)

    def test_who_has_it_next_is_the_first_holder(self):
        """By ordinal the undone claim would be a first holder who gave the lead back."""
        lead = self.beijing[5]
        self._do(self.zhao, lead).action_claim()
        self._do(self.zhao, lead).action_undo_claim()
        self._do(self.li, lead).action_claim()
        self.env.invalidate_all()
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_holding_action")
        self.assertEqual(literal_eval(action["context"]), {"search_default_counted": 1})
        search = etree.fromstring(self.env.ref("lead_pool.lead_pool_holding_view_search").arch)
        [counted] = search.xpath("//filter[@name='counted']/@domain")
        domain = [("lead_ref", "=", lead.id), *literal_eval(counted)]
        groups = self.env["lead.pool.holding"]._read_group(domain, ["ordinal", "end_reason"], ["__count"])
        self.assertEqual(groups, [(1, False, 1)])


@freeze_time(FRIDAY)
@tagged("post_install", "-at_install")
class TestOptions(ReportsCase):
    def _refused(self, name="rep_status", options=None):
        with self.assertRaises(UserError) as refused:
            self.env["lead.pool.report"].with_user(self.manager).table(name, options)
        return str(refused.exception)

    def test_presets_are_resolved_on_the_readers_clock(self):
        Report = self.env["lead.pool.report"].with_user(self.manager)
        resolved = {
            name: Report.table("rep_status", {"period": name})["options"]["date_from"]
            for name in ("this_week", "this_month", "last_30_days")
        }
        self.assertEqual(resolved["this_month"], "2026-03-01")
        self.assertEqual(resolved["last_30_days"], "2026-02-05")
        self.assertIn(resolved["this_week"], ("2026-03-01", "2026-03-02"), "as weeks begin in the user's language")

    def test_what_makes_no_sense_is_refused_in_a_sentence(self):
        self.assertIn("no report", self._refused("users"))
        self.assertIn("no period “ever”. Take one of: today, ", self._refused(options={"period": "ever"}))
        self.assertIn("from which day", self._refused(options={"period": "custom", "date_from": "1/2/26"}))
        self.assertIn("before it begins", self._refused(options={"date_from": "2026-03-02", "date_to": "2026-03-01"}))
        self.assertIn("list of numbers", self._refused(options={"pool_ids": ["1) OR 1=1"]}))
        self.assertIn("Unknown", self._refused(options={"user_ids": [1]}))
        self.assertIn("at most", self._refused("pool_dynamics", {"date_from": "2020-01-01", "date_to": "2026-01-01"}))
        with self.assertRaises(UserError):
            self.env["lead.pool.report"].with_user(self.manager).drill_down("rep_status", "0", "received", MARCH)

    def test_more_leads_cost_no_more_queries(self):
        self.manager.tz = "Asia/Shanghai"  # as the pools: days are kept
        self.env["lead.pool.tally"].sudo()._open_zone()
        for name in ("rep_status", "pool_dynamics", "first_touch", "arrival_heat", "sources"):
            self._queries_of(name)  # fills the caches
            few = self._queries_of(name)
            self._claim(self.li, self._leads(30))
            self.assertLessEqual(self._queries_of(name), few, name)
            self.assertLess(few, 26, name)  # with what tells the leads that have changed
