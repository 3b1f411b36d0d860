"""Properties: what a sales team adds to its leads, and the company to its contacts, in Odoo's own forms.

Odoo keeps the values in one column, and what they are at the team (of leads) or in one place for all (of contacts).
Here each is a field of its own, ``lead_properties.<name>`` or ``properties.<name>``.
"""

from odoo import api, fields, models
from odoo.tools import html2plaintext, ormcache

from ...rules import mapping

#: The field that holds the properties of each model.
COLUMNS = {"crm.lead": "lead_properties", "res.partner": "properties"}
#: Types of properties that are called otherwise as fields; a separator holds nothing.
OTHERWISE = {"tags": "multi"}


class LeadPoolMappingProperties(models.AbstractModel):
    _name = "lead.pool.mapping.properties"
    _description = "Properties That Can Be Mapped"

    @api.model
    @ormcache("model")
    def _property_facts(self, model):
        """``{name: rules.mapping.Field}`` of all properties of a model, those of archived teams, too."""
        facts = {}
        for team_id, definition in self._property_definitions(model):
            if definition["type"] == "separator" or not definition.get("comodel", True):
                continue
            name = f"{COLUMNS[model]}.{definition['name']}"
            options = {
                key: (label,) for key, label, *_color in definition.get("selection") or definition.get("tags") or ()
            }
            known = facts.get(name)
            facts[name] = mapping.Field(
                name,
                OTHERWISE.get(definition["type"], definition["type"]),
                tuple(dict.fromkeys([*(known.labels if known else ()), definition.get("string") or name])),
                relation=definition.get("comodel", ""),
                options={**options, **(known.options if known else {})},
                teams=(*(known.teams if known else ()), *([team_id] if team_id else ())),
            )
        return facts

    def _property_definitions(self, model):
        """``[(id of the team or False, definition)]``."""
        if model == "crm.lead":
            teams = self.env["crm.team"].sudo().with_context(active_test=False)
            found = teams.search_fetch([], ["lead_properties_definition"], order="id")
            return [(team.id, one) for team in found for one in team.lead_properties_definition or ()]
        if model not in COLUMNS:
            return []
        field = self.env["ir.model.fields"].sudo()._get(model, COLUMNS[model])
        found = self.env["properties.base.definition"].sudo().search([("properties_field_id", "=", field.id)])
        return [(False, one) for one in found.properties_definition or ()]

    # ------------------------------------------------------------
    # A FIELD OR A PROPERTY
    # ------------------------------------------------------------

    @api.model
    def _exists(self, model, name):
        return name in self._property_facts(model) if "." in name else name in self.env[model]._fields

    @api.model
    def _label_of(self, model, name):
        """What people call a field or a property; its name, where it is not there any more."""
        if "." in name:
            fact = self._property_facts(model).get(name)
            return fact.labels[0] if fact else name
        field = self.env[model]._fields.get(name)
        return field._description_string(self.env) if field is not None else name

    @api.model
    def _raw(self, record, name):
        """What this record holds in a field or a property; links as records, false where it has no such property."""
        if "." not in name:
            return record[name]
        column, _dot, key = name.partition(".")
        field = record._fields[column]
        held = field.convert_to_read(record[column], record, use_display_name=False) if record else ()
        found = next((one for one in held if one["name"] == key), {})
        value = found.get("value") or False
        if found.get("type") in ("many2one", "many2many"):
            return self.env[found["comodel"]].browse(value or ())
        if found.get("type") == "date":
            return fields.Date.to_date(value)
        return fields.Datetime.to_datetime(value) if found.get("type") == "datetime" else value

    @api.model
    def _with_properties(self, record, values):
        """Values as ``write()`` takes them: a property is written together with all others of its record.

        :param dict values: of fields and properties, by name
        """
        written = {}
        for name, value in values.items():
            column, dot, key = name.partition(".")
            if dot:
                written.setdefault(column, dict(record[column]._values if record else {}))[key] = value
            else:
                written[name] = value
        return written

    def _property_in_words(self, model, name, value):
        fact = self._property_facts(model)[name]
        if fact.relation:
            found = value if isinstance(value, models.BaseModel) else self.env[fact.relation].browse(value or ())
            return "; ".join(found.sudo().mapped("display_name"))
        if fact.options:
            keys = value if isinstance(value, list) else [value] if value else []
            return "; ".join(fact.options.get(key, (str(key),))[0] for key in keys)
        if fact.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if fact.type == "html":
            return html2plaintext(value or "").strip()
        return str(value) if value else ""
