"""What the lead's entry knows of requests that wait for a decision."""

from odoo import models
from odoo.tools import SQL


class LeadPoolApprove(models.AbstractModel):
    _name = "lead.pool.verb.approve"
    _description = "Requests about a Lead"

    def _count_requests(self):
        """Count the open requests again, so that a verb sees without a query whether there are any."""
        self.env["lead.pool.approval"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET open_requests = (SELECT count(*) FROM lead_pool_approval a
                                            WHERE a.entry_id = e.id AND a.state = 'open')
                    WHERE e.id = ANY(%s)""",
                list(self.ids),
            )
        )
        self.env["lead.pool.entry"].invalidate_model(["open_requests"])
