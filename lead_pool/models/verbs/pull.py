"""A rep asks for the next lead."""

from odoo import models
from odoo.exceptions import UserError

from ...isolation import contended
from ...rules import claim
from ...rules.facts import Load, Verdict
from .locks import Locked

ROUNDS = 10  # looks at the line, each behind what colleagues took or were working on
#: Refusals that say something of the rep, not of the lead: the next lead would be refused as well.
OF_THE_REP = frozenset(
    "not_member unguarded user_inactive claim_off paused backlog capacity_full daily_limit hourly_limit".split()
)
#: Refusals that hold for every lead of a company.
OF_A_COMPANY = frozenset(("capacity_all_full", "daily_limit_all", "hourly_limit_all"))


class LeadPoolPull(models.AbstractModel):
    """Mixed into the pool."""

    _name = "lead.pool.verb.pull"
    _description = "Pulling"

    @contended
    def action_pull_next(self, request_uid=None):
        """Give the caller the next lead of this pool: in its order, else the best one for him.

        While other leads wait, two who ask at once get different ones, and neither gets an error.

        :param str request_uid: chosen by the caller; the same uid gets the same answer for 7 days
        :returns: as ``lead.pool.entry.action_claim``, one answer; its ``id`` is the entry's, ``False`` if he gets none
        :raises AccessError: the user does not sell
        """
        Entry = self.env["lead.pool.entry"]
        Entry.browse().check_access("read")
        if len(self._ids) != 1:
            raise UserError(self.env._("Ask one pool at a time for the next lead."))
        Entry._check_arguments(pool_id=self._ids[0])
        verb = f"lead.pool.action_pull_next {list(self._ids)}"
        return self.env["lead.pool.request"]._once(verb, request_uid, lambda: [self._pull_next()])

    def _pull_next(self):
        Entry = self.env["lead.pool.entry"].sudo()
        self.env.flush_all()  # the counters are read by SQL
        user = self.env.user
        pool = self.sudo()
        if pool.id not in user._lead_pool_ids("member"):
            pool = pool.exists()
            readable = pool.sudo(False)._filtered_access("read")
            return Entry._answer(False, Verdict("not_member"), {"pool": readable.name} if readable else {})
        names = {"pool": pool.name, "order": pool.claim_order}
        companies = pool.company_id.ids or list(user._get_company_ids())
        locked = Locked(self.env, None, pool.ids)
        locked.lock_counters([user.id], companies, needed={(user.id, company) for company in companies})
        locked.look_at_the_clock()
        policy = pool._claim_policy(without_rules=locked.without["claim"])[pool.id]
        overall = locked.overall(user.id, pool.company_id.id) if pool.company_id else Load()
        verdict = claim.may_take_any(
            locked.members.get((user.id, pool.id)),
            overall,
            policy,
            backlog=Entry._backlog([policy]),
            windows=Entry._claim_windows(locked, [pool.id], pool.company_id.id).get(pool.id),
        )
        if not verdict:
            return Entry._answer(False, verdict, names)
        return self._pull_one(pool, locked, policy, names)

    def _pull_one(self, pool, locked, policy, names):
        """Lock the first lead of the line that nobody works on, and take it."""
        Entry = self.env["lead.pool.entry"].sudo()
        passed, busy, refused, blocked = set(), False, None, None
        for _round in range(ROUNDS):
            line, known_as = pool.sudo(False)._pull_line(locked.now, policy, passed)
            if not line:
                break
            locked.rows = locked.before = Entry.browse(line)._read_rows(lock="first")
            if not locked.rows:  # colleagues work on all of them
                busy = True
                passed.update(line)
                continue
            [row] = locked.rows.values()
            if row.pool_id != pool.id:  # transferred between the look and the lock
                passed.add(row.id)
                continue
            verdict = Entry.browse(row.id)._claim_verdicts(locked, chosen={pool.id: [row.id]})[row.id]
            if verdict:
                detail = {"order": policy.order, "of": len(line), "known_as": known_as.get(row.id)}
                move = Entry._prepare_claim(row, "pulled", {k: v for k, v in detail.items() if v})
                _none, error = Entry._unless_blocked(lambda move=move: Entry._apply([move], locked))
                if not error:
                    return Entry._answer(row.id)
                blocked = error
                Entry.browse(row.id)._put_off_waiting(locked, error)
                locked.look_at_the_clock()  # what he did not get does not count
                passed.add(row.id)
                continue
            if verdict.code in OF_THE_REP:
                return Entry._answer(False, verdict, names)
            refused = verdict
            passed.add(row.id)
        if refused and refused.code in OF_A_COMPANY:
            verdict = refused
        elif blocked:
            return {**Entry._answer_blocked(blocked), "id": False}
        elif busy:
            verdict = Verdict("busy")
        else:
            verdict = Verdict("no_lead", pool.sudo(False)._free_at(locked.now, policy))
        return Entry._answer(False, verdict, names)
