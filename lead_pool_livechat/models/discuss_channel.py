from odoo import models


class DiscussChannel(models.Model):
    _inherit = "discuss.channel"

    def _convert_visitor_to_lead(self, partner, key):
        """The operator may make a lead that he may not read afterwards, so the rest of it is done for him; its name is
        still told to nobody who may not read it."""
        if self.env["lead.pool"]._in_use():
            self.check_access("read")
            self.env["crm.lead"].check_access("create")
            self = self.sudo()
        return super()._convert_visitor_to_lead(partner, key)
