from odoo import api, models
from odoo.exceptions import AccessError


class IrRule(models.Model):
    _inherit = "ir.rule"

    @api.model
    def _make_access_error(self, operation, records):
        """Who held a lead until a moment ago is told what became of it, whatever screen of his still shows it.

        In debug mode Odoo names the refused records; the name of a pooled lead is not for everyone.

        ``crm.lead._compute_display_name`` answers with a number to who may not read the lead, but Odoo
        reads the names here as superuser of the same user, after having refused him: so ask it as him.
        """
        if records._name == "crm.lead" and records.env["lead.pool"]._in_use():
            told = self.with_context(**self.env.user.context_get()).env
            if stories := told["lead.pool.entry"]._access_stories(records):
                if operation == "write":
                    stories.append(told._("Nothing was saved."))
                return AccessError("\n".join(stories))
            records = records.with_context(lead_pool_anonymous=True)
        return super()._make_access_error(operation, records)
