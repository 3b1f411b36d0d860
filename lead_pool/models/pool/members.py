"""A pool's members: those whom a rule brings join and leave with their team, group or department."""

from collections import defaultdict
from functools import partial
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.tools import SQL

from ...isolation import in_batches
from ...rules.working_time import windows


class LeadPoolMembers(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.members"
    _description = "Members by Rule"

    member_rule_ids = fields.One2many(
        "lead.pool.member.rule",
        "pool_id",
        "Members by Rule",
        help="Teams, groups and departments whose people are members; joiners and leavers follow within a minute.",
    )
    member_ramp_days = fields.Integer(
        "Ramp", help="Of a new member: days until he may hold the full number of leads. 0: from the first day."
    )
    has_departments = fields.Boolean(
        compute="_compute_has_departments", help="Whether there are departments, with the Employees app."
    )

    has_ramp = fields.Boolean(
        compute="_compute_has_ramp", help="Whether some members may not hold the full number of leads yet."
    )

    @api.depends("member_ids.ramp_text")
    def _compute_has_ramp(self):
        for pool in self:
            pool.has_ramp = any(pool.member_ids.mapped("ramp_text"))

    def _compute_has_departments(self):
        self.has_departments = self.env["lead.pool.member.rule"]._has_departments()

    @api.constrains("member_capacity", "member_ramp_days")
    def _check_member_ramp(self):
        for pool in self:
            pool._check_ramp(pool.member_capacity, pool.member_ramp_days)

    def _today(self):
        """The day on the pool's clock."""
        return windows(self.env["lead.pool"]._now(), ZoneInfo(self.tz or "UTC"))[0]

    # ------------------------------------------------------------
    # IN WORDS
    # ------------------------------------------------------------

    def _summary_depends(self):
        return [*super()._summary_depends(), "member_rule_ids.name", "member_rule_ids.active", "member_ramp_days"]

    def _summary_lines(self):
        return [*super()._summary_lines(), *(self._say_member_rules() if self._tells_all() else ())]

    def _say_member_rules(self):
        lines = []
        if rules := self.member_rule_ids.filtered("active"):
            lines.append(
                self.env._(
                    "Members as long as they belong there: %(rules)s.",
                    rules=", ".join(rules.mapped(lambda rule: rule.name or "")),
                )
            )
        if self.member_ramp_days:
            lines.append(
                self.env._(
                    "A new member starts with one lead and may hold the full number after %(count)s days.",
                    count=self.member_ramp_days,
                )
            )
        return lines

    def _warning_lines(self):
        lines = super()._warning_lines()
        for rule in self._origin.member_rule_ids.filtered("active"):
            if not rule.people_count:
                lines.append(self.env._("“%(rule)s” makes nobody a member now.", rule=rule.name))
        return lines

    # ------------------------------------------------------------
    # JOINERS AND LEAVERS
    # ------------------------------------------------------------

    @api.model
    def _cron_sync_members(self):
        """Pools whose rules say other members than there are, one a transaction; one query when there are none."""
        if not self._in_use():
            return
        pool_ids = {change.pool_id for change in self.env["lead.pool.member.rule"]._changes()}
        if pool_ids:
            in_batches(self.env["ir.cron"], [partial(self._follow, pool) for pool in self.browse(sorted(pool_ids))])

    def _follow(self, pool):
        """One pool for :func:`isolation.in_batches`."""
        pool._sync_members()
        return 1, False

    def _wake_member_sync(self):
        """Who is in a team, a group or a company changed: have the scheduled action look after this transaction."""
        if self._in_use() and self.env["lead.pool.member.rule"].sudo().search_count([], limit=1):
            self.env.ref("lead_pool.ir_cron_members").sudo()._trigger()

    def _sync_members(self):
        """Let joiners in and leavers out, as the rules of these pools say: one new version of the policy. Who was
        entered by hand is left alone.

        What a leaver holds stays his until its deadline; the pool's admins are told.
        """
        if not self:
            return
        pools = self._as_one_version().sudo()
        pools.env.flush_all()  # the rows are written by SQL
        # one at a time: who waited for another sync in Odoo's REPEATABLE READ is thrown back, and tried again
        pools.env.cr.execute(
            SQL("UPDATE lead_pool_member_rule SET followed_at = %s WHERE pool_id = ANY(%s)", self._now(), self.ids)
        )
        pools.member_rule_ids.invalidate_recordset(["followed_at"])
        Member = pools.env["lead.pool.member"]
        Rule = pools.env["lead.pool.member.rule"].with_context(active_test=False)
        joiners, leavers, moved = [], Member, defaultdict(lambda: Member)
        for change in Rule._changes(pools.ids):
            if not change.member_id:
                rule = Rule.browse(change.rule_id)
                joiners.append({"user_id": change.user_id, **rule._prepare_member_values()})
            elif not change.rule_id:
                leavers |= Member.browse(change.member_id)
            else:
                moved[Rule.browse(change.rule_id)] |= Member.browse(change.member_id)
        for rule, members in moved.items():
            for before, of_before in members.grouped("member_rule_id").items():
                rule._hand_down(of_before, before._defaults(), member_rule_id=rule.id)
        pools._let_go(leavers)
        if joiners:
            Member.create(joiners)
        self._rules_changed()

    def _let_go(self, members):
        """These members leave; the admins of each pool are told in one message who, and what he still holds."""
        for pool, leavers in members.grouped("pool_id").items():
            users = leavers.user_id
            # by id, as the verbs lock them
            self.env.cr.execute(
                SQL("SELECT id FROM lead_pool_member WHERE id = ANY(%s) ORDER BY id FOR UPDATE", leavers.ids)
            )
            leavers.unlink()
            held = dict(
                self.env["lead.pool.holding"]._read_group(
                    [("pool_id", "=", pool.id), ("user_id", "in", users.ids), ("ended_at", "=", False)],
                    ["user_id"],
                    ["__count"],
                )
            )
            pool._tell_leavers({user: held.get(user, 0) for user in users})

    def _tell_leavers(self, held):
        """One message for each admin.

        :param held: ``{user: leads he still holds}``
        """
        Entry = self.env["lead.pool.entry"].sudo()
        for admin in self.admin_ids.user_id:
            env = Entry._env_of(admin)
            lines = [
                env._("%(user)s: holds no lead.", user=user.name)
                if not count
                else env._(
                    "%(user)s: still holds %(count)s leads. They stay with him until their deadline; to give them to "
                    "somebody else now, open the pool's held leads.",
                    user=user.name,
                    count=count,
                )
                for user, count in held.items()
            ]
            subject = env._("%(count)s members left “%(pool)s”", count=len(held), pool=self.with_env(env).name)
            Entry._tell_one("handover", self.id, admin.id, subject, lines)
