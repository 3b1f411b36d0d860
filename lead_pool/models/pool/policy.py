"""What makes up a pool's policy. Said here once: its versions, the file to export and the pure rules come from it."""

from odoo import models

from ...rules.facts import Policy

#: Models whose records a policy names by something else than what people call them.
TECHNICAL_NAMES = {"lead.pool.open.field": "field_name"}


class OneVersion:
    """A change in several steps that is kept as one version. An object, so that no RPC client can send one."""


class LeadPoolPolicyPart(models.AbstractModel):
    """Something that carries a part of a pool's policy: the pool itself, a member, a rule.

    A further field of a rule: add its name to ``_policy_fields`` of its model. A further list of rules: inherit this,
    say its ``_policy_fields``, add its one2many to ``_policy_lists`` of the pool, and call ``_rules_changed`` of the
    pool when a row changes (``lead.pool.domain.mixin`` does).
    """

    _name = "lead.pool.policy.part"
    _description = "Part of a Pool's Policy"

    #: Fields that belong to the policy, in the order in which a change is told.
    _policy_fields = ()
    #: The field that tells the rows of a list apart.
    _policy_key = "name"
    #: Those of the fields that hold a condition on leads.
    _policy_domains = ()
    #: Whether the order of the rows (by ``sequence``) has a meaning.
    _policy_ordered = True

    def _get_policy_fields(self):
        """Names of this row's fields in the policy. Override where that depends on the row."""
        return self._policy_fields

    def _is_carried(self):
        """Whether a file for another database has this row. Override for what follows from something else there."""
        return True

    def _check_together(self):
        """Refuse rows that do not go together; called for a whole list after a change of several rows.

        :raises ValidationError: with what to do
        """

    def _policy_row(self):
        """``{field: value}`` as JSON, records by their names."""
        self.ensure_one()
        return {name: self._policy_value(name) for name in self._get_policy_fields()}

    def _policy_value(self, name):
        value = self[name]
        if not isinstance(value, models.BaseModel):
            return value or "" if self._fields[name].type in ("char", "text") else value
        names = value.mapped(TECHNICAL_NAMES.get(value._name, "display_name"))
        return sorted(names) if self._fields[name].type == "many2many" else "".join(names)


class LeadPoolPolicyMixin(models.AbstractModel):
    _name = "lead.pool.policy.mixin"
    _inherit = ["lead.pool.policy.part"]
    _description = "Policy of a Pool"

    _policy_fields = (
        "name",
        "visibility",
        "team_id",
        "claimable",
        "claim_order",
        "backlog_limit",
        "cooling_days",
        "cooling_of",
        "protection_minutes",
        "member_capacity",
        "member_daily_claim_limit",
        "member_hourly_claim_limit",
        "member_ramp_days",
        "card_limit",
        "strategy",
        "default_assignee_id",
        "distribute_on_arrival",
        "distribute_when",
        "calendar_id",
        "leave_margin_hours",
        "affinity",
        "mode",
        "first_contact_days",
        "opportunity_ends_holding",
        "return_pool_ids",
        "follow_up_min_length",
        "follow_up_result_required",
        "follow_up_type_ids",
        "follow_up_min_seconds",
        "follow_up_copies",
        "follow_up_by_mail",
        "follow_up_by_sms",
        "follow_up_by_activity",
        "follow_up_by_meeting",
        "follow_up_by_call",
        "follow_up_by_helper",
        "grace_hours",
        "reclaim_most",
        "exempt_converted",
        "exempt_order",
        "exempt_tag_ids",
        "exempt_domain",
        "invalid_evidence",
        "invalid_note_length",
        "invalid_approval",
        "invalid_percent",
        "lock_limit",
        "lock_days",
        "extend_days",
        "extend_limit",
        "extend_approval",
        "extend_free_days",
        "tell_admins_of_reclaims",
        "forgotten_days",
        "waits_too_long_days",
        "tz",
        "active",
        "open_field_ids",
    )
    _policy_domains = ("exempt_domain",)
    #: Lists of rows that belong to the policy, each of a model that inherits ``lead.pool.policy.part``.
    _policy_lists = (
        "member_ids",
        "admin_ids",
        "member_rule_ids",
        "entry_rule_ids",
        "claim_rule_ids",
        "assign_rule_ids",
        "ageing_rule_ids",
        "reclaim_rule_ids",
    )

    def _policy(self):
        """``{pool id: Policy}`` as the pure rules know it. Extend to hand more to the rules."""
        return {
            pool.id: Policy(
                **pool._claiming_values(),
                strategy=pool.strategy,
                default_assignee_id=pool.default_assignee_id.id,
                affinity=pool.affinity,
                rules=tuple(rule._as_rule() for rule in pool.assign_rule_ids.filtered("active")),
            )
            for pool in self.sudo()
        }

    def _policy_content(self):
        """The whole policy as JSON: settings, then the lists of members, conditions and rules."""
        return self._policy_row() | {
            name: [row._policy_row() for row in self._policy_rows(name)] for name in self._policy_lists
        }

    def _policy_rows(self, name):
        """The rows of one list that are in force, in their order."""
        rows = self[name]
        if "active" in rows._fields:
            rows = rows.filtered("active")
        return rows.sorted(lambda row: (row.sequence if row._policy_ordered else 0, row.id))

    def _ages(self):
        """Whether leads that wait here have, or had, steps to come."""
        waits = [("pool_id", "=", self.id), ("state", "=", "waiting")]
        Entry = self.env["lead.pool.entry"].sudo()
        if self.ageing_rule_ids:
            return bool(Entry.search_count(waits, limit=1))
        return bool(Entry.search_count([*waits, ("age_at", "!=", False)], limit=1))

    def _as_one_version(self):
        """The same pools; what changes of their rules until :meth:`_rules_changed` is called on ``self`` is one
        version."""
        return self.with_context(lead_pool_one_version=OneVersion())

    def _changes_in_steps(self):
        """Whether a change of several steps is going on, which is looked at as a whole at its end."""
        return isinstance(self.env.context.get("lead_pool_one_version"), OneVersion)

    def _check_lists(self, names):
        """Those of these lists that changed fit together."""
        for name in self._policy_lists:
            if name in names:
                self[name]._check_together()

    def _rules_changed(self):
        """Keep the new version, and have the deadlines of held leads computed again in the background."""
        if not self or self._changes_in_steps():
            return
        self.env["lead.pool.policy"]._snapshot(self)
        stale = self.sudo().filtered(lambda pool: pool.held_count or pool._ages())
        if stale:
            stale.write({"deadlines_stale": True, "stale_from": 0})
            self.env.ref("lead_pool.ir_cron_reclaim")._trigger()
