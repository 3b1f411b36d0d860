from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.lead_pool.tests.common import LeadPoolCase

from ..models.lead_pool_report import REPORTS
from .common import FactsReader

LONG_AGO = {"date_from": "2019-01-01", "date_to": "2019-12-31"}


@freeze_time("2026-03-06 12:00:00")
@tagged("post_install", "-at_install")
class TestEdges(FactsReader, LeadPoolCase):
    """Each report by each of its options, where there is hardly anything to tell: as much as a recount says."""

    READERS = ("manager", "li")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._user("leader", "sales_team.group_sale_salesman", "Leader")

    def _every_option(self):
        """``[(report, options)]``: each choice that a report offers."""
        report = self.env["lead.pool.report"].with_user(self.manager)
        return [
            (name, {choice.key: code}) for name in REPORTS for choice in report._further(name) for code in choice.codes
        ]

    def _assert_same(self, **period):
        self.env.flush_all()
        self.PERIOD = {**self.PERIOD, **period}
        return self.assert_told(further=self._every_option())

    def test_without_any_lead_each_report_says_so(self):
        self.assertFalse(self.env["lead.pool.event"].sudo().search_count([]))
        for key, figures in self._assert_same().items():
            told = [value for row in figures.values() for value in row.values() if not isinstance(value, str)]
            self.assertFalse(any(told), key)
        for name in REPORTS:
            self.assertTrue(self._report(self.manager, name)["empty"], name)
        self.assertTrue(self.env["lead.pool.report"].with_user(self.manager).dashboard({"period": "this_month"}))

    def test_one_lead_without_source_and_campaign(self):
        with freeze_time("2026-03-02 02:00:00"):
            [lead] = self._leads(1)
        self.assertFalse(lead.source_id or lead.campaign_id)
        recount = self._assert_same()
        self.assertEqual(recount["sources", "Manager"]["none"]["leads"], 1)
        self.assertEqual(recount["campaign_cash", "Manager"]["none"]["leads"], 1)
        self._claim(self.li, lead)
        lead.with_user(self.li).action_follow_up({"note": "Talked about prices at length"})
        lead.with_user(self.li).action_convert({})
        recount = self._assert_same()
        self.assertEqual(recount["funnel", "Manager"]["converted"]["leads"], 1)
        self.assertEqual(recount["sources", "Manager"]["total"]["converted"], 1)

    def test_a_period_before_the_first_lead(self):
        self._claim(self.li, self._leads(2))
        recount = self._assert_same(**LONG_AGO)
        for name in ("funnel", "sources", "campaign_cash", "rep_status"):
            first = "received" if name == "rep_status" else "leads"
            self.assertFalse(recount[name, "Manager"]["total"].get(first), name)

    def test_a_pool_that_was_deleted(self):
        """Leads came in there that nobody ever held."""
        pool = self._pool("Short-lived")
        leads = self._leads(2, pool)
        self._entries(leads).with_user(self.manager).sudo().action_transfer(self.pool.id)
        pool.sudo().member_ids.unlink()
        pool.sudo().unlink()
        recount = self._assert_same()
        names = {row.get("pool") for row in recount["funnel", "Manager", "pool"].values()}
        self.assertIn("A deleted pool", names)

    def test_nights_in_which_clocks_change_belong_to_their_days(self):
        """New York goes from 2 to 3 on March 8, from 2 to 1 on November 1: a lead every half hour around midnight."""
        zone = ZoneInfo("America/New_York")
        (self.pool | self.open_pool).tz = self.manager.tz = self.li.tz = zone.key
        for night in (datetime(2026, 3, 8), datetime(2026, 11, 1)):
            days, campaign = Counter(), self.env["utm.campaign"].create({"name": str(night)})
            for half_hours in range(4, 14):
                moment = night + timedelta(minutes=30 * half_hours)
                with freeze_time(moment):
                    self._leads(1, campaign_id=campaign.id)
                days[moment.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).date()] += 1
            self.env.flush_all()
            self.assertEqual(len(days), 2)
            with freeze_time(night + timedelta(days=3)):
                self.READERS = ("manager",)
                names = ("funnel", "sources", "campaign_cash", "pool_dynamics", "arrival_heat")
                asked = [(name, {"date_from": str(day), "date_to": str(day)}) for day in days for name in names]
                recount = self.assert_told(further=asked)
            for day, leads in days.items():
                said = {name: recount[name, "Manager", str(day), str(day)]["total"] for name, _options in asked}
                self.assertEqual(said["sources"]["leads"], leads, day)
                self.assertEqual(said["campaign_cash"]["leads"], leads, day)
                self.assertEqual(said["pool_dynamics"]["entered"], leads, day)
