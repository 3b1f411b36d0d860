from odoo import models
from odoo.tools import SQL


class ResUsers(models.Model):
    _inherit = "res.users"

    def _lead_pool_ids(self, role=None, visibility=None):
        """Ids of the active pools in which the user has a place, read from the database each time.

        Not cached: a removed member stops seeing at once.

        :param role: ``member`` or ``admin``; any when ``None``
        :param visibility: ``masked`` or ``open``; any when ``None``
        """
        self.ensure_one()
        self.env["lead.pool"].flush_model(["visibility"])
        self.env["lead.pool.member"].flush_model(["pool_id", "user_id", "role"])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT m.pool_id FROM lead_pool_member m JOIN lead_pool p ON p.id = m.pool_id
                    WHERE m.user_id = %s AND (%s IS NULL OR m.role = %s)
                      AND (%s IS NULL OR p.visibility = %s)""",
                self.id,
                role,
                role,
                visibility,
                visibility,
            )
        )
        return [pool_id for [pool_id] in rows]
