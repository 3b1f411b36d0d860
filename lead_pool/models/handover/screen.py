"""The buttons of a hand-over, and its certificate."""

from odoo import models


class LeadPoolHandoverScreen(models.AbstractModel):
    """Mixed into ``lead.pool.handover``."""

    _name = "lead.pool.handover.screen"
    _description = "Buttons of a Hand-over"

    def button_run(self):
        self.action_run()

    def button_undo(self):
        self.action_undo()

    def button_give_back(self):
        self.action_give_back()

    def button_job(self):
        return self.sudo(False).job_id.button_open()

    def button_lines(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Certificate"),
            "res_model": "lead.pool.handover.line",
            "views": [(False, "list"), (False, "kanban")],
            "domain": [("handover_id", "=", self.id)],
        }

    def button_xlsx(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/lead_pool/handover/{self.id}", "target": "download"}

    def button_pdf(self):
        return self.env.ref("lead_pool.lead_pool_handover_report").report_action(self)

    def _totals(self):
        """The figures on the certificate: ``[(label, number)]``."""
        _ = self.env._
        return [
            (_("Handed over"), self.moved_count),
            (_("Not handed over"), self.refused_count),
            (_("Given back"), self.back_count),
            (_("Not given back"), self.kept_count),
        ]
