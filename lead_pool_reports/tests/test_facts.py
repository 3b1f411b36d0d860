import os
import random
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import lead_pool_fact, lead_pool_fact_change
from .common import FactsReader, ReportsCase

LIVES = 3 if "LEAD_POOL_EXAMPLES" in os.environ else 1  # all of them in `make test-all`


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestFacts(FactsReader, ReportsCase):
    """Reports read facts that were told before, and tell themselves what has changed since; the figures are those of
    the ledgers, whatever happened and however long ago."""

    def test_each_report_is_the_same_before_and_after_the_facts_are_told(self):
        self.assertTrue(self._waiting())
        further = [
            *(("funnel", {"by": by}) for by in ("source", "pool")),
            *(("follow_ups", {"by": by}) for by in ("type", "day")),
            *(("afterlife", {"rows": rows}) for rows in ("before", "age", "source")),
            ("afterlife", {"clock": "first_touch"}),
            ("arrival_heat", {"what": "touched"}),
            ("first_touch", {"by": "both", "time": "working"}),
            ("fairness", {"rows": "pool"}),
            ("campaign_cash", {"attribution": "linear"}),
            ("sources", {"source_ids": self.env.ref("utm.utm_source_newsletter").ids}),
        ]
        self.beijing[:2].source_id = self.env.ref("utm.utm_source_newsletter")
        with patch.object(lead_pool_fact, "FEW", 0):  # many: they are told wherever their facts are read
            many = self._figures_of_all(further)
        self.env.cr.cache.clear()
        figures = self.assert_told(further=further)
        self.assertEqual(many, figures)
        self.assertEqual(figures["funnel", "Manager"]["entered"]["leads"], 9)
        self.assertEqual(self.facts[0].search_count([]), 9)
        self.assertEqual(self.facts[1].search_count([]), 8)
        self.assertEqual(self.facts[2].search_count([("user_ref", "=", self.li.id)]), 2)

    def test_what_changes_afterwards_and_is_no_event_is_seen_at_once(self):
        self.READERS = ("manager", "li")
        self._tell()
        source, campaign = self.env.ref("utm.utm_source_mailing"), self.env["utm.campaign"].create({"name": "Spring"})
        lead = self.beijing[0]
        for change in (
            {"source_id": source.id},
            {"campaign_id": campaign.id},
            {"priority": "3"},
            {"source_id": False},
        ):
            with self.subTest(change=change):
                lead.write(change)
                self.env.flush_all()
                self.assertEqual(self._waiting(), lead.ids)
                self.assert_told(further=[("funnel", {"by": "source"})])
        order = self.env["sale.order"].create({"partner_id": self.env.company.partner_id.id, "opportunity_id": lead.id})
        for verb in (order.action_confirm, order._action_cancel, order.action_draft, order.unlink):
            with self.subTest(verb=verb.__name__):
                verb()
                self.env.flush_all()
                self.assertEqual(self._waiting(), lead.ids)
                self.assert_told()
        lead.write({"description": "Nothing that a report tells"})
        self.env.flush_all()
        self.assertEqual(self._waiting(), [])

    def test_an_undone_claim_a_merged_and_a_deleted_lead_are_told_again(self):
        self._tell()
        entry = self._do(self.zhao, self.beijing[5])
        [claim] = entry.action_claim()
        self._tell()
        self.assertEqual(self.facts[1].search_count([("lead_ref", "=", self.beijing[5].id)]), 1)
        entry.browse(claim["id"]).action_undo_claim()
        self.assert_told()
        self.assertEqual(self.facts[1].search_count([("lead_ref", "=", self.beijing[5].id)]), 0)
        gone = self.beijing[4] | self.beijing[2]
        gone.with_user(self.manager).sudo().merge_opportunity()
        self.assert_told()
        self.beijing[5].sudo().unlink()
        recount = self.assert_told()
        self.assertEqual(recount["funnel", "Manager"]["valid"]["leads"], 6)

    def test_a_conversion_that_is_undone_and_a_lead_that_comes_back(self):
        self._tell()
        lead = self.beijing[1]
        lead.with_user(self.manager).sudo().action_convert({})
        self.assert_told()
        conversion = self.env["lead.pool.conversion"].sudo().search([("lead_ref", "=", lead.id)])
        conversion.undone_at = datetime(2026, 3, 6, 12)
        self.assert_told()

    def test_whatever_happens_facts_are_what_the_ledgers_tell(self):
        """Lives by chance, each 30 steps; the scheduled action runs now and then."""
        back, bad = self._reason("return"), self._reason("invalid")
        self._promise()
        for seed in range(LIVES):
            dice = random.Random(seed)
            moment = datetime(2026, 3, 6, 12)
            leads = self.beijing | self.shanghai
            for _step in range(30):
                moment += timedelta(minutes=dice.randrange(400))
                lead = dice.choice(leads)
                with freeze_time(moment), mute_logger("odoo.sql_db"):
                    self._live_on(dice, lead, back, bad)
                self.env.flush_all()
                if dice.random() < 0.3:
                    self._tell()
                    self.assert_no_difference()
                self.assert_current()
            with freeze_time(moment):
                self.assert_told(
                    further=[
                        ("first_touch", {"by": "pool"}),
                        ("arrival_heat", {"what": "touched"}),
                        *((name, {**options, **self.MONTHS}) for name, options in self.BY_MONTH[::3]),
                    ]
                )
                self.assertEqual(self._compared("sums"), [])

    #: Reports that add up whole months.
    BY_MONTH = (
        ("rep_status", {}),
        ("follow_ups", {}),
        *(("funnel", {"by": by}) for by in ("step", "pool", "source")),
        *(("afterlife", {"rows": rows}) for rows in ("ordinal", "before", "age", "source")),
        *(("fairness", {"good": good}) for good in ("either", "assessed", "priority")),
        *(("campaign_cash", {"attribution": attribution}) for attribution in ("linear", "last")),
    )
    MONTHS = {"date_from": "2026-02-01", "date_to": "2026-03-31"}

    def _live_on(self, dice, lead, back, bad):
        rep = dice.choice((self.li, self.wang, self.zhao))
        entry = self._do(self.admin, lead).sudo(False)
        holder = entry.sudo().user_id
        happenings = {
            "claim": lambda: self._do(rep, lead).action_claim(),
            "assign": lambda: entry.action_assign(rep.id),
            "follow": lambda: holder
            and lead.with_user(holder).action_follow_up({"note": "Talked about prices at length"}),
            "return": lambda: holder and self._do(holder, lead).action_return(back.id),
            "undo": lambda: holder and self._do(holder, lead).action_undo_claim(),
            "recall": lambda: entry.action_reclaim(),
            "transfer": lambda: entry.action_transfer(((self.pool | self.open_pool) - entry.sudo().pool_id)[:1].id),
            "invalid": lambda: entry.action_mark_invalid(bad.id),
            "convert": lambda: holder and lead.with_user(holder).action_convert({}),
            "lose": lambda: lead.sudo().action_set_lost(),
            "restore": lambda: lead.sudo().action_restore(),
            "source": lambda: lead.sudo().write({"source_id": self.env.ref("utm.utm_source_mailing").id}),
        }
        with self.env.cr.savepoint():
            happenings[dice.choice(sorted(happenings))]()

    def test_days_of_reps_are_read_where_they_are_kept_and_tell_the_same(self):
        """From Wednesday until today, as the last day of the period is not over: by each follow-up and by days."""
        tally = self.env["lead.pool.tally.rep"].sudo()
        names = ("rep_status", "follow_ups", "forecast", "sources", "first_touch")
        asked = [(name, {"date_from": f"2026-03-0{day}"}) for name in names for day in (2, 3, 4)]
        asked += [("first_touch", {"by": "pool"}), *(("follow_ups", {"by": by}) for by in ("type", "level", "day"))]
        asked += [("reasons", {"by": by}) for by in ("source", "rep")]
        asked += [("funnel", options) for options in ({"by": "pool"}, {"by": "source"}, {"pool_ids": self.pool.ids})]
        self._promise()
        sums = [self.env[model].sudo() for facts in self.facts for model in facts._sums]
        of_days = [days for days in sums if "tz" in days._fields]
        self.assertEqual(len(of_days), 12)
        self._tell()
        zones = self.env["lead.pool.tally.zone"].sudo().search([])
        zones.by_rep = False
        self.env.flush_all()
        before = self._figures_of_all(asked)
        for days in (tally, *of_days):
            days.search([]).unlink()
        self.env.flush_all()
        self._tell()  # as after an upgrade: they are added up
        self.assertEqual(zones.filtered("by_rep"), zones)
        self.assertEqual(self._figures_of_all(asked), before)
        rep, tz = self.li.id, "Asia/Shanghai"
        days = tally.search([("user_ref", "=", rep), ("tz", "=", tz)], order="span")
        self.assertEqual([(one.span, one.count) for one in days], [("day", 3), ("month", 3), ("year", 3)])
        tally.search([]).count = 1000  # whoever reads these is found out
        for days in of_days:
            self.env.cr.execute(
                SQL("UPDATE %s SET %s = 1000", SQL.identifier(days._table), SQL.identifier(days._figures[-1]))
            )
        self.env.cr.execute("UPDATE lead_pool_fact_hours SET s08 = 1000")
        self.env.invalidate_all()
        wrong = self._figures_of_all(asked)
        for user, *key in (
            (self.manager, "rep_status"),
            (self.leader, "rep_status"),
            (self.manager, "follow_ups"),
            (self.manager, "follow_ups", "type"),
            (self.manager, "follow_ups", "level"),
            (self.manager, "follow_ups", "day"),
            (self.manager, "first_touch"),
            (self.leader, "first_touch"),
            (self.manager, "first_touch", "pool"),
            (self.manager, "sources"),
            (self.manager, "reasons"),
            (self.manager, "reasons", "source"),
            (self.manager, "arrival_heat"),
            (self.admin, "arrival_heat"),
            (self.manager, "funnel"),
            (self.manager, "funnel", "pool"),
            (self.manager, "funnel", str(self.pool.ids)),
            (self.manager, "funnel", "source"),
        ):
            key.insert(1, user.name)
            self.assertNotEqual(wrong[tuple(key)], before[tuple(key)], key)
        Pool = self.env["lead.pool"].sudo()
        found = Pool._compare("tallies", 0, True)[2]
        self.assertTrue([one for one in found if "Li Na" in one[1]["name"]], found)
        self._compared("sums", mend=True)
        self.assertEqual(self._figures_of_all(asked), before)
        self.assertEqual(Pool._compare("tallies", 0, False)[2], [])

    def _promise(self):
        """Both pools want a lead followed up until the evening of the next working day."""
        (self.pool | self.open_pool).first_contact_days = 1
        self.env.flush_all()

    def test_facts_of_another_kind_are_forgotten_and_told_anew(self):
        """As after an upgrade, when what is kept of a lead has changed."""
        self._promise()
        self._tell()
        before = self._figures_of_all()
        self.facts[1].search([]).touched_after = False
        for sums in (self.env[model].sudo() for facts in self.facts for model in facts._sums):
            sums.search([]).unlink()
        self.env["lead.pool.tally.mark"].sudo().search([]).facts_kind = lead_pool_fact.KIND - 1
        self.env.flush_all()
        self.assertEqual(self._figures_of_all(), before, "from the ledgers meanwhile")
        self._tell()
        self.assertEqual(self._waiting(), [])
        self.assertEqual(self._figures_of_all(), before)
        self.assert_no_difference()

    def test_the_ledgers_are_asked_once_for_all_reports_until_something_changes(self):
        self._tell()
        asked, told = [], type(self.facts[0])._live
        with patch.object(type(self.facts[0]), "_live", lambda facts, which: asked.append(1) or told(facts, which)):
            for name, expected in (("Spring", 1), ("Summer", 2)):
                self.beijing[0].campaign_id = self.env["utm.campaign"].create({"name": name})
                for report in ("campaign_cash", "sources", "funnel"):
                    self._report(self.manager, report)
                told_of = self.env.cr.cache["lead_pool_fact_told"][1]
                self.assertEqual((list(told_of), len(asked)), (["lead.pool.fact.lead"], expected))

    def test_what_tells_and_compares_is_not_compiled(self):
        self._settle()
        steps = (
            ("tell", self._tell),
            ("count", self.env["lead.pool.tally"].sudo()._count),
            ("check days", self.env["lead.pool.tally"].sudo()._day_differences),
            ("check facts", lambda: self.facts[0]._differences(0, 2**31 - 1)),
            ("check sums", lambda: self.facts[0]._sum_differences("lead.pool.fact.source.day")),
            ("a time zone more", lambda: self.facts[0]._add_up_days(SQL("FALSE"))),
        )
        for name, step in steps:
            with self.subTest(name):
                self.env.cr.execute("SET LOCAL jit = on")
                step()
                self.env.cr.execute("SHOW jit")
                self.assertEqual(self.env.cr.fetchone(), ("off",))

    def test_a_median_lies_between_two_leads_told_and_not_yet_told(self):
        """Waits of minutes and of days, an even number of them; half of the leads are in the facts."""
        self._promise()
        leads = self._leads(8)
        with freeze_time("2026-03-05 01:00:00"):
            self._do(self.li, leads).action_claim()
        for number, lead in enumerate(leads):
            if number == 4:
                self._tell()
            with freeze_time(datetime(2026, 3, 5, 1) + timedelta(minutes=3**number)):
                lead.with_user(self.li).action_follow_up({"note": "Talked about prices at length"})
        further = [("first_touch", {"by": "pool"})]
        figures = self.assert_told(further=further)
        self.assertEqual(figures["first_touch", "Li Na"]["total"]["touched"], 10)

    def test_a_lead_that_came_in_again_after_the_period_is_one_of_its_source_in_both(self):
        self.env.cr.execute(
            """INSERT INTO lead_pool_event (date, kind, lead_ref, seq, pool_ref, company_ref, epoch, prev_hash, hash)
               SELECT '2026-03-08', 'enrolled', lead_ref, seq + 1000, pool_ref, company_ref, epoch, prev_hash, hash
                 FROM lead_pool_event WHERE lead_ref = %s AND kind = 'entered'""",
            self.beijing[5].ids,
        )
        with freeze_time("2026-03-09 12:00:00"):
            longer = ("sources", {"date_to": "2026-03-09"})
            later = ("sources", {"date_from": "2026-03-08", "date_to": "2026-03-09"})
            figures = self.assert_told(further=[longer, later])
            for options, leads in (((), 9), (("2026-03-09",), 9), (("2026-03-08", "2026-03-09"), 1)):
                self.assertEqual(figures[("sources", "Manager", *options)]["total"]["leads"], leads, options)

    def test_what_is_added_up_by_source_and_campaign_is_read_and_made_again(self):
        """The forecast and Campaign to Cash of a manager: without these sums, with them, with wrong ones, repaired."""
        asked = [
            *(("forecast", {"subject": subject, "learn": learn}) for subject in ("rep", "team", "pool")
              for learn in ("180", "90")),
            ("forecast", {"measure": "converted"}),  # by the chances, whatever a conversion is worth
            ("forecast", {"source_ids": self.env.ref("utm.utm_source_newsletter").ids}),
            ("campaign_cash", {"pool_ids": self.pool.ids}),
            *(("campaign_cash", {"date_from": day, "date_to": day}) for day in ("2026-03-02", "2026-03-06")),
        ]  # fmt: skip
        self.beijing[1:4].source_id = self.env.ref("utm.utm_source_newsletter")
        self.beijing[:3].campaign_id = self.env["utm.campaign"].create({"name": "Spring"})
        recount = self.assert_told(further=asked)
        self.assertEqual(recount["campaign_cash", "Manager"]["total"]["leads"], 9)
        self.assertEqual(recount["forecast", "Manager"]["total"]["leads"], 2)
        outlook = ("forecast", {"measure": "converted"})
        for name, (report, options), figure in (("open", outlook, "count"), ("ended", outlook, "converted"),
                                                ("campaign.day", ("campaign_cash", {}), "leads")):  # fmt: skip
            sums = self.env[f"lead.pool.fact.{name}"].sudo()
            self.assertTrue(sums.search_count([]), name)
            for one in sums.search([]):
                one[figure] += 100  # whoever reads these is found out
            self.env.flush_all()
            told = recount[(report, "Manager", *options.values())]
            self.assertNotEqual(self._figures(self.manager, report, **options), told, name)
            self.assertTrue(self._compared("sums", mend=True), name)
            self.env.invalidate_all()
            self.assertEqual(self._figures_of_all(asked), recount, name)
            self.assertEqual(self._compared("sums"), [], name)

    def test_whole_months_are_read_from_their_sums_and_made_again_month_by_month(self):
        """A manager's figures of February and March: right, with wrong sums of months, and repaired."""
        asked = [(name, {**options, **self.MONTHS}) for name, options in self.BY_MONTH]
        asked += [(name, {**options, "date_to": "2026-03-05"}) for name, options in asked[::3]]
        with freeze_time("2026-02-27 12:00:00"):
            earlier = self._leads(3)
            self._do(self.li, earlier[:2]).action_claim()
        with freeze_time("2026-03-01 12:00:00"):
            earlier[0].with_user(self.li).action_follow_up({"note": "Talked about prices at length"})
            self._do(self.li, earlier[1]).action_return(self._reason("return").id)
        recount = self.assert_told(further=asked)
        self.assertEqual(recount["funnel", "Manager", "step", "2026-02-01", "2026-03-31"]["total"]["leads"], 12)
        months = (
            ("holding.day", "received", "rep_status", {}),
            ("talk.day", "leads", "follow_ups", {}),
            ("wait.day", "w38", "rep_status", {}),
            *(("step.day", "leads", "funnel", {"by": by}) for by in ("step", "pool", "source")),
            *(("course", "count", "afterlife", {"rows": rows}) for rows in ("ordinal", "before", "age", "source")),
            ("given", "leads", "fairness", {"good": "either"}),
            ("campaign.day", "leads", "campaign_cash", {"attribution": "linear"}),
        )
        for name, figure, report, options in months:
            sums, options = self.env[f"lead.pool.fact.{name}"].sudo(), {**options, **self.MONTHS}
            table, column = SQL.identifier(sums._table), SQL.identifier(figure)
            of_months = SQL("span = 'month'") if "span" in sums._fields else SQL("TRUE")
            self.env.cr.execute(SQL("UPDATE %s SET %s = %s + 100 WHERE %s", table, column, column, of_months))
            self.env.invalidate_all()
            told = recount[(report, "Manager", *map(str, options.values()))]
            self.assertNotEqual(self._figures(self.manager, report, **options), told, name)
            self.env.cr.execute(SQL("DELETE FROM %s WHERE day < '2026-03-01'", table))
            with patch.object(type(self.env["lead.pool.tally.mark"]), "_next", side_effect=AssertionError):
                found = self._compared("sums")  # nobody waits for it
            self.assertTrue(found, name)
            # years are those of their months, as soon as these are right
            mended, wrong = (
                [one for one in all_of_it if " year " not in one[1]["name"]]
                for all_of_it in (self._compared("sums", mend=True), found)
            )
            self.assertEqual(mended, wrong, name)
            self.assertEqual(self._compared("sums"), [], name)
            self.env.invalidate_all()
            self.assertEqual(self._figures(self.manager, report, **options), told, name)

    def test_a_lead_that_came_in_again_after_the_period_is_counted_in_it_once(self):
        self.beijing[:2].campaign_id = self.env["utm.campaign"].create({"name": "Spring"})
        self._tell()
        self.env.flush_all()
        self.env.cr.execute(
            """INSERT INTO lead_pool_event (date, kind, lead_ref, seq, pool_ref, pool_name, company_ref, epoch,
                                            prev_hash, hash)
               SELECT '2026-03-09 03:00', kind, lead_ref, 1000, pool_ref, pool_name, company_ref, epoch, hash,
                      md5('again')
                 FROM lead_pool_event WHERE lead_ref = %s AND kind = 'entered'""",
            self.beijing[0].ids,
        )
        with freeze_time("2026-03-10 03:00:00"):
            later = {"date_from": "2026-03-09", "date_to": "2026-03-10"}
            both = {"date_to": "2026-03-10"}
            recount = self.assert_told(further=[("campaign_cash", later), ("campaign_cash", both)])
        leads = {key[2:]: figures["total"]["leads"] for key, figures in recount.items()
                 if key[:2] == ("campaign_cash", "Manager")}  # fmt: skip
        self.assertEqual(leads, {(): 9, ("2026-03-09", "2026-03-10"): 1, ("2026-03-10",): 9})

    def test_the_check_finds_a_wrong_fact_and_the_repair_tells_it_again(self):
        self._tell()
        Pool = self.env["lead.pool"].sudo()
        self.assertEqual(Pool._compare("facts", 0, False)[2], [])
        one, other = self.facts[0].search([], limit=2)
        one.valid = not one.valid
        other.unlink()
        self.facts[1].search([], limit=1).end_reason = "stolen"
        self.env.flush_all()
        with patch("odoo.addons.lead_pool_reports.models.lead_pool_health.LEADS", 2):
            found, after = [], 0
            while after is not None:
                after, _count, some = Pool._compare("facts", after, False)
                found += some
        self.assertGreaterEqual(len(found), 2)
        self.assertIn("reports tell something else", Pool._difference_sentence(*found[0]))
        self.assertIn("Repair", Pool._health_answers([("fact", {"count": 3, "leads": "x"})])[0]["message"])
        after = 0
        while after is not None:
            after, _count, _some = Pool._compare("facts", after, True)
        self.assertEqual(Pool._compare("facts", 0, False)[2], [])
        self.assertTrue(self._compared("sums", mend=True), "they had been added up of the wrong facts")
        self.assert_no_difference()
        self.assertIn("fact", Pool._mendable())

    def test_what_is_there_at_the_installation_is_told_by_and_by(self):
        self.changes.search([]).unlink()  # nobody noted any before
        query = SQL("SELECT min(id), max(id) FROM lead_pool_event")
        [(first, last)] = self.env.execute_query(query)
        with patch.object(lead_pool_fact_change, "CHUNK", (first + last) // 2):
            self._settle()
            self.changes._tell_events()
            told = self.facts[0].search_count([])
            self.assertIn(told, range(1, 9))
            self.assertTrue(self._waiting())
            self.assertEqual(self._figures_of_all(), self._recount())
            self._tell()
            self.assertEqual(self._waiting(), [])
        with patch.object(lead_pool_fact, "MOST", 0):
            self.assertEqual(self._figures_of_all(), self._recount())
        self.assert_no_difference()
