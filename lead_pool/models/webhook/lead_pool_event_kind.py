from odoo import api, fields, models
from odoo.fields import Domain

from ..lead_pool_event import KINDS


class LeadPoolEventKind(models.Model):
    """The kinds of events, to choose some of them on a screen; made by the database's update, never by people."""

    _name = "lead.pool.event.kind"
    _description = "Kind of Event"
    _order = "id"
    _log_access = False
    _rec_name = "code"

    code = fields.Char(required=True, readonly=True)

    _code_uniq = models.UniqueIndex("(code)")

    def init(self):
        self.env.cr.execute(
            "INSERT INTO lead_pool_event_kind (code) SELECT unnest(%s) ON CONFLICT (code) DO NOTHING",
            [[code for code, _name in KINDS]],
        )

    def _names(self):
        return dict(self.env["lead.pool.event"]._fields["kind"]._description_selection(self.env))

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self._names()
        for kind in self:
            kind.display_name = names.get(kind.code, kind.code)

    @api.model
    def _search_display_name(self, operator, value):
        if operator not in ("ilike", "=", "in"):
            return NotImplemented
        wanted = [one.lower() for one in ([value] if isinstance(value, str) else value) if one]
        found = [
            code
            for code, name in self._names().items()
            if any(one in name.lower() if operator == "ilike" else one == name.lower() for one in wanted)
        ]
        return Domain("code", "in", found)
