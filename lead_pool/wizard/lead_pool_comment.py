from odoo import fields, models
from odoo.exceptions import UserError

from ..notification import CLOSE, notification


class LeadPoolComment(models.TransientModel):
    """What a leader says to a follow-up of his people: a note in the lead's chatter, which tells them."""

    _name = "lead.pool.comment"
    _description = "Comment a Follow-up"

    follow_up_id = fields.Many2one("lead.follow.up", required=True, readonly=True, ondelete="cascade")
    body = fields.Text("Comment")
    user_ids = fields.Many2many(
        "res.users",
        string="Tell",
        default=lambda self: self._default_user_ids(),
        domain="[('share', '=', False)]",
        help="They are told, as if you had mentioned them; who may not read the lead is left out.",
    )

    def _default_user_ids(self):
        follow_up = self.env["lead.follow.up"].browse(self.env.context.get("default_follow_up_id") or [])
        return follow_up.user_id - self.env.user

    def action_post(self):
        self.ensure_one()
        self.follow_up_id.check_access("read")
        if not (self.body or "").strip():
            raise UserError(self.env._("Write what you want to say."))
        self.follow_up_id.lead_id.message_post(
            body=self.body.strip(),
            partner_ids=self.user_ids.partner_id.ids,
            subtype_xmlid="mail.mt_note",
        )
        return notification(self.env._("Your comment is in the chatter of the lead."), then=CLOSE)
