"""Who gets the leads: an admin assigns by hand, or the pool distributes what waits."""

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...isolation import as_many_as_go, contended, in_batches
from ...rules import distribution
from ...rules.assigning import assign_batch
from ...rules.distribution import Choice
from ...rules.facts import OK, Load, Verdict
from ..lead_pool_decision import KEPT_IN_FULL
from .ledger import Move

CHUNK = 500  # leads a transaction, so that claims stay quick meanwhile
MOST = 5000  # leads of one call, or looked at and left waiting in one run
#: Codes that hold for every further lead of the pool as well.
NOBODY = {"no_eligible_member", "not_member", "stopped", "unguarded", "manual_pool", "off_hours"}


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
            verb,
            request_uid,
            lambda: self._together_or_each(lambda some: some._assign(user, over_capacity=over_capacity, note=note)),
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
            if user and company_id not in user.company_ids.ids:
                verdicts.update((row.id, Verdict("target_foreign")) for row in rows)
                continue
            answers = assign_batch(
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
            if verdict.code in ("user_inactive", "target_not_member", "target_full", "target_foreign")
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
        self.check_access("read")
        runs = self.env["lead.pool.entry"]._pools_run(self.ids)
        for pool in self:
            if pool.id not in runs:
                raise AccessError(self.env._("Only an admin of “%(pool)s” may do this.", pool=pool.sudo().name))
        verb = f"lead.pool.action_distribute {list(self._ids)} {limit}"
        return self.env["lead.pool.request"]._once(
            verb, request_uid, lambda: [row for pool in self.sudo() for row in pool._distribute_all(limit or CHUNK)]
        )

    def _distribute_all(self, limit):
        """As :meth:`_distribute`, around leads that a check of another module refuses."""
        answers, left = [], []
        while len(answers) < limit:
            some, tried = self._distribute_some(limit - len(answers), left)
            answers += some
            left += [answer["id"] for answer in some if not answer["done"]]
            if len(some) < tried:
                break
        return answers

    def _distribute_some(self, limit, left):
        """As :meth:`_distribute`, with fewer leads where a check of another module refuses one of them.

        :returns: ``(answers, how many leads were asked for)``
        """
        return as_many_as_go(
            self.env.cr,
            lambda number: self._distribute(number, left),
            limit,
            lambda error: self._leave_blocked(left, error),
        )

    def _leave_blocked(self, left, error):
        """The next lead cannot be given to anybody: it stays waiting, and the admins are told once."""
        entry = self._next_waiting(1, left)
        locked = entry._lock()
        text = entry._error_text(error)
        row = locked.rows.get(entry.id)
        if row and entry.left_code != "blocked":
            number = row.lead_ref
            self._keep_left([(row, Choice(row.id, code="blocked"), self.env["lead.pool.decision"])], locked.now)
            self._tell_admins(
                "trouble",
                lambda env, pool: (
                    env._("A lead of “%(pool)s” cannot be given out", pool=pool.name),
                    [env._("Lead #%(number)s: %(error)s", number=number, error=text)],
                ),
            )
        return entry._answers(dict.fromkeys(entry._ids, Verdict("blocked")), {entry.id: {"error": text}})

    def _distribute(self, limit=CHUNK, left=()):
        """Distribute up to ``limit`` waiting leads of one pool; answers for each of them.

        :param left: ids of entries that were looked at before in this run and left waiting
        """
        self.ensure_one()
        Entry = self.env["lead.pool.entry"].sudo()
        entries = self._next_waiting(limit, left)
        if not entries:
            return []
        verdict = self._may_distribute()
        if not verdict:
            if verdict.code == "unguarded":
                self._tell_unguarded(self._now())
            return entries._answers(
                dict.fromkeys(entries._ids, verdict), dict.fromkeys(entries._ids, {"pool": self.name})
            )
        locked = entries._lock(users=self.member_ids.user_id.ids)
        rows = [row for row in (locked.rows.get(i) for i in entries._ids) if row and row.state == "waiting"]
        rows = [row for row in rows if row.pool_id == self.id and not row.archived]
        chosen = self._choose(rows, locked)
        verdicts = dict.fromkeys(entries._ids, Verdict("busy"))
        verdicts.update((row.id, Verdict(choice.code) if choice.code else OK) for row, choice, _decision in chosen)
        if self.mode == "observe":
            would = self._keep_observed(chosen, locked.now)
            verdicts.update(dict.fromkeys(would, Verdict("observe_only")))
            return entries._answers(verdicts, Entry._names({**locked.before, **locked.rows}, users=would))
        Entry._apply([self._prepare_distribute(*one) for one in chosen if one[1].user_id], locked)
        left = [one for one in chosen if not one[1].user_id]
        self._keep_left(left, locked.now)
        if left:
            self._tell_nobody(locked.now)
        rows = {**locked.before, **locked.rows}
        refused = {entry_id: rows[entry_id] for entry_id, verdict in verdicts.items() if not verdict}
        answers = entries._answers(verdicts, Entry._names(refused) if refused else None)
        return [self._about_others(answer) for answer in answers]

    def _about_others(self, answer):
        """Why nobody got a lead, said of the member and not to the reader."""
        sentence = answer["code"] and self.env["lead.pool.entry"]._others_sentence(answer["code"])
        return {**answer, "message": sentence} if sentence else answer

    def _may_distribute(self):
        """Whether the pool distributes now, or why none of its leads. Override for further reasons.

        :rtype: Verdict
        """
        if self._stopped():
            return Verdict("stopped")
        if self._unguarded():
            return Verdict("unguarded")
        if self.strategy == "manual":
            return Verdict("manual_pool")
        return self._in_working_hours(self._now())

    def _choose(self, rows, locked, policy=None):
        """Who gets these leads, by the pool's rules; the rotation's credits are kept.

        :param rows: ``[Row]`` of the pool, locked with all its members, the most urgent first
        :param policy: instead of the pool's own
        :returns: ``[(Row, Choice, decision)]``
        """
        policy = policy or self._policy()[self.id]
        members = [member for (_user, pool), member in sorted(locked.members.items()) if pool == self.id]
        if self.mode == "observe":
            self._as_if(members)
        chosen = []
        for company_id in sorted({row.company_id for row in rows}):
            batch = [row for row in rows if row.company_id == company_id]
            self._mark_foreign(members, company_id)
            overall = {member.user_id: locked.overall(member.user_id, company_id) for member in members}
            described = self._describe(batch, members, locked.now)
            considered = distribution.candidates(members, overall)
            choices = distribution.allocate(described, members, policy, overall=overall)
            decision = self.env["lead.pool.decision"]._record(
                self, "distribute", considered, locked.now, {"strategy": policy.strategy, "leads": len(batch)}
            )
            chosen += [(row, choice, decision) for row, choice in zip(batch, choices, strict=True)]
        self._keep_credits(members)
        return chosen

    def _mark_foreign(self, members, company_id):
        """Who may not work in the company of these leads gets none of them."""
        users = self.env["res.users"].sudo().browse(member.user_id for member in members)
        at_home = set(users.filtered(lambda user: company_id in user.company_ids.ids).ids)
        for member in members:
            member.foreign = member.user_id not in at_home

    def _prepare_distribute(self, row, choice, decision):
        """The move that gives a lead to who was chosen."""
        return Move(
            row,
            "distributed",
            "held",
            user_id=choice.user_id,
            origin="distributed",
            decision_id=decision.id,
            detail=self._words_of_choice(choice),
        )

    def _words_of_choice(self, choice):
        """What the event keeps of a choice: enough to explain it later."""
        Rule = self.env["lead.pool.assign.rule"]
        detail = {
            "code": choice.code,
            "rank": choice.rank,
            "tie_break": choice.tie_break,
            "strategy": choice.strategy,
            "known_as": choice.known_as,
            "rule": Rule.browse(choice.rule_id).name if choice.rule_id else "",
            "value": choice.value,
            "unit": choice.unit,
            "next": choice.next_id,
            "next_value": choice.next_value,
            "differs": [list(pair) for pair in choice.differs[-KEPT_IN_FULL:]],
            "passed": [[Rule.browse(rule_id).name, code] for rule_id, code in choice.passed],
        }
        return {key: value for key, value in detail.items() if value or value == 0 and key.endswith("value")}

    def _next_waiting(self, limit, left=()):
        """Waiting leads of one pool without those ``left``, the most urgent first. Override for another order."""
        domain = [("pool_id", "=", self.id), ("state", "=", "waiting"), ("id", "not in", list(left))]
        if self.mode == "observe":  # each lead once for each version of the rules
            domain += ["|", ("observed_policy_id", "=", False), ("observed_policy_id", "!=", self.policy_id.id)]
        Entry = self.env["lead.pool.entry"].sudo()
        if "priority" in self.sudo().open_field_ids.mapped("field_name"):
            return Entry.search(domain, order="priority desc, entered_at, id", limit=limit)
        query = Entry._search(domain, bypass_access=True)  # the priority is not copied to the entry
        lead = query.join(query.table, "lead_id", "crm_lead", "id", "lead")
        query.order = SQL(
            "%s DESC NULLS LAST, %s, %s",
            SQL.identifier(lead, "priority"),
            SQL.identifier(query.table, "entered_at"),
            SQL.identifier(query.table, "id"),
        )
        query.limit = limit
        return Entry.browse(query)

    # ------------------------------------------------------------
    # WHAT IS LEFT
    # ------------------------------------------------------------

    def _keep_left(self, chosen, now):
        """Leads that stay waiting: an event says why, once for each reason.

        :param chosen: as from :meth:`_choose`
        """
        Entry = self.env["lead.pool.entry"].sudo()
        known = {entry.id: entry.left_code for entry in Entry.browse(row.id for row, *_rest in chosen)}
        moves = [
            Move(row, "not_distributed", row.state, decision_id=decision.id, detail=self._words_of_choice(choice))
            for row, choice, decision in chosen
            if known[row.id] != choice.code
        ]
        if not moves:
            return
        Entry._note(moves, now)
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e SET left_code = n.code
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::varchar[]) AS code) n WHERE e.id = n.id""",
                [move.row.id for move in moves],
                [move.detail["code"] for move in moves],
            )
        )
        Entry.invalidate_model(["left_code"])

    def _keep_credits(self, members):
        """The rotation goes on where it stopped, also after a restart."""
        if not members:
            return
        column = "observed_credit" if self.mode == "observe" else "credit"
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_member m SET %s = n.credit
                     FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::numeric[]) AS credit) n WHERE m.id = n.id""",
                SQL.identifier(column),
                [member.id for member in members],
                [round(member.credit, 9) for member in members],
            )
        )
        self.env["lead.pool.member"].invalidate_model([column])

    @api.model
    def _cron_distribute(self):
        """Due, locked, given out, committed; stops when no time is left. Killed at any point, the next run goes on."""
        if not self._in_use() or self._stopped():
            return
        pools = self.search([("strategy", "!=", "manual")])
        open_now = pools.filtered(lambda pool: pool._in_working_hours(pool._now()))
        (pools - open_now)._wake_when_open()
        in_batches(self.env["ir.cron"], [pool._distribution_step() for pool in open_now], in_turn=True)

    def _distribution_step(self):
        """A step of a scheduled action: the next batch of this pool, without those that were left waiting."""
        left = []

        def step():
            return self._distribute_next(left)

        return step

    def _distribute_next(self, left):
        """One batch of what was not looked at in this run; what arrives meanwhile gets its turn by its urgency.

        :param left: ids of the entries that were left waiting in this run, completed in place
        :returns: ``(number done, whether there is more)``
        """
        answers, tried = self._distribute_some(CHUNK, left)
        stayed = {
            answer["id"]: answer["code"] for answer in answers if answer["code"] and answer["code"] != "observe_only"
        }
        left += stayed
        nobody = len(stayed) == len(answers) and set(stayed.values()) <= NOBODY
        return len(answers) - len(stayed), len(answers) == tried and not nobody and len(left) < MOST

    def _job_distribute(self, job):
        """The next batch of a distribution that an admin started; see :meth:`_distribution_step`."""
        self._check_still_runs(job)
        left = (job.position or {}).get("left_ids", [])
        count, more = self._distribute_next(left)
        job.position = {"left_ids": left}
        return count, more

    def _wake_distribution(self):
        """New leads wait: have the scheduled action run once this transaction is committed."""
        if any(pool.strategy != "manual" and pool.distribute_on_arrival for pool in self.sudo()):
            self.env.ref("lead_pool.ir_cron_distribute").sudo()._trigger()

    def _wake_when_open(self):
        """Have the scheduled action run when these closed pools open, once for each moment, if anything waits there."""
        cron = self.env.ref("lead_pool.ir_cron_distribute").sudo()
        waiting = self.filtered(lambda pool: pool._next_waiting(1))
        moments = {pool._in_working_hours(pool._now()).retry_at for pool in waiting} - {None}
        domain = [("cron_id", "=", cron.id), ("call_at", "in", list(moments))]
        planned = self.env["ir.cron.trigger"].sudo().search(domain)
        cron._trigger(at=sorted(moments.difference(planned.mapped("call_at"))))
