from odoo import api, fields, models


class LeadPoolConversionLine(models.Model):
    """What became of a lead that is converted in the background, together with many others."""

    _name = "lead.pool.conversion.line"
    _description = "Result of a Conversion in the Background"
    _log_access = False
    _order = "state desc, id"
    _rec_name = "lead_ref"

    job_id = fields.Many2one("lead.pool.job", required=True, readonly=True, index=True, ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", readonly=True, index="btree_not_null", ondelete="set null")
    lead_ref = fields.Integer("Lead #", required=True, readonly=True)
    state = fields.Selection(
        [("refused", "Not Converted"), ("waiting", "Waiting"), ("converted", "Converted")],
        "Result",
        required=True,
        readonly=True,
        default="waiting",
    )
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, index="btree_not_null", ondelete="set null")
    order_id = fields.Many2one("sale.order", "Quotation", readonly=True, index="btree_not_null", ondelete="set null")
    message = fields.Char("Why Not", readonly=True)

    def _take(self, lead, values):
        """Convert the lead, and write down what became of it.

        :param lead: as who started it sees it; empty if it is not there any more
        """
        if not lead:
            self.write({"state": "refused", "message": self.env._("This lead is not there any more.")})
            return
        answer = lead._convert_one_of_many(values)
        self.write(
            {
                "state": "converted" if answer["done"] else "refused",
                "partner_id": answer["partner_id"],
                "order_id": answer["order_id"],
                "message": answer["message"],
            }
        )

    @api.model
    def _rows(self, job):
        """Headings and rows of the file of a job's results."""
        names = ("lead_ref", "lead_id", "state", "partner_id", "order_id", "message")
        states = dict(self._fields["state"]._description_selection(self.env))
        lines = self.search([("job_id", "=", job.id)])
        lines.lead_id._note_reading(lines.lead_id.ids, "export")
        rows = [
            [
                str(line.lead_ref),
                line.lead_id.display_name or "",
                states[line.state],
                line.partner_id.sudo().display_name or "",
                line.order_id.sudo().display_name or "",
                line.message or "",
            ]
            for line in lines
        ]
        return [self._fields[name]._description_string(self.env) for name in names], rows
