from markupsafe import Markup

from odoo import api, fields, models


class LeadPoolForget(models.TransientModel):
    """What is held on one person: look, hand out, erase."""

    _name = "lead.pool.forget"
    _description = "Data of a Person"

    phone = fields.Char(help="As he says it; spaces and country code do not matter.")
    email = fields.Char(help="His address; capital letters do not matter.")
    wechat = fields.Char("WeChat ID", help="His account.")
    lead_ids = fields.Many2many(
        "crm.lead",
        string="Leads",
        compute="_compute_held",
        store=True,
        readonly=False,
        context={"active_test": False},
        help="Whose data is handed out and erased. Take those out that are of another person with the same number.",
    )
    held = fields.Html(compute="_compute_report", help="What there is about these leads, and where.")
    may_erase = fields.Boolean(compute="_compute_report")

    def _person(self):
        return {"phone": self.phone, "email": self.email, "wechat": self.wechat}

    def _is_filled(self):
        return any((value or "").strip() for value in self._person().values())

    @api.depends("phone", "email", "wechat")
    def _compute_held(self):
        for wizard in self:
            found = self.env["lead.pool.erasure"]._held(**wizard._person()) if wizard._is_filled() else {}
            wizard.lead_ids = found.get("crm.lead", self.env["crm.lead"]).sudo(False)

    @api.depends("phone", "email", "wechat", "lead_ids")
    def _compute_report(self):
        Erasure = self.env["lead.pool.erasure"]
        for wizard in self:
            held = wizard._held() if wizard._is_filled() else {}
            lines = [
                Markup("<li>%s: %s%s</li>")
                % (Erasure._label_of(model), len(records), "" if model in Erasure._erased() else self._kept(model))
                for model, records in held.items()
                if records
            ]
            wizard.held = Markup("<ul class='mb-0 ps-3'>%s</ul>") % Markup().join(lines) if lines else False
            wizard.may_erase = any(held.get(model) for model in Erasure._erased())

    def _kept(self, model):
        if model == "res.partner":
            return self.env._(" (not erased here: customers may have orders and invoices)")
        return self.env._(" (kept: remarks of your people in the history, whose chain would break)")

    def _held(self):
        Erasure = self.env["lead.pool.erasure"]
        found = Erasure._held(**self._person())
        leads = found["crm.lead"].filtered(lambda lead: lead.id in self._lead_numbers())
        return {**Erasure._held_of(leads, self._person()), "res.partner": found["res.partner"]}

    def _lead_numbers(self):
        return self.with_context(active_test=False).lead_ids._origin.ids

    def _file(self):
        held = self._held()
        self.env["crm.lead"]._note_reading(held["crm.lead"].ids, "export")
        return self.env["lead.pool.erasure"]._file_of(held)

    def button_search(self):
        """What is held shows as soon as a field is left; whoever looks for a button finds one."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Data of a Person"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def button_export(self):
        return {"type": "ir.actions.act_url", "url": f"/lead_pool/person/{self.id}", "target": "download"}

    def button_erase(self):
        answer = self.env["lead.pool.erasure"].action_erase(**self._person(), lead_ids=self._lead_numbers())
        self.unlink()
        return {
            "type": "ir.actions.act_window",
            "res_model": "lead.pool.erasure",
            "res_id": answer["id"],
            "views": [(False, "form")],
        }
