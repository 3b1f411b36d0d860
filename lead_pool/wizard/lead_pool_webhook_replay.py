from odoo import fields, models

from ..notification import CLOSE, notification


class LeadPoolWebhookReplay(models.TransientModel):
    """From where a webhook sends everything again."""

    _name = "lead.pool.webhook.replay"
    _description = "Replay Events"

    webhook_id = fields.Many2one("lead.pool.webhook", required=True, readonly=True, ondelete="cascade")
    since = fields.Datetime(
        default=lambda self: fields.Datetime.subtract(fields.Datetime.now(), days=1),
        help="Everything that happened from then on is sent again, also what the receiver had.",
    )
    cursor = fields.Char("After Cursor", help="Instead of a moment: that of the last event that the receiver has.")

    def button_replay(self):
        self.webhook_id.action_replay(self.cursor or fields.Datetime.to_string(self.since))
        return notification(self.env._("The events are sent again, in a moment."), then=CLOSE)
