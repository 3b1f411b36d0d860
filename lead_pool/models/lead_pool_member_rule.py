from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .lead_pool_limits_mixin import LIMITS

#: What a member by rule starts with, and gets anew when the rule changes and nobody set it by hand.
DEFAULTS = ("weight", *LIMITS, "ramp_days")

#: The field that says which team, group or department.
SOURCES = {"team": "team_id", "group": "group_id", "department": "department_ref"}

#: One user whose membership differs from what the rules say; 0 or None: there is none.
MemberChange = namedtuple("MemberChange", "pool_id user_id rule_id member_id")


class LeadPoolMemberRule(models.Model):
    """People who are members of a pool as long as they are in a sales team, a group or a department.

    Of several rules that hold for a user the first is the one. Archived and portal users, and users who may not work
    in the pool's company, never come in.
    """

    _name = "lead.pool.member.rule"
    _inherit = ["lead.pool.limits.mixin", "lead.pool.policy.part"]
    _description = "Members by Rule"
    _order = "sequence, id"
    _policy_fields = ("name", "kind", *SOURCES.values(), *DEFAULTS)

    name = fields.Char(
        compute="_compute_name",
        store=True,
        precompute=True,
        readonly=False,
        help="How the rule is called in the versions of the pool's rules, and with the members whom it brought.",
    )
    pool_id = fields.Many2one(
        "lead.pool", "Lead Pool", required=True, index=True, ondelete="cascade", help="The pool they are members of."
    )
    sequence = fields.Integer(default=10, help="The first rule that holds for a user says what he starts with.")
    active = fields.Boolean(default=True, help="Off: the members whom this rule brought leave.")
    kind = fields.Selection(
        "_selection_kind", "People Of", required=True, default="team", help="What one has to be in to be a member."
    )
    team_id = fields.Many2one("crm.team", "Sales Team", ondelete="restrict", help="All its salespersons are members.")
    group_id = fields.Many2one(
        "res.groups",
        "Group",
        ondelete="set null",
        help="All its users are members, those included who have it by another group.",
    )
    department_ref = fields.Selection(
        "_selection_department", "Department", help="All its employees with a user are members, sub-departments too."
    )
    weight = fields.Float(default=1, help="Share in the rotation: 2 gets twice as many as 1.")
    capacity = fields.Integer("Most Leads Held", help="Of members by this rule. 0: no limit.")
    daily_claim_limit = fields.Integer("Claims per Day", help="Of members by this rule. 0: no limit.")
    hourly_claim_limit = fields.Integer("Claims per Hour", help="Of members by this rule. 0: no limit.")
    ramp_days = fields.Integer(
        "Ramp",
        help="Of members by this rule: days until they may hold the full number of leads. 0: from the first day.",
    )
    people_count = fields.Integer(
        "People", compute="_compute_people", help="Users for whom the rule holds and who may be members of the pool."
    )
    people_text = fields.Char(
        "People Now", compute="_compute_people", help="How many people the rule brings, or why it brings nobody."
    )
    followed_at = fields.Datetime(
        "Last Followed", readonly=True, copy=False, help="When the members last followed the rules of this pool."
    )

    _limits_positive = models.Constraint(
        "CHECK (capacity >= 0 AND daily_claim_limit >= 0 AND hourly_claim_limit >= 0)",
        "A limit is 0 (no limit) or more.",
    )
    _weight_range = models.Constraint(
        "CHECK (weight >= 0 AND weight <= 1000)", "A weight is between 0 (gets none by rotation) and 1000."
    )

    # ------------------------------------------------------------
    # WHAT CAN BE CHOSEN
    # ------------------------------------------------------------

    @api.model
    def _selection_kind(self):
        """Departments are there only with the Employees app."""
        kinds = {"team": self.env._("Sales team"), "group": self.env._("Group")}
        if self._has_departments():
            kinds["department"] = self.env._("Department")
        return list(kinds.items())

    @api.model
    def _selection_department(self):
        """``[(id as text, name)]`` of the departments in the user's companies: a field that may point to an app that
        is not there. What was chosen before the app went keeps its number."""
        if not self._has_departments():
            return []
        departments = self.env["hr.department"].sudo().search([("company_id", "in", [*self.env.companies.ids, False])])
        return [(str(department.id), department.complete_name) for department in departments]

    @api.model
    def _has_departments(self):
        return "hr.department" in self.env

    # ------------------------------------------------------------
    # COMPUTE AND CONSTRAINTS
    # ------------------------------------------------------------

    @api.depends("kind", "team_id", "group_id", "department_ref")
    def _compute_name(self):
        for rule in self:
            kind = dict(self._fields["kind"]._description_selection(self.env)).get(rule.kind, "")
            rule.name = self.env._("%(kind)s %(name)s", kind=kind, name=rule._source_name() or "").rstrip()

    def _source_name(self):
        """The name of the team, group or department."""
        if self.kind == "team":
            return self.team_id.sudo().name
        if self.kind == "group":
            return self.group_id.sudo().full_name
        if not self._has_departments():
            return self.department_ref
        return self.env["hr.department"].sudo().browse(int(self.department_ref or 0)).exists().complete_name

    @api.depends("kind", "team_id", "group_id", "department_ref", "active", "pool_id.company_id")
    @api.depends_context("lang")
    def _compute_people(self):
        counts = self._count_people()
        for rule in self:
            count = rule.people_count = counts.get(rule._origin.id, 0)
            if not rule._origin:
                rule.people_text = self.env._("Save to see who")
            elif rule.kind == "department" and not self._has_departments():
                rule.people_text = self.env._("The Employees app is gone: nobody joins or leaves")
            elif count == 1:
                rule.people_text = self.env._("1 person")
            elif count:
                rule.people_text = self.env._("%(count)s people", count=count)
            else:
                rule.people_text = self.env._("Nobody now")

    @api.constrains("kind", "team_id", "group_id", "department_ref")
    def _check_source(self):
        outside = (self.env.ref("base.group_portal") | self.env.ref("base.group_public")).sudo()
        for rule in self:
            source = SOURCES.get(rule.kind)
            if not (source and rule[source]):
                kind = dict(self._fields["kind"]._description_selection(self.env)).get(rule.kind, "")
                raise ValidationError(
                    self.env._(
                        "Choose whose people are members of “%(pool)s”: the rule “%(kind)s” is still empty.",
                        pool=rule.pool_id.name,
                        kind=kind,
                    )
                )
            group = rule.group_id.sudo()
            if rule.kind == "group" and outside & group.all_implied_ids:
                raise ValidationError(
                    self.env._(
                        "“%(group)s” is a group of people outside the company. Members are internal users: choose "
                        "another group.",
                        group=group.full_name,
                    )
                )

    @api.constrains("capacity", "ramp_days")
    def _check_ramp_of_rule(self):
        for rule in self:
            rule._check_ramp(rule.capacity, rule.ramp_days)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        pools = self.env["lead.pool"].browse(vals.get("pool_id") for vals in vals_list)
        for pool, vals in zip(pools, vals_list, strict=True):
            self._check_values(vals)
            self._start_limits(vals, pool)
        rules = super().create(vals_list)
        rules.pool_id._sync_members()
        return rules

    def write(self, vals):
        self._check_values(vals)
        if vals.get("pool_id"):
            self.env["lead.pool"].browse(vals["pool_id"]).check_access("write")
        pools = self.pool_id
        before = {rule: rule._defaults() for rule in self}
        result = super().write(vals)
        for rule in self if not vals.keys().isdisjoint(DEFAULTS) else ():
            Member = rule.pool_id._as_one_version().env["lead.pool.member"].sudo()
            rule._hand_down(Member.search([("member_rule_id", "=", rule.id)]), before[rule])
        (pools | self.pool_id)._sync_members()
        return result

    def unlink(self):
        self.active = False  # whom they brought leaves, or stays by another rule
        return super().unlink()

    def _check_values(self, vals):
        """Refuse what is no limit, and what is no choice: Odoo leaves that to us where a method lists the choices.

        :raises ValidationError: with the field's name
        """
        self._check_limits(vals)
        for name in vals.keys() & {"kind", "department_ref"}:
            choices = dict(self._fields[name]._description_selection(self.env))
            if vals[name] and not (isinstance(vals[name], str) and vals[name] in choices):
                raise ValidationError(
                    self.env._(
                        "“%(field)s” must be one of: %(choices)s.",
                        field=self._fields[name]._description_string(self.env),
                        choices=", ".join(choices.values()) or "–",
                    )
                )

    def _is_carried(self):
        """A department is known by its number alone, which differs in each database."""
        return self.kind != "department"

    # ------------------------------------------------------------
    # WHAT A MEMBER GETS
    # ------------------------------------------------------------

    def _defaults(self):
        """``{field: value}`` that members by this rule start with."""
        self.ensure_one()
        return {name: self[name] for name in DEFAULTS}

    def _prepare_member_values(self):
        """Values of a new member, without the user. Override to start members with more."""
        return {"pool_id": self.pool_id.id, "role": "member", "member_rule_id": self.id, **self._defaults()}

    def _hand_down(self, members, before, **values):
        """Members who still have what they started with get what the rule says now; what was set by hand stays.

        :param before: :meth:`_defaults` with which these members started
        :param values: what all of them get besides
        """
        changed = {name: value for name, value in self._defaults().items() if value != before[name]}
        for fresh, alike in members.grouped(
            lambda member: tuple(name for name in changed if member[name] == before[name])
        ).items():
            news = {**values, **{name: changed[name] for name in fresh}}
            if news:
                alike.write(news)

    # ------------------------------------------------------------
    # WHO IT IS
    # ------------------------------------------------------------

    def _count_people(self):
        """``{rule id: users for whom it holds}`` of these rules, as they are saved."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "%s SELECT rule_id, count(*) FROM people WHERE rule_id = ANY(%s) GROUP BY rule_id",
                self._with_people(),
                self._origin.ids,
            )
        )
        return dict(rows)

    @api.model
    def _changes(self, pool_ids=None):
        """Where rules and members differ, in these pools; in all of them when ``None``.

        :returns: ``[MemberChange]``, by pool and user: no member yet, no rule any more, or another rule than before
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """%(people)s,
                   wanted AS (SELECT DISTINCT ON (pool_id, user_id) pool_id, user_id, rule_id
                                FROM people ORDER BY pool_id, user_id, sequence, rule_id),
                   there AS (SELECT m.pool_id, m.user_id, m.member_rule_id, m.id
                               FROM lead_pool_member m JOIN lead_pool p ON p.id = m.pool_id
                              WHERE m.role = 'member' AND p.active)
                   SELECT pool_id, user_id, w.rule_id, t.id
                     FROM wanted w FULL JOIN there t USING (pool_id, user_id)
                    WHERE (t.id IS NULL
                           OR t.member_rule_id IS NOT NULL AND t.member_rule_id IS DISTINCT FROM w.rule_id)
                      AND (%(all)s OR pool_id = ANY(%(pools)s))
                    ORDER BY pool_id, user_id""",
                people=self._with_people(),
                all=pool_ids is None,
                pools=pool_ids or [],
            )
        )
        return [MemberChange(*row) for row in rows]

    def _with_people(self):
        """The head of a query: ``people (rule_id, pool_id, sequence, user_id)``, all for whom a rule holds now and
        who may be members of its pool."""
        return SQL(
            """WITH RECURSIVE implying AS (
                   SELECT id AS rule_id, group_id FROM lead_pool_member_rule WHERE kind = 'group'
                    UNION
                   SELECT i.rule_id, g.gid FROM implying i JOIN res_groups_implied_rel g ON g.hid = i.group_id),
               found AS (
                   SELECT r.id AS rule_id, t.user_id
                     FROM lead_pool_member_rule r JOIN crm_team_member t ON t.crm_team_id = r.team_id
                    WHERE r.kind = 'team' AND t.active
                    UNION
                   SELECT i.rule_id, g.uid FROM implying i JOIN res_groups_users_rel g ON g.gid = i.group_id
                    UNION
                   %s),
               people AS (
                   SELECT f.rule_id, r.pool_id, r.sequence, f.user_id
                     FROM found f
                     JOIN lead_pool_member_rule r ON r.id = f.rule_id AND r.active
                     JOIN lead_pool p ON p.id = r.pool_id AND p.active
                     JOIN res_users u ON u.id = f.user_id AND u.active AND NOT u.share
                    WHERE p.company_id IS NULL
                       OR EXISTS (SELECT FROM res_company_users_rel c
                                   WHERE c.cid = p.company_id AND c.user_id = f.user_id))""",
            self._people_of_departments(),
        )

    def _people_of_departments(self):
        """``(rule_id, user_id)`` of departments. Without the Employees app nobody knows: who is a member stays."""
        if not self._has_departments():
            return SQL(
                """SELECT r.id, m.user_id
                     FROM lead_pool_member_rule r JOIN lead_pool_member m ON m.member_rule_id = r.id
                    WHERE r.kind = 'department'"""
            )
        return SQL(
            """SELECT r.id, e.user_id
                 FROM lead_pool_member_rule r
                 JOIN hr_department top ON top.id::text = r.department_ref
                 JOIN hr_department d ON d.parent_path LIKE top.parent_path || '%%'
                 JOIN hr_version v ON v.department_id = d.id
                 JOIN hr_employee e ON e.current_version_id = v.id
                WHERE r.kind = 'department' AND e.active AND e.user_id IS NOT NULL"""
        )
