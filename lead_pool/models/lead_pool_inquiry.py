from odoo import fields, models

from .lead_pool_channel import CHANNELS


class LeadPoolInquiry(models.Model):
    """Somebody of whom there is a lead came again: what he said, and what he said otherwise. Written by the gate."""

    _name = "lead.pool.inquiry"
    _description = "Repeat Inquiry"
    _order = "date desc, id desc"
    _rec_name = "channel"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    channel = fields.Selection(CHANNELS, required=True, readonly=True)
    date = fields.Datetime("When", required=True, readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True, ondelete="set null", index="btree_not_null")
    medium_id = fields.Many2one(
        "utm.medium", "Marketing Medium", readonly=True, ondelete="set null", index="btree_not_null"
    )
    campaign_id = fields.Many2one("utm.campaign", readonly=True, ondelete="set null", index="btree_not_null")
    message = fields.Text(readonly=True)
    differing = fields.Json("Said Otherwise", readonly=True, help="Values that differ from those of the lead.")
    differing_text = fields.Text("Different", compute="_compute_differing_text")
    request_uid = fields.Char("Request", readonly=True, help="Of the call by which it came in.")
    after_end = fields.Boolean(
        "Customer Already",
        readonly=True,
        help="The lead was won or converted before; the customer's salesperson was told.",
    )
    told = fields.Boolean(readonly=True, help="The owner of the lead was told of it.")

    _lead_date_idx = models.Index("(lead_id, date DESC)")

    def _compute_differing_text(self):
        Lead = self.env["crm.lead"]
        for inquiry in self:
            inquiry.differing_text = "\n".join(
                f"{Lead._fields[name]._description_string(self.env)}: {value}"
                for name, value in (inquiry.differing or {}).items()
                if name in Lead._fields
            )
