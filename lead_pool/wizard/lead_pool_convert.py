from odoo import api, fields, models

from ..models.mapping.lead_pool_mapping import GOES_TO

#: Outcomes in the order in which they are shown: what somebody may want to mend first.
OUTCOMES = ("lost", "keeps", "fills", "new", "same", "stays")
CARRIED = ("fills", "new")


class LeadPoolConvert(models.TransientModel):
    """Makes a lead a customer and an opportunity, and a quotation if asked; shows before what will land where."""

    _name = "lead.pool.convert"
    _description = "Convert a Lead"

    lead_id = fields.Many2one("crm.lead", "Lead", required=True, readonly=True, ondelete="cascade")
    epoch = fields.Integer(help="Of the lead, as the screen showed it; 0: it is in no pool, or nobody said.")
    customer = fields.Selection(
        [
            ("existing", "An existing customer"),
            ("contact", "A new contact of an existing company"),
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
    found_words = fields.Char(compute="_compute_found_words", compute_sudo=False, help="Who is known, and by what.")
    found_partner_id = fields.Many2one("res.partner", compute="_compute_found", compute_sudo=False)
    found_company_id = fields.Many2one("res.partner", compute="_compute_found", compute_sudo=False)
    found_by = fields.Char(compute="_compute_found", compute_sudo=False)
    create_order = fields.Boolean("Create a Quotation")
    missing = fields.Char(compute="_compute_missing", help="What to fill in first.")
    lacking = fields.Char(
        compute="_compute_sheet", compute_sudo=False, help="What the new customer or order must have and would not get."
    )
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
            lead, by = wizard.lead_id, ()
            person = company = lead.partner_id
            if lead and not person:
                person, company, by = lead._look_for_customer()
            wizard.found_partner_id, wizard.found_company_id, wizard.found_by = person, company, " ".join(by)

    @api.depends("lead_id", "customer")
    @api.depends_context("lang")
    def _compute_found_words(self):
        names = self._names_of_kinds()
        for wizard in self:
            by = ", ".join(names[kind] for kind in (wizard.found_by or "").split())
            known = wizard.found_partner_id or wizard.found_company_id
            words = {"customer": known.display_name, "what": by}
            if not by:
                wizard.found_words = False
            elif wizard.customer == "create":
                wizard.found_words = self.env._(
                    "“%(customer)s” is known already, with the same %(what)s. A second one will be made.", **words
                )
            elif wizard.found_partner_id:
                wizard.found_words = self.env._("“%(customer)s” is known already, with the same %(what)s.", **words)
            else:
                wizard.found_words = self.env._(
                    "“%(customer)s” is a customer already, with the same %(what)s. “%(contact)s” becomes its contact.",
                    contact=wizard.lead_id._contact(),
                    **words,
                )

    def _names_of_kinds(self):
        """What a lead and a customer may have in common, see ``rules.identity.KINDS``."""
        _ = self.env._
        return {
            "registry": _("tax ID"),
            "phone": _("phone"),
            "email": _("email"),
            "wechat": _("WeChat"),
            "company": _("company name"),
        }

    @api.depends("lead_id")
    def _compute_customer(self):
        for wizard in self:
            person, company = wizard.found_partner_id, wizard.found_company_id
            wizard.partner_id = person or company
            wizard.customer = "existing" if person else "contact" if company else "create"

    @api.onchange("customer")
    def _onchange_customer(self):
        if self.customer == "none":
            self.create_order = False
        elif self.customer == "existing":
            self.partner_id = self.found_partner_id or self.found_company_id
        elif self.customer == "contact":
            company = (self.found_company_id or self.found_partner_id).commercial_partner_id
            self.partner_id = company.filtered("is_company")

    # ------------------------------------------------------------
    # SHEET
    # ------------------------------------------------------------

    @api.depends("lead_id", "customer", "partner_id", "create_order")
    @api.depends_context("lang")
    def _compute_sheet(self):
        for wizard in self:
            wizard.sheet, wizard.lacking = False, False
            if lead := wizard.lead_id:
                parties = lead._parties(
                    wizard.partner_id if wizard.customer == "existing" else wizard.partner_id.browse(),
                    wizard.partner_id if wizard.customer == "contact" else wizard.partner_id.browse(),
                    anew=wizard.customer in ("create", "none"),
                )
                made = {"with_customer": wizard.customer != "none", "with_order": wizard.create_order}
                lead._read_what_is_carried()
                made["parts"] = lead._parts(*parties) if made["with_customer"] else []
                wizard.sheet = wizard._prepare_sheet(*parties, lead._landings(*parties, **made))
                wizard.lacking = "\n".join(lead._lacking_at_targets(*parties, **made)) or False

    def _prepare_sheet(self, person, company, landings):
        """What will land where, for the widget: ``{"places": [{"place", "name", "record", "rows"}], "counts"}``."""
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
        counts["partly"] = sum(one.loss not in ("", "currency") and one.outcome in CARRIED for one in landings)
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
            "remark": self._remark(landing, losses),
        }

    def _remark(self, landing, losses):
        """What somebody should know of a value that is carried, or stays."""
        if landing.outcome in CARRIED and landing.loss == "currency":
            return self.env._("exchanged at the rate of today: %(value)s", value=landing.there)
        if landing.outcome in CARRIED and landing.loss:
            return self.env._("as “%(value)s”, without %(loss)s", value=landing.there, loss=losses[landing.loss])
        if landing.outcome == "stays" and "." in landing.lead_field:
            return self.env._("for as long as that is in its sales team")
        return ""

    # ------------------------------------------------------------
    # DO
    # ------------------------------------------------------------

    def action_convert(self):
        """Convert, and open the order or the opportunity."""
        self.ensure_one()
        values = {"create_partner": self.customer == "create", "create_order": self.create_order}
        if self.customer in ("existing", "contact"):
            values["partner_id" if self.customer == "existing" else "parent_id"] = self.partner_id.id
        elif self.customer == "create" and (self.found_partner_id or self.found_company_id):
            values["create_anew"] = True
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
