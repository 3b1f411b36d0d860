from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.custom.columns import MODELS


class LeadCustomFieldRemove(models.TransientModel):
    """Removes custom fields: says first what would be lost and where they are used, and offers an export."""

    _name = "lead.custom.field.remove"
    _description = "Remove Custom Fields"

    field_ids = fields.Many2many("lead.custom.field", "lead_custom_field_remove_rel", string="Fields", required=True)
    line_ids = fields.One2many("lead.custom.field.remove.line", "wizard_id", compute="_compute_lines", store=True)
    is_blocked = fields.Boolean(compute="_compute_lines", store=True)
    on_leads = fields.Integer("Leads", compute="_compute_lines", store=True)
    on_customers = fields.Integer("Customers", compute="_compute_lines", store=True)
    on_orders = fields.Integer("Orders", compute="_compute_lines", store=True)
    value_count = fields.Integer(compute="_compute_lines", store=True)
    may_export = fields.Boolean(compute="_compute_may_export")
    discard_values = fields.Boolean("Remove them with all that they hold")

    @api.depends("field_ids")
    def _compute_lines(self):
        for wizard in self:
            wizard.field_ids.check_access("read")
            counts = wizard.field_ids._count_values()
            lines = []
            for field, by_model in counts.items():
                places = field._rules_using()
                filters = field._filters_using().mapped("name")
                lines.append(
                    fields.Command.create(
                        {
                            "name": field.name,
                            "counts": field._counts_in_words(by_model) or self.env._("nothing"),
                            "rules": ", ".join([*places, *field._pools_opening().mapped("name")]),
                            "filters": ", ".join(filters),
                        }
                    )
                )
            wizard.line_ids = [fields.Command.clear(), *lines]
            wizard.is_blocked = any(field._rules_using() for field in wizard.field_ids)
            for name, model in zip(("on_leads", "on_customers", "on_orders"), MODELS.values(), strict=True):
                wizard[name] = max((by_model.get(model, 0) for by_model in counts.values()), default=0)
            wizard.value_count = sum(sum(by_model.values()) for by_model in counts.values())

    def _compute_may_export(self):
        for wizard in self:
            wizard.may_export = self.env.user.has_group("base.group_allow_export")

    def action_export_leads(self):
        return self._export("crm.lead")

    def action_export_customers(self):
        return self._export("res.partner")

    def action_export_orders(self):
        return self._export("sale.order")

    def _export(self, model):
        """Odoo's own export of the records that hold a value, in a form that can be imported again."""
        if not self.env.user.has_group("base.group_allow_export"):
            raise UserError(
                self.env._("You may not export. Ask an administrator for the access right, or to export for you.")
            )
        ids = ",".join(map(str, self.field_ids.ids))
        return {
            "type": "ir.actions.act_url",
            "url": f"/lead_pool/custom_fields/export?model={model}&ids={ids}",
            "target": "download",
        }

    def action_remove(self):
        """Remove the fields.

        :raises UserError: a rule uses one, or they hold values and it was not confirmed to discard these
        """
        self.ensure_one()
        self.field_ids.action_remove(discard_values=self.discard_values)
        return {"type": "ir.actions.act_url", "url": "/odoo/custom-fields", "target": "self"}


class LeadCustomFieldRemoveLine(models.TransientModel):
    _name = "lead.custom.field.remove.line"
    _description = "Custom Field to Remove"

    wizard_id = fields.Many2one("lead.custom.field.remove", required=True, ondelete="cascade")
    name = fields.Char("Field", readonly=True)
    counts = fields.Char("Holds Values In", readonly=True)
    rules = fields.Char("Used In", readonly=True)
    filters = fields.Char("Saved Filters That Go With It", readonly=True)
