from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import ormcache

#: Written by the add-on alone, whatever a client sends.
KEPT = (
    "policy_id",
    "deadlines_stale",
    "stale_from",
    "told_nobody_on",
    "told_unguarded_on",
    "brake_off_until",
    "exempt_broken",
    "reclaims_told_ref",
    "template_key",
)


class LeadPool(models.Model):
    _name = "lead.pool"
    _inherit = [
        "mail.thread",
        "bus.listener.mixin",
        "lead.pool.limits.mixin",
        "lead.pool.clock",
        "lead.pool.reclaiming",
        "lead.pool.reclaim.preview",
        "lead.pool.claiming",
        "lead.pool.converting",
        "lead.pool.distributing",
        "lead.pool.evidence",
        "lead.pool.giving.back",
        "lead.pool.handing.over",
        "lead.pool.approving",
        "lead.pool.alerts",
        "lead.pool.reminding",
        "lead.pool.members",
        "lead.pool.summary",
        "lead.pool.policy.mixin",
        "lead.pool.verb.policy.export",
        "lead.pool.verb.policy.import",
        "lead.pool.describe",
        "lead.pool.distribute",
        "lead.pool.observe",
        "lead.pool.why.not.me",
        "lead.pool.verb.enrol",
        "lead.pool.verb.template",
        "lead.pool.first.steps",
        "lead.pool.importing",
        "lead.pool.verb.line",
        "lead.pool.verb.pull",
        "lead.pool.verb.take.in",
        "lead.pool.verb.is.taken",
        "lead.pool.verb.guess.regions",
        "lead.pool.health",
        "lead.pool.archiving",
        "lead.pool.working.time",
        "lead.pool.verb.simulate",
        "lead.pool.simulated.history",
        "lead.pool.simulated.rules",
    ]
    _description = "Lead Pool"
    _order = "sequence, id"
    _check_company_auto = True
    _limit_fields = (
        "member_capacity",
        "member_daily_claim_limit",
        "member_hourly_claim_limit",
        "card_limit",
        "cooling_days",
        "protection_minutes",
        "follow_up_min_length",
        "follow_up_min_seconds",
        "follow_up_copies",
        "grace_hours",
        "reclaim_most",
        "invalid_note_length",
        "invalid_percent",
        "lock_limit",
        "lock_days",
        "extend_days",
        "extend_limit",
        "extend_free_days",
        "first_contact_days",
        "leave_margin_hours",
        "backlog_limit",
        "forgotten_days",
        "waits_too_long_days",
    )
    _longest = {"cooling_days": 3650, "protection_minutes": 3650 * 24 * 60}

    name = fields.Char(
        required=True,
        translate=True,
        tracking=True,
        help="What people call the pool, e.g. a region, an industry or a sales team.",
    )
    active = fields.Boolean(
        default=True, tracking=True, help="Off: archived. Nobody sees the pool, its history stays for the reports."
    )
    sequence = fields.Integer(default=10, help="Order in which pools are listed.")
    color = fields.Integer(help="Of the card.")
    description = fields.Text(translate=True, help="What this pool is for.")
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty: takes leads of any company."
    )
    team_id = fields.Many2one(
        "crm.team",
        "Sales Team",
        required=True,
        check_company=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env["crm.team"]._get_default_team_id(),
        help="Waiting leads belong to this team, and held ones if the rep is in it.",
    )
    member_ids = fields.One2many(
        "lead.pool.member",
        "pool_id",
        "Members",
        domain=[("role", "=", "member")],
        help="Who claims leads and gets them by distribution, with the limits of each.",
    )
    admin_ids = fields.One2many(
        "lead.pool.member",
        "pool_id",
        "Admins",
        domain=[("role", "=", "admin")],
        help="Who sees and gives out every lead of this pool, and changes its rules.",
    )
    member_user_ids = fields.Many2many(
        "res.users",
        string="Colleagues",
        compute="_compute_member_user_ids",
        compute_sudo=True,
        help="The users who are members.",
    )
    is_member = fields.Boolean(
        compute="_compute_roles", search="_search_is_member", help="You claim and get leads of this pool."
    )
    is_admin = fields.Boolean(
        compute="_compute_roles",
        search="_search_is_admin",
        help="You give out the leads of this pool and change its rules.",
    )

    mode = fields.Selection(
        [("active", "At work"), ("observe", "Observe only")],
        required=True,
        default="active",
        tracking=True,
        help="Observe: whatever the pool would do by itself (distribute, take back) is decided and recorded, and "
        "nothing is changed. People claim, assign and return as ever.",
    )

    # who may see
    visibility = fields.Selection(
        [("masked", "Masked until claimed"), ("open", "Open to Members")],
        required=True,
        default="masked",
        tracking=True,
        help="Masked: of a waiting lead members see the open fields only. Open: they read all of it.",
    )
    open_field_ids = fields.Many2many(
        "lead.pool.open.field",
        string="Open Fields",
        default=lambda self: self.env["lead.pool.open.field"].search([("is_default", "=", True)]),
        help="What members see of a waiting lead in a masked pool.",
    )
    entry_rule_ids = fields.One2many(
        "lead.pool.entry.rule", "pool_id", "Entry Conditions", help="Which new leads without an owner enter this pool."
    )

    # policy
    policy_id = fields.Many2one(
        "lead.pool.policy",
        "Rules Version",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The version of the rules that holds now. Each event names the one it obeyed.",
    )
    policy_ids = fields.One2many(
        "lead.pool.policy", "pool_id", "Rule Changes", help="Who changed which rule when, from what to what."
    )
    # what it holds
    waiting_count = fields.Integer("Waiting", compute="_compute_counts", help="Leads that nobody holds.")
    held_count = fields.Integer("Held", compute="_compute_counts", help="Leads in the hands of members.")
    mine_count = fields.Integer("Held by Me", compute="_compute_counts", help="Leads in your hands.")

    _limits_positive = models.Constraint(
        """CHECK (member_capacity >= 0 AND member_daily_claim_limit >= 0 AND member_hourly_claim_limit >= 0
                  AND cooling_days >= 0 AND protection_minutes >= 0 AND card_limit >= 0
                  AND follow_up_min_length >= 0 AND grace_hours >= 0
                  AND COALESCE(first_contact_days, 0) BETWEEN 0 AND 3650)""",
        "A limit is 0 (none) or more.",
    )
    _locks_and_extensions_in_range = models.Constraint(
        """CHECK (COALESCE(lock_limit, 0) BETWEEN 0 AND 10000 AND COALESCE(lock_days, 0) BETWEEN 0 AND 3650
                  AND COALESCE(extend_days, 0) BETWEEN 0 AND 365 AND COALESCE(extend_limit, 0) BETWEEN 0 AND 1000
                  AND COALESCE(extend_free_days, 0) BETWEEN 0 AND 365)""",
        "A member locks at most 10,000 leads, a lock lasts at most 3,650 days, an extension at most 365 days, and "
        "there are at most 1,000 extensions.",
    )

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_roles(self):
        member_of = set(self.env.user._lead_pool_ids("member"))
        admin_of = set(self.env.user._lead_pool_ids("admin"))
        runs_all = self.env.user._runs_all_pools()
        for pool in self:
            pool.is_member = pool._origin.id in member_of
            pool.is_admin = runs_all or pool._origin.id in admin_of

    @api.depends("member_ids.user_id")
    def _compute_member_user_ids(self):
        for pool in self:
            pool.member_user_ids = pool.member_ids.user_id

    def _search_is_member(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("id", "in", self.env.user._lead_pool_ids("member"))

    def _search_is_admin(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        user = self.env.user
        return Domain.TRUE if user._runs_all_pools() else Domain("id", "in", user._lead_pool_ids("admin"))

    @api.depends_context("uid")
    def _compute_counts(self):
        Entry = self.env["lead.pool.entry"].sudo()
        states = {}
        for pool, state, count in Entry._read_group(
            [("pool_id", "in", self.ids), ("state", "!=", "closed")], ["pool_id", "state"], ["__count"]
        ):
            states[pool.id, state] = count
        mine = dict(
            Entry._read_group(
                [("pool_id", "in", self.ids), ("state", "=", "held"), ("user_id", "=", self.env.uid)],
                ["pool_id"],
                ["__count"],
            )
        )
        for pool in self:
            saved = pool._origin  # in a form that is being edited, ``pool`` is a draft
            pool.waiting_count = states.get((saved.id, "waiting"), 0)
            pool.held_count = states.get((saved.id, "held"), 0)
            pool.mine_count = mine.get(saved, 0)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        checked = [self._checked_values(vals) for vals in vals_list]
        if not self._in_use():  # from now on keys are needed, also of the leads that are there
            self.env.ref("lead_pool.ir_cron_jobs").sudo()._trigger()
        clean = self if self.env.su else self._without_defaults_of(KEPT)
        pools = super(LeadPool, clean._as_one_version()).create(checked).with_env(self.env)
        self.env.registry.clear_cache()
        pools._check_lists(self._policy_lists)
        pools._rules_changed()
        return pools

    def write(self, vals):
        vals = self._checked_values(vals)
        if "exempt_domain" in vals:
            vals["exempt_broken"] = False
        if vals.get("active") is False:
            self._check_empty()
            self._check_no_target()
        woken = self.filtered(lambda pool: pool.mode == "observe") if vals.get("mode") == "active" else self.browse()
        result = super(LeadPool, self._as_one_version()).write(vals)
        if woken:
            self.env["lead.pool.entry"]._grant_grace(woken)
        if not vals.keys().isdisjoint({"visibility", "active"}):
            self.env["res.users"]._forget_lead_pool_ids()
        if not vals.keys().isdisjoint({"active", "exempt_order", "exempt_tag_ids", "exempt_domain"}):
            self.env.registry.clear_cache()
        self._check_lists(vals)
        if "tz" in vals:
            self.sudo().member_ids._recount_claims()
        if not vals.keys().isdisjoint([*self._policy_fields, *self._policy_lists]):
            self._rules_changed()
        if not vals.keys().isdisjoint(["open_field_ids", "visibility"]):
            self.env["lead.pool.entry"]._refresh_open_values(self)
        return result

    def _checked_values(self, vals):
        """Limits are numbers; a new line of the admins is an admin; what the add-on itself keeps is not for clients."""
        self._check_limits(vals)
        vals = dict(vals)
        if not self.env.su:
            for name in KEPT:
                vals.pop(name, None)
        if vals.get("admin_ids"):
            vals["admin_ids"] = [
                (0, command[1], {"role": "admin", **command[2]}) if command[0] == 0 else command
                for command in vals["admin_ids"]
            ]
        return vals

    @api.ondelete(at_uninstall=False)
    def _unlink_if_never_used(self):
        self._check_empty()
        used = self.env["lead.pool.holding"].sudo().search_count([("pool_id", "in", self.ids)], limit=1)
        used = used or self.env["lead.pool.entry"].sudo().search_count([("pool_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "This pool has a history that reports need. Archive it instead: nobody will see it any more."
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_only_pool_of_a_field(self):
        """A custom field that shows in these pools alone would show in all of them."""
        fields_ = self.env["lead.custom.field"].sudo().with_context(active_test=False)
        for field in fields_.search([("pool_ids", "in", self.ids)]):
            if field.pool_ids <= self:
                raise UserError(
                    self.env._(
                        "The custom field “%(field)s” shows in this pool only. Give it another pool, or remove it "
                        "first.",
                        field=field.name,
                    )
                )

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        self.env.registry.clear_cache("templates")
        return result

    def _check_empty(self):
        for pool in self.sudo():
            count = pool.waiting_count + pool.held_count
            if count:
                raise UserError(
                    self.env._(
                        "“%(pool)s” still has %(count)s leads (%(waiting)s waiting, %(held)s held). "
                        "Transfer them to another pool first: open its leads, select all, Transfer.",
                        pool=pool.name,
                        count=count,
                        waiting=pool.waiting_count,
                        held=pool.held_count,
                    )
                )

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """Where a lead may be sent is no secret: the wizards offer pools by name that the user may not open.

        Nothing else of them may be asked: the condition of the caller is one on these names and ids.
        """
        domain = Domain(domain or Domain.TRUE)
        plain = all(
            part.field_expr in ("id", "name", "company_id") and "any" not in part.operator
            for part in domain.iter_conditions()
        )
        if plain and self.env.context.get("lead_pool_destinations") and self.has_access("read"):
            domain &= Domain("company_id", "in", [*self.env.companies.ids, False])
            return super(LeadPool, self.sudo()).name_search(name, domain, operator, limit)
        return super().name_search(name, domain, operator, limit)

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if not (default or {}).get("name"):
            for pool, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%(pool)s (copy)", pool=pool.name)
        return vals_list

    # ------------------------------------------------------------
    # ONE SWITCH
    # ------------------------------------------------------------

    @api.model
    @ormcache()
    def _in_use(self):
        """Whether there is any pool, archived ones included. Without one the add-on does nothing at all."""
        return bool(self.sudo().with_context(active_test=False).search_count([], limit=1))

    @api.model
    def _stopped(self):
        """Whether the kill switch is on: no distribution, no reclaim."""
        return tools.str2bool(self.env["ir.config_parameter"].sudo().get_param("lead_pool.stopped", "False"), False)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def button_open_board(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("lead_pool.lead_pool_entry_action_board")
        action["context"] = {"searchpanel_default_pool_id": self.id, "search_default_waiting": 1}
        return action
