from odoo import api, fields, models

from ..models.lead_assessment import STATE


class LeadPoolIntentMixin(models.AbstractModel):
    """A dialog about one lead that asks for its intent, beginning with what is known."""

    _name = "lead.pool.intent.mixin"
    _inherit = ["lead.assessment.values"]
    _description = "Question about the Intent"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    epoch = fields.Integer(help="Of the lead, as the screen showed it; 0: it is in no pool, or nobody said.")

    @api.model
    def default_get(self, names):
        """What was said last is what the dialog begins with."""
        values = super().default_get(names)
        lead = self.env["crm.lead"].browse(self.env.context.get("default_lead_id") or [])
        current = lead._filtered_access("read").assessment_ids.filtered("is_current")
        return {**{name: current[name] for name in STATE if current and name in names}, **values}

    def _new_values(self):
        """What was answered otherwise than before."""
        return self.lead_id._new_intent({name: self[name] for name in STATE})
