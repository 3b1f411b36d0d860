from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ...rules import columns
from .columns import BATCH


class LeadCustomOption(models.Model):
    """A value to choose in a custom field; renamed, merged or retired without any record losing what it holds."""

    _name = "lead.custom.option"
    _description = "Option of a Custom Field"
    _order = "custom_field_id, sequence, id"

    custom_field_id = fields.Many2one("lead.custom.field", required=True, index=True, ondelete="cascade")
    name = fields.Char(required=True, translate=True)
    value = fields.Char(
        "Key",
        readonly=True,
        help="What programs send. It never changes, also when the option is renamed.",
    )
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    retired = fields.Boolean(help="Records keep it, but it is not offered any more.")

    _value_uniq = models.Constraint("UNIQUE (custom_field_id, value)", "This key is in use in this field already.")

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """An import names an option by its label: among those of the field it is meant for."""
        if field_name := self.env.context.get("lead_custom_field"):
            domain = Domain(domain or Domain.TRUE) & Domain("custom_field_id.technical_name", "=", field_name)
        return super().name_search(name, domain, operator, limit)

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [dict(vals) for vals in vals_list]
        by_field = {}
        for vals in vals_list:
            vals["name"] = self._checked_name(vals.get("name"))
            if not vals.get("value"):
                by_field.setdefault(vals.get("custom_field_id"), []).append(vals)
        for field_id, rows in by_field.items():
            taken = self.sudo().search([("custom_field_id", "=", field_id)]).mapped("value") if field_id else []
            for vals, key in zip(rows, columns.option_keys([vals["name"] for vals in rows], taken), strict=True):
                vals["value"] = key
        options = super().create(vals_list)
        options._changed()
        return options

    def write(self, vals):
        if any(option.value != vals.get("value", option.value) for option in self):
            raise UserError(self.env._("The key of an option never changes: programs and rules rely on it."))
        if any(option.custom_field_id.id != vals.get("custom_field_id", option.custom_field_id.id) for option in self):
            raise UserError(self.env._("An option belongs to one field. Add it to the other field instead."))
        if "name" in vals:
            vals = {**vals, "name": self._checked_name(vals["name"])}
        result = super().write(vals)
        self._changed()
        return result

    @api.model
    def _checked_name(self, name):
        name = columns.clean(name if isinstance(name, str) else "")
        if not columns.fold(name):
            raise UserError(self.env._("An option needs a name."))
        return name

    def unlink(self):
        fields_ = self.custom_field_id
        for field, options in self.grouped("custom_field_id").items():
            field._replace_in_defaults(options)
        result = super().unlink()
        if self.env.context.get("lead_custom_batch") is not BATCH:
            fields_.exists()._check_has_options()
            fields_.exists()._sync_columns()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_in_use(self):
        for option in self:
            count = sum(option._count_records().values())
            if count:
                raise UserError(
                    self.env._(
                        "“%(option)s” of “%(field)s” is held by records (%(count)s). Retire it, so that it is not "
                        "offered any more, or merge it into another option.",
                        count=count,
                        option=option.name,
                        field=option.custom_field_id.name,
                    )
                )
            option._check_not_in_rules()

    def _changed(self):
        """The names have been written: check them, and bring the columns after the options."""
        self.flush_recordset()
        self.custom_field_id._check_options()
        for option in self.filtered(lambda option: option.custom_field_id.field_type == "multi"):
            if marks := set(columns.OPTION_MARKS).intersection("".join(option._names())):
                raise UserError(
                    self.env._(
                        "“%(option)s” cannot have “%(mark)s” in its name: in a file it separates several options.",
                        option=option.name,
                        mark=marks.pop(),
                    )
                )
        if self.env.context.get("lead_custom_batch") is not BATCH:
            self.custom_field_id._sync_columns()

    # ------------------------------------------------------------
    # USE
    # ------------------------------------------------------------

    def _count_records(self):
        """``{model: number of records that hold this option}``, archived ones included."""
        self.ensure_one()
        field = self.custom_field_id
        value = [self.id] if field.field_type == "multi" else [self.value]
        return {
            model: self.env[model]
            .sudo()
            .with_context(active_test=False)
            .search_count([(field.technical_name, "in", value)])
            for model in field._models_there()
        }

    def _names(self):
        """The names of this option in all languages."""
        self.ensure_one()
        [[names]] = self.env.execute_query(SQL("SELECT name FROM lead_custom_option WHERE id = %s", self.id))
        return set(names.values())

    def _check_not_in_rules(self):
        """Refuse while a condition names this option: it would silently match other leads."""
        self.ensure_one()
        places = self.custom_field_id._rules_using(option=self)
        if places:
            raise UserError(
                self.env._(
                    "“%(option)s” is used in %(places)s. Change that first.",
                    option=self.name,
                    places=", ".join(places),
                )
            )

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    def action_merge(self, into_id):
        """Give every record that holds one of these options the option ``into_id`` instead, and remove these.

        :param int into_id: an option of the same field
        :returns: ``{model: number of records changed}``
        :raises UserError: the other option is of another field, or a rule names one of these
        """
        self.check_access("unlink")
        into = self.browse(into_id if type(into_id) is int else 0).exists()
        field = self.custom_field_id
        if not into or into in self or field != into.custom_field_id:
            raise UserError(self.env._("Choose another option of the same field to merge into."))
        for option in self:
            option._check_not_in_rules()
        changed = field._replace_options(self, into)
        self.unlink()
        field._refresh_open_values()
        return changed

    def button_merge(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge “%(option)s”", option=self.name),
            "res_model": "lead.custom.option.merge",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_option_id": self.id, "dialog_size": "medium"},
        }
