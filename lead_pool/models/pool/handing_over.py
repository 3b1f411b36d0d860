"""Long hand-overs, in batches."""

from odoo import models


class LeadPoolHandingOver(models.AbstractModel):
    """Mixed into ``lead.pool``."""

    _name = "lead.pool.handing.over"
    _description = "Handing Over"

    def _job_hand_over(self, job):
        """The next batch of a hand-over, or of what goes back of it; see ``lead.pool.handover._do_some``."""
        return self.env["lead.pool.handover"].sudo().browse(job.params["handover_id"])._do_some()
