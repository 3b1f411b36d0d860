"""Why somebody got a lead, and why somebody else did not, in sentences."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

from ...rules.facts import Verdict
from .locks import Locked


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
        """Why this lead is where it is: with its holder, or waiting.

        :returns: ``[sentence]``
        :raises AccessError: the caller may not read the lead
        :raises UserError: the lead is closed
        """
        self.ensure_one()
        return self._explain()[0]

    def _explain(self):
        """``([sentence], event)``: the event that put the lead where it is."""
        self.sudo().lead_id.with_env(self.env).check_access("read")
        entry = self.sudo()
        if entry.state == "closed":
            raise UserError(self.env._("This lead is in no pool any more: its history says how it ended."))
        event = (
            self.env["lead.pool.event"]
            .sudo()
            .search(
                [("lead_ref", "=", entry.lead_ref), ("epoch", "<=", entry.epoch), *self._explaining_kinds(entry)],
                order="seq desc",
                limit=1,
            )
        )
        lines = self._explanation(entry, event) if entry.state == "held" else self._why_waiting(entry, event)
        return lines, event

    def _explaining_kinds(self, entry):
        """Which events may explain where the lead is now."""
        came = ["entered", "enrolled", "reopened"]
        if entry.state == "held":
            kinds = [*came, "claimed", "pulled", "assigned", "reassigned", "handed_over", "distributed", "reclaimed"]
            return [("user_ref", "=", entry.user_id.id), ("kind", "in", kinds)]
        went = ["transferred", "returned", "recalled", "reclaimed", "handed_over"]
        left = ["not_distributed", "would_distribute"]
        return [("kind", "in", [*came, *went, *left])]

    def _explanation(self, entry, event):
        """Why the holder has the lead."""
        _ = self.env._
        words = {"user": entry.user_id.name, "actor": event.actor_name or _("Somebody"), "when": self._moment(event)}
        if event.kind == "reclaimed":
            words["former"] = event.from_user_name
            return [
                _("The time of %(former)s was over, and the pool gave this lead to %(user)s on %(when)s.", **words),
                *self._reasons(event, words["user"]),
            ]
        if event.kind != "distributed":
            sentences = {
                "claimed": _("%(user)s claimed this lead on %(when)s.", **words),
                "assigned": _("%(actor)s gave this lead to %(user)s on %(when)s.", **words),
                "reassigned": _("%(actor)s gave this lead to %(user)s on %(when)s.", **words),
                "handed_over": _("%(actor)s handed this lead over to %(user)s on %(when)s.", **words),
            }
            if event.kind == "pulled":
                return self._why_pulled(event, words)
            return [sentences.get(event.kind) or _("%(user)s brought this lead on %(when)s.", **words)]
        return [
            _("The pool gave this lead to %(user)s on %(when)s.", **words),
            *self._step_that_gave(event),
            *self._reasons(event, words["user"]),
        ]

    def _why_pulled(self, event, words):
        """Why this lead was the next one for who asked."""
        _ = self.env._
        detail = event.sudo().detail or {}
        lines = [_("%(user)s asked for the next lead and got this one on %(when)s.", **words)]
        if detail.get("known_as"):
            lines.append(self._affinity_sentence(detail["known_as"], words["user"]))
        else:
            lines += filter(
                None,
                [
                    {
                        "oldest": _("The pool gives its oldest leads first."),
                        "newest": _("The pool gives its newest leads first."),
                        "score": _("The pool gives its best leads first: by stars, then by score."),
                    }.get(detail.get("order"))
                    or _("Of what waited it was the best: by stars, then by score and freshness.")
                ],
            )
        return lines + self._obeyed(event)

    def _moment(self, event):
        return fields.Datetime.context_timestamp(self, event.date).strftime("%Y-%m-%d %H:%M") if event else ""

    def _reasons(self, event, user):
        """Why the distribution chose ``user``: rule, strategy with its figures, tie-break, who was passed over."""
        _ = self.env._
        detail = event.detail or {}
        lines = [
            _(
                "The distribution rule “%(rule)s” holds for this lead, but had nobody: %(why)s",
                rule=rule,
                why=self._nobody_sentence(code),
            )
            for rule, code in detail.get("passed", ())
        ]
        if detail.get("rule"):
            lines.append(_("The distribution rule “%(rule)s” applied.", rule=detail["rule"]))
        lines += filter(
            None,
            [
                self._strategy_sentence(detail, user),
                self._figures_sentence(detail, user, self._is_pool_admin(event.pool_ref)),
            ],
        )
        ties = {
            "weight": _("Of equals the one with the larger weight came first."),
            "user_id": _("Of equals the one who joined first came first."),
            "credit": _("Of equals the rotation chose."),
        }
        lines += filter(None, [ties.get(detail.get("tie_break"))])
        return lines + self._passed_over(event) + self._obeyed(event)

    def _strategy_sentence(self, detail, user):
        _ = self.env._
        words = {"user": user}
        return {
            "affinity": self._affinity_sentence(detail.get("known_as"), user),
            "default_assignee": _("All such leads go to %(user)s.", **words),
            "round_robin": _("It was the turn of %(user)s: all members get equally many.", **words),
            "rotation": _("It was the turn of %(user)s: members get leads in turn, by their weight.", **words),
            "least_loaded": _("%(user)s had least in hand.", **words),
            "skill": _("%(user)s has the skills for this lead, or nobody has special ones.", **words),
            "conversion": _("%(user)s converts such leads best.", **words),
        }.get(detail.get("strategy"))

    def _figures_sentence(self, detail, user, figures):
        """What was compared, of the winner and of the next one; for who sees the figures of all members."""
        if not detail.get("next") or not figures:
            return ""
        _ = self.env._
        value, theirs, unit = detail.get("value") or 0, detail.get("next_value") or 0, detail.get("unit")
        percent = unit in ("share", "rate")
        words = {
            "user": user,
            "next": self._user_names([detail["next"]])[detail["next"]],
            "value": f"{value * 100:.0f} %" if percent else f"{value:.2f}" if unit == "credit" else f"{value:g}",
            "theirs": f"{theirs * 100:.0f} %" if percent else f"{theirs:.2f}" if unit == "credit" else f"{theirs:g}",
        }
        return {
            "credit": _(
                "The rotation owed %(user)s %(value)s of a lead, and %(next)s, who comes next, %(theirs)s.", **words
            ),
            "share": _("%(user)s held %(value)s of what he may hold; %(next)s, who comes next, %(theirs)s.", **words),
            "leads": _("%(user)s held %(value)s leads; %(next)s, who comes next, %(theirs)s.", **words),
            "rate": _(
                "%(user)s should convert %(value)s of leads of this source; %(next)s, who comes next, %(theirs)s.",
                **words,
            ),
        }.get(unit, "")

    def _why_waiting(self, entry, event):
        """Why nobody has the lead."""
        _ = self.env._
        pool = entry.pool_id
        words = {"pool": pool.name, "when": self._moment(event)}
        if event.kind == "would_distribute":
            [user] = self._user_names([event.detail["user"]]).values()
            return [
                _(
                    "“%(pool)s” only observes. On %(when)s it would have given this lead to %(user)s.",
                    user=user,
                    **words,
                ),
                *self._reasons(event, user),
            ]
        if event.kind == "not_distributed":
            code = (event.detail or {}).get("code")
            return [
                _(
                    "“%(pool)s” could not give this lead out on %(when)s: %(why)s",
                    why=self._nobody_sentence(code),
                    **words,
                ),
                *self._passed_over(event),
                *self._obeyed(event),
            ]
        lines = [
            _("This lead has waited in “%(pool)s” since %(when)s.", **words),
            *self._how_it_came(event),
            *self._steps_since(entry, event),
        ]
        if pool.strategy == "manual":
            return [*lines, _("“%(pool)s” gives out its leads by hand: by claim, or by its admins.", **words)]
        return [*lines, _("It is given out when “%(pool)s” distributes next.", **words)]

    def _step_that_gave(self, event):
        """Which ageing step had the lead given to a member."""
        step = (event.detail or {}).get("step")
        return [self.env._("It had waited too long: the step “%(step)s” was due.", step=step)] if step else []

    def _steps_since(self, entry, event):
        """Which ageing steps moved the lead here, and raised its priority since."""
        _ = self.env._
        lines = []
        if event.kind == "transferred" and (event.detail or {}).get("rule"):
            words = {"pool": event.from_pool_name, "step": event.detail["rule"]}
            lines.append(_("It waited too long in “%(pool)s”: the step “%(step)s” moved it here.", **words))
        raised = (
            self.env["lead.pool.event"]
            .sudo()
            .search([("lead_ref", "=", entry.lead_ref), ("kind", "=", "aged"), ("seq", ">", event.seq)], order="seq")
        )
        return lines + [
            _(
                "It waits long: the step “%(step)s” raised its priority on %(when)s.",
                step=one.note,
                when=self._moment(one),
            )
            for one in raised
            if (one.detail or {}).get("action") == "raise"
        ]

    def _how_it_came(self, event):
        """Which entry condition brought the lead, and which were tried before it."""
        _ = self.env._
        detail = event.detail or {}
        if event.kind != "entered" or "tried" not in detail:
            return []
        tried = format_list(self.env, [f"“{name}”" for name in detail["tried"]])
        lines = (
            [_("The entry condition “%(rule)s” holds for it.", rule=detail["rule"])]
            if detail.get("rule")
            else [_("No entry condition holds for it, so it came to the default pool.")]
        )
        return lines + ([_("Conditions tried before, which do not hold: %(tried)s.", tried=tried)] if tried else [])

    def _nobody_sentence(self, code):
        """Why a rule or pool had nobody, without a name."""
        return self._others_sentence(code) or self._sentence(Verdict(code or "no_eligible_member"), {})

    def _others_sentence(self, code):
        """What is said to the one who asks when it concerns him, said of somebody else; empty for other codes."""
        if code == "not_member":
            return self.env._("The person who gets such leads is not a member of the pool any more.")
        words = self._verdict_words().get(code)
        return words and self.env._("The person who gets such leads cannot take one now: %(why)s.", why=words)

    def _user_names(self, ids):
        """``{id: name}``, also of users who are gone."""
        users = self.env["res.users"].sudo().browse(ids).exists()
        return {user_id: f"#{user_id}" for user_id in ids} | {user.id: user.name for user in users}

    def _verdict_words(self):
        """``{code: words}`` of why a member could not take a lead."""
        _ = self.env._
        return {
            "wrong_company": _("of another company"),
            "paused": _("paused"),
            "away": _("on leave"),
            "capacity_full": _("full"),
            "capacity_all_full": _("full in all pools"),
            "no_weight": _("weight 0"),
            "user_inactive": _("archived"),
        }

    def _affinity_sentence(self, known_as, user):
        """By what the holder knows the customer; never the phone or address itself."""
        _ = self.env._
        words = {"user": user}
        sentences = {
            "registry": _("%(user)s has leads with the same register number.", **words),
            "phone": _("%(user)s has leads with the same phone number.", **words),
            "email": _("%(user)s has leads with the same e-mail address.", **words),
            "wechat": _("%(user)s has leads with the same WeChat account.", **words),
            "company": _("%(user)s has leads of the same company.", **words),
            "customer": _("%(user)s has leads of the same customer.", **words),
            "converted_registry": _("%(user)s converted the last lead with the same register number.", **words),
            "converted_company": _("%(user)s converted the last lead of the same company.", **words),
            "converted_customer": _("%(user)s converted the last lead of the same customer.", **words),
        }
        return sentences.get(known_as) or _("%(user)s has leads of the same customer or company.", **words)

    def _passed_over(self, event):
        """Who was not considered, with the reason: from the decision, and what differed when the lead's turn came."""
        decision = self.env["lead.pool.decision"].sudo().browse(event.decision_ref or []).exists()
        out = {user: code for user, code, *_rest in decision.candidates or () if code}
        out |= dict((event.detail or {}).get("differs", ()))
        if not out:
            return []
        names, words = self._user_names(list(out)), self._verdict_words()
        people = [
            self.env._("%(user)s (%(why)s)", user=names[user], why=words.get(code, code)) for user, code in out.items()
        ]
        return [self.env._("Passed over: %(people)s.", people=format_list(self.env, people))]

    def _obeyed(self, event):
        """Which version of the rules it was."""
        policy = self.env["lead.pool.policy"].sudo().browse(event.policy_ref or []).exists()
        if not policy:
            return []
        return [self.env._("Version %(number)s of the pool's rules.", number=policy.version)]

    def button_explain(self):
        self.ensure_one()
        lines, event = self._explain()
        entry = self.sudo()
        held = entry.state == "held"
        title = self.env._("Why %(user)s?", user=entry.user_id.name) if held else self.env._("Why is it waiting?")
        decision = self.env["lead.pool.decision"].sudo().browse(event.decision_ref or []).exists()
        return self.env["lead.pool.explanation"]._show(title, lines, decision, entry.pool_id, event)
