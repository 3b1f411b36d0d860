from odoo import api, fields, models
from odoo.exceptions import UserError

from ..rules import follow_up

#: What a caller may say of a follow-up.
KEYS = {"type_id", "level_id", "result", "note", "duration", "next_date", "next_summary", "attachment_ids"}


class LeadFollowUp(models.Model):
    """What was done on a lead: by hand, or seen by itself (a mail, a done activity, a meeting)."""

    _name = "lead.follow.up"
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
    source_ref = fields.Char(readonly=True, help="What it was made from, once.")

    _source_uniq = models.UniqueIndex("(source_ref) WHERE source_ref IS NOT NULL")

    @api.model
    def _record(self, lead, values, channel="manual", user=None, source_ref=None):
        """Keep one follow-up, reset the lead's clock if it counts, tell the chatter, plan the next action.

        :param crm.lead lead: one lead
        :param dict values: with keys out of :data:`KEYS`
        :param channel: of :class:`rules.follow_up.Touch`
        :param user: who did it; the caller when ``None``
        :raises UserError: an unknown key, a follow-up by hand that says nothing, or of a lead that went back meanwhile
        :raises AccessError: an attachment that the caller may not read
        """
        values = dict(values or {})
        if unknown := set(values) - KEYS:
            raise UserError(self.env._("Unknown: %(keys)s.", keys=", ".join(sorted(unknown))))
        user = user or self.env.user
        # written as superuser below: a file that the caller may not read is not attached
        self.env["ir.attachment"].browse(values.get("attachment_ids") or []).check_access("read")
        note = (values.get("note") or "").strip()
        if channel == "manual" and not (note or values.get("type_id") or values.get("result")):
            raise UserError(self.env._("Say what happened: choose a type, or write a note."))
        now = self.env["lead.pool"]._now()
        entry = self.env["lead.pool.entry"].sudo().search([("lead_id", "=", lead.id), ("state", "!=", "closed")])
        pool = entry.pool_id
        holds = lead.user_id == user
        touch = follow_up.Touch(
            channel, by_holder=holds, text=note, type_id=values.get("type_id") or 0, result=bool(values.get("result"))
        )
        counts = follow_up.counts(touch, follow_up.Evidence(min_length=pool.follow_up_min_length))
        record = self.sudo().create(
            {
                "lead_id": lead.id,
                "pool_id": pool.id,
                "user_id": user.id,
                "date": now,
                "channel": channel,
                "type_id": values.get("type_id"),
                "level_id": values.get("level_id"),
                "result": values.get("result"),
                "note": note,
                "duration": values.get("duration") or 0,
                "next_date": values.get("next_date"),
                "attachment_ids": [(6, 0, values.get("attachment_ids") or [])],
                "counts": counts,
                "source_ref": source_ref,
            }
        )
        if entry.state == "held" and counts and not entry._touch(record, now):
            if channel == "manual":
                raise UserError(
                    self.env._("The lead went out of your hands this very moment. Reload it to see where it is.")
                )
            record.counts = False
        elif entry.state == "held" and counts and pool.first_contact_days:
            entry._first_contact_made()
        if values.get("level_id") and lead.follow_up_level_id.id != values["level_id"]:
            lead.sudo().follow_up_level_id = values["level_id"]
        if channel == "manual":
            record._tell_chatter(lead)
        if values.get("next_date"):
            record._plan_next(lead, values)
        return record.sudo(False)

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

    def _plan_next(self, lead, values):
        """The next action as an activity of the rep."""
        lead.activity_schedule(
            "mail.mail_activity_data_todo",
            date_deadline=fields.Date.to_date(values["next_date"]),
            summary=values.get("next_summary") or self.type_id.name or self.env._("Follow up"),
            user_id=self.user_id.id,
        )
