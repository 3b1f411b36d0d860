from odoo import api, models

from ...rules import columns


class IrFieldsConverter(models.AbstractModel):
    """What a file's cells mean in a custom field."""

    _inherit = "ir.fields.converter"

    @api.model
    def db_id_for(self, model, field, subfield, value, savepoint):
        """The options of another field may have the same names: look among this field's alone."""
        if field.comodel_name == "lead.custom.option" and subfield is None:
            self = self.with_context(lead_custom_field=field.name)
            value = value.strip()
        return super().db_id_for(model, field, subfield, value, savepoint)

    @api.model
    def _str_to_many2many(self, model, field, value, savepoint):
        """Several options in a cell are separated as people do it, not by commas alone."""
        if field.comodel_name == "lead.custom.option":
            [record] = value
            if None in record:
                text = record[None]
                for separator in columns.SEPARATORS:
                    text = text.replace(separator, ",")
                value = [{None: ",".join(part.strip() for part in text.split(",") if part.strip())}]
        return super()._str_to_many2many(model, field, value, savepoint)

    @api.model
    def _str_to_boolean(self, model, field, value, savepoint):
        """是 and 否 also in a database without Chinese."""
        if field.name.startswith(columns.PREFIX) and (truth := columns.truth(value)) is not None:
            return truth, []
        return super()._str_to_boolean(model, field, value, savepoint)
