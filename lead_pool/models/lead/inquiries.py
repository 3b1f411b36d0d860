"""Somebody whom we know comes again: his lead gets the message, rises, and its owner is told."""

from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import fields, models
from odoo.tools import SQL, html2plaintext
from odoo.tools.mail import plaintext2html

QUIET = timedelta(minutes=30)  # between two notices about one lead
HIGHEST = 3  # priority
LONGEST = 10_000  # characters kept of a message
#: What is compared, to show what was said otherwise.
COMPARED = (
    "name", "contact_name", "partner_name", "email_from", "phone", "wechat", "company_registry_code", "website",
    "function", "street", "street2", "zip", "city",
)  # fmt: skip


class LeadInquiries(models.AbstractModel):
    _name = "lead.pool.lead.inquiries"
    _description = "Repeat Inquiries"

    inquiry_ids = fields.One2many("lead.pool.inquiry", "lead_id", "Repeat Inquiries", copy=False, readonly=True)
    inquiry_count = fields.Integer("Inquired Again", compute="_compute_inquiries", compute_sudo=True)
    last_inquiry_at = fields.Datetime(
        "Last Inquiry", compute="_compute_inquiries", search="_search_last_inquiry_at", compute_sudo=True
    )

    def _compute_inquiries(self):
        groups = self.env["lead.pool.inquiry"]._read_group(
            [("lead_id", "in", self._origin.ids)], ["lead_id"], ["__count", "date:max"]
        )
        found = {lead.id: (count, date) for lead, count, date in groups}
        for lead in self:
            lead.inquiry_count, lead.last_inquiry_at = found.get(lead._origin.id, (0, False))

    def _search_last_inquiry_at(self, operator, value):
        if operator in ("in", "not in") and set(value) <= {False}:
            return [("inquiry_ids", "not in" if operator == "not in" else "in", [False])]
        if operator not in ("<", "<=", ">", ">="):
            return NotImplemented
        self.env["lead.pool.inquiry"].flush_model()
        query = SQL(
            "(SELECT lead_id FROM lead_pool_inquiry GROUP BY lead_id HAVING max(date) %s %s)", SQL(operator), value
        )
        return [("id", "in", query)]

    def button_inquiries(self):
        """The repeat inquiries of this lead."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("lead_pool.lead_pool_inquiry_action")
        return {**action, "domain": [("lead_id", "=", self.id)]}

    # ------------------------------------------------------------
    # ONCE MORE
    # ------------------------------------------------------------

    def _inquire_again(self, repeats, channels):
        """Known leads got another inquiry; a handful of queries for the whole batch.

        :param repeats: ``[(values of the lead that is not made, Decision)]``
        :param channels: the channel of each
        """
        if not repeats:
            return
        now = self.env["lead.pool"]._now()
        # the gate has locked the keys: the entries come first, then the leads, as in every verb
        leads = self.sudo().browse({decision.of.id for _vals, decision in repeats})
        entries = self.env["lead.pool.entry"].sudo().search([("lead_id", "in", leads.ids)])
        locked = entries._lock(wait=True)
        entries._note_events(list(locked.rows.values()), "inquiry", now)
        by_id = {lead.id: lead for lead in leads}  # with one prefetch
        values = [
            self._prepare_inquiry(vals, by_id[decision.of.id], channel, now)
            for (vals, decision), channel in zip(repeats, channels, strict=True)
        ]
        told = self._tell_of_inquiries(leads, now)
        for inquiry in values:
            inquiry["told"] = inquiry["lead_id"] in told
        inquiries = self.env["lead.pool.inquiry"].sudo().create(values)
        leads._bring_back(entries)
        leads._raise_priority()
        leads._log_inquiries(inquiries)
        self.invalidate_model(["inquiry_count", "last_inquiry_at", "inquiry_ids"])

    def _prepare_inquiry(self, vals, lead, channel, now):
        differing = {}
        for name in COMPARED:
            said = vals.get(name)
            if isinstance(said, str) and said.strip() and said.strip() != (lead[name] or ""):
                differing[name] = said.replace("\0", "")[:500]
        words = vals.get("description")
        return {
            "lead_id": lead.id,
            "channel": channel,
            "date": now,
            **{name: vals[name] for name in ("source_id", "medium_id", "campaign_id") if type(vals.get(name)) is int},
            "message": html2plaintext(words).replace("\0", "")[:LONGEST] if isinstance(words, str) else False,
            "differing": differing or False,
            "request_uid": self.env.context.get("lead_pool_request_uid"),
            "after_end": lead.won_status == "won" or lead.pool_state == "converted",
        }

    def _bring_back(self, entries):
        """What was lost or invalid waits in its pool again."""
        closed = entries.filtered(lambda entry: entry.closed_as in ("lost", "invalid") and entry.pool_id.active)
        leads = closed.lead_id.filtered(lambda lead: lead.won_status != "won")
        if not leads:
            return
        leads.filtered("user_id").write({"user_id": False})
        leads.filtered(lambda lead: not lead.active).action_unarchive()
        closed.invalidate_recordset()
        left = closed.filtered(lambda entry: entry.state == "closed")
        self.env["lead.pool.entry"]._reopen(left, dict.fromkeys(left.ids, 0))
        closed.pool_id._wake_distribution()

    def _raise_priority(self):
        by_priority = self.filtered(lambda lead: int(lead.priority or 0) < HIGHEST).grouped("priority")
        for priority, leads in by_priority.items():
            leads.write({"priority": str(int(priority or 0) + 1)})

    def _log_inquiries(self, inquiries):
        """In the chatter as plain text, one message a lead."""
        channels = dict(self.env["lead.pool.channel"]._fields["channel"]._description_selection(self.env))
        bodies = defaultdict(Markup)
        for inquiry in inquiries:
            head = self.env._("Inquired again: %(channel)s", channel=channels[inquiry.channel])
            words = "\n".join(filter(None, [inquiry.message, inquiry.differing_text]))
            bodies[inquiry.lead_id.id] += Markup("<p>%s</p>") % head + Markup(plaintext2html(words) if words else "")
        self._message_log_batch(bodies=dict(bodies))

    def _tell_of_inquiries(self, leads, now):
        """Tell who has these leads, of each lead once in a while.

        :returns: ids of the leads of which somebody was told
        """
        lately = self.env["lead.pool.inquiry"].sudo().search(
            [("lead_id", "in", leads.ids), ("told", "=", True), ("date", ">", now - QUIET)]
        ).lead_id  # fmt: skip
        told = defaultdict(dict)
        for lead in leads - lately:
            customer = lead.partner_id.commercial_partner_id
            on, user = lead, lead.user_id
            if lead.won_status == "won" and customer.user_id:
                on, user = customer, customer.user_id  # he may not read the lead of a colleague
            if user.active and not user.share:
                told[user][lead.id] = on
        notice = self.env["lead.pool.notice"]
        for user, found in told.items():
            subject = self.with_context(lang=user.lang).env._(
                "%(count)s of your leads or customers inquired again.", count=len(found)
            )
            notice._tell("inquiry", user, subject, on=list(found.values()))
        for pool, of_pool in (
            leads.browse(lead_id for found in told.values() for lead_id in found).grouped("pool_id").items()
        ):
            notice._tell_robots("inquiry", pool, of_pool.ids)
        return {lead_id for lead_ids in told.values() for lead_id in lead_ids}
