from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..rules.ramp import capacity_on
from ..storage import COUNTED, keep_as

#: Written by the ledgers alone, whatever a client sends.
COUNTERS = (
    "held",
    "over_capacity",
    "credit",
    "observed_credit",
    "day",
    "day_n",
    "hour",
    "hour_n",
    "card_day",
    "card_n",
)


class LeadPoolMember(models.Model):
    """A user's place in a pool, and the row on which his limits there are counted."""

    _name = "lead.pool.member"
    _inherit = ["lead.pool.limits.mixin", "lead.pool.policy.part", "lead.pool.member.day", "lead.pool.member.load"]
    _description = "Lead Pool Member"
    _order = "pool_id, role desc, sequence, id"
    _rec_name = "user_id"
    _policy_fields = (
        "user_id",
        "weight",
        "capacity",
        "daily_claim_limit",
        "hourly_claim_limit",
        "ramp_days",
        "paused",
        "skill_domain",
    )
    _policy_key = "user_id"
    _policy_domains = ("skill_domain",)
    _policy_ordered = False

    pool_id = fields.Many2one(
        "lead.pool",
        "Lead Pool",
        required=True,
        index=True,
        ondelete="cascade",
        help="Where the user is a member or an admin.",
    )
    user_id = fields.Many2one(
        "res.users",
        "User",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False)]",
        help="An internal user.",
    )
    role = fields.Selection(
        [("member", "Member"), ("admin", "Admin")],
        required=True,
        default=lambda self: self.env.context.get("default_role", "member"),
        help="A member gets and claims leads. An admin sees and gives out all of them.",
    )
    sequence = fields.Integer(default=10, help="Order in which members are listed; it does not change who gets leads.")
    weight = fields.Float(default=1, help="Share in the rotation: 2 gets twice as many as 1.")
    capacity = fields.Integer("Most Leads Held", help="In this pool. 0: no limit.")
    ramp_days = fields.Integer(
        "Ramp", help="Days over which the most leads held grows from 1 to the full number. 0: full from the first day."
    )
    joined_at = fields.Date(
        "Joined", copy=False, help="The first day of the ramp, on the pool's clock. Empty: no ramp."
    )
    capacity_now = fields.Integer(
        "At Most Now", compute="_compute_capacity_now", help="Most leads held, as far as the ramp allows today."
    )
    ramp_text = fields.Char(
        "On the Ramp", compute="_compute_capacity_now", help="How far a new member is on the way to the full number."
    )
    member_rule_id = fields.Many2one(
        "lead.pool.member.rule",
        "By Rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The rule that brought this member, who leaves with it. Empty: entered by hand.",
    )
    daily_claim_limit = fields.Integer("Claims per Day", help="In this pool. 0: no limit.")
    hourly_claim_limit = fields.Integer("Claims per Hour", help="In this pool. 0: no limit.")
    paused = fields.Boolean(help="Gets and claims no leads; keeps what is held.")
    leave_from = fields.Datetime("On Leave From", help="Gets no leads by distribution until the leave ends.")
    leave_until = fields.Datetime("On Leave Until", help="When he gets leads again.")
    skill_domain = fields.Char(
        "Skills", help="Leads that this member is made for. Used where leads go to who has the skills. Empty: all."
    )
    skill_broken = fields.Char(
        "Skills out of Use Because", readonly=True, copy=False, help="Why the skills cannot be evaluated any more."
    )
    company_id = fields.Many2one(related="pool_id.company_id")
    active_user = fields.Boolean(related="user_id.active", help="Off: the user is archived and gets nothing.")
    is_in_my_team = fields.Boolean(
        "In My Team", compute="_compute_is_in_my_team", search="_search_is_in_my_team", help="You run this pool."
    )

    held = fields.Integer(readonly=True, copy=False, help="Leads of this pool in his hands now.")
    over_capacity = fields.Boolean(
        readonly=True,
        copy=False,
        help="He holds more than he may: an admin gave it knowingly, or the limit was lowered.",
    )
    credit = fields.Float(
        digits=(16, 9), readonly=True, copy=False, help="What the rotation owes this member, in leads."
    )
    observed_credit = fields.Float(
        digits=(16, 9),
        readonly=True,
        copy=False,
        help="What the rotation would owe this member, had the pool done what it only observed.",
    )
    day = fields.Date(readonly=True, copy=False, help="Day of the last claim, on the clock of the pool.")
    day_n = fields.Integer(
        "Claims That Day", readonly=True, copy=False, help="Claims of that day. What is returned is not refunded."
    )
    claims_today = fields.Integer(compute="_compute_claims_today", help="On the pool's clock.")
    hour = fields.Integer(
        readonly=True, copy=False, aggregator=None, help="Hour of the last claim, counted since 1970."
    )
    hour_n = fields.Integer(
        "Claims This Hour", readonly=True, copy=False, help="Claims of that hour. What is returned is not refunded."
    )
    card_day = fields.Date(readonly=True, copy=False, help="Day on which he last opened a card.")
    card_n = fields.Integer("Cards Opened Today", readonly=True, copy=False, help="Cards opened that day.")

    _user_uniq = models.UniqueIndex("(pool_id, user_id, role)", "This user is in the pool in this role already.")
    _limits_positive = models.Constraint(
        "CHECK (capacity >= 0 AND daily_claim_limit >= 0 AND hourly_claim_limit >= 0)",
        "A limit is 0 (no limit) or more.",
    )
    _weight_range = models.Constraint(
        "CHECK (weight >= 0 AND weight <= 1000)", "A weight is between 0 (gets none by rotation) and 1000."
    )
    _leave_ends = models.Constraint(
        "CHECK ((leave_from IS NULL) = (leave_until IS NULL) AND (leave_from IS NULL OR leave_from < leave_until))",
        "A leave has a beginning and a later end.",
    )
    _held_positive = models.Constraint("CHECK (held >= 0)", "Nobody holds less than nothing.")
    _within_capacity = models.Constraint(
        "CHECK (capacity = 0 OR held <= capacity OR over_capacity)",
        "This member would hold more leads than he may.",
    )

    def init(self):
        keep_as(self.env.cr, self._table, COUNTED)

    @api.constrains("weight")
    def _check_weight(self):
        self.pool_id._check_weights()

    @api.constrains("skill_domain")
    def _check_skill_domain(self):
        for member in self.filtered("skill_domain"):
            self.env["lead.pool.domain.mixin"]._check_lead_domain(member.skill_domain, member.user_id.name)

    @api.constrains("capacity", "ramp_days")
    def _check_ramp_of_member(self):
        for member in self:
            member._check_ramp(member.capacity, member.ramp_days)

    def _keep_skill_problem(self, problem):
        """The skills cannot be evaluated any more, or can again: the admins are told once."""
        models.BaseModel.write(self, {"skill_broken": problem})
        if problem:
            name = self.user_id.name
            self.pool_id.sudo()._tell_broken(self.env._("Skills of %(user)s", user=name), problem)

    @api.onchange("pool_id")
    def _onchange_pool_id(self):
        """Whoever is added outside the form of his pool starts as its new members do."""
        if pool := self.pool_id:
            self.capacity = pool.member_capacity
            self.daily_claim_limit = pool.member_daily_claim_limit
            self.hourly_claim_limit = pool.member_hourly_claim_limit
            self.ramp_days = pool.member_ramp_days

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("pool_id")
    @api.depends_context("uid")
    def _compute_is_in_my_team(self):
        for member in self:
            member.is_in_my_team = member.pool_id.is_admin

    def _search_is_in_my_team(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        return Domain("pool_id.is_admin", "=", True)

    @api.depends("day", "day_n", "pool_id.tz")
    def _compute_claims_today(self):
        """The counter of the last day with a claim, unless that day is over."""
        now = self.env["lead.pool"]._now()
        days = {pool: pool._windows(now)[0] for pool in self.pool_id}
        for member in self:
            member.claims_today = member.day_n if member.day and member.day == days[member.pool_id] else 0

    @api.depends("capacity", "ramp_days", "joined_at", "pool_id.tz")
    @api.depends_context("lang")
    def _compute_capacity_now(self):
        now = self.env["lead.pool"]._now()
        days = {pool: pool._windows(now)[0] for pool in self.pool_id}
        for member in self:
            today = days.get(member.pool_id) or now.date()
            member.capacity_now = capacity_on(today, member.capacity, member.joined_at, member.ramp_days)
            member.ramp_text = False
            if member.capacity_now < member.capacity:
                member.ramp_text = self.env._("now %(now)s of %(most)s", now=member.capacity_now, most=member.capacity)

    # ------------------------------------------------------------
    # POLICY
    # ------------------------------------------------------------

    def _get_policy_fields(self):
        """The limits of an admin are of no meaning."""
        return ("user_id",) if self.role == "admin" else super()._get_policy_fields()

    def _policy_row(self):
        """Also who it is, whatever he is called later, and whoever else is called so."""
        return super()._policy_row() | {"user_ref": self.user_id.id}

    def _is_carried(self):
        """Who came by a rule comes by it in another database too, if he is there."""
        return not self.member_rule_id

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        pools = self.env["lead.pool"].browse(vals.get("pool_id") for vals in vals_list)
        for pool, vals in zip(pools, vals_list, strict=True):
            self._check_values(vals)
            self._start_limits(vals, pool)
            vals["joined_at"] = vals.get("joined_at") or pool._today()
            for name in self._kept_values():
                vals.pop(name, None)
        self.env["lead.pool.rep"]._hold({vals["user_id"] for vals in vals_list if vals.get("user_id")})
        super(LeadPoolMember, self._brought(vals_list).sudo()).unlink()
        kept = () if self.env.su else (*self._kept_values(), "skill_broken")
        members = super(LeadPoolMember, self._without_defaults_of(kept)).create(vals_list).with_env(self.env)
        members._check_user()
        members._count_held()
        members._changed()
        return members

    def write(self, vals):
        vals = {name: value for name, value in vals.items() if name not in self._kept_values()}
        if "skill_domain" in vals:
            vals["skill_broken"] = False
        elif not self.env.su:
            vals.pop("skill_broken", None)
        self._check_values(vals)
        if not vals.keys().isdisjoint({"user_id", "pool_id", "role"}):  # another member from now on
            pool = self.env["lead.pool"].browse(vals.get("pool_id")) or self.pool_id[:1]
            vals = {"joined_at": pool._today(), "member_rule_id": False, **vals}
            self.env["lead.pool.rep"]._hold({*self.user_id.ids, vals.get("user_id")} - {None, False})
        if vals.get("pool_id"):
            self.env["lead.pool"].browse(vals["pool_id"]).check_access("write")
        if vals.get("capacity"):
            self._flag_over(vals["capacity"])
        users = self.user_id
        result = super().write(vals)
        if not vals.keys().isdisjoint({"leave_from", "leave_until"}):
            self.env["lead.pool.rep"]._leaves_changed(users.ids)
        if not vals.keys().isdisjoint({"user_id", "pool_id", "role"}):
            self._check_user()
            self._count_held()
        self._changed(users)
        return result

    def unlink(self):
        pools, users = self.pool_id, self.user_id
        result = super().unlink()
        self._changed(users, pools)
        return result

    def _brought(self, vals_list):
        """Members by a rule who are entered by hand now: their new line takes the place of the old one."""
        by_hand = [vals for vals in vals_list if not vals.get("member_rule_id") and vals.get("role") != "admin"]
        places = {(vals.get("pool_id"), vals.get("user_id")) for vals in by_hand}
        brought = self.search(
            [
                ("pool_id", "in", [pool_id for pool_id, _user_id in places]),
                ("user_id", "in", [user_id for _pool_id, user_id in places]),
                ("role", "=", "member"),
                ("member_rule_id", "!=", False),
            ]
        )
        return brought.filtered(lambda member: (member.pool_id.id, member.user_id.id) in places)

    def _kept_values(self):
        """What no client writes: the ledgers keep the counters, the rules who came by them."""
        return COUNTERS if self.env.su else (*COUNTERS, "member_rule_id")

    def _check_values(self, vals):
        """Refuse what is no limit or no day.

        :raises ValidationError: with the field's name
        """
        self._check_limits(vals)
        try:
            fields.Date.to_date(vals.get("joined_at"))
        except (TypeError, ValueError, AttributeError) as error:
            raise ValidationError(
                self.env._(
                    "“%(field)s” must be a day, such as 2026-03-31.",
                    field=self._fields["joined_at"]._description_string(self.env),
                )
            ) from error

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_by_rule(self):
        """Who came by a rule would come back within a minute."""
        for member in self.filtered("member_rule_id"):
            if not self.env.su:
                raise UserError(
                    self.env._(
                        "%(user)s is a member by the rule “%(rule)s”. Pause him, or change the rule.",
                        user=member.user_id.name,
                        rule=member.member_rule_id.display_name,
                    )
                )

    def _check_user(self):
        for member in self:
            if member.user_id.share:
                raise UserError(
                    self.env._("%(user)s is a portal user. Members are internal users.", user=member.user_id.name)
                )
            if member.pool_id.company_id and member.pool_id.company_id not in member.user_id.company_ids:
                raise UserError(
                    self.env._(
                        "%(user)s may not work in the company “%(company)s” of this pool. "
                        "Allow it in the user's settings first.",
                        user=member.user_id.name,
                        company=member.pool_id.company_id.name,
                    )
                )

    def _flag_over(self, capacity):
        """A capacity below what is held now is allowed, and flagged."""
        self.env.execute_query(SQL("SELECT id FROM lead_pool_member WHERE id = ANY(%s) FOR NO KEY UPDATE", self.ids))
        self.invalidate_recordset(["held"])
        over = self.filtered(lambda member: member.held > capacity)
        super(LeadPoolMember, over).write({"over_capacity": True})

    def _changed(self, users=None, pools=None):
        """Who is admin of any pool gets the group that opens its menus, and loses it with the last pool."""
        self.env["res.users"]._forget_lead_pool_ids()
        pools = (pools or self.env["lead.pool"]) | self.exists().pool_id
        users = ((users or self.env["res.users"]) | self.exists().user_id).sudo()
        group = self.env.ref("lead_pool.group_pool_admin").sudo()
        admins = self.sudo().search([("user_id", "in", users.ids), ("role", "=", "admin")]).user_id
        missing = admins.filtered(lambda user: group not in user.all_group_ids)
        missing.write({"group_ids": [(4, group.id)]})
        gone = (users - admins).filtered(lambda user: group in user.group_ids)
        gone.write({"group_ids": [(3, group.id)]})
        pools.invalidate_recordset(["is_member", "is_admin"])
        pools._rules_changed()
