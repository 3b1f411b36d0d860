from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _lead_pool_teams_led(self):
        """The sales teams, archived ones included, that the user leads."""
        self.ensure_one()
        return self.env["crm.team"].sudo().with_context(active_test=False).search([("user_id", "=", self.id)])

    def _lead_pool_people(self):
        """Ids of the users whose figures the user may see: himself, his sales teams, and with HR all below him."""
        self.ensure_one()
        led = self._lead_pool_teams_led()
        members = self.env["crm.team.member"].sudo().search([("crm_team_id", "in", led.ids)])
        people = {self.id, *members.user_id.ids}
        if "hr.employee" in self.env:
            Employee = self.env["hr.employee"].sudo()
            own = Employee.search([("user_id", "=", self.id)])
            people.update(Employee.search([("id", "child_of", own.ids)]).user_id.ids)
        return sorted(people)
