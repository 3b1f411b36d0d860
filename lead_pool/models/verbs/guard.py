"""Whatever changes a lead's owner or ends it in plain Odoo (a form, a list edit, a drag, an import, an automation,
a merge) keeps entry, ledgers and limits true: the same locks and moves, before Odoo writes."""

from odoo import models

from ...rules.facts import Verdict
from .ledger import Move


class Trust:
    """In the context under ``lead_pool_pass``: the write is our own, or was checked already.

    An object, so that no RPC client can send one.
    """


class Pass(Trust):
    """The ledgers say these values already: a write of them is not looked at.

    Whatever else is written meanwhile (an automation that reacts, another module) gets the same context, and is
    looked at all the same.
    """

    def __init__(self, **values):
        self.values = values

    def covers(self, vals):
        return vals == self.values


#: A merge whose caller's right was checked: record the change, do not refuse it; what is deleted was merged.
MERGE = Trust()
#: In the context under ``lead_pool_not_pooled``: Odoo's own assignment is at work, which pooled leads do not concern.
NOT_POOLED = Trust()


class LeadPoolGuard(models.AbstractModel):
    _name = "lead.pool.verb.guard"
    _description = "Guard of the Owner"

    def _owner_written(self, user):
        """The owner of these open leads is about to become ``user`` (empty: nobody) by a plain write.

        :raises UserError: with the sentence that says which button to use, or why the user cannot get it
        """
        passed = isinstance(self.env.context.get("lead_pool_pass"), Trust)
        if not self or passed and all(entry.user_id == user for entry in self):  # who merges has locked them
            return
        trusted = self.env.su or passed
        if not trusted:
            self._check_may_write_owner(user)  # who may not makes nobody wait
        self.sudo().env.flush_all()  # with all rights: automations read leads that their user has just given away
        locked = self.sudo()._lock_where_they_are(user.ids)
        self.invalidate_recordset()
        if not trusted:
            self._check_may_write_owner(user)
        entries = self.sudo().filtered(lambda entry: entry.state != "closed" and entry.user_id != user)
        moves = []
        for entry_id in entries._ids:
            row = locked.rows.get(entry_id)
            if row is None:
                self._raise_refused(Verdict("busy"))
            if user:
                move = self._prepare_assign_by_write(row, user, locked, trusted)
            else:
                move = Move(row, "recalled", "waiting", end_reason="recalled")
            move.project = False
            moves.append(move)
        entries._apply(moves, locked)

    def _check_may_write_owner(self, user):
        for entry in self.sudo():  # it may have gone where the user sees nothing
            if entry.state == "closed" or entry.user_id == user or self._is_pool_admin(entry.pool_id.id):
                continue
            names = {"pool": entry.pool_id.name}
            if entry.state == "waiting":
                text = self.env._("This lead waits in “%(pool)s”. Use Claim to take it.", **names)
            elif not user and entry.user_id == self.env.user:
                text = self.env._("Use Return to send this lead back to “%(pool)s”, with a reason.", **names)
            else:
                text = self.env._("Only an admin of “%(pool)s” may give this lead to somebody else.", **names)
            self._raise_sentence(text)

    def _prepare_assign_by_write(self, row, user, locked, trusted):
        member = locked.members.get((user.id, row.pool_id))
        overall = locked.overall(user.id, row.company_id)
        loads = [overall, *([member.load] if member else [])]
        full = any(load.held.full for load in loads)
        if not trusted:
            verdict = Verdict("")
            if not user.active:
                verdict = Verdict("user_inactive")
            elif member is None:
                verdict = Verdict("target_not_member")
            elif full:
                verdict = Verdict("target_full")
            if not verdict:
                pool = self.env["lead.pool"].sudo().browse(row.pool_id)
                self._raise_refused(verdict, {"user": user.name, "pool": pool.name})
        for load in loads:
            load.held.used += 1
        held = row.state == "held"
        return Move(
            row,
            "reassigned" if held else "assigned",
            "held",
            user_id=user.id,
            origin="assigned",
            end_reason="reassigned" if held else "",
            over_capacity=full,
            detail={"over_capacity": True} if full else {},
        )

    def _close(self, closed_as, kind=None, detail=None, locked=None):
        """Close what is open of these entries: converted, lost, merged, deleted.

        :param locked: :class:`.locks.Locked` of this transaction, which holds these entries
        """
        entries = self.sudo()
        if not entries:
            return
        locked = entries._look_again(locked) or entries._lock(wait=True)
        moves = []
        for entry_id in entries._ids:
            row = locked.rows.get(entry_id)
            if row is None:
                self._raise_refused(Verdict("busy"))
            if row.state != "closed":
                moves.append(self._prepare_close(row, closed_as, kind=kind, detail=detail or {}))
        entries._apply(moves, locked)

    def _detach(self):
        """The leads of these closed entries are about to be deleted: the ledgers keep their numbers."""
        ids = list(self.ids)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE lead_pool_holding SET lead_id = NULL"
            " WHERE lead_id IN (SELECT lead_id FROM lead_pool_entry WHERE id = ANY(%s))",
            [ids],
        )
        self.env.cr.execute("UPDATE lead_pool_entry SET lead_id = NULL WHERE id = ANY(%s)", [ids])
        self.env["lead.pool.holding"].invalidate_model(["lead_id"])
        self.env["lead.pool.entry"].invalidate_model(["lead_id"])
