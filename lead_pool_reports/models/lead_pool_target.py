from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import date_utils, format_date

SUBJECTS = [("rep", "Rep"), ("team", "Sales Team"), ("pool", "Lead Pool")]
MEASURES = [("orders", "Order Amount"), ("converted", "Converted Leads"), ("follow_ups", "Follow-ups")]
SPANS = [("month", "Month"), ("quarter", "Quarter")]
#: Subject -> the field that names it.
FIELD_OF = {"rep": "user_id", "team": "team_id", "pool": "pool_id"}


class LeadPoolTarget(models.Model):
    """What a rep, a sales team or a pool is to reach in a month or a quarter."""

    _name = "lead.pool.target"
    _description = "Target"
    _order = "date_from desc, subject, id"

    subject = fields.Selection(SUBJECTS, "For", required=True, default="rep")
    user_id = fields.Many2one("res.users", "Rep", domain=[("share", "=", False)], ondelete="cascade", index=True)
    team_id = fields.Many2one("crm.team", "Sales Team", ondelete="cascade", index="btree_not_null")
    pool_id = fields.Many2one("lead.pool", "Lead Pool", ondelete="cascade", index="btree_not_null")
    measure = fields.Selection(MEASURES, required=True, default="orders")
    span = fields.Selection(SPANS, "Period", required=True, default="month")
    date_from = fields.Date(
        "From",
        required=True,
        default=lambda self: date_utils.start_of(fields.Date.context_today(self), "month"),
        help="Any day of the month or quarter: its first day is kept.",
    )
    date_to = fields.Date("Until", compute="_compute_date_to", store=True)
    value = fields.Float("Target", required=True, digits=(16, 2))
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    may_read = fields.Boolean(compute="_compute_may", search="_search_may_read", export_string_translation=False)
    may_set = fields.Boolean(compute="_compute_may", search="_search_may_set", export_string_translation=False)

    _positive = models.Constraint("CHECK (value > 0)", "A target is more than nothing.")
    _one_each = models.UniqueIndex(
        "(company_id, subject, COALESCE(user_id, 0), COALESCE(team_id, 0), COALESCE(pool_id, 0), measure, span,"
        " date_from)",
        "There is such a target for this period already. Change that one.",
    )
    _of_one = models.Constraint(
        "CHECK (num_nonnulls(user_id, team_id, pool_id) = 1)", "A target is for one rep, one sales team or one pool."
    )

    @api.depends("span", "date_from")
    def _compute_date_to(self):
        for target in self:
            months = 3 if target.span == "quarter" else 1
            target.date_to = target.date_from and target.date_from + relativedelta(months=months) - timedelta(days=1)

    @api.depends("subject", "user_id", "team_id", "pool_id", "date_from")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for target in self:
            whose = target[FIELD_OF[target.subject or "rep"]].display_name or ""
            target.display_name = f"{whose} · {format_date(self.env, target.date_from)}" if target.date_from else whose

    @api.constrains("subject", "user_id", "team_id", "pool_id")
    def _check_subject(self):
        for target in self:
            if not target[FIELD_OF[target.subject]]:
                raise ValidationError(self.env._("Say for whom the target is: a rep, a sales team or a pool."))

    @api.onchange("subject")
    def _onchange_subject(self):
        for subject, name in FIELD_OF.items():
            if subject != self.subject:
                self[name] = False

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_may(self):
        for name in ("may_read", "may_set"):
            found = self.sudo().search(Domain("id", "in", self.ids) & getattr(self, f"_{name}_domain")())
            for target in self:
                target[name] = target in found

    def _search_may_read(self, operator, value):
        return self._may_read_domain() if operator == "in" and True in value else NotImplemented

    def _search_may_set(self, operator, value):
        return self._may_set_domain() if operator == "in" and True in value else NotImplemented

    def _may_read_domain(self):
        """His own, and those that he may set."""
        return Domain("user_id", "=", self.env.uid) | self._may_set_domain()

    def _may_set_domain(self):
        """Leaders: those of their teams and of whom they lead; admins: those of their pools."""
        user = self.env.user
        people = [one for one in user._lead_pool_people() if one != user.id]
        return (
            Domain("team_id", "in", user._lead_pool_teams_led().ids)
            | Domain("user_id", "in", people)
            | Domain("pool_id", "in", user._lead_pool_ids("admin"))
        )

    def _sets_some(self):
        """Whether the user may set targets at all."""
        user = self.env.user
        return (
            self.env.su
            or user.has_group("lead_pool.group_manager")
            or bool(user._lead_pool_teams_led() or user._lead_pool_ids("admin"))
            or any(one != user.id for one in user._lead_pool_people())
        )

    @api.model
    def _get_view_cache_key(self, view_id=None, view_type="form", **options):
        return (*super()._get_view_cache_key(view_id, view_type, **options), self._sets_some())

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Who reads his own target and sets none meets no button that would only be refused."""
        arch, view = super()._get_view(view_id, view_type, **options)
        if not self._sets_some():
            arch.set("create", "0")
        return arch, view

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._on_first_day(vals) for vals in vals_list])

    def write(self, vals):
        if not {"span", "date_from"} & vals.keys():
            return super().write(vals)
        for target in self:
            super(LeadPoolTarget, target).write(target._on_first_day(vals))
        return True

    def _on_first_day(self, vals):
        """The values with the first day of the month or quarter that is meant."""
        span = vals.get("span") or self.span or "month"
        day = fields.Date.to_date(vals.get("date_from")) or self.date_from or fields.Date.context_today(self)
        return {**vals, "date_from": date_utils.start_of(day, span)}
