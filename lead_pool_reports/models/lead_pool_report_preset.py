from ast import literal_eval

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .lead_pool_report import OPTIONS

KEY = "lead_pool_report_options"  # in the context of the filter, as Odoo's own filters keep theirs


class LeadPoolReportPreset(models.AbstractModel):
    """Options of a report that are kept under a name: Odoo's saved filters, one's own or shared by a manager."""

    _inherit = "lead.pool.report"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    @api.readonly
    def presets(self, name):
        """What the caller may choose: ``[{id, title, shared, mine, is_default, options}]``, by title."""
        if name not in self._reports():
            raise UserError(self.env._("There is no report “%(name)s”.", name=name))
        action = self.env.ref(self._action_of(name), raise_if_not_found=False)
        known = OPTIONS | {choice.key for choice in self._further(name)}
        found = []
        manages = self.env.user.has_group("lead_pool.group_manager")
        filters = self.env["ir.filters"].search(
            [
                ("model_id", "=", self._name),
                ("action_id", "=", action.id if action else False),
                ("user_ids", "in", [self.env.uid, False]),
            ]
        )
        for saved in filters.sorted("name"):
            options = self._kept(saved, known)
            if options is not None:
                shared = not saved.sudo().user_ids
                found.append(
                    {
                        "id": saved.id,
                        "title": saved.name,
                        "shared": shared,
                        "mine": not shared or manages,
                        "is_default": saved.is_default and not shared,
                        "options": options,
                    }
                )
        return found

    @api.model
    def save_preset(self, name, title, options, shared=False, is_default=False):
        """Keep options under a title; one of the same title is replaced.

        :param bool shared: for everybody; managers only
        :param bool is_default: it is what the caller sees when he opens the report
        :returns: as :meth:`presets`
        :raises UserError: no title, or options that make no sense
        :raises AccessError: shared by somebody who is no manager
        """
        title = (title or "").strip()
        if not title:
            raise UserError(self.env._("Give the preset a name."))
        if shared and not self.env.user.has_group("lead_pool.group_manager"):
            raise AccessError(self.env._("Only managers of lead pools share presets. Save it for yourself."))
        kept = self._asked(name, options).options
        if kept["period"] != "custom":  # it stays "last month", whenever it is opened
            kept = {key: value for key, value in kept.items() if key not in ("date_from", "date_to")}
        for preset in self.presets(name):
            if preset["title"] == title and preset["shared"] == bool(shared):
                self.env["ir.filters"].browse(preset["id"]).unlink()
            elif is_default and preset["is_default"]:
                self.env["ir.filters"].browse(preset["id"]).is_default = False
        self.env["ir.filters"].create(
            {
                "name": title[:100],
                "model_id": self._name,
                "action_id": self.env.ref(self._action_of(name)).id,
                "user_ids": [] if shared else [(6, 0, [self.env.uid])],
                "context": repr({KEY: kept}),
                "is_default": bool(is_default) and not shared,
            }
        )
        return self.presets(name)

    @api.model
    def remove_preset(self, name, preset_id):
        """Forget a preset of one's own; managers also shared ones.

        :returns: as :meth:`presets`
        """
        if preset_id not in [preset["id"] for preset in self.presets(name) if preset["mine"]]:
            raise UserError(self.env._("This preset is not yours to remove."))
        self.env["ir.filters"].browse(preset_id).sudo().unlink()
        return self.presets(name)

    def _kept(self, saved, known):
        """The options of a saved filter, without those that there are no more; ``None``: there are none to read."""
        try:
            options = literal_eval(saved.context or "{}").get(KEY)
        except (ValueError, SyntaxError, AttributeError):
            return None
        return {key: value for key, value in options.items() if key in known} if isinstance(options, dict) else None
