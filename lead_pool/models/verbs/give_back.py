"""A lead leaves the hands of its holder: return, recall, reclaim, transfer, invalid."""

from datetime import timedelta
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ...isolation import contended, in_batches
from ...rules import reclaim
from ...rules.facts import Verdict
from .ledger import Move

CHUNK = 250  # leads a transaction


class LeadPoolGiveBack(models.AbstractModel):
    _name = "lead.pool.verb.give_back"
    _description = "Giving Back"

    # ------------------------------------------------------------
    # VERBS
    # ------------------------------------------------------------

    @contended
    def action_return(self, reason_id, note=None, pool_id=None, request_uid=None):
        """Send leads that I hold back to their pool, or to one to which it lets them go.

        :param int reason_id: ``lead.pool.reason`` of kind return
        :param str note: kept with the event
        :param int pool_id: another pool, out of the pool's *Return Also To*
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(reason_id=reason_id, pool_id=pool_id, note=note)
        verb = f"lead.pool.entry.action_return {list(self._ids)} {reason_id} {pool_id}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: self._return(reason_id, note=note, pool_id=pool_id)
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
            verb, request_uid, lambda: self._recall(reason_id=reason_id, note=note)
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
            verb, request_uid, lambda: self._transfer(pool_id, reason_id=reason_id, note=note)
        )

    @contended
    def action_mark_invalid(self, reason_id, note=None, request_uid=None):
        """Say that these are no leads; by their holder, and for waiting ones by the pool's admins.

        :param int reason_id: ``lead.pool.reason`` of kind invalid
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(reason_id=reason_id, note=note)
        verb = f"lead.pool.entry.action_mark_invalid {list(self._ids)} {reason_id}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: self._mark_invalid(reason_id, note=note))

    # ------------------------------------------------------------
    # DO
    # ------------------------------------------------------------

    def _reason(self, reason_id, kind):
        """The reason, empty if it is none of this kind."""
        reason = self.env["lead.pool.reason"].sudo().browse(reason_id or []).exists()
        return reason.filtered(lambda r: r.kind == kind)

    def _decide(self, locked, judge, prepare, users=None, pools=None):
        """Ask a rule for each entry, make the moves it allows, answer for all.

        :param judge: ``Row -> Verdict``
        :param prepare: ``Row -> Move``
        """
        entries = self.sudo()
        verdicts = self._known_verdicts(locked)
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

    def _return(self, reason_id, note=None, pool_id=None):
        reason = self._reason(reason_id, "return")
        locked = self.sudo()._lock(pools=[pool_id] if pool_id else [], wait=True)
        runs = self._pools_run(locked.pools.ids)
        allowed = {pool.id: set(pool.return_pool_ids.filtered("active").ids) for pool in locked.pools}

        def judge(row):
            if not reason_id:
                return Verdict("reason_required")
            return reclaim.may_return(
                row.facts(),
                self.env.uid,
                is_admin=row.pool_id in runs,
                reason_ok=bool(reason),
                destination_ok=not pool_id or pool_id == row.pool_id or pool_id in allowed[row.pool_id],
            )

        def prepare(row):
            return Move(
                row, "returned", "waiting", pool_id=pool_id or 0, end_reason="returned", reason=reason, note=note or ""
            )

        return self._decide(locked, judge, prepare, pools=dict.fromkeys(self._ids, pool_id) if pool_id else None)

    def _recall(self, reason_id=None, note=None):
        reason = self._reason(reason_id, "reclaim")
        locked = self.sudo()._lock(wait=True)
        runs = self._pools_run(locked.pools.ids)

        def judge(row):
            if reason_id and not reason:
                return Verdict("wrong_reason")
            return reclaim.may_recall(row.facts(), is_admin=row.pool_id in runs)

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
            return reclaim.may_transfer(
                row.facts(),
                pool_id,
                is_admin=row.pool_id in runs,
                target_ok=bool(fits),
                reason_ok=bool(reason) or not reason_id,
            )

        def prepare(row):
            end = "transferred" if row.state == "held" else ""
            return Move(
                row, "transferred", "waiting", pool_id=target.id, end_reason=end, reason=reason, note=note or ""
            )

        answers = self._decide(locked, judge, prepare, pools=dict.fromkeys(self._ids, target.id) if target else None)
        moved = self.sudo().browse(answer["id"] for answer in answers if answer["done"])
        if moved:
            self.env["lead.pool.entry"]._refresh_open_values(target, moved)
        return answers

    def _mark_invalid(self, reason_id, note=None):
        reason = self._reason(reason_id, "invalid")
        locked = self.sudo()._lock(wait=True)
        runs = self._pools_run(locked.pools.ids)

        def judge(row):
            if not reason_id:
                return Verdict("reason_required")
            return reclaim.may_mark_invalid(
                row.facts(), self.env.uid, is_admin=row.pool_id in runs, reason_ok=bool(reason)
            )

        def prepare(row):
            return self._prepare_close(row, "invalid", reason=reason, note=note or "")

        return self._decide(locked, judge, prepare)

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

    # ------------------------------------------------------------
    # BY ITSELF
    # ------------------------------------------------------------

    @api.model
    def _cron_reclaim(self):
        """Take back what is due; compute deadlines again where rules changed; warn whose time runs out."""
        if not self.env["lead.pool"]._in_use() or self.env["lead.pool"]._stopped():
            return
        work = (self._refresh_stale_deadlines, self._reclaim_due, self._observe_due, self._warn_due)
        in_batches(self.env["ir.cron"], [partial(self._batch, one) for one in work])

    def _batch(self, work):
        """One batch for :func:`isolation.in_batches` of work that tells how many it did."""
        done = work(CHUNK)
        return done, bool(done)  # what somebody works on this moment waits for the next run

    @api.model
    def _reclaim_due(self, limit=CHUNK):
        """Take back up to ``limit`` leads whose time is over; the number of those done.

        What somebody works on this moment waits for the next run.
        """
        now = self.env["lead.pool"]._now()
        due = self.sudo().search(
            [
                ("state", "=", "held"),
                ("reclaim_at", "<=", now),
                ("locked", "=", False),
                ("pool_id.mode", "=", "active"),
            ],
            order="reclaim_at, id",
            limit=limit,
        )
        if not due:
            return 0
        locked = due._lock()
        moves = []
        for row in locked.rows.values():
            if reclaim.may_reclaim(row.facts(), due_at=row.reclaim_at, now=locked.now, locked=row.locked):
                reasons = dict(self._fields["deadline_reason"].selection)
                reason = due.browse(row.id).deadline_reason
                moves.append(
                    Move(
                        row,
                        "reclaimed",
                        "waiting",
                        end_reason="reclaimed",
                        note=reasons.get(reason, ""),
                        detail={"due": str(row.reclaim_at), "rule": reason or ""},
                    )
                )
        due._apply(moves, locked)
        return len(moves)

    @api.model
    def _warn_due(self, limit=CHUNK):
        """Tell holders, once a deadline, that a lead is about to go back."""
        now = self.env["lead.pool"]._now()
        due = self.sudo().search(
            [
                ("state", "=", "held"),
                ("warn_at", "<=", now),
                ("reclaim_at", ">", now),
                ("warned", "=", False),
                ("pool_id.mode", "=", "active"),
            ],
            order="warn_at, id",
            limit=limit,
        )
        if not due:
            return 0
        locked = due._lock()
        rows = [row for row in locked.rows.values() if row.state == "held"]
        self.env.cr.execute(
            SQL("UPDATE lead_pool_entry SET warned = true WHERE id = ANY(%s)", [row.id for row in rows])
        )
        due._note_events(rows, "warned", locked.now, detail={})
        due.invalidate_model(["warned"])
        due._tell_warning(rows)
        return len(rows)

    # ------------------------------------------------------------
    # DEADLINES
    # ------------------------------------------------------------

    def _set_deadlines(self, moves, now):
        """Compute the deadline of each lead that is held after its move."""
        held = [move for move in moves if move.state == "held"]
        if not held:
            return
        rules = self._reclaim_rules({move.pool_id for move in held}, [move.row.lead_id for move in held])
        for move in held:
            rule, time = rules(move.pool_id, move.row.lead_id)
            started = now if move.changes_hands else move.row.held_since
            move.deadline = reclaim.deadline(rule, self._tenure(move.row, started), time)

    def _tenure(self, row, started):
        """What the rules know of the present holder's time with the lead. Override to exempt leads."""
        converted = row.converted_at if row.converted_at and row.converted_at >= started else None
        return reclaim.Tenure(
            started, last_follow_up_at=row.last_follow_up_at, converted_at=converted, exempt=bool(row.locked)
        )

    def _reclaim_rules(self, pool_ids, lead_ids):
        """A function ``(pool_id, lead_id) -> (Rule or None, WorkingTime)``; one query for each condition."""
        leads = self.env["crm.lead"].sudo().browse(lead_ids)
        pools = self.env["lead.pool"].sudo().browse(pool_ids)
        rules, matches, times = {}, {}, {}
        for rule in pools.reclaim_rule_ids.filtered("active"):  # whatever a client says by active_test
            rules.setdefault(rule.pool_id.id, []).append(rule)
        for pool_id, of_pool in rules.items():
            if len(of_pool) > 1 or not of_pool[0]._lead_domain().is_true():
                for rule in of_pool:
                    matches.update(rule._matching(leads))
            if any(rule.working for rule in of_pool):
                times[pool_id] = pools.browse(pool_id)._working_time()

        def first(pool_id, lead_id):
            time = times.get(pool_id, reclaim.CALENDAR)
            for rule in rules.get(pool_id, ()):
                if rule.id not in matches or lead_id in matches[rule.id]:
                    return rule._as_rule(), time
            return None, time

        return first

    def _refresh_deadlines(self, keep_grace=True):
        """Compute the deadlines of these held entries again, after a follow-up or a changed rule.

        :param keep_grace: a deadline moves forward only as far as now plus the pool's grace
        """
        held = self.sudo().filtered(lambda entry: entry.state == "held")
        if not held:
            return
        now = self.env["lead.pool"]._now()
        rows = held._read_rows()
        rules = self._reclaim_rules({row.pool_id for row in rows.values()}, [row.lead_id for row in rows.values()])
        values = []
        for entry in held:
            row = rows[entry.id]
            rule, time = rules(row.pool_id, row.lead_id)
            tenure = self._tenure(row, entry.held_since)
            deadline = reclaim.deadline(rule, tenure, time)
            earlier = deadline.reclaim_at and (not row.reclaim_at or deadline.reclaim_at < row.reclaim_at)
            if keep_grace and earlier:
                grace = now + timedelta(hours=entry.pool_id.grace_hours)
                floor = min(grace, row.reclaim_at) if row.reclaim_at else grace
                deadline = reclaim.deadline(rule, tenure, time, not_before=floor)
            if (deadline.reclaim_at, deadline.warn_at) != (row.reclaim_at, row.warn_at):
                values.append((row.id, row.epoch, deadline.reclaim_at, deadline.warn_at, deadline.reason or None))
        if not values:
            return
        ids, epochs, reclaim_at, warn_at, reasons = map(list, zip(*values, strict=True))
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET reclaim_at = n.reclaim_at, warn_at = n.warn_at, deadline_reason = n.reason, warned = false
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::int[]) AS epoch,
                                  unnest(%s::timestamp[]) AS reclaim_at,
                                  unnest(%s::timestamp[]) AS warn_at, unnest(%s::varchar[]) AS reason) n
                    WHERE e.id = n.id AND e.epoch = n.epoch AND e.state = 'held'""",
                ids,
                epochs,
                reclaim_at,
                warn_at,
                reasons,
            )
        )
        self.env["lead.pool.entry"].invalidate_model(["reclaim_at", "warn_at", "deadline_reason", "warned"])

    @api.model
    def _grant_grace(self, pools):
        """These pools go to work: nothing goes back that nobody was warned of, before their grace is over."""
        self.env.flush_all()
        now = self.env["lead.pool"]._now()
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET reclaim_at = %(now)s + make_interval(hours => p.grace_hours), warn_at = %(now)s,
                          warned = false
                     FROM lead_pool p
                    WHERE p.id = e.pool_id AND p.id = ANY(%(pools)s) AND e.state = 'held'
                      AND e.reclaim_at < %(now)s + make_interval(hours => p.grace_hours)""",
                now=now,
                pools=pools.ids,
            )
        )
        self.env["lead.pool.entry"].invalidate_model(["reclaim_at", "warn_at", "warned"])

    @api.model
    def _refresh_stale_deadlines(self, limit=CHUNK):
        """Deadlines and next steps in pools whose rules changed, ``limit`` leads at a time; the number of leads."""
        left = limit
        for pool in self.env["lead.pool"].sudo().search([("deadlines_stale", "=", True)]):
            states = ["held", "waiting"] if pool._ages() else ["held"]
            behind = [("pool_id", "=", pool.id), ("state", "in", states), ("id", ">", pool.stale_from)]
            entries = self.sudo().search(behind, order="id", limit=left)
            entries._refresh_deadlines()
            entries._refresh_ageing()
            done = len(entries) < left
            pool.write({"deadlines_stale": not done, "stale_from": 0 if done else entries[-1].id})
            left -= len(entries)
            if not left:
                break
        return limit - left
