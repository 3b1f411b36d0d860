from odoo import models


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """A member listens to his pools; the channel is the record, so that nobody can guess it."""
        channels = list(channels)
        if self.env.user._is_internal():
            channels += self.env["lead.pool"].sudo().browse(self.env.user._lead_pool_ids())
        return super()._build_bus_channel_list(channels)
