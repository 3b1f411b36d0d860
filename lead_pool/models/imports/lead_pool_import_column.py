from odoo import api, fields, models
from odoo.tools import ormcache

from ...rules import table_file

#: No single row of a file fills these.
BARRED_TYPES = ("one2many", "properties", "properties_definition", "binary", "many2one_reference", "reference", "json")
BARRED = ("message_", "activity_", "pool_entry", "lost_", "lp_")


class LeadPoolImportColumn(models.Model):
    """A column of an imported file, and the field of the lead that it fills."""

    _name = "lead.pool.import.column"
    _description = "Column of a Lead Import"
    _order = "sequence, id"
    _log_access = False

    import_id = fields.Many2one("lead.pool.import", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer()
    heading = fields.Char("Column", readonly=True)
    examples = fields.Char(readonly=True)
    field_name = fields.Selection(
        lambda self: self._selection_field_name(), "Goes Into", help="Empty: the column is left out."
    )

    def _selection_field_name(self):
        """Fields of a lead that a file may fill: those of Odoo's own import, less those of several lines."""
        return self._importable()

    @api.model
    @ormcache("self.env.uid", "self.env.lang")
    def _importable(self):
        tree = self.env["base_import.import"].get_fields_tree("crm.lead", depth=1)
        fields_ = self.env["crm.lead"]._fields
        known = {
            field["name"]: field["string"]
            for field in tree
            if field["name"] in fields_
            and (field["name"] == "id" or (fields_[field["name"]].type not in BARRED_TYPES))
            and not field["name"].startswith(BARRED)
        }
        return sorted(known.items(), key=lambda item: (item[0] != "id", item[1]))

    def _is_own(self):
        return table_file.is_own(self.heading)
