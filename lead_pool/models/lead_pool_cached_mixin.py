from odoo import api, models


class LeadPoolCachedMixin(models.AbstractModel):
    """What every worker keeps in mind of these few records (``@ormcache``) is forgotten when they change."""

    _name = "lead.pool.cached.mixin"
    _description = "Kept in Mind"
    #: Fields of which something is kept; empty: all.
    _cached_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if not self._cached_fields or not self._cached_fields.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
