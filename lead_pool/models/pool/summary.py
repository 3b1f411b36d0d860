"""The rules of a pool in sentences, as they are being edited; and what is wrong with them."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list

from .evidence import BY_ITSELF


class LeadPoolSummary(models.AbstractModel):
    _name = "lead.pool.summary"
    _description = "A Pool's Rules in Sentences"

    summary = fields.Html(
        compute="_compute_summary",
        compute_sudo=True,
        help="What the rules below say, in sentences: it changes while you edit them.",
    )
    warnings = fields.Html(
        compute="_compute_warnings",
        compute_sudo=True,
        help="What keeps the pool from doing what it is meant to do.",
    )

    # ------------------------------------------------------------
    # WHAT THE RULES SAY
    # ------------------------------------------------------------

    @api.depends(lambda self: self._summary_depends())
    @api.depends_context("lang", "uid")
    def _compute_summary(self):
        for pool in self:
            pool.summary = self._as_list(pool._summary_lines())

    def _summary_depends(self):
        """Fields that the summary reads. Extend with what further sentences tell."""
        return (
            "name mode visibility open_field_ids claimable member_ids.capacity member_ids.daily_claim_limit "
            "claim_order backlog_limit member_ids.hourly_claim_limit claim_rule_ids.name claim_rule_ids.active "
            "claim_rule_ids.user_ids claim_rule_ids.team_id claim_rule_ids.group_id "
            "member_ids.weight member_ids.paused cooling_days cooling_of protection_minutes strategy "
            "default_assignee_id affinity distribute_on_arrival distribute_when calendar_id leave_margin_hours "
            " assign_rule_ids.name assign_rule_ids.strategy "
            "assign_rule_ids.assignee_id assign_rule_ids.active entry_rule_ids.name entry_rule_ids.active "
            "reclaim_rule_ids.no_first_touch_days reclaim_rule_ids.no_follow_up_days reclaim_rule_ids.name "
            "reclaim_rule_ids.not_converted_days reclaim_rule_ids.not_won_days reclaim_rule_ids.held_days "
            "reclaim_rule_ids.match reclaim_rule_ids.working reclaim_rule_ids.warn_days reclaim_rule_ids.active "
            "ageing_rule_ids.action ageing_rule_ids.days ageing_rule_ids.working ageing_rule_ids.to_pool_id "
            "ageing_rule_ids.active company_id first_contact_days admin_ids opportunity_ends_holding "
            "follow_up_min_length follow_up_result_required follow_up_type_ids follow_up_min_seconds "
            "follow_up_by_mail follow_up_by_sms follow_up_by_activity follow_up_by_meeting follow_up_by_call "
            "follow_up_by_helper "
            "invalid_evidence invalid_note_length invalid_approval invalid_percent "
            "lock_limit lock_days extend_days extend_limit extend_approval extend_free_days"
        ).split()

    @api.model
    def _as_list(self, lines):
        return self.env["ir.qweb"]._render("lead_pool.inbox_lines", {"lines": lines}) if lines else False

    def _summary_lines(self):
        """The policy of one pool: a sentence for each part of its life. Extend for further parts.

        Members read what concerns them; who gets which leads in, and by which rule, is told to admins.
        """
        self.ensure_one()
        return [
            *self._say_mode(),
            *(self._say_entry() if self._tells_all() else ()),
            *self._say_visibility(),
            *self._say_claims(),
            *self._say_distribution(),
            *(self._say_ageing() if self._tells_all() else ()),
            *self._say_follow_ups(),
            *self._say_going_back(),
            *self._say_invalid(),
        ]

    def _tells_all(self):
        """Whether the reader runs this pool, or makes it."""
        return self.is_admin or not self._origin

    def _say_mode(self):
        if self.mode != "observe":
            return []
        return [self.env._("The pool only observes: what it would do by itself is written down, nothing is changed.")]

    def _say_entry(self):
        _ = self.env._
        names = [f"“{rule.name}”" for rule in self.entry_rule_ids if rule.active and rule.name]
        own = self._origin.id or 0
        is_default = bool(self.env["res.company"].sudo().search_count([("lead_pool_default_id", "=", own)], limit=1))
        if names and is_default:
            return [
                _(
                    "New leads enter if %(conditions)s holds, or if no other pool takes them.",
                    conditions=self._or(names),
                )
            ]
        if names:
            return [_("New leads without an owner enter if %(conditions)s holds.", conditions=self._or(names))]
        if is_default:
            return [_("New leads without an owner enter if no other pool takes them.")]
        return [_("Leads enter by hand, by import or by transfer: there is no entry condition.")]

    def _say_visibility(self):
        _ = self.env._
        if self.visibility == "open":
            return [_("While a lead waits, members read all of it and change nothing.")]
        names = self.open_field_ids.mapped("name")
        if not names:
            return [_("While a lead waits, members see its number only.")]
        return [
            _("While a lead waits, members see %(fields)s of it, and no name, phone or mail.", fields=self._and(names))
        ]

    def _say_claims(self):
        _ = self.env._
        if not self.claimable:
            return [_("Members claim nothing.")]
        lines = [_("Members claim leads, %(limits)s.", limits=self._and(self._claim_limits())), *self._say_order()]
        for rule in self.claim_rule_ids.filtered(lambda rule: rule.active and rule.name and self._tells_all()):
            lines.append(_("“%(rule)s”: claimed by %(people)s.", rule=rule.name, people=rule._people()))
        if self.backlog_limit:
            lines.append(
                _(
                    "Who holds more than %(count)s leads that he has not followed up claims no further one.",
                    count=self.backlog_limit,
                )
            )
        if self.protection_minutes:
            lines.append(_("Nobody claims a lead in the first %(count)s minutes.", count=self.protection_minutes))
        if self.cooling_days and self.cooling_of == "last":
            lines.append(
                _("Its last holder cannot claim a lead again for %(days)s.", days=self._days(self.cooling_days))
            )
        elif self.cooling_days:
            lines.append(
                _("Who ever held a lead cannot claim it again for %(days)s.", days=self._days(self.cooling_days))
            )
        return lines

    def _say_order(self):
        _ = self.env._
        sentence = {
            "oldest": _("The oldest lead is claimed first."),
            "newest": _("The newest lead is claimed first."),
            "score": _("The best lead is claimed first: by stars, then by score."),
            "pull": _("Nobody chooses: who asks for the next lead gets the best one for him."),
        }.get(self.claim_order)
        return [sentence] if sentence else []

    def _claim_limits(self):
        """The members' limits in words; different ones as a range."""
        _ = self.env._
        daily, capacity = self.member_ids.mapped("daily_claim_limit"), self.member_ids.mapped("capacity")
        return [
            _("at most %(count)s a day", count=self._range(daily))
            if all(daily) and daily
            else _("as many a day as they like"),
            _("holding at most %(count)s at a time", count=self._range(capacity))
            if all(capacity) and capacity
            else _("holding as many as they like"),
        ]

    @api.model
    def _range(self, numbers):
        return str(min(numbers)) if min(numbers) == max(numbers) else f"{min(numbers)}–{max(numbers)}"

    def _say_distribution(self):
        _ = self.env._
        if self.strategy == "manual":
            return [_("Nothing is distributed by itself: leads are claimed, or assigned by an admin.")]
        lines = []
        if self.affinity:
            lines.append(
                _("A lead of a customer or company that somebody has leads of goes to him, if he can take it.")
            )
        rules = self.assign_rule_ids.filtered(lambda rule: rule.active and rule.name and self._tells_all())
        for rule in rules:
            lines.append(
                _("“%(rule)s”: %(how)s.", rule=rule.name, how=self._say_strategy(rule.strategy, rule.assignee_id))
            )
        how = self._say_strategy(self.strategy, self.default_assignee_id)
        when = _("as soon as they come") if self.distribute_on_arrival else _("every ten minutes")
        if self.distribute_when == "working":
            when = _("%(when)s in working hours", when=when)
        words = {"how": how, "when": when}
        lines.append(
            _("All other leads are given out %(when)s: %(how)s.", **words)
            if rules
            else _("Leads are given out %(when)s: %(how)s.", **words)
        )
        if self.leave_margin_hours:
            lines.append(
                _("Nobody gets leads in the %(count)s hours before his leave.", count=f"{self.leave_margin_hours:g}")
            )
        if self.first_contact_days:
            lines.append(
                _(
                    "Who gets one is to contact it within %(days)s.",
                    days=self._days(self.first_contact_days, working=True),
                )
            )
        return lines

    def _say_strategy(self, strategy, assignee):
        _ = self.env._
        return {
            "default_assignee": _("to %(user)s", user=assignee.sudo().name or _("one person")),
            "round_robin": _("to the members in turn, equally many to each"),
            "rotation": _("to the members in turn, by their weight"),
            "least_loaded": _("to who has least in hand"),
            "skill": _("to who has the skills, else to who has no special ones"),
            "conversion": _("to who converts such leads best"),
        }[strategy]

    def _say_ageing(self):
        _ = self.env._
        lines = []
        for rule in self.ageing_rule_ids.filtered("active").sorted(lambda rule: (rule.action_order, rule.days)):
            words = {"days": self._days(rule.days, rule.working), "pool": rule.to_pool_id.name or ""}
            lines.append(
                {
                    "raise": _("After %(days)s of waiting the priority of a lead rises.", **words),
                    "widen": _("After %(days)s of waiting a lead moves to “%(pool)s”.", **words),
                    "distribute": _("After %(days)s of waiting a member gets the lead.", **words),
                    "archive": _("After %(days)s of waiting a lead is archived.", **words),
                }[rule.action or "raise"]
            )
        return lines

    def _say_follow_ups(self):
        """What resets the clock, where there is one."""
        _ = self.env._
        if not self.reclaim_rule_ids.filtered("active"):
            return []
        asked = []
        if self.follow_up_min_length:
            asked.append(_("its note has %(count)s characters or more", count=self.follow_up_min_length))
        if self.follow_up_result_required:
            asked.append(_("a result is chosen"))
        if self.follow_up_type_ids:
            asked.append(_("it is a %(types)s", types=self._or(self.follow_up_type_ids.mapped("name"))))
        if self.follow_up_min_seconds:
            asked.append(_("a call took %(count)s seconds or more", count=self.follow_up_min_seconds))
        lines = (
            [_("A follow-up by hand resets the clock if %(conditions)s.", conditions=self._and(asked))] if asked else []
        )
        if not self.follow_up_by_helper:
            lines.append(_("What a colleague does who was asked for help does not reset it."))
        labels = [self._fields[name]._description_string(self.env) for name in BY_ITSELF.values() if self[name]]
        if labels:
            lines.append(_("Reset the clock by themselves: %(channels)s.", channels=self._and(labels)))
        else:
            lines.append(_("Nothing resets the clock by itself: each follow-up is typed."))
        return lines

    def _say_going_back(self):
        _ = self.env._
        lines = []
        for rule in self.reclaim_rule_ids.filtered("active"):
            parts = self._say_reclaim_parts(rule)
            if parts:
                join = self._or if rule.match == "any" else self._and
                lines.append(_("“%(rule)s”: a held lead goes back %(when)s.", rule=rule.name or "", when=join(parts)))
        if not lines:
            return [_("A held lead never goes back by itself.")]
        return [*lines, *self._say_locks(), *self._say_extensions()]

    def _say_locks(self):
        _ = self.env._
        if not self.lock_limit:
            return []
        words = {"count": self.lock_limit, "days": self.lock_days}
        if self.lock_days:
            return [_("A member may lock %(count)s leads against it, each for %(days)s days at most.", **words)]
        return [_("A member may lock %(count)s leads against it.", **words)]

    def _say_extensions(self):
        _ = self.env._
        if not self.extend_days:
            return [_("Nobody has a deadline put off.")]
        words = {"days": self.extend_days, "times": self.extend_limit, "free": self.extend_free_days}
        how = {
            "never": _("without asking"),
            "always": _("if an admin approves"),
            "above": _("without asking up to %(free)s days, else if an admin approves", **words),
        }[self.extend_approval or "always"]
        if self.extend_limit:
            return [
                _(
                    "A holder has a deadline put off by up to %(days)s days, %(times)s times at most: %(how)s.",
                    how=how,
                    **words,
                )
            ]
        return [
            _("A holder has a deadline put off by up to %(days)s days as often as he likes: %(how)s.", how=how, **words)
        ]

    def _say_reclaim_parts(self, rule):
        _ = self.env._
        parts = [
            (rule.no_first_touch_days, _("if not touched within %(days)s")),
            (rule.no_follow_up_days, _("%(days)s after the last follow-up")),
            (rule.not_converted_days, _("if not converted within %(days)s")),
            (rule.not_won_days, _("if not won within %(days)s")),
            (rule.held_days, _("%(days)s after it came into somebody's hands")),
        ]
        return [text % {"days": self._days(days, rule.working)} for days, text in parts if days]

    @api.model
    def _days(self, count, working=False):
        """A span in words: "1 day", "2.5 working days"."""
        _ = self.env._
        if count == 1:
            return _("1 working day") if working else _("1 day")
        count = f"{count:g}"
        return _("%(count)s working days", count=count) if working else _("%(count)s days", count=count)

    def _and(self, words):
        return format_list(self.env, words)

    def _or(self, words):
        return format_list(self.env, words, style="or")

    # ------------------------------------------------------------
    # WHAT IS WRONG WITH THEM
    # ------------------------------------------------------------

    @api.depends(lambda self: self._summary_depends())
    @api.depends_context("lang", "uid")
    def _compute_warnings(self):
        for pool in self:
            pool.warnings = self._as_list(pool._warning_lines()) if pool._tells_all() else False

    def _warning_lines(self):
        """Why the pool would not do what it says, a sentence each. Extend for further parts."""
        _ = self.env._
        lines = []
        if not self.member_ids:
            lines.append(_("Nobody is a member yet: nobody can claim or get leads. Add members below."))
        if not self.admin_ids:
            lines.append(_("Nobody is an admin of this pool: only managers give out its leads and clean them."))
        can_get = self.member_ids.filtered(lambda member: member.weight and not member.paused and member.user_id.active)
        if self.member_ids and self.strategy != "manual" and not can_get:
            lines.append(_("Nobody can get leads now: all members are paused, archived or have the weight 0."))
        if self.strategy == "manual" and not self.claimable:
            lines.append(
                _("Leads leave this pool only when an admin assigns them: nobody claims, nothing is distributed.")
            )
        types = self.with_context(active_test=False).follow_up_type_ids
        if types and not types.filtered("active"):
            lines.append(_("All types of follow-up that count are archived: nothing typed resets the clock."))
        if self.claimable:
            lines += self._claim_warnings()
        broken = [
            *self.ageing_rule_ids,
            *self.assign_rule_ids,
            *self.claim_rule_ids,
            *self.entry_rule_ids,
            *self.reclaim_rule_ids,
        ]
        lines += [
            _(
                "“%(rule)s” is out of use, its condition cannot be evaluated: %(problem)s",
                rule=rule.name,
                problem=rule.broken,
            )
            for rule in broken
            if rule.broken
        ]
        lines += [
            _(
                "“%(rule)s” moves no lead: “%(target)s” is archived, or takes leads of another company. Choose another "
                "pool.",
                rule=rule.name or "",
                target=rule.to_pool_id.name,
            )
            for rule in self.ageing_rule_ids
            if rule.active and rule.action == "widen" and rule.to_pool_id and not rule._target_fits()
        ]
        lines += [
            _(
                "The skills of %(user)s cannot be evaluated: %(problem)s",
                user=row.user_id.name,
                problem=row.skill_broken,
            )
            for row in self.member_ids
            if row.skill_broken
        ]
        return lines

    def _claim_warnings(self):
        """Limits that can never be reached because another one is smaller, and rules that let nobody claim."""
        _ = self.env._
        hours = self.member_ids.filtered(lambda row: 0 < row.daily_claim_limit < row.hourly_claim_limit)
        days = self.member_ids.filtered(lambda row: 0 < row.capacity < row.daily_claim_limit)
        lines = []
        if hours:
            lines.append(
                _(
                    "%(users)s: the limit of an hour is larger than that of the day, and is never reached.",
                    users=self._and(hours.user_id.sudo().mapped("name")),
                )
            )
        if days:
            lines.append(
                _(
                    "%(users)s: the limit of a day is larger than what may be held; who gives nothing back never "
                    "reaches it.",
                    users=self._and(days.user_id.sudo().mapped("name")),
                )
            )
        capped = self.member_ids.filtered("capacity")
        if (
            self.backlog_limit
            and capped == self.member_ids
            and self.backlog_limit >= max(capped.mapped("capacity"), default=0)
        ):
            lines.append(
                _(
                    "Nobody may hold more than %(count)s leads, so the limit of untouched ones is never reached.",
                    count=self.backlog_limit,
                )
            )
        for rule in self.claim_rule_ids.filtered("active"):
            if self.member_ids and not rule._allowed(self.member_ids.user_id):
                lines.append(_("“%(rule)s” lets no member of the pool claim.", rule=rule.name or ""))
        return lines

    @api.constrains("strategy", "member_ids")
    def _check_weights(self):
        """A pool that distributes by itself and in which nobody has a weight never would."""
        for pool in self.filtered(lambda pool: pool.strategy != "manual" and pool.member_ids):
            if not any(pool.member_ids.mapped("weight")):
                raise ValidationError(
                    self.env._(
                        "All members of “%(pool)s” have the weight 0, so nobody would get leads. Give at least one of "
                        "them a weight, pause those who shall get none, or give the leads out by hand.",
                        pool=pool.name,
                    )
                )
