from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged

from .common import LeadPoolCase

#: Columns that differ between any two leads, or by the moment of writing.
OWN = {"id", "name", "phone", "phone_sanitized", "email_from", "email_normalized", "email_domain_criterion"}
OWN |= {"contact_name", "create_date", "write_date", "date_last_stage_update", "date_open"}


@tagged("post_install", "-at_install")
class TestProjection(LeadPoolCase):
    """Both ways of writing an owner to crm.lead leave the same columns."""

    def setUp(self):
        super().setUp()
        other = self.env["crm.team"].create({"name": "Other", "company_id": self.company.id})
        self.env["crm.team.member"].create(
            [
                {"crm_team_id": self.team.id, "user_id": self.li.id},
                {"crm_team_id": other.id, "user_id": self.wang.id},
            ]
        )

    def _after(self, mode, work):
        leads = self._leads(4, priority="2")
        self.env.flush_all()
        with patch.object(type(leads), "_pool_write_mode", lambda *_args: mode):
            work(leads)
            self.env.flush_all()
        self.env.cr.execute("SELECT * FROM crm_lead WHERE id = ANY(%s) ORDER BY id", [leads.ids])
        rows = self.env.cr.dictfetchall()
        return [
            {**{key: value for key, value in row.items() if key not in OWN}, "opened": bool(row["date_open"])}
            for row in rows
        ]

    def _same(self, work):
        self.assertEqual(self._after("set", work), self._after("faithful", work))

    def test_claim_by_a_rep_of_the_pools_team_and_by_one_of_another(self):
        self._same(lambda leads: self._claim(self.li, leads))
        self._same(lambda leads: self._claim(self.wang, leads))
        self._same(lambda leads: self._claim(self.zhao, leads))

    def test_return_and_transfer(self):
        def back(leads):
            self._claim(self.wang, leads)
            self._entries(leads).with_user(self.wang).action_return(self._reason("return").id)

        def elsewhere(leads):
            self._claim(self.wang, leads)
            self._entries(leads).with_user(self.admin).action_transfer(self.open_pool.id)

        self._same(back)
        self._same(elsewhere)

    def test_a_team_without_a_company(self):
        self.team.company_id = False
        self.pool.write({"company_id": False})
        self._same(lambda leads: self._claim(self.li, leads))

    def test_stages_of_a_team_make_the_orm_write(self):
        self.assertEqual(self.env["crm.lead"]._pool_write_mode(), "set")
        self.env["crm.stage"].create({"name": "Only North", "team_ids": [Command.link(self.team.id)]})
        self.assertEqual(self.env["crm.lead"]._pool_write_mode(), "faithful")
        self.assertTrue(self.env["crm.lead"]._pool_write_obstacle())
        self._held(self.li, 2)
        self._balance()

    def test_each_owner_costs_what_odoos_own_write_asks_of_his_leads(self):
        """Four questions and rows of followers an owner; who he is was read for all of them."""
        reps = self._users(*((f"owner{n}", "sales_team.group_sale_salesman", f"Owner {n}") for n in range(7)))
        pool = self._pool("Of Seven", reps)

        def queries(count):
            pool.strategy = "manual"
            leads = self._leads(count, pool)
            pool.strategy = "rotation"
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            pool.with_context(tracking_disable=False)._distribute(count)
            self.assertEqual(len(leads.user_id), count)
            return self.env.cr.sql_log_count - before

        with patch.object(self.registry["crm.lead"], "_pool_write_mode", lambda *_args: "faithful"):
            queries(1)
            two, seven = queries(2), queries(7)
        self.assertLessEqual(seven - two, 4 * 5)
