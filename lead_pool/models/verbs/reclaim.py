"""When a held lead goes back by itself: its deadline, the warnings before it, and the taking back."""

from datetime import timedelta
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ...isolation import in_batches
from ...rules import reclaim
from .ledger import Move

CHUNK = 250  # leads a transaction


class LeadPoolReclaim(models.AbstractModel):
    _name = "lead.pool.verb.reclaim"
    _description = "Going Back by Itself"

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
