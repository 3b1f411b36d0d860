from odoo import api, models


class IrFilters(models.Model):
    _inherit = "ir.filters"

    @api.model
    def get_filters(self, model, *args, **kwargs):
        """Odoo keeps one name for each favorite: those that come with the reports are called as their reader speaks."""
        filters = super().get_filters(model, *args, **kwargs)
        if model.startswith("lead.pool.analysis."):
            names = self._lead_pool_names()
            for one in filters:
                one["name"] = names.get(one["name"], one["name"])
        return filters

    @api.model
    def _lead_pool_names(self):
        """``{name as it came: in the user's language}``; one that was renamed keeps its new name."""
        _ = self.env._
        return {
            "Campaign Conversion": _("Campaign Conversion"),
            "Source Quality": _("Source Quality"),
            "Response Time by Source": _("Response Time by Source"),
            "Rep Conversion": _("Rep Conversion"),
            "Return Reasons": _("Return Reasons"),
            "Response Time": _("Response Time"),
            "Conversion by Holder": _("Conversion by Holder"),
            "Follow-ups by Rep": _("Follow-ups by Rep"),
            "Given and Taken by Hand": _("Given and Taken by Hand"),
        }
