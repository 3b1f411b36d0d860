import random
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.lead_pool.tests.common import LeadPoolCase

from .common import FactsReader


@freeze_time("2026-04-10 12:00:00")
@tagged("post_install", "-at_install")
class TestTwoCompanies(FactsReader, LeadPoolCase):
    """A company and its sister abroad, whose reps work in both: who reads has chosen one of them, or both."""

    READERS = ("manager", "leader", "li")
    PERIOD = {"period": "custom", "date_from": "2025-11-20", "date_to": "2026-04-10"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._user("leader", "sales_team.group_sale_salesman", "Leader")
        cls.env["crm.team"].create(
            {"name": "South", "company_id": False, "user_id": cls.leader.id, "member_ids": [(4, cls.wang.id)]}
        )
        euro = cls.env.ref("base.EUR")
        euro.active = True
        cls.abroad = cls.env["res.company"].create({"name": "Abroad", "currency_id": euro.id})
        for user in cls.manager | cls.leader | cls.admin | cls.reps:
            user.company_ids |= cls.abroad
        team = cls.env["crm.team"].create({"name": "Abroad", "company_id": cls.abroad.id})
        cls.far = cls._pool("Far", company_id=cls.abroad.id, team_id=team.id, first_contact_days=1)
        cls.pool.first_contact_days = 1
        cls._both()
        cls._live()

    @classmethod
    def _both(cls):
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": [cls.company.id, cls.abroad.id]})

    @classmethod
    def _live(cls):
        """Leads of five months in both companies: kept, given back, won."""
        dice = random.Random(5)
        sources = cls.env["utm.source"].create([{"name": name} for name in ("Spring Fair", "Letter")])
        for number in range(16):
            pool, rep = dice.choice((cls.pool, cls.far)), dice.choice((cls.li, cls.wang))
            moment = datetime(2025, 11, 15, 9) + timedelta(hours=9 * 24 * number + dice.randrange(100))
            with freeze_time(min(moment, datetime(2026, 4, 9))):
                lead = cls._leads(1, pool, source_id=sources[number % 2].id, company_id=pool.company_id.id)
                cls._do(rep, lead).action_claim()
            with freeze_time(min(moment + timedelta(hours=dice.choice((2, 30, 90))), datetime(2026, 4, 10, 11))):
                if dice.random() < 0.7:
                    lead.with_user(rep).action_follow_up({"note": "Talked about prices at length"})
                    if dice.random() < 0.5:
                        lead.with_user(rep).action_convert({})
                else:
                    cls._do(rep, lead).action_return(cls._reason("return").id)
        cls.env.flush_all()

    def _reading(self, companies):
        self.env = self.env(context={**self.env.context, "allowed_company_ids": companies.ids})
        return self

    def test_each_sees_the_companies_that_he_has_chosen(self):
        choices = (self.company, self.abroad, self.company | self.abroad)
        recounts = [self._reading(companies)._recount() for companies in choices]
        for companies, recount in zip(choices, recounts, strict=True):
            self.assertEqual(self._reading(companies)._figures_of_all(), recount, "before it is told")
        self._tell()
        for companies, recount in zip(choices, recounts, strict=True):
            with self.subTest(companies=companies.mapped("name")):
                self.assertEqual(self._reading(companies)._figures_of_all(), recount, "after it was told")
        for report, figure in (("sources", "leads"), ("first_touch", "received"), ("follow_ups", "follow_ups")):
            for reader in (self.manager, self.leader):
                home, abroad, both = (recount[report, reader.name]["total"][figure] for recount in recounts)
                self.assertTrue(0 < home < both, f"{report} of {reader.name}")
                self.assertEqual(home + abroad, both, f"{report} of {reader.name}")
        home, abroad, both = (
            {row["pool"] for key, row in recount["fairness", "Manager"].items() if key != "total"}
            for recount in recounts
        )
        self.assertFalse(home & abroad)
        self.assertEqual(home | abroad, both)
