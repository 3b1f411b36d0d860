from odoo import api, fields, models


class LeadPoolAssess(models.TransientModel):
    """A rep says what he thinks of a customer's intent: a tap for each question."""

    _name = "lead.pool.assess"
    _inherit = ["lead.pool.intent.mixin"]
    _description = "Assess the Intent"

    note = fields.Text()
    probability = fields.Float("Odoo Predicts", compute="_compute_prediction")
    speaks_for = fields.Char(compute="_compute_prediction")
    speaks_against = fields.Char(compute="_compute_prediction")

    @api.depends("lead_id")
    def _compute_prediction(self):
        for wizard in self:
            lead = wizard.lead_id._filtered_access("read")
            wizard.probability, wizard.speaks_for, wizard.speaks_against = lead._prediction() if lead else (0, "", "")

    def action_save(self):
        self.ensure_one()
        self.lead_id.action_assess(
            {**self._new_values(), **({"note": self.note} if self.note else {})},
            epoch=self.epoch or None,
            request_uid=f"lead.pool.assess,{self.id}",
        )
        return {"type": "ir.actions.act_window_close"}
