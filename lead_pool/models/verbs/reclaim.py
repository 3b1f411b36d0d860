"""When a held lead goes back by itself: the warnings before it, the taking back, and where it goes."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from functools import partial

from odoo import api, models
from odoo.tools import SQL

from ...isolation import as_many_as_go, in_batches
from ...rules import claim, reclaim
from .ledger import Move

CHUNK = 500  # leads a transaction
PUT_OFF = timedelta(days=1)  # what another module does not let go
BRAKE_WINDOW = timedelta(hours=1)  # in which a pool takes back so many leads at most


class LeadPoolReclaim(models.AbstractModel):
    _name = "lead.pool.verb.reclaim"
    _description = "Going Back by Itself"

    # ------------------------------------------------------------
    # BY ITSELF
    # ------------------------------------------------------------

    @api.model
    def _cron_reclaim(self):
        """Take back what is due; compute deadlines again where rules changed; warn whose time runs out."""
        if not self.env["lead.pool"]._in_use() or self.env["lead.pool"]._stopped() or not self._anything_due():
            return
        work = (
            self._unlock_due,
            self._thaw_settled,
            self._refresh_stale_deadlines,
            self._reclaim_some,
            self._observe_due,
            self._warn_due,
        )
        steps = [partial(self._batch, one) for one in work]
        in_batches(self.env["ir.cron"], [*steps, lambda: (self.env["lead.pool"]._tell_what_went_back(), False)])

    @api.model
    def _anything_due(self):
        """Whether a run of the scheduled action has anything to do: all that its steps look for, asked at once."""
        self.env.flush_all()
        [[due]] = self.env.execute_query(self._anything_due_query(self.env["lead.pool"]._now()))
        return due

    def _anything_due_query(self, now):
        """Whether any step of :meth:`_cron_reclaim` finds something.

        Leads that are due are looked for in the order of their deadlines: after many went back at once PostgreSQL's
        statistics say for a while that many are due, and without an order all held leads would be read.
        """
        return SQL(
            """SELECT EXISTS (SELECT FROM lead_pool_entry
                                   WHERE state = 'held' AND locked AND locked_until <= %(now)s)
                       OR EXISTS (SELECT FROM lead_pool_entry e
                                   WHERE e.frozen_since IS NOT NULL AND NOT EXISTS (
                                         SELECT FROM lead_pool_approval a
                                          WHERE a.kind = 'dispute' AND a.state = 'open'
                                            AND e.id IN (a.entry_id, a.other_entry_id)))
                       OR EXISTS (SELECT FROM lead_pool_rep WHERE deadlines_stale)
                       OR EXISTS (SELECT FROM lead_pool WHERE deadlines_stale AND active)
                       OR EXISTS (SELECT FROM (%(reclaim)s ORDER BY e.reclaim_at LIMIT 1) due)
                       OR EXISTS (SELECT FROM (%(observe)s ORDER BY e.reclaim_at LIMIT 1) due)
                       OR EXISTS (SELECT FROM (
                              SELECT FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id
                               WHERE e.state = 'held' AND e.warn_at <= %(now)s AND e.reclaim_at > %(now)s
                                 AND e.warned IS NOT TRUE AND p.mode = 'active'
                               ORDER BY e.warn_at LIMIT 1) due)
                       OR EXISTS (%(tell)s)""",
            now=now,
            reclaim=self._due_query(now),
            observe=self._observed_query(now),
            tell=self.env["lead.pool"]._went_back_query(now),
        )

    def _batch(self, work):
        """One batch for :func:`isolation.in_batches` of work that tells how many it did."""
        done = work(CHUNK)
        return done, bool(done)  # what somebody works on this moment waits for the next run

    @api.model
    def _reclaim_some(self, limit=CHUNK):
        """As :meth:`_reclaim_due`; a lead that a check of another module keeps from going back is put off."""
        return as_many_as_go(self.env.cr, self._reclaim_due, limit, self._put_off_blocked)[0]

    def _put_off_blocked(self, error):
        """The lead that is due first cannot be taken back: it is tried again a day later, and the admins are told."""
        now = self.env["lead.pool"]._now()
        entry, _asked = self._within_brakes(self._due_ids(now, 1), now)
        self.env.cr.execute(
            SQL("UPDATE lead_pool_entry SET reclaim_at = %s WHERE id = ANY(%s)", now + PUT_OFF, list(entry._ids))
        )
        self._forget_deadlines()
        text = self._error_text(error)
        for pool in entry.pool_id:
            pool._tell_admins(
                "trouble",
                lambda env, pool: (
                    env._("A lead of “%(pool)s” cannot be taken back", pool=pool.name),
                    [env._("Lead #%(number)s: %(error)s", number=entry.lead_ref, error=text)],
                ),
            )
        return len(entry)

    @api.model
    def _reclaim_due(self, limit=CHUNK):
        """Take back up to ``limit`` leads whose time is over; the number of those done, and of pools whose admins
        were asked.

        What somebody works on this moment waits for the next run.
        """
        now = self.env["lead.pool"]._now()
        due, asked = self._within_brakes(self._due_ids(now, limit), now)
        if not due:
            return len(asked)
        rules = due.reclaim_rule_id
        following = rules.filtered(lambda rule: rule.destination == "next").pool_id
        locked = due._lock(users=following.member_ids.user_id.ids, pools=rules.destination_pool_id.ids)
        rows = [
            row
            for row in locked.rows.values()
            if reclaim.may_reclaim(row.facts(), due_at=row.reclaim_at, now=locked.now, locked=row.locked)
        ]
        moves = self._prepare_reclaims(rows, locked)
        due._apply(moves, locked)
        self._open_elsewhere(moves)
        return len(moves) + len(asked)

    def _due_ids(self, now, limit):
        """``{pool id: [ids of held leads that are due]}``, the first ones first; none of pools whose admins are asked
        whether so many may go back."""
        self.env.flush_all()
        rows = self.env.execute_query(SQL("%s ORDER BY e.reclaim_at, e.id LIMIT %s", self._due_query(now), limit))
        due = defaultdict(list)
        for pool_id, entry_id in rows:
            due[pool_id].append(entry_id)
        return due

    def _due_query(self, now):
        """Pool and id of the leads that are due, as :meth:`_due_ids` takes them back."""
        return SQL(
            """SELECT e.pool_id, e.id FROM lead_pool_entry e JOIN lead_pool p ON p.id = e.pool_id
                WHERE e.state = 'held' AND e.reclaim_at <= %(now)s AND e.locked IS NOT TRUE
                  AND p.mode = 'active'
                  AND (COALESCE(p.reclaim_most, 0) = 0 OR p.brake_off_until > %(now)s OR NOT EXISTS (
                           SELECT 1 FROM lead_pool_approval a
                            WHERE a.pool_id = p.id AND a.kind = 'storm' AND a.state = 'open'))""",
            now=now,
        )

    def _within_brakes(self, due, now):
        """As many of these leads as their pools take back within an hour; of what is more, the admins are asked.

        :param due: from :meth:`_due_ids`
        :returns: ``(entries, pools whose admins were asked)``
        """
        Pool = self.env["lead.pool"].sudo()
        braked = Pool.browse(due).filtered(
            lambda pool: pool.reclaim_most and not (pool.brake_off_until and pool.brake_off_until > now)
        )
        taken = braked._taken_back(now)
        over = Pool
        for pool in braked:
            ids = due[pool.id]
            allowed = reclaim.brake(len(ids), most=pool.reclaim_most, taken=taken.get(pool.id, 0))
            if allowed < len(ids):
                over |= pool
                due[pool.id] = ids[:allowed]
        over._ask_about_storm(now, {pool.id: len(due[pool.id]) for pool in over})
        return self.sudo().browse(entry_id for ids in due.values() for entry_id in ids), over

    def _prepare_reclaims(self, rows, locked):
        """The moves that take these leads back, each to where its rule says.

        :param rows: ``[Row]``, locked and due
        """
        rules = self.env["lead.pool.reclaim.rule"].sudo().browse({row.reclaim_rule_id for row in rows} - {None})
        rules = {rule.id: rule for rule in rules}
        following = defaultdict(list)
        moves = []
        for row in rows:
            rule = rules.get(row.reclaim_rule_id)
            if rule and rule.destination == "next":
                following[row.pool_id].append(row)
                continue
            target = rule.destination_pool_id if rule and rule.destination == "other" else None
            moves.append(self._prepare_reclaim(row, pool_id=target.id if target and target._takes(row) else 0))
        for pool_id, of_pool in following.items():
            moves += self._prepare_next(self.env["lead.pool"].sudo().browse(pool_id), of_pool, locked)
        return moves

    def _prepare_reclaim(self, row, state="waiting", detail=None, **values):
        reasons = dict(self._fields["deadline_reason"].selection)
        why = {"rule": row.deadline_reason or "", "rule_id": row.reclaim_rule_id}
        return Move(
            row,
            "reclaimed",
            state,
            end_reason="reclaimed",
            note=reasons.get(row.deadline_reason, ""),
            detail={**why, **(detail or {}), "due": str(row.reclaim_at)},
            **values,
        )

    def _prepare_next(self, pool, rows, locked):
        """The moves that give leads to the next rep, as their pool distributes, and by turns where it is done by hand.

        Neither the present holder gets them nor who has to let colleagues try first. Without anybody they wait.
        """
        verdict = pool._in_working_hours(locked.now)
        if not verdict:
            return [self._prepare_reclaim(row, detail={"code": verdict.code}) for row in rows]
        policy = pool._policy()[pool.id]
        if policy.strategy == "manual":
            policy = replace(policy, strategy="rotation")
        self._read_former_holders(locked, locked.pools._policy())
        users = [user for user, pool_id in locked.members if pool_id == pool.id]
        for row in rows:
            facts = row.facts()
            cooling = {user for user in users if claim.cooling_until(facts, user, policy, locked.now)}
            row.barred = frozenset({row.user_id, *cooling})
        moves = []
        for row, choice, decision in pool._choose(rows, locked, policy):
            words = {"detail": pool._words_of_choice(choice), "decision_id": decision.id}
            if choice.user_id:
                words |= {"state": "held", "user_id": choice.user_id, "origin": "distributed"}
            moves.append(self._prepare_reclaim(row, **words))
        return moves

    def _open_elsewhere(self, moves):
        """What went to another pool shows what that pool opens, and is given out there."""
        moved = defaultdict(list)
        for move in moves:
            if move.pool_id != move.row.pool_id:
                moved[move.pool_id].append(move.row.id)
        for pool_id, ids in moved.items():
            pool = self.env["lead.pool"].sudo().browse(pool_id)
            self._refresh_open_values(pool, self.sudo().browse(ids))
            pool._wake_distribution()

    # ------------------------------------------------------------
    # WARNINGS
    # ------------------------------------------------------------

    @api.model
    def _warn_due(self, limit=CHUNK):
        """Tell holders, team leaders and admins, each once a deadline, that a lead is about to go back."""
        now = self.env["lead.pool"]._now()
        due = self.sudo().search(
            [
                ("state", "=", "held"),
                ("warn_at", "<=", now),
                ("reclaim_at", ">", now),
                ("warned", "=", False),
                ("pool_id.mode", "=", "active"),
            ],
            order="warn_at, user_id, id",
            limit=limit,
        )
        if not due:
            return 0
        locked = due._lock()
        rows = [
            row
            for row in locked.rows.values()
            if row.state == "held" and not row.warned and row.warn_at and row.warn_at <= locked.now
        ]
        who = {row.id: row.warn_level or reclaim.REP for row in rows}
        plans = self._ladders(rows)
        steps = {
            row.id: reclaim.next_warning(plans.get(row.id, ()), since=row.warn_at, warned=who[row.id]) for row in rows
        }
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET warn_at = COALESCE(n.warn_at, e.warn_at), warned = n.warn_at IS NULL,
                          warn_level = CASE WHEN n.warn_at IS NULL THEN n.who ELSE n.next END
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::int[]) AS who,
                                  unnest(%s::timestamp[]) AS warn_at, unnest(%s::int[]) AS next) n
                    WHERE e.id = n.id""",
                [row.id for row in rows],
                [who[row.id] for row in rows],
                [steps[row.id][0] for row in rows],
                [steps[row.id][1] for row in rows],
            )
        )
        names = {reclaim.REP: "rep", reclaim.LEADER: "leader", reclaim.ADMIN: "admin"}
        self._note(
            [Move(row, "warned", row.state, row.user_id, detail={"to": names[who[row.id]]}) for row in rows],
            locked.now,
        )
        due.invalidate_model(["warned", "warn_at", "warn_level"])
        due._tell_warning([(row, who[row.id]) for row in rows])
        return len(rows)

    def _ladders(self, rows):
        """``{entry id: ((who, when))}`` of deadlines that are set, where their rule warns more than the holder."""
        rules = self.env["lead.pool.reclaim.rule"].sudo().browse({row.reclaim_rule_id for row in rows} - {None})
        rules = {rule.id: rule._as_rule() for rule in rules if rule.warn_leader_days or rule.warn_admin_days}
        rows = [row for row in rows if row.reclaim_rule_id in rules]
        if not rows:
            return {}
        working = {row.pool_id for row in rows if rules[row.reclaim_rule_id].working}
        times = {pool.id: pool._working_time() for pool in self.env["lead.pool"].sudo().browse(working)}
        away = self._leaves({(row.user_id, row.pool_id): row.held_since for row in rows})
        return {
            row.id: reclaim.warnings(
                rules[row.reclaim_rule_id],
                reclaim.Tenure(
                    row.held_since,
                    away=(*self._frozen_spans(row, row.held_since), *away.get((row.user_id, row.pool_id), ())),
                ),
                times.get(row.pool_id, reclaim.CALENDAR),
                row.reclaim_at,
            )
            for row in rows
        }
