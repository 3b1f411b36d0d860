"""The one place through which people are told: each in the ways that he chose for this kind of news."""

from markupsafe import Markup

from odoo import api, models
from odoo.tools import html2plaintext

from ...rules import notice

LIVE_LINES = 3  # of a message that passes by
#: Kinds of news whose activities have a type of their own.
TYPES = {"inquiry": "lead_pool.mail_activity_inquiry", "help": "lead_pool.mail_activity_help"}


class Quiet:
    """In the context under ``lead_pool_quiet``: what happens is taken back, so nobody is told. An object, so that no
    RPC client can send one."""


class LeadPoolNotice(models.AbstractModel):
    _name = "lead.pool.notice"
    _description = "Telling People"

    @api.model
    def _kind_names(self):
        """``{kind: name}`` in the reader's language, in the order in which choices are shown."""
        _ = self.env._
        return {
            "got": _("I got leads"),
            "going_back": _("Leads go back soon"),
            "went_back": _("Leads went back"),
            "inquiry": _("My customer inquired again"),
            "help": _("A colleague asks for my help, or can help me no longer"),
            "answer": _("My request was answered"),
            "due": _("Every morning: next actions that are due"),
            "no_plan": _("Every morning: leads without a next action"),
            "forgotten": _("Every morning: leads that I forgot"),
            "untouched": _("Every morning: new leads not contacted in time"),
            "decision": _("A request needs my decision"),
            "trouble": _("Something is wrong: nobody can take leads, a rule is broken"),
            "waiting_long": _("Leads wait too long"),
            "handover": _("Somebody left, and his leads go to others"),
            "mass_read": _("Somebody reads very many leads"),
        }

    @api.model
    def _tell(self, kind, user, subject, lines=(), *, about=None, on=(), refs=()):
        """Tell one person, in the ways that he chose.

        :param str kind: one of :data:`rules.notice.KINDS`
        :param user: ``res.users``; nobody is told who is archived
        :param str subject: in his language, and so are the lines: text, or markup with links
        :param about: the record under which the message stands in the inbox: a pool, a job or a lead
        :param on: records that get an activity each, of the type that ``kind`` has; none: one that stands alone
        :param refs: numbers of the leads, for the robots of the pool
        """
        if self._is_quiet():
            return
        self._tell_robots(kind, about, refs)
        user = user.sudo()
        if not user.active or user.share:
            return
        self._tell_in(user._lead_pool_ways(kind), kind, user, subject, lines, about, on)

    @api.model
    def _is_quiet(self):
        return isinstance(self.env.context.get("lead_pool_quiet"), Quiet)

    @api.model
    def _tell_robots(self, kind, about, refs):
        """News of a pool, for its robots.

        :param about: the pool; of anything else no robot hears
        """
        if about is not None and about._name == "lead.pool" and not self._is_quiet():
            self.env["lead.pool.robot"]._collect(kind, about.id, refs)

    def _tell_in(self, ways, kind, user, subject, lines, about=None, on=()):
        for way in ways:
            getattr(self, f"_tell_by_{way}")(kind, user, subject, lines, about, on)

    # ------------------------------------------------------------
    # WAYS: _tell_by_<way>(kind, user, subject, lines, about, on)
    # ------------------------------------------------------------

    def _tell_by_live(self, kind, user, subject, lines, about, on):
        """A message that passes by on every screen where he is at work."""
        text = "\n".join(html2plaintext(line) if isinstance(line, Markup) else line for line in lines[:LIVE_LINES])
        payload = {"type": "info", "title": subject, "message": text} if text else {"type": "info", "message": subject}
        user._bus_send("simple_notification", payload)

    def _tell_by_message(self, kind, user, subject, lines, about, on):
        """Odoo's own: in his inbox (and pushed to his devices) or by mail, as he prefers."""
        thread, of_record = self.env["mail.thread"].sudo(), {}
        if about and hasattr(about, "message_notify"):
            thread = about.sudo()
        elif about:
            of_record = {"model": about._name, "res_id": about.id}
        thread.with_context(lang=user.lang).message_notify(
            partner_ids=user.partner_id.ids,
            subject=subject,
            body=self._body(lines),
            email_layout_xmlid="mail.mail_notification_light",
            **of_record,
        )

    def _tell_by_activity(self, kind, user, subject, lines, about, on):
        """Something to do, today: on each of the records, else one of his own for each kind of news. A second one of
        the same kind is added to what he has not done yet."""
        Activity = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True, lang=user.lang)
        today = self.env["lead.pool"]._today_of(user)
        if on:
            of_kind = self.env.ref(TYPES.get(kind, "mail.mail_activity_data_todo"))
            words = {} if kind == "inquiry" else {"summary": subject}
            if kind == "help" and lines:
                words["note"] = Markup().join(lines)
            Activity.create(
                [
                    {
                        "res_model_id": self.env["ir.model"]._get_id(record._name),
                        "res_id": record.id,
                        "user_id": user.id,
                        "activity_type_id": of_kind.id,
                        "date_deadline": today,
                        "automated": True,
                        **words,
                    }
                    for record in on
                ]
            )
            return
        note = self._body(lines)
        mine = Activity.search(
            [("user_id", "=", user.id), ("lead_pool_notice", "=", kind), ("res_model", "=", False)], limit=1
        )
        if mine:
            again = notice.KINDS[kind].reminder or not mine.note
            mine.write({"summary": subject, "note": note if again else note + mine.note, "date_deadline": today})
            return
        Activity.create(
            {
                "user_id": user.id,
                "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
                "lead_pool_notice": kind,
                "summary": subject,
                "note": note,
                "date_deadline": today,
                "automated": True,
            }
        )

    @api.model
    def _body(self, lines):
        return self.env["ir.qweb"]._render("lead_pool.inbox_lines", {"lines": list(lines)})
