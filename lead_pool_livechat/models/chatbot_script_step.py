from odoo import models


class ChatbotScriptStep(models.Model):
    _inherit = "chatbot.script.step"

    def _process_step_create_lead_and_forward(self, discuss_channel):
        """The conversation goes to an operator of the step's team. Odoo looks for him in the team of the lead, which is
        that of its pool, and makes him its salesperson, of a lead that somebody has, too."""
        if not self.env["lead.pool"]._in_use():
            return super()._process_step_create_lead_and_forward(discuss_channel)
        lead = self._process_step_create_lead(discuss_channel)
        room, users = discuss_channel.livechat_channel_id.sudo(), self.env["res.users"]
        if room:
            team = self.crm_team_id.sudo()
            users = room._get_available_operators_by_livechat_channel(team.member_ids or None)[room]
        message = discuss_channel._forward_human_operator(self, users=users)
        operator = users.filtered(lambda user: user.partner_id == discuss_channel.livechat_operator_id)
        policy = self.env["lead.pool.channel"]._policy("livechat", lead.company_id.id)
        if operator and policy.keep_owner and not lead.user_id:
            lead.user_id = operator
            lead.flush_recordset()  # while all rights are there, as Odoo does it
        return message
