"""What the lead's entry knows of requests that wait for a decision; one more lead above the capacity."""

from odoo import api, models
from odoo.tools import SQL

from ...isolation import contended
from ...rules.facts import OK, Verdict
from .locks import Locked

#: Why a claim is refused to who holds as many as he may.
FULL = ("capacity_full", "capacity_all_full")
#: Refusals of a claim that an admin's yes goes over: they are about this moment, not about this rep and lead.
OF_THE_MOMENT = ("daily_limit", "daily_limit_all", "hourly_limit", "hourly_limit_all", "backlog", "out_of_order")


class LeadPoolApprove(models.AbstractModel):
    _name = "lead.pool.verb.approve"
    _description = "Requests about a Lead"

    def _count_requests(self):
        """Count the open requests again, so that a verb sees without a query whether there are any."""
        self.env["lead.pool.approval"].flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET open_requests = (SELECT count(*) FROM lead_pool_approval a
                                            WHERE a.entry_id = e.id AND a.state = 'open')
                    WHERE e.id = ANY(%s)""",
                list(self.ids),
            )
        )
        self.env["lead.pool.entry"].invalidate_model(["open_requests"])

    @api.model
    def _lapse_asked_by(self, user):
        """Who is archived asks for no more waiting leads. What somebody works on this moment is left to the admins."""
        asked = (
            self.env["lead.pool.approval"]
            .sudo()
            .search([("user_id", "=", user.id), ("state", "=", "open"), ("kind", "=", "over_capacity")])
        )
        rows = asked.entry_id._read_rows(lock="skip")
        asked = asked.filtered(lambda one: one.entry_id.id in rows)
        now = self.env["lead.pool"]._now()
        asked.write({"state": "lapsed", "decided_at": now})
        for one in asked:
            one._note_lapse(rows[one.entry_id.id], now)
        asked.entry_id._count_requests()

    def _asked_by_me(self):
        """Ids of those for which a request of the caller waits."""
        mine = [("entry_id", "in", self.ids), ("user_id", "=", self.env.uid), ("state", "=", "open")]
        return set(self.env["lead.pool.approval"].sudo().search(mine).entry_id.ids)

    def _say_requests(self):
        """What the reader may know of requests about this lead: a line for each that waits, and for the last one that
        was decided since the lead is where it is."""
        entry = self.sudo()
        if not entry or not (entry.open_requests or entry.held_since):
            return False
        Approval = self.env["lead.pool.approval"]
        known = Approval.search([("entry_id", "=", entry.id)], limit=20) if Approval.has_access("read") else Approval
        lines = []
        for request in known.filtered(lambda request: request.state == "open"):
            lines.append(self.env._("%(request)s An admin has to decide.", request=request.sentence))
        since = entry.held_since or entry.entered_at
        decided = known.filtered(
            lambda request: request.state in ("approved", "declined") and request.decided_at >= since
        ).sorted("decided_at")[-1:]
        if decided:
            outcome = dict(Approval._fields["state"]._description_selection(self.env))[decided.state]
            answer = ": ".join(filter(None, [outcome, decided.decision_note]))
            lines.append(f"{decided.sentence} {answer}")
        return "\n".join(lines) or False

    # ------------------------------------------------------------
    # ABOVE THE CAPACITY
    # ------------------------------------------------------------

    @contended
    def action_ask_over_capacity(self, note=None, request_uid=None):
        """Ask the pool's admins for these waiting leads although I hold as many as I may.

        :param str note: why
        :returns: as :meth:`action_claim`; done: the request waits for a decision
        """
        self.browse().check_access("read")
        self._check_arguments(note=note)
        verb = f"lead.pool.entry.action_ask_over_capacity {list(self._ids)}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._ask_over_capacity(note))

    def _ask_over_capacity(self, note):
        entries = self.sudo()
        locked = entries._lock(users=[self.env.uid], wait=True)
        plain = entries._claim_verdicts(locked, together=False)
        above = entries._verdicts_above_capacity(self.env.user, locked)
        verdicts = {}
        for entry_id in self._ids:
            verdicts[entry_id] = OK if above[entry_id].code in OF_THE_MOMENT else above[entry_id]
            if verdicts[entry_id] and plain[entry_id].code not in FULL:
                verdicts[entry_id] = Verdict("not_full") if plain[entry_id] else plain[entry_id]
            if verdicts[entry_id]:
                pool = locked.pools.browse(locked.rows[entry_id].pool_id)
                self.env["lead.pool.approval"]._ask("over_capacity", pool, self.browse(entry_id), note=note or "")
        return self._answers(verdicts, entries._names({**locked.before, **locked.rows}))

    def _verdicts_above_capacity(self, user, locked):
        """``{entry id: Verdict}``: might this user claim each of the leads if there were no capacity?"""
        free = Locked(self.env, locked.now, set(locked.pools.ids))
        free.rows, free.before = locked.rows, locked.before
        free.lock_counters([user.id], {row.company_id for row in locked.rows.values()}, lock=False)
        for loads in free.loads.values():
            for load in loads.values():
                load.held.limit = 0
        return self.with_user(user).sudo()._claim_verdicts(free, together=False)

    def _approve_over_capacity(self, approval):
        """An admin agrees: the rep gets the lead if it still waits and nothing but his capacity stood in the way."""
        user = approval.user_id
        locked = self._lock(users=user.ids, wait=True)
        row = locked.rows.get(self.id)
        if row is None:
            return Verdict("busy")
        if row.state != "waiting":
            return Verdict("taken" if row.state == "held" else "closed")
        verdict = self._verdicts_above_capacity(user, locked)[self.id]
        if verdict.code not in ("", *OF_THE_MOMENT):
            return Verdict("not_takable")
        [answer] = self._assign(user, over_capacity=True, note=approval.note or None)
        return OK if answer["done"] else Verdict("not_takable")

    def _request_words_over_capacity(self, approval):
        _, words = self.env._, approval._words()
        return (
            _("%(user)s is full and asks for %(lead)s of “%(pool)s” on top.", **words),
            _("%(user)s gets the lead above his capacity, if it still waits.", **words),
            _("The lead waits for somebody else.", **words),
        )

    # ------------------------------------------------------------
    # BUTTONS
    # ------------------------------------------------------------

    def button_ask_over_capacity(self):
        return self._wizard("lead.pool.ask", self.env._("Ask for This Lead"))
