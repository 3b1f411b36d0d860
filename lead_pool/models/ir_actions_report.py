from odoo import models


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    def _get_rendering_context(self, report, docids, data):
        """A printed lead is a read one."""
        result = super()._get_rendering_context(report, docids, data)
        if report.model == "crm.lead":
            self.env["crm.lead"]._note_reading(docids or (), "print")
        return result
