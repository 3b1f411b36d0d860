"""Whether owners may be written to crm.lead by one statement, or must go through the ORM."""

from odoo import api, models
from odoo.tools import ormcache

#: Modules whose overrides the set-based projection reproduces; any other one makes it give way to the ORM.
KNOWN_OVERRIDES = (
    "odoo.addons.crm.",
    "odoo.addons.crm_livechat.",  # looks at the channel alone
    "odoo.addons.mail.",
    "odoo.addons.lead_pool.",
)
KNOWN_FIELDS = {"crm", "mail", "lead_pool"}  # modules whose stored fields the set-based projection computes
#: What the projection writes.
WRITTEN = {"user_id", "team_id", "pool_id", "date_open", "day_open", "company_id"}
#: Methods that something else may hook to notice a change of owner.
WATCHED = (
    "write",
    "_write",
    "_write_multi",
    "modified",
    "_compute_field_value",
    "_message_auto_subscribe",
    "_message_auto_subscribe_followers",
    "_track_subtype",
    "_track_template",
)


class LeadWriteMode(models.AbstractModel):
    _name = "lead.pool.lead.write.mode"
    _description = "How Owners Are Written"

    @api.model
    def _pool_write_mode(self, stages_bound=None):
        """``set`` or ``faithful``: whether owners may be written by one statement."""
        return "faithful" if self._pool_write_obstacle(stages_bound) else "set"

    @api.model
    def _pool_write_obstacle(self, stages_bound=None):
        """Why owners are written by the ORM (shown in the settings), or ``''`` when nothing else must notice.

        :param stages_bound: whether any stage belongs to a sales team, of who has just read it
        """
        if obstacle := self._pool_write_override() or self._pool_write_watcher():
            return obstacle
        if stages_bound is None:
            stages_bound = self.env["crm.stage"].sudo().search_count([("team_ids", "!=", False)], limit=1)
        if stages_bound:
            return self.env._("stages are bound to sales teams")
        if "base.automation" in self.env:
            rules = self.env["base.automation"].sudo().search([("model_name", "=", "crm.lead")])
            watching = rules.filtered(
                lambda rule: not rule.trigger_field_ids
                or {"user_id", "team_id", "pool_id"} & set(rule.trigger_field_ids.mapped("name"))
            )
            if watching:
                return self.env._("automation rule “%(rule)s” watches leads", rule=watching[0].name)
        return ""

    @api.model
    def _pool_others_take_part(self):
        """Whether the code of other modules may refuse a change of owner."""
        told = type(self.env["lead.pool.ledger"])._after_moves.__module__ != "odoo.addons.lead_pool.models.verbs.ledger"
        return bool(told or self._pool_write_override() or self._pool_write_watcher() or "base.automation" in self.env)

    @api.model
    @ormcache()
    def _pool_write_override(self):
        for name in WATCHED:
            for cls in type(self).mro():
                if name not in vars(cls):
                    continue
                # an automation patches the class, so look where the function comes from
                module = getattr(vars(cls)[name], "__module__", cls.__module__)
                if module.startswith("odoo.addons.base_automation."):
                    continue  # its rules are looked at one by one
                if module.startswith("odoo.addons.") and not module.startswith(KNOWN_OVERRIDES):
                    return module
        return ""

    @api.model
    @ormcache()
    def _pool_write_watcher(self):
        """What is computed and stored from owner or team, or checks them, besides Odoo's own."""
        for name in ("user_id", "team_id", "pool_id"):
            for field in self.pool.get_dependent_fields(self._fields[name]):
                if field.store and not KNOWN_FIELDS.issuperset(field._modules or ("",)):
                    return str(field)
        for method in self._constraint_methods:
            if not method.__module__.startswith(KNOWN_OVERRIDES) and not WRITTEN.isdisjoint(method._constrains):
                return f"{method.__module__}.{method.__name__}"
        return ""
