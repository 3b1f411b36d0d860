from odoo import models

from ..forms import unprepared


class IrUiView(models.Model):
    _inherit = "ir.ui.view"

    def save(self, value, xpath=None):
        """The website's editor saves what it sees: without what is laid into each form when a page is shown."""
        return super().save(unprepared(value), xpath)
