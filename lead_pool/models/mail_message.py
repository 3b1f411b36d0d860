from odoo import api, models
from odoo.tools import html2plaintext

SHOWN = 200  # characters of a mail kept as the follow-up's note


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

    @api.model_create_multi
    def create(self, vals_list):
        """A mail of the holder to the customer is a follow-up; notes, mass mails and what comes in are not."""
        messages = super().create(vals_list)
        if self.env["lead.pool"]._in_use():
            messages._count_as_follow_up()
        return messages

    def _count_as_follow_up(self):
        user = self.env.user
        comment = self.env.ref("mail.mt_comment", raise_if_not_found=False)
        sent = self.filtered(
            lambda message: message.model == "crm.lead"
            and message.message_type in ("comment", "email_outgoing")
            and message.subtype_id == comment
            and message.author_id == user.partner_id
        )
        for message in sent:
            lead = self.env["crm.lead"].browse(message.res_id)
            outside = message.partner_ids.filtered("partner_share") or message.sudo().outgoing_email_to
            if outside and lead.exists() and lead.pool_state == "held" and lead.user_id == user:
                self.env["lead.follow.up"]._record(
                    lead,
                    {"note": html2plaintext(message.body or "")[:SHOWN]},
                    channel="mail_out",
                    source_ref=f"mail.message,{message.id}",
                )
