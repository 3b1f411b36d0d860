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
                text = str(record[None] or "")
                for separator in columns.SEPARATORS:
                    text = text.replace(separator, ",")
                text = ",".join(part.strip() for part in text.split(",") if part.strip())
                if not text:
                    return [], []
                value = [{None: text}]
        return super()._str_to_many2many(model, field, value, savepoint)

    @api.model
    def _str_to_selection(self, model, field, value, savepoint):
        """A label has no double spaces; a cell may."""
        if field.name.startswith(columns.PREFIX):
            value = columns.clean(value)
        return super()._str_to_selection(model, field, value, savepoint)

    @api.model
    def _str_to_monetary(self, model, field, value, savepoint):
        """An amount as people write it: ¥1,200.00."""
        if field.name.startswith(columns.PREFIX):
            value = str(value).strip(columns.CURRENCY + " ").replace(",", "")
        return super()._str_to_monetary(model, field, value, savepoint)

    @api.model
    def _str_to_boolean(self, model, field, value, savepoint):
        """是 and 否 also in a database without Chinese."""
        if field.name.startswith(columns.PREFIX) and (truth := columns.truth(str(value))) is not None:
            return truth, []
        return super()._str_to_boolean(model, field, value, savepoint)
