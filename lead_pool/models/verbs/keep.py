"""What the holder of a lead does about its deadline: lock, unlock, have it extended.

A lock or an extension is a promise that outlives the computing anew of deadlines: it is kept on the entry, and the
deadline rule takes it (``Tenure.exempt`` and ``Tenure.keep_until``). It ends with the holding.
"""

from dataclasses import replace
from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...isolation import contended
from ...rules import keep
from ...rules.facts import OK, Verdict
from .deadline import Asked
from .ledger import Move

LONGEST = 365  # days of one extension, whoever grants it


class LeadPoolKeep(models.AbstractModel):
    _name = "lead.pool.verb.keep"
    _description = "Keeping a Lead"

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_lock(self, epoch=None, request_uid=None):
        """Keep leads that I hold from going back by themselves, as many and as long as their pool allows.

        :param int epoch: of the one lead, as the caller last saw it; if it changed hands since, nothing is done
        :returns: as :meth:`action_claim`; a lead that is locked already is done
        """
        self.browse().check_access("read")
        self._check_arguments(epoch=epoch)
        verb = f"lead.pool.entry.action_lock {list(self._ids)}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._lock_leads(epoch))

    @contended
    def action_unlock(self, epoch=None, request_uid=None):
        """Let the clock of locked leads go on: by their holder, or an admin of their pool.

        None of them goes back before the pool's grace is over.

        :returns: as :meth:`action_claim`; a lead that is not locked is done
        """
        self.browse().check_access("read")
        self._check_arguments(epoch=epoch)
        verb = f"lead.pool.entry.action_unlock {list(self._ids)}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._unlock_leads(epoch))

    @contended
    def action_extend(self, days, note=None, epoch=None, request_uid=None):
        """Put off the deadline of leads that I hold, or ask an admin to, as their pool has it.

        While an admin is asked the clock runs on, but the lead is not taken back within three days of the first
        request of a holding.

        :param int days: 1 to 365, counted as the lead's reclaim rule counts (working or calendar days)
        :param str note: for the admins, kept with the event
        :returns: as :meth:`action_claim`; ``approval_asked`` where an admin has to say yes first
        :raises UserError: ``days`` is no such number
        """
        self.browse().check_access("read")
        self._check_arguments(note=note, epoch=epoch)
        if type(days) is not int or not 1 <= days <= LONGEST:
            raise UserError(
                self.env._("An extension is a whole number of days, from 1 to %(most)s: choose one.", most=LONGEST)
            )
        verb = f"lead.pool.entry.action_extend {list(self._ids)} {days}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._extend(days, note or "", epoch))

    # ------------------------------------------------------------
    # LOCK
    # ------------------------------------------------------------

    def _lock_leads(self, epoch=None):
        entries, uid = self.sudo(), self.env.uid
        locked = entries._lock(wait=True)
        verdicts = self._known_verdicts(locked, epoch)
        terms = locked.pools._terms()
        counts = entries._count_locks(uid, locked.pools.ids)
        rows = []
        for entry_id in self._ids:
            if not verdicts[entry_id]:
                continue
            row = locked.rows[entry_id]
            verdicts[entry_id] = keep.may_lock(
                row.facts(),
                uid,
                terms[row.pool_id],
                locked_now=counts.get(row.pool_id, 0),
                now=locked.now,
                is_member=(uid, row.pool_id) in locked.members,
                locked_until=row.locked_until,
            )
            if verdicts[entry_id] and not row.locked:
                row.locked = True
                row.locked_until = keep.lock_ends_at(terms[row.pool_id], locked.now, row.locked_until)
                counts[row.pool_id] = counts.get(row.pool_id, 0) + 1
                rows.append(row)
        if rows:
            self.env.cr.execute(
                SQL(
                    """UPDATE lead_pool_entry e SET locked = true, locked_until = n.until
                         FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::timestamp[]) AS until) n
                        WHERE e.id = n.id""",
                    [row.id for row in rows],
                    [row.locked_until for row in rows],
                )
            )
            entries._kept(
                [
                    Move(row, "locked", row.state, row.user_id, detail={"until": str(row.locked_until or "")})
                    for row in rows
                ],
                locked.now,
            )
        return self._answers(verdicts, entries._names({**locked.before, **locked.rows}))

    def _count_locks(self, user_id, pool_ids):
        """``{pool id: leads that the user has locked}``, counted so that no two locks at the same moment count alike.

        The member's rows are locked, but that is not enough where the caller's snapshot is older than the colleague's
        commit: a row that was written makes this transaction start again, one that was only locked would not.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE lead_pool_member SET held = held WHERE user_id = %s AND pool_id = ANY(%s) AND role = 'member'",
                user_id,
                list(pool_ids),
            )
        )
        return dict(
            self.env.execute_query(
                SQL(
                    """SELECT pool_id, count(*) FROM lead_pool_entry
                        WHERE user_id = %s AND state = 'held' AND locked AND pool_id = ANY(%s) GROUP BY pool_id""",
                    user_id,
                    list(pool_ids),
                )
            )
        )

    def _unlock_leads(self, epoch=None):
        entries = self.sudo()
        locked = entries._lock(wait=True)
        verdicts = self._known_verdicts(locked, epoch)
        runs = self._pools_run(locked.pools.ids)
        rows = []
        for entry_id in self._ids:
            if not verdicts[entry_id]:
                continue
            row = locked.rows[entry_id]
            verdicts[entry_id] = keep.may_unlock(row.facts(), self.env.uid, is_admin=row.pool_id in runs)
            if verdicts[entry_id] and row.locked:
                row.locked = False
                rows.append(row)
        entries._unlock(rows, locked.now)
        return self._answers(verdicts, entries._names({**locked.before, **locked.rows}))

    def _unlock(self, rows, now, **detail):
        """The clocks of these leads go on; none ends before the grace of its pool is over."""
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET locked = false,
                          keep_until = GREATEST(e.keep_until, %(now)s + make_interval(hours => p.grace_hours))
                     FROM lead_pool p WHERE p.id = e.pool_id AND e.id = ANY(%(ids)s)""",
                now=now,
                ids=[row.id for row in rows],
            )
        )
        self._kept([Move(row, "unlocked", row.state, row.user_id, detail=detail) for row in rows], now)

    @api.model
    def _unlock_due(self, limit):
        """Unlock up to ``limit`` leads that were locked as long as their pool allows; the number of those done."""
        now = self.env["lead.pool"]._now()
        due = self.sudo().search(
            [("state", "=", "held"), ("locked", "=", True), ("locked_until", "<=", now)],
            order="locked_until, id",
            limit=limit,
        )
        if not due:
            return 0
        locked = due._lock()
        rows = [
            row
            for row in locked.rows.values()
            if row.state == "held" and row.locked and row.locked_until and row.locked_until <= locked.now
        ]
        due._unlock(rows, locked.now, by_itself=True)
        return len(rows)

    # ------------------------------------------------------------
    # EXTEND
    # ------------------------------------------------------------

    def _extend(self, days, note, epoch=None):
        entries = self.sudo()
        locked = entries._lock(wait=True)
        verdicts = self._known_verdicts(locked, epoch)
        runs = self._pools_run(locked.pools.ids)
        terms = locked.pools._terms()
        due_at = entries._extensible_from(list(locked.rows.values()))
        rows, asking = {}, {}
        for entry_id in self._ids:
            if not verdicts[entry_id] or entry_id in rows:
                continue
            row = locked.rows[entry_id]
            is_admin = row.pool_id in runs and row.user_id != self.env.uid  # nobody grants himself more time
            verdicts[entry_id] = keep.may_extend(
                row.facts(),
                self.env.uid,
                days,
                terms[row.pool_id],
                used=row.extension_count or 0,
                due_at=due_at[entry_id],
                is_admin=is_admin,
            )
            if verdicts[entry_id] and keep.needs_approval(days, terms[row.pool_id], is_admin=is_admin):
                asking[entry_id] = row
                verdicts[entry_id] = Verdict("approval_asked")
            elif verdicts[entry_id]:
                rows[entry_id] = row
        entries._extend_by(list(rows.values()), days, due_at, note, locked.now)
        self._ask_to_extend(list(asking.values()), days, note, locked.now)
        return self._answers(verdicts, entries._names({**locked.before, **locked.rows}))

    def _extensible_from(self, rows):
        """``{entry id: deadline that an extension puts off}``; ``None`` where the lead never goes back by itself.

        That a lead waits for an answer puts nothing off: what the deadline is without that counts.
        """
        pools = self.env["lead.pool"].sudo().browse({row.pool_id for row in rows})
        observing = set(pools.filtered(lambda pool: pool.mode == "observe").ids)
        due = {row.id: None if row.pool_id in observing else row.reclaim_at for row in rows}
        waiting = [row for row in rows if due[row.id] and row.asked_until and row.reclaim_at <= row.asked_until]
        without = [
            Asked(replace(row, asked_until=None), row.pool_id, row.user_id, row.held_since, running=False)
            for row in waiting
        ]
        answers = self._deadlines(without, self.env["lead.pool"]._now()) if without else {}
        return {**due, **{entry_id: answer.reclaim_at for entry_id, answer in answers.items()}}

    def _extend_by(self, rows, days, due_at, note, now):
        """These deadlines end so many days later, and never again before that."""
        if not rows:
            return
        rules = self._reclaim_rules({row.pool_id for row in rows}, [row.lead_id for row in rows])
        moves = []
        for row in rows:
            rule, time = rules(row.pool_id, row.lead_id)
            working = bool(rule and rule.working)
            until = keep.extended_until(
                due_at[row.id], now, days, time, working=working, promised=row.asked_until or None
            )
            detail = {"days": days, "from": str(due_at[row.id]), "to": str(until)}
            moves.append(Move(row, "extended", row.state, row.user_id, note=note, detail=detail))
            row.keep_until = until
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET keep_until = n.until,
                          extension_count = COALESCE(e.extension_count, 0) + 1
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::timestamp[]) AS until) n
                    WHERE e.id = n.id""",
                [row.id for row in rows],
                [row.keep_until for row in rows],
            )
        )
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_holding
                      SET extension_count = COALESCE(extension_count, 0) + 1,
                          extended_days = COALESCE(extended_days, 0) + %s
                    WHERE lead_id = ANY(%s) AND ended_at IS NULL""",
                days,
                [row.lead_id for row in rows],
            )
        )
        self.env["lead.pool.holding"].invalidate_model(["extension_count", "extended_days"])
        self._kept(moves, now)

    def _kept(self, moves, now):
        """Write down what was done about these deadlines, and compute them again."""
        self._note(moves, now)
        self.env["lead.pool.entry"].invalidate_model()
        self.browse(move.row.id for move in moves)._refresh_deadlines()

    # ------------------------------------------------------------
    # APPROVAL
    # ------------------------------------------------------------

    def _ask_to_extend(self, rows, days, note, now):
        """Ask the admins; an open request keeps the lead from going back before they could answer."""
        if not rows:
            return
        for row in rows:
            entry = self.browse(row.id).sudo()
            self.env["lead.pool.approval"]._ask(
                "extension", entry.pool_id, entry=entry, values={"days": days}, note=note
            )
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e SET asked_until = n.until
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::timestamp[]) AS until) n
                    WHERE e.id = n.id""",
                [row.id for row in rows],
                [keep.respite_until(now, row.asked_until) for row in rows],
            )
        )
        self.env["lead.pool.entry"].invalidate_model()
        self.sudo().browse(row.id for row in rows)._refresh_deadlines()

    def _request_words_extension(self, approval):
        """What is asked for, what follows on yes and on no."""
        words = {**approval._words(), "count": approval.values["days"], "grace": self.pool_id.grace_hours}
        due_at = self._extensible_from(list(self._read_rows().values())).get(self.id)
        words["moment"] = self._wall_clock(due_at) if due_at else self.env._("never")
        return (
            self.env._(
                "%(user)s asks for %(count)s more days for %(lead)s of “%(pool)s”. It goes back: %(moment)s.", **words
            ),
            self.env._("The deadline is put off by %(count)s days, from then or from now if that is over.", **words),
            self.env._(
                "The deadline stays; a lead that is due already goes back %(grace)s hours after your answer.", **words
            ),
        )

    def _approve_extension(self, approval):
        """An admin approves: the deadline is put off, if who asked still holds the lead.

        :returns: ``Verdict``; when it is refused the request stays open
        """
        entry = self.sudo()
        locked = entry._lock(wait=True)
        row = locked.rows.get(self.id)
        if row is None:
            return Verdict("busy")
        due_at = entry._extensible_from([row])
        verdict = keep.may_grant(row.facts(), approval.user_id.id, due_at=due_at[row.id])
        if verdict:
            entry.with_env(self.env)._extend_by([row], approval.values["days"], due_at, approval.note or "", locked.now)
        return verdict

    def _decline_extension(self, approval):
        """An admin declines: the deadline is again what it was, and not before the pool's grace is over."""
        entry = self.sudo()
        now = self.env["lead.pool"]._now()
        entry.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry SET asked_until = %(until)s
                    WHERE id = ANY(%(ids)s) AND asked_until > %(until)s""",
                until=now + timedelta(hours=entry.pool_id[:1].grace_hours),
                ids=entry.ids,
            )
        )
        self.env["lead.pool.entry"].invalidate_model()
        entry._refresh_deadlines()
        return OK

    def _withdraw_extension(self, approval):
        """Who asked does not ask any more: as if an admin had declined."""
        return self._decline_extension(approval)
