from odoo import api, fields, models

from ...rules import columns


class LeadCustomSection(models.Model):
    """A heading on the form under which custom fields stand together."""

    _name = "lead.custom.section"
    _description = "Section of Custom Fields"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    place = fields.Selection(
        [("top", "Above the tabs"), ("tab", "A tab of its own")],
        required=True,
        default="tab",
        help="Above the tabs: seen at once. A tab: for many fields.",
    )
    field_ids = fields.One2many("lead.custom.field", "section_id", "Custom Fields", readonly=True)

    _name_uniq = models.Constraint("UNIQUE (name)", "There is a section of this name already.")

    @api.model_create_multi
    def create(self, vals_list):
        sections = super().create([self._with_clean_name(vals) for vals in vals_list])
        self.env.registry.clear_cache("templates")
        return sections

    def write(self, vals):
        result = super().write(self._with_clean_name(vals))
        self.env.registry.clear_cache("templates")
        return result

    @staticmethod
    def _with_clean_name(vals):
        if isinstance(vals.get("name"), str):
            vals = {**vals, "name": columns.clean(vals["name"])[: columns.LONGEST_LABEL]}
        return vals

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache("templates")
        return result
