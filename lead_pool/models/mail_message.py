from odoo import api, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.depends_context("uid")
    def _compute_display_name(self):
        """A notification, which everybody reads, names its message in sudo: its subject is for the lead's readers."""
        super()._compute_display_name()
        on_leads = self.filtered(lambda message: message.sudo().model == "crm.lead")
        if not on_leads or not self.env["lead.pool"]._in_use():
            return
        leads = self.env["crm.lead"].sudo(False).browse(set(on_leads.sudo().mapped("res_id"))).exists()
        readable = set(leads._filtered_access("read").ids)
        for message in on_leads:
            if message.sudo().res_id not in readable:
                message.display_name = self.env._("Message #%(number)s", number=message.id)
