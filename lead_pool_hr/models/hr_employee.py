from odoo import models


class HrEmployee(models.Model):
    _inherit = "hr.employee"

    def write(self, vals):
        leaving = self.filtered("active") if "active" in vals and not vals["active"] else self.browse()
        result = super().write(vals)
        if leaving:
            leaving._leave_no_lead()
        return result

    def _leave_no_lead(self):
        """Whose last employee was archived has left the company, whether his user is archived or not."""
        employees = self.sudo().with_context(active_test=True)
        users = employees.user_id - employees.search([("user_id", "in", employees.user_id.ids)]).user_id
        self.env["lead.pool.handover"]._user_left(users.filtered("active"))
