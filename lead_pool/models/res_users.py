from odoo import api, models
from odoo.tools import SQL


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["lead.pool.told.user", "res.users"]

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        self.env["lead.pool"]._wake_member_sync()
        return users

    def action_archive(self):
        """Before Odoo deletes what is planned for these users: what belongs to leads goes along with them."""
        self._lead_pool_archived()
        return super().action_archive()

    def write(self, vals):
        if "active" in vals and not vals["active"]:
            self._lead_pool_archived()
        result = super().write(vals)
        if not vals.keys().isdisjoint({"active", "group_ids", "company_ids"}):
            self.env["lead.pool"]._wake_member_sync()
        return result

    def unlink(self):
        self.env["lead.pool.handover"]._user_deleted(self)
        return super().unlink()

    def _lead_pool_archived(self):
        self.env["lead.pool.handover"]._user_archived(self.filtered("active"))

    def _lead_pool_ids(self, role=None, visibility=None):
        """Ids of the active pools in which the user has a place, read from the database each time.

        Remembered for the transaction only: a removed member stops seeing at once.

        :param role: ``member`` or ``admin``; any when ``None``
        :param visibility: ``masked`` or ``open``; any when ``None``
        """
        self.ensure_one()
        known = self.env.cr.cache.setdefault("lead_pool.places", {})
        if self.id not in known:
            self.env["lead.pool"].flush_model(["visibility"])
            self.env["lead.pool.member"].flush_model(["pool_id", "user_id", "role"])
            known[self.id] = self.env.execute_query(
                SQL(
                    """SELECT m.pool_id, m.role, p.visibility FROM lead_pool_member m
                         JOIN lead_pool p ON p.id = m.pool_id WHERE m.user_id = %s ORDER BY m.pool_id""",
                    self.id,
                )
            )
        return list(
            dict.fromkeys(
                pool_id
                for pool_id, its_role, its_visibility in known[self.id]
                if role in (None, its_role) and visibility in (None, its_visibility)
            )
        )

    def _runs_all_pools(self):
        """Whether the user may do in each pool what its admins may: a manager, or the system itself."""
        self.ensure_one()
        return self._is_superuser() or self.has_group("lead_pool.group_manager")

    def _helped_lead_ids(self):
        """Ids of the leads of others with which the user helps, read from the database once a transaction."""
        self.ensure_one()
        known = self.env.cr.cache.setdefault("lead_pool.helped", {})
        if self.id not in known:
            rows = self.env.execute_query(
                SQL(
                    "SELECT h.lead_id FROM lead_pool_helper h, crm_lead l WHERE h.user_id = %s AND %s",
                    self.id,
                    self.env["lead.pool.helper"]._in_force(),
                )
            )
            known[self.id] = [lead_id for [lead_id] in rows]
        return known[self.id]

    def _forget_helped_lead_ids(self):
        """Who helps with which lead was changed in this transaction."""
        self.env.cr.cache.pop("lead_pool.helped", None)

    def _lead_pool_teams_led(self):
        """The sales teams, archived ones included, that the user leads."""
        self.ensure_one()
        return self.env["crm.team"].sudo().with_context(active_test=False).search([("user_id", "=", self.id)])

    def _lead_pool_people(self):
        """Ids of the users whose work the user may see: himself, his sales teams, and with HR all below him."""
        self.ensure_one()
        led = self._lead_pool_teams_led()
        members = self.env["crm.team.member"].sudo().search([("crm_team_id", "in", led.ids)])
        people = {self.id, *members.user_id.ids}
        if "hr.employee" in self.env:
            Employee = self.env["hr.employee"].sudo()
            own = Employee.search([("user_id", "=", self.id)])
            people.update(Employee.search([("id", "child_of", own.ids)]).user_id.ids)
        return sorted(people)

    def _forget_lead_pool_ids(self):
        """A place in a pool, or who may see its leads, was changed in this transaction."""
        self.env.cr.cache.pop("lead_pool.places", None)
