from odoo.tests import tagged

from odoo.addons.lead_pool.tests.common import LeadPoolCase


@tagged("post_install", "-at_install")
class TestDeparture(LeadPoolCase):
    """Who leaves by Employees leaves no lead behind, even where his user stays."""

    def setUp(self):
        super().setUp()
        self.leads = self._leads(2)
        self._claim(self.li, self.leads)
        self.employee = self.env["hr.employee"].create({"name": "Li", "user_id": self.li.id})

    def _leave(self, employee):
        """He is archived, and the job that hands over what he held does its work."""
        employee.active = False
        for job in self.env["lead.pool.handover"].search([("user_id", "=", self.li.id)]).job_id:
            while job.state in ("waiting", "running"):
                job._work()

    def _places(self):
        self.env.invalidate_all()
        return set(self.leads.mapped("pool_state")), self.leads.user_id

    def test_what_he_held_waits_and_he_gets_no_more(self):
        self._leave(self.employee)
        self.assertEqual(self._places(), ({"waiting"}, self.env["res.users"]))
        self.assertTrue(self.li.active)
        [answer] = self._entries(self.leads[0]).with_user(self.li).action_claim()
        self.assertEqual(answer["code"], "paused")
        [answer] = self._entries(self.leads[0]).with_user(self.wang).action_claim()
        self.assertTrue(answer["done"], answer)

    def test_who_is_employed_elsewhere_in_the_group_stays(self):
        other = self.env["res.company"].create({"name": "Branch"})
        self.env["hr.employee"].create({"name": "Li", "user_id": self.li.id, "company_id": other.id})
        self._leave(self.employee)
        self.assertEqual(self._places(), ({"held"}, self.li))

    def test_an_employee_without_a_user_leaves_as_ever(self):
        nobody = self.env["hr.employee"].create({"name": "Nobody"})
        self._leave(nobody)
        self.assertEqual(self._places(), ({"held"}, self.li))
