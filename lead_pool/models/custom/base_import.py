from odoo import api, models

from ...rules import columns


class BaseImport(models.TransientModel):
    _inherit = "base_import.import"

    @api.model
    def _remove_currency_symbol(self, value):
        """Amounts of custom fields may be written with a symbol, also of a currency that is not active here."""
        if self.env["lead.custom.field"]._amounts_in_use():
            value = value.strip(columns.CURRENCY + " ")
        return super()._remove_currency_symbol(value)
