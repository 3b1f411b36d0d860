"""Why somebody got a lead, and why somebody else did not, in sentences."""

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ...rules import distribution
from .ledger import Locked


class LeadPoolExplain(models.AbstractModel):
    """Mixed into the pool: it knows its members, its rules and its history."""

    _name = "lead.pool.explain"
    _description = "Explanations"

    def action_why_not_me(self):
        """How the caller stands for the next lead that this pool distributes.

        :returns: ``{'code', 'message'}``; the code is empty when he is the next
        :raises AccessError: the caller is no member of the pool
        """
        self.ensure_one()
        pool = self.sudo()
        if self.env.uid not in pool.member_ids.user_id.ids:
            raise AccessError(
                self.env._("You are not a member of “%(pool)s”. Ask the pool's admin to add you.", pool=pool.name)
            )
        entries = pool._next_waiting(1)
        locked = entries._dry_locked(pool) if entries else None
        rows = [row for row in locked.rows.values() if row.state == "waiting"] if locked else []
        if not rows:
            return {"code": "no_lead", "message": self.env._("Nothing is waiting in “%(pool)s” now.", pool=pool.name)}
        members = [member for (_user, pool_id), member in sorted(locked.members.items()) if pool_id == self.id]
        overall = {member.user_id: locked.overall(member.user_id, rows[0].company_id) for member in members}
        [facts] = pool._describe(rows, members, locked.now)
        stood = distribution.standings(facts, members, pool._policy()[self.id], overall=overall)
        code, value = stood[self.env.uid]
        me = next(member for member in members if member.user_id == self.env.uid)
        first = next((user for user, (verdict, _v) in stood.items() if not verdict), 0)
        return {"code": code, "message": self._why_not_me_sentence(code, value, me, first, stood)}

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
            "away": _("You are on leave until %(until)s; nobody gets leads while away.", until=until),
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
            return _("The next lead goes to %(user)s, who has leads of the same company.", user=name)
        return _(
            "The next lead is %(user)s's: %(theirs)s against your %(mine)s in what this pool compares. "
            "Your turn comes.",
            user=name,
            theirs=f"{theirs:g}",
            mine=f"{value:g}",
        )

    def button_why_not_me(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": self.action_why_not_me()["message"], "sticky": True},
        }


class LeadExplain(models.AbstractModel):
    """Mixed into the entry: why the lead is where it is."""

    _name = "lead.pool.verb.explain"
    _description = "Explaining"

    def _dry_locked(self, pool):
        """What :meth:`_lock` reads, without locking anything."""
        now = self.env["lead.pool"]._now()
        locked = Locked(self.env, now, {pool.id})
        locked.rows = locked.before = self._read_rows()
        companies = {row.company_id for row in locked.rows.values()}
        locked.lock_counters(pool.member_ids.user_id.ids, companies, lock=False)
        return locked

    def action_explain(self):
        """Why the holder of this lead got it.

        :returns: ``[sentence]``
        :raises AccessError: the caller may not read the lead
        :raises UserError: nobody holds it
        """
        self.ensure_one()
        lead = self.sudo().lead_id.with_env(self.env)
        lead.check_access("read")
        entry = self.sudo()
        if entry.state != "held":
            raise UserError(self.env._("Nobody holds this lead."))
        event = (
            self.env["lead.pool.event"]
            .sudo()
            .search(
                [("lead_ref", "=", entry.lead_ref), ("user_ref", "=", entry.user_id.id), ("epoch", "<=", entry.epoch),
                 ("kind", "in", ("claimed", "assigned", "reassigned", "distributed", "entered", "enrolled"))],
                order="seq desc",
                limit=1,
            )
        )  # fmt: skip
        return self._explanation(entry, event)

    def _explanation(self, entry, event):
        _ = self.env._
        words = {
            "user": entry.user_id.name,
            "actor": event.actor_name or _("Somebody"),
            "when": fields.Datetime.context_timestamp(self, event.date).strftime("%Y-%m-%d %H:%M") if event else "",
        }
        if event.kind != "distributed":
            sentences = {
                "claimed": _("%(user)s claimed this lead on %(when)s.", **words),
                "assigned": _("%(actor)s gave this lead to %(user)s on %(when)s.", **words),
                "reassigned": _("%(actor)s gave this lead to %(user)s on %(when)s.", **words),
            }
            return [sentences.get(event.kind) or _("%(user)s brought this lead on %(when)s.", **words)]
        detail = event.detail or {}
        lines = [_("The pool gave this lead to %(user)s on %(when)s.", **words)]
        if detail.get("rule"):
            lines.append(_("The distribution rule “%(rule)s” applied.", rule=detail["rule"]))
        reasons = {
            "affinity": _("%(user)s has leads of the same customer or company.", **words),
            "default_assignee": _("All such leads go to %(user)s.", **words),
            "round_robin": _("It was the turn of %(user)s: all members get equally many.", **words),
            "rotation": _("It was the turn of %(user)s: members get leads in turn, by their weight.", **words),
            "least_loaded": _("%(user)s had least in hand.", **words),
            "skill": _("%(user)s has the skills for this lead.", **words),
            "conversion": _("%(user)s converts such leads best.", **words),
        }
        lines += filter(None, [reasons.get(detail.get("strategy"))])
        ties = {
            "weight": _("Of equals the one with the larger weight came first."),
            "user_id": _("Of equals the one who joined first came first."),
            "credit": _("Of equals the rotation chose."),
        }
        lines += filter(None, [ties.get(detail.get("tie_break"))])
        return lines + self._passed_over(event)

    def _passed_over(self, event):
        """Who was not considered, with the reason, from the decision."""
        decision = self.env["lead.pool.decision"].sudo().browse(event.decision_ref or []).exists()
        reasons = {
            "paused": self.env._("paused"),
            "away": self.env._("on leave"),
            "capacity_full": self.env._("full"),
            "capacity_all_full": self.env._("full in all pools"),
            "no_weight": self.env._("weight 0"),
            "user_inactive": self.env._("archived"),
        }
        out = [(user, code) for user, code, _credit in decision.candidates or () if code]
        if not out:
            return []
        names = {user.id: user.name for user in self.env["res.users"].sudo().browse(user for user, _c in out).exists()}
        people = ", ".join(f"{names.get(user, user)} ({reasons.get(code, code)})" for user, code in out)
        return [self.env._("Passed over: %(people)s.", people=people)]

    def button_explain(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "info", "message": " ".join(self.action_explain()), "sticky": True},
        }
