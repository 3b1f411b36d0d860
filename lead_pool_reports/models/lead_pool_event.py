from odoo import models
from odoo.fields import Domain


class LeadPoolEvent(models.Model):
    _name = "lead.pool.event"
    _inherit = ["lead.pool.event", "lead.pool.behind"]

    def _search_lp_visible(self, operator, value):
        """A figure opens on its records: also the follow-ups by one's own people on leads they have left.

        Such an event tells when and by whom, nothing of the lead.
        """
        domain = super()._search_lp_visible(operator, value)
        if domain is NotImplemented:
            return domain
        people = self.env.user._lead_pool_people()
        return domain | (Domain("kind", "=", "follow_up") & Domain("user_ref", "in", people))
