"""A lead enters a pool: waiting, or held at once by the rep it came with."""

from dataclasses import dataclass, field

from odoo import models
from odoo.tools import SQL

from .ledger import Move


@dataclass(slots=True)
class Arrival:
    """One lead on its way in."""

    lead: models.BaseModel  # crm.lead, one
    pool: models.BaseModel  # lead.pool, one
    user_id: int = 0  # held by him; 0: waiting
    kind: str = "entered"  # entered, enrolled
    origin: str = "created"
    detail: dict = field(default_factory=dict)
    project: bool = True


class LeadPoolEnter(models.AbstractModel):
    _name = "lead.pool.verb.enter"
    _description = "Entering a Pool"

    def _enter(self, arrivals):
        """Put leads that are in no pool into theirs. Never fails for a limit: held above it is flagged.

        :param arrivals: ``[Arrival]``
        :returns: the entries, in the same order
        """
        Entry = self.env["lead.pool.entry"].sudo()
        if not arrivals:
            return Entry
        self.env["crm.lead"].flush_model()
        now = self.env["lead.pool"]._now()
        leads = self.env["crm.lead"].browse(arrival.lead.id for arrival in arrivals)
        values = Entry._prepare_open_values(leads, {a.lead.id: a.pool for a in arrivals})
        ids = {}
        for start in range(0, len(arrivals), 500):
            chunk = arrivals[start : start + 500]
            ids.update(self._insert_entries(chunk, values, now))
        Entry._write_open_lists(values, ids)
        entries = Entry.browse(ids[arrival.lead.id] for arrival in arrivals)
        users = {arrival.user_id for arrival in arrivals if arrival.user_id}
        locked = entries._lock(users=users)
        moves = []
        for arrival, entry in zip(arrivals, entries, strict=True):
            row = locked.rows[entry.id]
            over = False
            if arrival.user_id:
                loads = [locked.overall(arrival.user_id, row.company_id)]
                loads += [m.load for m in [locked.members.get((arrival.user_id, row.pool_id))] if m]
                over = any(load.held.full for load in loads)
                for load in loads:
                    load.held.used += 1
            moves.append(
                Move(
                    row,
                    arrival.kind,
                    "held" if arrival.user_id else "waiting",
                    user_id=arrival.user_id,
                    origin=arrival.origin,
                    over_capacity=over,
                    detail={**arrival.detail, **({"over_capacity": True} if over else {})},
                    project=arrival.project,
                )
            )
        entries._apply(moves, locked)
        return entries

    def _insert_entries(self, arrivals, values, now):
        """Insert waiting entries of epoch 0; ``{lead id: entry id}``."""
        rows = []
        for arrival in arrivals:
            lead = arrival.lead.sudo()
            company = arrival.pool.company_id or lead.company_id or self.env.company
            rows.append(
                {
                    "lead_id": lead.id,
                    "lead_ref": lead.id,
                    "pool_id": arrival.pool.id,
                    "company_id": company.id,
                    "state": "waiting",
                    "epoch": 0,
                    "entered_at": now,
                    "holders": 0,
                    "recycled": 0,
                    "event_seq": 0,
                    "locked": False,
                    "warned": False,
                    "create_uid": lead.create_uid.id or self.env.uid,
                    **values[lead.id]["columns"],
                }
            )
        names = list(rows[0])
        self.env.cr.execute(
            SQL(
                "INSERT INTO lead_pool_entry (%s) VALUES %s RETURNING lead_id, id",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL(", ").join(SQL("(%s)", SQL(", ").join(SQL("%s", row[name]) for name in names)) for row in rows),
            )
        )
        return dict(self.env.cr.fetchall())

    def _reopen(self, entries, users):
        """Closed leads come back (restored, no longer won): held by their owner, else waiting.

        :param users: ``{entry id: user id or 0}``
        """
        locked = entries._lock(users={user for user in users.values() if user}, wait=True)
        moves = []
        for entry_id, row in locked.rows.items():
            if row.state != "closed":
                continue
            user_id = users.get(entry_id) or 0
            moves.append(
                Move(
                    row,
                    "reopened",
                    "held" if user_id else "waiting",
                    user_id=user_id,
                    origin="reopened",
                    over_capacity=bool(user_id),
                    project=False,
                )
            )
        entries._apply(moves, locked)
