"""Requests that lapsed because their lead was handed over are open again once it is back."""

from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from .ledger import Move


class LeadPoolReopen(models.AbstractModel):
    """Mixed into the entry."""

    _name = "lead.pool.verb.reopen"
    _description = "Reopening Requests"

    def _open_requests(self):
        """What is open about these leads, on either side of a dispute.

        :returns: ``{entry id: [[request id, entry id of the other side or 0, its epoch]]}``
        """
        self.env["lead.pool.approval"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT e.id, a.id, COALESCE(o.id, 0), COALESCE(o.epoch, 0)
                     FROM lead_pool_approval a
                     JOIN lead_pool_entry e ON e.id IN (a.entry_id, a.other_entry_id)
                     LEFT JOIN lead_pool_entry o ON o.id IN (a.entry_id, a.other_entry_id) AND o.id <> e.id
                    WHERE a.state = 'open' AND e.id = ANY(%s) ORDER BY a.id""",
                list(self.ids),
            )
        )
        found = defaultdict(list)
        for entry_id, *request in rows:
            found[entry_id].append(request)
        return found

    def _reopenable(self, wanted, locked):
        """Which of these requests hold again: who asked is there, and the other side of a dispute is where it was.

        :param wanted: ``{entry id: [[request id, other entry id, its epoch]]}``
        :returns: ``{entry id: lead.pool.approval}``, in sudo
        """
        Approval = self.env["lead.pool.approval"].sudo()
        ids = [one[0] for some in wanted.values() for one in some]
        lapsed = {one.id: one for one in Approval.browse(ids).exists() if one.state == "lapsed" and one.user_id.active}
        found = {}
        for entry_id, requests in wanted.items():
            found[entry_id] = Approval.browse()
            for request_id, other_id, epoch in requests:
                other = locked.rows.get(other_id)
                there = not other_id or (other and other.state == "held" and other.epoch == epoch)
                if there and request_id in lapsed:
                    found[entry_id] |= lapsed[request_id]
        return found

    def _reopen_requests(self, requests, since, now):
        """Put these requests before the admins again; the leads are back with who held them, and locked.

        :param requests: ``{entry id: lead.pool.approval}``
        :param since: ``{entry id: when it was handed over}``; the clock of the other side of a dispute has stood still
            from then on
        """
        everything = self.env["lead.pool.approval"].sudo().union(*requests.values())
        if not everything:
            return
        everything.write({"state": "open", "decided_at": False})
        everything.flush_recordset()
        kinds = dict(everything._fields["kind"]._description_selection(self.env))
        rows = everything._entries_touched()._read_rows()
        moves = []
        for request in everything:
            sides = (request.entry_id, "approval_reopened"), (request.other_entry_id, "disputed")
            for row, kind in ((rows[entry.id], kind) for entry, kind in sides if entry):
                detail = {"approval": request.id, "kind": request.kind}
                moves.append(Move(row, kind, row.state, row.user_id, note=kinds[request.kind], detail=detail))
        self._note(moves, now)
        everything.entry_id._count_requests()
        pairs = defaultdict(self.browse)
        for entry_id, some in requests.items():
            pairs[since[entry_id]] |= some.filtered("other_entry_id")._entries_touched()
        for moment, pair in pairs.items():
            if pair:
                pair._freeze(moment)
        for request in everything.filtered("other_entry_id"):
            request.entry_id._tell_disputed(request.other_entry_id)
        everything._tell_admins_later()
