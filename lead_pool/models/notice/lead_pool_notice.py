"""The one place through which people are told: each in the ways that he chose for this kind of news."""

from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import groupby, html2plaintext
from odoo.tools.mail import generate_tracking_message_id

from ...rules import notice

LIVE_LINES = 3  # of a message that passes by
#: Kinds of news whose activities have a type of their own.
TYPES = {"inquiry": "lead_pool.mail_activity_inquiry", "help": "lead_pool.mail_activity_help"}
LAYOUT = "mail.mail_notification_light"  # of a mail
PARAMETERS = '{"notify_author_mention": true}'  # who does something himself is told, as by message_notify


class Quiet:
    """In the context under ``lead_pool_quiet``: what happens is taken back, so nobody is told. An object, so that no
    RPC client can send one."""


class Letter(NamedTuple):
    """News for one person."""

    user: models.BaseModel  # res.users
    subject: str  # in his language, and so are the lines: text, or markup with links
    lines: tuple | list = ()
    about: models.BaseModel = None  # the record under which the message stands in the inbox: a pool, a job or a lead
    on: models.BaseModel | tuple = ()  # records that get an activity each; none: one that stands alone
    refs: tuple | list = ()  # numbers of the leads, for the robots of the pool


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
        self._tell_each(kind, [Letter(user, subject, lines, about, on, refs)])

    @api.model
    def _tell_each(self, kind, letters):
        """Tell several people of the same kind of news, each in his own words and in the ways that he chose; a number
        of queries that does not grow with them.

        :param letters: ``[Letter]``
        """
        if self._is_quiet():
            return
        per_way = defaultdict(list)
        users = self.env["res.users"].sudo().browse({letter.user.id for letter in letters})
        users = {user.id: user for user in users if user.active and not user.share}
        for letter in letters:
            self._tell_robots(kind, letter.about, letter.refs)
            if user := users.get(letter.user.id):
                for way in user._lead_pool_ways(kind):
                    per_way[way].append(letter._replace(user=user))
        for way, of_way in per_way.items():
            self._tell_in([way], kind, of_way)

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

    def _tell_in(self, ways, kind, letters):
        for way in ways:
            getattr(self, f"_tell_by_{way}")(kind, letters)

    # ------------------------------------------------------------
    # WAYS: _tell_by_<way>(kind, [Letter])
    # ------------------------------------------------------------

    def _tell_by_live(self, kind, letters):
        """A message that passes by on every screen where he is at work."""
        for user, subject, lines, *_rest in letters:
            text = "\n".join(html2plaintext(line) if isinstance(line, Markup) else line for line in lines[:LIVE_LINES])
            words = {"title": subject, "message": text} if text else {"message": subject}
            user._bus_send("simple_notification", {"type": "info", **words})

    def _tell_by_message(self, kind, letters):
        """Odoo's own: in his inbox (and pushed to his devices) or by mail, as he prefers.

        One letter is delivered at once; of many, which are the work of a scheduled action, Odoo's own scheduled action
        delivers them right after the commit: what they are about is not kept locked for so long.
        """
        if len(letters) > 1:
            self._post_many(letters)
            return
        for user, subject, lines, about, *_rest in letters:
            thread, of_record = self._thread_of(about)
            thread.with_context(lang=user.lang).message_notify(
                partner_ids=user.partner_id.ids,
                subject=subject,
                body=self._body(lines),
                email_layout_xmlid=LAYOUT,
                **of_record,
            )

    def _thread_of(self, about):
        """``(mail.thread, {'model', 'res_id'})`` by which Odoo tells of this record."""
        thread = self.env["mail.thread"].sudo()
        if about and hasattr(about, "message_notify"):
            return about.sudo(), {"model": about._name, "res_id": about.id}
        return thread, {"model": about._name, "res_id": about.id} if about else {}

    def _post_many(self, letters):
        """The messages of ``message_notify``, made together, and delivered by Odoo's scheduled action."""
        author_id, email_from = self.env["mail.thread"].sudo()._message_compute_author()
        usual = {
            "author_id": author_id,
            "email_from": email_from,
            "is_internal": True,
            "message_type": "user_notification",
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
            "email_add_signature": True,
            "email_layout_xmlid": LAYOUT,
        }
        of_record, values = {}, []
        for letter in letters:
            about = letter.about if letter.about is not None else self.env["mail.thread"]
            if about not in of_record:
                of_record[about] = self._values_of_thread(about, author_id, email_from)
            values.append(
                {
                    **usual,
                    **of_record[about],
                    "subject": letter.subject,
                    "body": self._body(letter.lines),
                    "message_id": generate_tracking_message_id("message-notify"),
                    "partner_ids": letter.user.partner_id.ids,
                }
            )
        messages = self.env["mail.thread"].sudo()._message_create(values)
        now = fields.Datetime.now()
        self.env["mail.message.schedule"].sudo().create(
            [
                {"mail_message_id": message.id, "scheduled_datetime": now, "notification_parameters": PARAMETERS}
                for message in messages
            ]
        )

    def _values_of_thread(self, about, author_id, email_from):
        thread, values = self._thread_of(about)
        reply_to = thread._notify_get_reply_to(default=email_from, author_id=author_id)
        values["reply_to"] = reply_to[thread.id if thread else False]
        if thread:
            company = self.env.company
            values["record_alias_domain_id"] = thread._mail_get_alias_domains(default_company=company)[thread.id].id
            values["record_company_id"] = thread._mail_get_companies(default=company)[thread.id].id
        return values

    def _tell_by_activity(self, kind, letters):
        """Something to do, today: on each of the records, else one of his own for each kind of news. A second one of
        the same kind is added to what he has not done yet."""
        Activity = self.env["mail.activity"].sudo().with_context(mail_activity_quick_update=True)
        users = self.env["res.users"].union(*(letter.user for letter in letters))
        mine, new, now = {}, [], self.env["lead.pool"]._now()
        for activity in Activity.search(
            [("user_id", "in", users.ids), ("lead_pool_notice", "=", kind), ("res_model", "=", False)]
        ):
            mine.setdefault(activity.user_id.id, activity)
        for user, subject, lines, _about, on, _refs in letters:
            today = self.env["lead.pool"]._today_of(user, now)
            if on:
                new += self._activities_on(kind, on, subject, lines, {"user_id": user.id, "date_deadline": today})
                continue
            words = {"summary": subject, "note": self._body(lines), "date_deadline": today}
            if before := mine.get(user.id):
                if before["note"] and not notice.KINDS[kind].reminder:
                    words["note"] += before["note"]
                before.update(words) if isinstance(before, dict) else before.write(words)
                continue
            todo = self.env.ref("mail.mail_activity_data_todo")
            mine[user.id] = {"user_id": user.id, "lead_pool_notice": kind, "activity_type_id": todo.id, **words}
            new.append(mine[user.id])
        for lang, of_lang in groupby(new, key=lambda values: users.browse(values["user_id"]).lang):
            Activity.with_context(lang=lang).create([{**values, "automated": True} for values in of_lang])

    def _activities_on(self, kind, records, subject, lines, usual):
        words = {} if kind == "inquiry" else {"summary": subject}
        if kind == "help" and lines:
            words["note"] = Markup().join(lines)
        return [
            {
                **usual,
                **words,
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": self.env.ref(TYPES.get(kind, "mail.mail_activity_data_todo")).id,
            }
            for record in records
        ]

    @api.model
    def _body(self, lines):
        return self.env["ir.qweb"]._render("lead_pool.inbox_lines", {"lines": list(lines)})
