from odoo import models
from odoo.fields import Domain


class LeadPoolEvent(models.Model):
    _inherit = "lead.pool.event"

    def _search_lp_visible(self, operator, value):
        """A figure opens on its records: also the follow-ups by one's own people on leads they have left.

        Such an event tells when and by whom, nothing of the lead.
        """
        domain = super()._search_lp_visible(operator, value)
        if domain is NotImplemented:
            return domain
        people = self.env.user._lead_pool_people()
        return domain | (Domain("kind", "=", "follow_up") & Domain("user_ref", "in", people))

    def button_open_lead(self):
        """The lead of this event, if the user may read it now; else why not."""
        self.ensure_one()
        return self.env["lead.pool.report"]._open_lead(self.lead_ref)
