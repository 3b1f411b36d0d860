from odoo import models
from odoo.exceptions import UserError

CHUNK = 20  # leads a transaction; as long nobody else makes a customer of the same company


class LeadPoolConverting(models.AbstractModel):
    """Mixed into ``lead.pool``, whose jobs are long work."""

    _name = "lead.pool.converting"
    _description = "Converting Many Leads"

    def _job_convert(self, job):
        """The next leads, with the rights of who started it, each by itself."""
        user = job.user_id
        if not user.active:
            raise UserError(self.env._("%(user)s, who started this, has left.", user=user.name))
        Line = self.env["lead.pool.conversion.line"].sudo()
        lines = Line.search([("job_id", "=", job.id), ("state", "=", "waiting")], order="id", limit=CHUNK)
        companies = [one for one in job.params["company_ids"] if one in user.company_ids.ids] or user.company_id.ids
        seen = self.with_user(user).with_context(allowed_company_ids=companies, lang=user.lang, tz=user.tz).env
        leads = seen["crm.lead"].browse(lines.lead_id.ids)
        leads._filtered_access("read")._hold_customers()
        for line in lines:
            line._take(seen["crm.lead"].browse(line.lead_id.id), job.params["values"])
        return len(lines), len(lines) == CHUNK
