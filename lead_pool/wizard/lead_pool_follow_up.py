from odoo import api, fields, models

from ..notification import CLOSE, notification


class LeadPoolFollowUp(models.TransientModel):
    """What a rep says of a call, a visit, a message: three taps on a phone."""

    _name = "lead.pool.follow.up"
    _inherit = ["lead.pool.intent.mixin"]
    _description = "Record a Follow-up"

    def _default_level_id(self):
        lead = self.env["crm.lead"].browse(self.env.context.get("default_lead_id") or [])
        return lead.follow_up_level_id

    type_id = fields.Many2one("lead.follow.up.type", "What did you do?", ondelete="cascade")
    level_id = fields.Many2one(
        "lead.follow.up.level", "Level", ondelete="cascade", default=lambda self: self._default_level_id()
    )
    result = fields.Selection(
        selection=lambda self: self.env["lead.follow.up"]._fields["result"]._description_selection(self.env)
    )
    note = fields.Text()
    duration = fields.Integer(help="Minutes.")
    next_date = fields.Date("Next Action On")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")
    min_length = fields.Integer(compute="_compute_evidence", help="Characters a note needs to reset the clock.")
    evidence = fields.Json(compute="_compute_evidence", help="What the pool asks of a follow-up, for the dialog.")
    request_uid = fields.Char(help="Of the client, which repeats the call without this dialog if the network fails.")
    warning = fields.Char(readonly=True, help="Why it would not reset the clock; said once before it is saved.")

    @api.depends("lead_id")
    def _compute_evidence(self):
        for wizard in self:
            lead = wizard.lead_id
            asked = lead.sudo().pool_id._evidence() if wizard._is_waited_for(lead) else None
            wizard.min_length = asked.min_length if asked else 0
            wizard.evidence = asked and {
                "min_length": asked.min_length,
                "result": asked.result,
                "types": sorted(asked.type_ids),
                "calls": list(self.env["lead.follow.up.type"]._calls()),
                "min_seconds": asked.min_seconds,
                "by_call": "call" in asked.by_itself,
            }

    @api.model
    def _is_waited_for(self, lead):
        """Whether the clock of the lead waits for the user: he holds it, or helps who does."""
        return lead.pool_is_mine or (lead.lp_helped and lead.pool_state == "held")

    @api.onchange("type_id", "note", "result", "duration")
    def _onchange_said(self):
        self.warning = False  # what was said against it was said of something else

    def action_save(self):
        """Record it, close, and tell the rep whether the clock starts again, and until when.

        The dialog itself (``ask_first`` in the context) says first what would not reset the clock, and keeps the text:
        the rep may complete it, or save it as it is.
        """
        self.ensure_one()
        if self.env.context.get("ask_first"):
            self.lead_id._check_may_follow_up()
            self.warning = self.env["lead.follow.up"]._foresee(self.lead_id, self._prepare_values())
            if self.warning:
                return self._ask_again()
        record_id = self.lead_id.action_follow_up(
            {**self._prepare_values(), "intent": self._new_values()},
            epoch=self.epoch or None,
            request_uid=self.request_uid or f"lead.pool.follow.up,{self.id}",
        )
        kind, message = self._say(self.env["lead.follow.up"].browse(record_id))
        return notification(message, kind, then=CLOSE)

    def _ask_again(self):
        """The same dialog, as it was filled in, with the reason."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Follow-up"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "medium"},
        }

    def _say(self, record):
        """``(kind, sentence)`` of what came of it."""
        lead = self.lead_id
        if not self._is_waited_for(lead):
            return "success", self.env._("Follow-up saved.")
        if not record.counts:
            return "warning", self.env._("Saved, but the clock runs on. %(why)s", why=record.doubt_text)
        if not lead.reclaim_at:
            return "success", self.env._("Follow-up saved.")
        moment = self.env["lead.pool.entry"]._local_moment(lead.reclaim_at)
        if lead.lp_helped:
            words = {"user": lead.user_id.name, "moment": moment}
            return "success", self.env._("Follow-up saved. The lead stays with %(user)s until %(moment)s.", **words)
        return "success", self.env._("Follow-up saved. The lead stays with you until %(moment)s.", moment=moment)

    def _prepare_values(self):
        """The values of ``crm.lead.action_follow_up``."""
        return {
            "type_id": self.type_id.id,
            "level_id": self.level_id.id,
            "result": self.result,
            "note": self.note,
            "duration": self.duration,
            "next_date": fields.Date.to_string(self.next_date) if self.next_date else False,
            "attachment_ids": self.attachment_ids.ids,
        }
