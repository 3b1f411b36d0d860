"""Counters, entries, owners and keys made again from the ledgers, which themselves are never touched.

Everything is locked as the verbs lock it and compared again under the locks, so that it is safe while people work.
"""

from odoo import models
from odoo.tools import SQL

from ..verbs.enter import Arrival
from ..verbs.ledger import Move
from ..verbs.locks import Locked

#: Where what is counted.
TABLES = {"rep_counter": "lead_pool_rep", "member_counter": "lead_pool_member"}


class LeadPoolRepair(models.AbstractModel):
    _name = "lead.pool.repair"
    _description = "Repair"

    def _mend_counters(self, wrong):
        """Recount what these users hold; who moves a lead of theirs holds the same rows.

        :param wrong: as from :meth:`_miscounted`
        :returns: what was changed, the same way
        """
        scopes = {table: {row[3] for row in wrong if row[0] == code} for code, table in TABLES.items()}
        missing = {(row[2], row[3]) for row in wrong if row[0] == "rep_counter" and not row[1]}
        locked = Locked(self.env, self.env["lead.pool"]._now(), scopes["lead_pool_member"])
        locked.lock_counters({row[2] for row in wrong}, scopes["lead_pool_rep"], needed=missing)
        recount = self._miscounted({row[2] for row in wrong})
        changed = [row for row in recount if (row[2], row[3]) in locked.loads[TABLES[row[0]]]]
        for code, table in TABLES.items():
            rows = [row for row in changed if row[0] == code]
            self.env.cr.execute(
                SQL(
                    """UPDATE %s t SET held = n.held, over_capacity = t.capacity > 0 AND n.held > t.capacity
                         FROM (SELECT unnest(%s::int[]) AS id, unnest(%s::int[]) AS held) n WHERE t.id = n.id""",
                    SQL.identifier(table),
                    [row[1] for row in rows],
                    [row[5] for row in rows],
                )
            )
            self.env[table.replace("_", ".")].invalidate_model(["held", "over_capacity"])
        return changed

    def _mend_claims(self, miscounts):
        """Recount what these users claimed today and this hour; who claims holds the same rows.

        :param miscounts: ``[Miscount]``
        :returns: what was changed, the same way
        """
        users = {one.user_id for one in miscounts}
        pools = {one.scope_id for one in miscounts if one.table == "lead_pool_member"}
        companies = {one.scope_id for one in miscounts if one.table == "lead_pool_rep"}
        locked = Locked(self.env, self.env["lead.pool"]._now(), pools)
        locked.lock_counters(users, companies)
        recount = [one for one in self._misclaimed(users) if (one.user_id, one.scope_id) in locked.loads[one.table]]
        for table in TABLES.values():
            rows = [one for one in recount if one.table == table]
            self.env.cr.execute(
                SQL(
                    """UPDATE %s t SET day = n.day, day_n = n.day_n, hour = n.hour, hour_n = n.hour_n
                         FROM unnest(%s::int[], %s::date[], %s::int[], %s::int[], %s::int[])
                              n(id, day, day_n, hour, hour_n) WHERE t.id = n.id""",
                    SQL.identifier(table),
                    [one.id for one in rows],
                    [one.day for one in rows],
                    [one.day_true for one in rows],
                    [one.hour for one in rows],
                    [one.hour_true for one in rows],
                )
            )
            self.env[table.replace("_", ".")].invalidate_model(["day", "day_n", "hour", "hour_n"])
        return recount

    def _mend_missing(self, lead_refs):
        """Entries again for leads of which only the ledgers know; :meth:`_mend_entries` brings them to their place."""
        Entry = self.env["lead.pool.entry"].sudo()
        leads = self.env["crm.lead"].sudo().browse(lead_refs)
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (lead_ref) lead_ref, pool_ref FROM lead_pool_event WHERE lead_ref = ANY(%s)
                    ORDER BY lead_ref, seq DESC""",
                leads.ids,
            )
        )
        pools = self.env["lead.pool"].sudo().browse({pool_id for _ref, pool_id in rows}).exists()
        arrivals = [Arrival(leads.browse(ref), pools.browse(pool)) for ref, pool in rows if pool in pools.ids]
        if not arrivals:
            return
        values = Entry._prepare_open_values(leads, {arrival.lead.id: arrival.pool for arrival in arrivals})
        moves = [Move(row, "repaired", "waiting", pool_id=row.pool_id) for row in Entry._arriving_rows(arrivals)]
        Entry._insert_entries(moves, values, self.env["lead.pool"]._now())
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET holders = h.holders, recycled = h.recycled, entered_at = h.entered_at
                     FROM (SELECT v.lead_ref, min(v.date) AS entered_at,
                                  count(h.id) FILTER (WHERE h.end_reason IS DISTINCT FROM 'undone') AS holders,
                                  count(h.id) FILTER (WHERE h.end_reason IN ('returned', 'reclaimed', 'recalled'))
                                      AS recycled
                             FROM lead_pool_event v LEFT JOIN lead_pool_holding h ON h.lead_ref = v.lead_ref
                            WHERE v.seq = 1 AND v.lead_ref = ANY(%s) GROUP BY v.lead_ref) h
                    WHERE e.lead_ref = h.lead_ref""",
                [move.row.lead_ref for move in moves],
            )
        )
        Entry.invalidate_model()

    def _mend_entries(self, entry_ids):
        """Bring entries, and the owners of their leads, to where the ledgers say that they are.

        :returns: ``[Seen]`` of those that were mended, as they were before
        """
        Entry = self.env["lead.pool.entry"].sudo()
        before = [seen for seen in self._read_differing(entry_ids) if not seen.place.doubt]
        locked = Entry.browse(seen.id for seen in before)._lock(
            users={seen.place.user_id for seen in before} - {0},
            pools={seen.place.pool_id for seen in before},
            wait=True,
        )
        mended = [seen for seen in self._read_differing(list(locked.rows)) if not seen.place.doubt]
        if not mended:
            return []
        self._write_places([seen for seen in mended if seen.is_misplaced or seen.has_wrong_end], locked.now)
        Entry.invalidate_model()
        rows = Entry.browse(seen.id for seen in mended)._read_rows()
        moves = {
            seen.id: Move(
                rows[seen.id],
                "repaired",
                seen.place.state,
                user_id=seen.place.user_id,
                pool_id=seen.place.pool_id,
                detail={"was": self._as_it_was(seen)},
            )
            for seen in mended
        }
        Entry._project([moves[seen.id] for seen in mended if seen.has_wrong_owner], locked)
        Entry._note(list(moves.values()), locked.now)
        moved = Entry.browse(seen.id for seen in mended if seen.is_misplaced)
        moved.filtered(lambda entry: entry.state == "held")._refresh_deadlines()
        moved._refresh_ageing()
        self.env["lead.pool"].invalidate_model(["waiting_count", "held_count", "mine_count"])
        return mended

    def _as_it_was(self, seen):
        """What the event keeps of what was wrong."""
        was = {"owner": seen.owner_id, "owner_pool": seen.owner_pool_id} if seen.has_wrong_owner else {}
        if seen.is_misplaced:
            was |= {"state": seen.state, "closed_as": seen.closed_as, "user": seen.user_id, "pool": seen.pool_id}
        if seen.has_wrong_end:
            was |= {"seq": seen.event_seq, "epoch": seen.epoch}
        return was

    def _write_places(self, mended, now):
        """What belongs to another state or holder goes; what belongs to this one is as the ledgers have it."""
        columns = [
            ("id", "int", [seen.id for seen in mended]),
            ("state", "varchar", [seen.place.state for seen in mended]),
            ("closed_as", "varchar", [seen.place.closed_as or None for seen in mended]),
            ("user_id", "int", [seen.place.user_id or None for seen in mended]),
            ("pool_id", "int", [seen.place.pool_id for seen in mended]),
            ("held_since", "timestamp", [seen.held_since for seen in mended]),
            ("extension_count", "int", [seen.extension_count or 0 for seen in mended]),
            ("moved_at", "timestamp", [seen.moved_at for seen in mended]),
            ("event_seq", "int", [seen.last_seq for seen in mended]),
            ("event_hash", "varchar", [seen.last_hash for seen in mended]),
            ("epoch", "int", [seen.last_epoch for seen in mended]),
        ]
        self.env.cr.execute(
            SQL(
                """UPDATE lead_pool_entry e
                      SET state = n.state, closed_as = n.closed_as, user_id = n.user_id, pool_id = n.pool_id,
                          epoch = n.epoch, event_seq = n.event_seq, event_hash = n.event_hash,
                          held_since = n.held_since,
                          closed_at = CASE WHEN n.state = 'closed' THEN n.moved_at END,
                          locked = e.locked AND %(stays)s,
                          locked_until = CASE WHEN %(stays)s THEN e.locked_until END,
                          keep_until = CASE WHEN %(stays)s THEN e.keep_until END,
                          due_from = CASE WHEN %(stays)s THEN e.due_from END,
                          asked_until = CASE WHEN %(stays)s THEN e.asked_until END,
                          extension_count = n.extension_count,
                          frozen_since = CASE WHEN %(stays)s THEN e.frozen_since END,
                          frozen_spans = CASE WHEN %(stays)s THEN e.frozen_spans END,
                          reclaim_at = CASE WHEN n.state = 'held' THEN e.reclaim_at END,
                          warn_at = CASE WHEN n.state = 'held' THEN e.warn_at END,
                          age_at = CASE WHEN n.state = 'waiting' THEN e.age_at END
                     FROM (SELECT %(columns)s) n WHERE e.id = n.id""",
                stays=SQL("(n.state = 'held' AND e.state = 'held' AND e.user_id = n.user_id)"),
                columns=SQL(", ").join(
                    SQL("unnest(%s::%s[]) AS %s", values, SQL(kind), SQL.identifier(name))
                    for name, kind, values in columns
                ),
            )
        )

    def _mend_keys(self, ids, model):
        """Keys again, of leads or customers that nobody changes meanwhile."""
        self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE",
                SQL.identifier(self.env[model]._table),
                list(ids),
            )
        )
        self.env["lead.identity"].sudo()._write_keys(ids, model)
