from odoo import api, fields, models

from ..models.mapping.lead_pool_mapping import GOES_TO

#: Outcomes in the order in which they are shown: what somebody may want to mend first.
OUTCOMES = ("lost", "keeps", "fills", "new", "same", "stays")


class LeadPoolConvert(models.TransientModel):
    """Makes a lead a customer and an opportunity, and a quotation if asked; shows before what will land where."""

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
    found_words = fields.Char(compute="_compute_found", compute_sudo=False)
    found_partner_id = fields.Many2one("res.partner", compute="_compute_found", compute_sudo=False)
    found_company_id = fields.Many2one("res.partner", compute="_compute_found", compute_sudo=False)
    create_order = fields.Boolean("Create a Quotation")
    missing = fields.Char(compute="_compute_missing", help="What to fill in first.")
    sheet = fields.Json(compute="_compute_sheet", compute_sudo=False)

    @api.depends("lead_id")
    def _compute_missing(self):
        for wizard in self:
            missing = self.env["lead.custom.field"]._missing(wizard.lead_id, "to_convert")
            labels = ", ".join(f"“{label}”" for labels in missing.values() for label in labels)
            wizard.missing = labels and self.env._("Fill in %(fields)s before you convert this lead.", fields=labels)

    @api.depends("lead_id")
    def _compute_found(self):
        for wizard in self:
            lead, words = wizard.lead_id, False
            person, company = lead._existing_customer() if lead else (wizard.partner_id, wizard.partner_id)
            if lead.partner_id:
                person = lead.partner_id
            elif person:
                words = self.env._(
                    "“%(customer)s” is known already, by what the lead says.", customer=person.display_name
                )
            elif company:
                words = self.env._(
                    "“%(company)s” is a customer already: the new contact is added to it.", company=company.display_name
                )
            wizard.found_partner_id, wizard.found_company_id, wizard.found_words = person, company, words

    @api.depends("lead_id")
    def _compute_customer(self):
        for wizard in self:
            wizard.partner_id = wizard.found_partner_id
            wizard.customer = "existing" if wizard.partner_id else "create"

    @api.onchange("customer")
    def _onchange_customer(self):
        if self.customer == "none":
            self.create_order = False

    # ------------------------------------------------------------
    # SHEET
    # ------------------------------------------------------------

    @api.depends("lead_id", "customer", "partner_id", "create_order")
    @api.depends_context("lang")
    def _compute_sheet(self):
        for wizard in self:
            wizard.sheet = wizard.lead_id and wizard._prepare_sheet()

    def _prepare_sheet(self):
        """What will land where, for the widget: ``{"places": [{"name", "record", "is_new", "rows"}], "counts"}``."""
        lead = self.lead_id
        person, company = self.found_partner_id, self.found_company_id
        if self.customer == "existing":
            person, company = lead._customer_parts(self.partner_id) if self.partner_id else (person, company)
        landings = lead._landings(person, company, with_customer=self.customer != "none", with_order=self.create_order)
        Mapping = self.env["lead.pool.mapping"]
        losses = Mapping._losses_in_words()
        names = dict(Mapping._fields["goes_to"]._description_selection(self.env))
        names["opportunity"] = self.env._("Opportunity")
        records = {"company": company, "contact": person if not person.is_company else person.browse()}
        records["order"] = records["opportunity"] = self.env["res.partner"]
        places = []
        for place, _label in GOES_TO:
            here = [landing for landing in landings if landing.goes_to == place]
            if not here:
                continue
            rows = [self._prepare_row(landing, losses) for landing in here]
            rows.sort(key=lambda row: OUTCOMES.index(row["outcome"]))
            record = records[place]
            places.append({"place": place, "name": names[place], "record": record.display_name or "", "rows": rows})
        counts = {outcome: sum(one.outcome == outcome for one in landings) for outcome in OUTCOMES}
        may_mend = self.env["lead.custom.field"].has_access("create")
        return {"places": places, "counts": counts, "may_mend": may_mend}

    def _prepare_row(self, landing, losses):
        Mapping = self.env["lead.pool.mapping"]
        model = {"order": "sale.order", "opportunity": "crm.lead"}.get(landing.goes_to, "res.partner")
        return {
            "field": landing.lead_field,
            "label": Mapping._label_of("crm.lead", landing.lead_field),
            "text": landing.text,
            "target": Mapping._label_of(model, landing.target_field),
            "there": landing.there,
            "outcome": landing.outcome,
            "can_mend": landing.outcome == "stays" and Mapping._can_make_twin(landing.lead_field),
            "loss": losses.get(landing.loss, ""),
        }

    # ------------------------------------------------------------
    # DO
    # ------------------------------------------------------------

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
