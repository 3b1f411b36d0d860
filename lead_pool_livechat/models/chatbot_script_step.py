from odoo import models


class ChatbotScriptStep(models.Model):
    _inherit = "chatbot.script.step"

    def _process_step_create_lead_and_forward(self, discuss_channel):
        """The operator gets the conversation; whose the lead is, the channel's policy says (see ``crm.lead.write``)."""
        if self.env["lead.pool"]._in_use():
            self = self.with_context(lead_pool_chat_forwarded=True)
        return super()._process_step_create_lead_and_forward(discuss_channel)
