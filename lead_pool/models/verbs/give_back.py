"""A lead leaves the hands of its holder: return, recall, transfer."""

from odoo import models

from ...isolation import contended
from ...rules import reclaim
from ...rules.facts import Verdict
from .ledger import Move


class LeadPoolGiveBack(models.AbstractModel):
    _name = "lead.pool.verb.give_back"
    _description = "Giving Back"

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_return(self, reason_id, note=None, pool_id=None, epoch=None, request_uid=None):
        """Send leads that I hold back to their pool, or to one to which it lets them go.

        :param int reason_id: ``lead.pool.reason`` of kind return, for all pools or for this one
        :param str note: kept with the event; some reasons need one
        :param int pool_id: another pool, out of the pool's *Return Also To*; ``None``: where the reason sends it, if
            the pool lets it go there, else the lead's own pool
        :param int epoch: of the one lead, as the caller last saw it; if it changed hands since, nothing is done
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(reason_id=reason_id, pool_id=pool_id, note=note, epoch=epoch)
        verb = f"lead.pool.entry.action_return {list(self._ids)} {reason_id} {pool_id}"
        return self.env["lead.pool.request"]._once(
            verb,
            request_uid,
            lambda: self._together_or_each(
                lambda some: some._return(reason_id, note=note, pool_id=pool_id, epoch=epoch)
            ),
        )

    @contended
    def action_reclaim(self, reason_id=None, note=None, request_uid=None):
        """Take held leads back into their pool; by admins of the pool.

        :param int reason_id: ``lead.pool.reason`` of kind reclaim
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(reason_id=reason_id, note=note)
        verb = f"lead.pool.entry.action_reclaim {list(self._ids)} {reason_id}"
        return self.env["lead.pool.request"]._once(
            verb,
            request_uid,
            lambda: self._together_or_each(lambda some: some._recall(reason_id=reason_id, note=note)),
        )

    @contended
    def action_transfer(self, pool_id, reason_id=None, note=None, request_uid=None):
        """Move leads to another pool, where they wait; by admins of the pool they are in.

        :param int pool_id: where they go
        :param int reason_id: ``lead.pool.reason`` of kind transfer
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(pool_id=pool_id, reason_id=reason_id, note=note)
        verb = f"lead.pool.entry.action_transfer {list(self._ids)} {pool_id} {reason_id}"
        return self.env["lead.pool.request"]._once(
            verb,
            request_uid,
            lambda: self._together_or_each(lambda some: some._transfer(pool_id, reason_id=reason_id, note=note)),
        )

    # ------------------------------------------------------------
    # DO
    # ------------------------------------------------------------

    def _reason(self, reason_id, kind):
        """The reason, empty if it is none of this kind."""
        reason = self.env["lead.pool.reason"].sudo().browse(reason_id or []).exists()
        return reason.filtered(lambda r: r.kind == kind)

    def _decide(self, locked, judge, prepare, users=None, pools=None, epoch=None):
        """Ask a rule for each entry, make the moves it allows, answer for all.

        :param judge: ``Row -> Verdict``
        :param prepare: ``Row -> Move``
        """
        entries = self.sudo()
        verdicts = self._known_verdicts(locked, epoch)
        moves = []
        for entry_id in self._ids:
            if verdicts[entry_id]:
                row = locked.rows[entry_id]
                verdicts[entry_id] = judge(row)
                if verdicts[entry_id]:
                    moves.append(prepare(row))
        entries._apply(moves, locked)
        names = entries._names({**locked.before, **locked.rows}, users=users, pools=pools)
        return self._answers(verdicts, names)

    def _return(self, reason_id, note=None, pool_id=None, epoch=None):
        reason = self._reason(reason_id, "return")
        locked = self.sudo()._lock(pools={pool_id or 0, reason.to_pool_id.id or 0} - {0}, wait=True)
        runs = self._pools_run(locked.pools.ids)
        pools = locked.pools.exists()
        allowed = {pool.id: set(pool.return_pool_ids.filtered("active").ids) for pool in pools}
        companies = {pool.id: pool.company_id.id for pool in pools}

        def fits(row, target):
            allows = target in allowed[row.pool_id] and companies[target] in (False, row.company_id)
            return target == row.pool_id or allows

        def target(row):
            by_reason = reason.to_pool_id.id or 0
            return pool_id or (by_reason if by_reason and fits(row, by_reason) else row.pool_id)

        def judge(row):
            if not reason_id:
                return Verdict("reason_required")
            verdict = reclaim.may_return(
                row.facts(),
                self.env.uid,
                is_admin=row.pool_id in runs,
                reason_ok=reason._is_for(row.pool_id),
                destination_ok=fits(row, target(row)),
            )
            return verdict and reason._check_note(note)

        def prepare(row):
            return Move(
                row, "returned", "waiting", pool_id=target(row), end_reason="returned", reason=reason, note=note or ""
            )

        answers = self._decide(
            locked, judge, prepare, pools=dict.fromkeys(self._ids, pool_id) if pool_id else None, epoch=epoch
        )
        self._show_in_new_pools(answers, locked)
        return answers

    def _show_in_new_pools(self, answers, locked):
        """What waits in another pool now shows that pool's open fields, and no others."""
        done = self.sudo().browse(answer["id"] for answer in answers if answer["done"])
        moved = done.filtered(lambda entry: entry.pool_id.id != locked.before[entry.id].pool_id)
        if moved:
            self.env["lead.pool.entry"]._refresh_open_values(moved.pool_id, moved)

    def _recall(self, reason_id=None, note=None):
        reason = self._reason(reason_id, "reclaim")
        locked = self.sudo()._lock(wait=True)
        runs = self._pools_run(locked.pools.ids)

        def judge(row):
            verdict = reclaim.may_recall(row.facts(), is_admin=row.pool_id in runs)
            if verdict and reason_id and not reason._is_for(row.pool_id):
                return Verdict("wrong_reason")
            return verdict and reason._check_note(note)

        def prepare(row):
            return Move(row, "recalled", "waiting", end_reason="recalled", reason=reason, note=note or "")

        return self._decide(locked, judge, prepare)

    def _transfer(self, pool_id, reason_id=None, note=None):
        reason = self._reason(reason_id, "transfer")
        target = self.env["lead.pool"].sudo().browse(pool_id or []).exists().filtered("active")
        locked = self.sudo()._lock(pools=target.ids, wait=True)
        runs = self._pools_run(locked.pools.ids)

        def judge(row):
            fits = target and (not target.company_id or target.company_id.id == row.company_id)
            verdict = reclaim.may_transfer(
                row.facts(),
                pool_id,
                is_admin=row.pool_id in runs,
                target_ok=bool(fits),
                reason_ok=not reason_id or reason._is_for(row.pool_id),
            )
            return verdict and reason._check_note(note)

        def prepare(row):
            end = "transferred" if row.state == "held" else ""
            return Move(
                row, "transferred", "waiting", pool_id=target.id, end_reason=end, reason=reason, note=note or ""
            )

        answers = self._decide(locked, judge, prepare, pools=dict.fromkeys(self._ids, target.id) if target else None)
        self._show_in_new_pools(answers, locked)
        return answers

    def _prepare_close(self, row, closed_as, kind=None, **values):
        """The move that closes one entry; a holder keeps his name on the lead."""
        ends = {"converted", "invalid", "lost", "merged", "deleted"}
        end_reason = (closed_as if closed_as in ends else "lost") if row.state == "held" else ""
        return Move(
            row,
            kind or closed_as,
            "closed",
            closed_as=closed_as,
            end_reason=end_reason,
            project=False,
            **values,
        )
