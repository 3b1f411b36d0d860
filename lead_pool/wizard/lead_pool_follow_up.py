from odoo import api, fields, models


class LeadPoolFollowUp(models.TransientModel):
    """What a rep says of a call, a visit, a message: three taps on a phone."""

    _name = "lead.pool.follow.up"
    _description = "Record a Follow-up"

    def _default_level_id(self):
        lead = self.env["crm.lead"].browse(self.env.context.get("default_lead_id") or [])
        return lead.follow_up_level_id

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    type_id = fields.Many2one("lead.follow.up.type", "What did you do?", ondelete="cascade")
    level_id = fields.Many2one(
        "lead.follow.up.level", "Level", ondelete="cascade", default=lambda self: self._default_level_id()
    )
    result = fields.Selection(selection=lambda self: self.env["lead.follow.up"]._fields["result"].selection)
    note = fields.Text()
    duration = fields.Integer(help="Minutes.")
    next_date = fields.Date("Next Action On")
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")
    min_length = fields.Integer(compute="_compute_min_length", help="Characters a note needs to reset the clock.")

    @api.depends("lead_id")
    def _compute_min_length(self):
        for wizard in self:
            lead = wizard.lead_id
            wizard.min_length = lead.pool_is_mine and lead.sudo().pool_id.follow_up_min_length

    def action_save(self):
        """Record it, close, and tell the rep if it does not reset the clock."""
        self.ensure_one()
        self._hand_over_attachments()
        record = self.env["lead.follow.up"].browse(
            self.lead_id.action_follow_up(self._prepare_values(), request_uid=f"lead.pool.follow.up,{self.id}")
        )
        lead = self.lead_id
        if lead.pool_is_mine and not record.counts:
            kind = "warning"
            message = self.env._(
                "Saved, but the clock runs on: choose a result, or write what happened in a longer note."
            )
        else:
            kind, message = "success", self.env._("Follow-up saved.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": message, "next": {"type": "ir.actions.act_window_close"}},
        }

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

    def _hand_over_attachments(self):
        """Files belong to the lead: who reads it, also the next holder, reads them."""
        self.lead_id.check_access("write")
        self.attachment_ids.write({"res_model": "crm.lead", "res_id": self.lead_id.id})
