"""Where do the numbers of leads come from that were there before the add-on looked at them?"""

from odoo import models
from odoo.exceptions import AccessError

CHUNK = 1000  # leads of one transaction


class LeadPoolGuessRegions(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.guess.regions"
    _description = "Regions of Numbers"

    def action_guess_regions(self):
        """Guess region and carrier of existing leads' numbers, in the background; for managers and administrators.

        :returns: id of the ``lead.pool.job``, of the one at work if there is one
        :raises AccessError: the caller is neither
        """
        groups = ("lead_pool.group_manager", "base.group_system")
        if not self.env.su and not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(self.env._("Only managers and administrators have the regions of phones guessed."))
        Job = self.env["lead.pool.job"]
        job = Job.sudo().search([("kind", "=", "phone_origin"), ("state", "in", ("waiting", "running"))], limit=1)
        if not job:
            total = self.env["crm.lead"].sudo().with_context(active_test=False)._without_origin_count()
            job = Job._start("phone_origin", total=total)
        return job.id

    def _job_phone_origin(self, job):
        """The numbers of the next leads."""
        after, count = self.env["crm.lead"].sudo()._guess_origins((job.position or {}).get("after", 0), CHUNK)
        job.position = {"after": after}
        return count, count == CHUNK
