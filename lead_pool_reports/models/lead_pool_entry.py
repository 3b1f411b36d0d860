from odoo import models
from odoo.fields import Domain


class LeadPoolEntry(models.Model):
    """Where a waiting lead came from its members see by what the pool opens, not by the fields of reports."""

    _name = "lead.pool.entry"
    _inherit = ["lead.pool.entry", "lead.pool.behind"]

    def _behind_records(self):
        if self._behind_all():
            return self
        pools = set(self.env.user._lead_pool_ids("admin"))
        return self.filtered(lambda entry: entry.pool_id.id in pools)

    def _behind_domain(self, domain):
        return domain if self._behind_all() else domain & Domain("pool_id", "in", self.env.user._lead_pool_ids("admin"))

    def _behind_all(self):
        return self.env.su or self.env.user.has_group("lead_pool.group_manager")
