from datetime import timedelta
from math import isfinite

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from ..arguments import refuse_unknown
from ..rules.facts import Verdict
from ..rules.follow_up import ODD
from ..rules.note import length
from .lead_follow_up_judge import DOUBTS

#: What a caller may say of a follow-up.
KEYS = {"type_id", "level_id", "result", "note", "duration", "next_date", "next_summary", "attachment_ids"}
BOUNCES_WITHIN = timedelta(days=3)
LONGEST = 24 * 60  # minutes of a call or visit


class LeadFollowUp(models.Model):
    """What was done on a lead: by hand, or seen by itself (a mail, a done activity, a meeting)."""

    _name = "lead.follow.up"
    _inherit = ["lead.follow.up.judge"]
    _description = "Follow-up"
    _order = "date desc, id desc"
    _rec_name = "type_id"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, index=True, ondelete="cascade")
    pool_id = fields.Many2one("lead.pool", "Lead Pool", readonly=True, index="btree_not_null", ondelete="set null")
    holding_id = fields.Many2one("lead.pool.holding", readonly=True, index="btree_not_null", ondelete="set null")
    user_id = fields.Many2one(
        "res.users", "Rep", required=True, index=True, readonly=True, default=lambda self: self.env.user
    )
    date = fields.Datetime(required=True, index=True, readonly=True)
    channel = fields.Selection(
        [
            ("manual", "By Hand"),
            ("activity", "Activity"),
            ("mail_out", "Mail"),
            ("sms_out", "SMS"),
            ("meeting", "Meeting"),
        ],
        required=True,
        readonly=True,
        default="manual",
    )
    type_id = fields.Many2one("lead.follow.up.type", "Type", index="btree_not_null", ondelete="restrict")
    level_id = fields.Many2one("lead.follow.up.level", "Level", index="btree_not_null", ondelete="restrict")
    result = fields.Selection(
        [("reached", "Reached"), ("not_reached", "Not Reached"), ("interested", "Interested"), ("refused", "Refused")]
    )
    note = fields.Text()
    duration = fields.Float(help="Minutes.")
    next_date = fields.Date("Next Action On")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")
    counts = fields.Boolean("Resets the Clock", readonly=True)
    doubt = fields.Selection(
        DOUBTS, "Remark", readonly=True, help="Why it does not reset the clock, or what is odd about it."
    )
    doubt_text = fields.Char("Why It Does Not Count", compute="_compute_doubt_text")
    is_suspicious = fields.Boolean(
        compute="_compute_is_suspicious",
        search="_search_is_suspicious",
        help="Odd, and of a pool that the user runs.",
    )
    of_my_people = fields.Boolean(
        compute="_compute_of_my_people",
        search="_search_of_my_people",
        help="By somebody of the user's sales teams, of a pool that he runs, or below him.",
    )
    source_ref = fields.Char(readonly=True, help="What it was made from, once.")

    _source_uniq = models.UniqueIndex("(source_ref) WHERE source_ref IS NOT NULL")
    _user_date_idx = models.Index("(user_id, date)")
    _odd_idx = models.Index("(pool_id, date) WHERE doubt IS NOT NULL")

    @api.depends("doubt", "counts", "note", "pool_id")
    @api.depends_context("lang")
    def _compute_doubt_text(self):
        """The reason in a sentence, as the pool's rules are now."""
        for record in self:
            evidence = record.pool_id.sudo()._evidence()
            limit = {
                "short_note": max(evidence.min_length - length(record.note or ""), 1),
                "short_call": evidence.min_seconds,
                "copied": evidence.copies,
            }.get(record.doubt, 0)
            refused = record.doubt and not record.counts
            verdict = Verdict("evidence_missing", missing=(record.doubt,), limit=limit) if refused else Verdict()
            record.doubt_text = record._say_doubt(verdict, record.pool_id) or False

    @api.depends_context("uid")
    @api.depends("doubt", "pool_id")
    def _compute_is_suspicious(self):
        runs = self.env["lead.pool.entry"]._pools_run(self.sudo().pool_id.ids)
        for record in self:
            record.is_suspicious = record.doubt in ODD and record.sudo().pool_id.id in runs

    def _search_is_suspicious(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        odd = Domain("doubt", "in", ODD)
        if self.env.user._runs_all_pools():
            return odd & Domain("pool_id", "!=", False)
        return odd & Domain("pool_id", "in", self.env.user._lead_pool_ids("admin"))

    @api.depends_context("uid")
    def _compute_of_my_people(self):
        mine = self.search([("id", "in", self.ids), ("of_my_people", "=", True)])
        for record in self:
            record.of_my_people = record in mine

    def _search_of_my_people(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        user = self.env.user
        if user._is_superuser() or user.has_group("lead_pool.group_manager"):
            return Domain.TRUE
        people = Domain("user_id", "in", user._lead_pool_people()) | Domain(
            "pool_id", "in", user._lead_pool_ids("admin")
        )
        return people & Domain("user_id", "!=", user.id)

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_comment(self):
        """A few words about it, which land in the chatter of the lead."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Comment"),
            "res_model": "lead.pool.comment",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_follow_up_id": self.id, "dialog_size": "medium"},
        }

    def button_open_lead(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "res_id": self.lead_id.id,
            "views": [(False, "form")],
        }

    # ------------------------------------------------------------
    # RECORD
    # ------------------------------------------------------------

    @api.model
    def _record(self, lead, values, channel="manual", user=None, source_ref=None, **said):
        """Keep one follow-up, reset the lead's clock if it counts, tell the chatter, plan the next action.

        :param crm.lead lead: one lead
        :param dict values: with keys out of :data:`KEYS`
        :param channel: of :class:`rules.follow_up.Touch`
        :param user: who did it; the caller when ``None``
        :param source_ref: what it is made from (``model,id``), which is made once into a follow-up
        :param said: further facts of :class:`rules.follow_up.Touch`
        :raises UserError: an unknown key, a value that is none, a follow-up by hand that says nothing, or of a lead
            that went back meanwhile
        :raises AccessError: an attachment that the caller may not read
        """
        values = self._checked(values)
        user = user or self.env.user
        # written as superuser below: a file that the caller may not read is not attached
        files = self.env["ir.attachment"].browse(values["attachment_ids"])
        files.check_access("read")
        if channel == "manual" and not (values["note"] or values["type_id"] or values["result"]):
            raise UserError(self.env._("Say what happened: choose a type, or write a note."))
        now = self.env["lead.pool"]._now()
        entry = self._open_entry(lead)
        pool = entry.pool_id
        pool._read_for_follow_up()
        by_helper = lead._is_helped_by(user)
        verdict, doubt = self._judge(lead, pool, values, channel, user, now, by_helper=by_helper, **said)
        touch = None
        if entry.state == "held" and verdict:
            touch = entry._begin_touch(now, user if not by_helper else entry.user_id)
            if not touch and channel == "manual":
                raise UserError(
                    self.env._("The lead went out of your hands this very moment. Reload it to see where it is.")
                )
            if not touch:
                verdict, doubt = Verdict("gone"), "gone"
        kept = {name: values[name] for name in ("type_id", "level_id", "result", "note", "duration", "next_date")}
        record = self.with_env(self.env(su=True, context=clean_context(self.env.context))).create(
            {
                **kept,
                "lead_id": lead.id,
                "pool_id": pool.id,
                "user_id": user.id,
                "date": now,
                "channel": channel,
                "attachment_ids": [(6, 0, values["attachment_ids"])],
                "counts": bool(verdict),
                "doubt": doubt,
                "source_ref": source_ref,
                "holding_id": touch and touch.holding_id,
            }
        )
        # what was given to the dialog belongs to the lead: who reads it, also the next holder, reads the file
        of_dialog = files.filtered(lambda file: file.res_model == "lead.pool.follow.up")
        of_dialog.check_access("write")
        of_dialog.sudo().write({"res_model": "crm.lead", "res_id": lead.id})  # a helper may not write the lead
        if touch:
            entry._note_touch(touch, record, now)
            if pool.first_contact_days:
                entry._first_contact_made()
        if values["level_id"] and lead.follow_up_level_id.id != values["level_id"]:
            lead.sudo().follow_up_level_id = values["level_id"]
        if channel == "manual":
            record._tell_chatter(lead)
        if by_helper:
            record._tell_helped(lead)
        if values["next_date"]:
            record._plan_next(lead, values)
        return record.sudo(False)

    @api.model
    def _foresee(self, lead, values):
        """What :meth:`_record` would say against a follow-up by hand: a sentence, empty if it would count, or if the
        caller does not hold the lead, so that no clock waits for him."""
        entry = self._open_entry(lead)
        if entry.state != "held" or not (lead.user_id == self.env.user or lead.lp_helped):
            return ""
        now = self.env["lead.pool"]._now()
        values, user = self._checked(values), self.env.user
        verdict, _doubt = self._judge(lead, entry.pool_id, values, "manual", user, now, by_helper=lead.lp_helped)
        return self._say_doubt(verdict, entry.pool_id)

    @api.model
    def _open_entry(self, lead):
        domain = [("lead_id", "=", lead.id), ("state", "!=", "closed")]
        return self.env["lead.pool.entry"].sudo().search_fetch(domain, ["lead_id", "state", "pool_id", "user_id"])

    @api.model
    def _checked(self, values):
        """The values of a follow-up, complete.

        :raises UserError: which of them is none
        """
        values = self.env["crm.lead"]._values_said(values)
        refuse_unknown(self.env, values, KEYS)
        values = {name: values.get(name) or False for name in KEYS}
        for name in ("note", "next_summary"):
            self._require(values[name] is False or isinstance(values[name], str), name)
        values["note"] = (values["note"] or "").strip()
        results = {value for value, _label in self._fields["result"].selection}
        self._require(values["result"] is False or values["result"] in results, "result")
        for name in ("type_id", "level_id"):
            if values[name]:
                known = type(values[name]) is int and self[name].browse(values[name]).exists()
                self._require(known, name)
        minutes = values["duration"] = values["duration"] or 0
        number = type(minutes) in (int, float) and isfinite(minutes)
        self._require(number and 0 <= minutes <= LONGEST, "duration")
        try:
            values["next_date"] = fields.Date.to_date(values["next_date"]) or False
        except (TypeError, ValueError):
            self._require(False, "next_date")
        values["attachment_ids"] = values["attachment_ids"] or []
        ids = values["attachment_ids"]
        self._require(isinstance(ids, list | tuple) and all(type(number) is int for number in ids), "attachment_ids")
        return values

    def _require(self, fits, name):
        if not fits:
            raise UserError(self.env._("“%(value)s” of the follow-up is not understood.", value=name))

    @api.model
    def _flag_undelivered(self, now):
        """Mails and SMS of the last days that reached nobody outside are remarked. The clock that they reset stays: a
        deadline is not brought forward behind the rep's back."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_follow_up f SET doubt = 'not_sent'
                    WHERE f.channel IN ('mail_out', 'sms_out') AND f.counts AND f.date > %s AND f.source_ref IS NOT NULL
                      AND EXISTS (SELECT 1 FROM mail_notification n
                                   WHERE n.mail_message_id = split_part(f.source_ref, ',', 2)::int
                                     AND n.notification_status IN ('exception', 'bounce'))
                      AND NOT EXISTS (SELECT 1 FROM mail_notification n
                                        LEFT JOIN res_partner p ON p.id = n.res_partner_id
                                       WHERE n.mail_message_id = split_part(f.source_ref, ',', 2)::int
                                         AND n.notification_type IN ('email', 'sms')
                                         AND p.partner_share IS NOT FALSE
                                         AND n.notification_status NOT IN ('exception', 'bounce', 'canceled'))""",
                now - BOUNCES_WITHIN,
            )
        )
        self.invalidate_model(["doubt"])

    def _tell_chatter(self, lead):
        """The follow-up as a note in the chatter."""
        lines = [
            self.type_id.name,
            self.level_id.name,
            dict(self._fields["result"]._description_selection(self.env)).get(self.result),
        ]
        body = self.env["ir.qweb"]._render(
            "lead_pool.follow_up_note",
            {"head": " · ".join(line for line in lines if line), "note": self.note, "duration": self.duration},
        )
        lead.sudo()._message_log(
            body=body, author_id=self.user_id.partner_id.id, attachment_ids=self.attachment_ids.ids
        )

    @api.model
    def _open_list(self, domain):
        """A list of follow-ups, as the user may see them."""
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_follow_up_action")
        return {**action, "domain": domain, "context": {"create": False}}

    def _tell_helped(self, lead):
        """The colleague has helped: the holder learns at once who did; what answers his question he reads."""
        if self.env["lead.pool.helper"]._answered(lead.ids, self.user_id, self.note or ""):
            return
        holder = lead.sudo().user_id
        env = self.with_context(lang=holder.lang).env
        words = {"user": self.user_id.name, "lead": lead.sudo().display_name}
        holder._bus_send(
            "simple_notification",
            {"type": "info", "message": env._("%(user)s has followed up “%(lead)s”, as you asked him.", **words)},
        )

    def _plan_next(self, lead, values):
        """The next action as an activity of the rep; who helps with a lead may not change it, but plan his own."""
        lead.sudo().activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.to_date(values["next_date"]),
            summary=values.get("next_summary") or self.type_id.name or self.env._("Follow up"),
            user_id=self.user_id.id,
        )
