"""Who gets the leads: an admin assigns by hand, or the pool distributes what waits."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...isolation import contended, read_committed
from ...rules import distribution
from ...rules.facts import Load, Verdict
from .ledger import Move

CHUNK = 250  # leads a transaction, so that claims stay quick meanwhile
MOST = 5000  # leads of one call


class LeadPoolAssign(models.AbstractModel):
    _name = "lead.pool.verb.assign"
    _description = "Assigning"

    @contended
    def action_assign(self, user_id, over_capacity=False, note=None, request_uid=None):
        """Give these leads, waiting or held, to a member of their pool.

        :param int user_id: who gets them
        :param bool over_capacity: also above his capacity; recorded
        :param str note: kept with the event
        :returns: as :meth:`action_claim`
        """
        self.browse().check_access("read")
        self._check_arguments(user_id=user_id, note=note)
        user = self.env["res.users"].sudo().browse(user_id or []).exists()
        verb = f"lead.pool.entry.action_assign {list(self._ids)} {user_id} {bool(over_capacity)}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: self._assign(user, over_capacity=over_capacity, note=note)
        )

    def _assign(self, user, over_capacity=False, note=None):
        entries = self.sudo()
        locked = entries._lock(users=user.ids, wait=True)
        runs = self._pools_run(locked.pools.ids)
        may = {pool_id: pool_id in runs for pool_id in locked.pools.ids}
        verdicts = self._known_verdicts(locked)
        asked = [locked.rows[entry_id] for entry_id in self._ids if verdicts[entry_id]]
        targets = {pool: member for (uid, pool), member in locked.members.items() if uid == user.id}
        for company_id in {row.company_id for row in asked}:
            rows = [row for row in asked if row.company_id == company_id]
            answers = distribution.assign_batch(
                [row.facts() for row in rows],
                targets,
                locked.overall(user.id, company_id) if user else Load(),
                over_capacity=over_capacity,
                may=may,
            )
            verdicts.update(zip((row.id for row in rows), answers, strict=True))
        moves = [self._prepare_assign(row, user, locked, note) for row in asked if verdicts[row.id]]
        entries._apply(moves, locked)
        rows = {**locked.before, **locked.rows}
        about_user = {
            entry_id: user.id
            for entry_id, verdict in verdicts.items()
            if verdict.code in ("user_inactive", "target_not_member", "target_full")
        }
        return self._answers(verdicts, entries._names(rows, users=about_user))

    def _prepare_assign(self, row, user, locked, note=None):
        """The move that gives one lead to ``user``; above his capacity it says so."""
        member = locked.members.get((user.id, row.pool_id))
        overall = locked.overall(user.id, row.company_id)
        loads = [overall, *([member.load] if member else [])]
        over = any(load.held.limit and load.held.used > load.held.limit for load in loads)
        held = row.state == "held"
        return Move(
            row,
            "reassigned" if held else "assigned",
            "held",
            user_id=user.id,
            origin="assigned",
            end_reason="reassigned" if held else "",
            over_capacity=over,
            note=note or "",
            detail={"over_capacity": True} if over else {},
        )


class LeadPoolDistribute(models.AbstractModel):
    _name = "lead.pool.distribute"
    _description = "Distributing"

    @contended
    def action_distribute(self, limit=None, request_uid=None):
        """Give out what waits in these pools, as their distribution says, the most urgent first.

        :param int limit: at most so many leads; ``CHUNK`` leads a pool when ``None``
        :returns: as ``lead.pool.entry.action_claim``, a row for each lead looked at
        :raises AccessError: the caller is no admin of one of the pools
        """
        if limit is not None and (type(limit) is not int or not 0 < limit <= MOST):
            raise UserError(self.env._("limit must be a number between 1 and %(most)s.", most=MOST))
        runs = self.env["lead.pool.entry"]._pools_run(self.ids)
        for pool in self:
            if pool.id not in runs:
                raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=pool.sudo().name))
        verb = f"lead.pool.action_distribute {list(self._ids)} {limit}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: [row for pool in self.sudo() for row in pool._distribute(limit or CHUNK)]
        )

    def _distribute(self, limit=CHUNK):
        """Distribute up to ``limit`` waiting leads of one pool; answers for each of them."""
        self.ensure_one()
        Entry = self.env["lead.pool.entry"].sudo()
        entries = self._next_waiting(limit)
        if self._stopped():
            return entries._answers({entry_id: Verdict("stopped") for entry_id in entries._ids})
        if self.strategy == "manual":
            names = {entry_id: {"pool": self.name} for entry_id in entries._ids}
            return entries._answers({entry_id: Verdict("manual_pool") for entry_id in entries._ids}, names)
        if not entries:
            return []
        locked = entries._lock(users=self.member_ids.user_id.ids)
        rows = [row for row in (locked.rows.get(i) for i in entries._ids) if row and row.state == "waiting"]
        rows = [row for row in rows if row.pool_id == self.id and not row.archived]
        members = [member for (_user, pool), member in sorted(locked.members.items()) if pool == self.id]
        moves, verdicts = [], {entry_id: Verdict("busy") for entry_id in entries._ids}
        for company_id in sorted({row.company_id for row in rows}):
            batch = [row for row in rows if row.company_id == company_id]
            overall = {member.user_id: locked.overall(member.user_id, company_id) for member in members}
            entries_facts = self._describe(batch, members, locked.now)
            considered = distribution.candidates(members, overall)
            choices = distribution.allocate(entries_facts, members, self._policy()[self.id], overall=overall)
            decision = self.env["lead.pool.decision"]._record(self, "distribute", considered, locked.now)
            for row, choice in zip(batch, choices, strict=True):
                verdicts[row.id] = Verdict(choice.code)
                if choice.user_id:
                    moves.append(
                        Move(
                            row,
                            "distributed",
                            "held",
                            user_id=choice.user_id,
                            origin="distributed",
                            decision_id=decision.id,
                            detail=self._words_of_choice(choice),
                        )
                    )
        self._keep_credits(members)
        Entry._apply(moves, locked)
        if any(verdict.code == "no_eligible_member" for verdict in verdicts.values()):
            self._tell_nobody(locked.now)
        return entries._answers(verdicts, Entry._names({**locked.before, **locked.rows}))

    def _words_of_choice(self, choice):
        """What the event keeps of a choice: enough to explain it later."""
        rule = self.env["lead.pool.assign.rule"].browse(choice.rule_id or [])
        return {
            "rank": choice.rank,
            "tie_break": choice.tie_break,
            "strategy": choice.strategy,
            **({"rule": rule.name} if rule else {}),
        }

    def _tell_nobody(self, now):
        """Leads wait and no member can take them: the admins are told, once a day."""
        if self.told_nobody_on == now.date():
            return
        self.told_nobody_on = now.date()
        Entry = self.env["lead.pool.entry"].sudo()
        for user in self.admin_ids.user_id:
            env = Entry._env_of(user.id)
            pool = self.with_env(env)
            Entry._notify(
                self.id,
                user.id,
                env._("Nobody in “%(pool)s” can take leads", pool=pool.name),
                [
                    env._(
                        "%(count)s leads wait, and all members are paused, on leave, full or left out by the rules. "
                        "Open the pool's members, or assign by hand.",
                        count=self.waiting_count,
                    )
                ],
            )

    def _next_waiting(self, limit):
        """Waiting leads of one pool, the most urgent first. Override for another order."""
        return (
            self.env["lead.pool.entry"]
            .sudo()
            .search(
                [("pool_id", "=", self.id), ("state", "=", "waiting")],
                order="priority desc, entered_at, id",
                limit=limit,
            )
        )

    def _keep_credits(self, members):
        """The rotation goes on where it stopped, also after a restart."""
        if not members:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_member m SET credit = n.credit
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::numeric[]) AS credit) n WHERE m.id = n.id""",
                [member.id for member in members],
                [round(member.credit, 9) for member in members],
            )
        )
        self.env["lead.pool.member"].invalidate_model(["credit"])

    @api.model
    def _cron_distribute(self):
        """Due, locked, given out, committed; stops when no time is left. Killed at any point, the next run goes on."""
        cron = self.env["ir.cron"]
        if not self._in_use() or self._stopped():
            return
        pools = self.search([("strategy", "!=", "manual")])
        for pool in pools:
            while True:
                if not cron._commit_progress():
                    return
                read_committed(self.env.cr)
                done = sum(answer["done"] for answer in pool._distribute(CHUNK))
                if not cron._commit_progress(done):
                    return
                if done < CHUNK:
                    break

    def _wake_distribution(self):
        """New leads wait: have the scheduled action run once this transaction is committed."""
        if any(pool.strategy != "manual" and pool.distribute_on_arrival for pool in self.sudo()):
            self.env.ref("lead_pool.ir_cron_distribute").sudo()._trigger()
