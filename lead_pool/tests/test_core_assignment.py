import random
from contextlib import closing
from unittest.mock import patch

from odoo.tests import tagged

from .common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestCoreAssignment(LeadPoolCase):
    """Odoo's own assignment beside the pools: it takes none of their leads, and does with the others what it would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._scored()
        cls.env["ir.config_parameter"].set_param("crm.lead.auto.assignment", True)
        cls.south = cls.env["crm.team"].create({"name": "South", "company_id": cls.company.id})
        cls.env["crm.team.member"].create(
            [
                {"crm_team_id": team.id, "user_id": user.id, "assignment_max": most}
                for team, user, most in ((cls.team, cls.li, 300), (cls.team, cls.wang, 150), (cls.south, cls.zhao, 300))
            ]
        )
        cls.plain = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Plain {number}",
                    "email_from": f"plain{number // 2}@example.com",  # in pairs: Odoo merges those without a team
                    "user_id": False,
                    "team_id": (cls.team.id, cls.south.id, False, False)[number % 4],
                    "type": ("lead", "opportunity")[number % 3 == 0],
                }
                for number in range(16)
            ]
        )
        cls.env.flush_all()

    def _pooled(self):
        """Leads of both pools, waiting and held, with and without team, some with the plain ones' e-mail."""
        waiting = self._leads(4, email_from="plain1@example.com") | self._leads(3, pool=self.open_pool, type="lead")
        held = self._held(self.li, 2, email_from="plain2@example.com")
        self.env.flush_all()
        without_team = waiting[:2] + held[:1]
        self.env.cr.execute("UPDATE crm_lead SET team_id = NULL WHERE id = ANY(%s)", [without_team.ids])
        self.env.invalidate_all()
        return waiting | held

    def _columns(self, leads):
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM crm_lead WHERE id = ANY(%s) ORDER BY id", [leads.ids])
        return self.env.cr.dictfetchall()

    def _fate_of_plain(self, assign):
        """What Odoo makes of the plain leads, and what it answers."""
        random.seed(7)  # it draws the team of a lead without one
        answer = assign()
        self.env.flush_all()
        self.env.invalidate_all()
        fields = ["user_id", "team_id", "type", "stage_id", "active", "probability", "company_id", "name"]
        return answer, self.plain.exists().read(fields)

    def _without_pools(self, assign):
        """The same in a database that has no pool, undone afterwards."""
        with (
            closing(self.env.cr.savepoint()),
            patch.object(self.registry["lead.pool"], "_in_use", lambda pool: False),
        ):
            fate = self._fate_of_plain(assign)
        self.env.invalidate_all()
        return fate

    def _beside_each_other(self, assign):
        answer, control = self._without_pools(assign)
        self.assertTrue(all(row["user_id"] for row in control), "Odoo's assignment does something")
        self.assertLess(len(control), len(self.plain), "and merges some")
        pooled = self._pooled()
        before = self._columns(pooled)
        self.assertEqual(self._fate_of_plain(assign), (answer, control))
        self.assertEqual(self._columns(pooled), before)
        self.env.cr.execute(
            "UPDATE crm_lead SET team_id = %s WHERE id = ANY(%s) AND team_id IS NULL", [self.team.id, pooled.ids]
        )
        self._balance()
        return answer

    def test_the_scheduled_assignment(self):
        self._beside_each_other(lambda: self.env["crm.team"]._cron_assign_leads(force_quota=True))

    def test_the_button_of_a_team(self):
        answer = self._beside_each_other((self.team | self.south).action_assign_leads)
        self.assertEqual(answer["params"]["type"], "success")
        self.assertIn("12 leads assigned among 3 salespersons", answer["params"]["message"])
