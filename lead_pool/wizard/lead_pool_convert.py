from odoo import api, fields, models


class LeadPoolConvert(models.TransientModel):
    """Makes a lead a customer and an opportunity, and a quotation if asked."""

    _name = "lead.pool.convert"
    _description = "Convert a Lead"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    epoch = fields.Integer(help="Of the lead, as the screen showed it; 0: it is in no pool, or nobody said.")
    customer = fields.Selection(
        [
            ("existing", "An existing customer"),
            ("create", "A new customer from the lead's data"),
            ("none", "No customer yet"),
        ],
        "Who is the customer?",
        required=True,
        compute="_compute_customer",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_customer",
        compute_sudo=False,  # whose customer a lead may be is known to its readers alone
        store=True,
        readonly=False,
        ondelete="cascade",
    )
    found_partner_id = fields.Many2one("res.partner", compute="_compute_found_partner_id")
    create_order = fields.Boolean("Create a Quotation")
    missing = fields.Char(compute="_compute_missing", help="What to fill in first.")

    @api.depends("lead_id")
    def _compute_missing(self):
        for wizard in self:
            missing = self.env["lead.custom.field"]._missing(wizard.lead_id, "to_convert")
            labels = ", ".join(f"“{label}”" for labels in missing.values() for label in labels)
            wizard.missing = labels and self.env._("Fill in %(fields)s before you convert this lead.", fields=labels)

    @api.depends("lead_id")
    def _compute_found_partner_id(self):
        for wizard in self:
            wizard.found_partner_id = wizard.lead_id and wizard.lead_id._find_matching_partner()

    @api.depends("lead_id")
    def _compute_customer(self):
        for wizard in self:
            wizard.partner_id = wizard.found_partner_id
            wizard.customer = "existing" if wizard.partner_id else "create"

    @api.onchange("customer")
    def _onchange_customer(self):
        if self.customer == "none":
            self.create_order = False

    def action_convert(self):
        """Convert, and open the order or the opportunity."""
        self.ensure_one()
        values = {"create_partner": self.customer == "create", "create_order": self.create_order}
        if self.customer == "existing":
            values["partner_id"] = self.partner_id.id
        answer = self.lead_id.action_convert(
            values, epoch=self.epoch or None, request_uid=f"lead.pool.convert,{self.id}"
        )
        model, res_id = ("sale.order", answer["order_id"]) if answer["order_id"] else ("crm.lead", self.lead_id.id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Quotation") if answer["order_id"] else self.env._("Opportunity"),
            "res_model": model,
            "res_id": res_id,
            "views": [(False, "form")],
            "target": "current",
        }
