"""What a user chose, and what his company has for those who chose nothing."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...rules import notice

ADMINS = "lead_pool.group_pool_admin"
MANAGERS = "lead_pool.group_manager"
REPS = "sales_team.group_sale_salesman"


class LeadPoolNoticeChoices(models.AbstractModel):
    """Mixed into the user and the company."""

    _name = "lead.pool.notice.choices"
    _description = "Choice How to Be Told"

    lead_pool_chosen = fields.Json(
        "Chosen Notifications", copy=False, groups=fields.NO_ACCESS, help="{kind: [way]} where it is not as usual."
    )
    lead_pool_notices = fields.Json(
        "Notifications of Lead Pools",
        compute="_compute_lead_pool_notices",
        inverse="_inverse_lead_pool_notices",
        compute_sudo=True,
        help="[{'kind', 'ways': ['live', 'activity', 'message']}]: how to be told of what.",
    )

    @api.depends("lead_pool_chosen")
    @api.depends_context("lang", "uid")
    def _compute_lead_pool_notices(self):
        names = self.env["lead.pool.notice"]._kind_names()
        for owner in self:
            shown, usual = owner._lead_pool_kinds(), owner._lead_pool_usual()
            chosen = owner.lead_pool_chosen or {}
            owner.lead_pool_notices = [
                {
                    "kind": kind,
                    "name": names[kind],
                    "admins": notice.KINDS[kind].admins,
                    "ways": list(notice.ways_of(kind, own=chosen, company=usual)),
                    "usual": list(notice.ways_of(kind, own={}, company=usual)),
                }
                for kind in shown
            ]

    def _inverse_lead_pool_notices(self):
        for owner in self:
            usual = owner._lead_pool_usual()
            try:
                kept, named = notice.cleaned(
                    owner.lead_pool_notices or [],
                    lambda kind, usual=usual: notice.ways_of(kind, own={}, company=usual),
                )
            except ValueError as error:
                raise ValidationError(
                    self.env._("“%(what)s” is no choice of notifications: name a kind and its ways.", what=str(error))
                ) from None
            own = owner.sudo()
            other = {kind: ways for kind, ways in (own.lead_pool_chosen or {}).items() if kind not in named}
            own.lead_pool_chosen = {**other, **kept} or False

    def _lead_pool_usual(self):
        """``{kind: [way]}`` for who has chosen nothing; kinds that are missing: as the rules have it."""
        return {}

    def _lead_pool_kinds(self):
        """The kinds of news that concern these; documented for add-ons that bring further roles."""
        return list(notice.KINDS)


class LeadPoolToldUser(models.AbstractModel):
    """Mixed into the user."""

    _name = "lead.pool.told.user"
    _inherit = "lead.pool.notice.choices"
    _description = "User Who Is Told"

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "lead_pool_notices"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "lead_pool_notices"]

    def _lead_pool_usual(self):
        return self.sudo().company_id.lead_pool_chosen or {}

    def _lead_pool_kinds(self):
        """Those of his role: a rep reads nothing of what only admins are told."""
        manages = self.has_group(MANAGERS)
        runs, holds = manages or self.has_group(ADMINS), self.has_group(REPS)
        return [
            kind
            for kind, facts in notice.KINDS.items()
            if (manages if facts.managers else runs if facts.admins else holds)
        ]

    def _lead_pool_ways(self, kind):
        """How this user is told of this kind of news."""
        user = self.sudo()
        return notice.ways_of(kind, own=user.lead_pool_chosen or {}, company=user._lead_pool_usual())
