"""A lead enters a pool: waiting, or held at once by the rep it came with."""

from dataclasses import dataclass, field

from odoo import models
from odoo.tools import SQL

from ...arrays import as_array
from .ledger import Move
from .locks import Locked
from .rows import Row


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
        self.env.flush_all()
        rows = self._arriving_rows(arrivals)
        pools = {row.lead_id: arrival.pool for row, arrival in zip(rows, arrivals, strict=True)}
        values = Entry._prepare_open_values(self.env["crm.lead"].browse(pools), pools)
        locked = Locked(self.env, None, {row.pool_id for row in rows})
        reps = {(a.user_id, row.company_id) for a, row in zip(arrivals, rows, strict=True) if a.user_id}
        locked.lock_counters({user for user, _company in reps}, {row.company_id for row in rows}, needed=reps)
        locked.look_at_the_clock()
        moves = []
        for arrival, row in zip(arrivals, rows, strict=True):
            row.entered_at = locked.now
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
        self._arrive(moves, locked, values)
        return Entry.browse(row.id for row in rows)

    def _arriving_rows(self, arrivals):
        """``[Row]`` as if each lead waited already, with the numbers that the entries get."""
        companies = {arrival.pool: arrival.pool.company_id.id for arrival in arrivals}
        found = self.env.execute_query(
            SQL(
                """SELECT l.id, nextval('lead_pool_entry_id_seq'), l.company_id, l.create_uid, l.active
                     FROM unnest(%s::int[]) WITH ORDINALITY n(id, position) JOIN crm_lead l ON l.id = n.id
                    ORDER BY n.position""",
                as_array(arrival.lead.id for arrival in arrivals),
            )
        )
        rows = []
        for arrival, (lead_id, entry_id, company_id, create_uid, active) in zip(arrivals, found, strict=True):
            rows.append(
                Row.new(
                    id=entry_id,
                    lead_id=lead_id,
                    lead_ref=lead_id,
                    pool_id=arrival.pool.id,
                    company_id=companies[arrival.pool] or company_id or self.env.company.id,
                    create_uid=create_uid or self.env.uid,
                    archived=not active,
                )
            )
        return rows

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
