"""A rep undoes the claim that he has just made."""

from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...isolation import contended
from ...rules import claim
from ...rules.facts import Verdict
from .ledger import Move

#: The clock of the verbs counts whole seconds, and what follows from the claim itself is written in the same one.
MOMENT = timedelta(seconds=1)


class LeadPoolUndo(models.AbstractModel):
    """Mixed into the entry."""

    _name = "lead.pool.verb.undo"
    _description = "Undoing a Claim"

    @contended
    def action_undo_claim(self, request_uid=None):
        """Give back leads that I claimed in the last 30 seconds, as if I had never had them.

        No reason is asked, nothing cools off and no lead counts as returned; the limits of the day and the hour are
        not refunded. Once a day in each company, for the leads of one claim, and only while nothing was done with
        them.

        :param str request_uid: chosen by the caller; the same uid gets the same answer for 7 days
        :returns: as :meth:`action_claim`
        :raises AccessError: the user does not sell
        """
        self.browse().check_access("read")
        self._check_arguments()
        verb = f"lead.pool.entry.action_undo_claim {list(self._ids)}"
        return self.env["lead.pool.request"]._once(verb, request_uid, self._undo_claim)

    def _undo_claim(self):
        entries, uid = self.sudo(), self.env.uid
        locked = entries._lock(users=[uid], wait=True)
        verdicts = self._known_verdicts(locked)
        claimed_at = self._claimed_at(locked)
        touched = self._touched_since(claimed_at)
        used_on = self._undo_days({row.company_id for row in locked.rows.values()})
        latest = max(claimed_at.values(), default=None)
        moves = []
        for entry_id in self._ids:
            if not verdicts[entry_id]:
                continue
            row = locked.rows[entry_id]
            today, _hour, tomorrow, _next_hour = locked.window("lead_pool_rep", (uid, row.company_id))
            verdict = claim.may_undo(
                row.facts(),
                uid,
                claimed_at=claimed_at.get(row.lead_ref),
                touched=row.lead_ref in touched,
                used_on=used_on.get(row.company_id),
                today=today,
                tomorrow=tomorrow,
                now=locked.now,
            )
            if verdict and claimed_at[row.lead_ref] != latest:
                verdict = Verdict("undo_used", tomorrow)  # another claim than the last one
            verdicts[entry_id] = verdict
            if verdict:
                moves.append(Move(row, "claim_undone", "waiting", end_reason="undone"))
        self._use_up_undo(moves, locked)
        entries._apply(moves, locked)
        return self._answers(verdicts, entries._names({**locked.before, **locked.rows}))

    def _claimed_at(self, locked):
        """``{lead: when}`` of the leads that the caller holds by a claim or a pull of his own."""
        rows = self.env.execute_query(
            SQL(
                """SELECT lead_ref, started_at FROM lead_pool_holding
                    WHERE lead_ref = ANY(%s) AND user_id = %s AND ended_at IS NULL
                      AND origin IN ('claimed', 'pulled')""",
                [row.lead_ref for row in locked.rows.values()],
                self.env.uid,
            )
        )
        return dict(rows)

    def _touched_since(self, claimed_at):
        """Those of these leads with which something was done since: a value changed, something was written, planned
        or attached.

        :param claimed_at: ``{lead: when}``
        """
        if not claimed_at:
            return set()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT c.id FROM unnest(%(leads)s::int[], %(since)s::timestamp[]) c(id, since)
                     JOIN crm_lead l ON l.id = c.id
                    WHERE l.write_date > c.since + %(moment)s
                       OR EXISTS (SELECT FROM lead_follow_up f WHERE f.lead_id = c.id AND f.create_date >= c.since)
                       OR EXISTS (SELECT FROM mail_message m WHERE m.model = 'crm.lead' AND m.res_id = c.id
                                     AND m.message_type <> 'user_notification'
                                     AND m.create_date > c.since + %(moment)s)
                       OR EXISTS (SELECT FROM mail_activity a WHERE a.res_model = 'crm.lead' AND a.res_id = c.id
                                     AND a.create_date > c.since + %(moment)s)
                       OR EXISTS (SELECT FROM ir_attachment f WHERE f.res_model = 'crm.lead' AND f.res_id = c.id
                                     AND f.create_date > c.since + %(moment)s)
                       OR EXISTS (SELECT FROM calendar_event e WHERE e.opportunity_id = c.id
                                     AND e.create_date > c.since + %(moment)s)
                       OR EXISTS (SELECT FROM sale_order o WHERE o.opportunity_id = c.id
                                     AND o.create_date > c.since + %(moment)s)""",
                leads=list(claimed_at),
                since=list(claimed_at.values()),
                moment=MOMENT,
            )
        )
        return {lead_id for (lead_id,) in rows}

    def _undo_days(self, company_ids):
        """``{company id: the day on which the caller last undid a claim}``; his rows are locked."""
        rows = self.env.execute_query(
            SQL(
                "SELECT company_id, undo_day FROM lead_pool_rep WHERE user_id = %s AND company_id = ANY(%s)",
                self.env.uid,
                list(company_ids),
            )
        )
        return dict(rows)

    def _use_up_undo(self, moves, locked):
        """The day's undo is used, in a guarded statement: one a day, whoever else is at work."""
        for company_id in {move.row.company_id for move in moves}:
            today = locked.window("lead_pool_rep", (self.env.uid, company_id))[0]
            self.env.cr.execute(
                SQL(
                    """UPDATE lead_pool_rep SET undo_day = %(day)s
                        WHERE user_id = %(user)s AND company_id = %(company)s AND undo_day IS DISTINCT FROM %(day)s""",
                    day=today,
                    user=self.env.uid,
                    company=company_id,
                )
            )
            if self.env.cr.rowcount != 1:  # cannot happen under the lock of the row
                raise UserError(self.env._("A limit was reached this very moment. Please try again."))
        self.env["lead.pool.rep"].invalidate_model(["undo_day"])
