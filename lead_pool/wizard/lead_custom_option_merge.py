from odoo import api, fields, models

from ..notification import notification


class LeadCustomOptionMerge(models.TransientModel):
    """Gives all records that hold one option another one, and removes the first."""

    _name = "lead.custom.option.merge"
    _description = "Merge Options"

    option_id = fields.Many2one("lead.custom.option", "Option", required=True, readonly=True, ondelete="cascade")
    custom_field_id = fields.Many2one(related="option_id.custom_field_id")
    into_id = fields.Many2one(
        "lead.custom.option",
        "Into",
        required=True,
        ondelete="cascade",
        domain="[('custom_field_id', '=', custom_field_id), ('id', '!=', option_id), ('retired', '=', False)]",
    )
    record_count = fields.Integer(compute="_compute_record_count")

    @api.depends("option_id")
    def _compute_record_count(self):
        for wizard in self:
            wizard.record_count = sum(wizard.option_id._count_records().values()) if wizard.option_id else 0

    def action_merge(self):
        self.ensure_one()
        into = self.into_id.name
        count = sum(self.option_id.action_merge(self.into_id.id).values())
        return notification(
            self.env._("Records that now hold “%(option)s” instead: %(count)s.", option=into, count=count)
        )
