from odoo import api, fields, models

from ..models.lead.conversion import MOST_AT_ONCE


class LeadPoolConvertMany(models.TransientModel):
    """Converts several leads, each by itself, and shows what became of each."""

    _name = "lead.pool.convert.many"
    _description = "Convert Several Leads"

    lead_ids = fields.Many2many("crm.lead", string="Leads", readonly=True)
    about = fields.Char(compute="_compute_about")
    in_background = fields.Boolean(compute="_compute_about", help="They are too many to wait for.")
    create_partner = fields.Boolean(
        "Customers", default=True, help="The customer of each lead: who is known is found, who is not is made."
    )
    create_order = fields.Boolean("Quotations", help="A quotation for each lead, with its products of interest.")
    result_ids = fields.One2many("lead.pool.convert.result", "convert_id", readonly=True)
    done_text = fields.Char(readonly=True)

    @api.depends("lead_ids")
    def _compute_about(self):
        for wizard in self:
            count = len(wizard.lead_ids)
            wizard.in_background = count > MOST_AT_ONCE
            wizard.about = self.env._("%(count)s leads", count=count)

    @api.onchange("create_partner")
    def _onchange_create_partner(self):
        if not self.create_partner:
            self.create_order = False

    def action_convert(self):
        """Convert each, and show the results in this dialog; of very many the job that does it."""
        self.ensure_one()
        values = {"create_partner": self.create_partner, "create_order": self.create_order}
        uid = f"lead.pool.convert.many,{self.id}"
        if self.in_background:
            answer = self.lead_ids.action_convert_in_background(values, request_uid=uid)
            return self.env["lead.pool.job"].browse(answer["job_id"]).button_open()
        answers = self.lead_ids.action_convert_many(values, request_uid=uid)
        self.result_ids = [
            fields.Command.create(
                {
                    "lead_id": answer["id"],
                    "done": answer["done"],
                    "partner_id": answer["partner_id"],
                    "order_id": answer["order_id"],
                    "message": answer["message"],
                }
            )
            for answer in sorted(answers, key=lambda answer: answer["done"])
        ]
        done = sum(answer["done"] for answer in answers)
        self.done_text = (
            self.env._("All %(count)s leads are converted.", count=done)
            if done == len(answers)
            else self.env._("%(done)s of %(count)s leads are converted.", done=done, count=len(answers))
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Convert"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }


class LeadPoolConvertResult(models.TransientModel):
    _name = "lead.pool.convert.result"
    _description = "Result of a Conversion"

    convert_id = fields.Many2one("lead.pool.convert.many", required=True, ondelete="cascade")
    lead_id = fields.Many2one("crm.lead", readonly=True, ondelete="cascade")
    done = fields.Boolean(readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="cascade")
    order_id = fields.Many2one("sale.order", "Quotation", readonly=True, ondelete="cascade")
    message = fields.Char("Why Not", readonly=True)
