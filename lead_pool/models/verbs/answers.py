"""What a verb answers: one row a lead, in the order asked, with a code for programs and a sentence for people."""

from functools import partial

import psycopg2

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from ...logs import unlogged
from ...notification import notification
from ...rules.facts import OK, Verdict


class LeadPoolAnswers(models.AbstractModel):
    _name = "lead.pool.answers"
    _description = "Answers of the Verbs"

    def _answers(self, verdicts, names=None):
        """Answers for ``self`` in order.

        :param verdicts: ``{entry id: Verdict}``
        :param names: ``{entry id: {placeholder: text}}`` for the sentences
        :returns: ``[{'id', 'done', 'code', 'message', 'retry_at'}]``; ``retry_at`` is a UTC text or ``False``
        """
        names = self._with_stories(verdicts, names or {})
        return [self._answer(entry_id, verdicts[entry_id], names.get(entry_id)) for entry_id in self._ids]

    def _together_or_each(self, work, put_off=False):
        """Do something with these entries at once; where another module's check refuses one of their leads, with each
        by itself: the others go on, and of that one the answer says why not.

        :param work: callable ``entries -> answers``
        :param put_off: who is refused wanted a waiting lead for himself: see :meth:`_put_off_waiting`
        """
        answers, error = self._unless_blocked(lambda: work(self))
        if not error:
            return answers
        if len(self) > 1:
            return [answer for entry in self for answer in entry._together_or_each(work, put_off)]
        if put_off:
            self.sudo()._put_off_waiting(self.sudo()._lock(), error)
        return [self._answer_blocked(error)]

    def _unless_blocked(self, work):
        """Do something that writes owners; nothing of it stays where another module's check refuses it.

        :param work: callable
        :returns: ``(what it returns, None)`` or ``(None, error)``
        """
        if not self.env["crm.lead"]._pool_others_take_part():
            return work(), None
        try:
            with self.env.cr.savepoint():
                return work(), None
        except AccessError:
            raise
        except (UserError, psycopg2.IntegrityError) as error:
            return None, error

    def _answer_blocked(self, error):
        return self._answer(self.id, Verdict("blocked"), {"error": self._error_text(error)})

    @staticmethod
    def _error_text(error):
        return " ".join(str(error).split()) or type(error).__name__

    def _with_stories(self, verdicts, names):
        """The placeholders with a ``story`` where a longer tale is to be told. Override where there is one."""
        return names

    def _retell(self, verdict, story, sentence):
        """A refusal that comes with a story. Override to say the sentence as well."""
        return story

    def _answer(self, entry_id, verdict=OK, names=None):
        return {
            "id": entry_id,
            "done": bool(verdict),
            "code": verdict.code or False,
            "message": self._sentence(verdict, names or {}) if not verdict else False,
            "retry_at": fields.Datetime.to_string(verdict.retry_at) if verdict.retry_at else False,
        }

    def _raise_refused(self, verdict, names=None):
        """The sentence of a refusal, as an error, for callers that expect no answer (a form, an import)."""
        if not verdict:
            self._raise_sentence(self._sentence(verdict, names or {}))

    @staticmethod
    def _raise_sentence(text):
        raise unlogged(UserError(text))

    def _sentence(self, verdict, names):
        """Why not, and what to do, in the user's language."""
        unnamed = "user" not in names  # a sentence may begin with it
        names = {
            "user": self.env._("a colleague"),
            "pool": self.env._("the pool"),
            "missing": format_list(self.env, [f"“{label}”" for label in verdict.missing]) if verdict.missing else "",
            "limit": verdict.limit,
            "count": verdict.count,
            **names,
        }
        if verdict.rule_id:
            rule = self.env["lead.pool.claim.rule"].browse(verdict.rule_id)
            names |= {"rule": rule.sudo().name, "people": rule._people()}
        sentences = self._refusal_sentences(names)
        text = sentences.get(f"{verdict.code}:{verdict.about}") or sentences.get(verdict.code)
        text = text() if callable(text) else text or self.env._("This is not possible.")
        text = text[:1].upper() + text[1:] if unnamed else text
        if names.get("story"):
            text = self._retell(verdict, names["story"], text)
        if verdict.retry_at:
            local = fields.Datetime.context_timestamp(self, verdict.retry_at)
            text = self.env._(
                "%(reason)s Possible again from %(moment)s.", reason=text, moment=local.strftime("%Y-%m-%d %H:%M")
            )
        return text

    def _refusal_sentences(self, names):
        """``{code: sentence}`` of :data:`rules.facts.REFUSALS`; a sentence is a text, or a callable that words it."""
        _ = partial(partial, self.env._)  # worded when it is said: one of them is, for each card of a board
        return {
            "unknown": _("There is no such lead in a pool of yours. Reload the list."),
            "not_member": _("You are not a member of “%(pool)s”. Ask the pool's admin to add you.", **names),
            "not_admin": _("Only an admin of “%(pool)s” may do this. Ask one of them.", **names),
            "not_holder": _("%(user)s holds this lead now. Ask the pool's admin if you need it.", **names),
            "taken": _("%(user)s has this lead already. Choose another one.", **names),
            "waiting": _("Nobody holds this lead; it waits in “%(pool)s”. Claim it first.", **names),
            "not_due": _("This lead is not due yet. Wait until then, or take it back by hand."),
            "closed": _("This lead is closed and no longer in “%(pool)s”. Choose another one.", **names),
            "archived": _("This lead is archived. Ask the pool's admin to restore it first."),
            "wrong_company": _("This lead belongs to a company in which you may not work. Choose another one."),
            "claim_off": _("Leads of “%(pool)s” are given out by its admins. Ask one of them.", **names),
            "paused": _("Your membership of “%(pool)s” is paused. Ask the pool's admin to resume it.", **names),
            "user_inactive": _("%(user)s is archived and cannot get leads. Choose somebody else.", **names),
            "target_not_member": _(
                "%(user)s is not a member of “%(pool)s”. Add him to the pool or choose a member.", **names
            ),
            "target_full": _(
                "%(user)s holds as many leads as he may. Choose somebody else, or give it above the capacity.", **names
            ),
            "capacity_full": _(
                "You may hold at most %(limit)s leads of “%(pool)s”. Return or convert one first, or ask an admin for "
                "this one.",
                **names,
            ),
            "capacity_all_full": _(
                "You may hold at most %(limit)s leads of all pools together. Return or convert one first, or ask an "
                "admin for this one.",
                **names,
            ),
            "daily_limit": _("You have used up today's claims in “%(pool)s”.", **names),
            "daily_limit_all": _("You have used up today's claims in all pools."),
            "hourly_limit": _("You have used up this hour's claims in “%(pool)s”.", **names),
            "hourly_limit_all": _("You have used up this hour's claims in all pools."),
            "cooling_off": _("You held this lead lately; let colleagues try first."),
            "protected": _("This lead has just arrived and is not to be claimed yet."),
            "incomplete": _(
                "%(missing)s must be filled in before this lead can be claimed. Ask an admin of “%(pool)s”.", **names
            ),
            "claim_rule": _(
                "Such leads of “%(pool)s” may be claimed by %(people)s (claim rule “%(rule)s”). Choose another one.",
                **{"people": "", "rule": "", **names},
            ),
            "out_of_order": partial(self._order_sentence, names),
            "backlog": _(
                "You hold %(count)s leads without a follow-up, and “%(pool)s” gives more to who has at most %(limit)s. "
                "Follow up one first: they are in My Leads, filter “New to Me”.",
                **names,
            ),
            "undo_over": _("A claim can be undone for 30 seconds. Use Return to send the lead back."),
            "undo_touched": _("Something was done with this lead since you claimed it. Use Return to send it back."),
            "undo_used": _("You can undo one claim a day, and have. Use Return to send the lead back."),
            "no_lead": _("Nothing is waiting for you in “%(pool)s”. Look into another pool.", **names),
            "busy": _("Somebody is working on this lead this very moment. Try again or choose another one."),
            "stopped": _("The lead pools are stopped in the settings. Ask an administrator."),
            "unguarded": _(
                "The database has lost a safeguard, so that two people could get the same lead: nobody claims and "
                "nothing is distributed until it is back. Ask an administrator to look in Settings ▸ Lead Pool."
            ),
            "wrong_pool": _("The lead cannot go to “%(pool)s”. Choose another pool.", **names),
            "reason_required": _("Choose a reason."),
            "wrong_reason": _("This reason is not meant for this. Choose one from the list."),
            "not_convertible": _("A lead that is won, lost or archived cannot be converted. Restore it first."),
            "evidence_missing": names.get("evidence")
            or _("This note is too short to count as a follow-up. Say what happened."),
            "locked": _("%(user)s has locked this lead. Ask him to unlock it.", **names),
            "limit_reached": _("No more of this is allowed for this lead. Ask an admin of “%(pool)s”.", **names),
            "limit_reached:no_locks": _("“%(pool)s” has no locks. Have the deadline extended instead.", **names),
            "limit_reached:locks": _(
                "You have locked as many leads of “%(pool)s” as you may (%(limit)s). Unlock one first.", **names
            ),
            "limit_reached:lock_days": _(
                "This lead was locked as long as “%(pool)s” allows (%(limit)s days). Follow it up, or have the "
                "deadline extended.",
                **names,
            ),
            "limit_reached:no_extensions": _("“%(pool)s” extends no deadlines. Follow the lead up instead.", **names),
            "limit_reached:extend_days": _(
                "“%(pool)s” extends a deadline by at most %(limit)s days at once. Choose fewer days.", **names
            ),
            "limit_reached:extensions": _(
                "The deadline of this lead was extended as often as “%(pool)s” allows (%(limit)s). Follow the lead up, "
                "or ask an admin of the pool.",
                **names,
            ),
            "no_deadline": _("This lead does not go back by itself, so there is nothing to extend."),
            "note_required": _("This reason needs a note: write a few words, then try again."),
            "blocked": _(
                "A check of another module refuses this change.%(error)s Ask an administrator if you cannot mend it.",
                error=f" {names['error']}" if names.get("error") else "",
            ),
            "changed_hands": _("This lead changed hands since you opened it. Reload it first."),
            "changed_hands:again": _(
                "This lead changed hands since you opened it, and is yours again. Reload it first."
            ),
            "no_eligible_member": _(
                "No member of “%(pool)s” can take a lead now: all are away, paused or full.", **names
            ),
            "manual_pool": _("“%(pool)s” gives out its leads by hand.", **names),
            "target_foreign": _("%(user)s may not work in the company of this lead. Choose somebody else.", **names),
            "observe_only": _("“%(pool)s” only observes: this lead would go to %(user)s.", **names),
            "no_weight": _("A weight of 0 gets no leads by rotation."),
            "away": _("%(user)s is on leave.", **names),
            "off_hours": _("“%(pool)s” gives out leads in its working hours only.", **names),
            "not_in_rule": _("A distribution rule gives this lead to others."),
            "not_assignee": _("This lead goes to one person."),
            "not_skilled": _("Others have the skills for this lead."),
            "not_next": _("It is somebody else's turn."),
            "approval_asked": _(
                "Your request went to the admins of “%(pool)s”. Until they decide nothing changes, and the clock of "
                "the lead runs on.",
                **names,
            ),
            "not_full": _("You may take this lead yourself: press Claim."),
            "not_takable": _(
                "%(user)s may not take this lead any more. Decline the request, or assign the lead by hand.", **names
            ),
            "no_rival": _("Nobody else holds a lead with these details. Give a phone, a mail, a company or a number."),
            "dispute_open": _("There was a dispute about this customer already. Ask an admin of “%(pool)s”.", **names),
            "dispute_limit": _("You have %(limit)s open disputes. Wait until one is decided.", **names),
            "outcome_required": _("Open the dispute and choose who keeps the customer."),
            "decided": _("%(user)s has decided this request already. Reload the list.", **names),
            "request_over": _("This request is over: it was withdrawn, or the lead moved on. Reload the list."),
            "own_request": _("Nobody decides his own request. Another admin of “%(pool)s” has to.", **names),
            "not_asker": _("Only who made a request may withdraw it. Ask him to."),
            "no_taker": _("Nobody was named who could get this lead. Choose a person for it."),
            "touched_since": _(
                "Something was done with this lead since it was handed over. Assign it by hand if it has to go back."
            ),
            "moved_since": _(
                "This lead has moved on since it was handed over. Assign it by hand if it has to go back."
            ),
            "waiting:free": _("Nobody holds this lead. Claim it first, then ask."),
            "helper_self": _("This lead is in your own hands. Choose a colleague."),
            "helper_no_rights": _("%(user)s has no rights to leads. Choose somebody else.", **names),
            "helping_already": _("%(user)s helps with this lead already. Choose somebody else.", **names),
            "not_helping": _("%(user)s does not help with this lead any more. Reload it first.", **names),
            "card_limit": _("You have opened as many cards today as you may."),
        }

    def _order_sentence(self, names):
        """How the leads of an ordered pool are to be had."""
        _ = self.env._
        sentences = {
            "oldest": _(
                "“%(pool)s” gives its oldest leads first. Press Next Lead to get the one that is next.", **names
            ),
            "newest": _(
                "“%(pool)s” gives its newest leads first. Press Next Lead to get the one that is next.", **names
            ),
            "score": _("“%(pool)s” gives its best leads first. Press Next Lead to get the one that is next.", **names),
            "pull": _("“%(pool)s” picks the lead for you. Press Next Lead to get it.", **names),
        }
        order = names.get("order")
        return sentences.get(order) or _("“%(pool)s” gives its leads in an order. Press Next Lead.", **names)

    def _names(self, rows, users=None, pools=None, locked=None):
        """Placeholders of the sentences for these rows: the holder's name (or ``users``), the pool's.

        :param rows: ``{entry id: Row}``
        :param users: ``{entry id: user id}`` instead of the holder
        :param pools: ``{entry id: pool id}`` instead of the lead's pool
        :param Locked locked: knows the names of most
        """
        users = {key: (users or {}).get(key) or row.user_id for key, row in rows.items()}
        pools = {key: (pools or {}).get(key) or row.pool_id for key, row in rows.items()}
        user_ids = set(users.values()) - {None, 0}
        if locked:
            user_names = locked.names(user_ids)
        else:
            user_names = {user.id: user.name for user in self.env["res.users"].sudo().browse(user_ids)}
        of_pools = self.env["lead.pool"].sudo().browse(set(pools.values()) - {None, 0})
        pool_names = {pool.id: {"pool": pool.name, "order": pool.claim_order} for pool in of_pools}
        names = {}
        for key in rows:
            names[key] = {"pool": "", **pool_names.get(pools[key], {})}
            if user_names.get(users[key]):
                names[key]["user"] = user_names[users[key]]
        return names

    def _notification(self, answers, done_text):
        """What a button shows after a verb: how many were done, and why the rest was not.

        :param done_text: callable ``(number done) -> sentence``
        """
        done = sum(answer["done"] for answer in answers)
        refused = [answer for answer in answers if not answer["done"]]
        lines = [done_text(done)] if done or not refused else []
        lines += sorted({answer["message"] for answer in refused})[:3]
        return notification("\n".join(lines), "warning" if refused else "success", sticky=bool(refused))
