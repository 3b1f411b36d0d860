from odoo import fields, models

from ..isolation import contended


class LeadPoolIsTakenWizard(models.TransientModel):
    """Phone, mail or company; the answer, and nothing of whose it is but the team."""

    _name = "lead.pool.is.taken"
    _description = "Is It Taken?"

    phone = fields.Char(help="As you have it; country code and spaces do not matter.")
    email = fields.Char("Mail")
    company = fields.Char("Company Name")
    answer = fields.Char(readonly=True)
    state = fields.Selection(
        [("free", "Free"), ("taken", "Taken"), ("customer", "Customer"), ("refused", "Refused")], readonly=True
    )

    @contended
    def action_ask(self):
        """Ask, and show the answer in the same dialog. What was typed is not kept with it."""
        self.ensure_one()
        asked = {"phone": self.phone, "email": self.email, "company": self.company}
        answer = self.env["lead.pool"].is_taken(**{name: text or None for name, text in asked.items()})
        self.write({"answer": answer["message"], "state": answer["state"]})
        action = self.env["ir.actions.actions"]._for_xml_id("lead_pool.lead_pool_is_taken_action")
        return {**action, "res_id": self.id}
