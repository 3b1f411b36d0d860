"""Why a member did not get the next lead, in sentences."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError

from ...rules import distribution
from ...rules.sentences import paragraph

SHARE_DAYS = 7  # that "why not me?" looks back
TOLD_REFUSALS = 3  # that it tells


class LeadPoolWhyNotMe(models.AbstractModel):
    """Mixed into the pool: it knows its members, its rules and its history."""

    _name = "lead.pool.why.not.me"
    _description = "Why Not Me?"

    def action_why_not_me(self):
        """How the caller stands for the next lead that this pool distributes.

        :returns: ``{'code', 'message'}``; the code is empty when he is the next
        :raises AccessError: the caller is no member of the pool
        """
        self.ensure_one()
        self.check_access("read")
        pool = self.sudo()
        if self.env.uid not in pool.member_ids.user_id.ids:
            raise AccessError(
                self.env._("You are not a member of “%(pool)s”. Ask the pool's admin to add you.", pool=pool.name)
            )
        answer = self._my_standing(pool)
        return {**answer, "message": paragraph([answer["message"], *self._my_refusals()])}

    def _my_standing(self, pool):
        """``{'code', 'message'}`` of the caller, a member; ``pool`` is this one with all rights."""
        entries = pool._next_waiting(1)
        locked = entries._dry_locked(pool) if entries else None
        rows = [row for row in locked.rows.values() if row.state == "waiting"] if locked else []
        if not rows:
            return {"code": "no_lead", "message": self.env._("Nothing is waiting in “%(pool)s” now.", pool=pool.name)}
        now_or_later = pool._may_distribute()
        if not now_or_later:
            return {"code": now_or_later.code, "message": entries._sentence(now_or_later, {"pool": pool.name})}
        members = [member for (_user, pool_id), member in sorted(locked.members.items()) if pool_id == self.id]
        pool._mark_foreign(members, rows[0].company_id)
        overall = {member.user_id: locked.overall(member.user_id, rows[0].company_id) for member in members}
        [facts] = pool._describe(rows, members, locked.now)
        stood = distribution.standings(facts, members, pool._policy()[self.id], overall=overall)
        code, value = stood[self.env.uid]
        me = next(member for member in members if member.user_id == self.env.uid)
        first = next((user for user, (verdict, _v) in stood.items() if not verdict), 0)
        message = self._why_not_me_sentence(code, value, me, first, stood)
        return {"code": code, "message": paragraph([message, *self._my_share(locked.now)])}

    def _my_refusals(self):
        """Why the caller could not claim lately: the last refusals, in the words he was told."""
        now = self.env["lead.pool"]._now()
        refused = (
            self.env["lead.pool.refusal"]
            .sudo()
            .search(
                [
                    ("user_id", "=", self.env.uid),
                    ("pool_id", "=", self.id),
                    ("last_at", ">=", now - timedelta(days=SHARE_DAYS)),
                ],
                limit=TOLD_REFUSALS,
            )
        )
        return [
            self.env._(
                "Refused to you on %(day)s: %(count)s, the last one #%(number)s. %(why)s",
                day=one.day,
                count=one.count,
                number=one.last_lead_ref,
                why=one.last_message,
            )
            for one in refused
        ]

    def _my_share(self, now):
        """What the pool gave out lately, and how much of it to the caller."""
        given = (
            self.env["lead.pool.event"]
            .sudo()
            ._read_group(
                [
                    ("pool_ref", "=", self.id),
                    ("kind", "=", "distributed"),
                    ("date", ">=", now - timedelta(days=SHARE_DAYS)),
                ],
                ["user_ref"],
                ["__count"],
            )
        )
        total = sum(count for _user, count in given)
        if not total:
            return []
        return [
            self.env._(
                "In the last %(days)s days this pool gave out %(total)s leads, %(mine)s of them to you.",
                days=SHARE_DAYS,
                total=total,
                mine=dict(given).get(self.env.uid, 0),
            )
        ]

    def _why_not_me_sentence(self, code, value, me, first, stood):
        _ = self.env._
        name = self.env["res.users"].sudo().browse(first).name if first else ""
        held = me.load.held
        until = (
            fields.Datetime.context_timestamp(self, me.away_until).strftime("%Y-%m-%d %H:%M") if me.away_until else ""
        )
        sentences = {
            "": _("You are the next: the first waiting lead is yours when the pool distributes again."),
            "paused": _("Your membership is paused. Ask an admin of the pool to resume it."),
            "away": _(
                "You are away until %(until)s: on leave, about to be, or out of your working hours. "
                "Nobody gets leads while away.",
                until=until,
            ),
            "no_weight": _(
                "Your weight is 0, so the rotation gives you nothing. Ask an admin of the pool to change it."
            ),
            "capacity_full": _(
                "You hold %(held)s of %(most)s leads of this pool. Return or convert one, and you are in again.",
                held=held.used,
                most=held.limit,
            ),
            "capacity_all_full": _(
                "You hold as many leads of all pools together as you may. Return or convert one first."
            ),
            "not_in_rule": _("A distribution rule gives the next lead to other members."),
            "not_assignee": _("This pool gives its leads to %(user)s.", user=name or _("one person")),
            "not_skilled": _("The next lead asks for skills that other members have."),
            "manual_pool": _("This pool gives its leads out by hand: claim one, or ask an admin."),
            "user_inactive": _("Your user is archived."),
        }
        if code != "not_next":
            return sentences.get(code) or _("Nobody can take the next lead now.")
        theirs = stood.get(first, ("", None))[1]
        if value is None or theirs is None:
            return _("The next lead goes to a colleague who knows its customer already.")
        return _(
            "The next lead goes to %(user)s, who is ahead of you by this pool's rules. Your turn comes.", user=name
        )

    def button_why_not_me(self):
        self.ensure_one()
        return self.env["lead.pool.explanation"]._show(
            self.env._("Why not me?"),
            [self.action_why_not_me()["message"]],
            self.env["lead.pool.decision"],
            self.sudo(),
        )
