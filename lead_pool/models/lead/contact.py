"""A mail or SMS of the holder to the customer is a follow-up, without being typed again."""

from odoo import models
from odoo.tools import html2plaintext
from odoo.tools.mail import email_normalize

SHOWN = 200  # characters of a mail kept as the follow-up's note
FAILED = ("exception", "bounce", "canceled")


class LeadContact(models.AbstractModel):
    _name = "lead.pool.lead.contact"
    _description = "Mails and SMS to the Customer"

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """What is posted goes out here: mass mails, which go past it, drafts and what waits to be sent do not."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        scheduled = self._is_notification_scheduled(kwargs.get("scheduled_date"))
        if len(self) == 1 and not scheduled and self.env["lead.pool"]._in_use():
            self._count_contact(message, recipients)
        return recipients

    def _count_contact(self, message, recipients):
        """Keep a mail or SMS that a person wrote to somebody outside as a follow-up.

        What a rule sends in his name (automated messages), internal notes, and what comes in are none.

        :param recipients: as :meth:`_notify_thread` returns them
        """
        user = message.sudo().create_uid
        by_sms = message.message_type == "sms"  # of the module sms, where it is installed
        written = by_sms or (
            message.message_type == "comment" and message.subtype_id == self.env.ref("mail.mt_comment", False)
        )
        if not written or message.author_id != user.partner_id or self.pool_state != "held" or self.user_id != user:
            return
        notices = message.sudo().notification_ids
        if by_sms:
            notices = notices.filtered(lambda notice: notice.notification_type == "sms")
            outside = bool(notices)
            to_customer = self._is_customer(
                notices.res_partner_id, numbers=[number for number in notices.mapped("sms_number") if number], user=user
            )
        else:
            shared = [person for person in recipients or () if person["share"] or not person["id"]]
            partners = self.env["res.partner"].sudo().browse(person["id"] for person in shared if person["id"])
            emails = [person.get("email_normalized") or person.get("email") for person in shared if not person["id"]]
            outside = bool(shared)
            notices = notices.filtered(lambda notice: notice.notification_type == "email")
            notices = notices.filtered(lambda notice: not notice.res_partner_id or notice.res_partner_id in partners)
            to_customer = self._is_customer(partners, emails=emails, user=user)
        if not outside:
            return
        self.env["lead.follow.up"]._record(
            self,
            {"note": html2plaintext(message.body or "")[:SHOWN]},
            channel="sms_out" if by_sms else "mail_out",
            user=user,
            source_ref=f"mail.message,{message.id}",
            to_customer=to_customer,
            sent=not notices or any(notice.notification_status not in FAILED for notice in notices),
        )

    def _is_customer(self, partners, emails=(), numbers=(), user=None):
        """Whether one of these is the customer of the lead: its own address, number or customer, somebody of the same
        company; of a lead that names nobody, anybody outside but the rep himself.

        :param partners: with an address of their own, where they are written to
        :param user: the rep, who is not his own customer
        """
        lead = self.sudo()
        own = user.sudo().partner_id
        partners = partners.sudo().filtered(lambda partner: partner.partner_share)
        emails = {email_normalize(email) for email in emails if email} | {
            partner.email_normalized for partner in partners
        }
        emails -= {False, own.email_normalized}
        numbers = {number for number in numbers if number != own.phone_sanitized}
        if not emails and not numbers:
            return False
        known = {lead.email_normalized, lead.partner_id.email_normalized} - {False}
        phones = {lead.phone_sanitized, lead.partner_id.phone_sanitized} - {False}
        if not lead.partner_id and not (phones if numbers else known):
            return True
        of_company = partners.filtered(
            lambda partner: lead.partner_id and partner.commercial_partner_id == lead.partner_id.commercial_partner_id
        )
        domain = lead.email_domain_criterion
        return bool(
            of_company.filtered(lambda partner: numbers or partner.email_normalized in emails)
            or emails & known
            or numbers & phones
            or (domain and any(email.endswith(domain) for email in emails))
        )

    def _meets_customer(self, partners, user):
        """Whether the customer is among these people outside; of a lead that has no customer yet, anybody but the rep.

        :param partners: who take part in a meeting
        """
        own = user.sudo().partner_id
        strangers = partners.sudo().filtered(
            lambda partner: not partner.email_normalized or partner.email_normalized != own.email_normalized
        )
        if not self.sudo().partner_id and not self.sudo().email_normalized:
            return bool(strangers)
        same_company = self.sudo().partner_id.commercial_partner_id
        return bool(
            strangers.filtered(lambda partner: same_company and partner.commercial_partner_id == same_company)
        ) or self._is_customer(strangers, user=user)
